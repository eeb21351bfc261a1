"""Which accounts a rule concerns, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urval.handbook.words import Words
    from urval.spec import AppliesTo, ArchiveSpec


def whom(spec: ArchiveSpec, words: Words, applies_to: AppliesTo) -> str:
    """Return the beginning of a rule's sentence: Of leaders' accounts on Facebook."""
    classes = [words(f"classes.{name}") for name in applies_to.classes or ()]
    if applies_to.accounts:
        known = {account.id: account.name for account in spec.accounts}
        named = [words.quoted(known[one]) if one in known else one for one in applies_to.accounts]
        text = words("scope.accounts", names=words.listed(named), count=len(named))
    elif classes:
        text = words("scope.classes", classes=words.listed(classes))
    else:
        text = words("scope.all")
    if applies_to.platforms:
        names = [words.platform(name) for name in applies_to.platforms]
        text += words("scope.platforms", platforms=words.listed(names, "or"))
    if applies_to.accounts and classes:
        text += words("scope.those", classes=words.listed(classes))
    if applies_to.occasions:
        when = words.listed([words(f"occasion.{kind}") for kind in applies_to.occasions], "or")
        text = words("scope.when", scope=text, when=when)
    return text
