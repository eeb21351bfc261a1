"""The raw exchanges as WARC/1.1: for each request that got an answer exactly one response and one request record.

Written record by record with warcio's writer, so nothing is patched and nothing can slip by. Record ids are UUIDv5 over
the capture's id and a running number, dates come from the clock that is handed in, and gzip members carry no time: the
same exchanges at the same times give the same bytes. Everything that comes in here has its secrets removed already.

A response record's payload digest is the hex SHA-256 of the body, the value records name as ``exchange``. Headers that
described the transfer and not the body as kept get the prefix ``X-Archive-Orig-``. Media bodies are not repeated: their
response record has the headers only, and a metadata record names the file, its length and its digest.

Source: ISO 28500 (WARC/1.1).
"""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from urval.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:urval:warc-record")
_TRANSFER_HEADERS = frozenset({"content-encoding", "transfer-encoding"})


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
    """The WARC of one capture. ``pairs`` counts the request/response pairs written."""

    def __init__(
        self, path: Path, *, capture_id: str, clock: Callable[[], datetime], software: Mapping[str, str]
    ) -> None:
        """Create the file and write its warcinfo record.

        Args:
            path: Where to; replaced if a killed run left one.
            capture_id: Makes record ids unique across captures.
            clock: Gives aware UTC times.
            software: What goes into warcinfo (name, version, settings); never a secret.
        """
        self.path = path
        self.pairs = 0
        self._capture_id = capture_id
        self._sequence = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._writer = _Writer(self._file, gzip=True, warc_version="WARC/1.1")
        fields = {"format": "WARC file version 1.1", "capture-id": capture_id, **software}
        self._add("warcinfo", "", clock(), _fields(fields.items()), {"WARC-Filename": path.name})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing can be written afterwards."""
        try:
            self._file.close()
        except OSError as error:
            raise _cannot_write(self.path, error) from error

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
        self.pairs += 1

    def _add(
        self,
        kind: str,
        url: str,
        at: datetime,
        block: bytes,
        extra: Mapping[str, str],
        http: StatusAndHeaders | None = None,
    ) -> str:
        record_id = f"<urn:uuid:{uuid.uuid5(_NAMESPACE, f'{self._capture_id}:{self._sequence}')}>"
        self._sequence += 1
        headers = {"WARC-Record-ID": record_id, "WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **extra}
        record = self._writer.create_warc_record(
            url, kind, payload=io.BytesIO(block), length=len(block), warc_headers_dict=headers, http_headers=http
        )
        try:
            self._writer.write_record(record)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return record_id


def _as_kept(exchange: Exchange) -> list[tuple[str, str]]:
    """Return response headers that describe the body as kept; the others survive under a prefix."""
    kept: list[tuple[str, str]] = []
    for name, value in exchange.response_headers:
        lower = name.lower()
        told_length = lower == "content-length" and not exchange.body_elsewhere and exchange.truncated is None
        if told_length and value != str(len(exchange.body)):
            kept += [(f"X-Archive-Orig-{name}", value), (name, str(len(exchange.body)))]
        elif lower in _TRANSFER_HEADERS:
            kept.append((f"X-Archive-Orig-{name}", value))
        else:
            kept.append((name, value))
    return kept


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
