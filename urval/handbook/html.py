"""A handbook page as one HTML file: nothing is loaded from anywhere, and nothing of a spec is taken for markup."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook.page import Block, Page, Reference, Section


def html_page(page: Page) -> str:
    """Return the page as HTML that a browser shows and prints without any other file."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    style = files("urval.handbook").joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield f'<!DOCTYPE html>\n<html lang="{page.language}">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(page.title)}</title>\n<style>{style}</style>\n</head>\n<body>"
    yield f'<main>\n<h1>{escape(page.title)}</h1>\n<p class="lead">{escape(page.lead)}</p>'
    yield from _contents(page)
    for section in page.sections:
        yield from _section(page, section)
    yield from _sources(page)
    yield "</main>\n</body>\n</html>"


def _contents(page: Page) -> Iterator[str]:
    yield f'<nav aria-labelledby="contents">\n<h2 id="contents">{escape(page.contents)}</h2>\n<ol>'
    for section in page.sections:
        yield f'<li><a href="#{section.id}">{escape(section.title)}</a></li>'
    yield f'<li><a href="#sources">{escape(page.sources_title)}</a></li>\n</ol>\n</nav>'


def _section(page: Page, section: Section) -> Iterator[str]:
    yield f'<section>\n<h2 id="{section.id}">{escape(section.title)}</h2>'
    for block in section.blocks:
        yield from _block(page, block)
    yield "</section>"


def _block(page: Page, block: Block) -> Iterator[str]:
    if block.heading:
        yield f"<h3>{escape(block.heading)} <code>{escape(block.name)}</code></h3>"
    told = (" ".join([escape(one.text), *(_mark(page, key) for key in one.sources)]) for one in block.sentences)
    yield "<p>" + "\n".join(told) + "</p>"


def _mark(page: Page, key: str) -> str:
    return f'<a class="mark" href="#{_anchor(key)}">[{escape(page.label(key))}]</a>'


def _anchor(key: str) -> str:
    """Return the id of a source in the list; those of grounds and of marks never meet."""
    return escape(f"mark-{key[1:]}" if key.startswith("@") else f"source-{key}")


def _sources(page: Page) -> Iterator[str]:
    yield f'<section>\n<h2 id="sources">{escape(page.sources_title)}</h2>'
    grounds = [one for one in page.references if one.number is not None]
    if grounds:
        yield '<ol class="references">'
        yield from (f'<li id="{_anchor(one.key)}">{_reference(page, one)}</li>' for one in grounds)
        yield "</ol>"
    yield '<ul class="marks">'
    for one in page.references:
        if one.number is None:
            yield f'<li id="{_anchor(one.key)}">{_reference(page, one)}</li>'
    yield "</ul>\n</section>"


def _reference(page: Page, one: Reference) -> str:
    before, label, after = (escape(part) for part in one.split())
    unused = "" if one.used else f' <span class="soft">{escape(page.unused)}</span>'
    address = escape(one.url) if one.url else ""
    link = f' <a class="address" href="{address}" rel="noreferrer">{address}</a>' if address else ""
    return f"{before}<strong>{label}</strong>{after}{unused}{link}"
