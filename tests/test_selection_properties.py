"""What must hold of every kind of rule, over generated frames, and of draws over many seeds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from _frames import frame, row
from _selecting import (
    ALL_KINDS,
    EVERY_KIND,
    PERIOD,
    decisions,
    ids_of,
    kept_ids,
    named_by,
    rule_of,
    run,
    spec_of,
    threads,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.selection import explain_many
from urval.selection.phrases import KINDS
from urval.spec import Reserve, RuleBase
from urval.spec.rules import Combine, Exclude, PartRule

# Those of which selecting again from what they kept keeps the same: each thread, or each rank, stands alone.
_IDEMPOTENT = (
    "census", "snapshot", "window", "fat", "judgement", "predicate", "event", "change", "mandatory", "hash_bucket",
    "first_last",
)  # fmt: skip
_START = datetime(2026, 5, 2, tzinfo=UTC)


def many(count: int, **values: Any) -> list[dict[str, Any]]:
    """Return threads three hours apart, of several kinds and sizes."""
    return [
        row(
            f"t{n:03}", created_at=_START + timedelta(hours=3 * n), comments=n * 7 % 11, bytes=n * 13 % 17,
            kind=("post", "video", "share")[n % 3], **values,
        )
        for n in range(count)
    ]  # fmt: skip


def chances(rule: str, rows: list[dict[str, Any]]) -> list[Fraction]:
    """Return how likely a rule was to name each thread of a frame."""
    named = named_by(rule, frame(rows))
    assert named.chances is not None
    which, values = named.chances(np.arange(len(rows)))
    return [values[one] for one in which]


def test_every_kind_of_rule_is_tested() -> None:
    """The rules of these tests are one of each kind the spec knows, and each has its words."""
    kinds = {one.model_fields["rule"].annotation.__args__[0] for one in (*PartRule.__args__, Combine, Reserve, Exclude)}
    assert set(EVERY_KIND) == kinds == KINDS["sv"].keys()
    assert all(issubclass(one, RuleBase) for one in PartRule.__args__)


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_order_and_chunks_do_not_matter_to_any_rule(rows: list[dict[str, Any]], order: Any, size: int) -> None:
    """Any permutation of the rows, in any chunks, gives the same selection by all twenty rules."""
    spec = spec_of(*ALL_KINDS)
    expected = run(spec, frame(rows))
    shuffled = list(rows)
    order.shuffle(shuffled)
    chunks = [frame(shuffled[n : n + size]) for n in range(0, len(shuffled), size)]
    assert run(spec, pa.concat_tables(chunks) if chunks else frame([])) == expected


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.data())
def test_counts_add_up_whatever_people_choose(rows: list[dict[str, Any]], data: Any) -> None:
    """Kept, dropped and excluded are the frame, thread by thread, also after a review and in a supplement."""
    ids = [one["thread_id"] for one in rows]
    some = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    choices = {"added": data.draw(some), "removed": data.draw(some), "supplement": data.draw(st.booleans())}
    selection = run(spec_of(*ALL_KINDS[1:]), frame(rows), **choices)
    found = selection.table.to_pylist()
    selection.table.validate(full=True)
    assert [one["thread_id"] for one in found] == sorted(ids, key=str.encode)
    counted = [sum(one["decision"] == what for one in found) for what in ("kept", "dropped", "excluded")]
    assert counted == [selection.kept, selection.dropped, selection.excluded]
    assert sum(counted) == len(rows)
    assert all(one["rules"] and len(one["rules"]) == len(one["probabilities"]) for one in found)
    named = [rule for one in found for rule in one["rules"] if rule not in {"not-selected", "not-added"}]
    assert {rule: named.count(rule) for rule in selection.by_rule} == dict(selection.by_rule)
    assert set(named) <= selection.by_rule.keys()


@settings(deadline=None)  # other work on the machine is no failure
@given(threads())
def test_nothing_but_threads_of_the_frame_comes_out(rows: list[dict[str, Any]]) -> None:
    """The unit is the thread: every id, also of a substitute, is one of the frame, whole, with its own digest."""
    selection = run(spec_of(*ALL_KINDS[1:]), frame(rows))
    digests = {one["thread_id"]: one["digest"] for one in rows}
    assert {one["thread_id"]: one["digest"] for one in selection.table.to_pylist()} == digests
    whole = {one["thread_id"]: one["whole"] for one in rows}
    kept = kept_ids(selection)
    for _, lost, substitute in selection.substitutes:
        assert whole[substitute]
        assert not whole[lost]
        assert {lost, substitute} <= kept


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.sampled_from(_IDEMPOTENT))
def test_selecting_again_from_what_was_kept_keeps_it(rows: list[dict[str, Any]], kind: str) -> None:
    """Rules that draw no lots and measure no parts of the whole are idempotent."""
    first = ids_of(rule_of(kind), frame(rows))
    assert ids_of(rule_of(kind), frame([one for one in rows if one["thread_id"] in first])) == first


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure; each reads many specs
@given(threads(60), st.integers(2, 7), st.data())
def test_buckets_are_nested_and_stand_alone(rows: list[dict[str, Any]], modulus: int, data: Any) -> None:
    """More buckets keep all that fewer kept; a frame that grows changes no decision; together they are all."""
    keep = sorted(data.draw(st.sets(st.integers(0, modulus - 1), min_size=1)))
    key = data.draw(st.sampled_from(["thread_id", "author"]))
    rule = "{{id: h, rule: hash_bucket, salt: s, modulus: {}, keep: {}, key: {}}}"
    more = sorted({*keep, data.draw(st.integers(0, modulus - 1))})
    kept = ids_of(rule.format(modulus, keep, key), frame(rows))
    assert kept <= ids_of(rule.format(modulus, more, key), frame(rows))
    half = rows[: len(rows) // 2]
    assert ids_of(rule.format(modulus, keep, key), frame(half)) == kept & {one["thread_id"] for one in half}
    every = [ids_of(rule.format(modulus, [one], key), frame(rows)) for one in range(modulus)]
    assert sum(len(one) for one in every) == len(rows)
    assert set().union(*every) == {one["thread_id"] for one in rows}


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.integers(1, 12))
def test_chances_sum_to_the_size_of_the_sample(rows: list[dict[str, Any]], n: int) -> None:
    """Exactly, as fractions: of every rule with a fixed size, the chances of all threads sum to how many it names."""
    rules = (
        f"rule: simple_random, n: {n}", f"rule: systematic, n: {n}", f"rule: stratified, by: [kind], n: {n}",
        f"rule: stratified, by: [month, has_comments], n: {n}, draw: systematic, min_per_stratum: 1",
        f"rule: pps, size_metric: comments, n: {n}", f"rule: pps, size_metric: reactions, n: {n}",
        "rule: discovery, confidence: 0.8, tolerable_rate: 0.2", "rule: precision, margin: 0.2", "rule: census",
        f"rule: simple_random, fraction: {n / 12}",
    )  # fmt: skip
    for rule in rules:
        text = f"{{id: r, {rule}}}"
        found = chances(text, rows)
        assert sum(found) == len(ids_of(text, frame(rows)))
        assert all(0 <= one <= 1 for one in found)


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.integers(1, 9))
def test_every_step_names_as_many_as_expected_over_all_starts(rows: list[dict[str, Any]], k: int) -> None:
    """Over the k starts every thread is named once, so 1/k of all is the expectation."""
    rule = "{{id: r, rule: systematic, every_k: {}, start: {}, claim: illustrative}}"
    by_start = [ids_of(rule.format(k, start), frame(rows)) for start in range(1, k + 1)]
    assert sum(len(one) for one in by_start) == len(rows) == len(set().union(*by_start))
    drawn = f"{{id: r, rule: systematic, every_k: {k}}}"
    assert sum(chances(drawn, rows)) == Fraction(sum(len(one) for one in by_start), k)
    assert ids_of(drawn, frame(rows)) in by_start


def test_only_statistical_rules_state_a_probability() -> None:
    """In lowest terms, beside the rule; a rule that claims less, or a choice by judgement, states none."""
    rows = many(54)
    rules = (
        "{id: a, rule: simple_random, n: 6}", "{id: b, rule: simple_random, n: 6, claim: illustrative}",
        "{id: c, rule: systematic, every_k: 7}", "{id: d, rule: hash_bucket, salt: s, modulus: 6, keep: [1, 3]}",
        "{id: e, rule: stratified, by: [kind], n: 9}", "{id: f, rule: census, claim: statistical}",
        "{id: g, rule: census}", "{id: h, rule: pps, size_metric: comments, n: 5}",
        "{id: i, rule: fat, metric: bytes, top_k: 3}",
        "{id: j, rule: discovery, confidence: 0.9, tolerable_rate: 0.2}", "{id: k, rule: precision, margin: 0.2}",
        "{id: l, rule: systematic, n: 4}", "{id: m, rule: mandatory}",
    )  # fmt: skip
    selection = run(spec_of(*rules), frame(rows))
    stated: dict[str, set[str]] = {}
    for _, names, texts in decisions(selection).values():
        for name, text in zip(names, texts, strict=True):
            stated.setdefault(name, set()).add(text)
    total = sum(one["comments"] for one in rows)
    assert {key: value for key, value in stated.items() if key != "h"} == {
        "a": {"1/9"}, "b": {""}, "c": {"1/7"}, "d": {"1/3"}, "e": {"1/6"}, "f": {"1"}, "g": {""}, "i": {""},
        "j": {"11/54"}, "k": {"17/54"}, "l": {"2/27"},
    }  # fmt: skip
    assert stated["h"] <= {str(Fraction(5 * size, total)) for size in range(1, 11)}
    assert selection.claims["a"] == "statistical"
    assert selection.claims["b"] == selection.claims["i"] == "illustrative"


@pytest.mark.parametrize(
    "rule",
    [
        "rule: simple_random, n: 5", "rule: systematic, n: 7", "rule: systematic, every_k: 3",
        "rule: stratified, by: [kind], n: 6", "rule: stratified, by: [kind], n: 5, draw: systematic",
        "rule: pps, size_metric: comments, n: 6", "rule: discovery, confidence: 0.6, tolerable_rate: 0.2",
    ],
)  # fmt: skip
def test_each_thread_is_drawn_as_often_as_its_chance_says(rule: str) -> None:
    """Over 2,000 seeds the counts lie as near the stated chances as chance itself would have it (chi-square)."""
    rows = many(20)
    table, text = frame(rows), f"{{id: r, {rule}}}"
    expected = np.array([float(one) * 2000 for one in chances(text, rows)])
    counts = np.zeros(20)
    spec = spec_of(text)
    for number in range(2000):
        decided = run(spec.model_copy(update={"seed": f"frö {number}"}), table).table["decision"]
        counts += np.array(decided.to_pylist()) == "kept"
    drawn = (expected > 0) & (expected < 2000)
    assert np.array_equal(counts[~drawn], expected[~drawn])
    # Sampling without replacement spreads less than independent draws, so 43.8 (0.1 % of 19 degrees) is a wide bound;
    # in steps whole groups come together, at most seven of a size, which multiplies the spread.
    together = 7 if "systematic" in rule or "pps" in rule else 1
    assert (((counts - expected) ** 2)[drawn] / expected[drawn]).sum() < 43.8 * together


def test_a_thousand_reruns_over_shuffled_inputs_give_one_selection() -> None:
    """All twenty rules over a frame of forty threads, the rows in a thousand orders: one distinct selection."""
    spec = spec_of(*ALL_KINDS)
    rows = many(40, page_changes="avatar", media=1)
    rows = [
        {**one, "created_at": _START + timedelta(hours=105 * n), "whole": n % 3 > 0, "text": "badhus" if n % 5 else ""}
        for n, one in enumerate(rows)
    ]
    table, order = frame(rows), random.Random(4)
    found = set()
    for _ in range(1000):
        selection = run(spec, table.take(order.sample(range(40), 40)))
        found.add(repr((selection.table.to_pylist(), selection.seed, selection.by_rule, selection.substitutes)))
    assert len(found) == 1
    assert all(
        count for rule, count in run(spec, table).by_rule.items() if rule not in {"exclude", "judgement", "mandatory"}
    )


@settings(deadline=None)  # other work on the machine is no failure
@given(threads(), st.sampled_from(["sv", "en"]), st.data())
def test_every_thread_is_explained_whatever_the_rules(rows: list[dict[str, Any]], language: Any, data: Any) -> None:
    """Every thread has a line; a kept one has one at least for each of its rules; Swedish text has no English kinds."""
    ids = [one["thread_id"] for one in rows]
    some = st.lists(st.sampled_from(ids), unique=True) if ids else st.just([])
    choices = {"added": data.draw(some), "removed": data.draw(some), "supplement": data.draw(st.booleans())}
    spec = spec_of(*ALL_KINDS[1:])
    selection = decisions(run(spec, frame(rows), **choices))
    lines = explain_many(spec, spec.accounts[0], PERIOD, frame(rows), ids, language, **choices)
    for thread, (decision, rules, _) in selection.items():
        assert lines[thread]
        for rule in set(rules) - {"not-selected", "not-added", "review"}:
            assert any(f"'{rule}'" in line for line in lines[thread])
        if "review" in rules:
            word = {"sv": "Granskningen", "en": "The review"}[language]
            assert any(line.startswith(word) for line in lines[thread])
        if decision == "kept":
            assert len(lines[thread]) >= len(rules)
        kinds = KINDS[language].values()
        about = [line for line in lines[thread] if "'" in line]
        assert all(any(line.startswith(f"{kind} '") for kind in kinds) for line in about)
