"""The handbook page of a spec: every rule in words, every sentence with its source; what a change of rules means."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pyarrow.parquet as pq
import pytest
from _frames import frame
from _handbook_rules import rule_cases
from typer.testing import CliRunner

from urval.cli.specs import app
from urval.handbook import WIDTH, Language, Page, changes, effect, handbook, html_page, terminal_text
from urval.handbook.words import TABLES, Words
from urval.handbook.words_en import EN
from urval.handbook.words_en_rules import EN_RULES
from urval.handbook.words_sv import SV
from urval.handbook.words_sv_rules import SV_RULES
from urval.periods import occasion_at
from urval.spec import PartRule, load_spec, parse_spec

if TYPE_CHECKING:
    from urval.spec import ArchiveSpec

SPECS = sorted((Path(__file__).parent.parent / "archive_specs").glob("*.yaml"))
LANGUAGES: list[Language] = ["sv", "en"]
HEAD = """\
format: 1
id: prov
version: "1"
valid_from: 2026-01-01
language: sv
archive: {id: prov, name: Provstad}
grounds:
  - {id: arkivera, text: "Handboken: Att arkivera", url: "https://provstad.example/?a=1&b=2"}
  - {id: eget-val, text: "Eget val: dagarna."}
terms: [{id: ar, start: 01-01, end: 12-31}]
occasions:
  - {id: var, opens: 05-02, closes: 05-31, period_end: 05-01, source: [arkivera, eget-val]}
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01, source: [arkivera, eget-val]}
first_period_start: 2025-11-01
accounts:
  - {id: sida, platform: facebook, name: Provstad, class: main, purpose: Berätta, owner: {name: A, role: b}}
  - {id: blogg, platform: wordpress, name: Bloggen, class: unit, purpose: Berätta, owner: {name: A, role: b}}
seed: Provstad 2026
rules:
  - {id: grund, rule: mandatory, source: [arkivera]}
"""

RULES = rule_cases()


def spec_of(*rules: str, head: str = HEAD) -> ArchiveSpec:
    """Return a spec with more rules, each the inside of a YAML mapping."""
    lines = "".join(f"  - {{{rule}}}\n" for rule in rules)
    return parse_spec(f"{head}{lines}".encode(), "x").spec


def told(page: Page, name: str) -> list[tuple[str, list[str]]]:
    """Return what a page says under an id of the spec: each sentence with the labels of its sources."""
    found = [block for section in page.sections for block in section.blocks if block.name == name]
    return [
        (one.text.replace("\u00a0", " "), [page.label(key) for key in one.sources])
        for block in found
        for one in block.sentences
    ]


def everything(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    """Return every sentence of a page with its sources."""
    return [(one.text, one.sources) for section in page.sections for block in section.blocks for one in block.sentences]


@pytest.mark.parametrize(("rule", "swedish", "english"), RULES, ids=[rule.split(",")[0][6:] for rule, *_ in RULES])
def test_every_kind_of_rule_is_told_in_words(rule: str, swedish: str, english: str) -> None:
    """The first sentence of each kind of rule, in each of its forms, says in either language what it keeps."""
    lott = "id: lott, rule: simple_random, n: 5"
    spec = spec_of(lott, f"id: regel, {rule}")
    for language, expected in (("sv", swedish), ("en", english)):
        sentences = told(handbook(spec, language), "regel")  # type: ignore[arg-type]
        assert sentences[0][0] == expected.replace("\u00a0", " ")
        assert sentences[0][1] == [{"sv": "eget val", "en": "own choice"}[language]]
        assert not any("{" in text or "  " in text for text, _ in sentences)


def test_no_kind_of_rule_is_left_out() -> None:
    """The cases above cover all twenty kinds of rule."""
    kinds = {get_args(rule.model_fields["rule"].annotation)[0] for rule in get_args(PartRule)}
    told_of = {rule.partition(",")[0].removeprefix("rule: ") for rule, *_ in RULES}
    assert told_of == kinds | {"combine", "reserve", "exclude"}
    assert len(told_of) == 20


def test_a_rule_tells_purpose_version_days_and_decision() -> None:
    """A rule's purpose, version, days, decision and strictness are sentences of their own, with its source."""
    rule = (
        "id: regel, rule: census, purpose: Allt, version: '3', valid_from: 2026-05-01, valid_to: 2027-05-01, "
        "decision_ref: KS 7, on_empty: fail, source: [arkivera]"
    )
    assert told(handbook(spec_of(rule), "sv"), "regel")[1:] == [
        ("Syftet: Allt.", ["Arkivera"]),
        ("Det här är version 3 av regeln.", ["Arkivera"]),
        ("Regeln gäller perioder vars slut ligger från och med 1 maj 2026 till och med 1 maj 2027.", ["Arkivera"]),
        ("Regeln vilar på ett eget beslut: KS 7.", ["Arkivera"]),
        ("Pekar regeln inte ut någon tråd stoppas kontot, och en person måste se efter varför.", ["Arkivera"]),
    ]


def test_parts_of_a_combined_rule_rest_on_its_sources_and_its_scope() -> None:
    """Each part is told with the whole's accounts, and with the whole's source where it has none of its own."""
    rule = (
        "id: regel, rule: combine, how: intersect, applies_to: {accounts: [blogg]}, source: [arkivera], "
        "parts: [{id: p1, rule: census, applies_to: {accounts: [sida]}}, {id: p2, rule: fat, metric: views, top_k: 1, "
        "source: [eget-val]}]"
    )
    sentences = told(handbook(spec_of(rule), "sv"), "regel")
    assert sentences[1] == ("Del 1: Av kontot ”Bloggen” bevaras alla trådar, med alla kommentarer.", ["Arkivera"])
    assert sentences[2] == ("Del 2: Av kontot ”Bloggen” bevaras den tråd som har flest visningar.", ["Eget val"])


def test_the_languages_say_the_same() -> None:
    """Every text there is in one language is there in the other, with the same placeholders, and in no table twice."""
    assert SV.keys() == EN.keys()
    assert SV_RULES.keys() == EN_RULES.keys()
    assert not SV.keys() & SV_RULES.keys()
    formatter = string.Formatter()
    for key in TABLES["sv"]:
        names = [{name for _, name, _, _ in formatter.parse(TABLES[one][key]) if name} for one in LANGUAGES]
        assert names[0] == names[1], key
        assert TABLES["sv"][key], key


def test_no_text_is_there_for_nothing() -> None:
    """Every text is said somewhere: its key, or the beginning of it up to a value, stands in the code."""
    folder = Path(__file__).parent.parent / "urval"
    files = [*folder.glob("handbook/*.py"), folder / "cli" / "comparing.py"]
    code = "".join(file.read_text(encoding="utf-8") for file in files if not file.name.startswith("words_"))
    for key in TABLES["en"]:
        first, _, rest = key.removesuffix(".one").partition(".")
        whole = f'"{first}.{rest}"' if rest else f'"{first}"'
        made = rest and any(f'"{first}.{{' in code or f'"{first}.{rest[:size]}{{' in code for size in range(len(rest)))
        assert whole in code or made or f'f"{{name}}.{rest}"' in code, key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_sentence_of_every_page_bears_a_source(path: Path, language: Language) -> None:
    """Each sentence has a source that the page's list explains, and the terminal shows it at the sentence's end."""
    page = handbook(load_spec(path), language)
    sentences = everything(page)
    keys = {one.key for one in page.references}
    assert len(sentences) > 40
    assert all(sources and set(sources) <= keys for _, sources in sentences)
    shown = " ".join(terminal_text(page).split())
    for text, sources in sentences:
        assert " ".join(f"{text} {' '.join(f'[{page.label(key)}]' for key in sources)}".split()) in shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_terminal_of_100_columns_holds_the_page(path: Path, language: Language) -> None:
    """No line is longer than 100 columns, but an address alone; no mark is cut by a line's end."""
    lines = terminal_text(handbook(load_spec(path), language)).splitlines()
    assert [line for line in lines if len(line) > WIDTH and "://" not in line] == []
    assert WIDTH == 100
    marks = [line.count("[") == line.count("]") for line in lines]
    assert all(marks)


def test_frequency_rests_on_the_source_and_the_days_on_the_choice_too() -> None:
    """That it is twice a year needs no own choice; the days of an occasion name both."""
    page = handbook(spec_of())
    (when,) = [section for section in page.sections if section.id == "when"]
    first, second, *_ = when.blocks[0].sentences
    assert (first.text, first.sources) == ("Ett urval av varje konto sparas två gånger om året.", ("arkivera",))
    assert second.text.replace("\u00a0", " ") == (
        "Uttaget ”var” görs 2–31 maj och omfattar det som publicerades från och med 1 november till och med 30 april."
    )
    assert second.sources == ("arkivera", "eget-val")


def test_a_label_is_the_sources_own_words() -> None:
    """What stands in brackets are the words of the ground's text that its id is made of, accents and all."""
    grounds = (
        '  - {id: diarieforing-och-registrering, text: "Handboken: Diarieföring och registrering - ska det göras?"}\n'
        "  - {id: s1, text: Något annat}\n"
    )
    page = handbook(spec_of(head=HEAD.replace("terms:", f"{grounds}terms:", 1)))
    labels = {one.key: (one.label, one.number) for one in page.references}
    assert labels["diarieforing-och-registrering"] == ("Diarieföring och registrering", 3)
    assert labels["s1"] == ("S1", 4)
    assert labels["arkivera"] == ("Arkivera", 1)
    assert [one.used for one in page.references if one.number] == [True, True, False, False]


def test_decision_review_retention_and_formats_are_told() -> None:
    """Two persons, a disposal with its decision, a dated format and bounds each have their sentence."""
    more = """\
decision: {authority: Nämnden, reference: KS 1, date: 2026-02-03}
review: {persons: 2, source: [arkivera]}
retention:
  - id: loggar
    class: run_log
    action: dispose
    trigger: captured_at
    period: P1Y6M
    decision: {authority: Nämnden, reference: KS 9, date: 2026-01-02, covers_from: 2025-01-01}
    needs: [second_approver]
    source: [arkivera]
format_policy: [{pdf: [a-3a], valid_from: 2026-06-01, source: [arkivera]}]
limits: {media_bytes: 1048576, money_usd: 12.5}
seed:"""
    page = handbook(spec_of(head=HEAD.replace("seed:", more, 1)), "sv")
    said = {text.replace("\u00a0", " "): [page.label(key) for key in sources] for text, sources in everything(page)}
    expected = {
        "Reglerna vilar på ett beslut av Nämnden: KS 1, den 3 februari 2026.": ["beslutet"],
        "Två olika personer ser igenom förslaget och godkänner det innan något paket görs.": ["Arkivera"],
        "Loggar gallras ett år och 6 månader efter insamlingen, enligt beslut KS 9 av Nämnden den 2 januari 2026.": [
            "Arkivera"
        ],
        "Beslutet gäller det som tillkommit från och med 1 januari 2025.": ["Arkivera"],
        "Dessförinnan krävs en andra person som godkänner.": ["Arkivera"],
        "Den läsbara återgivningen skrivs som HTML och som PDF (PDF/A-3a), för uttag som görs från och med 1 juni 2026 "
        "och tills vidare.": ["Arkivera"],
        "En bild, film eller fil som är större än 1 MiB hämtas inte, utan antecknas som en lucka.": ["eget val"],
        "Ett uttag får kosta högst 12,5 amerikanska dollar hos plattformar som tar betalt.": ["eget val"],
    }
    assert {text: said.get(text) for text in expected} == expected
    assert not any("inget beslut" in text for text in said)


def test_the_lock_of_what_is_stored_is_told() -> None:
    """How long packages and captures are locked, and by whom the lock is kept, is said; without a lock nothing is."""
    lock = "storage: {lock: %s, keep: P10Y, source: [arkivera]%s}\nseed:"
    said = {}
    for language, mode, more in (("sv", "compliance", ""), ("en", "governance", ", captures_keep: P1Y6M")):
        page = handbook(spec_of(head=HEAD.replace("seed:", lock % (mode, more), 1)), language)  # type: ignore[arg-type]
        said |= {text.replace("\u00a0", " "): page.label(key) for text, (key, *_) in everything(page)}
    expected = {
        "Paket och liggare är låsta i 10 år från lagringen: till dess kan ingen radera eller ändra dem, inte heller "
        "administratören.": "Arkivera",
        "Det som samlats in är inte låst, så att det kan gallras.": "Arkivera",
        "Packages and ledger are locked for 10 years from when they are stored: until then only those with a special "
        "right in the store can delete them.": "Arkivera",
        "What was captured is locked for one year and 6 months.": "Arkivera",
    }
    assert {text: said.get(text) for text in expected} == expected
    assert "låst" not in str(everything(handbook(spec_of(), "sv")))


def test_who_signs_and_stamps_is_told() -> None:
    """Who signs what is kept, and which authorities stamp the time, is said; or that nobody does."""
    city = load_spec(Path(__file__).parents[1] / "archive_specs" / "exempelstad.yaml")
    said = {text for text, _ in everything(handbook(city, "sv"))}
    assert "Paketen undertecknas av arkivet@exempelstad.example." in said
    assert any("exempelstads-tidsstampel" in text and "stämplar: 1" in text for text in said)
    assert "Packages are not signed." in {text for text, _ in everything(handbook(spec_of(), "en"))}


class _Document(HTMLParser):
    """Collects what matters of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.inner: list[str] = []
        self.text = ""
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note tag, id, and every address something is loaded from or leads to."""
        values = dict(attrs)
        self.tags.append(tag)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(values["content"])
        self.loaded += [str(values[name]) for name in ("src", "srcset", "data", "style") if name in values]
        if tag == "link" or any(name.startswith("on") for name in values):
            self.loaded.append(tag)
        if str(values.get("href", "")).startswith("#"):
            self.inner.append(str(values["href"])[1:])

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


def read(html: str) -> _Document:
    """Return an HTML page, read by the standard library's parser."""
    document = _Document()
    document.feed(html)
    document.close()
    return document


def test_the_html_page_loads_nothing_and_says_so() -> None:
    """Nothing is loaded, the policy allows only the page's own style, and every link within the page has its end."""
    html = html_page(handbook(load_spec(SPECS[0])))
    document = read(html)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert document.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert document.loaded == []
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(document.tags)
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert len(document.ids) == len(set(document.ids))
    assert set(document.inner) <= set(document.ids)
    assert 'lang="sv"' in html


def test_the_html_page_takes_nothing_of_a_spec_for_markup() -> None:
    """Markup in names, purposes, sources and ids' texts is shown as it was written."""
    nasty = "<script>alert(1)</script>\"'&"
    quoted = json.dumps(nasty)
    head = HEAD.replace("name: Provstad, class", f"name: {quoted}, class").replace(
        "purpose: Berätta", f"purpose: {quoted}"
    )
    head = head.replace('"Handboken: Att arkivera"', quoted)
    head = head.replace("archive: {id: prov, name: Provstad}", f"archive: {{id: prov, name: {quoted}}}")
    html = html_page(handbook(spec_of(f"id: r, rule: census, purpose: {quoted}", head=head)))
    document = read(html)
    assert "script" not in document.tags
    assert document.text.count(nasty) >= 5
    assert 'href="https://provstad.example/?a=1&amp;b=2"' in html


def test_html_and_terminal_say_the_same_sentences() -> None:
    """Every sentence and every source of the page stands in both."""
    page = handbook(load_spec(SPECS[0]), "en")
    html = " ".join(read(html_page(page)).text.split())
    for text, sources in everything(page):
        assert " ".join(f"{text} {' '.join(f'[{page.label(key)}]' for key in sources)}".split()) in html


def test_numbers_and_days_are_of_the_language() -> None:
    """Thousands, decimals, dates, ranges and ordinals are written as in Swedish and in English."""
    swedish, english = Words("sv"), Words("en")
    assert (swedish.number(1234567), english.number(1234567)) == ("1\u00a0234\u00a0567", "1,234,567")
    assert (swedish.percent(0.075), english.percent(0.075)) == ("7,5", "7.5")
    assert (swedish.days("05-02", "05-31"), swedish.days("12-15", "01-10")) == (
        "2–31\u00a0maj", "15\u00a0december–10\u00a0januari",
    )  # fmt: skip
    assert [english.ordinal(one) for one in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th",
    ]  # fmt: skip
    assert [swedish.ordinal(one) for one in (1, 2, 3, 11, 22)] == ["1:a", "2:a", "3:e", "11:e", "22:a"]
    assert swedish.size(2 * 1024**3) == "2\u00a0GiB"


def edited(spec: str, *pairs: tuple[str, str]) -> ArchiveSpec:
    """Return the spec in a text, with each old text replaced once."""
    for old, new in pairs:
        assert old in spec
        spec = spec.replace(old, new, 1)
    return parse_spec(spec.encode(), "x").spec


LOTS = f"{HEAD}  - {{id: lott, rule: simple_random, n: 2}}\n  - {{id: stora, rule: fat, metric: comments, top_k: 2}}\n"


def test_a_change_is_told_field_by_field() -> None:
    """What came, went and changed is told with old and new value, and a rule with what the page says before and now."""
    new = edited(
        LOTS,
        ('version: "1"', 'version: "2"'),
        ("top_k: 2", "top_k: 3, purpose: Mest"),
        ("id: lott, rule: simple_random, n: 2", "id: allt, rule: census"),
        ("closes: 11-30", "closes: 12-05"),
        ("name: Bloggen", "name: Nya bloggen"),
    )
    found = {(one.part, one.id): one for one in changes(spec_of_text(LOTS), new, "sv")}
    assert found["", ""].sentence == "Specifikationen ändras: version går från 1 till 2."
    assert found["rules", "lott"].sentence == "Regeln lott tas bort."
    assert found["rules", "lott"].before == "Av alla konton lottas 2 trådar fram, alla med lika stor chans."
    assert found["rules", "allt"].sentence == "Regeln allt tillkommer."
    stora = found["rules", "stora"]
    assert stora.sentence == "Regeln stora ändras: top_k går från 2 till 3; purpose får värdet Mest."
    assert stora.before == "Av alla konton bevaras de 2 trådar som har flest kommentarer."
    assert stora.now == "Av alla konton bevaras de 3 trådar som har flest kommentarer. Syftet: Mest."
    assert found["occasions", "host"].sentence == "Uttaget host ändras: closes går från 11-30 till 12-05."
    assert found["accounts", "blogg"].sentence == "Kontot blogg ändras: name går från Bloggen till Nya bloggen."
    assert len(found) == 6


def spec_of_text(text: str) -> ArchiveSpec:
    """Return the spec in a text."""
    return parse_spec(text.encode(), "x").spec


def test_the_same_spec_has_no_changes() -> None:
    """A spec compared with itself differs in nothing, in every spec that comes with the project."""
    for path in SPECS:
        assert changes(load_spec(path), load_spec(path), "en") == ()


def test_a_new_version_of_a_rule_is_told_as_its_own() -> None:
    """A rule that gets a successor with the same id shows as one that went and two that came, each named."""
    old = "  - {id: stora, rule: fat, metric: comments, top_k: 2}\n"
    dated = (
        "  - {id: stora, version: '1', valid_to: 2026-12-31, rule: fat, metric: comments, top_k: 2}\n"
        "  - {id: stora, version: '2', valid_from: 2027-01-01, rule: fat, metric: comments, top_k: 5}\n"
    )
    found = {one.id: one.what for one in changes(spec_of_text(HEAD + old), spec_of_text(HEAD + dated), "en")}
    assert found == {"stora": "removed", "stora (1)": "added", "stora (2)": "added"}


ROWS = [
    {"thread_id": f"t{number}", "comments": number, "kind": "video" if number == 9 else "post"} for number in range(10)
]


def test_the_effect_counts_what_comes_goes_and_is_left_out() -> None:
    """Threads come by the new rules that name them, go by the old ones that did, or are left out by an exclusion."""
    old = spec_of("id: stora, rule: fat, metric: comments, top_k: 3")
    new = spec_of(
        "id: stora, rule: fat, metric: comments, top_k: 2",
        "id: valda, rule: judgement, threads: [{id: t1, reason: x, decided_by: A, decided_at: 2026-01-01}]",
        "id: ut, rule: exclude, kinds: [video], reason: Sekretess",
    )
    made = effect(old, new, "sida", occasion_at(old, "2026-host"), frame(ROWS))
    assert (made.frame, made.kept_before, made.kept_after) == (10, 3, 2)
    assert (made.come, made.go, made.excluded) == ({"valda": ("t1",)}, {"stora": ("t7",)}, {"ut": ("t9",)})
    assert (made.come_count, made.go_count, made.redrawn) == (1, 2, ())


def test_the_effect_is_that_of_the_day_from_which_the_change_holds() -> None:
    """A rule that begins after the last capture is applied to it all the same, and the day is told."""
    old = spec_of("id: stora, version: '1', rule: fat, metric: comments, top_k: 1")
    new = spec_of(
        "id: stora, version: '1', valid_to: 2026-12-31, rule: fat, metric: comments, top_k: 1",
        "id: stora, version: '2', valid_from: 2027-01-01, rule: fat, metric: comments, top_k: 2",
    )
    made = effect(old, new, "sida", occasion_at(old, "2026-host"), frame(ROWS))
    assert made.day.isoformat() == "2027-01-01"
    assert (made.come, made.go) == ({"stora": ("t8",)}, {})


def test_another_seed_is_told_for_the_rules_that_draw_lots() -> None:
    """Rules that draw lots are named when the seed of two specs differs, and only those of the account."""
    old = spec_of_text(LOTS)
    new = edited(LOTS, ("seed: Provstad 2026", "seed: Provstad 2027"))
    made = effect(old, new, "sida", occasion_at(old, "2026-host"), frame(ROWS))
    assert made.redrawn == ("lott",)


def stored(folder: Path, account: str, period: str, occasion: str, rows: list[dict[str, object]]) -> Path:
    """Put what a comparison reads of a capture into a store's folder."""
    capture = folder / "captures" / "prov" / account / period / f"{account}_{period}_0"
    (capture / "records").mkdir(parents=True)
    pq.write_table(frame(rows), capture / "records" / "frame.parquet")
    document = {"period_id": period, "occasion_id": occasion, "started_at": "2026-11-02T02:00:00Z"}
    (capture / "capture.json").write_text(json.dumps(document), encoding="utf-8")
    return capture


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Return the paths of two specs, of which the second keeps one thread less of the largest."""
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    text = f"{HEAD}  - {{id: stora, rule: fat, metric: comments, top_k: 2}}\n"
    paths[0].write_text(text, encoding="utf-8")
    paths[1].write_text(text.replace("top_k: 2", "top_k: 1").replace("id: blogg", "id: annan"), encoding="utf-8")
    return [str(path) for path in paths]


def run(*arguments: str) -> str:
    """Run ``urval spec`` and return what it prints."""
    outcome = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return " ".join(outcome.stdout.split())


def test_diff_reads_the_newest_capture_of_each_account(tmp_path: Path, two: list[str]) -> None:
    """The last period's capture is compared, an account of one spec alone is named, and none is passed over."""
    stored(tmp_path / "s", "sida", "2025-11-01--2026-05-01", "2026-var", ROWS[:3])
    stored(tmp_path / "s", "sida", "2026-05-01--2026-11-01", "2026-host", ROWS)
    text = run("diff", *two, "--store", str(tmp_path / "s"), "--language", "en")
    assert "sida, 2026-05-01--2026-11-01 (10 threads)" in text
    assert "1 go, which were chosen by stora: t8" in text
    assert "annan: only in prov 1" in text
    assert "blogg: only in prov 1" in text
    only = run("diff", *two, "--store", str(tmp_path / "s"), "--language", "en", "--account", "sida")
    assert "annan: only" not in only


def test_diff_says_when_there_is_no_capture(tmp_path: Path, two: list[str]) -> None:
    """Without a store it says how to give one; of an account without a capture it says so; both are no faults."""
    (tmp_path / "s").mkdir()
    assert "Ange en lagring (--store)" in run("diff", *two, "--language", "sv")
    assert "sida: lagringen har ingen insamling" in run(
        "diff", *two, "--store", str(tmp_path / "s"), "--language", "sv"
    )


@pytest.mark.parametrize("damage", ["capture.json", "records/frame.parquet", "period"])
def test_diff_tells_of_a_capture_that_cannot_be_read(tmp_path: Path, two: list[str], damage: str) -> None:
    """A damaged capture is one account's line, in words, and no traceback."""
    capture = stored(tmp_path / "s", "sida", "2026-05-01--2026-11-01", "2026-host", ROWS)
    if damage == "period":
        (capture / "capture.json").write_text('{"period_id": "vår"}', encoding="utf-8")
    else:
        (capture / damage).write_bytes(b"{")
    assert "sida: cannot be calculated." in run("diff", *two, "--store", str(tmp_path / "s"), "--language", "en")


def test_diff_as_json_holds_every_id(tmp_path: Path, two: list[str]) -> None:
    """The JSON has each change with its fields, and each effect with all ids."""
    stored(tmp_path / "s", "sida", "2026-05-01--2026-11-01", "2026-host", ROWS)
    outcome = CliRunner().invoke(app, ["diff", *two, "--store", str(tmp_path / "s"), "--json"])
    made = json.loads(outcome.stdout)
    (sida,) = [one for one in made["effects"] if one["account"] == "sida"]
    assert (sida["go"], sida["day"]) == ({"stora": ["t8"]}, "2026-11-01")
    (stora,) = [one for one in made["changes"] if one["id"] == "stora"]
    assert stora["fields"] == [{"field": "top_k", "old": "2", "new": "1"}]
    assert outcome.exit_code == 0


def test_show_writes_the_page(tmp_path: Path) -> None:
    """The page comes in the spec's own language or the one asked for, as text, as JSON beside the spec, as HTML."""
    path = tmp_path / "a.yaml"
    path.write_text(LOTS, encoding="utf-8")
    assert "Vad som bevaras" in run("show", str(path))
    assert "What is kept" in run("show", str(path), "--language", "en")
    assert "written" in run("show", str(path), "--html", str(tmp_path / "page.html"))
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    made = json.loads(CliRunner().invoke(app, ["show", str(path), "--json"]).stdout)
    assert (made["id"], made["handbook"]["sections"][2]["id"]) == ("prov", "kept")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in run("show", str(path))
