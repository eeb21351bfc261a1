"""An archive spec as a page of a handbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.handbook import sections
from urval.handbook.accounts import accounts
from urval.handbook.disposal import retention
from urval.handbook.page import Page
from urval.handbook.sources import references
from urval.handbook.words import Words

if TYPE_CHECKING:
    from urval.handbook.page import Language
    from urval.spec import ArchiveSpec


def handbook(spec: ArchiveSpec, language: Language | None = None, *, sha256: str = "") -> Page:
    """Return the rules of a spec in plain words, each sentence with its sources.

    Args:
        spec: The spec.
        language: Left out: the spec's own, in which its purposes and reasons are written.
        sha256: The hex digest of the spec's file, for the list of sources.
    """
    words = Words(language or spec.language)
    parts = (
        sections.who(spec, words),
        sections.when(spec, words),
        sections.kept(spec, words),
        sections.never(spec, words),
        sections.chance(spec, words),
        sections.shows(spec, words),
        sections.review(spec, words),
        retention(spec, words),
        sections.formats(spec, words),
        accounts(spec, words),
        sections.cannot(spec, words),
    )
    used = {key for part in parts for block in part.blocks for one in block.sentences for key in one.sources}
    return Page(
        title=words("page_title", name=spec.archive.name),
        lead=words("page_lead", id=spec.id, version=spec.version),
        language=words.language,
        contents=words("contents"),
        sources_title=words("section.sources"),
        unused=words("unused"),
        sections=parts,
        references=references(spec, words, used, sha256),
    )
