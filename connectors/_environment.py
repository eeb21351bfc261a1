"""The environment log of a capture, host by host: what answered, how often, by which clock, with which certificate.

What is measured goes into the metadata record of each exchange. The log is made of nothing but the exchanges as they
stand in the WARC, so that one that is gone on with (``_replay``) has the log of all of it, measured when it was asked,
and whoever has the WARC can make it again.

- Clock: ``clock-offset-ms`` is the capture's clock when an answer's headers had come, less its ``Date``;
  ``clock-wait-ms`` how long that took from the sending on, the making of a connection among it. Not of an answer with
  an ``Age``: its ``Date`` is that of a cache's copy. Not under a fixed clock.
- TLS: ``tls-version`` and ``tls-certificate-sha256``, that of the certificate (DER) the host showed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from connectors._cleaning import COUNTS
from urval.manifest import ClockOffset, HostLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from connectors._connections import Peer

_OFFSET: Final = "clock-offset-ms"
_WAIT: Final = "clock-wait-ms"
_TLS_VERSION: Final = "tls-version"
_CERTIFICATE: Final = "tls-certificate-sha256"
_VERSION_HEADERS: Final = frozenset({
    "api-version", "facebook-api-version", "linkedin-version", "x-api-version", "x-restli-protocol-version",
})  # fmt: skip
_VERSION = re.compile(r"[0-9A-Za-z._-]{1,64}")  # anything else a header may say is no version
_MILLISECOND = timedelta(milliseconds=1)


def clock_notes(headers: Mapping[str, str], now: datetime, waited: float) -> Iterator[tuple[str, str]]:
    """Yield how far the clock was from an answer's ``Date``; nothing if it has none, or is a cache's copy.

    Args:
        headers: Of the answer, whatever the case of the names.
        now: When they had come (aware), by the clock that is compared.
        waited: Seconds since the request was sent.
    """
    if "age" in headers:
        return
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return
    if told.tzinfo is not None:
        yield _OFFSET, str((now - told) // _MILLISECOND)
        yield _WAIT, str(max(0, round(waited * 1000)))


def peer_notes(peer: Peer | None) -> Iterator[tuple[str, str]]:
    """Yield what is noted of who answered over TLS; nothing over plain HTTP."""
    if peer is not None:
        yield _TLS_VERSION, peer.version
        yield _CERTIFICATE, peer.certificate


@dataclass(slots=True)
class _Host:
    exchanges: int = 0
    api_versions: set[str] = field(default_factory=set)
    clock: ClockOffset | None = None
    tls_versions: set[str] = field(default_factory=set)
    certificates: set[str] = field(default_factory=set)


class EnvironmentLog:
    """Takes in exchanges as they stand in the WARC."""

    def __init__(self) -> None:
        self.redactions = 0  # places from which secrets were removed
        self._hosts: dict[str, _Host] = {}

    def add(self, url: str, headers: Iterable[tuple[str, str]], notes: Iterable[tuple[str, str]]) -> None:
        """Take in an exchange.

        Args:
            url: Its target, as the WARC has it.
            headers: Of the answer.
            notes: Of its metadata record.

        Raises:
            ValueError: The address is none, or a number in the notes is none.
            KeyError: One of two notes that belong together is missing.
        """
        host = self._hosts.setdefault((urlsplit(url).hostname or "").lower(), _Host())
        host.exchanges += 1
        told = ((name.lower(), value.strip()) for name, value in headers)
        host.api_versions |= {
            f"{name}: {value}" for name, value in told if name in _VERSION_HEADERS and _VERSION.fullmatch(value)
        }
        noted = dict(notes)
        self.redactions += sum(int(noted[name]) for name in COUNTS & noted.keys())
        if _OFFSET in noted:
            host.clock = _compared(host.clock, int(noted[_OFFSET]), int(noted[_WAIT]))
        if _CERTIFICATE in noted:
            host.tls_versions.add(noted[_TLS_VERSION])
            host.certificates.add(noted[_CERTIFICATE])

    def hosts(self) -> list[HostLog]:
        """Return the log, by host."""
        return [
            HostLog(
                host=name,
                exchanges=host.exchanges,
                api_versions=sorted(host.api_versions),
                clock_offset=host.clock,
                tls_versions=sorted(host.tls_versions),
                tls_certificates=sorted(host.certificates),
            )
            for name, host in sorted(self._hosts.items())
        ]


def _compared(before: ClockOffset | None, offset: int, wait: int) -> ClockOffset:
    """Return what is known of a host's clock after one more answer; all numbers are milliseconds."""
    if before is None:
        return ClockOffset(measured=1, min_ms=offset, max_ms=offset, longest_wait_ms=wait)
    return ClockOffset(
        measured=before.measured + 1,
        min_ms=min(before.min_ms, offset),
        max_ms=max(before.max_ms, offset),
        longest_wait_ms=max(before.longest_wait_ms, wait),
    )
