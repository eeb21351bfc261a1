"""The only file that speaks HTTP: one GET, its answer read within limits, freed of secrets, and put into the WARC.

What is done about an answer is decided one file above, in ``_gate``. The promise of this file: whatever comes out of it
has its secrets removed, and each request that got an answer, whole or cut off, is in the WARC as exactly one pair.
Bodies are asked for in identity encoding, so that they are as sent; a server that compresses all the same is decoded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as StreamError
from urllib3.exceptions import IncompleteRead

from connectors._media import Download, StoredMedia
from connectors._redaction import MARK, Redactor
from connectors._warc import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from connectors._address import Target
    from connectors._credential import TokenRequest
    from connectors._limits import GateSettings
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


class _ConnectTo(HTTPAdapter):
    """Connects to another address than the one a host name resolves to; name, Host header and TLS stay the host's."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.targets: dict[str, tuple[str, int]] = {}  # of a host, whatever the port
        self.pinned: dict[tuple[str, int], str] = {}  # of a medium's host and port: the address that was checked

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Return the connection pool for a request (the place requests documents for overriding)."""
        parts = urlsplit(request.url)
        name, port = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)
        target = self.targets.get(name) or ((self.pinned[name, port], port) if (name, port) in self.pinned else None)
        if target is None:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        host, pool = self.build_connection_pool_key_attributes(request, verify, cert)
        names = {"server_hostname": parts.hostname, "assert_hostname": parts.hostname}
        context = {**pool, **names} if parts.scheme == "https" else pool
        return self.poolmanager.connection_from_host(target[0], target[1], host["scheme"], pool_kwargs=context)


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
        self._adapter = _ConnectTo()
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
        try:
            request = requests.Request("GET", target.url, headers=headers).prepare()
            response = self._session.send(request, **self._options(target))
        except (requests.RequestException, ValueError) as error:  # the latter for a Location that is no address
            return Answer(broken=self._redactor.text(f"no answer: {_cause(error)}"))
        self.answered += 1
        with response:
            if as_media and response.status_code == requests.codes.ok:
                return self._take_medium(request, response)
            body = self._read(response, self._settings.max_json_bytes if not as_media else _ERROR_BODY)
            return self._keep(request, response, body)

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

    def _take_medium(self, request: requests.PreparedRequest, response: requests.Response) -> Answer:
        limit = self._settings.max_media_bytes
        promised = response.headers.get("Content-Length", "")
        if promised.isdecimal() and (len(promised) > _DIGITS or int(promised) > limit):
            response.raw.close()
            broken = f"{promised[:_DIGITS]} bytes, more than the limit of {limit}"
            return self._keep(request, response, _Body(truncated="length", broken=broken))
        download = Download(self._media)
        try:
            body = self._read(response, limit, download)
            stored = None if body.truncated else download.keep(response.headers.get("Content-Type", ""))
        finally:
            download.drop()  # nothing to do if it was kept
        return self._keep(request, response, body, stored)

    def _keep(
        self,
        request: requests.PreparedRequest,
        response: requests.Response,
        body: _Body,
        stored: StoredMedia | None = None,
    ) -> Answer:
        """Remove the secrets, write the pair, and hand on what is left."""
        at = self._clock()
        clean = self._redactor.body(bytes(body.data))
        headers, changed = self._redactor.headers(response.raw.headers.items())
        notes = [("redacted-response-header", name) for name in changed]
        if clean.count:
            original = hashlib.sha256(body.data).hexdigest()
            notes += [("redacted-body-places", str(clean.count)), ("redacted-body-replacement", MARK)]
            notes += [("original-body-sha256", original), ("original-body-length", str(len(body.data)))]
        broken = " ".join(body.broken.split())  # as a metadata record holds it
        notes += [("broken", broken)] * bool(broken) + [("changed", "ended before its length")] * body.changed
        if stored is not None:
            notes += [("body-file", stored.file), ("body-sha256", stored.sha256), ("body-length", str(stored.bytes))]
        self._warc.write(
            Exchange(
                url=self._redactor.text(str(request.url)),
                request_headers=self._redactor.headers((str(k), str(v)) for k, v in request.headers.items())[0],
                status=response.status_code,
                reason=self._redactor.text(response.reason or ""),
                response_headers=headers,
                body=clean.data,
                at=at,
                body_elsewhere=stored is not None,
                truncated=body.truncated,
                notes=tuple(notes),
            )
        )
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in headers},
            body=clean.data,
            stored=stored,
            at=at,
            broken=broken,
            truncated=body.truncated,
            changed=body.changed,
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
