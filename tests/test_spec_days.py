"""Days of validity in a spec: versions of rules, accounts left without a rule, the periods the check reckons with."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import islice

import pytest
from _spec_texts import BASE, edited, problems, with_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.periods import all_occasions
from urval.spec import parse_spec
from urval.spec.consistency_days import _Chain, _first_bare
from urval.spec.draft import Days, Draft
from urval.spec.tree import read_tree


def test_versions_of_a_rule_follow_each_other() -> None:
    """Rules of one id hold one after the other, each for the periods that end in its days."""
    spec = parse_spec(
        edited(
            "n: 5}", "n: 5, valid_to: 2026-12-31}\n  - {id: slump, rule: simple_random, n: 9, valid_from: 2027-01-01}"
        ),
        "x",
    ).spec
    sizes = [
        [rule.n for rule in spec.rules_for(spec.accounts[0], day) if rule.id == "slump"]  # type: ignore[union-attr]
        for day in (date(2026, 11, 1), date(2027, 5, 1))
    ]
    assert sizes == [[5], [9]]


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        (["valid_to: 2026-12-31", "valid_from: 2026-12-31"], [2]),
        (["valid_from: 2027-01-01", "valid_to: 2026-12-31"], []),
        (["valid_to: 2029-12-31", "valid_from: 2026-02-01, valid_to: 2026-03-01", "valid_from: 2027-02-01"], [2, 3]),
        (["valid_from: 2027-01-01", "valid_to: 2027-01-01"], [2]),
        (["valid_to: soon", "valid_from: 2027-01-01"], [1]),  # what cannot be read is told, and not compared
    ],
)
def test_versions_may_not_overlap(days: list[str], wrong: list[int]) -> None:
    """Of versions in any order, those that share a day with an earlier one are told."""
    data = with_rules(*(f"{{id: v, rule: census, {one}}}" for one in days))
    found = problems(data) if wrong else (parse_spec(data, "x"), [])[1]
    assert [int(line.split(":")[0]) - 36 for line in found] == wrong


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("n: 5, valid_to: 2027-06-30}", "ends on 2027-11-01; add a rule for that time"),
        ("n: 5, valid_from: 2026-07-01}", "ends on 2026-05-01; add a rule for that time"),
        ("n: 5, applies_to: {occasions: [closing]}}", "no rule keeps anything of this account; add a rule, or widen"),
    ],
)
def test_an_account_must_not_be_left_without_a_rule(change: str, sentence: str) -> None:
    """Whether no rule ever keeps anything of an account, or none from some day on: the day is named."""
    text = BASE[: BASE.index("rules:\n")] + "rules:\n  - {id: slump, rule: simple_random, " + change + "\nseed: x\n"
    (found,) = problems(text.encode())
    assert found.startswith("17:5: no rule keeps anything of this account")
    assert sentence in found


@pytest.mark.parametrize(
    ("account", "rules"),
    [
        ("closing: 2027-05-02", ["{id: a, rule: census, valid_to: 2027-06-30}"]),
        ("opened: 2026-05-01", ["{id: a, rule: census, valid_from: 2026-11-01}"]),
        ("", ["{id: a, rule: census, valid_to: 2026-06-30}", "{id: b, rule: census, valid_from: 2026-10-01}"]),
    ],
)
def test_only_periods_of_the_account_count(account: str, rules: list[str]) -> None:
    """Before it was opened and after it is closed an account needs no rule, nor between the ends of two periods."""
    head = BASE[: BASE.index("rules:\n")]
    head = head.replace("purpose: Berätta", f"purpose: Berätta\n    {account}") if account else head
    parse_spec((head + "rules:\n" + "".join(f"  - {rule}\n" for rule in rules) + "seed: x\n").encode(), "x")


def _chain() -> _Chain:
    found = _Chain.of(Draft(read_tree(BASE).data))
    assert found is not None
    return found


def test_the_periods_are_those_of_the_calendar() -> None:
    """What the check takes for the spec's periods is what captures are made for."""
    spec = parse_spec(BASE.encode(), "x").spec
    real = [(one.period.first_day, one.period.end_day) for one in islice(all_occasions(spec), 20)]
    assert list(islice(_chain().periods(date(1990, 1, 1)), 20)) == real
    assert next(_chain().periods(date(2027, 5, 2))) == (date(2027, 5, 1), date(2027, 11, 1))


DAY = st.integers(0, 4000).map(lambda number: date(2024, 1, 1) + timedelta(days=number))
DAYS = st.tuples(st.none() | DAY, st.none() | DAY).map(lambda two: Days(two[0] or date.min, two[1] or date.max))


@given(st.lists(DAYS.filter(bool), max_size=6), DAYS.filter(bool))
def test_the_first_bare_period_is_found(held: list[Days], around: Days) -> None:
    """It is the first end of a period in the days looked at that lies in the days of no rule."""
    found = _first_bare(sorted(held, key=lambda one: one.first), _chain(), around)
    ends = [end for _, end in islice(_chain().periods(max(around.first, date(1990, 1, 1))), 60)]
    bare = [end for end in ends if end <= around.last and not any(one.first <= end <= one.last for one in held)]
    assert found == (bare[0] if bare else None)


SCOPE = st.fixed_dictionaries(
    {},
    optional={
        "accounts": st.lists(st.sampled_from(["sida", "blogg", "chef"]), min_size=1, max_size=3),
        "classes": st.lists(st.sampled_from(["main", "unit", "leader"]), min_size=1, max_size=3),
        "platforms": st.lists(st.sampled_from(["facebook", "wordpress", "x"]), min_size=1, max_size=2),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(SCOPE, min_size=1, max_size=4))
def test_the_accounts_of_a_rule_are_those_it_applies_to(scopes: list[dict[str, list[str]]]) -> None:
    """The bits that rules are compared by stand for the accounts that ``covers`` says."""
    entry = BASE[BASE.index("  - id: sida") : BASE.index("rules:\n")]
    more = entry.replace("id: sida", "id: blogg").replace("facebook", "wordpress").replace("class: main", "class: unit")
    lead = entry.replace("id: sida", "id: chef").replace("class: main", "class: leader")
    rules = "".join(
        f"  - {{id: r{at}, rule: census, applies_to: {json.dumps(one)}}}\n" for at, one in enumerate(scopes)
    )
    draft = Draft(read_tree(BASE.replace("rules:\n", more + lead + "rules:\n" + rules)).data)
    assert len(draft.accounts) == 3
    for _, rule in draft.rules:
        covered = [at for at, (_, account) in enumerate(draft.accounts) if rule.covers(account)]
        assert draft.scope(rule) == sum(1 << at for at in covered)
