"""One object as the platform gave it, out of ``data/raw/objects.jsonl.gz``: read as a stream, line by line."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from urval.reading_room.faults import DamagedError

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects

OBJECTS = "data/raw/objects.jsonl.gz"
_LINE = 32 << 20  # bytes of a line, unpacked


def raw_object(package: PackageObjects, table: str, name: str) -> str | None:
    """Return the JSON of a row's object as it was received, secrets removed; None where there is none.

    Args:
        package: The package.
        table: ``profile``, ``posts`` or ``comments``.
        name: The row's id.

    Raises:
        DamagedError: The file is not the one that was sealed, or is no such file.
        StoreError: The store cannot be reached.
    """
    wanted = json.dumps(name, ensure_ascii=False).encode()
    with package.open(OBJECTS) as packed, gzip.GzipFile(fileobj=packed) as lines:
        try:
            while line := lines.readline(_LINE):
                found = _object(line) if wanted in line else None
                if found is not None and (found.get("table"), found.get("id")) == (table, name):
                    raw = found.get("raw")
                    return raw if isinstance(raw, str) else None
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise DamagedError(
                f"{OBJECTS} is as it was sealed, and cannot be read", next_step="urval verify says what is wrong."
            ) from error
    return None


def _object(line: bytes) -> dict[str, Any] | None:
    found = json.loads(line)
    return found if isinstance(found, dict) else None


def pretty(raw: str, most: int) -> tuple[str, bool]:
    """Return JSON laid out over lines, at most so many characters, and whether something was cut off."""
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        text = raw
    return text[:most], len(text) > most
