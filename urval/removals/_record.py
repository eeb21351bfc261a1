"""One entry of the register, its bytes and its id.

The bytes are canonical JSON (RFC 8785), times in UTC. The id is the local day of the removal and twelve hex digits of
the SHA-256 of what was entered; who entered it and when is left out, so that the same entry made twice has one id.
"""

from __future__ import annotations

import json
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from urval.errors import VerificationError
from urval.manifest import Part, canonical, sha256_hex
from urval.removals._reasons import Reason  # noqa: TC001 - pydantic reads the annotations

FORMAT: Final = "urval-removal/1"
MIMES: Final = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}  # and how their files end
_NOT_CONTENT = frozenset({"format", "id", "registered_at", "registered_by"})
_DIGITS = 12
_SHA256 = r"^[0-9a-f]{64}$"


class SavedFile(Part):
    """A picture or PDF that shows what was removed; ``file`` is its name beside the entry. Sizes are in pixels."""

    file: str = Field(pattern=r"^[0-9a-f]{64}\.(?:png|jpg|pdf)$")
    sha256: str = Field(pattern=_SHA256)
    bytes: int
    mime: Literal["image/png", "image/jpeg", "application/pdf"]
    width: int | None
    height: int | None


class Removal(Part):
    """One item that the body removed. ``own``: the body itself wrote it; ``saved``: before the removal, or after it."""

    format: Literal["urval-removal/1"]
    id: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}-[0-9a-f]{12}$")
    archive: str
    account: str
    platform: str
    kind: Literal["post", "comment"]
    own: bool
    author: str | None
    text: str
    files: tuple[SavedFile, ...]
    link: str
    item: str | None  # the platform's id
    on_post: str | None  # id or address of the thread it belonged to
    published_at: AwareDatetime | None
    removed_at: AwareDatetime
    removed_by: str
    reason: Reason
    saved: Literal["before", "after"]
    case: str | None  # case number (diarienummer)
    police: str | None  # reference of the report to the police
    note: str | None
    registered_at: AwareDatetime
    registered_by: str


def sealed(entry: Removal, day: str) -> Removal:
    """Return the entry with its id. ``day`` is the local day of the removal, as ``YYYY-MM-DD``."""
    return entry.model_copy(update={"id": f"{day}-{_content(entry)}"})


def encode(entry: Removal) -> bytes:
    """Return the bytes of ``removal.json``."""
    return canonical(entry)


def parse_removal(data: bytes) -> Removal:
    """Parse the bytes of :func:`encode`.

    Raises:
        VerificationError: The bytes are no entry of this format, or were changed after it was made.
    """
    try:
        entry = Removal.model_validate(json.loads(data))
        same = canonical(entry) == data
    except (ValueError, RecursionError) as error:  # pydantic's error is a ValueError
        raise VerificationError(
            "An entry of the register of removed items is not readable.", next_step=_STEP
        ) from error
    if not same or entry.id.rpartition("-")[2] != _content(entry):
        raise VerificationError(f"The entry {entry.id} was changed after it was made.", next_step=_STEP)
    return entry


def _content(entry: Removal) -> str:
    content = entry.model_dump(mode="json", exclude=set(_NOT_CONTENT))
    return sha256_hex(canonical(content))[:_DIGITS]


_STEP = "Restore it from another copy of the store, and find out who changed it."
