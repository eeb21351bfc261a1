"""How the body of an answer is read: what counts as well formed, and where the records lie in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._paging import cut
from connectors._text import mended_json

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to read a body.

    ``accept`` is sent as Accept header. ``well_formed`` tells a whole document from half of one or from a proxy's page
    (which is tried again); ``mended`` may repair what would lose a whole page for one broken character. ``cut`` splits
    a page into what surrounds the records, and the records as JSON texts; it raises MalformedError.
    """

    accept: str
    well_formed: Callable[[bytes], bool]
    cut: Callable[[bytes, tuple[str, ...]], tuple[dict[str, Any], list[msgspec.Raw]]]
    mended: Callable[[bytes], bytes] = lambda body: body


def is_json(body: bytes) -> bool:
    """Tell whether a body is well-formed JSON; its texts are not decoded."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


JSON: Final = Format(accept="application/json", well_formed=is_json, cut=cut, mended=mended_json)
# One object: the whole body is the record.
OBJECT: Final = replace(JSON, cut=lambda body, _place: ({}, [msgspec.Raw(body)]))
BYTES: Final = Format(accept="*/*", well_formed=bool, cut=lambda _body, _place: ({}, []))
