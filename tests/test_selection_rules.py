"""What each kind of rule names, case by case, in frames small enough to check by eye."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from _frames import frame, row
from _selecting import ids_of, kept_ids, named_by, run, spec_of

from urval.periods import make_period
from urval.selection import key_of, select

_FIRST = datetime(2026, 10, 1, 10, tzinfo=UTC)


def days(count: int, **values: Any) -> list[dict[str, Any]]:
    """Return threads a, b, c … of one day each from 1 October on."""
    return [row(chr(97 + n), created_at=_FIRST + timedelta(days=n), **values) for n in range(count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("depth_posts: 2", {"h", "g"}), ("depth_posts: 99", set("abcdefgh")), ("views: [profile]", set()),
        ("depth_days: 25", {"g", "h"}), ("depth_days: 183", set("abcdefgh")),
    ],
)  # fmt: skip
def test_a_snapshot_names_the_newest_or_those_of_the_last_days(rule: str, expected: set[str]) -> None:
    """Depth counts threads from the newest, or local days from the period's end; without the feed it is nought."""
    assert ids_of(f"{{id: s, rule: snapshot, {rule}}}", frame(days(8))) == expected


def test_the_newest_of_one_instant_are_those_with_the_greater_ids() -> None:
    """The newest are the last in the order of time, then of ids, as first_last has it."""
    same = frame([row(one, created_at=_FIRST) for one in "bdac"])
    assert ids_of("{id: s, rule: snapshot, depth_posts: 2}", same) == {"c", "d"}
    assert ids_of("{id: s, rule: first_last, last: 2}", same) == {"c", "d"}
    assert ids_of("{id: s, rule: first_last, first: 1}", same) == {"a"}


def test_the_last_days_of_a_period_begin_at_a_local_midnight() -> None:
    """The last day of the period is 31 October in Stockholm, which begins at 23:00 UTC, winter time."""
    start = datetime(2026, 10, 30, 23, tzinfo=UTC)
    near = timedelta(microseconds=1)
    times = {"a": start - near, "b": start, "c": start + timedelta(days=1) - near, "d": start + timedelta(days=1)}
    found = ids_of(
        "{id: s, rule: snapshot, depth_days: 1}", frame([row(key, created_at=at) for key, at in times.items()])
    )
    assert found == {"b", "c"}


def test_an_event_has_both_its_days_whole() -> None:
    """From local midnight of the first day to local midnight after the last."""
    times = ["2026-10-23T21:59:59", "2026-10-23T22:00:00", "2026-10-25T22:59:59", "2026-10-25T23:00:00"]
    table = frame([row(f"{n}", created_at=datetime.fromisoformat(f"{at}+00:00")) for n, at in enumerate(times)])
    rule = "{id: e, rule: event, name: festival, start: 2026-10-24, end: 2026-10-25, reason: stor}"
    assert ids_of(rule, table) == {"1", "2"}


def test_a_window_may_have_another_zone() -> None:
    """The days begin at the midnights of the rule's own time zone."""
    at = datetime(2026, 10, 12, 1, tzinfo=UTC)  # 11 October in New York
    table = frame([row("a", created_at=at), row("b", created_at=at + timedelta(days=14))])
    assert ids_of("{id: w, rule: window, days: 1, anchor: 2026-10-12}", table) == {"a"}
    new_york = "{id: w, rule: window, days: 1, anchor: 2026-10-11, timezone: America/New_York}"
    assert ids_of(new_york, table) == {"a"}


@pytest.mark.parametrize(
    ("changes", "fields", "expected"),
    [
        (None, "", 0), ("", "", 0), ("avatar", "", 2), ("about,links", "", 2), ("about,links", ", fields: [links]", 2),
        ("about,links", ", fields: [avatar, cover]", 0),
    ],
)  # fmt: skip
def test_a_change_names_the_newest_only_if_a_field_changed(changes: str | None, fields: str, expected: int) -> None:
    """What counts is what the page looked like beside the capture before; no comparison is no change."""
    table = frame(days(5, page_changes=changes))
    found = ids_of(f"{{id: c, rule: change, newest: 2{fields}}}", table)
    assert found == (set("de") if expected else set())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("keywords: [BADHUS]", {"a", "b", "f"}), ("keywords: [å+, 'x.y']", {"e"}), ("keywords: [öst]", {"c", "d"}),
        ("hashtags: [badhus]", {"b"}), ("hashtags: ['#Öst']", {"c", "d"}), ("has_link: true", {"b", "e"}),
        ("has_link: false", {"a", "c", "d", "f"}), ("has_media: true", {"c"}), ("has_media: false", set("abdef")),
        ("question: true", {"d"}), ("author_roles: [person, unknown]", {"f"}), ("languages: [SV]", {"a", "b"}),
        ("languages: [sv-fi]", {"b"}), ("kinds: [Video]", {"e"}), ("min_length: 22", {"b"}), ("max_length: 0", set()),
        ("min_length: 6, max_length: 9", {"e"}), ("keywords: [badhus], languages: [sv], has_link: true", {"b"}),
    ],
)  # fmt: skip
def test_a_predicate_asks_for_every_property(asked: str, expected: set[str]) -> None:
    """Letters' case and how an ö is composed do not matter; a hashtag is whole; a language holds its regions."""
    table = frame([
        row("a", text="Nytt badhuset öppnar", language="sv"),
        row("b", text="Om #Badhus: HTTPS://x.se", language="sv-FI"),
        row("c", text="(#öst) ÖSTRA", media=1),
        row("d", text="#O\u0308ST i dag", questions=2, language="en"),
        row("e", text="å+ www.x", kind="video"),
        row("f", text="#badhusbad #badhuså", author_role="person"),
    ])  # fmt: skip
    assert ids_of(f"{{id: p, rule: predicate, {asked}}}", table) == expected


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        ("day", {"b", "c", "d", "e", "f", "g"}), ("week", {"a", "c", "d", "g"}), ("month", {"a", "d", "e", "g"}),
        ("account", {"a", "g"}),
    ],
)  # fmt: skip
def test_first_and_last_of_each_local_day_week_and_month(per: str, expected: set[str]) -> None:
    """Days, ISO weeks and months are those of Stockholm; a group of one is both first and last."""
    times = {
        "a": "2026-09-28T08:00", "b": "2026-09-28T22:30", "c": "2026-09-29T10:00", "d": "2026-09-30T21:59",
        "e": "2026-09-30T22:00", "f": "2026-10-01T10:00", "g": "2026-10-04T21:59",
    }  # fmt: skip
    if per == "week":
        times["d"] = "2026-10-04T22:00"  # Monday in Stockholm, Sunday in UTC
        times["e"], times["f"], times["g"] = "2026-10-06T10:00", "2026-10-07T10:00", "2026-10-11T21:59"
    table = frame([row(key, created_at=datetime.fromisoformat(f"{at}+00:00")) for key, at in times.items()])
    found = ids_of(f"{{id: f, rule: first_last, first: 1, last: 1, per: {per}}}", table)
    assert found == expected | ({"a"} if per == "day" else set())


def test_fat_by_part_and_by_followers() -> None:
    """A quantile is of all threads, rounded up, but never one with nothing; followers are the account's own."""
    table = frame([row(f"t{n:02}", comments=n, followers=5000) for n in range(11)])
    assert ids_of("{id: f, rule: fat, metric: comments, quantile: 0.9}", table) == {"t10", "t09"}
    assert ids_of("{id: f, rule: fat, metric: comments, quantile: 0.01}", table) == {f"t{n:02}" for n in range(1, 11)}
    assert len(ids_of("{id: f, rule: fat, metric: followers, threshold: 5000}", table)) == 11
    assert ids_of("{id: f, rule: fat, metric: followers, threshold: 5001}", table) == set()


def test_mandatory_names_what_must_be_kept() -> None:
    """Removed, pinned, of a case, reported to the police, and whatever is in the register of removed items."""
    table = frame([
        row("a", removed=True), row("b", pinned=True), row("c"), row("d"), row("e", kind="removal"), row("f"),
    ])  # fmt: skip
    rule = "{id: m, rule: mandatory, case_linked: [{thread: c, case: K}], police_reported: [{thread: d, case: P}]"
    assert ids_of(f"{rule}}}", table) == set("abcde")
    assert ids_of(f"{rule}, removed: false, pinned: false}}", table) == set("cde")


def test_removed_items_are_kept_where_no_mandatory_rule_says_so() -> None:
    """A built-in rule stands in, only where there is something to keep; an exclusion goes before it."""
    table = frame([row("a"), row("b", kind="removal"), row("c", kind="removal")])
    selection = run(spec_of("{id: f, rule: fat, metric: views, top_k: 1}"), table)
    assert kept_ids(selection) == {"b", "c"}
    assert selection.by_rule == {"removal-register": 2, "f": 0}
    assert selection.claims == {"removal-register": "evidential", "f": "illustrative"}
    barred = "{id: x, rule: exclude, reason: s, threads: [{id: c}]}"
    assert kept_ids(run(spec_of("{id: f, rule: fat, metric: views, top_k: 1}", barred), table)) == {"b"}
    assert "removal-register" not in run(spec_of("{id: c, rule: census}"), frame([row("a")])).by_rule
    assert "removal-register" not in run(spec_of("{id: m, rule: mandatory}"), table).by_rule


def test_a_hash_bucket_is_the_documented_hash() -> None:
    """Whoever has the salt and the ids can choose again with SHA-256 and splitmix64's finaliser."""
    rows = [row(f"t{n}", author_key=None if n % 3 else key_of(f"p{n % 2}")) for n in range(60)]
    seeds = hashlib.sha256(b"Provstad").digest()

    def finalised(value: int) -> int:
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
        return value ^ (value >> 31)

    def bucket(key: int) -> int:
        return finalised(finalised(key ^ int.from_bytes(seeds[:8])) ^ int.from_bytes(seeds[8:16])) % 10

    by_thread = {one["thread_id"] for one in rows if bucket(one["thread_key"]) in {2, 5}}
    author = {one["thread_id"]: one["author_key"] or one["thread_key"] for one in rows}
    rule = "{id: h, rule: hash_bucket, salt: Provstad, modulus: 10, keep: [2, 5]"
    assert ids_of(f"{rule}}}", frame(rows)) == by_thread
    assert ids_of(f"{rule}, key: author}}", frame(rows)) == {
        one for one, key in author.items() if bucket(key) in {2, 5}
    }
    assert 0 < len(by_thread) < 60


@pytest.mark.parametrize(
    ("how", "cap", "expected"),
    [
        ("union", "", set("abcdfh")), ("intersect", "", {"b"}), ("minus", "", {"d", "f"}),
        ("union", ", cap: 2", {"b", "d"}), ("union", ", cap: 4", {"a", "b", "d", "f"}), ("minus", ", cap: 1", {"d"}),
    ],
)  # fmt: skip
def test_parts_are_combined(how: str, cap: str, expected: set[str]) -> None:
    """The cap takes those of earlier parts first, within a part the oldest."""
    table = frame([row(one, created_at=_FIRST + timedelta(n), kind=kind, media=media) for n, (one, kind, media) in
                   enumerate(zip("abcdefgh", "pvpvpvpp", [1, 1, 1, 0, 0, 0, 0, 1], strict=True))])  # fmt: skip
    parts = "{id: a, rule: predicate, kinds: [v]}, {id: b, rule: predicate, has_media: true}"
    assert ids_of(f"{{id: c, rule: combine, how: {how}, parts: [{parts}]{cap}}}", table) == expected


def test_a_part_draws_by_its_own_name() -> None:
    """Two combinations with the same parts draw differently, and so does a rule of the part's name."""
    table = frame([row(f"t{n}") for n in range(80)])
    parts = "parts: [{id: s, rule: simple_random, n: 10}, {id: j, rule: judgement, threads: []}]"
    drawn = [
        frozenset(ids_of(rule, table))
        for rule in (
            f"{{id: a, rule: combine, how: union, {parts}}}",
            f"{{id: b, rule: combine, how: union, {parts}}}",
            "{id: s, rule: simple_random, n: 10}",
        )
    ]
    assert len(set(drawn)) == 3


def test_a_reserve_stands_in_for_what_could_not_be_captured_whole() -> None:
    """As many whole, not drawn threads as drawn ones are not whole, first lost first, at most n; none is excluded."""
    rows = [row(f"t{n:02}", whole=n % 2 == 0, kind="message" if n in {4, 5} else "post") for n in range(20)]
    table = frame(rows)
    rules = ("{id: s, rule: simple_random, n: 8}", "{id: x, rule: exclude, reason: s, kinds: [message]}")
    drawn = ids_of(rules[0], table)
    broken = {one["thread_id"] for one in rows if not one["whole"]}
    for most in (1, 3, 20):
        selection = run(spec_of(f"{{id: r, rule: reserve, for_rule: s, n: {most}}}", *rules), table)
        lost = [one for _, one, _ in selection.substitutes]
        found = {one for _, _, one in selection.substitutes}
        assert lost == sorted(drawn & broken - {"t05"})[:most]
        assert len(found) == len(lost)
        assert not found & (drawn | broken | {"t04", "t05"})
        assert found == {thread for thread in kept_ids(selection) if thread not in drawn}
        assert all(rule == "r" for rule, _, _ in selection.substitutes)


def test_a_reserve_without_its_rule_or_without_need_names_nothing() -> None:
    """Where its rule is not in force, or everything is whole, or nothing is left to draw, there is no substitute."""
    reserve = "{id: r, rule: reserve, for_rule: s, n: 5}"
    lost = frame([row("a", whole=False), row("b", whole=False)])
    other = "{id: s, rule: simple_random, n: 1, applies_to: {occasions: [closing]}}"
    assert ids_of(reserve, frame([row("a", whole=False), row("b")]), other, "{id: f, rule: census}") == set()
    assert ids_of(reserve, lost, "{id: s, rule: simple_random, n: 1}") == set()
    assert ids_of(reserve, frame([row("a"), row("b")]), "{id: s, rule: simple_random, n: 1}") == set()


def test_pps_takes_the_certain_out_and_hits_the_rest_in_time() -> None:
    """Of sizes 100, 10 and ten ones, n 4: the first two are certain, two of the ones are hit, five apart in time."""
    rows = [row(f"t{n:02}", comments=1, created_at=_FIRST + timedelta(n)) for n in range(10)]
    table = frame([*rows, row("u", comments=100), row("v", comments=10), row("w")])
    named = named_by("{id: p, rule: pps, size_metric: comments, n: 4}", table)
    found = ids_of("{id: p, rule: pps, size_metric: comments, n: 4}", table)
    ones = sorted(int(one[1:]) for one in found - {"u", "v"})
    assert {"u", "v"} <= found
    assert len(ones) == 2
    assert ones[1] - ones[0] == 5
    assert named.step == 5
    assert ids_of("{id: p, rule: pps, size_metric: comments, n: 99}", table) == {
        one["thread_id"] for one in table.to_pylist()
    } - {"w"}
    assert ids_of("{id: p, rule: pps, size_metric: views, n: 3}", table) == set()


def test_pps_is_exact_beyond_64_bits() -> None:
    """Sizes whose sum passes 2^63 are drawn with the chances of the same sizes made smaller."""
    small = [row(f"t{n}", views=n + 1, created_at=_FIRST + timedelta(n)) for n in range(9)]
    large = [{**one, "views": one["views"] << 59} for one in small]
    for n in (1, 3, 7):
        rule = f"{{id: p, rule: pps, size_metric: views, n: {n}}}"
        found, like = (named_by(rule, frame(rows)) for rows in (large, small))
        assert found.mask.sum() == n
        assert found.chances is not None
        assert like.chances is not None
        (of, large_chances), (alike, small_chances) = found.chances(np.arange(9)), like.chances(np.arange(9))
        assert [large_chances[one] for one in of] == [small_chances[one] for one in alike]


def test_a_frame_without_its_platform_numbers_selects_all_the_same() -> None:
    """Columns that are null in every row are no error for any measure."""
    rules = [
        f"{{id: f{n}, rule: fat, metric: {one}, top_k: 2}}" for n, one in enumerate(["views", "shares", "reactions"])
    ]
    assert run(spec_of(*rules), frame(days(3))).kept == 0


def test_rules_hold_by_day_and_kind_of_occasion() -> None:
    """The version in force on the first day after the period counts, and a rule for closing accounts only then."""
    thread = "[{{id: {}, reason: r, decided_by: A, decided_at: 2026-11-03}}]"
    spec = spec_of(
        f"{{id: j, rule: judgement, threads: {thread.format('a')}, valid_to: 2026-10-31}}",
        f"{{id: j, rule: judgement, threads: {thread.format('b')}, valid_from: 2026-11-01}}",
        "{id: c, rule: census, applies_to: {occasions: [closing]}}",
    )
    table = frame(days(3))
    assert kept_ids(run(spec, table)) == {"b"}
    assert kept_ids(run(spec, table, kind="closing")) == {"a", "b", "c"}
    earlier = make_period(date(2026, 4, 1), date(2026, 10, 31), spec.timezone)
    before = select(spec, spec.accounts[0], earlier, table)
    assert kept_ids(before) == {"a"}
    assert dict(before.by_rule) == {"j": 1}
