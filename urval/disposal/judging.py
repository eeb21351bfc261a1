"""Whether a thing may be destroyed today: by which rules, since when, and everything that stands against it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from urval.disposal.due import due_day
from urval.disposal.records import AppliedRule, DecisionRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from urval.disposal.holds import Hold
    from urval.disposal.records import Kind
    from urval.spec import RetentionRule
    from urval.spec.retention import DisposalDecision

NEEDS_RULE: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {"capture": ("unselected_raw",), "package": ("selected", "snapshot"), "removal": ("removed_item",)}
)
"""The classes of records that each kind of thing holds: all of them must be decided upon."""

EXECUTED: Final = frozenset(name for names in NEEDS_RULE.values() for name in names)
"""The classes whose disposal Urval executes."""

_ALSO_HOLDS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType({"package": ("manifest",)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What the store holds of one thing, and what its ledger says.

    ``made`` is the local day of the capture, or of the entry; ``triggers`` has for each trigger that has come its local
    day; ``packages`` are the ids of the packages made of it; ``obstacles`` are those that the store's state makes;
    ``locked`` says until when the store itself refuses, "" where it does not.
    """

    thing: str
    kind: Kind
    account: str
    period: str
    id: str
    sha256: str
    files: int
    bytes: int
    made: date
    triggers: Mapping[str, date]
    packages: tuple[str, ...] = ()
    received: bool = False
    looked_at: bool = False
    locked: str = ""
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a thing may not be destroyed; ``code`` is a key of ``words``, ``about`` what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A thing for which some rule speaks of disposal. ``due`` is None where a period has not begun to count."""

    thing: Thing
    rules: tuple[AppliedRule, ...]
    due: date | None
    obstacles: tuple[Obstacle, ...] = field(default=())

    @property
    def is_due(self) -> bool:
        """Return whether it may be destroyed."""
        return not self.obstacles


def judge(thing: Thing, rules: Sequence[RetentionRule], holds: Iterable[Hold], today: date) -> Candidate | None:
    """Judge one thing by the spec's retention rules on a local day; None where no rule disposes of such things."""
    mine = [rule for rule in rules if rule.record_class in NEEDS_RULE[thing.kind]]
    disposing = [rule for rule in mine if rule.action == "dispose"]
    if not disposing:
        return None
    applied = [one for rule in disposing if (one := _applied(rule, thing)) is not None]
    against = [
        *thing.obstacles,
        *_undecided(thing, rules),
        *(one for rule in disposing for one in _of_rule(rule, thing, today)),
        *(Obstacle("hold", f"{hold.id}, {hold.reason}") for hold in holds if hold.covers(thing)),
    ]
    if thing.locked:
        against.append(Obstacle("locked", thing.locked))
    due = max((due_day_of(one) for one in applied), default=None) if len(applied) == len(disposing) else None
    return Candidate(thing=thing, rules=tuple(applied), due=due, obstacles=tuple(dict.fromkeys(against)))


def due_day_of(rule: AppliedRule) -> date:
    """Return the day on which the rule's period has passed."""
    return date.fromisoformat(rule.due)


def _undecided(thing: Thing, rules: Sequence[RetentionRule]) -> Iterator[Obstacle]:
    """Tell which classes the thing holds that no rule disposes of, or that a rule keeps."""
    for name in (*NEEDS_RULE[thing.kind], *_ALSO_HOLDS.get(thing.kind, ())):
        actions = {rule.action: rule for rule in rules if rule.record_class == name}
        if "dispose" not in actions and name in NEEDS_RULE[thing.kind]:
            yield Obstacle("no_decision", name)
        for action, rule in actions.items():
            if action != "dispose":
                yield Obstacle("kept_by_rule", f"{rule.id} ({name})")


def _of_rule(rule: RetentionRule, thing: Thing, today: date) -> Iterator[Obstacle]:
    if rule.decision is None or rule.period is None:  # the model asks for both
        yield Obstacle("no_decision", rule.record_class)
        return
    yield from _of_decision(rule.decision, thing, today)
    applied = _applied(rule, thing)
    if applied is None:
        yield Obstacle("not_begun", str(rule.trigger))
    elif due_day_of(applied) > today:
        yield Obstacle("not_expired", applied.due)
    if rule.hold:
        yield Obstacle("rule_hold", f"{rule.id}, {rule.hold}")
    if "receipt" in rule.needs and not thing.received:
        yield Obstacle("no_receipt", rule.id)
    if "review" in rule.needs and not thing.looked_at:
        yield Obstacle("not_looked_at", rule.id)


def _of_decision(decision: DisposalDecision, thing: Thing, today: date) -> Iterator[Obstacle]:
    first = max(decision.date, decision.valid_from or decision.date)
    if today < first:
        yield Obstacle("not_in_force", f"{decision.reference}, {first}")
    if decision.covers_from is not None and thing.made < decision.covers_from:
        yield Obstacle("not_covered", f"{decision.reference}, {decision.covers_from}")


def _applied(rule: RetentionRule, thing: Thing) -> AppliedRule | None:
    since = thing.triggers.get(str(rule.trigger))
    if rule.decision is None or rule.period is None or since is None:
        return None
    made = rule.decision
    return AppliedRule(
        rule=rule.id,
        record_class=rule.record_class,
        trigger=str(rule.trigger),
        since=since.isoformat(),
        period=rule.period,
        due=due_day(since, rule.period).isoformat(),
        method=rule.method,
        decision=DecisionRef(
            authority=made.authority,
            reference=made.reference,
            date=made.date.isoformat(),
            valid_from=made.valid_from.isoformat() if made.valid_from else None,
            covers_from=made.covers_from.isoformat() if made.covers_from else None,
        ),
    )
