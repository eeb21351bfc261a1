"""The four shapes an export comes in: a zip, a tar (also packed), a folder, a single file. Members are streamed.

Refused as a whole, with one sentence: names that lead out of the archive, links and devices, a name twice, encrypted
members, members that overlap, and anything that claims or unpacks to more than its limits (see ``_limits``).

Source: PKWARE APPNOTE 6.3.10 (zip), POSIX.1-2017 pax (tar).
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, cast

from connectors.exports._limits import ArchiveLimits, Tally, refusal, shown
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BLOCK = 1 << 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # traditional, strong, hidden directory
_UTF8_NAME = 0x800
_LOCAL_HEADER = 30  # bytes before a member's name
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_GZIP = b"\x1f\x8b"
_TAR_MAGIC = slice(257, 262)
BROKEN: Final = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError)


class Container(Protocol):
    """Members by safe name with their unpacked bytes, each to be opened as a stream."""

    @property
    def members(self) -> Mapping[str, int]:
        """Safe name -> unpacked bytes of each regular file."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a member that is in ``members``; read faults are any of ``BROKEN`` or OSError."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class _Bounded:
    """A file whose single reads are bounded: a forged directory must not fill the memory."""

    def __init__(self, file: BinaryIO, archive: str, most: int) -> None:
        self._file, self._archive, self._most = file, archive, most
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self._size = os.fstat(file.fileno()).st_size

    def read(self, size: int = -1) -> bytes:
        left = max(self._size - self._file.tell(), 0)  # asked for more, Python would reserve it first
        wanted = left if size < 0 else min(size, left)
        if wanted > self._most:
            raise refusal(self._archive, f"its directory takes more than {self._most} bytes")
        return self._file.read(wanted)

    def seekable(self) -> bool:
        return True


class ZipContainer:
    """A zip, as platforms write it: members stored or deflated, not encrypted."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self._name = path.name
        self._file = path.open("rb")
        with ExitStack() as undo:  # whatever goes wrong, the file is not left open
            undo.callback(self._file.close)
            try:
                bounded = cast("BinaryIO", _Bounded(self._file, path.name, limits.max_directory_bytes))
                self._zip = zipfile.ZipFile(bounded)
                self._infos = self._listed(limits)
            except (*BROKEN, ValueError, OSError) as error:
                raise refusal(path.name, f"it is cut off or damaged ({error})") from error
            undo.pop_all()
        self.members = {name: info.file_size for name, info in self._infos.items()}

    def _listed(self, limits: ArchiveLimits) -> dict[str, zipfile.ZipInfo]:
        tally = Tally(self._name, limits)
        infos: dict[str, zipfile.ZipInfo] = {}
        entries = self._zip.infolist()
        for info in entries:
            tally.entry()
            name = _name_of(info)
            self._check(info, name)
            if not info.is_dir():
                safe = tally.add(name, info.file_size)
                tally.check_ratio(info.compress_size, info.file_size, f"member {shown(safe)}")
                infos[safe] = info
        self._check_places(entries)
        tally.check_ratio(sum(info.compress_size for info in entries), tally.total, "it")
        return infos

    def _check(self, info: zipfile.ZipInfo, name: str) -> None:
        if info.flag_bits & _ENCRYPTED:
            raise refusal(self._name, f"member {shown(name)} is encrypted")
        if info.compress_type not in _METHODS:
            raise refusal(self._name, f"member {shown(name)} is packed by method {info.compress_type}")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise refusal(self._name, f"member {shown(name)} is a link or device")

    def _check_places(self, entries: list[zipfile.ZipInfo]) -> None:
        """Refuse members that share bytes: the trick by which few bytes become endless ones."""
        places = sorted((info.header_offset, info.compress_size, len(info.orig_filename)) for info in entries)
        ends = [place[0] for place in places[1:]] + [self._zip.start_dir]
        for (start, packed, name), end in zip(places, ends, strict=True):
            if start + _LOCAL_HEADER + name + packed > end:
                raise refusal(self._name, "members of it overlap")

    def open(self, name: str) -> BinaryIO:
        """Open a member; its checksum is compared when it is read to the end."""
        return cast("BinaryIO", self._zip.open(self._infos[name]))

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return the name as it is meant: many writers put UTF-8 without saying so."""
    told = info.orig_filename
    if info.flag_bits & _UTF8_NAME:
        return told
    try:
        return told.encode("cp437").decode("utf-8")
    except UnicodeError:
        return told


class TarContainer:
    """A tar. A packed one is unpacked once to a nameless temporary file: going back in it would read it anew."""

    def __init__(self, path: Path, limits: ArchiveLimits, scratch: Path | None) -> None:
        self._name = path.name
        self._limits = limits
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        self._file = cast("BinaryIO", tempfile.TemporaryFile(dir=scratch)) if packed else path.open("rb")  # noqa: SIM115 - closed by close()
        with ExitStack() as undo:
            undo.callback(self._file.close)
            try:
                if packed:
                    self._unpack(path)
                self._places = self._listed()
            except (*BROKEN, ValueError) as error:
                raise refusal(path.name, f"it is no tar, cut off or damaged ({error})") from error
            undo.pop_all()
        self.members = {name: size for name, (_, size) in self._places.items()}

    def _unpack(self, path: Path) -> None:
        tally, size, done = Tally(self._name, self._limits), path.stat().st_size, 0
        with gzip.open(path, "rb") as unpacked:
            while block := unpacked.read(_BLOCK):
                done += len(block)
                tally.check_ratio(size, done, "it")
                if done > self._limits.max_total_bytes:
                    raise refusal(self._name, f"it unpacks to more than {self._limits.max_total_bytes} bytes")
                self._file.write(block)
        self._file.seek(0)

    def _listed(self) -> dict[str, tuple[int, int]]:
        tally = Tally(self._name, self._limits)
        places: dict[str, tuple[int, int]] = {}
        whole = os.fstat(self._file.fileno()).st_size
        bounded = cast("BinaryIO", _Bounded(self._file, self._name, self._limits.max_read_bytes))
        with tarfile.open(fileobj=bounded, mode="r:") as tar:
            while (member := tar.next()) is not None:
                tally.entry()
                tar.members.clear()  # type: ignore[attr-defined]  # typeshed lacks it; what was listed is kept here, not there
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise refusal(self._name, f"member {shown(member.name)} is a link or device")
                name = tally.add(member.name, member.size)
                if member.offset_data + member.size > whole:
                    raise refusal(self._name, f"it is cut off in member {shown(name)}")
                places[name] = (member.offset_data, member.size)
        return places

    def open(self, name: str) -> BinaryIO:
        """Open a member."""
        return cast("BinaryIO", _Slice(self._file, *self._places[name]))

    def close(self) -> None:
        """Close the file; a temporary one is gone then."""
        self._file.close()


class _Slice:
    """A part of a file as a stream of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._at, self._end = file, start, start + size

    def read(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(size, self._end - self._at))
        if not data and self._at < self._end:
            raise EOFError("cut off")
        self._at += len(data)
        return data

    def close(self) -> None:
        self._at = self._end


class FolderContainer:
    """A folder into which an export was unpacked."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self._path = path
        tally = Tally(path.name, limits)
        try:
            self._walk(tally)
        except OSError as error:
            raise refusal(path.name, f"it cannot be read ({error.strerror or error})") from error
        self.members = dict(sorted(tally.members.items()))

    def _walk(self, tally: Tally) -> None:
        folders = [self._path]
        while folders:
            for path in folders.pop().iterdir():
                tally.entry()
                status = path.lstat()
                if stat.S_ISDIR(status.st_mode):
                    folders.append(path)
                elif stat.S_ISREG(status.st_mode):
                    tally.add(path.relative_to(self._path).as_posix(), status.st_size)
                else:
                    raise refusal(self._path.name, f"{shown(path.name)} in it is a link or device")

    def open(self, name: str) -> BinaryIO:
        """Open a member."""
        return (self._path / name).open("rb")

    def close(self) -> None:
        """Do nothing: nothing is open."""


class FileContainer:
    """A single file, the one member of itself."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        self._path = path
        tally = Tally(path.name, limits)
        tally.add(path.name, path.stat().st_size)
        self.members: Mapping[str, int] = tally.members

    def open(self, name: str) -> BinaryIO:  # noqa: ARG002 - the one member there is
        """Open the file."""
        return self._path.open("rb")

    def close(self) -> None:
        """Do nothing: nothing is open."""


def open_container(path: Path, limits: ArchiveLimits, scratch: Path | None) -> Container:
    """Open a path as what it is, by its first bytes.

    Raises:
        ConfigError: There is no such file, or it may not be read.
        MalformedError: It is refused, see the module.
    """
    try:
        if path.is_dir():
            return FolderContainer(path, limits)
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise ConfigError(
            f"the export file {path} cannot be read: {error.strerror or error}", next_step="Correct the path."
        ) from error
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ZipContainer(path, limits)
    if head.startswith(_GZIP) or head[_TAR_MAGIC] == b"ustar":
        return TarContainer(path, limits, scratch)
    return FileContainer(path, limits)
