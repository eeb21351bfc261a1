"""What of a package is not as it was sealed, so that pages can say it in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from urval.reading_room.objects import ChangedFileError, MissingFileError
from urval.reading_room.pages import View

if TYPE_CHECKING:
    from urval.errors import UrvalError


class Damage(View):
    """One thing that cannot be shown. ``message`` tells all of it in English; digests are hex SHA-256."""

    kind: Literal["changed", "missing", "other"]
    message: str
    path: str = ""
    expected: str = ""
    found: str = ""


def damage_of(error: UrvalError) -> Damage:
    """Return what an error says of a file of the package."""
    if isinstance(error, ChangedFileError):
        return Damage(
            kind="changed", message=error.message, path=error.path, expected=error.expected, found=error.found
        )
    if isinstance(error, MissingFileError):
        return Damage(kind="missing", message=error.message, path=error.path)
    return Damage(kind="other", message=error.message)
