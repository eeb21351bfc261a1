"""An export file as the account owner downloaded it: its members by name, streamed, and what was read of it.

A 20 GB zip needs no 20 GB of memory: members are read in pieces, arrays element by element, media straight to disk.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import re
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

from connectors._media import Download, NotStored, StoredMedia, cannot_store
from connectors.exports._containers import BROKEN, open_container
from connectors.exports._elements import elements, has_array
from connectors.exports._limits import ArchiveLimits, shown
from urval.errors import IncompleteError, MalformedError, SourceError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import msgspec
    from _typeshed import WriteableBuffer

    from connectors.exports._containers import Container

__all__ = ["Archive", "ArchiveLimits", "open_archive"]

_BLOCK = 1 << 18
_PART_IN_MEMORY = 32 * 1024**2  # bytes; larger parts lie in a temporary file
_DIGITS: Final = re.compile(r"(\d+)")


class _Member(io.RawIOBase):
    """A member's stream: faults of the archive become typed errors, and no more comes than was declared."""

    def __init__(self, inner: BinaryIO, name: str, size: int) -> None:
        super().__init__()
        self._inner, self._name, self._left = inner, name, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._inner.read(len(view))
        except (*BROKEN, OSError, ValueError) as error:
            raise MalformedError(f"member {shown(self._name)} of the export is damaged ({error})") from error
        self._left -= len(data)
        if self._left < 0:
            raise MalformedError(f"member {shown(self._name)} of the export is longer than it says")
        if not data and self._left:
            raise IncompleteError(f"member {shown(self._name)} of the export is cut off")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


class Archive:
    """A zip, tar, folder or single file. Not for use by several threads at once.

    ``names`` are the paths of its regular files as they stand in it, with forward slashes, in natural order.
    """

    def __init__(self, path: Path, limits: ArchiveLimits, container: Container) -> None:
        """Wrap an opened container; use :func:`open_archive`."""
        self.path = path
        self.limits = limits
        self._container = container
        self.names: tuple[str, ...] = tuple(sorted(container.members, key=_natural))
        self._digests: dict[str, str] = {}
        self._read: set[str] = set()
        self._parts: dict[str, tuple[BinaryIO, int, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        for stream, _, _ in self._parts.values():
            stream.close()
        self._container.close()

    @cached_property
    def sha256(self) -> str:
        """The hex SHA-256 of the whole file; of a folder, over each name and digest in order of names."""
        digest = hashlib.sha256()
        if self.path.is_dir():
            for name in sorted(self.names):
                digest.update(f"{self._digest(name)}  {name}\n".encode())
            return digest.hexdigest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def total_bytes(self) -> int:
        """The size of the whole file; of a folder, of all files in it."""
        return sum(self._container.members.values()) if self.path.is_dir() else self.path.stat().st_size

    def find(self, *suffixes: str) -> list[str]:
        """Return the members whose path ends with one of these, letter case apart, in natural order (2 before 10)."""
        ends = tuple(suffix.casefold() for suffix in suffixes)
        return [name for name in self.names if name.casefold().endswith(ends)]

    def size(self, name: str) -> int:
        """Return a member's unpacked bytes."""
        return self._container.members[name]

    def open(self, name: str) -> BinaryIO:
        """Open a member as a stream.

        Raises:
            KeyError: There is no such member.
            MalformedError: It is damaged; also while reading.
            IncompleteError: While reading: it is cut off.
        """
        size = self._container.members[name]
        self._read.add(name)
        return self._stream(name, size)

    def _stream(self, name: str, size: int) -> BinaryIO:
        try:
            inner = self._container.open(name)
        except (*BROKEN, OSError, ValueError, RuntimeError) as error:
            raise MalformedError(f"member {shown(name)} of the export is damaged ({error})") from error
        return io.BufferedReader(_Member(inner, name, size), _BLOCK)

    def read(self, name: str) -> bytes:
        """Return a member whole.

        Raises:
            KeyError: There is no such member.
            MalformedError: It is damaged or larger than what may be read whole.
        """
        size, most = self._container.members[name], self.limits.max_read_bytes
        if size > most:
            raise MalformedError(f"member {shown(name)} of the export has {size} bytes, more than {most}")
        with self.open(name) as stream:
            return stream.read()

    def head(self, name: str, most: int = 4_096) -> bytes:
        """Return a member's first bytes, to tell what it is; this does not count as reading it."""
        with self._stream(name, self._container.members[name]) as stream:
            return stream.read(most)

    def digest(self, name: str) -> str:
        """Return the hex SHA-256 of a member; records made from it name it as their ``exchange``.

        Raises:
            MalformedError: It is damaged.
        """
        if name not in self._digests:
            self._digests[name] = self._digest(name)
        return self._digests[name]

    def _digest(self, name: str) -> str:
        with self._stream(name, self._container.members[name]) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # BinaryIO has readinto here

    def keep_part(
        self, name: str, place: tuple[str, ...], chosen: Callable[[msgspec.Raw], bool] = lambda _: True
    ) -> str:
        """Set one array of a member apart and return its hex SHA-256: of a file that is otherwise private.

        Records made from it name that as their ``exchange``, and the capture keeps the part instead of the member. Of a
        damaged array the elements before the damage are the part; ``chosen`` may leave elements out.

        Raises:
            StoreError: The disk refuses.
        """
        key = f"{name}#{'/'.join(place)}"
        if key not in self._parts:
            file, digest = tempfile.SpooledTemporaryFile(max_size=_PART_IN_MEMORY), hashlib.sha256()  # noqa: SIM115 - closed by close()
            try:
                for piece in _joined(filter(chosen, self.array(name, place))):
                    digest.update(piece)
                    file.write(piece)
            except OSError as error:
                file.close()
                raise cannot_store(Path(tempfile.gettempdir()), error) from error
            self._parts[key] = (cast("BinaryIO", file), file.tell(), digest.hexdigest())
        return self._parts[key][2]

    def parts(self) -> Iterator[tuple[str, BinaryIO, int, str]]:
        """Yield (name, stream at its start, bytes, digest) of the parts that were set apart."""
        for key, (stream, size, digest) in self._parts.items():
            stream.seek(0)
            yield key, stream, size, digest

    def digested(self) -> dict[str, str]:
        """Return name -> digest of the members whose digest was asked for: those that records may name."""
        return dict(self._digests)

    def array(self, name: str, place: tuple[str, ...] = ()) -> Iterator[msgspec.Raw]:
        """Yield the elements of a JSON array in a member, one at a time, without loading the file.

        Args:
            name: The member; an assignment before the value, as in the X archive, is cut off.
            place: Names of members that lead from the root to the array; empty if the array is the root.

        Raises:
            MalformedError: There is no such array, or it is damaged; perhaps after some elements.
            IncompleteError: The file ends inside the array, after the elements that were whole.
        """
        with self.open(name) as stream:
            try:
                yield from elements(stream, place, self.limits.max_element_bytes)
            except (MalformedError, IncompleteError) as error:
                if error.message.startswith("member "):
                    raise
                raise type(error)(f"member {shown(name)} of the export: {error.message}") from error

    def has(self, name: str, place: tuple[str, ...] = ()) -> bool:
        """Tell whether a member holds a JSON array at ``place``; this does not count as reading it."""
        try:
            with self._stream(name, self._container.members[name]) as stream:
                return has_array(stream, place, self.limits.max_element_bytes)
        except SourceError:
            return False

    def keep_medium(self, name: str, folder: Path) -> StoredMedia | NotStored:
        """Stream a medium to ``folder/<sha256>.<ext>``; what cannot be kept comes back with the reason.

        Raises:
            StoreError: The disk refuses.
        """
        size = self._container.members.get(name)
        if size is None:
            return NotStored(reason=GapReason.GONE, error=f"the export names {shown(name)} but does not hold it")
        if size > self.limits.max_medium_bytes:
            self._read.add(name)
            words = f"{size} bytes, more than the {self.limits.max_medium_bytes} the spec allows"
            return NotStored(reason=GapReason.TOO_LARGE, error=words)
        declared = mimetypes.guess_type(name)[0] or ""
        download = Download(folder)
        try:
            with self.open(name) as stream:
                while block := stream.read(_BLOCK):
                    download.write(block)
        except SourceError as error:
            download.drop()
            reason = GapReason.INCOMPLETE if isinstance(error, IncompleteError) else GapReason.MALFORMED
            return NotStored(reason=reason, error=error.message)
        kept = download.keep(declared)
        return kept or NotStored(reason=GapReason.MALFORMED, error=f"{shown(name)} is empty or a web page, no medium")

    def unread(self) -> list[str]:
        """Return the members nothing was read of, in natural order."""
        return [name for name in self.names if name not in self._read]


def open_archive(path: Path, limits: ArchiveLimits | None = None, *, scratch: Path | None = None) -> Archive:
    """Open an export file: a zip, a tar (also packed by gzip), a folder, or a single file.

    Args:
        path: Where it lies.
        limits: What it may be at most; None: the defaults.
        scratch: Folder on whose disk a packed tar is unpacked; None: the system's.

    Raises:
        ConfigError: There is no such file, or it may not be read.
        MalformedError: It is cut off, damaged, encrypted, a bomb, or would lead out of itself.
    """
    bounds = limits or ArchiveLimits()
    return Archive(path, bounds, open_container(path, bounds, scratch))


def _natural(name: str) -> tuple[object, ...]:
    parts = _DIGITS.split(name.casefold())
    return tuple((int(part), "") if at % 2 else (0, part) for at, part in enumerate(parts)), name


def _joined(found: Iterator[msgspec.Raw]) -> Iterator[bytes]:
    """Yield a JSON array in pieces; what cannot be read ends it, and is recorded where the array is read."""
    opening = b"["
    with suppress(SourceError):
        for raw in found:
            yield opening + bytes(raw)
            opening = b","
    yield b"[]" if opening == b"[" else b"]"
