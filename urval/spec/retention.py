"""Retention: what is preserved or disposed of, when, and by which decision. Nothing here destroys anything.

Source: requirements R22-R26; a municipality needs a decision of its own (RA-FS 2021:6 binds state authorities only).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from urval.spec.scalars import Duration, Id, IsoDate, Part, Text, problem

RetentionClass = Literal[
    "snapshot",
    "selected",
    "unselected_raw",
    "removed_item",
    "private_message",
    "run_log",
    "manifest",
    "access_copy",
    "credentials",
]

_STATE = re.compile(r"\bRA[- ]?(?:FS|MS)\b|riksarkiv", re.IGNORECASE)  # the National Archives and its regulations


def _own(value: str) -> str:
    if _STATE.search(value):
        raise problem(
            "names the National Archives (Riksarkivet, RA-FS), which binds state authorities only; a municipality "
            "needs a decision of its own, so name that one"
        )
    return value


OwnDecision = Annotated[Text, AfterValidator(_own)]
"""Text about a decision that is not the National Archives' (requirement R26)."""


class DisposalDecision(Part):
    """The decision of the body's own archive authority or board that allows disposal."""

    authority: OwnDecision = Field(description="Who decided: the body's own board or archive authority.")
    reference: OwnDecision = Field(description="The decision's reference (diarienummer).")
    date: IsoDate = Field(description="When it was decided.")
    valid_from: IsoDate | None = Field(default=None, description="First day it may be applied.")
    covers_from: IsoDate | None = Field(default=None, description="Only what was made from this day on.")


class RetentionRule(Part):
    """What becomes of one class of what the archive holds."""

    id: Id = Field(description="The rule's name.")
    record_class: RetentionClass = Field(alias="class", description="What it is about.")
    action: Literal["preserve", "dispose", "deliver"] = Field(
        description="preserve (bevaras), dispose (gallras) or deliver (överlämnas)."
    )
    trigger: Literal["captured_at", "delivered_at", "case_closed", "account_closed", "no_longer_current"] | None = (
        Field(default=None, description="From when the period counts.")
    )
    period: Duration | None = Field(default=None, description="How long it is kept after that (ISO 8601), as P2Y.")
    decision: DisposalDecision | None = Field(default=None, description="What allows it; disposal needs one.")
    needs: tuple[Literal["receipt", "second_approver", "review"], ...] = Field(
        default=(), description="What must be there before it is executed."
    )
    hold: Text | None = Field(default=None, description="Why nothing may be disposed of for now.")
    method: Text | None = Field(default=None, description="How it is destroyed.")
    source: tuple[Id, ...] = Field(default=(), description="Where it comes from: ids of 'grounds'.")

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.action != "dispose":
            return self
        if self.decision is None:
            raise problem("disposal needs a decision of the body's own; add 'decision', or preserve", at="action")
        if self.trigger is None or self.period is None:
            raise problem("disposal needs trigger and period; give both", at="action")
        return self
