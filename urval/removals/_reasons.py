"""Why something was removed: the codes of the register, with their words.

Source: the public lists of removal reasons of Kungsbacka and of Länsstyrelsen Västra Götaland (domain facts, 1.2).
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reason(StrEnum):
    """Why the body removed an item."""

    DEFAMATION = "defamation"
    AGITATION = "agitation"
    SEXISM = "sexism"
    VIOLENCE = "violence"
    INCITEMENT = "incitement"
    COPYRIGHT = "copyright"
    PERSONAL_DATA = "personal_data"
    OBSCENITY = "obscenity"
    SPAM = "spam"
    COMMERCE = "commerce"
    OFF_TOPIC = "off_topic"
    OTHER = "other"  # needs a note that says what

    def words(self, language: Literal["sv", "en"]) -> str:
        """Return the reason in words."""
        return WORDS[language][self]


WORDS: Mapping[str, Mapping[Reason, str]] = MappingProxyType({
    "sv": MappingProxyType({
        Reason.DEFAMATION: "förtal eller personangrepp",
        Reason.AGITATION: "hets mot folkgrupp",
        Reason.SEXISM: "sexism",
        Reason.VIOLENCE: "våld eller hot",
        Reason.INCITEMENT: "uppmaning till brott",
        Reason.COPYRIGHT: "intrång i upphovsrätt",
        Reason.PERSONAL_DATA: "personuppgifter",
        Reason.OBSCENITY: "obscent eller pornografiskt innehåll",
        Reason.SPAM: "skräp",
        Reason.COMMERCE: "reklam eller försäljning",
        Reason.OFF_TOPIC: "utanför ämnet",
        Reason.OTHER: "annat",
    }),
    "en": MappingProxyType({
        Reason.DEFAMATION: "defamation or personal attack",
        Reason.AGITATION: "agitation against a group",
        Reason.SEXISM: "sexism",
        Reason.VIOLENCE: "violence or threats",
        Reason.INCITEMENT: "incitement to crime",
        Reason.COPYRIGHT: "infringed copyright",
        Reason.PERSONAL_DATA: "personal data",
        Reason.OBSCENITY: "obscenity or pornography",
        Reason.SPAM: "spam",
        Reason.COMMERCE: "advertising or selling",
        Reason.OFF_TOPIC: "off topic",
        Reason.OTHER: "other",
    }),
})  # fmt: skip


def read_reason(text: str) -> Reason:
    """Return the reason a code names.

    Raises:
        ConfigError: There is no such code; the nearest one, also by its Swedish or English words, is suggested.
    """
    code = text.strip().lower().replace("-", "_").replace(" ", "_")
    if code in set(Reason):
        return Reason(code)
    known = {code.value: code for code in Reason}
    for words in WORDS.values():
        known |= {
            part: code for code, told in words.items() for part in (told, *told.split(" eller "), told.split()[0])
        }
    near = get_close_matches(text.strip().lower(), known, n=1, cutoff=0.6)
    listed = f"The codes are: {', '.join(Reason)}."
    if not near:
        raise ConfigError(f"There is no reason {text!r}.", next_step=listed)
    meant = known[near[0]]
    raise ConfigError(
        f"There is no reason {text!r}.", next_step=f"Did you mean {meant.value} ({meant.words('sv')})? {listed}"
    )
