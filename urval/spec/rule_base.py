"""What every selection rule has: its name and version, when and for which accounts it holds, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from urval.spec.register import AccountClass  # noqa: TC001 - pydantic reads the annotations
from urval.spec.scalars import Id, IsoDate, Part, Text, Word, problem

if TYPE_CHECKING:
    from datetime import date

    from urval.spec.register import Account

# These stand in a selection where a rule's id would; no rule may bear them.
NOT_SELECTED = "not-selected"  # a thread that no rule names
REVIEW = "review"  # what a person added or took out
REMOVALS = "removal-register"  # what the body removed, where the spec has no mandatory rule of its own
NOT_ADDED = "not-added"  # in a supplement: a thread that it does not add
RESERVED_IDS = frozenset({NOT_SELECTED, REVIEW, REMOVALS, NOT_ADDED})

REMOVAL_KIND = "removal"  # the kind of a thread that was entered in the register of removed items

AnyClaim = Literal["statistical", "illustrative", "evidential"]
ChosenClaim = Literal["illustrative", "evidential"]
OccasionKind = Literal["ordinary", "change", "closing", "extra"]


class AppliesTo(Part):
    """Which accounts a rule concerns: those that fit every list given."""

    accounts: tuple[Id, ...] | None = Field(default=None, min_length=1, description="Only these accounts.")
    classes: tuple[AccountClass, ...] | None = Field(default=None, min_length=1, description="Only these classes.")
    platforms: tuple[Word, ...] | None = Field(default=None, min_length=1, description="Only these platforms.")
    occasions: tuple[OccasionKind, ...] | None = Field(
        default=None, min_length=1, description="Only at occasions of these kinds: ordinary, change, closing, extra."
    )

    def covers(self, account: Account, kind: OccasionKind | None = None) -> bool:
        """Tell whether the account, and the kind of occasion where one is given, fit every list given."""
        return (
            (self.accounts is None or account.id in self.accounts)
            and (self.classes is None or account.account_class in self.classes)
            and (self.platforms is None or account.platform in self.platforms)
            and (self.occasions is None or kind is None or kind in self.occasions)
        )


class RuleBase(Part):
    """The common fields. Several versions of a rule share an id; their days of validity may not overlap."""

    id: Id = Field(description="The rule's name; it stands in packages beside every thread the rule names.")
    version: Text | None = Field(default=None, description="The rule's version, as text in quotes.")
    valid_from: IsoDate | None = Field(
        default=None, description="First day of the rule. It holds for periods whose end (period_end) is in its days."
    )
    valid_to: IsoDate | None = Field(default=None, description="Last day; left out: until further notice.")
    decision_ref: Text | None = Field(
        default=None, description="The decision the rule rests on, if another than the spec's."
    )
    applies_to: AppliesTo = Field(default=AppliesTo(), description="Which accounts; left out: all.")
    purpose: Text | None = Field(default=None, description="Why the rule is there.")
    source: tuple[Id, ...] = Field(default=(), description="Where it comes from: ids of 'grounds'.")
    on_empty: Literal["ok", "fail"] = Field(
        default="ok", description="What it means if the rule names no thread: ok, or fail, which stops the account."
    )

    def covers(self, account: Account, kind: OccasionKind | None = None) -> bool:
        """Tell whether the rule applies to the account, at a kind of occasion where one is given."""
        return self.applies_to.covers(account, kind)

    def in_force(self, day: date) -> bool:
        """Tell whether the rule holds on a local day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise problem("valid_to lies before valid_from; exchange the two or correct one", at="valid_to")
        return self
