"""Archive specs: what is refused, with place and remedy; secrets; the schema; the specs that come with the project."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import date
from pathlib import Path

import pytest
from _spec_texts import BASE, edited, problems
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.events import ScalarEvent

from urval.errors import ConfigError
from urval.spec import ArchiveSpec, load_spec, parse_spec
from urval.spec.tree import _MAX_NODES, _Builder, _Stop

SPECS = Path(__file__).parent.parent / "archive_specs"
TOKEN = "EAAB" + "sbCS1iHgBAKZCZBZCxyz12345"  # in two pieces, so that no scanner takes the test for a leak

# old text, new text, the problems as "line:column: sentence" (a sentence may be the beginning of one)
BAD = [
    ("format: 1", "format: 2", ["1:9: 'format' must be 1"]),
    ("format: 1", "format: true", ["1:9: 'format' must be 1"]),
    ("format: 1\n", "", ["1:1: key 'format' is missing; add it (the format of this file: 1)"]),
    ("platform:", "platfrom:",
     ["17:5: key 'platform' is missing", "18:5: unknown key 'platfrom'; did you mean 'platform'?"]),
    ("purpose:", "synpunkter: x\n    purpose:", ["21:5: unknown key 'synpunkter'; known here: id, platform, name"]),
    ("id: prov\n", "id: Prov stad\n", ["2:5: 'id' must be lower-case letters a-z, digits and hyphens"]),
    ("id: prov\n", "id: ../prov\n", ["2:5: 'id' must be lower-case letters a-z"]),
    ('version: "1"', "version: 1.0", ["3:10: 'version' must be text; put it in quotes"]),
    ('version: "1"', "version:", ["3:1: 'version' must be text; put it in quotes"]),
    ('version: "1"', 'version: ""', ["3:10: 'version' must not be empty"]),
    ('version: "1"', 'version: "1\\u202e"', ["3:10: 'version' holds an invisible control character"]),
    ("2026-01-01", "2026-02-30", ["4:13: 'valid_from' is no day of the calendar; write a date as YYYY-MM-DD"]),
    ("2026-01-01", "1 jan 2026", ["4:13: 'valid_from' must be a date as YYYY-MM-DD"]),
    ("2026-01-01", "20260101", ["4:13: 'valid_from' must be a date as YYYY-MM-DD"]),
    ("2026-01-01", "1826-01-01", ["4:13: 'valid_from' must lie in the years 1990 to 2999"]),
    ("language: sv", "valid_to: 2025-12-31\nlanguage: sv", ["5:11: 'valid_to' lies before valid_from"]),
    ("language: sv", "language: se", ["5:11: 'language' must be one of sv, en"]),
    ("Europe/Stockholm", "Europe/Stokholm",
     ["6:11: 'timezone' is no time zone of the IANA list; did you mean 'Europe/Stockholm'?"]),
    ("archive: {id: prov, name: Provstad}", "archive: Provstad", ["7:10: 'archive' must be keys with values"]),
    ("start: 01-11", "start: 02-29", ["9:22: 'start' must be a day that every year has, as MM-DD"]),
    ("start: 01-11", "start: 1-11", ["9:22: 'start' must be a day that every year has, as MM-DD"]),
    ("opens: 05-02", "opens: 04-30", ["11:22: 'opens' lies before period_end; a capture covers what has been"]),
    ("closes: 05-31", "closes: 05-01", ["11:37: 'closes' lies before opens; exchange the two or correct one"]),
    ("opens: 11-02, closes: 11-30", "opens: 12-20, closes: 01-05",
     ["12:5: the occasion lies wholly within a blackout"]),
    ("period_end: 11-01", "period_end: 05-01",
     ["12:23: 'opens' lies before", "12:57: 'period_end' is the same as that of"]),
    ("  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}\n", "",
     ["11:3: one occasion a year needs a reason"]),
    ("id: host", "id: var", ["12:10: 'id' is the same as that of item 1 of 'occasions'; give each its own"]),
    ("class: main", "class: mian",
     ["20:12: 'class' must be one of main, unit, project, leader, seasonal, employer; did you"]),
    ("class: main", "class: main\n    class: unit", ["21:5: key 'class' is given twice, first in line 20; keep one"]),
    ("owner: {name: Alva, role: kommunikatör}", "owner: Alva",
     ["22:12: 'owner' must be keys with values; indent them"]),
    ("role: kommunikatör", "role: [a, b]", ["22:31: 'role' must be text; put it in quotes"]),
    ('page_id: "1"', "page_id: 1", ["23:25: 'page_id' must be text; put it in quotes"]),
    ("credential: env:PROV_TOKEN", "credential: hemligt",
     ["24:17: 'credential' must be a reference to where the credential"]),
    ("purpose: Berätta", "purpose: Berätta\n    url: provstad.se", ["22:10: 'url' must be a web address that begins"]),
    ("purpose: Berätta", "purpose: Berätta\n    goals: Nå ut",
     ["22:12: 'goals' must be a list; begin each item with '- '"]),
    (
        "purpose: Berätta",
        "purpose: Berätta\n    opened: 2020-01-02\n    closed: 2020-01-01",
        ["23:5: closed lies before opened; exchange the two or correct one"],
    ),
    ("rule: window", "rule: windw",
     ["27:11: 'rule' must be one of census, change, combine, discovery"]),
    ("    rule: window\n", "", ["26:5: key 'rule' is missing; add it, one of census, change, combine, discovery"]),
    ("days: 7", "days: sju", ["28:11: 'days' must be a whole number without quotes"]),
    ("days: 7", "days: 0", ["28:11: 'days' must be at least 1"]),
    ("anchor: term_mid", "anchor: term_middle",
     ["29:13: 'anchor' must be term_mid, a day as 10-15, a date as 2026-10-15, a week as W42"]),
    ("terms:\n  - {id: var, start: 01-11, end: 06-15}\n", "", ["27:13: 'anchor' term_mid needs terms; add 'terms'"]),
    ("metric: comments", "metric: coments",
     ["32:13: 'metric' must be one of comments, reactions, shares, views, bytes, followers; did you mean 'comments'?"]),
    ("top_k: 10", "top_k: 10\n    threshold: 5",
     ["30:5: a fat rule needs exactly one of top_k, quantile and threshold; give one"]),
    ("top_k: 10", "top_k: 10\n    claim: statistical", ["34:12: 'claim' must be one of illustrative, evidential"]),
    ("n: 5", "fraction: 1.5", ["34:48: 'fraction' must be at most 1.0"]),
    ("n: 5", "n: 5, fraction: 0.5", ["34:5: a simple_random rule needs exactly one of n and fraction; give one"]),
    ("n: 5", "n: 5, applies_to: {accounts: [sda]}", ["34:68: there is no such account; did you mean 'sida'?"]),
    ("n: 5", "n: 5, applies_to: {accounts: []}", ["34:67: 'accounts' must not be empty; add an item"]),
    ("every_k: 5", "every_k: 5, start: 6", ["35:46: start is greater than every_k; the first position lies within"]),
    ("every_k: 5", "every_k: 5, start: 2", ["35:46: a start that a person fixed gives no statistical claim"]),
    ("every_k: 5", "n: 5, start: 2", ["35:40: a fixed start goes with every_k"]),
    ("every_k: 5", "every_k: 5, start: strax", ["35:53: 'start' must be random, or a whole number from 1"]),
    ("id: bort", "id: slump",
     ["36:10: 'id' is the same as that of item 3 of 'rules', a rule of another kind; give each its own"]),
    ("id: bort", "id: not-selected",
     ["36:10: 'id' 'not-selected' stands for something else in packages; choose another"]),
    ("kinds: [message], ", "", ["36:5: an exclude rule needs threads or kinds; give one"]),
    ("seed: Provstad 2026", "seed: &a Provstad", ["37:7: an anchor with & is not allowed; write the value out"]),
    ("seed: Provstad 2026", "seed: *a", ["37:7: a reference with * is not allowed; write the value out"]),
    ("seed: Provstad 2026", "seed: !!str 5",
     ["37:7: a tag with ! is not allowed; take it out, and put text in quotes"]),
    ("seed: Provstad 2026", "seed: x\n<<: {id: b}", ["38:1: a merge key << is not allowed; write the keys out"]),
    ("seed: Provstad 2026", "seed: x\n[a]: b", ["38:1: a key must be a single word; write 'key: value'"]),
    ("seed: Provstad 2026", "seed: x\n---\nseed: y",
     ["38:1: a second document begins here; keep one spec in one file"]),
    ("seed: Provstad 2026", "seed: 'x", ["38:1: is not YAML: found unexpected end of stream; check quotes"]),
    ("seed: Provstad 2026", "seed: x\n\tid: y",
     ["38:1: is not YAML: found character '\\t' that cannot start any token"]),
    ("seed: Provstad 2026", "seed: x\nlimits: {media_bytes: 2 GB}", ["38:23: 'media_bytes' must be a whole number"]),
    ("seed: Provstad 2026", "seed: x\nformat_policy: [{pdf: [a-2a, a-3a]}]",
     ["38:18: pdf needs exactly one PDF/A level"]),
    ("seed: Provstad 2026", "seed: x\nformat_policy: [{pdf: [a-9]}]",
     ["38:24: item 1 of 'pdf' must be one of a-2a, a-2b"]),
    ("format: 1", "%YAML 1.1\n---\nformat: 1", ["1:1: a line that begins with % is not allowed; take it out"]),
]  # fmt: skip

SECRETS = [
    ("seed: Provstad 2026", f"seed: {TOKEN}", 37, TOKEN),
    ("seed: Provstad 2026", f"# förra: {TOKEN}\nseed: x", 37, TOKEN),
    ("seed: Provstad 2026", 'seed: "\\x45\\x41AB' + TOKEN[4:] + '"', 37, TOKEN[4:]),
    ("seed: Provstad 2026", f"{TOKEN}: 1\n{TOKEN}: 2\nseed: x", 37, TOKEN),
    ("seed: Provstad 2026", "seed: Bearer abcdef123456abcdef", 37, "abcdef123456"),
    ("seed: Provstad 2026", "seed: 9f2c41b7d3e80a5c6b1f4e92a7d0c38b", 37, "9f2c41b7"),
    ("seed: Provstad 2026", "seed: gF8s-Q2kd93Jx7P1zL0aV5nB4mT6cR9wEy", 37, "gF8s"),
    ("seed: Provstad 2026", "seed: abcd EFGH 1234 ijkl MNOP 6789", 37, "EFGH"),
    ("seed: Provstad 2026", "seed: |\n  -----BEGIN OPENSSH PRIVATE KEY-----\n  hemligt\n", 38, "OPENSSH"),
    ("credential: env:PROV_TOKEN", f"credential: {TOKEN}", 24, TOKEN),
    ('page_id: "1"', "access_token: hunter2", 23, "hunter2"),
    ('page_id: "1"', "app_secret: 12345", 23, "12345"),
    ('page_id: "1"', "base_url: 'https://u:hunter22@provstad.example'", 23, "hunter22"),
    ('page_id: "1"', "base_url: 'https://provstad.example/?access_token=hunter22'", 23, "hunter22"),
    ("class: main", f"class: {TOKEN}", 20, TOKEN),
    ("seed: Provstad 2026", f"seed: !{TOKEN}! x", 37, TOKEN),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD, ids=[f"{new[:30]!r}" for _, new, _ in BAD])
def test_a_bad_spec_is_refused_with_place_and_remedy(old: str, new: str, expected: list[str]) -> None:
    """Each problem is reported at its line and column, in a sentence that names the key and the remedy."""
    found = problems(edited(old, new))
    for sentence in expected:
        assert any(line.startswith(sentence) for line in found), found


def test_the_base_of_the_bad_specs_is_sound() -> None:
    """What the table spoils is a sound spec, so that each refusal comes from its one change."""
    loaded = parse_spec(BASE.encode(), "prov.yaml")
    assert loaded.spec.id == "prov"
    assert loaded.sha256 == hashlib.sha256(BASE.encode()).hexdigest()
    assert loaded.data == BASE.encode()


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """Unknown keys, wrong values, doubled keys and things that do not fit together are reported in one error."""
    text = (
        BASE.replace("language: sv", "language: se").replace("days: 7", "days: 0").replace("class: main", "clas: main")
    )
    text = text.replace("id: host", "id: var").replace("seed: ", "seed: a\nseed: ")
    places = [line.split(": ")[0] for line in problems(text.encode())]
    assert places == ["5:11", "12:10", "17:5", "20:5", "28:11", "38:1"]


@pytest.mark.parametrize("value", ["*a", "!!int x", TOKEN])
def test_a_value_that_cannot_be_used_is_reported_once(value: str) -> None:
    """What stands in the place of an alias, a tag or a secret is not judged a second time."""
    assert len(problems(edited("days: 7", f"days: {value}"))) == 1


def test_an_account_that_no_rule_keeps_anything_of_is_refused() -> None:
    """A register entry without an including rule would silently drop everything."""
    text = BASE.replace("  - id: vecka\n    rule: window\n    days: 7\n    anchor: term_mid\n", "")
    text = text.replace(
        "  - {id: slump, rule: simple_random, n: 5}\n  - {id: steg, rule: systematic, every_k: 5}\n", ""
    )
    text = text.replace("    rule: fat\n", "    rule: fat\n    applies_to: {classes: [leader]}\n")
    assert [line.split(";")[0] for line in problems(text.encode())] == ["17:5: no rule keeps anything of this account"]


@pytest.mark.parametrize(("old", "new", "line", "secret"), SECRETS, ids=range(len(SECRETS)))
def test_a_secret_is_refused_and_never_shown(old: str, new: str, line: int, secret: str) -> None:
    """Whatever looks like a secret is refused at its line, and no message or cause holds any of it."""
    with pytest.raises(ConfigError) as error:
        parse_spec(edited(old, new), "prov.yaml")
    found = error.value.message.split("\n")
    assert any(one.startswith(f"prov.yaml:{line}:") and "env:NAME" in one for one in found), found
    assert secret not in error.value.diagnostics()
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    "harmless",
    [
        "url: https://malmo.se/Sociala-medier-handbok/Hantera-konto/Om-att-arkivera-sociala-medier-2026.html",
        "url: https://www.varberg.se/sida.4.21702059150d159d943c21fa.html",
        "url: https://www.facebook.com/provstad/posts/pfbid02kYt5Qw8Zr4sVn1mX7LdP3cJ6hBg9fTaEoUyWiRqSx",
        "url: https://mastodon.example/@provstad",
        "reference_code: SE/MSA/00001/F9A-2026-000123456789",
        'handle: "100064000000001_122093456789012345678901234567890"',
        "purpose: alla vill veta mest först idag",
        "information_owner: kommunstyrelsens-kommunikationsavdelning-enhet-2-digitala-kanaler",
        'name: "did:plc:ewvi7nxzyoun6zhxrhs64oiz"',
    ],
)
def test_public_texts_are_not_taken_for_secrets(harmless: str) -> None:
    """Addresses, ids and words that a register is full of pass."""
    key = harmless.split(":", maxsplit=1)[0]
    lines = [line for line in BASE.split("\n") if not line.startswith(f"    {key}:")]
    index = lines.index("    class: main")
    parse_spec("\n".join([*lines[:index], f"    {harmless}", *lines[index:]]).encode(), "prov.yaml")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "1:1: the file is empty"),
        (b"# bara\n", "1:1: the file must be keys with values"),
        (b"- a", "1:1: the file must be keys with values"),
        (b"id: Malm\xf6", "1:9: byte 0xF6 is not UTF-8; save the file as UTF-8"),
        (b"id: x\nname: \x1b[31m", "2:7: control character U+001B is not allowed; take it out"),
        (b"a" * 8_000_001, "1:1: the file is larger than 8 MB"),
        (b"[" * 100_000, "1:17: the file is nested too deeply"),
        (b"{a: " * 100_000, "1:62: the file is nested too deeply"),
        ("\ufeffid: å\n".encode(), "1:5: 'id' must be lower-case letters"),
    ],
    ids=["empty", "comment", "list", "latin-1", "escape", "large", "brackets", "braces", "bom"],
)
def test_a_file_that_is_no_spec_at_all_is_refused(data: bytes, expected: str) -> None:
    """Encodings, sizes and nesting that no spec has end in one clear problem, not in a crash."""
    assert any(line.startswith(expected) for line in problems(data))


def test_more_values_than_a_register_of_ten_thousand_accounts_are_refused() -> None:
    """Reading ends at the half millionth value: a list of so many is refused where it begins to be too long.

    The parser's events are given by hand, since to parse a megabyte of them takes it twenty seconds.
    """
    events = list(YAML(typ="safe", pure=True).parse("a: [1, 2]"))
    value = next(event for event in reversed(events) if isinstance(event, ScalarEvent))
    before = events[: events.index(value)]
    builder = _Builder()
    for event in (*before, *itertools.repeat(value, _MAX_NODES - 4)):
        builder.take(event)
    assert builder.tree.problems == []
    with pytest.raises(_Stop):
        builder.take(value)
    assert [problem.sentence for problem in builder.tree.problems] == [
        "the file holds too many values; a spec needs far less"
    ]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="ab:{}[],-#&*!|>'\"%@`\\ \n\t?<~0.=x", max_size=60).map(str.encode))
def test_hostile_bytes_end_in_a_config_error(data: bytes) -> None:
    """Whatever the bytes are: a ConfigError, and nothing else."""
    with pytest.raises(ConfigError):
        parse_spec(data, "x")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(BASE) - 1), st.sampled_from("{}[]:,-#&*!|>'\"%@`\\ \n\t?<~0a"), st.booleans())
def test_one_wrong_character_is_never_a_crash(position: int, character: str, insert: bool) -> None:
    """A spec with a slip of the finger is sound or refused with a ConfigError."""
    text = BASE[:position] + character + BASE[position + (not insert) :]
    outcome: object
    try:
        outcome = parse_spec(text.encode(), "x").spec
    except ConfigError as error:
        outcome = error
    assert isinstance(outcome, ArchiveSpec) or str(outcome).startswith("x:")


def test_many_problems_are_cut_off() -> None:
    """A message holds at most a hundred problems and says how many more there are."""
    found = problems(BASE.encode() + b"".join(b"k%d: 1\n" % n for n in range(300)))
    assert len(found) == 101
    assert found[-1].endswith("and 200 more problems")


def test_a_spec_is_immutable() -> None:
    """No field of a loaded spec can be set."""
    spec = parse_spec(BASE.encode(), "x").spec
    with pytest.raises(ValidationError):
        spec.seed = "another"  # type: ignore[misc]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path without a file, or to a folder, gives one sentence with the path."""
    for path in (tmp_path / "finns-inte.yaml", tmp_path):
        with pytest.raises(ConfigError, match="Cannot read the archive spec") as error:
            load_spec(path)
        assert str(path) in error.value.message


def test_quoted_and_plain_scalars_follow_yaml_1_2() -> None:
    """Yes, no, on, octals and dates are text; true, numbers and null are what they look like."""
    text = BASE.replace('page_id: "1"', "a: yes, b: no, c: 2026-01-01, d: 0o17, e: 12:30:45, f: .inf")
    spec = parse_spec(text.encode(), "x").spec
    values = {"a": "yes", "b": "no", "c": "2026-01-01", "d": "0o17", "e": "12:30:45", "f": ".inf"}
    assert spec.accounts[0].settings == values


def test_rules_apply_by_account_class_and_platform() -> None:
    """A rule concerns the accounts that fit every list of its applies_to, and all without one."""
    spec = load_spec(SPECS / "exempelstad.yaml")
    found = {account.id: [rule.id for rule in spec.rules_for(account, date(2026, 11, 1))] for account in spec.accounts}
    everywhere = ["maste-bevaras", "vecka-mitt-i-terminen", "mest-kommenterade", "undantag"]
    assert set(found["exempelstad-facebook"]) == {*everywhere, "slumpurval"}
    assert set(found["kommundirektoren-facebook"]) == {*everywhere, "ledare-i-sin-helhet"}
    assert set(found["exempelstad-nyheter"]) == {*everywhere, "var-femte-nyhet"}


def test_an_account_is_found_by_id_or_a_near_one_is_named() -> None:
    """An unknown account is refused with a suggestion or the list."""
    spec = load_spec(SPECS / "exempelstad.yaml")
    assert spec.account("exempelstad-nyheter").platform == "wordpress"
    with pytest.raises(ConfigError, match="no account") as error:
        spec.account("exempelstad-nyhter")
    assert error.value.next_step == "Did you mean 'exempelstad-nyheter'?"


def test_a_register_entry_becomes_plain_json() -> None:
    """The entry for the manifest has the file's key names, text for dates, and of the credential the reference."""
    entry = load_spec(SPECS / "exempelstad.yaml").accounts[0].model_dump(mode="json")
    assert (entry["class"], entry["opened"], entry["credential"]) == ("main", "2012-03-01", "env:URVAL_SANDBOX_TOKEN")
    assert json.loads(json.dumps(entry)) == entry


def test_without_a_decision_a_spec_runs_dry_only() -> None:
    """The city's draft has no decision, the fictional city's spec has one."""
    assert load_spec(SPECS / "malmo-stad.yaml").dry_run_only
    assert not load_spec(SPECS / "exempelstad.yaml").dry_run_only


def test_the_city_draft_says_what_has_not_been_seen() -> None:
    """The draft's comments say that the handbook has not been seen, and which values are our choice."""
    text = (SPECS / "malmo-stad.yaml").read_text(encoding="utf-8")
    assert "has NOT been seen" in text
    assert "These dates are our choice" in text
