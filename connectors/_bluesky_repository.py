"""The account's signed repository: fetched whole, checked, kept among the exchanges."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from connectors._formats import Format
from connectors._repository import Lost, Repository
from urval.errors import IncompleteError, MalformedError

if TYPE_CHECKING:
    import msgspec

_HEAD = 64  # bytes in which a CAR's header names its roots


def _nothing(_body: bytes, _place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    return {}, []


def wrong_with(body: bytes) -> str:
    """Return what is wrong with a repository: every block is checked against its identifier, every record reached."""
    try:
        with Repository(io.BytesIO(body)) as repository:
            lost = [found for found in repository.records() if isinstance(found, Lost)]
            if repository.fault is not None:
                return repository.fault.message
    except (MalformedError, IncompleteError) as error:
        return error.message
    return f"the repository lacks {len(lost)} of its blocks or holds them damaged" if lost else ""


CAR: Final = Format(accept="application/vnd.ipld.car", well_formed=lambda body: b"eroots" in body[:_HEAD], cut=_nothing)
