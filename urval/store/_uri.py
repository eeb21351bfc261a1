"""What a store URI may say. Credentials are never part of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from urval.errors import ConfigError
from urval.store._keys import check_key

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?")
_MAX_PORT = 65_535
_PARAMETERS = frozenset({"endpoint", "region", "lock", "retain_days"})
_LOCKS = frozenset({"GOVERNANCE", "COMPLIANCE"})
_MAX_DAYS = 36_500
_FORM = "Write a folder, or s3://bucket/prefix?endpoint=https://host&region=name&lock=GOVERNANCE&retain_days=3650."


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Place:
    """What an ``s3://`` URI says. ``retain_days`` is None where objects get the bucket's own retention, if any."""

    bucket: str
    prefix: str  # "" or a key
    endpoint: str | None
    region: str | None
    lock: str | None
    retain_days: int | None


def parse_store_uri(uri: str) -> Path | S3Place:
    """Return the folder or the place in S3 that a URI names.

    Raises:
        ConfigError: It is no such URI, or holds credentials. They are not repeated in the message.
    """
    if not uri or any(unicodedata.category(char) in {"Cc", "Cs"} for char in uri):
        raise ConfigError("The store URI is empty or holds a control character.", next_step=_FORM)
    if not _SCHEME.match(uri):
        return Path(uri)
    try:
        parts = urlsplit(uri)
        refused = parts.username is not None or parts.password is not None
    except ValueError as error:
        raise ConfigError("The store URI cannot be read.", next_step=_FORM) from error
    if refused:
        raise _credentials()
    if parts.scheme == "file":
        return _folder(parts)
    if parts.scheme == "s3":
        return _s3_place(parts)
    raise ConfigError(f"There is no kind of store called {parts.scheme!r}.", next_step=_FORM)


def _folder(parts: SplitResult) -> Path:
    if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment or not parts.path.startswith("/"):
        raise ConfigError("The store URI names no folder of this machine: file:///path.", next_step=_FORM)
    return Path(unquote(parts.path))


def _s3_place(parts: SplitResult) -> S3Place:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    # Unknown names are not repeated: one of them may be a secret.
    if len(query) != len(pairs) or not query.keys() <= _PARAMETERS or parts.fragment:
        raise ConfigError("The store URI has a parameter that is unknown or given twice.", next_step=_FORM)
    if not _BUCKET.fullmatch(parts.netloc):
        raise ConfigError("The store URI names no valid S3 bucket.", next_step=_FORM)
    prefix = unquote(parts.path).strip("/")
    lock, days = _lock(query)
    return S3Place(
        bucket=parts.netloc,
        prefix=check_key(prefix) if prefix else "",
        endpoint=_endpoint(query.get("endpoint")),
        region=query.get("region"),
        lock=lock,
        retain_days=days,
    )


def _endpoint(address: str | None) -> str | None:
    if address is None:
        return None
    if "@" in address:
        raise _credentials()
    match = _ENDPOINT.fullmatch(address)
    if not match or int(match[1] or 0) > _MAX_PORT:
        raise ConfigError("The endpoint of the store URI is no http:// or https:// address.", next_step=_FORM)
    return address


def _lock(query: Mapping[str, str]) -> tuple[str | None, int | None]:
    lock, days = query.get("lock"), query.get("retain_days")
    if lock is None and days is None:
        return None, None
    if lock not in _LOCKS or days is None or not re.fullmatch("[0-9]{1,5}", days) or not 0 < int(days) <= _MAX_DAYS:
        raise ConfigError(
            "The lock of the store URI needs lock=GOVERNANCE or COMPLIANCE and retain_days from 1 to 36500.",
            next_step=_FORM,
        )
    return lock, int(days)


def _credentials() -> ConfigError:
    return ConfigError(
        "The store URI holds credentials.",
        next_step="Remove them, change them where they are valid, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    )
