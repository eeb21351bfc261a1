"""What must hold between rules: versions of one id, what they refer to, and that none contradicts another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from urval.spec.draft import Days, days_of, raw_days
from urval.spec.rule_base import REMOVAL_KIND, RESERVED_IDS
from urval.spec.rules import Combine
from urval.spec.rules_drawing import Discovery, Pps, Precision, Reserve, SimpleRandom, Stratified, Systematic
from urval.spec.rules_naming import Census, Exclude, Judgement, Mandatory, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from urval.spec.draft import Draft, Placed
    from urval.spec.rule_base import RuleBase
    from urval.spec.tree import Path

_DRAWING = ("simple_random", "systematic", "stratified", "pps", "discovery", "precision")
_DRAWING_RULES = (SimpleRandom, Systematic, Stratified, Pps, Discovery, Precision)


def rule_problems(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield the path and the sentence of everything that does not fit together among rules."""
    yield from _names(draft)
    yield from _versions(draft)
    yield from _unknown_accounts(draft)
    yield from _reserves(draft)
    yield from _given_twice(draft)
    yield from _kept_and_excluded(draft)
    yield from _empty_by_kind(draft)
    yield from _nothing_left(draft)


def _names(draft: Draft) -> Iterator[tuple[Path, str]]:
    for path, item in _raw_rules(draft):
        name = item.get("id")
        if isinstance(name, str) and name in RESERVED_IDS:
            yield (*path, "id"), f"'id' {name!r} stands for something else in packages; choose another"


def _raw_rules(draft: Draft) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every rule and part of a rule, sound or not."""
    for index, item in draft.mappings("rules"):
        yield ("rules", index), item
        parts = item.get("parts")
        for at, part in enumerate(parts if isinstance(parts, tuple) else ()):
            if isinstance(part, dict):
                yield ("rules", index, "parts", at), part


def _versions(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield what keeps rules of one id from being versions: another kind, or days that overlap."""
    groups: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for index, item in draft.mappings("rules"):
        if isinstance(item.get("id"), str):
            groups[item["id"]].append((index, item))
    for group in groups.values():
        first, kind = group[0][0] + 1, group[0][1].get("rule")
        for index, item in group[1:]:
            if isinstance(kind, str) and isinstance(item.get("rule"), str) and item["rule"] != kind:
                sentence = (
                    f"'id' is the same as that of item {first} of 'rules', a rule of another kind; give each its own"
                )
                yield ("rules", index, "id"), sentence
        yield from _overlaps(group, kind)


def _overlaps(group: list[tuple[int, dict[str, Any]]], kind: object) -> Iterator[tuple[Path, str]]:
    dated = [(raw_days(item), index) for index, item in group if item.get("rule") == kind]
    widest: tuple[date, int] | None = None  # the version that reaches furthest so far
    for days, index in sorted(((days, index) for days, index in dated if days), key=lambda one: one[0].first):
        if widest is None or widest[0] < days.first:
            widest = (days.last, index)
            continue
        other, here = min(widest[1], index) + 1, max(widest[1], index)
        widest = max(widest, (days.last, index))
        sentence = (
            f"'id' is the same as that of item {other} of 'rules', and their days overlap; give each its own, or each "
            "version days of its own by valid_from and valid_to"
        )
        yield ("rules", here, "id"), sentence


def _unknown_accounts(draft: Draft) -> Iterator[tuple[Path, str]]:
    known = [name for _, name in draft.ids("accounts")]
    whole = set(known)
    for path, item in _raw_rules(draft):
        scope = item.get("applies_to")
        names = scope.get("accounts") if isinstance(scope, dict) else None
        for position, name in enumerate(names if isinstance(names, tuple) else ()):
            if isinstance(name, str) and name not in whole:
                hint = draft.hint(name, known, "use an id from 'accounts'")
                yield (*path, "applies_to", "accounts", position), f"there is no such account; {hint}"


def _reserves(draft: Draft) -> Iterator[tuple[Path, str]]:
    kinds = {name: draft.data["rules"][index].get("rule") for index, name in draft.ids("rules")}
    drawing = [name for name, kind in kinds.items() if kind in _DRAWING]
    for index, item in draft.mappings("rules"):
        name = item.get("for_rule")
        if item.get("rule") != "reserve" or not isinstance(name, str):
            continue
        place = ("rules", index, "for_rule")
        if name not in kinds:
            yield place, f"there is no such rule; {draft.hint(name, drawing, f'name one of {_or(_DRAWING)}')}"
        elif isinstance(kinds[name], str) and name not in drawing:
            yield place, f"'for_rule' names a rule that draws no lots; name one of {_or(_DRAWING)}"
    yield from _idle_reserves(draft)


def _idle_reserves(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield each reserve that never holds together with the rule it stands by for."""
    if not (draft.all_rules_sound and draft.all_accounts_sound):
        return
    named: dict[str, list[RuleBase]] = defaultdict(list)
    for _, rule in draft.rules:
        if isinstance(rule, _DRAWING_RULES):
            named[rule.id].append(rule)
    for index, rule in draft.rules:
        others = named.get(rule.for_rule, []) if isinstance(rule, Reserve) else []
        if others and not any(_meet(draft, rule, other) for other in others):
            sentence = "the two rules never hold for the same account at the same time; widen applies_to or the days"
            yield ("rules", index, "for_rule"), sentence


def _or(names: tuple[str, ...]) -> str:
    return f"kind {', '.join(names[:-1])} or {names[-1]}"


_LISTS = (
    (Exclude, "threads", "id"),
    (Judgement, "threads", "id"),
    (Mandatory, "case_linked", "thread"),
    (Mandatory, "police_reported", "thread"),
)


def _listed(placed: Placed) -> Iterator[tuple[str, int, Path, str]]:
    """Yield list, position, path and id of each thread that a rule lists one by one."""
    for kind, name, key in _LISTS:
        if isinstance(placed.rule, kind):
            for position, one in enumerate(getattr(placed.rule, name)):
                yield name, position, (*placed.path, name, position, key), getattr(one, key)


def _given_twice(draft: Draft) -> Iterator[tuple[Path, str]]:
    for placed in draft.placed_rules():
        first: dict[tuple[str, str], int] = {}
        for name, position, path, thread in _listed(placed):
            if (name, thread) in first:
                yield path, f"the thread is item {first[name, thread] + 1} of {name!r} too; keep one of the two"
            first.setdefault((name, thread), position)


def _kept_and_excluded(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield each thread that an exclude rule takes out and another rule keeps by name, for one account at one time."""
    keeping: dict[str, list[tuple[str, Placed]]] = defaultdict(list)
    excluding = []
    for placed in draft.placed_rules():
        for name, _, path, thread in _listed(placed):
            if isinstance(placed.rule, Exclude):
                excluding.append((path, thread, placed))
            else:
                keeping[thread].append((name, placed))
    for path, thread, placed in excluding:
        found = next((one for one in keeping.get(thread, ()) if _meet(draft, placed.outer, one[1].outer)), None)
        if found:
            name, other = found[0], found[1].rule
            sentence = (
                f"the {placed.rule.rule} rule {placed.rule.id!r} takes this thread out, and the {other.rule} rule "
                f"{other.id!r} keeps it by its {name}; strike it from one of the two"
            )
            yield path, sentence


def _meet(draft: Draft, one: RuleBase, other: RuleBase) -> bool:
    """Tell whether two rules surely hold for one account at one time."""
    days = days_of(one) & days_of(other) & (draft.days or Days())
    kinds = [set(rule.applies_to.occasions) for rule in (one, other) if rule.applies_to.occasions is not None]
    if not days or (len(kinds) > 1 and not kinds[0] & kinds[1]):
        return False
    return bool(draft.scope(one) & draft.scope(other))


def _empty_by_kind(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield each exclude rule that takes out all that mandatory or predicate rules name by kind."""
    excluding = [(index, rule) for index, rule in draft.rules if isinstance(rule, Exclude) and rule.kinds]
    for index, rule in excluding:
        for position, kind in enumerate(rule.kinds):
            if kind == REMOVAL_KIND:
                sentence = "what was removed must be kept, and no rule takes it all out; name single threads instead"
                yield ("rules", index, "kinds", position), sentence
    for placed in draft.placed_rules():
        wanted = placed.rule.kinds if isinstance(placed.rule, Predicate) else ()
        for _, rule in excluding:
            if wanted and set(wanted) <= set(rule.kinds) and _within_scope(draft, placed.outer, rule):
                sentence = f"the exclude rule {rule.id!r} takes out all of these kinds; take one of the two rules out"
                yield (*placed.path, "kinds"), sentence
                break


def _within_scope(draft: Draft, inner: RuleBase, outer: RuleBase) -> bool:
    """Tell whether one rule holds wherever and whenever another does."""
    days, around = days_of(inner), days_of(outer)
    kinds, all_kinds = inner.applies_to.occasions, outer.applies_to.occasions
    return (
        around.first <= days.first
        and days.last <= around.last
        and (all_kinds is None or (kinds is not None and set(kinds) <= set(all_kinds)))
        and draft.all_accounts_sound
        and draft.scope(inner) & ~draft.scope(outer) == 0
    )


def _nothing_left(draft: Draft) -> Iterator[tuple[Path, str]]:
    for index, rule in draft.rules:
        if isinstance(rule, Combine) and rule.how == "minus":
            for position, part in enumerate(rule.parts[1:], start=1):
                if isinstance(part, Census):
                    sentence = "nothing is left when a census is taken off; name what is to be taken off"
                    yield ("rules", index, "parts", position), sentence
