"""PREMIS 3: the files and what they belong to, what happened to them, and who did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from urval.package.delivery.markup import PREMIS, XSI, below, element, one_line, put, to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from urval.package.delivery.entries import Entry

_PRONOM = "PRONOM"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts: ``type`` is person, organization or software."""

    name: str
    type: str
    version: str | None = None
    note: str | None = None

    @property
    def ident(self) -> str:
        """Return the identifier the events name it by."""
        return one_line(f"{self.type}:{self.name}" + (f" {self.version}" if self.version else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event. ``type`` is a term of the Library of Congress' list of preservation events, where there is one."""

    type: str
    at: str
    detail: str
    outcome: str | None = None
    notes: tuple[str, ...] = ()
    actors: tuple[tuple[Actor, str], ...] = field(default=())  # each with its role in the event


@dataclass(frozen=True, slots=True)
class Whole:
    """Something that files make up: an intellectual entity or a representation, and what it is part of or shows."""

    ident: str
    category: str  # intellectualEntity or representation
    original_name: str | None = None
    belongs: tuple[tuple[str, str, str], ...] = ()  # relationship type, subtype, identifier of the other


def write_premis(
    wholes: Sequence[Whole],
    files: Iterable[tuple[Entry, str, str]],
    happenings: Sequence[Happening] = (),
) -> bytes:
    """Return the bytes of a PREMIS file.

    Args:
        wholes: Intellectual entities and representations.
        files: Each file with its name in the sealed package and the identifier of what it is part of.
        happenings: The events, in order; each is linked to the first of ``wholes``.
    """
    root = element(PREMIS, "premis", version="3.0")
    for whole in wholes:
        _whole(root, whole)
    for entry, original, part_of in files:
        _file(root, entry, original, part_of)
    for number, happening in enumerate(happenings, start=1):
        _event(root, number, happening, wholes[0].ident)
    actors = {actor.ident: actor for one in happenings for actor, _ in one.actors}
    for ident in sorted(actors):
        _agent(root, actors[ident])
    return to_bytes(root)


def _whole(root: Element, whole: Whole) -> None:
    made = below(root, "object")
    put(made, XSI, "type", f"premis:{whole.category}")
    _identify(made, "object", whole.ident)
    if whole.original_name is not None:
        below(made, "originalName", whole.original_name)
    for kind, subtype, other in whole.belongs:
        _relate(made, kind, subtype, other)


def _file(root: Element, entry: Entry, original: str, part_of: str) -> None:
    made = below(root, "object")
    put(made, XSI, "type", "premis:file")
    _identify(made, "object", entry.path)
    traits = below(made, "objectCharacteristics")
    fixity = below(traits, "fixity")
    below(fixity, "messageDigestAlgorithm", "SHA-256")
    below(fixity, "messageDigest", entry.sha256)
    below(traits, "size", str(entry.size))
    kind = below(traits, "format")
    below(below(kind, "formatDesignation"), "formatName", entry.format.name)
    if entry.format.puid is not None:
        registry = below(kind, "formatRegistry")
        below(registry, "formatRegistryName", _PRONOM)
        below(registry, "formatRegistryKey", entry.format.puid)
    below(kind, "formatNote", entry.format.mime)
    below(made, "originalName", original)
    _relate(made, "structural", "is part of", part_of)


def _relate(parent: Element, kind: str, subtype: str, other: str) -> None:
    relation = below(parent, "relationship")
    below(relation, "relationshipType", kind)
    below(relation, "relationshipSubType", subtype)
    _identify(relation, "relatedObject", other)


def _event(root: Element, number: int, one: Happening, about: str) -> None:
    made = below(root, "event")
    _identify(made, "event", f"event-{number:06d}")
    below(made, "eventType", one.type)
    below(made, "eventDateTime", one.at)
    below(below(made, "eventDetailInformation"), "eventDetail", one.detail)
    if one.outcome is not None or one.notes:
        outcome = below(made, "eventOutcomeInformation")
        if one.outcome is not None:
            below(outcome, "eventOutcome", one.outcome)
        for note in one.notes:
            below(below(outcome, "eventOutcomeDetail"), "eventOutcomeDetailNote", note)
    for actor, role in one.actors:
        link = _identify(made, "linkingAgent", actor.ident)
        below(link, "linkingAgentRole", role)
    _identify(made, "linkingObject", about)


def _agent(root: Element, actor: Actor) -> None:
    made = below(root, "agent")
    _identify(made, "agent", actor.ident)
    below(made, "agentName", one_line(actor.name))
    below(made, "agentType", actor.type)
    if actor.version is not None:
        below(made, "agentVersion", actor.version)
    if actor.note is not None:
        below(made, "agentNote", actor.note)


def _identify(parent: Element, kind: str, value: str) -> Element:
    made = below(parent, f"{kind}Identifier")
    below(made, f"{kind}IdentifierType", "local")
    below(made, f"{kind}IdentifierValue", one_line(value))
    return made
