"""Media named in a platform's HTML: pictures (the largest of ``srcset``), films and sound. Nothing is fetched here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from connectors._address import joined
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANY = re.compile("<(?:img|video|audio|source)", re.IGNORECASE)
_KINDS = {"img": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


@dataclass(frozen=True, slots=True)
class Named:
    """A medium named in HTML. Sizes are in pixels, as the page says."""

    url: str
    kind: MediaKind
    alt_text: str | None
    width: int | None
    height: int | None


class _Finder(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Named] = {}
        self._base = base
        self._inside = MediaKind.VIDEO

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in {"video", "audio"}:
            self._inside = _KINDS[tag]
        kind = self._inside if tag == "source" else _KINDS.get(tag)
        if kind is None:
            return
        held = {name: value or "" for name, value in attrs}
        source = _largest(held.get("srcset", ""), held.get("src", "")) if tag == "img" else held.get("src", "")
        if not source.strip() or source.lstrip().lower().startswith("data:"):
            return  # a data address carries its bytes in the text, which is kept as given
        url = joined(self._base, source)
        sizes = (_number(held.get("width", "")), _number(held.get("height", "")))
        self.found.setdefault(url, Named(url, kind, held.get("alt") or None, *sizes))


def media_in(html: str, base: str) -> tuple[Named, ...]:
    """Return the media an HTML text names, each address once, in order; ``base`` completes relative addresses."""
    if not _ANY.search(html):  # most texts: reading them as HTML takes ten times as long as all the rest
        return ()
    finder = _Finder(base)
    finder.feed(html)
    finder.close()
    return tuple(finder.found.values())


def _largest(srcset: str, src: str) -> str:
    """Return the widest candidate of a ``srcset`` if it says widths and is wider than the rest, else ``src``."""
    best, width = src, 0
    for candidate in srcset.split(", "):
        parts = candidate.split()
        if len(parts) == 2 and parts[1].endswith("w") and parts[1][:-1].isdecimal() and int(parts[1][:-1]) > width:  # noqa: PLR2004
            best, width = parts[0], int(parts[1][:-1])
    return best


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 9 else None  # noqa: PLR2004 - fits the table's 32 bits
