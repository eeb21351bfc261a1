"""Reading an HTML page that is written as plainly as ours are, without a parser: a hundred thousand comments a second.

A page is *plain* when every ``<`` begins a tag and every ``>`` ends one, and every tag is of the form that
:data:`_TAG` describes. All readers of HTML see the same tags in such a page. Whatever is not plain is left to
:class:`urval.verify.pages.Page`, which also judges the tags found here: this module only finds them.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final, TypeAlias

PLAIN_BYTES: Final = 8 * 1024 * 1024  # larger pages go to the parser, which holds one block of them
Tag: TypeAlias = tuple[str, list[tuple[str, str | None]]]

_ANY = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r' ([a-z][a-z0-9-]*)(?:="([^"]*)")?')
_TAG = re.compile(r'<([a-z][a-z0-9]*)((?: [a-z][a-z0-9-]*(?:="[^"<>\x00-\x08\x0b-\x1f]*")?)*)>')
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")  # others are not read alike everywhere
# Tags with nothing to judge: no address, no handler, no style, no attribute twice. They are most of a page.
_INERT_NAME = "li|p|div|span|bdi|time|header|footer|section|article|ul|ol|dl|dt|dd|h[1-6]|strong|em|b|i|br"
_INERT = re.compile(
    rf'</[a-z][a-z0-9]*>|<(?:{_INERT_NAME})(?: dir="[a-z]{{1,4}}")?(?: class="[A-Za-z0-9 _-]*")?'
    r'(?: datetime="[0-9TZ:.+-]*")?>'
)
_COMMENT = re.compile(
    rf'<(?:{_INERT_NAME})(?: class="[A-Za-z0-9 _-]*")? data-comment-id="([^"<>&\x00-\x08\x0b-\x1f]*)">'
)
_GAP: Final = "\0"  # stands where a tag was taken out: no tag that is read holds it, so nothing can grow together
_DOCTYPES: Final = frozenset({"<!DOCTYPE html>", "<!doctype html>"})
# Between their tags, readers see text where they see tags elsewhere, or differ among themselves.
_TEXT_ONLY: Final = frozenset({
    "script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp", "template",
    "svg", "math", "listing",
})  # fmt: skip
_TITLE = re.compile(r"<title>[^<]*</title>")
_ID_NAMES: Final = (" data-thread-id", " data-comment-id")  # also without a value


def plain_tags(data: bytes) -> tuple[list[Tag], list[Tag | str]] | None:
    """Return the distinct start tags that need judging, and in their order those that name a thread or comment.

    None where the page is not plain. Of a tag that has nothing but a comment's id there is only the id.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = _INERT.sub(_GAP, _TITLE.sub("", text, count=1))
    tags = _ANY.findall(text)
    if not len(tags) == text.count("<") == text.count(">"):
        return None
    judged: dict[str, Tag | str] = {}
    naming: list[Tag | str] = []
    for tag in tags:
        if tag not in judged:
            found = _read(tag)
            if found is None:
                return None
            judged[tag] = found
        if any(name in tag for name in _ID_NAMES):
            naming.append(judged[tag])
    others = (one for tag, one in judged.items() if not any(name in tag for name in _ID_NAMES))
    return [one for one in others if isinstance(one, tuple) and one[0]], naming


def _read(tag: str) -> Tag | str | None:
    """Return a start tag, or a comment's id; a tag without a name for what is none; None where it is not plain."""
    comment = _COMMENT.fullmatch(tag)
    if comment is not None:
        return comment[1]
    found = _TAG.fullmatch(tag)
    if found is None:
        return ("", []) if tag in _DOCTYPES else None
    if found[1] in _TEXT_ONLY or tag.count("&") != len(_ENTITY.findall(tag)):
        return None
    return found[1], _attributes(found[2])


def _attributes(text: str) -> list[tuple[str, str | None]]:
    return [(name, unescape(value) if "&" in value else value) for name, value in _ATTRIBUTE.findall(text)]
