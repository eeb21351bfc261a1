"""The JSON Schema of archive specs: current, described, and of one mind with the reader as far as a schema can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from _spec_texts import BASE, edited, problems, with_rules
from test_spec_rules import COMMON, KINDS

from urval.spec import json_schema, read_spec, schema_text
from urval.spec.tree import read_tree

SPECS = Path(__file__).parent.parent / "archive_specs"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())

# What an editor must mark while it is written: the old text, the new one.
BROKEN = [
    ("platform:", "platfrom:"),
    ("language: sv", "language: se"),
    ("rule: fat", "rule: fett"),
    ("    rule: fat\n", ""),
    ("format: 1", "format: 2"),
    ("id: prov\n", "id: Prov stad\n"),
    ('version: "1"', "version: 1.0"),
    ("archive: {id: prov, name: Provstad}", "archive: Provstad"),
    ("opens: 05-02", "opens: 5-2"),
    ("class: main", "class: huvud"),
    ("credential: env:PROV_TOKEN", "credential: hemligt"),
    ("anchor: term_mid", "anchor: term_middle"),
    ("anchor: term_mid", "anchor: 10-tor-2"),
    ("anchor: term_mid", "anchor: W60"),
    ("anchor: term_mid", "anchor: x10-15x"),
    ("days: 7", "days: sju"),
    ("days: 7", "days: 0"),
    ("metric: comments", "metric: kommentarer"),
    ("n: 5", "fraction: 1.7"),
    ("n: 5", "n: 5, applies_to: {accounts: []}"),
    ("n: 5", "n: 5, applies_to: {occasions: [yearly]}"),
    ("every_k: 5", "every_k: 5, start: strax"),
    ("kinds: [message], reason: Sekretess", "kinds: [message]"),
    ("seed: Provstad 2026\n", ""),
    ("seed: Provstad 2026", "seed: x\nreview: {persons: 3}"),
    ("seed: Provstad 2026", "seed: x\nformat_policy: {pdf: [a-2a]}"),
    ("seed: Provstad 2026", "seed: x\nformat_policy: [{pdf: []}]"),
    ("seed: Provstad 2026", "seed: x\nretention: [{id: a, class: selected, action: burn}]"),
    ("seed: Provstad 2026", "seed: x\nretention: [{id: a, class: selected, action: preserve, period: 2 years}]"),
]


def plain(data: bytes) -> Any:
    """Return what an editor's YAML 1.2 reader makes of a text."""
    return json.loads(json.dumps(read_tree(data.decode()).data))


def test_the_schema_file_is_current() -> None:
    """archive_specs/schema.json is what the model says."""
    assert (SPECS / "schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_specs_of_the_project_fit_the_schema_and_name_it(path: Path) -> None:
    """An editor that follows the first line finds a schema that accepts the file."""
    loaded = read_spec(path)
    assert loaded.data.startswith(b"# yaml-language-server: $schema=schema.json\n")
    VALIDATOR.validate(plain(loaded.data))


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_accepts_every_kind_of_rule(kind: str) -> None:
    """A rule with every field of its kind is marked by no editor."""
    VALIDATOR.validate(plain(with_rules(KINDS[kind].removesuffix("}") + f", {COMMON}}}")))


@pytest.mark.parametrize(("old", "new"), BROKEN, ids=[f"{new[:40]!r}" for _, new in BROKEN])
def test_an_editor_marks_what_the_reader_refuses(old: str, new: str) -> None:
    """Unknown keys and wrong forms are found by the schema, and by the reader too."""
    data = edited(old, new)
    assert not VALIDATOR.is_valid(plain(data))
    assert problems(data)


def test_the_base_of_the_broken_specs_fits() -> None:
    """What the table spoils is accepted, so that each mark comes from its one change."""
    VALIDATOR.validate(plain(BASE.encode()))


def test_every_field_of_the_schema_is_described() -> None:
    """Each key of every part has a description, which an editor shows."""
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    missing = [
        (part.get("title"), key)
        for part in parts
        for key, field in part.get("properties", {}).items()
        if "description" not in field and key != "rule"
    ]
    assert missing == []
