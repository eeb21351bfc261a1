"""Archived text as plain text: what a website keeps as HTML is brought to its words, never to its markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HTML_PLATFORMS = frozenset({"wordpress"})  # their interface gives text as HTML
_BLOCKS = frozenset({
    "p", "div", "section", "article", "figure", "figcaption", "table", "tr", "ul", "ol", "li", "dl", "dt", "dd", "pre",
    "hr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "br",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "template", "noscript"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINES = re.compile(r" *\n[ \n]*")


def plain_text(text: str, platform: str) -> str:
    """Return a text as it is, or, of a platform that keeps HTML, its words with a line for each block."""
    if platform not in HTML_PLATFORMS or "<" not in text:
        return text
    reader = _Words()
    reader.feed(text)
    reader.close()
    return _LINES.sub("\n", "".join(reader.parts)).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n")
        elif tag == "img":
            self.parts.append(f"[{dict(attrs).get('alt') or '…'}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_SPACE.sub(" ", data))
