"""Reading the pages and raw material of a large package in a process beside this one, while this one reads tables.

What the other process finds comes back as plain data and is compared here. It runs :func:`main` over the same folder
and with the same bounds. Where it cannot be started, or ends by a fault, its work is done here instead: the findings
are the same, only later.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from urval.manifest import parse_manifest
from urval.verify.findings import UNREADABLE
from urval.verify.layout import MANIFEST, MIB, OBJECTS, TAG_BYTES, WARC
from urval.verify.page_reading import Seen, page_names, read_pages
from urval.verify.raw import ObjectsSeen, WarcSeen, see_objects, see_warc
from urval.verify.reader import FolderReader, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from urval.verify.reader import PackageReader

_PROGRAM = f"from {__name__} import main; main()"
_RAW, _PAGES = "raw.json", "pages.jsonl"
_COLLECT_AFTER = 200_000  # new objects
_WORTH = 16 * MIB  # of pages and packed objects; less is read before another process has started


class _Raw(msgspec.Struct, frozen=True):
    """What the other process sees first; a line on its standard output says that the file is there."""

    objects: ObjectsSeen | None = None
    warc: WarcSeen | None = None


class Beside:
    """The other process; or none, where the package is small or no folder: then both answers are None."""

    def __init__(self, reader: PackageReader, plain: Sequence[str], *, worth: int = _WORTH) -> None:
        """Start it, if pages and packed objects have more bytes than it is ``worth``."""
        self._process: subprocess.Popen[bytes] | None = None
        self._raw: _Raw | None = None
        if not isinstance(reader, FolderReader) or not sys.executable or _size(reader, plain) <= worth:
            return
        self._scratch = tempfile.TemporaryDirectory(prefix="urval-verify-")
        self._folder = Path(self._scratch.name)
        # -P: nothing is imported from the folder that happens to be the current one.
        command = [sys.executable, "-P", "-c", _PROGRAM, str(reader.folder), str(self._folder)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
            _tell(self._process, plain)
        except OSError:
            self._end()

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the other process, whether it is done or not."""
        self._end()

    def objects(self) -> ObjectsSeen | None:
        """Wait for what was seen of the raw objects; None where this process must look itself."""
        return self._answer().objects

    def warc(self) -> WarcSeen | None:
        """Wait for what was seen of the exchanges; None where this process must look itself."""
        return self._answer().warc

    def _answer(self) -> _Raw:
        if self._raw is None:
            self._raw = _Raw()
            if self._process is not None and self._process.stdout is not None and self._process.stdout.readline():
                self._raw = msgspec.json.decode((self._folder / _RAW).read_bytes(), type=_Raw)
        return self._raw

    def pages(self) -> Iterator[Seen] | None:
        """Wait for what the pages show; None where this process must look itself."""
        if self._process is None or self._process.wait() != 0:
            return None
        return self._read()

    def _read(self) -> Iterator[Seen]:
        decode = msgspec.json.Decoder(Seen).decode
        with (self._folder / _PAGES).open("rb") as file:
            for line in file:
                yield decode(line)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._scratch.cleanup()


def _size(reader: FolderReader, plain: Sequence[str]) -> int:
    names = [*page_names(plain), *(name for name in plain if name == OBJECTS)]
    return sum(map(reader.size, names))


def _tell(process: subprocess.Popen[bytes], plain: Sequence[str]) -> None:
    if process.stdin is None:
        return
    with process.stdin as stream:
        stream.write(msgspec.json.encode(list(plain)))
    process.stdin = None


def main() -> None:
    """Read objects and exchanges, tell, then read the pages, each into a file of the folder that is named."""
    gc.set_threshold(_COLLECT_AFTER)  # what is read here holds no cycles worth looking for every few hundred objects
    folder, target = map(Path, sys.argv[1:])
    plain = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    reader = FolderReader(folder)
    (target / _RAW).write_bytes(msgspec.json.encode(_Raw(see_objects(reader), _warc(reader, plain))))
    print("told", flush=True)  # noqa: T201 - a pipe holds too little for the answer itself
    encode = msgspec.json.Encoder().encode
    with (target / _PAGES).open("wb") as file:
        for seen in read_pages(reader, plain):
            file.write(encode(seen) + b"\n")


def _warc(reader: FolderReader, plain: Sequence[str]) -> WarcSeen | None:
    if WARC not in plain:
        return None
    try:
        manifest = parse_manifest(read_whole(reader, MANIFEST, TAG_BYTES))
    except UNREADABLE:
        return None  # which MAN-1 tells
    return see_warc(reader, manifest.environment)
