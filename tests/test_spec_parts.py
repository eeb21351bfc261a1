"""The parts of a spec beside its rules: grounds, occasions, formats, retention, closing. What is refused, and where."""

from __future__ import annotations

from datetime import date

import pytest
from _spec_texts import BASE, edited, problems

from urval.spec import parse_spec

SEED = "seed: Provstad 2026"
GROUNDS = "grounds: [{id: bok, text: Handboken}]"
DISPOSAL = "id: a, class: selected, action: dispose, trigger: captured_at, period: P2Y"
DECIDED = "decision: {authority: Nämnd, reference: N 1, date: 2026-01-01}"

# old text, new text, the problems as "line:column: sentence" (a sentence may be the beginning of one)
BAD = [
    (SEED, "seed: x\ngrounds: [{id: a, text: b}, {id: a, text: c}]",
     ["38:34: 'id' is the same as that of item 1 of 'grounds'; give each its own"]),
    ("period_end: 11-01}", f"period_end: 11-01, source: [bk]}}\n{GROUNDS}",
     ["12:73: there is no ground of that id; did you mean 'bok'?"]),
    ("reason: Jul}", "reason: Jul, source: [bok]}",
     ["14:54: there is no ground of that id; give the ground in 'grounds' this id"]),
    (SEED, f"seed: x\n{GROUNDS}\nreview: {{persons: true, source: [lag]}}",
     ["39:19: 'persons' must be one of 1, 2", "39:34: there is no ground of that id; use an id from 'grounds'"]),
    ("id: host", "id: 10-01-closing", ["12:10: 'id' is the name of an extra occasion of that day; choose another"]),
    # overlapping validities
    (SEED, "seed: x\nformat_policy: [{valid_to: 2027-01-01}, {valid_from: 2027-01-01, pdf: [a-3b]}]",
     ["38:41: its days overlap with those of item 1 of 'format_policy'; set valid_from and valid_to"]),
    (SEED, "seed: x\nformat_policy: [{valid_from: 2027-01-01}, {pdf: [a-3b]}]",
     ["38:43: its days overlap with those of item 1 of 'format_policy'"]),
    (SEED, "seed: x\nformat_policy: [{valid_from: 2027-01-01, valid_to: 2026-01-01}]",
     ["38:42: valid_to lies before valid_from; exchange the two or correct one"]),
    (SEED, "seed: x\nformat_policy: {pdf: [a-2a]}",
     ["38:16: 'format_policy' must be a list; begin each item with '- '"]),
    # retention
    (SEED, f"seed: x\nretention: [{{{DISPOSAL}}}]",
     ["38:38: disposal needs a decision of the body's own; add 'decision', or preserve"]),
    (SEED, ("seed: x\nretention: [{id: a, class: selected, action: dispose, "
     "decision: {authority: Nämnd, reference: N 1, date: 2026-01-01}}]"),
     ["38:38: disposal needs trigger and period; give both"]),
    (SEED, (f"seed: x\nretention: [{{{DISPOSAL}, decision: {{authority: Riksarkivet, reference: RA-FS 2021:6, "
     "date: 2021-01-01}}]"),
     ["38:112: 'authority' names the National Archives (Riksarkivet, RA-FS), which binds state",
      "38:136: 'reference' names the National Archives (Riksarkivet, RA-FS), which binds state"]),
    (SEED, "seed: x\nretention: [{id: a, class: selected, action: deliver}, {id: a, class: run_log, action: preserve}]",
     ["38:61: 'id' is the same as that of item 1 of 'retention'; give each its own"]),
    (SEED, "seed: x\nretention: [{id: a, class: selected, action: preserve, period: 2 years}]",
     ["38:64: 'period' must be a period of years, months, weeks or days (ISO 8601), as P2Y or P18M"]),
    # storage
    (SEED, "seed: x\nstorage: {lock: complience, keep: P10Y}",
     ["38:17: 'lock' must be one of compliance, governance; did you mean 'compliance'?"]),
    (SEED, "seed: x\nstorage: {lock: compliance, keep: P0Y}",
     ["38:35: 'keep' is no time at all; write at least P1D, or leave it out"]),
    (SEED, f"seed: x\nretention: [{{{DISPOSAL}, {DECIDED}}}]\nstorage: {{lock: governance, keep: P25M}}",
     ["39:35: 'keep' locks longer than the rule of disposal 'a' allows (P2Y); shorten it"]),
    (SEED, (f"seed: x\nretention: [{{{DISPOSAL}, {DECIDED}}}]\n"
     "storage: {lock: governance, keep: P2Y, captures_keep: P3Y, source: [bok]}").replace("selected", "removed_item"),
     ["39:55: 'captures_keep' locks longer than the rule of disposal 'a' allows (P2Y); shorten it",
      "39:69: there is no ground of that id; give the ground in 'grounds' this id"]),
    # closing
    ("purpose: Berätta", "purpose: Berätta\n    closed: 2026-05-01",
     ["22:5: closed needs closing too, the day of the last capture; add 'closing', that day or an earlier one"]),
    ("purpose: Berätta", "purpose: Berätta\n    closing: 2026-05-02\n    closed: 2026-05-01",
     ["23:5: closed lies before closing; the last capture comes first, so correct one of the two"]),
    ("purpose: Berätta", "purpose: Berätta\n    opened: 2026-05-02\n    closing: 2026-05-01",
     ["23:5: closing lies before opened; exchange the two or correct one"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), BAD, ids=[f"{new[:40]!r}" for _, new, _ in BAD])
def test_a_bad_part_is_refused_with_place_and_remedy(old: str, new: str, expected: list[str]) -> None:
    """Exactly these problems are told, each at its line and column."""
    found = problems(edited(old, new))
    assert len(found) == len(expected), found
    for line, sentence in zip(found, expected, strict=True):
        assert line.startswith(sentence), found


def test_a_rule_that_begins_after_the_spec_has_ended_is_refused() -> None:
    """Its valid_from is named, with both ways to correct it."""
    text = BASE.replace("language: sv", "valid_to: 2026-12-31\nlanguage: sv")
    text = text.replace("every_k: 5}", "every_k: 5, valid_from: 2027-01-01}")
    assert problems(text.encode()) == [
        "36:58: 'valid_from' lies after the spec's valid_to, so the rule never holds; correct it, or take it out"
    ]


def test_the_formats_are_those_of_the_day() -> None:
    """Policies follow each other; before, between and after them the standard formats are asked for."""
    text = edited(SEED, "seed: x\nformat_policy: [{valid_from: 2027-01-01, valid_to: 2027-12-31, pdf: [a-3b]}]")
    spec = parse_spec(text, "x").spec
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1)]
    assert [spec.formats_on(day).pdf for day in days] == [("a-2a", "ua-1"), ("a-3b",), ("a-3b",), ("a-2a", "ua-1")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SEED, f"seed: x\n{GROUNDS}\nreview: {{persons: 2, source: [bok]}}"),
        (SEED, "seed: x\nformat_policy: [{valid_to: 2026-12-31}, {valid_from: 2027-01-01, pdf: [a-3b]}]"),
        (SEED, (f"seed: x\nretention: [{{{DISPOSAL}, decision: {{authority: Arkivnämnden, reference: AN 1/26, "
         "date: 2026-01-01}}]")),
        ("purpose: Berätta", "purpose: Berätta\n    closing: 2026-05-01\n    closed: 2026-05-01"),
        (SEED, f"seed: x\nretention: [{{{DISPOSAL}, {DECIDED}}}]\nstorage: {{lock: compliance, keep: P24M}}"),
        ("  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}\n", "single_occasion_reason: Litet konto\n"),
    ],
    ids=["two persons", "formats", "disposal", "closing", "storage", "one occasion"],
)  # fmt: skip
def test_sound_parts_are_accepted(old: str, new: str) -> None:
    """What the tables spoil is accepted when it is right."""
    parse_spec(edited(old, new), "x")


def test_every_problem_of_every_part_comes_at_once() -> None:
    """Faults of form, of what does not fit together and of the rules are told in one error, in the file's order."""
    text = BASE.replace("id: host", "id: 10-01-extra").replace("metric: comments", "metric: coments")
    text = text.replace("n: 5}", "fraction: 1.7}").replace("anchor: term_mid", "anchor: 2020-01-01")
    text = text.replace(SEED, "seed: x\nformat_policy: [{}, {}]\nretention: [{id: a, class: selected, action: burn}]")
    places = [line.split(": ")[0] for line in problems(text.encode())]
    assert places == ["12:10", "29:13", "32:13", "34:48", "38:21", "39:46"]
