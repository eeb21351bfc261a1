"""The part of a handbook page on the accounts: what the register says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.handbook.page import Block, Section, Sentence
from urval.handbook.sources import REGISTER, SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook.words import Words
    from urval.spec import Account, ArchiveSpec


def accounts(spec: ArchiveSpec, words: Words) -> Section:
    """Tell of every account of the register."""
    blocks = [
        Block((*_register(account, words), _rules(spec, account, words)), heading=account.name, name=account.id)
        for account in spec.accounts
    ]
    return Section("accounts", words("section.accounts"), tuple(blocks))


def _register(account: Account, words: Words) -> Iterator[Sentence]:
    for text in (*_what(account, words), *_goals(account, words), *_people(account, words), *_place(account, words)):
        yield Sentence(text, (REGISTER,))


def _what(account: Account, words: Words) -> Iterator[str]:
    kind = words(f"class.{account.account_class}")
    values = {"name": account.name, "class": kind, "platform": words.platform(account.platform)}
    yield words("account.what", **values)
    if account.handle:
        yield words("account.handle", handle=account.handle)
    if account.earlier_handles:
        earlier = [
            words("account.until", handle=one.handle, day=words.day(one.until)) for one in account.earlier_handles
        ]
        yield words("account.earlier", handles=words.listed(earlier))
    if account.url:
        yield words("account.url", url=account.url)
    yield words("account.purpose", purpose=words.ended(account.purpose))


def _goals(account: Account, words: Words) -> Iterator[str]:
    for goal in account.goals:
        yield words("account.goal", text=words.ended(goal.text))
        if goal.measure:
            yield words("account.measure", measure=_inner(goal.measure))
        if goal.target:
            yield words("account.target", target=_inner(goal.target))
        if goal.followed_up_at:
            yield words("account.followed", day=words.day(goal.followed_up_at))
        else:
            yield words("account.not_followed")


def _inner(text: str) -> str:
    return text.rstrip(".")


def _people(account: Account, words: Words) -> Iterator[str]:
    yield words("account.owner", name=account.owner.name, role=account.owner.role)
    if account.deputies:
        named = [
            words("account.deputy", name=one.name, role=one.role, validity=words.since(one.valid_from, one.valid_to))
            for one in account.deputies
        ]
        yield words("account.deputies", deputies=words.listed(named))
    else:
        yield words("account.no_deputy")
    if account.information_owner:
        yield words("account.information_owner", name=account.information_owner)
    if account.data_controller:
        yield words("account.controller", name=account.data_controller)
    if account.manager_approval:
        one = account.manager_approval
        reference = f", {one.reference}" if one.reference else ""
        yield words("account.approval", by=one.by, day=words.day(one.date), reference=reference)


def _place(account: Account, words: Words) -> Iterator[str]:
    if account.department:
        yield words("account.department", name=account.department)
    if account.classification:
        yield words("account.classification", text=_inner(account.classification))
    if account.reference_code:
        yield words("account.reference", text=_inner(account.reference_code))
    for key, day in (("opened", account.opened), ("closing", account.closing), ("closed", account.closed)):
        if day is not None:
            yield words(f"account.{key}", day=words.day(day))


def _rules(spec: ArchiveSpec, account: Account, words: Words) -> Sentence:
    names = list(dict.fromkeys(rule.id for rule in spec.rules if rule.covers(account, "ordinary")))
    if not names:
        return Sentence(words("account.no_rules"), (SPEC,))
    return Sentence(words("account.rules", rules=words.listed(names)), (SPEC,))
