"""Repairs without which a whole page would be lost for one broken character."""

from __future__ import annotations

import re
from typing import Final

_PAIR = rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = rb"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPES: Final = re.compile(rb"\\(?:(" + _PAIR + rb")|(" + _HALF + rb")|.)", re.DOTALL)


def mended_json(body: bytes) -> bytes:
    r"""Return a JSON document with halves of surrogate pairs (``\ud83d`` alone) replaced by ``\ufffd``.

    Platforms that cut texts by UTF-16 units send them; they stand for no character and cannot be stored as UTF-8. The
    WARC keeps the body as it came.
    """
    return _ESCAPES.sub(lambda found: rb"\ufffd" if found.group(2) else found.group(0), body)
