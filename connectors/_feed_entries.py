"""What an entry of a feed says: link, times, title and text as HTML, author, media. Pure.

Texts are HTML: where an entry's text is declared plain, its signs are escaped. Sources: RSS 2.0; RFC 4287; Media RSS.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from connectors._address import joined
from connectors._connector import MediaRef
from connectors._content import media_in
from connectors._feed_format import ATOM, BASE, home_of, named
from urval.errors import MalformedError
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors._feed_format import Record
    from connectors._feed_xml import Element

_DC, _TERMS = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}"
_MEDIA: Final = "{http://search.yahoo.com/mrss/}"
_ENCODED: Final = "{http://purl.org/rss/1.0/modules/content/}encoded"
_COUNTS: Final = ("{http://purl.org/rss/1.0/modules/slash/}comments", "{http://purl.org/syndication/thread/1.0}total")
_PUBLISHED: Final = (
    "pubDate",
    f"{ATOM}published",
    f"{ATOM}issued",
    f"{_TERMS}issued",
    f"{_DC}date",
    f"{_TERMS}created",
)
_UPDATED: Final = (f"{ATOM}updated", f"{ATOM}modified", f"{_TERMS}modified")
_TEXTS: Final = (_ENCODED, f"{ATOM}content", *named("description"), f"{ATOM}summary")
_KINDS: Final = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_LONGEST: Final = 9  # digits of a count or a size that fit the tables


def permalink(entry: Element) -> str | None:
    """Return the entry's address; an RSS id counts as one unless it says that it is none."""
    given = entry.child("guid")
    is_link = given is not None and given.attributes.get("isPermaLink", "true").strip().lower() != "false"
    fallback = given.text().strip() if given is not None and is_link else ""
    return home_of(entry) or (fallback if fallback.startswith(("http://", "https://")) else None)


def times(entry: Element) -> tuple[datetime, datetime | None]:
    """Return when the entry was published and, if told, last changed.

    Raises:
        MalformedError: It has no time at all, or one that cannot be read.
    """
    published, updated = _time(entry, _PUBLISHED), _time(entry, _UPDATED)
    first = published or updated
    if first is None:
        raise MalformedError("the entry says neither when it was published nor when it was changed")
    return first, updated


def _time(entry: Element, names: tuple[str, ...]) -> datetime | None:
    found = entry.child(*names)
    text = found.text().strip() if found is not None else ""
    return instant(text) if text else None


def instant(text: str) -> datetime:
    """Read an instant as RFC 822 or RFC 3339 write it; without a zone it counts as UTC.

    Raises:
        MalformedError: It is neither.
    """
    try:
        when = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"{text[:60]!r} is no time") from error
    try:
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError as error:
        raise MalformedError(f"{text[:60]!r} is no time") from error


def title(entry: Element) -> str | None:
    """Return the title as HTML."""
    found = entry.child(*named("title"))
    return None if found is None else _as_html(found).strip() or None


def text(entry: Element) -> str:
    """Return the fullest text there is, as HTML."""
    found = _fullest(entry)
    return "" if found is None else _as_html(found)


def _fullest(entry: Element) -> Element | None:
    return next((found for name in _TEXTS for found in entry.children(name) if _as_html(found)), None)


def base_of(record: Record) -> str:
    """Return what relative addresses of an entry are relative to: what the feed says, else the entry's page."""
    shown = _fullest(record.entry)
    stated = record.base if shown is None else joined(record.base, shown.attributes.get(BASE, ""))
    return joined(record.home, stated or home_of(record.entry))


def author(entry: Element) -> str | None:
    """Return the author's name."""
    found = entry.child(f"{_DC}creator", "author", f"{ATOM}author")
    name = found and (found.child(f"{ATOM}name") or found)
    return (name.text().strip() or None) if name else None


def comment_count(entry: Element) -> int | None:
    """Return how many comments the site counts, if the feed tells."""
    found = entry.child(*_COUNTS)
    told = found.text().strip() if found is not None else ""
    return int(told) if told.isdecimal() and len(told) <= _LONGEST else None


def _as_html(element: Element) -> str:
    kind = element.attributes.get("type", "text" if element.name.startswith(ATOM) else "html").strip().lower()
    if kind in {"xhtml", "application/xhtml+xml"} or element.children():
        inner = element.children()
        return _markup(inner[0] if kind == "xhtml" and len(inner) == 1 else element)
    told = element.text()
    return told if kind in {"html", "text/html"} else html.escape(told, quote=False)


def _markup(element: Element) -> str:
    """Write what is inside an element as HTML."""
    parts = []
    for part in element.content:
        if isinstance(part, str):
            parts.append(html.escape(part, quote=False))
            continue
        local = part.name.rpartition("}")[2]
        told = "".join(f' {key.rpartition("}")[2]}="{html.escape(value)}"' for key, value in part.attributes.items())
        parts.append(f"<{local}{told}>{_markup(part)}</{local}>" if part.content else f"<{local}{told}/>")
    return "".join(parts)


def media(entry: Element, owner: str, base: str, shown: str) -> tuple[MediaRef, ...]:
    """Return enclosures, Media RSS content and what the text shows, each address once."""
    found: dict[str, MediaRef] = {}
    for address, kind, alt, size in _attached(entry):
        if not address:
            continue
        url = joined(base, address)
        ref = MediaRef(
            id=f"{owner}#{len(found) + 1}", url=url, kind=kind, alt_text=alt or None, width=size[0], height=size[1]
        )
        found.setdefault(url, ref)
    for one in media_in(shown, base):
        ref = MediaRef(
            id=f"{owner}#{len(found) + 1}", url=one.url, kind=one.kind, alt_text=one.alt_text, width=one.width,
            height=one.height,
        )  # fmt: skip
        found.setdefault(one.url, ref)
    return tuple(found.values())


def _attached(entry: Element) -> Iterator[tuple[str, MediaKind, str, tuple[int | None, int | None]]]:
    """Give the media that stand beside the text: address, kind, description, size."""
    none = (None, None)
    for one in entry.children("enclosure"):
        yield one.attributes.get("url", "").strip(), _kind(one), "", none
    for one in entry.children(f"{ATOM}link"):
        if one.attributes.get("rel") == "enclosure":
            yield one.attributes.get("href", "").strip(), _kind(one), one.attributes.get("title", ""), none
    groups = [entry, *entry.children(f"{_MEDIA}group")]
    shown = [one for group in groups for one in group.children(f"{_MEDIA}content")]
    for one in shown or [one for group in groups for one in group.children(f"{_MEDIA}thumbnail")]:
        told = one.child(f"{_MEDIA}description", f"{_MEDIA}title")
        size = (_number(one.attributes.get("width", "")), _number(one.attributes.get("height", "")))
        default = MediaKind.IMAGE if one.name.endswith("thumbnail") else None
        yield one.attributes.get("url", "").strip(), default or _kind(one), told.text().strip() if told else "", size


def _kind(element: Element) -> MediaKind:
    told = element.attributes.get("medium") or element.attributes.get("type", "").partition("/")[0]
    return _KINDS.get(told.strip().lower(), MediaKind.FILE)


def _number(told: str) -> int | None:
    return int(told) if told.isdecimal() and len(told) <= _LONGEST else None
