"""The rules of a package's selection in the words of the handbook page, out of the archive spec that it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.handbook import Words
from urval.handbook.rules import block_of
from urval.reading_room.damage import Damage, damage_of
from urval.reading_room.pages import View
from urval.review.words import WORDS
from urval.spec import Exclude, parse_spec

if TYPE_CHECKING:
    from urval.handbook import Block
    from urval.reading_room.objects import PackageObjects
    from urval.reading_room.room import Language
    from urval.spec import ArchiveSpec

SPEC = "data/spec/archive-spec.yaml"


class RuleLine(View):
    """One rule: what it does in words, what its threads may be used to show, and how many threads it named."""

    id: str
    heading: str
    sentences: list[str]
    claim: str  # statistical, illustrative, evidential; empty where it makes none
    claim_words: str
    threads: int
    excludes: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a package. ``damage`` says why they cannot be told in words; None where they can."""

    blocks: dict[str, Block]
    excludes: frozenset[str]
    claims: dict[str, str]
    threads: dict[str, int]
    language: Language
    damage: Damage | None = None

    def line(self, name: str) -> RuleLine:
        """Return one rule. The review and the register of removed items are told as rules too."""
        words = WORDS[self.language]
        block, claim = self.blocks.get(name), self.claims.get(name, "")
        return RuleLine(
            id=name,
            heading=block.heading if block else words.get(f"rule.{name}", name),
            sentences=[one.text for one in block.sentences] if block else [],
            claim=claim,
            claim_words=words.get(f"claim.{claim}", claim) if claim else "",
            threads=self.threads.get(name, 0),
            excludes=name in self.excludes,
        )

    def lines(self) -> list[RuleLine]:
        """Return every rule that counted, those that keep first, by the threads they named."""
        found = [self.line(name) for name in self.threads]
        return sorted(found, key=lambda one: (one.excludes, -one.threads, one.id))


def rules_of(package: PackageObjects, language: Language) -> Rules:
    """Return the rules of a package, from its own copy of the spec."""
    said = package.manifest.selection
    try:
        spec = _spec(package.read(SPEC))
    except UrvalError as error:
        return Rules({}, frozenset(), said.claims, said.by_rule, language, damage_of(error))
    ends = date.fromisoformat(package.manifest.period.id.partition("--")[2])
    words = Words(language)
    mine = [rule for rule in spec.rules if rule.id in said.by_rule]
    mine.sort(key=lambda rule: rule.in_force(ends))  # of several versions of a rule, the one that held comes last
    return Rules(
        {rule.id: block_of(spec, words, rule) for rule in mine},
        frozenset(rule.id for rule in mine if isinstance(rule, Exclude)),
        said.claims, said.by_rule, language,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _spec(data: bytes) -> ArchiveSpec:
    """Return a spec by its bytes: most packages hold the same one, and reading it is most of a page's work."""
    return parse_spec(data, SPEC).spec
