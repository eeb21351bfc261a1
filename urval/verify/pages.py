"""Reading one HTML page of a snapshot: which threads and comments it shows, what it would run or load.

Browsers forgive more than ``html.parser`` does, so what the two could read differently is refused instead of guessed.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from urval.verify.layout import PENDING_MARKUP
from urval.verify.phrases import Phrase
from urval.verify.plain_page import PLAIN_BYTES, plain_tags

if TYPE_CHECKING:
    from collections.abc import Container
    from typing import BinaryIO

_BLOCK = 1 << 16
# Elements that run code, embed another document, change how addresses are read, or hide markup from one reader only.
_REFUSED = frozenset({
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "portal", "noscript", "noembed",
    "noframes", "xmp", "plaintext", "template", "style", "svg", "math", "textarea", "listing",
})  # fmt: skip
_LOADING = frozenset({
    "src", "srcset", "href", "xlink:href", "poster", "data", "background", "action", "formaction", "manifest", "ping",
    "imagesrcset", "lowsrc", "dynsrc", "code", "codebase", "classid", "archive", "longdesc", "cite", "profile",
    "usemap",
})  # fmt: skip
_LISTS = frozenset({"srcset", "imagesrcset"})
_NAVIGATING = frozenset({"a", "area"})
_SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp)[;,]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_CSS_LOADS = re.compile(r"@import|image-set|expression\s*\(|://|url\(\s*['\"]?\s*//", re.IGNORECASE)
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)", re.IGNORECASE)


class Page(HTMLParser):
    """One page being read. ``threads`` holds thread ids in order, each with the comment ids that follow it."""

    def __init__(self, path: str, names: Container[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.threads: list[tuple[str, list[str]]] = []
        self.stray_comments: list[str] = []
        self.faults: list[tuple[Phrase, str]] = []
        self._names = names

    def read(self, file: BinaryIO) -> None:
        """Read the page in blocks.

        Raises:
            ValueError: The page is no UTF-8, or holds a construct without an end.
        """
        head = file.read(PLAIN_BYTES + 1)
        if len(head) <= PLAIN_BYTES and self._read_plain(head):
            return
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        for start in range(0, len(head), _BLOCK):
            self._feed(decoder.decode(head[start : start + _BLOCK]))
        while block := file.read(_BLOCK):
            self._feed(decoder.decode(block))
        decoder.decode(b"", final=True)
        self._feed("", last=True)

    def _read_plain(self, data: bytes) -> bool:
        """Take the tags of a plain page; False, and nothing taken, where it is not plain or anything in it is wrong."""
        found = plain_tags(data)
        if found is None:
            return False
        for tag, attributes in found[0]:
            self.handle_starttag(tag, attributes)
        for one in found[1]:
            if isinstance(one, str):
                self._take_comment(one)
            else:
                self.handle_starttag(*one)
        if self.faults:  # the parser tells them one by one, in their order
            self.threads, self.stray_comments, self.faults = [], [], []
            return False
        return True

    def _feed(self, text: str, *, last: bool = False) -> None:
        try:
            if last:
                self.close()
            else:
                self.feed(text)
        except AssertionError as error:  # how html.parser answers some malformed declarations
            raise ValueError("a declaration that cannot be parsed") from error
        if len(self.rawdata) > PENDING_MARKUP:
            raise ValueError("markup that does not end")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one element."""
        if tag in _REFUSED:
            self.faults.append((Phrase.NO_SCRIPT, f"<{tag}>"))
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("http-equiv", "").strip().lower() == "refresh":
            self.faults.append((Phrase.INSIDE, "<meta refresh>"))
        if len(values) != len(attrs):
            self.faults.append((Phrase.NO_MARKUP_TRICK, f"<{tag}>"))
        for name, value in values.items():
            self._attribute(tag, name, value)
        if "data-thread-id" in values:
            self.threads.append((values["data-thread-id"], []))
        if "data-comment-id" in values:
            self._take_comment(values["data-comment-id"])

    def _take_comment(self, comment: str) -> None:
        (self.threads[-1][1] if self.threads else self.stray_comments).append(comment)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name == "srcdoc":
            self.faults.append((Phrase.NO_SCRIPT, f"<{tag} {name}>"))
        elif name == "style":
            self.faults.extend(css_faults(value, self.path, self._names))
        elif name == "href" and tag in _NAVIGATING:
            if not _may_navigate(value):
                self.faults.append((Phrase.NO_SCRIPT, value))
        elif name in _LOADING:
            addresses = [part.split()[0] for part in value.split(",") if part.strip()] if name in _LISTS else [value]
            for address in addresses:
                inline = tag == "img" and _DATA_IMAGE.match(address)
                if not inline and not _is_inside(address, self.path, self._names):
                    self.faults.append((Phrase.INSIDE, address))

    def handle_comment(self, data: str) -> None:
        """Refuse comments a browser could end elsewhere."""
        if "<" in data or ">" in data:
            self.faults.append((Phrase.NO_MARKUP_TRICK, "<!--"))

    def handle_decl(self, decl: str) -> None:
        """Refuse declarations other than the document type."""
        if decl.lower() != "doctype html":
            self.faults.append((Phrase.NO_MARKUP_TRICK, f"<!{decl}"))

    def unknown_decl(self, data: str) -> None:
        """Refuse marked sections."""
        self.faults.append((Phrase.NO_MARKUP_TRICK, f"<![{data}"))

    def handle_pi(self, data: str) -> None:
        """Refuse processing instructions."""
        self.faults.append((Phrase.NO_MARKUP_TRICK, f"<?{data}"))


def css_faults(text: str, path: str, names: Container[str]) -> list[tuple[Phrase, str]]:
    """Return what a style sheet would load from outside the package; ``path`` is the file it stands in."""
    plain = _CSS_ESCAPE.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), text)
    faults = [(Phrase.INSIDE, match[0]) for match in _CSS_LOADS.finditer(plain)]
    addresses = [match[1].strip() for match in _CSS_URL.finditer(plain)]
    return faults + [(Phrase.INSIDE, one) for one in addresses if not _is_inside(one, path, names)]


def _is_inside(address: str, path: str, names: Container[str]) -> bool:
    """Tell whether an address, seen from a file, is a file of the package (or a place on the same page)."""
    if not address or address.startswith("#"):
        return True
    parts = _split(address)
    if parts is None or parts[0] or parts[1] or not parts[2] or parts[2].startswith("/"):
        return False
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts[2]))) in names


def _may_navigate(address: str) -> bool:
    """Tell whether following the address runs nothing: a web or mail address, a place in the package."""
    parts = _split(address)
    return parts is not None and parts[0] in _SCHEMES


def _split(address: str) -> tuple[str, str, str] | None:
    if _UNSAFE.search(address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc, parts.path
