"""Where platforms are asked over HTTP: one GET, its answer read within limits, freed of secrets, put into the WARC.

What is done about an answer is decided one file above, in ``_gate``. The promise of this file: whatever comes out of it
has its secrets removed, and each request that got an answer, whole or cut off, is in the WARC as exactly one pair.
Bodies are asked for in identity encoding, so that they are as sent; a server that compresses all the same is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as StreamError
from urllib3.exceptions import IncompleteRead

from connectors._cleaning import Received, cleaned
from connectors._connections import ConnectTo, peer_of
from connectors._environment import clock_notes, peer_notes
from connectors._media import Download, StoredMedia
from connectors._warc import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from connectors._address import Target
    from connectors._credential import TokenRequest
    from connectors._limits import GateSettings
    from connectors._redaction import Redactor
    from connectors._replay import Recorded
    from connectors._warc import WarcFile

_PIECE = 65_536  # bytes
_DIGITS = 18  # of a length; Python refuses to read thousands of them
_ERROR_BODY = 262_144  # bytes read of an answer that is no medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, secrets removed. ``status`` 0: nothing did. ``broken`` says what went wrong on the way."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    stored: StoredMedia | None = None
    at: datetime | None = None
    broken: str = ""
    truncated: str | None = None  # as WARC-Truncated: length (a limit of ours), time, disconnect
    changed: bool = False  # ended properly, but before its Content-Length
    recorded: bool = False  # by a run that was cut off; nothing was asked now


@dataclass(slots=True)
class _Body:
    """What was read of a body, and how it ended."""

    data: bytearray = field(default_factory=bytearray)
    broken: str = ""
    truncated: str | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """A request that is being answered, and what was measured until the headers had come."""

    request: requests.PreparedRequest
    response: requests.Response
    measured: tuple[tuple[str, str], ...]


class Transport:
    """Makes one GET at a time. ``sent`` and ``answered`` count requests."""

    def __init__(
        self,
        settings: GateSettings,
        *,
        redactor: Redactor,
        warc: WarcFile,
        media: Path,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        recorded: Recorded,
    ) -> None:
        self.sent = 0
        self.answered = warc.pairs  # those of a run before that was cut off are among them
        self._recorded = recorded
        self._settings, self._redactor, self._warc, self._media = settings, redactor, warc, media
        self._clock, self._monotonic = clock, monotonic
        self._adapter = ConnectTo()
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc, no REQUESTS_CA_BUNDLE, no proxy but the one handed in
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

    def connect(self, host: str, to: tuple[str, int]) -> None:
        """Connect to a literal address and port for a host from now on."""
        self._adapter.targets[host] = to

    def pin(self, host: str, port: int, to: str) -> None:
        """Connect to a literal address for a host on this port from now on."""
        self._adapter.pinned[host, port] = to

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def recorded(self, target: Target) -> Answer | None:
        """Return what a run that was cut off got from an address, or None: then it is to be asked."""
        try:
            url = requests.Request("GET", target.url).prepare().url
        except (requests.RequestException, ValueError):
            return None
        return self._recorded.answer(self._redactor.text(str(url)))

    def accepted(self) -> None:
        """Note that the last answer was of use.

        Raises:
            StoreError: The disk refuses.
        """
        self._warc.accepted()

    def document(self, target: Target, headers: Iterable[tuple[str, str]]) -> Answer:
        """Get a document; ``Answer.body`` holds it."""
        return self._get(target, headers, as_media=False)

    def token(self, target: Target, asked: TokenRequest) -> tuple[int, bytes]:
        """Renew a token; return status and body, or status 0. This exchange is secret whole: no WARC holds it."""
        fields = {"json" if asked.as_json else "data" if asked.method == "POST" else "params": dict(asked.fields)}
        headers = {"Host": urlsplit(target.url).netloc, "User-Agent": self._settings.user_agent, **dict(asked.headers)}
        try:
            request = requests.Request(asked.method, target.url, headers=headers, **fields).prepare()
            with self._session.send(request, **self._options(target)) as response:
                return response.status_code, bytes(self._read(response, _ERROR_BODY).data)
        except (requests.RequestException, ValueError):
            return 0, b""

    def medium(self, target: Target) -> Answer:
        """Get a medium; ``Answer.stored`` is set if one came whole.

        Raises:
            StoreError: The disk refuses.
        """
        return self._get(target, (("Accept", "*/*"),), as_media=True)

    def _get(self, target: Target, more: Iterable[tuple[str, str]], *, as_media: bool) -> Answer:
        headers = self._headers(target, more)
        self._recorded.take_over(self._redactor.text(target.url), as_media=as_media)
        self.sent += 1
        began = self._monotonic() if self._settings.clock_compared else 0.0
        try:
            request = requests.Request("GET", target.url, headers=headers).prepare()
            response = self._session.send(request, **self._options(target))
        except (requests.RequestException, ValueError) as error:  # the latter for a Location that is no address
            return Answer(broken=self._redactor.text(f"no answer: {_cause(error)}"))
        self.answered += 1
        call = _Call(request, response, tuple(self._measured(response, began)))
        with response:
            if as_media and response.status_code == requests.codes.ok:
                return self._take_medium(call)
            body = self._read(response, self._settings.max_json_bytes if not as_media else _ERROR_BODY)
            return self._keep(call, body)

    def _measured(self, response: requests.Response, began: float) -> Iterator[tuple[str, str]]:
        """Yield what is noted of an answer whose headers have just come; ``began`` in seconds of the steady clock."""
        if self._settings.clock_compared:
            yield from clock_notes(response.headers, self._clock(), self._monotonic() - began)
        yield from peer_notes(peer_of(response))

    def _headers(self, target: Target, more: Iterable[tuple[str, str]]) -> dict[str, str]:
        return {
            "Host": urlsplit(target.url).netloc,
            "User-Agent": self._settings.user_agent,
            "Accept-Encoding": "identity",
            "Connection": "keep-alive",
            **dict(more),
        }

    def _options(self, target: Target) -> dict[str, Any]:
        settings = self._settings
        proxied = settings.proxy and target.host not in self._adapter.targets
        return {
            "stream": True,
            "allow_redirects": False,
            "timeout": (settings.connect_seconds, settings.read_seconds),
            "verify": str(settings.ca_bundle) if settings.ca_bundle else True,
            "proxies": {"http": settings.proxy, "https": settings.proxy} if proxied else {},
        }

    def _read(self, response: requests.Response, limit: int, download: Download | None = None) -> _Body:
        """Read a body into memory, or into a download, piece by piece as they come."""
        body = _Body()
        seconds = self._settings.media_total_seconds if download else self._settings.total_seconds
        deadline = self._monotonic() + seconds
        taken = 0
        try:
            while piece := response.raw.read1(_PIECE, decode_content=True):
                taken += len(piece)
                if taken > limit:
                    body.truncated, body.broken = "length", f"larger than the limit of {limit} bytes"
                    break
                (download.write if download else body.data.extend)(piece)
                if self._monotonic() > deadline:
                    body.truncated, body.broken = "time", f"not finished within {seconds:g} seconds"
                    break
        except StreamError as error:
            body.truncated, body.broken = "disconnect", self._redactor.text(f"cut off: {_cause(error)}")
            body.changed = isinstance(error.args[-1] if error.args else None, IncompleteRead)
        if body.truncated:
            response.raw.close()  # what is left on the connection must not be taken for the next answer
        return body

    def _take_medium(self, call: _Call) -> Answer:
        limit, headers = self._settings.max_media_bytes, call.response.headers
        promised = headers.get("Content-Length", "")
        if promised.isdecimal() and (len(promised) > _DIGITS or int(promised) > limit):
            call.response.raw.close()
            broken = f"{promised[:_DIGITS]} bytes, more than the limit of {limit}"
            return self._keep(call, _Body(truncated="length", broken=broken))
        download = Download(self._media)
        try:
            body = self._read(call.response, limit, download)
            stored = None if body.truncated else download.keep(headers.get("Content-Type", ""))
        finally:
            download.drop()  # nothing to do if it was kept
        return self._keep(call, body, stored)

    def _keep(self, call: _Call, body: _Body, stored: StoredMedia | None = None) -> Answer:
        """Remove the secrets, write the pair, and hand on what is left."""
        at, response = self._clock(), call.response
        clean = cleaned(self._redactor, _received(call, body))
        notes = [*clean.notes, *call.measured]
        broken = " ".join(body.broken.split())  # as a metadata record holds it
        notes += [("broken", broken)] * bool(broken) + [("changed", "ended before its length")] * body.changed
        if stored is not None:
            notes += [("body-file", stored.file), ("body-sha256", stored.sha256), ("body-length", str(stored.bytes))]
        self._warc.write(
            Exchange(
                url=clean.url,
                request_headers=clean.request_headers,
                status=response.status_code,
                reason=clean.reason,
                response_headers=clean.response_headers,
                body=clean.body,
                at=at,
                body_elsewhere=stored is not None,
                truncated=body.truncated,
                notes=tuple(notes),
            )
        )
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in clean.response_headers},
            body=clean.body,
            stored=stored,
            at=at,
            broken=broken,
            truncated=body.truncated,
            changed=body.changed,
        )


def _received(call: _Call, body: _Body) -> Received:
    request, response = call.request, call.response
    return Received(
        url=str(request.url),
        request_headers=[(str(name), str(value)) for name, value in request.headers.items()],
        status=response.status_code,
        reason=response.reason or "",
        response_headers=list(response.raw.headers.items()),
        body=bytes(body.data),
    )


def _cause(error: Exception) -> str:
    """Return the innermost reason of a library's nested error, without addresses of objects."""
    inner: object = error
    while isinstance(inner, Exception):
        deeper = getattr(inner, "reason", None) or (inner.args[-1] if inner.args else None)
        if not isinstance(deeper, Exception):
            break
        inner = deeper
    told = getattr(inner, "strerror", None) or str(inner)
    return f"{type(inner).__name__} {told.partition('): ')[2] or told}".strip()
