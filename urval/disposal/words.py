"""Obstacles, losses and headings of a disposal in Swedish and English."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urval.disposal.judging import Obstacle
    from urval.disposal.records import Kind

Language = Literal["sv", "en"]

OBSTACLES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "no_decision": ("inget gallringsbeslut omfattar klassen {about}", "no decision allows disposal of class {about}"),
    "kept_by_rule": ("regeln {about} bevarar eller överlämnar det", "rule {about} preserves or delivers it"),
    "not_in_force": ("beslutet får inte tillämpas än: {about}", "the decision may not be applied yet: {about}"),
    "not_covered": ("beslutet omfattar bara det som gjorts från och med: {about}",
                    "the decision covers only what was made from: {about}"),
    "not_begun": ("fristen har inte börjat löpa ({about})", "the period has not begun to count ({about})"),
    "not_expired": ("fristen går ut {about}", "the period ends on {about}"),
    "rule_hold": ("regeln är vilande: {about}", "the rule is on hold: {about}"),
    "hold": ("stoppad: {about}", "on hold: {about}"),
    "locked": ("lagringen vägrar: {about}", "the store refuses: {about}"),
    "no_receipt": ("kvitto på leveransen saknas (regeln {about})", "no receipt of delivery (rule {about})"),
    "not_looked_at": ("ingen person har granskat urvalet (regeln {about})",
                      "no person has reviewed the selection (rule {about})"),
    "not_packaged": ("perioden är inte paketerad", "the period is not packaged"),
    "not_verified": ("paketet {about} är inte kontrollerat efter lagringen",
                     "the package {about} was not verified after it was stored"),
    "under_review": ("ett förslag för perioden är öppet", "a proposal of the period is open"),
    "damaged": ("går inte att läsa, så ingen kan säga vad det är: {about}",
                "cannot be read, so nobody can say what it is: {about}"),
    "no_ledger": ("kontot har ingen liggare", "the account has no ledger"),
    "ledger_broken": ("liggaren är bruten: {about}", "the ledger is broken: {about}"),
    "waits_for_package": ("det har inte kommit med i kontots nästa paket än",
                          "it has not gone into the account's next package yet"),
})  # fmt: skip

_LOST: Mapping[Kind, tuple[tuple[str, str], ...]] = MappingProxyType({
    "capture": (
        ("trådarna som inte valdes", "the threads that were not selected"),
        ("möjligheten att göra om urvalet och att kontrollera det mot ramen (SEL-6)",
         "selecting again, and checking the selection against its frame (SEL-6)"),
        ("möjligheten att komplettera paketet ur insamlingen", "supplementing the package from the capture"),
        ("de fullständiga råa utbytena, där paketet inte har dem",
         "the whole raw exchanges, unless the package has them"),
    ),
    "package": (
        ("de valda trådarna, deras data, bilder och återgivning",
         "the selected threads, their data, media and rendering"),
        ("sökning, sammanställning och prövning av äkthet för kontot och perioden",
         "search, compilation and judging authenticity for the account and period"),
    ),
    "removal": (
        ("den registrerade posten och dess filer i registret", "the registered entry and its files in the register"),
        ("möjligheten att känna igen det borttagna vid en senare kontroll",
         "recognising the removed item in a later check"),
    ),
})  # fmt: skip
_STAYS: Mapping[Kind, tuple[tuple[str, str], ...]] = MappingProxyType({
    "capture": (
        ("paketet med det som valdes", "the package with what was selected"),
        ("antal och kontrollsumma för varje tråd i ramen, i paketets urvalstabell",
         "the number and digest of every thread of the frame, in the package's selection table"),
    ),
    "package": (
        ("kontrollsumman för manifestet, i gravstenen och liggaren",
         "the digest of the manifest, in tombstone and ledger"),
        ("kopior hos andra, till exempel i e-arkivet", "copies that others hold, as in the e-archive"),
    ),
    "removal": (
        ("paket som posten redan ingår i", "packages that hold the entry already"),
    ),
})  # fmt: skip
_ALWAYS = ("gravsten, protokoll och liggare", "tombstone, protocol and ledger")


def told(obstacle: Obstacle, language: Language) -> str:
    """Return an obstacle in words."""
    swedish, english = OBSTACLES[obstacle.code]
    return (swedish if language == "sv" else english).format(about=obstacle.about)


def lost(kind: Kind, language: Language) -> tuple[str, ...]:
    """Return what is lost with a thing."""
    return tuple(pair[language != "sv"] for pair in _LOST[kind])


def stays(kind: Kind, language: Language) -> tuple[str, ...]:
    """Return what stays when a thing is destroyed."""
    return tuple(pair[language != "sv"] for pair in (*_STAYS[kind], _ALWAYS))
