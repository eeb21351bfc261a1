"""The register of accounts: what a public list of a body's accounts says about each, and how to reach it.

Source: requirement R01 (every account is listed in a register) and the metadata per account, docs/format.md.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from urval.spec.scalars import Credential, Id, IsoDate, Part, Text, WebAddress, Word, problem

AccountClass = Literal["main", "unit", "project", "leader", "seasonal", "employer"]


def _absent(value: object) -> bool:
    """Tell what packages of specs that do not name it say nothing of."""
    return value is None


class Owner(Part):
    """Who answers for the account."""

    name: Text = Field(description="The person or function that answers for the account.")
    role: Text = Field(description="The role in the body, for example communications officer.")


class Deputy(Part):
    """Who stands in for the owner, and when."""

    name: Text = Field(description="The person or function that stands in.")
    role: Text = Field(description="The role in the body.")
    valid_from: IsoDate = Field(description="First day.")
    valid_to: IsoDate | None = Field(default=None, description="Last day; left out: until further notice.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise problem("valid_to lies before valid_from; exchange the two or correct one", at="valid_to")
        return self


class Approval(Part):
    """The manager's leave to start the account."""

    by: Text = Field(description="Who gave it.")
    date: IsoDate = Field(description="When.")
    reference: Text | None = Field(default=None, description="Its reference.")


class EarlierHandle(Part):
    """A short name the account had before."""

    handle: Text = Field(description="The name.")
    until: IsoDate = Field(description="The last day it was used.")


class Goal(Part):
    """One goal of the account, and how it is followed up."""

    text: Text = Field(description="The goal, in the words of the body.")
    measure: Text | None = Field(default=None, description="How it is measured.")
    target: Text | None = Field(default=None, description="What is to be reached.")
    followed_up_at: IsoDate | None = Field(default=None, description="When it was last followed up.")


class Account(Part):
    """One account of the body, with its register entry and the settings its connector needs."""

    id: Id = Field(description="The archive's own name of the account; part of keys and folder names, never reused.")
    platform: Word = Field(description="The platform, as the connectors name it: facebook, wordpress …")
    name: Text = Field(description="The name people know the account by.")
    handle: Text | None = Field(default=None, description="The platform's short name of the account.")
    url: WebAddress | None = Field(default=None, description="The account's public address.")
    account_class: AccountClass = Field(
        alias="class", description="What kind of account it is; rules may depend on it."
    )
    purpose: Text = Field(description="What the account is for.")
    goals: tuple[Goal, ...] = Field(default=(), description="The account's goals.")
    owner: Owner = Field(description="The person or function that answers for it.")
    deputies: tuple[Deputy, ...] = Field(default=(), description="Who stands in for the owner.")
    information_owner: Text | None = Field(default=None, description="The board or office that judges archival value.")
    opened: IsoDate | None = Field(default=None, description="The day the account was opened.")
    closing: IsoDate | None = Field(
        default=None,
        exclude_if=_absent,
        description="The day the account is to be closed. The last capture is made that day, before it is closed, and "
        "covers all days before it.",
    )
    closed: IsoDate | None = Field(default=None, description="The day the account was closed; needs 'closing' too.")
    manager_approval: Approval | None = Field(
        default=None, exclude_if=_absent, description="The manager's leave to start the account."
    )
    earlier_handles: tuple[EarlierHandle, ...] = Field(
        default=(), exclude_if=lambda value: not value, description="Short names the account had before."
    )
    department: Text | None = Field(
        default=None, exclude_if=_absent, description="The board or department (nämnd, förvaltning) it belongs to."
    )
    classification: Text | None = Field(
        default=None, exclude_if=_absent, description="Its place in the classification scheme."
    )
    data_controller: Text | None = Field(
        default=None, exclude_if=_absent, description="The board that answers for personal data."
    )
    reference_code: Text | None = Field(default=None, description="The archive's reference code of the series.")
    settings: dict[Word, Text] = Field(
        default_factory=dict, description="What the platform's connector needs: page_id, base_url, api_version …"
    )
    credential: Credential | None = Field(
        default=None, description="Where the credential lies: env:NAME, block:NAME or file:/PATH."
    )

    page_view: Literal["account", "off"] | None = Field(
        default=None,
        exclude_if=_absent,
        description="A picture of the account's public page as a visitor sees it: account, or off. Left out: account "
        "where the platform's terms allow it, else off; and off under a fixed clock.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, day in (("closed", self.closed), ("closing", self.closing)):
            if self.opened is not None and day is not None and day < self.opened:
                raise problem(f"{name} lies before opened; exchange the two or correct one", at=name)
        if self.closed is not None and self.closing is None:
            sentence = (
                "closed needs closing too, the day of the last capture; add 'closing', that day or an earlier one"
            )
            raise problem(sentence, at="closed")
        if self.closed is not None and self.closing is not None and self.closed < self.closing:
            sentence = "closed lies before closing; the last capture comes first, so correct one of the two"
            raise problem(sentence, at="closed")
        return self
