"""The last look before anything is stored: no secret in use may stand in it. A hit stops the run."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BLOCK = 1 << 20
_LONG_ENOUGH = 12  # a shorter piece of Base64 would be found by chance


def forms(secret: str) -> set[bytes]:
    """Return the ways a secret may be written: as it is, percent-encoded, JSON-escaped, in Base64."""
    texts = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    encoded = base64.b64encode(secret.encode()).rstrip(b"=")
    # Base64 of a longer text that holds the secret begins at one of three offsets; its inner part is fixed.
    shifted = (base64.b64encode(b"\0" * pad + secret.encode())[4:-4] for pad in (1, 2))
    return {text.encode() for text in texts} | {encoded} | {part for part in shifted if len(part) >= _LONG_ENOUGH}


def files_with_secrets(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Return the names of the files in which a secret stands, decompressed; never the secret itself.

    Parquet files are compressed inside; their rows are those of the JSON Lines files, which are looked at.
    """
    needles = sorted({form for secret in secrets if secret for form in forms(secret)})
    if not needles:
        return []
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.relative_to(folder).as_posix() for path in paths if _holds(path, needles)]


def _holds(path: Path, needles: list[bytes]) -> bool:
    with path.open("rb") as file:
        if _hit(file, needles):
            return True
    if path.suffix == ".gz":
        with gzip.open(path) as file:
            return _hit(file, needles)  # type: ignore[arg-type]
    return False


def _hit(file: BinaryIO, needles: list[bytes]) -> bool:
    return any(needle in block for block in _overlapping(file, max(map(len, needles)) - 1) for needle in needles)


def _overlapping(file: BinaryIO, overlap: int) -> Iterator[bytes]:
    tail = b""
    while block := file.read(_BLOCK):
        yield tail + block
        tail = (tail + block)[-overlap:] if overlap else b""
