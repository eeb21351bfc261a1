"""Media as files named by their SHA-256: streamed to a temporary file, recognised by content, then renamed.

What a file is, is decided by its first bytes; the server's word counts only for kinds without a signature, and only if
it is on the list below. A web page that comes where a picture was promised is no medium.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from urval.errors import StoreError

if TYPE_CHECKING:
    from urval.records import GapReason

_HEAD = 512  # bytes that decide what a file is


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """A medium on disk. ``file`` is ``media/<sha256>.<ext>``, relative to the capture's root."""

    sha256: str
    bytes: int
    mime: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStored:
    """Why a medium is not there; ``error`` is for a person, secrets removed."""

    reason: GapReason
    error: str


_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
    (b"II*\x00", "image/tiff", "tif"),
    (b"MM\x00*", "image/tiff", "tif"),
    (b"\x1aE\xdf\xa3", "video/webm", "webm"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"ID3", "audio/mpeg", "mp3"),
    (b"OggS", "audio/ogg", "ogg"),
    (b"fLaC", "audio/flac", "flac"),
)
_DECLARED: Final = {
    "image/svg+xml": "svg",
    "audio/mpeg": "mp3",
    "video/mpeg": "mpg",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/vtt": "vtt",
    "application/zip": "zip",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
}
_BRANDS = {b"avif": ("image/avif", "avif"), b"heic": ("image/heic", "heic"), b"qt  ": ("video/quicktime", "mov")}
_RIFF = {b"WEBP": ("image/webp", "webp"), b"WAVE": ("audio/wav", "wav"), b"AVI ": ("video/x-msvideo", "avi")}
_NO_MEDIUM = frozenset({"text/html", "application/xhtml+xml", "application/json", "text/javascript"})


def recognise(head: bytes, declared: str) -> tuple[str, str] | None:
    """Return MIME type and file ending for a file's first bytes, or None for what is no medium.

    ``declared`` is the server's Content-Type; unknown bytes are kept as ``application/octet-stream``.
    """
    for signature, mime, ending in _SIGNATURES:
        if head.startswith(signature):
            return mime, ending
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], ("video/mp4", "mp4"))
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    told = declared.partition(";")[0].strip().lower()
    if told in _NO_MEDIUM or head.lstrip()[:9].lower() in {b"<!doctype", b"<html>"}:
        return None
    if told in _DECLARED:
        return told, _DECLARED[told]
    return "application/octet-stream", "bin"


class Download:
    """One medium on its way to disk: ``write`` its pieces, then ``keep`` or ``drop`` it."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".incoming-", dir=folder)
        except OSError as error:
            raise cannot_store(folder, error) from error
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)
        self._folder = folder
        self._digest = hashlib.sha256()
        self._head = b""
        self.bytes = 0

    def write(self, piece: bytes) -> None:
        """Add the next piece.

        Raises:
            StoreError: The disk refuses.
        """
        try:
            self._file.write(piece)
        except OSError as error:
            self.drop()
            raise cannot_store(self._folder, error) from error
        self._digest.update(piece)
        self.bytes += len(piece)
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]

    def keep(self, declared: str) -> StoredMedia | None:
        """Give the file its name, or drop it and return None if it is no medium (a web page, nothing at all)."""
        kind = recognise(self._head, declared) if self.bytes else None
        if kind is None:
            self.drop()
            return None
        digest = self._digest.hexdigest()
        name = f"{digest}.{kind[1]}"
        try:
            self._file.close()
            self._path.chmod(0o644)
            self._path.replace(self._folder / name)
        except OSError as error:
            self.drop()
            raise cannot_store(self._folder, error) from error
        return StoredMedia(sha256=digest, bytes=self.bytes, mime=kind[0], file=f"media/{name}")

    def drop(self) -> None:
        """Remove the temporary file."""
        try:
            self._file.close()
        except OSError:
            pass  # what could not be flushed is being thrown away
        finally:
            self._path.unlink(missing_ok=True)


def kept_medium(root: Path, file: str, sha256: str, declared: str) -> StoredMedia | None:
    """Return a medium an earlier run stored below a capture's root, or None if it is not there as it was."""
    path = root / file
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            kind = recognise(stream.read(_HEAD), declared)
            size = os.fstat(stream.fileno()).st_size
    except OSError:
        return None
    if digest != sha256 or kind is None or file != f"media/{digest}.{kind[1]}":
        return None
    return StoredMedia(sha256=digest, bytes=size, mime=kind[0], file=file)


def cannot_store(folder: Path, error: OSError) -> StoreError:
    """Return the error for a disk that refuses a medium."""
    return StoreError(
        f"A medium cannot be written to {folder}: {error.strerror or error}.",
        next_step="Free space on the disk or choose another scratch folder, then run the same command again.",
    )
