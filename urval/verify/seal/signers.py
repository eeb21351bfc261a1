"""The list of keys that ``ssh-keygen -Y verify -f`` takes (``allowed_signers``), read strictly.

A line: ``IDENTITY[,IDENTITY…] [OPTIONS] ssh-ed25519 AAAA…``. Options that are read: ``namespaces``, ``valid-after``,
``valid-before``. A line with another option, another kind of key, a pattern for an identity or a time that depends on
the reader's time zone makes the list unusable: to pass over it could make a key count for more than its owner meant.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from urval.verify.seal.signature import fingerprint, raw_key

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(
    r"(?P<identities>[^\s\"*?!]+)(?: (?P<options>[a-z-]+=\"[^\"\r\n]*\"(?:,[a-z-]+=\"[^\"\r\n]*\")*))?"
    r" ssh-ed25519 (?P<key>[A-Za-z0-9+/=]+)(?: [^\r\n]*)?"
)
_OPTION = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
_TIME = re.compile(r"[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z")
_KNOWN = {"namespaces", "valid-after", "valid-before"}
_MOST_LINES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedSigner:
    """One key of the list: whose it is, what for (None: anything), and from when until when (None: without bound)."""

    identities: tuple[str, ...]
    key: str
    namespaces: tuple[str, ...] | None
    begins: datetime | None
    ends: datetime | None

    def is_for(self, identity: str, namespace: str, key: str) -> bool:
        """Tell whether this line lets ``key`` (``SHA256:…``) sign as ``identity`` for a purpose, at some time."""
        purpose = self.namespaces is None or namespace in self.namespaces
        return purpose and identity in self.identities and key == self.key

    def was_valid(self, at: datetime) -> bool:
        """Tell whether the key was valid at an aware time: from ``begins`` on, before ``ends``."""
        return (self.begins is None or self.begins <= at) and (self.ends is None or at < self.ends)


def parse_allowed_signers(data: bytes) -> list[AllowedSigner]:
    """Return the keys of a list, in its order. Empty lines and lines that begin with ``#`` say nothing.

    Raises:
        ValueError: A line is none this verifier understands; the text says which.
    """
    lines = data.decode("utf-8").split("\n")
    if len(lines) > _MOST_LINES:
        raise ValueError(f"the list of keys has more than {_MOST_LINES} lines")
    return [
        _signer(number, line.rstrip("\r"))
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]


def _signer(number: int, line: str) -> AllowedSigner:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"line {number} of the list of keys is no line of an Ed25519 key")
    options = dict(_OPTION.findall(match["options"] or ""))
    if unknown := options.keys() - _KNOWN:
        raise ValueError(f"line {number} of the list of keys has the option {min(unknown)}, which is not known here")
    try:
        blob = base64.b64decode(match["key"], validate=True)
        _ = raw_key(blob)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"line {number} of the list of keys holds no Ed25519 key") from error
    return AllowedSigner(
        identities=tuple(match["identities"].split(",")),
        key=fingerprint(blob),
        namespaces=tuple(options["namespaces"].split(",")) if "namespaces" in options else None,
        begins=_time(number, options.get("valid-after")),
        ends=_time(number, options.get("valid-before")),
    )


def _time(number: int, text: str | None) -> datetime | None:
    if text is None:
        return None
    if not _TIME.fullmatch(text):
        raise ValueError(f"line {number} of the list of keys has the time {text!r}; written in UTC: 20260131120000Z")
    try:
        return datetime.strptime(text[:-1].ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"line {number} of the list of keys has an impossible time {text!r}") from error


def those_for(signers: Sequence[AllowedSigner], identity: str, namespace: str, key: str) -> list[AllowedSigner]:
    """Return the lines that let a key sign as an identity for a purpose."""
    return [one for one in signers if one.is_for(identity, namespace, key)]
