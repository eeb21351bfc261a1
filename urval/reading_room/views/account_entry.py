"""An account's entry in the register: who answers for it and what it is for, and how the entry has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from urval.handbook import Words
from urval.reading_room.index import IndexedPackage
from urval.reading_room.pages import View
from urval.reading_room.room import Language

_LEFT_OUT = frozenset({"id", "credential", "settings", "page_view"})  # of the capture, not of the register


class Person(View):
    """Who answers for an account, or stands in: name and role, from when to when (days, local)."""

    name: str
    role: str
    valid_from: str = ""
    valid_to: str = ""


class Aim(View):
    """A goal of the account; what is not said is empty."""

    text: str
    measure: str
    target: str
    followed_up_at: str


class EntryView(View):
    """The register's entry. Days are local; what the register does not say is empty."""

    name: str
    platform: str
    platform_name: str
    handle: str
    url: str
    account_class: str
    purpose: str
    goals: list[Aim]
    owner: Person
    deputies: list[Person]
    information_owner: str
    department: str
    data_controller: str
    classification: str
    reference_code: str
    opened: str
    closing: str
    closed: str
    earlier_handles: list[str]


class FieldChange(View):
    """A field of the entry that differs between two packages; lists are told item by item, with semicolons."""

    field: str
    before: str
    after: str


class EntryChange(View):
    """What changed in the entry, seen in a package beside the one before it."""

    package: str
    seen_at: datetime
    fields: list[FieldChange]


def entry_of(said: Mapping[str, Any], language: Language) -> EntryView:
    """Return an entry as the register has it in a spec or a manifest; whatever is not as it should be is left empty."""
    words = Words(language)
    platform = _text(said, "platform")
    kind = _text(said, "class")
    return EntryView(
        name=_text(said, "name"), platform=platform, platform_name=words.platform(platform) if platform else "",
        handle=_text(said, "handle"), url=_text(said, "url"), account_class=words.known(f"class.{kind}", kind),
        purpose=_text(said, "purpose"), goals=[_goal(one) for one in _list(said, "goals")],
        owner=_person(_mapping(said.get("owner"))), deputies=[_person(one) for one in _list(said, "deputies")],
        information_owner=_text(said, "information_owner"), department=_text(said, "department"),
        data_controller=_text(said, "data_controller"), classification=_text(said, "classification"),
        reference_code=_text(said, "reference_code"), opened=_text(said, "opened"), closing=_text(said, "closing"),
        closed=_text(said, "closed"), earlier_handles=[_text(one, "handle") for one in _list(said, "earlier_handles")],
    )  # fmt: skip


def entry_changes(packages: Sequence[IndexedPackage]) -> list[EntryChange]:
    """Return how the entry changed from package to package, by the time of their captures; the newest change first."""
    told = sorted(
        ((one.manifest.capture.ended_at, one.package_id, one.manifest.account) for one in packages if one.manifest),
        key=lambda entry: entry[:2],
    )
    found = []
    for (_, _, before), (at, name, after) in pairwise(told):
        fields = [
            FieldChange(field=key, before=_told(before.get(key)), after=_told(after.get(key)))
            for key in sorted({*before, *after} - _LEFT_OUT) if before.get(key) != after.get(key)
        ]  # fmt: skip
        if fields:
            found.append(EntryChange(package=name, seen_at=at, fields=fields))
    return found[::-1]


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(said: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = said.get(key)
    return [_mapping(one) for one in value] if isinstance(value, list) else []


def _person(said: Mapping[str, Any]) -> Person:
    return Person(
        name=_text(said, "name"), role=_text(said, "role"), valid_from=_text(said, "valid_from"),
        valid_to=_text(said, "valid_to"),
    )  # fmt: skip


def _goal(said: Mapping[str, Any]) -> Aim:
    return Aim(
        text=_text(said, "text"), measure=_text(said, "measure"), target=_text(said, "target"),
        followed_up_at=_text(said, "followed_up_at"),
    )  # fmt: skip


def _told(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_told(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(_told(one) for one in value.values() if one)
    return "" if value is None else str(value)
