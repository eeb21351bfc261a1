"""One exchange without its secrets, and the notes that say what was replaced in it.

For each of its four parts (target, request headers, response headers, body) from which something was removed, the notes
say how many places and give the SHA-256 of the whole part as it was, so that who has the original can show that it is.
The digest is never of a secret alone, and it is withheld where a secret was removed that could be guessed with it: a
person's password, not a token that a program drew (:class:`connectors._redaction.Redacted`).

What is digested: of the target the address as it was asked for, UTF-8; of headers each ``name: value`` and CRLF, in
order, UTF-8, for a response after its status, a space, its reason and CRLF; of the body the bytes that came.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from connectors._redaction import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connectors._redaction import Redactor

WITHHELD: Final = "withheld"  # stands for a digest from which a secret could be guessed
COUNTS: Final = frozenset({
    "redacted-target", "redacted-request-headers", "redacted-response-headers", "redacted-body",
})  # fmt: skip
_STATUS: Final = ":status"  # names the reason of a response among its headers

if TYPE_CHECKING:
    Pairs: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request and its answer as they were."""

    url: str
    request_headers: Pairs
    status: int
    reason: str
    response_headers: Pairs
    body: bytes  # empty for a medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The same without secrets. ``notes`` are names and values for a metadata record."""

    url: str
    request_headers: Pairs
    reason: str
    response_headers: Pairs
    body: bytes
    notes: Pairs


def cleaned(redactor: Redactor, was: Received) -> Cleaned:
    """Return an exchange without secrets."""
    url, body = redactor.counted(was.url), redactor.body(was.body)
    asked = redactor.headers(was.request_headers)
    reason, answered = redactor.counted(was.reason), redactor.headers(was.response_headers)
    changed = [_STATUS] * bool(reason.count) + answered.changed
    status = f"{was.status} {was.reason}\r\n"
    notes = [
        *_noted("target", url.count, was.url.encode("utf-8", "replace"), withheld=url.guessable),
        *_noted_headers("request", asked.changed, _lines(was.request_headers), withheld=asked.guessable),
        *_noted_headers(
            "response", changed, status + _lines(was.response_headers), withheld=reason.guessable or answered.guessable
        ),
        *_noted("body", body.count, was.body, withheld=body.guessable),
    ]
    if body.count:
        notes.append(("original-body-length", str(len(was.body))))
    if notes:
        notes.append(("redacted-with", MARK))
    return Cleaned(
        url=url.data.decode(),
        request_headers=asked.headers,
        reason=reason.data.decode(),
        response_headers=answered.headers,
        body=body.data,
        notes=notes,
    )


def _noted(part: str, count: int, original: bytes, *, withheld: bool) -> Iterator[tuple[str, str]]:
    if count:
        yield f"redacted-{part}", str(count)
        yield f"original-{part}-sha256", WITHHELD if withheld else hashlib.sha256(original).hexdigest()


def _noted_headers(side: str, changed: list[str], original: str, *, withheld: bool) -> Iterator[tuple[str, str]]:
    yield from _noted(f"{side}-headers", len(changed), original.encode("utf-8", "replace"), withheld=withheld)
    for name in changed:
        yield f"redacted-{side}-header", name


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers)
