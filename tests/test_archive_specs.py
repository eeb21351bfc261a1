"""The archive specs that come with the project: sound, for editors too, and each rule with where it comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from urval.cli.specs import app
from urval.handbook import handbook
from urval.spec import json_schema, load_spec

if TYPE_CHECKING:
    from urval.spec import ArchiveSpec

FOLDER = Path(__file__).parent.parent / "archive_specs"
SPECS = sorted(FOLDER.glob("*.yaml"))
CITIES = ["malmo-stad", "skr", "stockholm"]
SEED, KEEP, REGISTER, GUIDE = "Starta ett konto", "Om att arkivera", "Diarieföring", "Riktlinjer"
DAYS = "Eget val, dagar"

# What a source says (SEED, S1, S2, S8 of the project's list of sources), the sentence, and the marks it must bear.
MALMO = [
    ("SEED: save a selection twice a year",
     "Ett urval av varje konto sparas två gånger om året.", [SEED, KEEP, REGISTER]),
    ("S1: mid-term, and the whole half-year is desirable: spring",
     "Uttaget ”var” görs 2–31 maj och omfattar det som publicerades från och med 1 november till och med 30 april.",
     [SEED, KEEP, REGISTER, DAYS]),
    ("S1: mid-term, and the whole half-year is desirable: autumn",
     "Uttaget ”host” görs 2–30 november och omfattar det som publicerades från och med 1 maj till och med 31 oktober.",
     [SEED, KEEP, REGISTER, DAYS]),
    ("S1: not in summer", "Uttag undviks 15 juni–15 augusti (Sommar).", [KEEP, DAYS]),
    ("S1: not at Christmas", "Uttag undviks 15 december–10 januari (Jul och nyår).", [KEEP, DAYS]),
    ("S1: mid-term", "Av alla konton bevaras trådarna från 7 dagar i följd mitt i varje termin.",
     [KEEP, "Eget val, en vecka"]),
    ("S1: layout and content of every account; S2: a snapshot for history",
     "Av alla konton sparas en ögonblicksbild: sidhuvudet och de 10 senaste trådarna.",
     [KEEP, REGISTER, "Eget val, utseende"]),
    ("S1: leaders keep posts and comments in full",
     "Av ledares konton bevaras alla trådar, med alla kommentarer.", [KEEP]),
    ("S1: leaders are paid politicians and managers",
     "Syftet: Avlönade politikers och chefers inlägg bevaras i sin helhet, med kommentarer.", [KEEP]),
    ("S1: a measure of value", "Av alla konton bevaras de 10 trådar som har flest kommentarer.",
     [KEEP, "Eget val, tal"]),
    ("S2: what is removed must be saved",
     ("Av alla konton bevaras alltid det som har förts in i registret över borttaget, trådar där något har dolts "
      "eller tagits bort och fästa inlägg."), [REGISTER, "Eget val, fästa inlägg"]),
    ("S8: no secret data",
     ("Av alla konton undantas de trådar som räknas upp (ännu ingen). Skälet: Uppgifter som omfattas av sekretess, "
      "enligt beslut i varje fall."), [GUIDE, "Eget val, skydd"]),
    ("nobody says what becomes of an account that is closed",
     "Av alla konton, vid det sista uttaget innan ett konto stängs, bevaras alla trådar, med alla kommentarer.",
     ["Eget val, stängning"]),
    ("nobody treats private messages",
     ("Av alla konton undantas alla trådar av slaget privat meddelande. Skälet: Privata meddelanden hör inte till"
      " urvalet."), ["Eget val, skydd"]),
    ("R18: no decision, no package",
     ("Det finns inget beslut bakom reglerna. Därför kan de bara provas: det går att se vad som skulle bevaras, men"
      " inget paket görs förrän ansvarig nämnd har beslutat."), ["programmet"]),
]  # fmt: skip
STOCKHOLM = [
    ("about once a year", "Ett urval sparas en gång om året.", ["Arkivering"]),
    ("level 1, at closing",
     ("Av verksamheters konton, säsongskonton och arbetsgivarkonton, vid det sista uttaget innan ett konto stängs, "
      "sparas en ögonblicksbild av sidhuvudet."), ["Arkivering", "Eget val, nivåer", "Eget val, översikt"]),
    ("level 2, the overview",
     "Av huvudkonton och ledares konton sparas en ögonblicksbild: sidhuvudet och de 10 senaste trådarna.",
     ["Arkivering", "Eget val, nivåer", "Eget val, översikt"]),
    ("level 2, what is unique",
     "Av huvudkonton och ledares konton bevaras de trådar som en person väljer; hittills är ingen vald.",
     ["Arkivering", "Eget val, nivåer"]),
    ("level 3, all", "Av projektkonton bevaras alla trådar, med alla kommentarer.", ["Arkivering", "Eget val, nivåer"]),
    ("more when profile, cover, links or name change",
     ("Av alla konton, vid uttag efter en större förändring, bevaras de 10 senaste trådarna när profilbilden, "
      "omslagsbilden, länkarna eller namnet ser annorlunda ut än vid förra uttaget."),
     ["Arkivering", "Eget val, översikt"]),
]  # fmt: skip
SKR = [
    ("every half-year", "Ett urval av varje konto sparas två gånger om året.", ["Frågor och svar"]),
    ("a snapshot of the medium",
     "Av alla konton sparas en ögonblicksbild: sidhuvudet och de 20 senaste trådarna.",
     ["Frågor och svar", "Eget val, djup"]),
    ("or at a larger change", "Syftet: En ny ögonblicksbild när mediet har förändrats mer.",
     ["Frågor och svar", "Eget val, djup"]),
    ("a standard format, PDF/A",
     "Den läsbara återgivningen skrivs som HTML och som PDF (PDF/A-2a och PDF/UA-1).",
     ["Frågor och svar", "Eget val, format"]),
]  # fmt: skip
CASES = [(name, *case) for name, cases in zip(CITIES, (MALMO, SKR, STOCKHOLM), strict=True) for case in cases]


def spec(name: str) -> ArchiveSpec:
    """Return one of the project's specs."""
    return load_spec(FOLDER / f"{name}.yaml")


def sentences(name: str) -> dict[str, list[str]]:
    """Return the sentences of a spec's page in Swedish, each with what stands in brackets after it."""
    page = handbook(spec(name), "sv")
    return {
        one.text.replace("\u00a0", " "): [page.label(key) for key in one.sources]
        for section in page.sections
        for block in section.blocks
        for one in block.sentences
    }


@pytest.mark.parametrize(("name", "statement", "sentence", "marks"), CASES, ids=[case[1] for case in CASES])
def test_the_page_says_what_the_source_says(name: str, statement: str, sentence: str, marks: list[str]) -> None:
    """Each statement of a public page that a spec implements is a sentence of its page, with exactly its sources."""
    assert sentences(name).get(sentence) == marks, statement


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_passes_the_check(path: Path) -> None:
    """``urval spec check`` finds nothing wrong, in the form, between the parts, or in the accounts' settings."""
    outcome = CliRunner().invoke(app, ["check", str(path)])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout.startswith(f"{path}: correct.")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_editor_accepts_every_spec(path: Path) -> None:
    """The first line leads an editor to the schema, and the schema accepts the file."""
    data = path.read_bytes()
    assert data.startswith(b"# yaml-language-server: $schema=schema.json\n")
    plain: Any = json.loads(json.dumps(YAML(typ="safe", pure=True).load(data), default=str))
    jsonschema.Draft202012Validator(json_schema()).validate(plain)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_source_is_a_ground_and_every_ground_has_a_name(path: Path) -> None:
    """No sentence rests on a source that the list of grounds does not explain, and no two grounds have one label."""
    model = load_spec(path)
    known = [ground.id for ground in model.grounds]
    parts: list[Any] = [*model.rules, *model.occasions, *model.terms, *model.blackouts, *model.retention, model.review]
    assert None not in known
    assert {source for part in parts for source in part.source} <= set(known)
    labels = [one.label for one in handbook(model).references]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("name", CITIES)
def test_nothing_taken_from_a_public_page_lacks_its_source(name: str) -> None:
    """Of rules, occasions, terms and blackouts of the drafts each names its sources, if only our own choice."""
    model = spec(name)
    assert [part.id for part in (*model.rules, *model.occasions, *model.terms) if not part.source] == []
    assert all(blackout.source for blackout in model.blackouts)


@pytest.mark.parametrize("name", CITIES)
def test_a_draft_packages_nothing_and_says_what_is_unseen(name: str) -> None:
    """Without a decision a draft runs dry only; its comments say so, and what of the sources nobody has read."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert spec(name).dry_run_only
    assert "READ THIS FIRST" in text
    assert "runs dry only" in text
    assert re.search(r"has (NOT|not) been (seen|read)|has been read", text)
    assert any(re.search(r"har inte setts|har inte lästs|har lästs", ground.text) for ground in spec(name).grounds)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_no_spec_disposes_of_anything(path: Path) -> None:
    """No period is shipped as law: what was captured and not chosen is preserved, and nothing is disposed of."""
    model = load_spec(path)
    assert {(one.record_class, one.action) for one in model.retention} == {("unselected_raw", "preserve")}


@pytest.mark.parametrize("name", ["malmo-stad", "exempelstad", "exempelstad-alla-plattformar"])
def test_everything_is_kept_when_an_account_is_closed(name: str) -> None:
    """At the last occasion before it is closed a rule keeps all of every account, and at no other occasion."""
    model = spec(name)
    day = model.valid_from
    for account in model.accounts:
        closing = {rule.id for rule in model.rules_for(account, day, "closing")}
        ordinary = {rule.id for rule in model.rules_for(account, day)}
        changed = {rule.id for rule in model.rules_for(account, day, "change")}
        assert closing - ordinary == {"allt-vid-stangning"}
        assert changed - ordinary == {"nytt-utseende"}


def test_the_levels_of_stockholm_fit_their_accounts() -> None:
    """The example of each level has the rules of its level, and no other level's."""
    model = spec("stockholm")
    found = {
        account.id: sorted(
            rule.id for rule in model.rules_for(account, model.valid_from, "closing") if "niva" in rule.id
        )
        for account in model.accounts
    }
    assert found == {
        "exempel-huvudkonto": ["niva-2-oversikt", "niva-2-unikt"],
        "exempel-projekt": ["niva-3-allt"],
        "exempel-enhet": ["niva-1-oversikt"],
    }
