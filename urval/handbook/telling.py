"""What the sentences of one rule are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.handbook.page import Sentence
from urval.handbook.scope import whom
from urval.handbook.sources import PROGRAM, resolved

if TYPE_CHECKING:
    from urval.handbook.words import Words
    from urval.spec import ArchiveSpec, RuleBase


@dataclass(frozen=True, slots=True)
class Telling:
    """One rule of a spec, in one language. ``inherited`` are the sources of the whole that a part belongs to."""

    spec: ArchiveSpec
    words: Words
    rule: RuleBase
    inherited: tuple[str, ...] = ()

    @property
    def whom(self) -> str:
        """Return which accounts, and at which occasions: the beginning of the rule's first sentence."""
        return whom(self.spec, self.words, self.rule.applies_to)

    def say(self, key: str, /, **values: object) -> Sentence:
        """Return a sentence that rests on the rule's sources."""
        return Sentence(self.words(key, **values), resolved(self.rule.source or self.inherited))

    def program(self, key: str, /, **values: object) -> Sentence:
        """Return a sentence on how the program always works."""
        return Sentence(self.words(key, **values), (PROGRAM,))
