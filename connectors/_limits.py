"""The gate's limits and its value types: what it may use up, what it is given, what it hands back."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Named limits of the gate; the unit is in the name.

    The environment's proxy and certificate variables are not read (``REQUESTS_CA_BUNDLE`` would silently replace the
    trust store, ``.netrc`` would add credentials): whoever wants them hands them in as ``proxy`` and ``ca_bundle``.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 60.0  # between two pieces of an answer
    total_seconds: float = 300.0  # for one JSON exchange
    media_total_seconds: float = 3600.0  # for one medium
    max_json_bytes: int = 64 * _MEBIBYTE
    max_media_bytes: int = 2048 * _MEBIBYTE
    retries: int = 5  # tries after the first
    backoff_seconds: float = 2.0  # first pause; doubles with each retry
    max_backoff_seconds: float = 120.0
    throttle_seconds: float = 3600.0  # pause when throttled and no header tells how long
    max_wait_seconds: float = 7200.0  # a longer pause is not waited for: the call fails as throttled
    slow_down_percent: int = 75  # of the platform's allowance
    slow_down_seconds: float = 30.0  # pause before each call when the allowance is used up; less in proportion
    max_redirects: int = 5  # of a medium; calls to the interface follow none
    max_pages: int = 50_000  # of one listing
    user_agent: str = "urval/0.1"
    proxy: str | None = None
    ca_bundle: Path | None = None
    clock_compared: bool = False  # with the Date of answers; of no use where the clock is a fixed one


@dataclass(frozen=True, slots=True)
class Auth:
    """A credential and the way it is sent: ``Bearer``, ``Basic`` (``user:password``), or a header of its own."""

    scheme: str
    secret: str = field(repr=False)

    def pair(self) -> tuple[str, str]:
        """Return name and value of the header that carries it."""
        if self.scheme == "Basic":
            return "Authorization", f"Basic {base64.b64encode(self.secret.encode()).decode()}"
        return ("Authorization", f"Bearer {self.secret}") if self.scheme == "Bearer" else (self.scheme, self.secret)

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must never be kept: the whole, and of ``user:password`` the password, blanks or not."""
        if self.scheme != "Basic":
            return (self.secret,)
        password = self.secret.partition(":")[2]
        return tuple(dict.fromkeys((self.secret, password, password.replace(" ", ""))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An accepted answer. Address and body have secrets removed; ``sha256`` is the body's digest in the WARC.

    ``headers`` have lower-case names. ``body`` is valid JSON.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    sha256: str
    at: datetime  # aware, UTC: when the answer was complete
