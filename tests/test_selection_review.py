"""What people choose, what a supplement keeps, what a rule that must not be empty does, and how it is all explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from _frames import frame, row
from _selecting import PERIOD, decisions, kept_ids, run, spec_of

from urval.errors import ConfigError
from urval.selection import explain, explain_many, explanation

_RULES = (
    "{id: m, rule: mandatory}",
    "{id: f, rule: fat, metric: comments, top_k: 2}",
    "{id: x, rule: exclude, reason: sekretess, kinds: [message]}",
)


def small() -> Any:
    """Return a frame: a pinned, b and c largest, d with nothing, e a message."""
    return frame([
        row("a", pinned=True), row("b", comments=9), row("c", comments=5), row("d"),
        row("e", kind="message", comments=1),
    ])  # fmt: skip


def test_a_reviewer_adds_and_takes_out() -> None:
    """What is added is kept, what is taken out dropped, each on record as the review's; the counts follow."""
    selection = run(spec_of(*_RULES), small(), added=["d", "c"], removed=["b"])
    assert decisions(selection) == {
        "a": ("kept", ["m"], [""]),
        "b": ("dropped", ["review"], [""]),
        "c": ("kept", ["f", "review"], ["", ""]),
        "d": ("kept", ["review"], [""]),
        "e": ("excluded", ["x"], [""]),
    }
    assert dict(selection.by_rule) == {"m": 1, "f": 1, "x": 1, "review": 3}
    assert (selection.kept, selection.dropped, selection.excluded) == (3, 1, 1)


def test_without_a_review_nothing_speaks_of_one() -> None:
    """No count of the review stands in a selection that nobody changed."""
    assert dict(run(spec_of(*_RULES), small()).by_rule) == {"m": 1, "f": 2, "x": 1}


def test_exclusion_and_duty_stand_above_the_review() -> None:
    """An excluded thread cannot be added or taken out, and what a mandatory rule names stays."""
    plain = decisions(run(spec_of(*_RULES), small()))
    changed = run(spec_of(*_RULES), small(), added=["e"], removed=["a", "e"])
    assert decisions(changed) == plain
    assert "review" not in changed.by_rule
    removal = frame([row("a", kind="removal"), row("b")])
    assert kept_ids(run(spec_of("{id: c, rule: census}"), removal, removed=["a", "b"])) == {"a"}


def test_a_reviewed_thread_keeps_the_probability_of_its_draw() -> None:
    """A thread that is drawn and added states its chance beside the rule, and none beside the review."""
    selection = run(spec_of("{id: s, rule: simple_random, fraction: 1}"), small(), added=["a"])
    assert decisions(selection)["a"] == ("kept", ["s", "review"], ["1", ""])


def test_a_supplement_keeps_what_is_added_and_nothing_else() -> None:
    """Rules name nothing in it, but exclusion stands."""
    selection = run(spec_of(*_RULES), small(), added=["d", "a", "e"], supplement=True)
    assert decisions(selection) == {
        "a": ("kept", ["review"], [""]),
        "b": ("dropped", ["not-added"], [""]),
        "c": ("dropped", ["not-added"], [""]),
        "d": ("kept", ["review"], [""]),
        "e": ("excluded", ["x"], [""]),
    }
    assert dict(selection.by_rule) == {"m": 0, "f": 0, "x": 1, "review": 2}
    assert selection.substitutes == ()


@pytest.mark.parametrize("choice", ["added", "removed"])
def test_a_choice_of_an_unknown_thread_is_refused(choice: str) -> None:
    """A thread the frame has not can neither be added nor taken out."""
    with pytest.raises(ConfigError, match="no thread 'q'"):
        run(spec_of(*_RULES), small(), **{choice: ["a", "q"]})


def test_a_substitute_that_is_taken_out_is_none() -> None:
    """A substitute is on record only while it is kept for that reason."""
    rules = ("{id: s, rule: simple_random, n: 1}", "{id: r, rule: reserve, for_rule: s, n: 1}")
    spec, table = spec_of(*rules), frame([row("a", whole=False), row("b", whole=False), row("u")])
    ((_, lost, substitute),) = run(spec, table).substitutes
    assert (lost in "ab", substitute) == (True, "u")
    without = run(spec, table, removed=["u"])
    assert without.substitutes == ()
    assert kept_ids(without) == {lost}


@pytest.mark.parametrize("rows", [[], [row("a")]])
def test_a_rule_that_must_not_be_empty_stops_the_account(rows: list[dict[str, Any]]) -> None:
    """Also on an empty frame; by default an empty rule is no error, and in a supplement no rule is asked."""
    failing = "{id: mest, rule: fat, metric: comments, top_k: 2, on_empty: fail}"
    with pytest.raises(ConfigError, match="rule 'mest' names no thread of account 'sida'") as error:
        run(spec_of(failing), frame(rows))
    assert "on_empty: ok" in str(error.value.next_step)
    assert run(spec_of(failing.replace(", on_empty: fail", "")), frame(rows)).kept == 0
    assert run(spec_of(failing), frame(rows), supplement=True).kept == 0
    assert run(spec_of(failing), frame([row("a", comments=1)])).kept == 1


def test_the_verdict_of_a_reviewed_thread_can_be_looked_up() -> None:
    """Rules and probabilities of a thread stand side by side."""
    found = explanation(run(spec_of("{id: s, rule: simple_random, n: 5}"), small(), added=["b"]), "b")
    assert (found.rules, found.probabilities) == (("s", "review"), ("1", ""))


def test_the_review_is_explained() -> None:
    """Who decided comes first; the rules it overruled are named."""
    spec = spec_of(*_RULES)
    choices: dict[str, Any] = {"added": ["d", "c"], "removed": ["b"]}
    swedish = explain_many(spec, spec.accounts[0], PERIOD, small(), ["b", "c", "d"], "sv", **choices)
    assert swedish == {
        "b": ["Granskningen: en person tog bort tråden.", "Borttagningen går före regel f."],
        "c": [
            "storleksurval 'f': plats 2 av 5 efter kommentarer (5), de 2 första bevaras",
            "Granskningen: en person lade till tråden.",
        ],
        "d": ["Granskningen: en person lade till tråden."],
    }
    english = explain(spec, spec.accounts[0], PERIOD, small(), "b", "en", added=["a"], supplement=True)
    assert english == ["The supplement does not add the thread."]


_T = datetime(2026, 10, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "kept", "dropped"),
    [
        (
            "snapshot, depth_posts: 1",
            "ögonblicksbild 'r': nummer 1 av 4 från den nyaste, de 1 nyaste bevaras",
            "ögonblicksbild 'r': nummer 4 av 4 från den nyaste, de 1 nyaste bevaras",
        ),
        ("snapshot, views: [profile]", None, "ögonblicksbild 'r': bevarar sidans huvud, inga trådar"),
        (
            "snapshot, depth_days: 16",
            "ögonblicksbild 'r': publicerad 2026-10-17, inom 2026-10-16 till 2026-10-31",
            "ögonblicksbild 'r': publicerad 2026-10-14, utanför 2026-10-16 till 2026-10-31",
        ),
        (
            "event, name: valet, start: 2026-10-17, end: 2026-10-17, reason: val",
            "händelse 'r': publicerad 2026-10-17, under valet (2026-10-17 till 2026-10-17): val",
            "händelse 'r': publicerad 2026-10-14, inte under valet (2026-10-17 till 2026-10-17)",
        ),
        (
            "change, newest: 1",
            "sidändring 'r': nummer 1 av 4 från den nyaste, de 1 nyaste bevaras",
            "sidändring 'r': nummer 4 av 4 från den nyaste, de 1 nyaste bevaras",
        ),
        ("change, fields: [name]", None, "sidändring 'r': sidan såg ut som vid insamlingen före"),
        (
            "first_last, last: 1, per: week",
            "första och sista 'r': bland de 0 första och 1 sista av varje vecka",
            "första och sista 'r': inte bland de 0 första och 1 sista av varje vecka",
        ),
        (
            "predicate, keywords: [person], has_media: true, author_roles: [own]",
            "egenskapsurval 'r': har det som söks (ord: person; medier: ja; skribent: kontot självt)",
            "egenskapsurval 'r': har inte allt som söks (ord: person; medier: ja; skribent: kontot självt)",
        ),
        (
            "fat, metric: comments, quantile: 0.75",
            "storleksurval 'r': plats 1 av 4 efter kommentarer (10), de 1 första bevaras",
            "storleksurval 'r': plats 2 av 4 efter kommentarer (1), de 1 första bevaras",
        ),
        (
            "pps, size_metric: comments, n: 1",
            ("storleksvägt urval 'r': 10 kommentarer, ett steg är 13, 1 trådar bevaras; sannolikheten var 10/13"),
            ("storleksvägt urval 'r': 1 kommentarer, ett steg är 13, 1 trådar bevaras; sannolikheten var 1/13"),
        ),
        (
            "pps, size_metric: bytes, n: 4",
            ("storleksvägt urval 'r': 100 byte, alla som har några bevaras; sannolikheten var 1"),
            None,
        ),
        (
            "simple_random, n: 4",
            ("slumpurval 'r': plats 1 av 4 i lottad ordning, de 4 första bevaras; sannolikheten var 1"),
            None,
        ),
        (
            "mandatory, removed: false, police_reported: [{thread: d, case: K 1}]",
            "obligatoriskt 'r': polisanmäld, ärende K 1",
            "obligatoriskt 'r' valde den inte",
        ),
        (
            "hash_bucket, salt: s, modulus: 2, keep: [0, 1]",
            "nyckelurval 'r': fack 0 av 2 (räknat från 0), fack 0, 1 bevaras; sannolikheten var 1",
            None,
        ),
        (
            (
                "combine, how: minus, parts: [{id: a, rule: fat, metric: comments, top_k: 1}, "
                "{id: b, rule: change, newest: 1, fields: [name]}]"
            ),
            "sammansatt urval 'r' (den första delen utan de andra): vald av del a",
            "sammansatt urval 'r' (den första delen utan de andra): inte vald; delar som valde den: ingen",
        ),
        (
            "combine, how: union, cap: 1, parts: [{id: a, rule: snapshot, depth_posts: 1}, {id: b, rule: census}]",
            "sammansatt urval 'r' (någon av delarna): vald av del a, b",
            "sammansatt urval 'r' (någon av delarna): inte bland de 1 första",
        ),
        (
            "discovery, confidence: 0.6, tolerable_rate: 0.2",
            ("upptäcktsurval 'r': plats 1 av 4 i lottad ordning, de 4 första bevaras; sannolikheten var 1"),
            None,
        ),
        (
            "precision, margin: 0.05",
            ("precisionsurval 'r': plats 1 av 4 i lottad ordning, de 4 första bevaras; sannolikheten var 1"),
            None,
        ),
        (
            "stratified, by: [kind], n: 4",
            (
                "stratifierat urval 'r': plats 1 av 4 i lottad ordning i skiktet post, "
                "de 4 första bevaras; sannolikheten var 1"
            ),
            None,
        ),
        (
            "stratified, by: [month], n: 4, draw: systematic",
            (
                "stratifierat urval 'r': nummer 4 av 4 i tid i skiktet 2026-10, "
                "4 i jämna steg bevaras; sannolikheten var 1"
            ),
            None,
        ),
        (
            "systematic, every_k: 3, start: 1, claim: illustrative",
            ("systematiskt urval 'r': nummer 4 av 4 i tid, i steg om 3 från nummer 1"),
            "systematiskt urval 'r': nummer 1 av 4 i tid, i steg om 3 från nummer 1",
        ),
    ],
)
def test_each_kind_says_in_swedish_what_decided(rule: str, kept: str | None, dropped: str | None) -> None:
    """Of thread d, the newest with most, and of a, the oldest with least: the numbers that made the difference."""
    rows = [
        row(one, created_at=_T + timedelta(n), comments=size, page_changes="avatar", media=n // 3, text="En person")
        for n, (one, size) in enumerate(zip("abcd", [1, 1, 1, 10], strict=True))
    ]
    spec = spec_of(f"{{id: r, rule: {rule}}}")
    found = explain_many(spec, spec.accounts[0], PERIOD, frame(rows), ["a", "d"], "sv")
    if kept is not None:
        assert kept in found["d"]
    if dropped is not None:
        assert dropped in found["a"]


def test_a_substitute_is_explained() -> None:
    """It says for which thread it stands in; one that was not needed says so."""
    rows = [row(f"t{n}", whole=False) for n in range(3)] + [row("u"), row("v")]
    spec = spec_of("{id: s, rule: simple_random, n: 3}", "{id: r, rule: reserve, for_rule: s, n: 1}")
    found = run(spec, frame(rows))
    ((_, lost, substitute),) = found.substitutes
    told = explain(spec, spec.accounts[0], PERIOD, frame(rows), substitute, "sv")
    assert told == [f"reserv 'r': ersätter tråden {lost}, som inte kunde fångas hel"]
    others = sorted({one["thread_id"] for one in rows} - kept_ids(found))
    assert others
    told = explain(spec, spec.accounts[0], PERIOD, frame(rows), others[0], "en")
    assert told[0] == "No rule named the thread."
    assert told[2] == "reserve 'r': was not needed as a substitute"
