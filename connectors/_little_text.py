r"""LinkedIn's "little text": a post's text with signs of its own, turned into what a visitor reads.

``\(`` is a bracket, ``@[Exempelstad](urn:li:organization:1)`` a mention of Exempelstad, ``{hashtag|\#|park}`` is #park.
A backslash before any other sign, and whatever is not well formed, stays as it is. Source: Posts API, "little text".
"""

from __future__ import annotations

import re
from typing import Final

_RESERVED: Final = r"|{}@[\]()<>#\\*_~"
_SIGNS: Final = re.compile(
    r"\\([" + _RESERVED + r"])"
    r"|@\[((?:\\.|[^\\\]])*)\]\((?:\\.|[^\\)])*\)"
    r"|\{hashtag\|((?:\\.|[^\\|}])*)\|((?:\\.|[^\\}])*)\}",
    re.DOTALL,
)
_ESCAPES: Final = re.compile(r"\\([" + _RESERVED + "])")


def plain(text: str) -> str:
    """Return the text as a visitor reads it."""
    if "\\" not in text and "@[" not in text and "{" not in text:
        return text
    return _SIGNS.sub(_read, text)


def _read(found: re.Match[str]) -> str:
    escaped, mention, sign, tag = found.groups()
    if escaped is not None:
        return escaped
    return _unescaped(mention) if mention is not None else _unescaped(sign) + _unescaped(tag)


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(r"\1", text)
