"""A handbook page as text for a terminal, at most 100 columns wide."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook.page import Block, Page, Reference

WIDTH = 100
_FIXED = "\u00a0"  # a space at which no line ends; a terminal shows a plain one


def terminal_text(page: Page) -> str:
    """Return the page as lines of at most :data:`WIDTH` columns, but for addresses that are longer."""
    return "\n".join(_lines(page)) + "\n"


def wrapped(text: str, indent: str = "  ", hanging: str = "") -> list[str]:
    """Return a sentence in lines; the second and later ones stand further in by ``hanging``."""
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_FIXED, " ") for line in lines]


def _lines(page: Page) -> Iterator[str]:
    yield from (page.title, "=" * min(len(page.title), WIDTH), "")
    yield from wrapped(page.lead, "")
    for number, section in enumerate(page.sections, 1):
        yield from ("", "", f"{number}. {section.title}", "")
        for place, block in enumerate(section.blocks):
            if place:
                yield ""
            yield from _block(page, block)
    yield from ("", "", page.sources_title, "")
    for reference in page.references:
        yield from _reference(page, reference)


def _block(page: Page, block: Block) -> Iterator[str]:
    inner = "  "
    if block.heading:
        yield from wrapped(f"{block.heading} ({block.name})")
        inner = "    "
    for one in block.sentences:
        marks = " ".join(f"[{page.label(key)}]".replace(" ", _FIXED) for key in one.sources)
        yield from wrapped(f"{one.text} {marks}", inner, "  ")


def _reference(page: Page, one: Reference) -> Iterator[str]:
    number = f"{one.number}." if one.number is not None else "–"
    unused = "" if one.used else f" {page.unused}"
    before, label, after = one.split()
    text = f"[{label}]{after}" if not before else f"[{one.label}] {one.text}"
    yield from wrapped(f"{number:<3} {text}{unused}", hanging="    ")
    if one.url:
        yield f"      {one.url}"
