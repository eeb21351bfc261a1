"""Reads a feed's XML without trusting it: no entity may be declared, nothing is fetched, depth is limited.

Feeds are often broken. ``repaired`` mends what would cost the whole of one: a wrong encoding, HTML's entities without a
declaration, bare ampersands, characters that XML forbids. Sources: XML 1.0; RFC 7303 section 3.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import TYPE_CHECKING, Final
from xml.parsers import expat  # declared entities are refused below, external ones are never fetched

import msgspec

from urval.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Mapping

XML: Final = "http://www.w3.org/XML/1998/namespace"
_DEEPEST: Final = 200  # levels of elements
_MOST: Final = 200_000  # elements; each costs some hundred bytes, however few it takes in the document
_SLICED: Final = 3  # levels of elements whose own text is kept: root, channel, entries
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED: Final = re.compile(rb"""\A\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARK: Final = re.compile(r"<!\[CDATA\[|<!--|&(#\d{1,7};|#x[0-9a-fA-F]{1,6};|\w{1,40};)?")
_CLOSES: Final = {"<![CDATA[": "]]>", "<!--": "-->"}
_KNOWN: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


class Element(msgspec.Struct, omit_defaults=True, gc=False):
    """An element: expanded name (``{namespace}local``), attributes, texts and elements in order."""

    name: str
    attributes: dict[str, str] = {}
    content: list[str | Element] = []

    def children(self, *names: str) -> list[Element]:
        """Return the elements directly inside, of these names if any are given."""
        return [one for one in self.content if isinstance(one, Element) and (not names or one.name in names)]

    def child(self, *names: str) -> Element | None:
        """Return the first element directly inside that has one of these names, by the order of the names."""
        for name in names:
            for one in self.content:
                if isinstance(one, Element) and one.name == name:
                    return one
        return None

    def text(self) -> str:
        """Return all text inside."""
        if len(self.content) == 1 and isinstance(self.content[0], str):
            return self.content[0]
        return "".join(part if isinstance(part, str) else part.text() for part in self.content)


class Document(msgspec.Struct):
    """A parsed document: its root, and the text of each element down to ``_SLICED`` levels, by identity."""

    root: Element
    source: bytes
    spans: dict[int, tuple[int, int]]

    def written(self, element: Element) -> str:
        """Return the element as it is written in the document."""
        start, end = self.spans[id(element)]
        return self.source[start:end].decode()


class _Builder:
    """Builds the tree while the parser runs."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._parser = expat.ParserCreate("utf-8", "}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._parser.SkippedEntityHandler = self._refuse
        self._open: list[Element] = []
        self._elements = 0
        self._root: Element | None = None
        self._spans: dict[int, tuple[int, int]] = {}

    def built(self) -> Document:
        """Parse the document.

        Raises:
            MalformedError: It is not well formed, declares entities, or is nested too deeply.
        """
        try:
            self._parser.Parse(self._source, True)
        except expat.ExpatError as error:
            raise MalformedError(f"The feed is no well-formed XML: {error}.") from error
        if self._root is None:
            raise MalformedError("The feed is empty.")
        return Document(self._root, self._source, self._spans)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= _DEEPEST or self._elements > _MOST:
            raise MalformedError(f"The feed nests more than {_DEEPEST} elements, or has more than {_MOST}.")
        held = {_expanded(key): value for key, value in attributes.items()}
        element = Element(_expanded(name), held, [])
        if len(self._open) < _SLICED:
            self._spans[id(element)] = (self._parser.CurrentByteIndex, 0)
        if self._open:
            self._open[-1].content.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if id(element) in self._spans:
            start, at = self._spans[id(element)][0], self._parser.CurrentByteIndex
            alone = not element.content and self._source[at - 2 : at] == b"/>"  # expat then stands behind it
            self._spans[id(element)] = (start, at if alone else self._source.index(b">", at) + 1)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)

    @staticmethod
    def _refuse(*_declaration: object) -> int:
        raise MalformedError("The feed declares or names entities of its own, which are not read.")


def parsed(body: bytes) -> Document:
    """Parse a document as it declares itself.

    Raises:
        MalformedError: It is not well formed, its encoding is wrong, it declares entities, or is nested too deeply.
    """
    try:
        text = _without_mark(body).decode(_encoding(body))
    except (UnicodeError, LookupError) as error:
        raise MalformedError(f"The feed is not written in the encoding it declares: {error}.") from error
    source = _DECLARATION.sub("", text).lstrip().encode("utf-8", "surrogatepass")
    return _Builder(source).built()


def repaired(body: bytes) -> bytes:
    """Return a document with what can be mended mended, in UTF-8 and without its XML declaration."""
    text = _DECLARATION.sub("", _leniently(body)).lstrip()
    return _mended(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)).encode()


def _expanded(name: str) -> str:
    return "{" + name if "}" in name else name


def _encoding(body: bytes) -> str:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    declared = _DECLARED.match(body)
    return declared.group(1).decode("ascii") if declared else "utf-8"


def _without_mark(body: bytes) -> bytes:
    return next((body[len(mark) :] for mark, _ in _BOMS if body.startswith(mark)), body)


def _leniently(body: bytes) -> str:
    """Decode as declared, else as UTF-8, else as Windows does; the last gives every byte some character."""
    bare = _without_mark(body)
    for name in (_encoding(body), "utf-8", "windows-1252"):
        try:
            return bare.decode(name)
        except (UnicodeError, LookupError):
            continue
    return bare.decode("windows-1252", "replace")


def _mended(text: str) -> str:
    """Escape ampersands that begin no reference XML knows, outside sections that are taken as they stand.

    A section that is never closed is looked for once, so that a hostile text costs no more than its length.
    """
    parts: list[str] = []
    at, unclosed = 0, set[str]()
    while found := _MARK.search(text, at):
        parts.append(text[at : found.start()])
        at, mark = found.end(), found[0]
        close = _CLOSES.get(mark)
        if close is None:
            parts.append(_reference(found[1]))
            continue
        end = -1 if mark in unclosed else text.find(close, at)
        if end < 0:
            unclosed.add(mark)
            parts.append(mark)
        else:
            parts.append(text[found.start() : end + len(close)])
            at = end + len(close)
    return "".join((*parts, text[at:]))


def _reference(name: str | None) -> str:
    if name is None:
        return "&amp;"
    if name in _KNOWN:
        return f"&{name}"
    if not name.startswith("#"):
        character = html5.get(name)
        return f"&amp;{name}" if character is None else character.replace("<", "&lt;").replace("&", "&amp;")
    number = int(name[2:-1], 16) if name[1] == "x" else int(name[1:-1])
    allowed = number < 0x110000 and not _FORBIDDEN.match(chr(number))  # noqa: PLR2004 - Unicode's end
    return f"&{name}" if allowed else "\N{REPLACEMENT CHARACTER}"
