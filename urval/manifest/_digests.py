"""Canonical JSON (RFC 8785), and the digests both the writer and the verifier compute."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import rfc8785
from pydantic import BaseModel

from urval.manifest._model import Manifest

if TYPE_CHECKING:
    from pathlib import Path


def canonical(value: BaseModel | dict[str, Any] | list[Any]) -> bytes:
    """Return the canonical JSON (RFC 8785) of a model or JSON value, as UTF-8 without a line feed."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return rfc8785.dumps(value)


def parse_manifest(data: bytes) -> Manifest:
    """Parse ``manifest.json``.

    Raises:
        ValueError: The bytes are no JSON object of this format (pydantic's error is a ValueError).
    """
    return Manifest.model_validate(json.loads(data))


def sha256_hex(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
