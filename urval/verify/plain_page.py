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
_END = re.compile(r"</[a-z][a-z0-9]*>")
_DOCTYPES: Final = frozenset({"<!DOCTYPE html>", "<!doctype html>"})
# Between their tags, readers see text where they see tags elsewhere, or differ among themselves.
_TEXT_ONLY: Final = frozenset({
    "script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp", "template",
    "svg", "math", "listing",
})  # fmt: skip
_TITLE = re.compile(r"<title>[^<]*</title>")
_ID_NAMES: Final = (" data-thread-id", " data-comment-id")  # also without a value


def plain_tags(data: bytes) -> tuple[list[Tag], list[Tag]] | None:
    """Return the distinct start tags of a page, and in their order those that name a thread or comment.

    None where the page is not plain. Start tags that name neither come once, however often they stand in the page.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = _TITLE.sub("", text, count=1)
    tags = _ANY.findall(text)
    if not len(tags) == text.count("<") == text.count(">"):
        return None
    read: dict[str, Tag] = {}
    for tag in set(tags):
        found = _TAG.fullmatch(tag)
        if found is None:
            if not (_END.fullmatch(tag) or tag in _DOCTYPES):
                return None
        elif found[1] in _TEXT_ONLY or tag.count("&") != len(_ENTITY.findall(tag)):
            return None
        else:
            read[tag] = (found[1], _attributes(found[2]))
    naming = {tag for tag in read if any(name in tag for name in _ID_NAMES)}
    return [one for tag, one in read.items() if tag not in naming], [read[tag] for tag in tags if tag in naming]


def _attributes(text: str) -> list[tuple[str, str | None]]:
    return [(name, unescape(value) if "&" in value else value) for name, value in _ATTRIBUTE.findall(text)]
