"""Secrets out, before anything else sees a byte.

Every secret in use, in every form it is written in, and every value of a parameter or field that carries one becomes
``REDACTED``.

Meta puts the access token into ``paging.next`` links, and error messages may echo it, so bodies are redacted as well
as addresses and headers. The WARC says how often and where, and keeps digests of the originals (``_cleaning``). With a
digest of a text of which all is known but a secret, a secret can be guessed if it has few possible values; so whoever
takes digests is told when one of that kind was replaced.
"""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK: Final = "REDACTED"
SECRET_PARAMETERS: Final = frozenset({
    "access_token", "access-token", "accesstoken", "appsecret_proof", "client_secret", "client_token", "refresh_token",
    "input_token", "fb_exchange_token", "app_secret", "api_key", "apikey",
})  # fmt: skip
_SECRET_HEADERS = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "access-token", "x-api-key", "authentication-info",
})  # fmt: skip
# Literal spellings: a plain search is far faster than a pattern, and most bodies hold none of them.
_SPELLINGS = (
    b"access_token", b"Access-Token", b"access-token", b"accessToken", b"appsecret_proof", b"client_secret",
    b"client_token", b"refresh_token", b"input_token", b"fb_exchange_token", b"app_secret",
)  # fmt: skip
_SEPARATOR = rb"""(\\?["']?\s*(?:=|:|%3[Dd])\s*\\?["']?)"""
_VALUE = rb"""(?!REDACTED)((?:(?!%26|%22)[^&"'\\\s<>#,;}]|\\/)+)"""
_PATTERNS = tuple((name, re.compile(re.escape(name) + _SEPARATOR + _VALUE)) for name in _SPELLINGS)
_AUTHORIZATION = re.compile(rb"(?i)(authorization\W{1,6}(?:bearer|basic|oauth)\s+)(?!REDACTED)([A-Za-z0-9._~+/=|-]+)")
_STEMS = (b"oken", b"ecret", b"_proof")  # each spelling holds one of them
_PROBE = 10  # characters; Python's search skips ahead for a short needle with few different characters
_SHORTEST = 8  # characters; a shorter secret would match ordinary text
_GUESSABLE = 20  # characters; a person's password is shorter, what a program drew (100 bits and more) is not


@dataclass(frozen=True, slots=True)
class Redacted:
    """Bytes without secrets, how many marks were put in, and whether what they stand for could be guessed."""

    data: bytes
    count: int
    guessable: bool = False


@dataclass(frozen=True, slots=True)
class RedactedHeaders:
    """Headers without secrets, the names of those that were changed, and whether a secret could be guessed."""

    headers: list[tuple[str, str]]
    changed: list[str]
    guessable: bool


class Redactor:
    """Holds the secrets in use and removes them from addresses, headers, bodies and messages."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._weak = False  # one of them could be guessed
        self._needles: tuple[tuple[bytes, bytes], ...] = ()  # probe, form
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learn a secret.

        Raises:
            ConfigError: It is too short to be told from ordinary text.
        """
        if secret in self._known:
            return
        if len(secret) < _SHORTEST:
            raise ConfigError(
                f"A credential has only {len(secret)} characters, too few to be removed safely from what is archived.",
                next_step="Check that the credential reference names the right variable.",
            )
        self._known.add(secret)
        self._weak |= len(secret) < _GUESSABLE
        # Longest first: a form that contains another one must go before it.
        needles = {form for known in self._known for form in forms(known)}
        ordered = sorted(needles, key=lambda form: (-len(form), form))
        self._needles = tuple((form[len(form) // 2 :][:_PROBE], form) for form in ordered)

    def body(self, data: bytes) -> Redacted:
        """Return a body without secrets."""
        given, guessable = data, False
        for probe, needle in self._needles:
            if probe in data and needle in data:
                data = data.replace(needle, MARK.encode())
                guessable = self._weak  # a password may have gone as part of "user:password"
        if any(stem in data for stem in _STEMS):
            for name, pattern in _PATTERNS:
                if name in data:
                    guessable |= any(_is_short(found[2]) for found in pattern.finditer(data))
                    data = pattern.sub(name + rb"\g<1>" + MARK.encode(), data)
        if b"uthorization" in data:
            guessable |= any(_is_short(found[2]) for found in _AUTHORIZATION.finditer(data))
            data = _AUTHORIZATION.sub(rb"\g<1>" + MARK.encode(), data)
        if data == given:
            return Redacted(data, 0)
        # A mark may have gone into a later one, which is then the only one.
        return Redacted(data, max(1, data.count(MARK.encode()) - given.count(MARK.encode())), guessable)

    def counted(self, text: str) -> Redacted:
        """Return a text without secrets, as UTF-8."""
        return self.body(text.encode("utf-8", "replace"))

    def text(self, text: str) -> str:
        """Return a message or an address without secrets."""
        return self.counted(text).data.decode("utf-8", "replace")

    def headers(self, headers: Iterable[tuple[str, str]]) -> RedactedHeaders:
        """Return headers without secrets, and the names of those that were changed."""
        clean: list[tuple[str, str]] = []
        changed: list[str] = []
        guessable = False
        for name, value in headers:
            whole = name.lower() in _SECRET_HEADERS
            redacted = Redacted(MARK.encode(), 1, self._weak or _is_weak(value)) if whole else self.counted(value)
            kept = redacted.data.decode("utf-8", "replace")
            clean.append((name, kept))
            if kept != value:
                changed.append(name)
                guessable |= redacted.guessable
        return RedactedHeaders(clean, changed, guessable)


def _is_short(value: bytes) -> bool:
    """Tell whether a value could be guessed; what a mark stands in was judged before."""
    return len(value) < _GUESSABLE and MARK.encode() not in value


def _is_weak(value: str) -> bool:
    """Tell whether the longest word of a secret header's value could be guessed."""
    return max(map(len, re.split(r"[\s=;,:]+", value))) < _GUESSABLE


def forms(secret: str) -> frozenset[bytes]:
    """Return the ways a secret is written: plain, percent-encoded, JSON-escaped, HTML-escaped, Base64 at any offset."""
    plain = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)}
    plain |= {form.replace("%2F", "%2f").replace("%3A", "%3a").replace("%7C", "%7c") for form in plain}
    plain |= {json.dumps(form)[1:-1] for form in plain} | {json.dumps(form, ensure_ascii=False)[1:-1] for form in plain}
    plain |= {form.replace("/", "\\/") for form in plain}
    encoded = {form for offset in range(3) for form in _base64_inside(secret.encode(), offset)}
    return frozenset(form.encode() for form in plain) | frozenset(encoded)


def _base64_inside(secret: bytes, offset: int) -> tuple[bytes, ...]:
    """Return the characters that only the secret decides, when it begins ``offset`` bytes into a group of three."""
    whole = base64.b64encode(b"\0" * offset + secret).rstrip(b"=")
    tail = (offset + len(secret)) % 3  # an open group at the end shares its last character with what follows
    inside = whole[(0, 2, 3)[offset] : len(whole) - 1 if tail else len(whole)]
    return (inside, inside.translate(bytes.maketrans(b"+/", b"-_"))) if len(inside) >= _SHORTEST else ()
