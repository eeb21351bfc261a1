"""The twenty kinds of rules, and what makes a rule impossible: each problem with its place and remedy."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from _spec_texts import problems, with_rules

from urval.spec import Rule, parse_spec
from urval.spec.tree import read_tree

JUDGED = "{id: '1', reason: Ovanlig, decided_by: Alva, decided_at: 2026-03-01}"
KINDS = {
    "census": "{id: a, rule: census, claim: statistical}",
    "snapshot": "{id: a, rule: snapshot, views: [feed], depth_posts: 20, viewports: [phone], "
    "locale: sv-SE, logged_in: false}",
    "window": "{id: a, rule: window, days: 7, anchor: 10-tue-2, count: 1, avoid_blackouts: false, "
    "avoid: [{start: 10-31, end: 11-01}], timezone: Europe/Helsinki}",
    "systematic": "{id: a, rule: systematic, every_k: 5, start: 2, claim: illustrative}",
    "simple_random": "{id: a, rule: simple_random, fraction: 0.1}",
    "stratified": "{id: a, rule: stratified, by: [month, kind], allocation: fixed, "
    "sizes: [{stratum: 2026-05/video, n: 3}], min_per_stratum: 1, draw: systematic}",
    "fat": "{id: a, rule: fat, metric: shares, quantile: 0.9}",
    "judgement": f"{{id: a, rule: judgement, threads: [{JUDGED}]}}",
    "predicate": "{id: a, rule: predicate, keywords: [val], hashtags: [val2026], has_media: true, has_link: false, "
    "question: true, author_roles: [own], languages: [sv], kinds: [video], min_length: 1, max_length: 9}",
    "event": "{id: a, rule: event, name: Valet, start: 2026-09-01, end: 2026-09-20, reason: Val, claim: evidential}",
    "change": "{id: a, rule: change, fields: [avatar], since: last_run, newest: 3}",
    "mandatory": "{id: a, rule: mandatory, removed: true, pinned: false, case_linked: [{thread: '1', case: KS 1}], "
    "police_reported: [{thread: '2', case: K 1}]}",
    "hash_bucket": "{id: a, rule: hash_bucket, salt: Prov, modulus: 31, keep: [5, 15, 25], key: author}",
    "first_last": "{id: a, rule: first_last, first: 1, last: 2, per: month}",
    "pps": "{id: a, rule: pps, size_metric: views, n: 4}",
    "discovery": "{id: a, rule: discovery, confidence: 0.95, tolerable_rate: 0.05}",
    "precision": "{id: a, rule: precision, margin: 0.05, confidence: 0.95, p: 0.5}",
    "exclude": "{id: a, rule: exclude, threads: [{id: '1', reason: Sekretess}], kinds: [story], category: secrecy, "
    "reason: x}",
    "combine": "{id: a, rule: combine, how: minus, cap: 9, parts: [{id: x, rule: census}, "
    "{id: y, rule: fat, metric: bytes, top_k: 3}]}",
    "reserve": "{id: a, rule: reserve, for_rule: slump, n: 2, claim: evidential}",
}  # fmt: skip
COMMON = (
    "valid_from: 2026-01-01, valid_to: 2027-12-31, version: '2', decision_ref: KS 2, purpose: Prov, on_empty: fail, "
    "applies_to: {accounts: [sida], classes: [main], platforms: [facebook], occasions: [ordinary, closing]}"
)

# a rule that is added in line 37, and what is wrong with it: "line:column: sentence", or its beginning
IMPOSSIBLE = [
    # a fraction of 1.7
    ("{id: a, rule: simple_random, fraction: 1.7}", ["37:44: 'fraction' must be at most 1.0"]),
    ("{id: a, rule: simple_random, fraction: 0}", ["37:44: 'fraction' must be greater than 0.0"]),
    ("{id: a, rule: discovery, confidence: 1, tolerable_rate: 0.7}",
     ["37:42: 'confidence' must be less than 1.0", "37:61: 'tolerable_rate' must be less than 0.5"]),
    ("{id: a, rule: hash_bucket, salt: x, modulus: 3, keep: [3]}",
     ["37:53: keep lists buckets from 0 to modulus - 1, each once; correct it"]),
    # a rule for an account that does not exist
    ("{id: a, rule: census, applies_to: {accounts: [sida, sidan]}}",
     ["37:57: there is no such account; did you mean 'sida'?"]),
    (("{id: a, rule: combine, how: union, parts: [{id: x, rule: census, applies_to: {accounts: [xyz]}}, "
     "{id: y, rule: census}]}"),
     ["37:94: there is no such account; use an id from 'accounts'"]),
    # an unknown time zone
    ("{id: a, rule: window, days: 7, anchor: 10-15, timezone: Europe/Stokholm}",
     ["37:61: 'timezone' is no time zone of the IANA list; did you mean 'Europe/Stockholm'?"]),
    ("{id: a, rule: window, days: 7, anchor: 10-15, timezone: Svensk tid}",
     ["37:61: 'timezone' is no time zone of the IANA list; write for example Europe/Stockholm"]),
    # a window inside a blackout
    ("{id: a, rule: window, days: 7, anchor: 12-25, avoid_blackouts: false}",
     ["37:44: 'anchor' puts the window inside the blackout 12-15 to 01-10; choose another day, or take"]),
    ("{id: a, rule: window, days: 5, anchor: 2027-01-03, avoid_blackouts: false}",
     ["37:44: 'anchor' puts the window inside the blackout 12-15 to 01-10"]),
    (("{id: a, rule: combine, how: intersect, parts: [{id: x, rule: census}, "
     "{id: y, rule: window, days: 3, anchor: W52, avoid_blackouts: false}]}"),
     ["37:114: 'anchor' puts the window inside the blackout 12-15 to 01-10"]),
    ("{id: a, rule: window, days: 60, anchor: 03-01, avoid: [{start: 02-10, end: 10-10}]}",
     ["37:45: 'anchor' finds no 60 days in a row to be kept, in any period; make 'days' fewer, or shorten"]),
    ("{id: a, rule: window, days: 7, anchor: 2025-10-15}",
     ["37:44: 'anchor' names no day of any period for which the spec and the rule hold; choose another day"]),
    ("{id: a, rule: window, days: 7, anchor: 03-15, applies_to: {occasions: [ordinary]}, valid_to: 2026-04-30}",
     ["37:44: 'anchor' names no day of any period"]),
    ("{id: a, rule: window, days: 7, anchor: W54}",
     ["37:44: 'anchor' must be term_mid, a day as 10-15, a date as 2026-10-15, a week as W42, or"]),
    ("{id: a, rule: window, days: 7, anchor: 2026-02-30}", ["37:44: 'anchor' is no day of the calendar"]),
    # an event that no period holds
    ("{id: a, rule: event, name: x, start: 2025-10-30, end: 2025-10-31, reason: x}",
     ["37:42: 'start' to 'end' lie in no period for which the spec and the rule hold; correct the days, or"]),
    ("{id: a, rule: event, name: x, start: 2026-10-30, end: 2026-10-31, reason: x, valid_from: 2026-11-02}",
     ["37:42: 'start' to 'end' lie in no period"]),
    ("{id: a, rule: event, name: x, start: 2026-10-31, end: 2026-10-30, reason: x}",
     ["37:54: end lies before start; exchange the two or correct one"]),
    # days of validity
    ("{id: a, rule: census, valid_from: 2027-01-01, valid_to: 2026-12-31}",
     ["37:51: valid_to lies before valid_from; exchange the two or correct one"]),
    ("{id: a, rule: census, valid_to: 2025-12-31}",
     ["37:37: 'valid_to' lies before the spec's valid_from, so the rule never holds; correct it, or take it out"]),
    # rules of one id that are no versions
    ("{id: slump, rule: simple_random, n: 6}",
     ["37:10: 'id' is the same as that of item 3 of 'rules', and their days overlap; give each its own, or each"]),
    ("{id: slump, rule: pps, size_metric: views, n: 6}",
     ["37:10: 'id' is the same as that of item 3 of 'rules', a rule of another kind; give each its own"]),
    # names and references
    ("{id: review, rule: census}", ["37:10: 'id' 'review' stands for something else in packages; choose another"]),
    ("{id: a, rule: combine, how: union, parts: [{id: not-added, rule: census}, {id: y, rule: census}]}",
     ["37:53: 'id' 'not-added' stands for something else in packages"]),
    ("{id: a, rule: census, source: [handboken]}",
     ["37:36: there is no ground of that id; give the ground in 'grounds' this id"]),
    ("{id: a, rule: reserve, for_rule: slmp, n: 2}", ["37:38: there is no such rule; did you mean 'slump'?"]),
    ("{id: a, rule: reserve, for_rule: ja-eller-nej, n: 2}",
     ["37:38: there is no such rule; name one of kind simple_random, systematic, stratified, pps"]),
    ("{id: a, rule: reserve, for_rule: vecka, n: 2}", ["37:38: 'for_rule' names a rule that draws no lots; name one"]),
    ("{id: a, rule: reserve, for_rule: a, n: 2}", ["37:38: 'for_rule' names a rule that draws no lots; name one"]),
    ("{id: a, rule: reserve, for_rule: slump, n: 2, applies_to: {classes: [leader]}}",
     ["37:38: the two rules never hold for the same account at the same time; widen applies_to or the days"]),
    # rules that contradict
    (f"{{id: a, rule: judgement, threads: [{JUDGED}, {JUDGED}]}}",
     ["37:115: the thread is item 1 of 'threads' too; keep one of the two"]),
    ("{id: a, rule: mandatory, case_linked: [{thread: '1', case: x}, {thread: '1', case: y}]}",
     ["37:77: the thread is item 1 of 'case_linked' too; keep one of the two"]),
    (("{id: a, rule: exclude, reason: x, threads: [{id: '1'}]}\n"
      f"  - {{id: b, rule: judgement, threads: [{JUDGED}]}}"),
     ["37:54: the exclude rule 'a' takes this thread out, and the judgement rule 'b' keeps it by its threads"]),
    (("{id: a, rule: exclude, reason: x, threads: [{id: '1'}]}\n"
      "  - {id: b, rule: mandatory, police_reported: [{thread: '1', case: x}]}"),
     ["37:54: the exclude rule 'a' takes this thread out, and the mandatory rule 'b' keeps it by its police"]),
    ((f"{{id: a, rule: combine, how: union, parts: [{{id: x, rule: judgement, threads: [{JUDGED}]}}, "
     "{id: y, rule: census}]}\n"
     "  - {id: b, rule: exclude, reason: x, threads: [{id: '1'}]}"),
     ["38:54: the exclude rule 'b' takes this thread out, and the judgement rule 'x' keeps it by its threads"]),
    ("{id: a, rule: exclude, reason: x, kinds: [removal]}",
     ["37:47: what was removed must be kept, and no rule takes it all out; name single threads instead"]),
    ("{id: a, rule: predicate, kinds: [message]}",
     ["37:37: the exclude rule 'bort' takes out all of these kinds; take one of the two rules out"]),
    ("{id: a, rule: predicate, keywords: [], kinds: []}", ["37:5: a predicate needs a property; give keywords"]),
    ("{id: a, rule: combine, how: minus, parts: [{id: x, rule: fat, metric: views, top_k: 1}, {id: y, rule: census}]}",
     ["37:93: nothing is left when a census is taken off; name what is to be taken off"]),
    # inside the parts of a combined rule, and in lists of parts
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, {id: y, rule: fat, metrik: views, top_k: 1}]}",
     ["37:71: key 'metric' is missing; add it (most of what)", "37:90: unknown key 'metrik'; did you mean 'metric'?"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, {id: y, rule: fatt}]}",
     ["37:85: 'rule' must be one of census, change, discovery"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, {id: y}]}",
     ["37:71: key 'rule' is missing; add it, one of census, change"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, {id: y, rule: exclude, reason: x}]}",
     ["37:85: 'rule' must be one of census, change"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, 3]}",
     ["37:71: item 2 of 'parts' must be keys with values"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}]}",
     ["37:47: 'parts' needs at least 2 items; add what is missing"]),
    ("{id: a, rule: combine, how: union, parts: [{id: x, rule: census}, {id: x, rule: census}]}",
     ["37:40: two parts have the same id; give each its own"]),
    ("{id: a, rule: stratified, by: [monh], allocation: fixed, sizes: [{stratum: x, m: 3}]}",
     ["37:36: item 1 of 'by' must be one of platform, account, month, kind, has_comments; did you mean 'month'?",
      "37:70: key 'n' is missing; add it (how many; all if there are fewer)",
      "37:83: unknown key 'm'; known here: stratum, n"]),
    ("{id: a, rule: window, window: {days: 3}, days: x, anchor: 10-15}",
     ["37:27: unknown key 'window'; known here: id, version", "37:52: 'days' must be a whole number without quotes"]),
    ("{id: a, rule: snapshot, depth_posts: 1, logged_in: true}", ["37:56: 'logged_in' must be false"]),
    ("{id: a, rule: snapshot, depth_posts: 1, logged_in: 0}", ["37:56: 'logged_in' must be false"]),
]  # fmt: skip

POSSIBLE = [
    "{id: a, rule: window, days: 7, anchor: 12-25}",  # it moves
    "{id: a, rule: window, days: 7, anchor: 12-14, avoid_blackouts: false}",  # part of it lies outside
    "{id: a, rule: window, days: 7, anchor: W53}",  # not every year has it
    "{id: a, rule: event, name: x, start: 2025-12-01, end: 2025-12-02, reason: x}",  # the period ends later
    "{id: a, rule: event, name: x, start: 2031-12-01, end: 2031-12-02, reason: x}",
    "{id: a, rule: event, name: x, start: 2026-06-01, end: 2026-06-02, reason: x, valid_to: 2026-06-30}",
    (
        "{id: a, rule: exclude, reason: x, threads: [{id: '1'}], valid_to: 2026-12-31}\n"
        f"  - {{id: b, rule: judgement, threads: [{JUDGED}], valid_from: 2027-01-01}}"
    ),
    (
        "{id: a, rule: exclude, reason: x, threads: [{id: '1'}], applies_to: {classes: [leader]}}\n"
        f"  - {{id: b, rule: judgement, threads: [{JUDGED}]}}"
    ),
    "{id: a, rule: predicate, kinds: [message, video]}",
    "{id: a, rule: reserve, for_rule: steg, n: 2}",
    "{id: a, rule: census, valid_to: 2026-12-31}\n  - {id: a, rule: census, valid_from: 2027-01-01, version: '2'}",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_is_read_with_all_its_fields(kind: str) -> None:
    """A rule of each kind with every field of its own, and the common ones, is what the file says."""
    text = KINDS[kind].removesuffix("}") + f", {COMMON}}}"
    rule = parse_spec(with_rules(text), "x").spec.rules[-1]
    assert rule.rule == kind
    said = json.loads(json.dumps(read_tree(text).data))
    assert _as_said(rule.model_dump(mode="json"), said) == said


def _as_said(kept: Any, said: Any) -> Any:
    """Return a dump without what the file leaves out."""
    if isinstance(said, dict):
        return {key: _as_said(kept[key], said[key]) for key in said}
    if isinstance(said, list):
        return [_as_said(one, like) for one, like in zip(kept, said, strict=True)]
    return kept


def test_the_table_holds_every_kind_there_is() -> None:
    """No kind of rule is without an example."""
    union = get_args(get_args(Rule)[0])
    assert {get_args(one.model_fields["rule"].annotation)[0] for one in union} == set(KINDS)
    assert len(KINDS) == 20


@pytest.mark.parametrize(("rule", "expected"), IMPOSSIBLE, ids=[rule[:60] for rule, _ in IMPOSSIBLE])
def test_an_impossible_rule_is_refused_with_place_and_remedy(rule: str, expected: list[str]) -> None:
    """Exactly these problems are told, each at its line and column."""
    found = problems(with_rules(rule))
    assert len(found) == len(expected), found
    for line, sentence in zip(found, expected, strict=True):
        assert line.startswith(sentence), found


@pytest.mark.parametrize("rule", POSSIBLE, ids=[rule[:60] for rule in POSSIBLE])
def test_what_is_only_likely_wrong_is_accepted(rule: str) -> None:
    """A rule that can hold for one period, one account or one kind of occasion is no error."""
    parse_spec(with_rules(rule), "x")
