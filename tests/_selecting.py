"""What the tests of selection share: a spec of one account, a period, and every kind of rule."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from _frames import row
from hypothesis import strategies as st

from urval.periods import make_period
from urval.selection import select
from urval.selection.engine import decide
from urval.spec import parse_spec

if TYPE_CHECKING:
    import pyarrow as pa

    from urval.selection import Selection
    from urval.selection.named import Named
    from urval.spec import ArchiveSpec

PERIOD = make_period(date(2026, 5, 1), date(2026, 11, 1), "Europe/Stockholm")
_HEAD = """\
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
# One of every kind, by the name of the kind.
EVERY_KIND = {
    "census": "rule: census, claim: statistical",
    "snapshot": "rule: snapshot, depth_posts: 3",
    "window": "rule: window, days: 7, anchor: term_mid",
    "systematic": "rule: systematic, every_k: 4",
    "simple_random": "rule: simple_random, n: 5",
    "stratified": "rule: stratified, by: [month, kind], n: 6",
    "fat": "rule: fat, metric: comments, top_k: 4",
    "judgement": "rule: judgement, threads: [{id: t5, reason: viktig, decided_by: A, decided_at: 2026-11-03}]",
    "predicate": "rule: predicate, keywords: [badhus], has_media: true",
    "event": "rule: event, name: valet, start: 2026-09-01, end: 2026-09-14, reason: val",
    "change": "rule: change, newest: 2",
    "mandatory": "rule: mandatory, case_linked: [{thread: t3, case: KS 1}]",
    "hash_bucket": "rule: hash_bucket, salt: Provstad, modulus: 7, keep: [1, 4]",
    "first_last": "rule: first_last, first: 1, last: 1, per: month",
    "pps": "rule: pps, size_metric: comments, n: 4",
    "discovery": "rule: discovery, confidence: 0.6, tolerable_rate: 0.2",
    "precision": "rule: precision, margin: 0.3",
    "exclude": "rule: exclude, reason: sekretess, kinds: [message]",
    "combine": "rule: combine, how: union, cap: 5, parts: [{id: a, rule: fat, metric: bytes, top_k: 4}, "
    "{id: b, rule: simple_random, n: 4}]",
    "reserve": "rule: reserve, for_rule: simple-random, n: 3",
}


def rule_of(kind: str) -> str:
    """Return a rule of a kind; its id is the kind, with hyphens."""
    return f"{{id: {kind.replace('_', '-')}, {EVERY_KIND[kind]}}}"


ALL_KINDS = tuple(rule_of(kind) for kind in EVERY_KIND)


@cache
def spec_of(*rules: str, seed: str = "Provstad 2026") -> ArchiveSpec:
    """Return a spec of one account with these rules, each as YAML in braces."""
    lines = "".join(f"  - {rule}\n" for rule in rules)
    return parse_spec((_HEAD.replace("Provstad 2026", seed) + lines).encode(), "prov.yaml").spec


def run(spec: ArchiveSpec, frame: pa.Table, **choices: Any) -> Selection:
    """Select for the spec's one account in the autumn period."""
    return select(spec, spec.accounts[0], PERIOD, frame, **choices)


def named_by(rule: str, frame: pa.Table, *others: str) -> Named:
    """Return what a rule names in a frame, before exclusion has its way."""
    spec = spec_of(rule, *others)
    named = decide(spec, spec.accounts[0], PERIOD, frame).named
    return next(one for one in named if one.rule.id == spec.rules[0].id)


def ids_of(rule: str, frame: pa.Table, *others: str) -> set[str]:
    """Return the ids of the threads a rule names."""
    mask = named_by(rule, frame, *others).mask
    return {
        thread
        for thread, chosen in zip(sorted(frame["thread_id"].to_pylist(), key=str.encode), mask, strict=True)
        if chosen
    }


def decisions(selection: Selection) -> dict[str, tuple[str, list[str], list[str]]]:
    """Return thread id -> decision, rules and probabilities."""
    rows = selection.table.to_pylist()
    return {one["thread_id"]: (one["decision"], one["rules"], one["probabilities"]) for one in rows}


def kept_ids(selection: Selection) -> set[str]:
    """Return the ids of the kept threads."""
    return {thread for thread, (decision, _, _) in decisions(selection).items() if decision == "kept"}


def threads(max_size: int = 30) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return a strategy for the rows of a frame: few different ids, times and sizes, so that much is alike."""
    ids = st.integers(0, 12).map(lambda n: f"t{n}") | st.text("ab01å_\uffee😀", min_size=1, max_size=4)
    instants = st.datetimes(datetime(2026, 5, 1), datetime(2026, 10, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
    few, noon = st.integers(0, 5), datetime(2026, 10, 15, 10, tzinfo=UTC)
    one = st.builds(
        row, ids, created_at=st.just(noon) | instants, comments=few, bytes=few, reactions=st.none() | few, media=few,
        kind=st.sampled_from(["post", "post", "video", "message", "removal"]), pinned=st.booleans(),
        removed=st.booleans(), whole=st.booleans(), text=st.sampled_from(["", "Nytt BADHUS öppnar", "#Badhus nu?"]),
        questions=few, author_key=st.none() | few,
    )  # fmt: skip
    rows = st.lists(one, max_size=max_size, unique_by=lambda each: each["thread_id"])
    changes = st.sampled_from([None, "avatar", "about,links"])  # the account's, so the same in every row
    return st.builds(lambda found, change: [{**each, "page_changes": change} for each in found], rows, changes)
