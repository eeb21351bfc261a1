"""A small sound spec that tests spoil, and the problems of what they made of it."""

from __future__ import annotations

import pytest

from urval.errors import ConfigError
from urval.spec import parse_spec

BASE = """\
format: 1
id: prov
version: "1"
valid_from: 2026-01-01
language: sv
timezone: Europe/Stockholm
archive: {id: prov, name: Provstad}
terms:
  - {id: var, start: 01-11, end: 06-15}
occasions:
  - {id: var, opens: 05-02, closes: 05-31, period_end: 05-01}
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}
blackouts:
  - {start: 12-15, end: 01-10, reason: Jul}
first_period_start: 2025-11-01
accounts:
  - id: sida
    platform: facebook
    name: Provstad
    class: main
    purpose: Berätta
    owner: {name: Alva, role: kommunikatör}
    settings: {page_id: "1"}
    credential: env:PROV_TOKEN
rules:
  - id: vecka
    rule: window
    days: 7
    anchor: term_mid
  - id: stora
    rule: fat
    metric: comments
    top_k: 10
  - {id: slump, rule: simple_random, n: 5}
  - {id: steg, rule: systematic, every_k: 5}
  - {id: bort, rule: exclude, kinds: [message], reason: Sekretess}
seed: Provstad 2026
"""


def edited(old: str, new: str) -> bytes:
    """Return the base spec with one text replaced."""
    assert BASE.count(old) >= 1
    return BASE.replace(old, new, 1).encode()


def problems(data: bytes) -> list[str]:
    """Return the problems of a spec that must be refused, without the file's name."""
    with pytest.raises(ConfigError) as error:
        parse_spec(data, "prov.yaml")
    lines = error.value.message.split("\n")
    assert all(line.startswith("prov.yaml:") for line in lines)
    assert "urval spec check" in error.value.next_step
    return [line.removeprefix("prov.yaml:") for line in lines]


def with_rules(*rules: str) -> bytes:
    """Return the base spec with rules added, each a flow mapping; the first stands in line 37."""
    return (BASE.removesuffix("seed: Provstad 2026\n") + "".join(f"  - {rule}\n" for rule in rules)
            + "seed: Provstad 2026\n").encode()  # fmt: skip
