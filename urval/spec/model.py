"""The archive spec: who keeps, which accounts, which rules, when, how. Inert data, dated, with its decision."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from urval.errors import ConfigError
from urval.spec.register import Account  # noqa: TC001 - pydantic reads the annotations
from urval.spec.retention import RetentionRule  # noqa: TC001 - as above
from urval.spec.rules import Rule  # noqa: TC001 - as above
from urval.spec.rules_naming import DayRange
from urval.spec.scalars import FormatNumber, Id, IsoDate, MonthDay, Part, Persons, Text, Timezone, WebAddress, problem
from urval.spec.sealing import SealRule  # noqa: TC001 - as above
from urval.spec.storage import StorageRule  # noqa: TC001 - as above

if TYPE_CHECKING:
    from datetime import date

    from urval.spec.rule_base import OccasionKind

PdfStandard = Literal["a-2a", "a-2b", "a-2u", "a-3a", "a-3b", "a-3u", "ua-1"]
_MEDIA_BYTES = 2 * 1024**3
_SOURCE = "Where it comes from: ids of 'grounds'."
Sources: TypeAlias = tuple[Id, ...]


class Archive(Part):
    """The archive creator (arkivbildare)."""

    id: Id = Field(description="Short name, part of keys and folder names.")
    name: Text = Field(description="The body's name.")
    organisation_number: Text | None = Field(default=None, description="Swedish organisation number.")


class Decision(Part):
    """The decision the spec rests on (requirement R18)."""

    authority: Text = Field(description="Who decided, for example the municipal board.")
    reference: Text = Field(description="The decision's reference (diarienummer).")
    date: IsoDate = Field(description="When it was decided.")


class Ground(Part):
    """Where a rule of the spec comes from."""

    id: Id | None = Field(default=None, description="Its name, by which 'source' refers to it.")
    text: Text = Field(description="The text or document, in words.")
    url: WebAddress | None = Field(default=None, description="Its address.")


class Term(DayRange):
    """A term (termin): the part of the year whose middle a window can be centred on."""

    id: Id = Field(description="The term's name.")
    source: Sources = Field(default=(), description=_SOURCE)


class Blackout(DayRange):
    """Days of the year that say little about everyday work, such as summer; a capture then is flagged."""

    reason: Text = Field(description="Why.")
    source: Sources = Field(default=(), description=_SOURCE)


class OccasionRule(Part):
    """One capture time of every year. It covers the period that ends, exclusively, at ``period_end``."""

    id: Id = Field(description="The occasion's name; with the year in front it names one occasion.")
    opens: MonthDay = Field(description="First day on which to capture, on or after period_end.")
    closes: MonthDay = Field(description="Last day; a later capture is late, and flagged.")
    period_end: MonthDay = Field(description="The first day that is no longer covered.")
    source: Sources = Field(default=(), description=_SOURCE)


class Limits(Part):
    """Bounds of a capture. What passes them becomes a gap."""

    media_bytes: int = Field(default=_MEDIA_BYTES, ge=1, description="Largest single medium, in bytes.")
    money_usd: float | None = Field(
        default=None, gt=0, description="Most that an occasion may cost at platforms that sell access, in US dollars."
    )


class FormatPolicy(Part):
    """Formats the receiving archive asks for, and when. The days of two policies may not overlap."""

    valid_from: IsoDate | None = Field(default=None, description="First day: of captures made from then on.")
    valid_to: IsoDate | None = Field(default=None, description="Last day; left out: until further notice.")
    source: Sources = Field(default=(), description=_SOURCE)
    pdf: tuple[PdfStandard, ...] = Field(default=("a-2a", "ua-1"), min_length=1, description="Standards of the PDF.")

    @model_validator(mode="after")
    def _one_level(self) -> Self:
        if len([standard for standard in self.pdf if standard.startswith("a-")]) != 1 or len(set(self.pdf)) > 2:  # noqa: PLR2004 - PDF/A and PDF/UA
            raise problem("pdf needs exactly one PDF/A level, and ua-1 at most once beside it", at="pdf")
        return self

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise problem("valid_to lies before valid_from; exchange the two or correct one", at="valid_to")
        return self


class ReviewRule(Part):
    """How many people must approve what is proposed before it is packaged."""

    persons: Persons = Field(default=1, description="1, or 2 for the two-person rule: two different people.")
    source: Sources = Field(default=(), description=_SOURCE)


class ArchiveSpec(Part):
    """One archive spec, of format 1. Days are local to ``timezone``."""

    format: FormatNumber = Field(description="The format of this file: 1.")
    id: Id = Field(description="The spec's name.")
    version: Text = Field(description="The spec's version, as text in quotes; every change gets a new one.")
    valid_from: IsoDate = Field(description="First day the spec is in force.")
    valid_to: IsoDate | None = Field(default=None, description="Last day; left out: until further notice.")
    language: Literal["sv", "en"] = Field(description="The language of packages and their snapshots.")
    timezone: Timezone = Field(default="Europe/Stockholm", description="IANA time zone of all days in the spec.")
    archive: Archive = Field(description="The archive creator.")
    decision: Decision | None = Field(default=None, description="The decision; without one the spec runs dry only.")
    grounds: tuple[Ground, ...] = Field(default=(), description="Where the rules come from.")
    terms: tuple[Term, ...] = Field(default=(), description="The terms of the year.")
    occasions: tuple[OccasionRule, ...] = Field(min_length=1, description="The capture times of the year.")
    single_occasion_reason: Text | None = Field(default=None, description="Why once a year is enough, if it is.")
    blackouts: tuple[Blackout, ...] = Field(default=(), description="Days to keep away from.")
    first_period_start: IsoDate = Field(
        description="Where the first period starts; the next ones follow without holes."
    )
    accounts: tuple[Account, ...] = Field(min_length=1, description="The register of accounts.")
    rules: tuple[Rule, ...] = Field(min_length=1, description="What is selected.")
    seed: Text = Field(description="Public text mixed into the seed of random choices; decide it before the capture.")
    limits: Limits = Field(default=Limits(), description="Bounds of a capture.")
    format_policy: tuple[FormatPolicy, ...] = Field(
        default=(), description="Which formats the receiving archive asks for, by date; else PDF/A-2a with PDF/UA-1."
    )
    review: ReviewRule = Field(default=ReviewRule(), description="Who approves.")
    seal: SealRule | None = Field(default=None, description="Who signs the packages; left out: nobody does.")
    storage: StorageRule | None = Field(
        default=None, description="How long what is stored stays locked; left out: as the store itself says."
    )
    retention: tuple[RetentionRule, ...] = Field(default=(), description="What is preserved or disposed of, and when.")

    @property
    def dry_run_only(self) -> bool:
        """Whether the spec lacks a decision, so that nothing may be packaged from it (requirement R18)."""
        return self.decision is None

    def in_force(self, day: date) -> bool:
        """Tell whether the spec is in force on a local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def account(self, account_id: str) -> Account:
        """Return the account of that id.

        Raises:
            ConfigError: The register has no such account.
        """
        known = {account.id: account for account in self.accounts}
        if account_id in known:
            return known[account_id]
        near = get_close_matches(account_id, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"The spec lists: {', '.join(known)}."
        raise ConfigError(f"The spec {self.id!r} has no account {account_id!r}.", next_step=hint)

    def rules_for(self, account: Account, day: date, kind: OccasionKind = "ordinary") -> tuple[Rule, ...]:
        """Return the rules for an account at a kind of occasion, as they stand on a local day, in the spec's order."""
        return tuple(rule for rule in self.rules if rule.covers(account, kind) and rule.in_force(day))

    def formats_on(self, day: date) -> FormatPolicy:
        """Return the format policy of a local day."""
        dated = (
            one
            for one in self.format_policy
            if (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or day <= one.valid_to)
        )
        return next(dated, FormatPolicy())


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an archive spec, each field described; made once, not to alter."""
    schema = ArchiveSpec.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """Return the text of ``archive_specs/schema.json``: the same on every machine."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
