"""How a feed is read: RSS 2.0 (and its elder forms), Atom 1.0, RSS 1.0. Each entry becomes a JSON record, whole.

A record holds the entry's elements and attributes with their namespaces, its XML as written, and what it inherits: the
address that relative ones are meant from, and the language. Only links that the feed itself announces lead to further
pages: ``next`` of a paged feed, ``prev-archive`` of an archived one (RFC 5005).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from connectors._address import joined
from connectors._feed_xml import XML, Document, Element, parsed, repaired
from connectors._formats import Format
from urval.errors import MalformedError

ATOM: Final = "{http://www.w3.org/2005/Atom}"
RSS1: Final = "{http://purl.org/rss/1.0/}"
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
BASE, _LANGUAGE = f"{{{XML}}}base", f"{{{XML}}}lang"
_ENTRIES: Final = ("item", f"{RSS1}item", f"{ATOM}entry")
_MOST: Final = 100_000  # entries of one document
_ENCODER: Final = msgspec.json.Encoder()


class Record(msgspec.Struct, omit_defaults=True, gc=False):
    """One entry."""

    id: str  # as the feed gives it, else the entry's address; empty if it has neither
    entry: Element
    xml: str
    base: str = ""  # xml:base in force
    home: str = ""  # the feed's own page
    language: str = ""


class Head(msgspec.Struct, omit_defaults=True):
    """A feed without its entries."""

    feed: Element
    base: str = ""
    language: str = ""


class Feed(msgspec.Struct):
    """A document: its head, its entries in order, and the address of the next document."""

    head: Head
    records: list[Record]
    next: str | None


def named(local: str) -> tuple[str, str, str]:
    """Return the names an element has in RSS 2.0, RSS 1.0 and Atom."""
    return local, RSS1 + local, ATOM + local


def feed_of(body: bytes) -> Feed:
    """Read a feed.

    Raises:
        MalformedError: It is no feed, or cannot be read safely.
    """
    document = parsed(body)
    root = document.root
    channel = root if root.name == f"{ATOM}feed" else root.child("channel", f"{RSS1}channel")
    if channel is None or root.name not in {"rss", _RDF, f"{ATOM}feed"}:
        raise MalformedError(f"The document is no feed: it is called {root.name[:80]!r}.")
    found = [one for parent in ((root,) if root is channel else (root, channel)) for one in parent.children(*_ENTRIES)]
    if len(found) > _MOST:
        raise MalformedError(f"The feed has more than {_MOST} entries.")
    base = joined(root.attributes.get(BASE, ""), channel.attributes.get(BASE, ""))
    language = channel.attributes.get(_LANGUAGE) or root.attributes.get(_LANGUAGE) or _told(channel)
    head = Element(channel.name, channel.attributes, [one for one in channel.content if not _is_entry(one)])
    records = [_record(document, one, Head(head, base, language)) for one in found]
    return Feed(Head(head, base, language), records, _next(head, base))


def _is_entry(part: str | Element) -> bool:
    return isinstance(part, Element) and part.name in _ENTRIES


def _record(document: Document, entry: Element, head: Head) -> Record:
    return Record(
        id=_entry_id(entry),
        entry=entry,
        xml=document.written(entry),
        base=joined(head.base, entry.attributes.get(BASE, "")),
        home=joined(head.base, home_of(head.feed)),
        language=entry.attributes.get(_LANGUAGE) or head.language,
    )


def _entry_id(entry: Element) -> str:
    given = entry.child("guid", f"{ATOM}id")
    return (given.text().strip() if given is not None else "") or entry.attributes.get(_ABOUT, "") or home_of(entry)


def _told(channel: Element) -> str:
    """Return the language an RSS channel names."""
    found = channel.child("language", "{http://purl.org/dc/elements/1.1/}language")
    return found.text().strip() if found is not None else ""


def home_of(channel: Element) -> str:
    """Return the address of the page that a feed or an entry is about."""
    for link in channel.children(*named("link")):
        if link.name == f"{ATOM}link":
            if link.attributes.get("rel", "alternate") == "alternate" and link.attributes.get("href"):
                return link.attributes["href"].strip()
        elif address := link.text().strip():
            return address
    return ""


def _next(head: Element, base: str) -> str | None:
    """Return the address of the next document, completed by the feed's own; None if the feed names none."""
    links = {link.attributes.get("rel"): link.attributes.get("href", "") for link in head.children(f"{ATOM}link")}
    address = links.get("next") or links.get("prev-archive")
    own = joined(base or home_of(head), links.get("self", ""))
    return joined(own, address) if address else None


def _cut(body: bytes, _place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    feed = feed_of(body)
    return {"next": feed.next}, [msgspec.Raw(_ENCODER.encode(record)) for record in feed.records]


def _well_formed(body: bytes) -> bool:
    try:
        feed_of(body)
    except MalformedError:
        return False
    return True


FEED_FORMAT: Final = Format(
    accept="application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8",
    well_formed=_well_formed,
    cut=_cut,
    mended=repaired,
)
