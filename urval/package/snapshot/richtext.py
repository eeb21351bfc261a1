"""Archived text as blocks of lines: plain text as it is, WordPress HTML through a whitelist.

HTML and PDF are both made from these blocks, so no markup of the archived text ever reaches either of them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

Direction = Literal["ltr", "rtl"]
_LINES = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_DEEPEST_LIST = 6
# Elements that begin a block of their own; every other element is dropped to its text.
_BLOCKS = frozenset({
    "p", "div", "section", "article", "aside", "header", "footer", "figure", "figcaption", "table", "tr", "ul", "ol",
    "li", "dl", "dt", "dd", "pre", "hr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "address", "form",
    "fieldset", "details", "summary", "main", "nav",
})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD = frozenset({"strong", "b", "th"})
_ITALIC = frozenset({"em", "i", "cite"})
_EMBEDS = frozenset({"iframe", "video", "audio", "embed", "object", "source"})


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one style. ``address``: the address behind a link, shown as plain text."""

    text: str
    bold: bool = False
    italic: bool = False
    address: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One line or paragraph. ``gap``: set off from the one before. ``level``: indentation of lists and quotations."""

    runs: tuple[Run, ...]
    direction: Direction = "ltr"
    kind: Literal["p", "h", "li", "quote"] = "p"
    gap: bool = False
    level: int = 0
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Placeholders:
    """Words, in the snapshot's language, for what stands inside an HTML text but is no text."""

    picture: str
    embedded: str


def direction_of(text: str) -> Direction:
    """Return the base direction by the first strong character (Unicode bidirectional algorithm, rules P2 and P3)."""
    if text.isascii():
        return "ltr"
    for char in text:
        strong = unicodedata.bidirectional(char)
        if strong == "L":
            return "ltr"
        if strong in {"R", "AL"}:
            return "rtl"
    return "ltr"


def plain_blocks(text: str) -> tuple[Block, ...]:
    """Return one block a line; an empty line sets the next one off."""
    blocks: list[Block] = []
    gap = False
    for line in _LINES.split(text):
        if line.strip():
            blocks.append(Block((Run(line),), direction_of(line), gap=gap and bool(blocks)))
        gap = not line.strip()
    return tuple(blocks)


def html_blocks(markup: str, words: Placeholders) -> tuple[Block, ...]:
    """Return the blocks of an HTML text. Scripts and styles are dropped; unknown elements leave their text."""
    parser = _BlockParser(words)
    parser.feed(markup)
    parser.close()
    parser.end_block()
    return tuple(parser.blocks)


def one_line(blocks: tuple[Block, ...], limit: int) -> str:
    """Return the beginning of a text as one line without direction controls, for headings and contents."""
    text = " ".join("".join(run.text for run in block.runs) for block in blocks[:6])
    text = " ".join(_BIDI_CONTROLS.sub("", text[: limit * 4]).split())
    if len(text) <= limit:
        return text
    cut = text[:limit].rsplit(" ", 1)[0]
    return (cut if len(cut) > limit // 2 else text[:limit]).rstrip(",;:.– ") + " …"


class _BlockParser(HTMLParser):
    """Turns a stream of tags into blocks; tolerant of everything, because the text is whatever was posted."""

    def __init__(self, words: Placeholders) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._words = words
        self._runs: list[Run] = []
        self._bold = self._italic = self._quote = self._pre = self._hidden = 0
        self._heading = False
        self._lists: list[int | None] = []  # the next number of an ordered list, None for a bulleted one
        self._marker = ""
        self._gap = False
        self._links: list[tuple[str, int, int]] = []  # address, and where its text began: closed block, run
        self._closed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _BLOCKS:
            self.end_block()
            self._open_block(tag)
        elif tag == "br":
            self.end_block(gap=False)
        elif tag in {"script", "style"}:
            self._hidden += 1
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", self._closed, len(self._runs)))
        elif tag == "img":
            self._note(self._words.picture, dict(attrs).get("alt") or "")
        elif tag in _EMBEDS:
            self._note(self._words.embedded, dict(attrs).get("src") or dict(attrs).get("data") or "")
        elif tag == "td":
            self._add(" ")
        self._style(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        """Close an element; a stray end tag does nothing."""
        self._style(tag, -1)
        if tag in _BLOCKS:
            self.end_block()
            self._close_block(tag)
        elif tag in {"script", "style"}:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        """Take text; white space folds as in a browser, except inside ``pre``."""
        if self._hidden:
            return
        if not self._pre:
            self._add(_SPACE.sub(" ", data))
            return
        for number, line in enumerate(_LINES.split(data)):
            if number:
                self.end_block(gap=False)
            self._add(line)

    def end_block(self, *, gap: bool = True) -> None:
        """Close the running block; ``gap`` sets the next one off."""
        runs, self._runs = self._runs, []
        self._closed += 1
        text = "".join(run.text for run in runs)
        if text.strip():
            kind: Literal["p", "h", "li", "quote"] = "p"
            if self._heading:
                kind = "h"
            elif self._quote:
                kind = "quote"
            elif self._lists:
                kind = "li"
            level = min(_DEEPEST_LIST, len(self._lists) + max(0, self._quote - 1))
            first = self._gap and bool(self.blocks)
            self.blocks.append(Block(tuple(runs), direction_of(text), kind, first, level, self._marker))
            self._marker = ""
            self._gap = gap and kind != "li"
        elif gap:
            self._gap = self._gap or not self._lists

    def _open_block(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            self._marker = "•" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1
        elif tag == "blockquote":
            self._quote += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in _HEADINGS:
            self._heading = True

    def _close_block(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
            self._gap = self._gap or not self._lists
        elif tag == "blockquote":
            self._quote = max(0, self._quote - 1)
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in _HEADINGS:
            self._heading = False

    def _style(self, tag: str, step: int) -> None:
        if tag in _BOLD:
            self._bold = max(0, self._bold + step)
        elif tag in _ITALIC:
            self._italic = max(0, self._italic + step)

    def _end_link(self, href: str, closed: int, first: int) -> None:
        href = href.strip()
        first = first if closed == self._closed else 0
        shown = "".join(run.text for run in self._runs[first:]).strip()
        if href and not href.startswith("#") and shown.rstrip("/") != href.rstrip("/"):
            self._runs.append(Run(f" ({href})", address=True))

    def _note(self, word: str, detail: str) -> None:
        detail = _SPACE.sub(" ", detail).strip()
        self._runs.append(Run(f"[{word}: {detail}]" if detail else f"[{word}]", italic=True))

    def _add(self, text: str) -> None:
        if not self._pre and (not self._runs or self._runs[-1].text.endswith(" ")):
            text = text.lstrip(" ")
        if text:
            self._runs.append(Run(text, self._bold > 0, self._italic > 0))
