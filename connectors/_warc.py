"""The raw exchanges as WARC/1.1: for each request that got an answer exactly one response and one request record.

Written record by record with warcio's writer, so nothing is patched and nothing can slip by. Record ids are UUIDv5 over
the capture's id and a running number, dates come from the clock that is handed in, and gzip members carry no time: the
same exchanges at the same times give the same bytes. Everything that comes in here has its secrets removed already.

A response record's payload digest is the hex SHA-256 of the body, the value records name as ``exchange``. Headers that
described the transfer and not the body as kept get the prefix ``X-Archive-Orig-``. Media bodies are not repeated: their
response record has the headers only, and a metadata record names the file, its length and its digest.

What came without an exchange, as the files of an account's export do, is a resource record: the bytes are its block.

Source: ISO 28500 (WARC/1.1).
"""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from connectors._environment import EnvironmentLog
from urval.errors import MalformedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from connectors._replay import Leftover

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:urval:warc-record")
_TRANSFER_HEADERS = frozenset({"content-encoding", "transfer-encoding"})
_ORIGINAL = "X-Archive-Orig-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, secrets removed. ``notes`` go to a metadata record as name and value."""

    url: str
    request_headers: list[tuple[str, str]]
    status: int
    reason: str
    response_headers: list[tuple[str, str]]
    body: bytes  # empty for a medium that was stored as a file
    at: datetime
    body_elsewhere: bool = False
    truncated: str | None = None  # WARC-Truncated: length, time, disconnect
    notes: tuple[tuple[str, str], ...] = field(default=())


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio has no types
    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")  # warcio's own default is SHA-1


class WarcFile:
    """The WARC of one capture. ``pairs`` counts the request/response pairs written, ``resources`` what had none.

    ``log`` is the environment log of the exchanges in it.
    """

    def __init__(
        self,
        path: Path,
        *,
        capture_id: str,
        clock: Callable[[], datetime],
        software: Mapping[str, str],
        mark: Path | None = None,
        leftover: Leftover | None = None,
    ) -> None:
        """Create the file and write its warcinfo record, or go on with what an earlier run left.

        Args:
            path: Where to; replaced unless there is a ``leftover``.
            capture_id: Makes record ids unique across captures.
            clock: Gives aware UTC times.
            software: What goes into warcinfo (name, version, settings); never a secret.
            mark: Where :meth:`accepted` notes how far the file led somewhere.
            leftover: What of the file is gone on with; the rest of it is cut off.

        Raises:
            StoreError: The disk refuses.
        """
        self.path = path
        self.pairs = self.resources = 0
        self.log = leftover.log if leftover else EnvironmentLog()
        self._capture_id = capture_id
        self._sequence = 0
        self.started_at = leftover.started_at if leftover else clock()
        try:
            self._mark = os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600) if mark else None
            self._note(leftover.end if leftover else 0)
            if leftover:
                os.truncate(path, leftover.end)
            self._file = path.open("ab" if leftover else "wb")
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._writer = _Writer(self._file, gzip=True, warc_version="WARC/1.1")
        if leftover:
            self.pairs, self._sequence = leftover.pairs, leftover.records
            return
        fields = {"format": "WARC file version 1.1", "capture-id": capture_id, **software}
        self._add("warcinfo", "", self.started_at, _fields(fields.items()), {"WARC-Filename": path.name})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing can be written afterwards."""
        mark, self._mark = self._mark, None
        try:
            self._file.close()
            if mark is not None:
                os.close(mark)
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def accepted(self) -> None:
        """Note that everything so far led to an answer of use: a run that is cut off goes on from here.

        Each record has reached the operating system when it was written, so a killed process loses neither.

        Raises:
            StoreError: The disk refuses.
        """
        try:
            self._note(self._file.tell())
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def _note(self, end: int) -> None:
        if self._mark is not None:
            os.pwrite(self._mark, f"{end:020d}".encode(), 0)

    def write(self, exchange: Exchange) -> None:
        """Write an exchange: the response, the request, and a metadata record if there are notes.

        Raises:
            StoreError: The disk refuses.
        """
        extra = {"WARC-Payload-Digest": f"sha256:{hashlib.sha256(exchange.body).hexdigest()}"}
        if exchange.truncated:
            extra["WARC-Truncated"] = exchange.truncated
        response = StatusAndHeaders(
            f"{exchange.status} {exchange.reason}".rstrip(), _as_kept(exchange), protocol="HTTP/1.1"
        )
        answer = self._add("response", exchange.url, exchange.at, exchange.body, extra, response)
        request = StatusAndHeaders(
            f"GET {_request_target(exchange.url)} HTTP/1.1", exchange.request_headers, is_http_request=True
        )
        concurrent = {"WARC-Concurrent-To": answer}
        self._add("request", exchange.url, exchange.at, b"", concurrent, request)
        if exchange.notes:
            self._add("metadata", exchange.url, exchange.at, _fields(exchange.notes), concurrent)
        self.log.add(exchange.url, exchange.response_headers, exchange.notes)
        self.pairs += 1

    def write_resource(self, uri: str, at: datetime, stream: BinaryIO, length: int, sha256: str) -> None:
        """Write a resource record: ``length`` bytes of hex digest ``sha256``, which are read in pieces.

        Raises:
            MalformedError: The stream gave something else.
            StoreError: The disk refuses.
        """
        seen = _Watched(stream)
        digest = f"sha256:{sha256}"
        extra = {"WARC-Block-Digest": digest, "WARC-Payload-Digest": digest, "Content-Type": "application/octet-stream"}
        self._add("resource", uri, at, cast("BinaryIO", seen), extra, length=length)
        if (seen.length, seen.digest.hexdigest()) != (length, sha256):
            raise MalformedError(
                f"{uri} changed while it was read.", next_step="Give the same command again when nobody writes to it."
            )
        self.resources += 1

    def write_metadata(self, uri: str, at: datetime, notes: Iterable[tuple[str, str]]) -> None:
        """Write a metadata record of names and values.

        Raises:
            StoreError: The disk refuses.
        """
        self._add("metadata", uri, at, _fields(notes), {})

    def _add(
        self,
        kind: str,
        url: str,
        at: datetime,
        block: bytes | BinaryIO,
        extra: Mapping[str, str],
        http: StatusAndHeaders | None = None,
        length: int = 0,
    ) -> str:
        """Write a record and return its id. ``length`` is that of a block that is a stream."""
        size = len(block) if isinstance(block, bytes) else length
        payload = io.BytesIO(block) if isinstance(block, bytes) else block
        record_id = f"<urn:uuid:{uuid.uuid5(_NAMESPACE, f'{self._capture_id}:{self._sequence}')}>"
        self._sequence += 1
        headers = {
            "WARC-Record-ID": record_id,
            "WARC-Date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            **extra,
        }
        record = self._writer.create_warc_record(
            url, kind, payload=payload, length=size, warc_headers_dict=headers, http_headers=http
        )
        try:
            self._writer.write_record(record)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return record_id


class _Watched:
    """A stream that digests what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.length = 0
        self.digest = hashlib.sha256()
        self._stream = stream

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.length += len(data)
        self.digest.update(data)
        return data


def _as_kept(exchange: Exchange) -> list[tuple[str, str]]:
    """Return response headers that describe the body as kept; the others survive under a prefix."""
    kept: list[tuple[str, str]] = []
    for name, value in exchange.response_headers:
        lower = name.lower()
        told_length = lower == "content-length" and not exchange.body_elsewhere and exchange.truncated is None
        if told_length and value != str(len(exchange.body)):
            kept += [(f"{_ORIGINAL}{name}", value), (name, str(len(exchange.body)))]
        elif lower in _TRANSFER_HEADERS:
            kept.append((f"{_ORIGINAL}{name}", value))
        else:
            kept.append((name, value))
    return kept


def as_received(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a response record's headers as they came: those under the prefix stand for what describes the body."""
    held = list(headers)
    original = {name.removeprefix(_ORIGINAL).lower() for name, _ in held if name.startswith(_ORIGINAL)}
    return [(name.removeprefix(_ORIGINAL), value) for name, value in held if name.lower() not in original]


def fields_of(block: bytes) -> dict[str, str]:
    """Return the names and values of a warcinfo or metadata record; of a name that is repeated, the last value.

    Raises:
        ValueError: A line is not of that form.
    """
    lines = [line.partition(":") for line in block.decode().split("\r\n")[:-1]]
    if not all(colon for _, colon, _ in lines):
        raise ValueError("a record of names and values has a line that is neither")
    return {name: value.strip() for name, _, value in lines}


def _request_target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"{name}: {' '.join(str(value).split())}\r\n" for name, value in pairs]
    return "".join(lines).encode()


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The raw exchanges cannot be written to {path}: {error.strerror or error}.",
        next_step="Free space on the disk or choose another scratch folder, then run the same command again.",
    )
