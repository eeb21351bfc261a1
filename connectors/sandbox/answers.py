"""What passes between the sandbox's server and its platforms: a request, and an answer that is not yet bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

GRAPH_HOST = "graph.facebook.exempelstad.example"
CDN_HOST = "cdn.exempelstad.example"
BLOG_HOST = "nyheter.exempelstad.example"
OTHER_HOST = "annan.exempelstad.example"  # where the redirect fault leads
STAMP_HOST = "tidsstampel.exempelstad.example"  # the city's time-stamp authority
HOSTS = (GRAPH_HOST, CDN_HOST, BLOG_HOST, OTHER_HOST, STAMP_HOST)
REDACTED = "REDACTED"
_SECRET_PARAMETERS = {"access_token", "appsecret_proof", "input_token"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: virtual host, decoded path, query pairs in order, header values by lower-case name."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""
    raw_query: str = ""  # as sent, for platforms whose parameters are not form-encoded

    @classmethod
    def parsed(
        cls, method: str, host: str, path: str, query: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Request:
        """Build a request from its raw parts; empty parameters are kept."""
        return cls(method, host, path, tuple(parse_qsl(query, keep_blank_values=True)), headers, body, query)

    def form(self) -> dict[str, str]:
        """Return the fields of a form sent as the body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def parameter(self, name: str, default: str = "") -> str:
        """Return the last value of a parameter."""
        return dict(self.query).get(name, default)

    def with_parameters(self, changes: Mapping[str, str | None]) -> str:
        """Return the query text with parameters replaced in place, added at the end, or (None) left out."""
        pairs = [(key, changes.get(key, value)) for key, value in self.query]
        known = {key for key, _ in self.query}
        pairs += [(key, value) for key, value in changes.items() if key not in known]
        return urlencode([(key, value) for key, value in pairs if value is not None])

    @property
    def token(self) -> str:
        """Return the credential, from the Authorization header or else the query; empty if there is none."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() in {"bearer", "oauth"} else self.parameter("access_token")

    @property
    def shown(self) -> str:
        """Return path and query with credentials replaced, for the list of calls and for matching faults."""
        hidden = dict.fromkeys((key for key, _ in self.query if key in _SECRET_PARAMETERS), REDACTED)
        query = self.with_parameters(hidden)
        return f"{self.path}?{query}" if query else self.path


@dataclass(slots=True)
class Answer:
    """An answer on its way out. ``document`` is encoded as JSON unless ``body`` holds bytes.

    The last fields describe how it is sent, for faults: the length to declare if not the true one, how many bytes to
    send before cutting the connection off, whether to cut with a reset, and over how many seconds to send.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    document: Any = None
    body: bytes | None = None
    declared_length: int | None = None
    cut_after: int | None = None
    reset: bool = False
    seconds: float = 0.0

    def encoded(self) -> bytes:
        """Return the body's bytes."""
        return self.body if self.body is not None else php_json(self.document)

    def replace_header(self, name: str, value: str) -> None:
        """Set a header, in its old place if it was there."""
        kept = [(key, value if key.lower() == name.lower() else old) for key, old in self.headers]
        self.headers = kept if any(key.lower() == name.lower() for key, _ in kept) else [*kept, (name, value)]


def php_json(document: Any) -> bytes:
    r"""Return JSON as both platforms write it: no spaces, ``\u`` for all but ASCII, and ``\/`` for slashes."""
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def mark(*parts: object, length: int = 32) -> str:
    """Return a stable hex text for ids, signatures and trace marks."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:length]
