"""Selection: every thread kept, dropped or excluded, the counts add up, and nothing but spec and frame matters."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from _frames import frame as table
from _frames import row
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.errors import ConfigError, MalformedError
from urval.periods import make_period
from urval.records import SELECTION_SCHEMA
from urval.selection import (
    Selection,
    Verdict,
    explain,
    explain_many,
    explanation,
    frame_digest,
    select,
    selection_seed,
)
from urval.selection.engine import decide
from urval.selection.phrases import KINDS, TEXTS, WORDS
from urval.spec import ArchiveSpec, parse_spec

ROOT = Path(__file__).parent.parent
PERIOD = make_period(
    datetime(2026, 5, 1, tzinfo=UTC).date(), datetime(2026, 11, 1, tzinfo=UTC).date(), "Europe/Stockholm"
)
NOON = datetime(2026, 10, 15, 10, tzinfo=UTC)
HEAD = """\
format: 1
id: prov
version: "1"
valid_from: 2026-01-01
language: sv
archive: {id: prov, name: Provstad}
terms: [{id: host, start: 08-16, end: 12-14}]
occasions: [{id: host, opens: 11-02, closes: 11-30, period_end: 11-01}]
single_occasion_reason: ett prov
first_period_start: 2026-05-01
accounts: [{id: sida, platform: facebook, name: P, class: main, purpose: p, owner: {name: A, role: b}}]
seed: Provstad 2026
rules:
"""
ALL_RULES = (
    "{id: m, rule: mandatory, case_linked: [{thread: t003, case: KS 1}]}",
    "{id: w, rule: window, days: 7, anchor: term_mid}",
    "{id: f, rule: fat, metric: comments, top_k: 4}",
    "{id: j, rule: judgement, threads: [{id: t005, reason: viktig, decided_by: A, decided_at: 2026-11-03}]}",
    "{id: s, rule: simple_random, n: 5}",
    "{id: k, rule: systematic, every_k: 7}",
    "{id: x, rule: exclude, reason: sekretess, threads: [{id: t006}], kinds: [message]}",
)


def spec_of(*rules: str, seed: str = "Provstad 2026") -> ArchiveSpec:
    """Return a spec of one account with these rules."""
    lines = "".join(f"  - {rule}\n" for rule in rules)
    return parse_spec((HEAD.replace("Provstad 2026", seed) + lines).encode(), "prov.yaml").spec


def frame_of(size: int) -> pa.Table:
    """Return a frame with threads t000 … an hour apart, of different kinds and sizes."""
    start = datetime(2026, 10, 10, tzinfo=UTC)
    return table([
        row(
            f"t{n:03}", created_at=start + timedelta(hours=n * 5), comments=n * 37 % 11, pinned=n % 13 == 12,
            kind="message" if n % 17 == 16 else "post",
        )
        for n in range(size)
    ])  # fmt: skip


def run(spec: ArchiveSpec, frame: pa.Table) -> Selection:
    """Select for the spec's one account in the autumn period."""
    return select(spec, spec.accounts[0], PERIOD, frame)


def kept_ids(selection: Selection) -> set[str]:
    """Return the ids of the kept threads."""
    return {one["thread_id"] for one in selection.table.to_pylist() if one["decision"] == "kept"}


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return a strategy for the rows of a frame, with ids that sort differently by code point and by UTF-16."""
    ids = st.text("ab01å_\uffee😀", min_size=1, max_size=4)
    instants = st.datetimes(datetime(2026, 5, 1), datetime(2026, 10, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
    few = st.integers(0, 5)
    one = st.builds(
        row, ids, created_at=st.sampled_from([NOON, NOON + timedelta(days=30)]) | instants, comments=few, bytes=few,
        reactions=st.none() | few, kind=st.sampled_from(["post", "post", "message"]), pinned=st.booleans(),
    )  # fmt: skip
    return st.lists(one, max_size=30, unique_by=lambda each: each["thread_id"])


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_order_and_chunks_of_the_frame_do_not_matter(threads: list[dict[str, Any]], order: Any, size: int) -> None:
    """Any permutation of the rows, in any chunks, with any order of columns, gives the same selection."""
    spec = spec_of(*ALL_RULES)
    expected = run(spec, table(threads))
    shuffled = list(threads)
    order.shuffle(shuffled)
    chunks = [table(shuffled[n : n + size]) for n in range(0, len(shuffled), size)]
    mixed = pa.concat_tables(chunks) if chunks else table([])
    assert run(spec, mixed.select(list(reversed(mixed.column_names)))) == expected


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows())
def test_counts_add_up_and_every_thread_has_a_rule(threads: list[dict[str, Any]]) -> None:
    """Each thread of the frame has one verdict, in the UTF-8 order of ids, with the rules that did it."""
    selection = run(spec_of(*ALL_RULES), table(threads))
    found = selection.table.to_pylist()
    assert selection.table.schema == SELECTION_SCHEMA
    selection.table.validate(full=True)
    assert selection.kept + selection.dropped + selection.excluded == len(threads) == len(found)
    assert [one["thread_id"] for one in found] == sorted((one["thread_id"] for one in threads), key=str.encode)
    assert {one["thread_id"]: one["digest"] for one in found} == {one["thread_id"]: one["digest"] for one in threads}
    rules_of = {"kept": set("mwfjsk"), "excluded": {"x"}, "dropped": {"not-selected"}}
    assert all(one["rules"] and set(one["rules"]) <= rules_of[one["decision"]] for one in found)
    assert selection.kept == sum(one["decision"] == "kept" for one in found)


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows())
def test_exclusion_wins_over_every_other_rule(threads: list[dict[str, Any]]) -> None:
    """With a census and a mandatory rule, an excluded thread is excluded all the same, and nothing else is."""
    spec = spec_of("{id: c, rule: census}", ALL_RULES[0], "{id: x, rule: exclude, reason: s, kinds: [message]}")
    found = run(spec, table(threads)).table.to_pylist()
    messages = {one["thread_id"] for one in threads if one["kind"] == "message"}
    assert {one["thread_id"] for one in found if one["decision"] == "excluded"} == messages
    assert {one["thread_id"] for one in found if one["decision"] == "kept"} == {
        one["thread_id"] for one in threads
    } - messages


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows(), st.integers(1, 10), st.integers(0, 10), st.sampled_from(["comments", "reactions", "bytes"]))
def test_a_bigger_top_k_is_a_superset(threads: list[dict[str, Any]], top_k: int, more: int, metric: str) -> None:
    """Threads among the first k are among the first k + m; no other thread has more of the metric."""
    small, big = (
        kept_ids(run(spec_of(f"{{id: f, rule: fat, metric: {metric}, top_k: {k}}}"), table(threads)))
        for k in (top_k, top_k + more)
    )
    assert small <= big
    sizes = {one["thread_id"]: one[metric] or 0 for one in threads}
    assert len(small) == min(top_k, sum(size > 0 for size in sizes.values()))
    assert all(sizes[one] >= sizes[other] for one in small for other in sizes.keys() - small)


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows(), st.integers(1, 40))
def test_random_and_even_choices_have_their_size(threads: list[dict[str, Any]], n: int) -> None:
    """A draw of n threads names n, or all; every k-th names one in k; a bigger draw holds the smaller one."""
    frame = table(threads)
    rules = [f"{{id: s, rule: simple_random, n: {n}}}", f"{{id: k, rule: systematic, n: {n}}}"]
    assert [run(spec_of(rule), frame).kept for rule in rules] == [min(n, len(threads))] * 2
    step = run(spec_of(f"{{id: k, rule: systematic, every_k: {n}}}"), frame).kept
    assert len(threads) // n <= step <= -(-len(threads) // n)
    bigger = run(spec_of(f"{{id: s, rule: simple_random, n: {n + 3}}}"), frame)
    assert kept_ids(run(spec_of(rules[0]), frame)) <= kept_ids(bigger)


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows(), st.integers(1, 100))
def test_a_fraction_is_rounded_up(threads: list[dict[str, Any]], percent: int) -> None:
    """A fraction of the frame is never less than asked for, in exact arithmetic."""
    selection = run(spec_of(f"{{id: s, rule: simple_random, fraction: {percent / 100}}}"), table(threads))
    assert selection.kept == -(-percent * len(threads) // 100)


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows())
def test_selecting_again_from_what_was_kept_by_size_keeps_it(threads: list[dict[str, Any]]) -> None:
    """The rules that depend on a thread alone, or on its rank, are idempotent."""
    spec = spec_of(*ALL_RULES[:4], ALL_RULES[6])
    first = kept_ids(run(spec, table(threads)))
    kept = [one for one in threads if one["thread_id"] in first]
    assert kept_ids(run(spec, table(kept))) == first


def named(spec: ArchiveSpec, frame: pa.Table) -> dict[str, list[bool]]:
    """Return rule id -> whether it names each thread, before exclusion has its way."""
    made = decide(spec, spec.accounts[0], PERIOD, frame)
    return {one.rule.id: one.mask.tolist() for one in made.named}


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows())
def test_what_a_rule_names_does_not_depend_on_other_rules(threads: list[dict[str, Any]]) -> None:
    """Each rule alone names the same threads as together with the others."""
    frame = table(threads)
    together = named(spec_of(*ALL_RULES), frame)
    alone = [named(spec_of("{id: c, rule: census}", rule), frame) for rule in ALL_RULES]
    assert together == {key: masks for one in alone for key, masks in one.items() if key != "c"}


def test_each_rule_names_what_it_says() -> None:
    """In a frame of forty threads every rule finds its own, and the selection is what is written here."""
    selection = run(spec_of(*ALL_RULES), frame_of(40))
    rules = {one["thread_id"]: (one["decision"], one["rules"]) for one in selection.table.to_pylist()}
    assert {key for key, (_, names) in rules.items() if "w" in names} == {f"t{n:03}" for n in range(10, 40)} - {
        "t016", "t033",
    }  # fmt: skip
    assert rules["t006"] == ("excluded", ["x"])
    assert rules["t016"] == ("excluded", ["x"])
    assert rules["t003"][1][0] == "m"
    assert rules["t012"][1][0] == "m"
    assert "j" in rules["t005"][1]
    assert selection.by_rule["f"] == 4
    assert selection.by_rule["x"] == 3
    assert selection.missing == ()


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        ("2026-10-11T21:59:59.999999+00:00", False), ("2026-10-11T22:00:00+00:00", True),
        ("2026-10-18T21:59:59.999999+00:00", True), ("2026-10-18T22:00:00+00:00", False),
    ],
)  # fmt: skip
def test_a_window_ends_at_local_midnight_to_the_microsecond(instant: str, inside: bool) -> None:
    """The week of 12-18 October starts and ends at midnight in Stockholm, which is 22:00 UTC in summer time."""
    frame = table([row("t1", created_at=datetime.fromisoformat(instant))])
    assert run(spec_of(ALL_RULES[1]), frame).kept == inside


@pytest.mark.parametrize(
    ("anchor", "start", "end"),
    [
        ("10-25", "2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00"),  # 25 hours: the clock goes back
        ("05-01", "2026-04-30T22:00:00+00:00", "2026-05-01T22:00:00+00:00"),
    ],
)
def test_a_day_of_the_clock_change_is_whole(anchor: str, start: str, end: str) -> None:
    """A one-day window has the instants of that local day, however many hours it has."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    near = timedelta(microseconds=1)
    frame = table([row("a", created_at=first - near), row("b", created_at=first), row("c", created_at=last - near),
                   row("d", created_at=last)])  # fmt: skip
    assert kept_ids(run(spec_of(f"{{id: w, rule: window, days: 1, anchor: {anchor}}}"), frame)) == {"b", "c"}


def test_the_spring_clock_change_is_whole_too() -> None:
    """29 March 2026 has 23 hours in Stockholm: from 23:00 UTC the day before to 22:00 UTC."""
    spec = spec_of("{id: w, rule: window, days: 1, anchor: 03-29}")
    spring = make_period(
        datetime(2025, 11, 1, tzinfo=UTC).date(), datetime(2026, 5, 1, tzinfo=UTC).date(), spec.timezone
    )
    times = {
        "a": "2026-03-28T22:59:59",
        "b": "2026-03-28T23:00:00",
        "c": "2026-03-29T21:59:59",
        "d": "2026-03-29T22:00:00",
    }
    frame = table([row(key, created_at=datetime.fromisoformat(f"{value}+00:00")) for key, value in times.items()])
    assert kept_ids(select(spec, spec.accounts[0], spring, frame)) == {"b", "c"}


def test_equal_sizes_are_ordered_by_id() -> None:
    """Of threads with as many comments, those with the smaller ids come first; none with nothing is named."""
    frame = table([row(key, comments=count) for key, count in [("d", 3), ("b", 3), ("c", 3), ("a", 0), ("e", 9)]])
    assert kept_ids(run(spec_of("{id: f, rule: fat, metric: comments, top_k: 3}"), frame)) == {"e", "b", "c"}
    assert kept_ids(run(spec_of("{id: f, rule: fat, metric: comments, top_k: 9}"), frame)) == {"b", "c", "d", "e"}
    assert kept_ids(run(spec_of("{id: f, rule: fat, metric: comments, threshold: 4}"), frame)) == {"e"}


def test_a_metric_the_platform_does_not_give_names_nothing() -> None:
    """Where no thread has a number of views, the largest by views are none; large numbers stay exact."""
    spec = spec_of("{id: f, rule: fat, metric: views, top_k: 1}")
    assert run(spec, table([row("a"), row("b")])).kept == 0
    assert kept_ids(run(spec, table([row("a", views=2**53), row("b", views=2**53 + 1), row("c")]))) == {"b"}


def test_every_fifth_from_a_fixed_start() -> None:
    """A fixed start counts from 1 in the order of time, then of ids."""
    rule = "{id: k, rule: systematic, every_k: 5, start: 2, claim: illustrative}"
    assert kept_ids(run(spec_of(rule), frame_of(13))) == {"t001", "t006", "t011"}
    same = table([row(f"t{n}", created_at=NOON) for n in (3, 1, 2, 0, 4)])
    assert kept_ids(run(spec_of(rule), same)) == {"t1"}


def test_the_draw_is_the_documented_hash() -> None:
    """Whoever has seed, rule id and thread ids can draw again with SHA-256 and splitmix64's finaliser."""
    frame = frame_of(50)
    spec = spec_of(ALL_RULES[4])
    selection = run(spec, frame)
    lines = "".join(f"{one['thread_id']} {one['digest']}\n" for one in frame.to_pylist())
    assert selection.frame_sha256 == frame_digest(frame) == hashlib.sha256(lines.encode()).hexdigest()
    seed_lines = f"prov\nsida\n2026-05-01--2026-11-01\n{selection.frame_sha256}\nProvstad 2026"
    assert selection.seed == hashlib.sha256(seed_lines.encode()).hexdigest()
    assert selection.seed == selection_seed(spec, spec.accounts[0], PERIOD, selection.frame_sha256)

    keys = hashlib.sha256(f"{selection.seed}\ns".encode()).digest()

    def finalised(value: int) -> int:
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
        return value ^ (value >> 31)

    def rank(thread_id: str) -> int:
        key = int.from_bytes(hashlib.sha256(thread_id.encode()).digest()[:6])
        return finalised(finalised(key ^ int.from_bytes(keys[:8])) ^ int.from_bytes(keys[8:16]))

    assert kept_ids(selection) == set(sorted(frame["thread_id"].to_pylist(), key=rank)[:5])


def test_seed_and_frame_change_the_draw() -> None:
    """Another public seed, or one other digest in the frame, draws other threads."""
    frame = frame_of(60)
    changed = table([*frame.to_pylist()[:-1], {**frame.to_pylist()[-1], "digest": "0" * 64}])
    draws = [
        kept_ids(run(spec_of("{id: s, rule: simple_random, n: 20}", seed=seed), one))
        for seed, one in [("a", frame), ("b", frame), ("a", changed)]
    ]
    assert len({frozenset(draw) for draw in draws}) == 3


def test_a_draw_is_even_over_many_frames() -> None:
    """Over 600 seeds each of ten threads is drawn about as often as the others, by chance and by steps."""
    frame = frame_of(10)
    for rule in ("{id: s, rule: simple_random, n: 2}", "{id: k, rule: systematic, n: 3}"):
        counts = dict.fromkeys(frame["thread_id"].to_pylist(), 0)
        spec = spec_of(rule)
        for n in range(600):
            for thread in kept_ids(run(spec.model_copy(update={"seed": f"frö {n}"}), frame)):
                counts[thread] += 1
        mean = sum(counts.values()) / 10
        assert all(abs(count - mean) < 5 * mean**0.5 for count in counts.values()), counts


def test_an_empty_frame_gives_an_empty_selection() -> None:
    """An account without threads is no error; ids that rules name are missing."""
    selection = run(spec_of(*ALL_RULES), table([]))
    assert (selection.kept, selection.dropped, selection.excluded, selection.table.num_rows) == (0, 0, 0, 0)
    assert selection.frame_sha256 == hashlib.sha256(b"").hexdigest()
    assert set(selection.by_rule.values()) == {0}
    assert selection.missing == (("m", "t003"), ("j", "t005"), ("x", "t006"))


@pytest.mark.parametrize(
    "broken",
    [
        table([row("a")]).drop_columns(["digest"]),
        table([row("a")]).set_column(7, "comments", pa.array(["många"])),
        table([row("a"), row("a")]),
        table([row("a\nb")]),
        pa.table({"thread_id": ["a"]}),
    ],
    ids=["column", "type", "twice", "control", "other"],
)
def test_a_table_that_is_no_frame_is_refused(broken: pa.Table) -> None:
    """A missing column, a wrong type, a thread twice or an id with a line feed ends in a MalformedError."""
    with pytest.raises(MalformedError, match="frame of the capture"):
        run(spec_of("{id: c, rule: census}"), broken)


def test_another_process_selects_the_same() -> None:
    """With another hash seed and locale, the digest of the selection's table is the same."""
    program = (
        "import sys, hashlib; sys.path.insert(0, 'tests'); import test_selection as t; "
        "s = t.run(t.spec_of(*t.ALL_RULES), t.frame_of(200)); "
        "print(hashlib.sha256(repr((s.seed, s.by_rule, s.table.to_pylist())).encode()).hexdigest())"
    )
    outputs = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_the_verdict_of_a_thread_can_be_looked_up() -> None:
    """A thread's verdict and rules are found by its id; an unknown id is refused."""
    selection = run(spec_of(*ALL_RULES), frame_of(40))
    assert explanation(selection, "t006").verdict is Verdict.EXCLUDED
    assert explanation(selection, "t006").rules == ("x",)
    with pytest.raises(ConfigError, match="no thread 't999'"):
        explanation(selection, "t999")


def test_an_explanation_gives_place_and_reason() -> None:
    """Each rule says in Swedish or English what decided, with the numbers."""
    rules = (*ALL_RULES[:4], "{id: u, rule: fat, metric: bytes, threshold: 500}", ALL_RULES[6])
    spec = spec_of(*rules)
    frame = table([
        row("t003", comments=57), row("t005"), row("t006", removed=True), row("t007", pinned=True),
        row("t008", created_at=NOON), row("t009", comments=3, bytes=501),
        *(row(f"u{n}", comments=10 + n) for n in range(4)),
    ])  # fmt: skip
    account = spec.accounts[0]
    ids = ["t003", "t005", "t006", "t007", "t008", "t009"]
    swedish = explain_many(spec, account, PERIOD, frame, ids, "sv")
    english = explain_many(spec, account, PERIOD, frame, ids, "en")
    assert english["t003"] == [
        "mandatory 'm': belongs to case KS 1",
        "fat 'f': place 1 of 10 by comments (57), the first 4 are kept",
    ]
    assert swedish["t005"] == ["bedömningsurval 'j': viktig (beslutat av A 2026-11-03)"]
    assert english["t006"] == ["exclude 'x': sekretess", "The exclusion goes before rule m."]
    assert swedish["t007"] == ["obligatoriskt 'm': fäst"]
    assert swedish["t008"] == ["fönster 'w': publicerad 2026-10-15, inom 2026-10-12 till 2026-10-18"]
    assert english["t009"] == ["fat 'u': 501 bytes, the limit is 500"]
    assert explain(spec, account, PERIOD, frame, "u0", "en") == [
        "No rule named the thread.",
        "mandatory 'm' did not name it",
        "window 'w': published 2026-06-01, outside 2026-10-12 to 2026-10-18",
        "fat 'f': place 5 of 10 by comments (10), the first 4 are kept",
        "judgement 'j' did not name it",
        "fat 'u': 100 bytes, the limit is 500",
    ]
    with pytest.raises(ConfigError, match="no thread"):
        explain(spec, account, PERIOD, frame, "x", "sv")


@settings(deadline=None, max_examples=50)  # other work on the machine is no failure
@given(rows(), st.sampled_from(["sv", "en"]))
def test_every_thread_can_be_explained(threads: list[dict[str, Any]], language: Any) -> None:
    """Every thread has at least one line, and a kept one has a line for each of its rules."""
    spec = spec_of(*ALL_RULES, "{id: c, rule: systematic, n: 3}", "{id: h, rule: window, days: 183, anchor: 07-01}")
    frame = table(threads)
    selection = run(spec, frame)
    lines = explain_many(spec, spec.accounts[0], PERIOD, frame, [one["thread_id"] for one in threads], language)
    for one in selection.table.to_pylist():
        found = lines[one["thread_id"]]
        assert found
        if one["decision"] == "kept":
            assert all(any(f"'{rule}'" in line for line in found) for rule in one["rules"])
            assert len(found) == len(one["rules"])


def test_both_languages_have_every_text() -> None:
    """Swedish and English have the same texts with the same places for values, and differ in words."""
    swedish, english = TEXTS["sv"], TEXTS["en"]
    assert swedish.keys() == english.keys()
    for key, text in swedish.items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(
            part.split("}")[0] for part in english[key].split("{")[1:]
        )
    assert sum(swedish[key] == english[key] for key in swedish) <= 1
    assert KINDS["sv"].keys() == KINDS["en"].keys()
    assert WORDS["sv"].keys() == WORDS["en"].keys()
