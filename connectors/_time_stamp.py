"""Asking a time-stamp authority over HTTP (RFC 3161, section 3.4). What it answers is judged elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import requests

from urval.errors import MalformedError, RefusedError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"
_LARGEST: Final = 256 * 1024  # bytes; an answer is some kilobytes
_SERVER_ERRORS: Final = 500  # HTTP status from which on the server is at fault


def ask(url: str, query: bytes, *, connect_to: Mapping[str, str] | None = None, seconds: float = 20.0) -> bytes:
    """Return an authority's answer to a time-stamp request.

    Args:
        url: The authority's address.
        query: The DER bytes of the request.
        connect_to: Host name -> ``address:port`` to connect to instead, over plain http, like curl's option of that
            name.
        seconds: How long to wait for the connection, and for each piece of the answer.

    Raises:
        TransientError: It was not reached, or is out of order: it may be asked again later.
        RefusedError: It answered with an HTTP error.
        MalformedError: It answered with something else than a time-stamp response, or far too much.
    """
    parts = urlsplit(url)
    host = parts.netloc
    headers = {"Content-Type": _QUERY, "Accept": _REPLY}
    if parts.scheme == "http" and host in (connect_to or {}):
        headers["Host"] = host
        url = urlunsplit(parts._replace(netloc=(connect_to or {})[host]))
    try:
        with (
            _session() as session,
            session.post(
                url, data=query, headers=headers, timeout=seconds, stream=True, allow_redirects=False
            ) as answer,
        ):
            if answer.status_code >= _SERVER_ERRORS:
                raise TransientError(f"the time-stamp authority at {host} answered {answer.status_code}")
            if answer.status_code != requests.codes.ok:
                raise RefusedError(f"the time-stamp authority at {host} answered {answer.status_code}")
            if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _REPLY:
                raise MalformedError(f"the time-stamp authority at {host} answered with something else")
            return _body(answer, host)
    except requests.RequestException as error:
        raise TransientError(f"the time-stamp authority at {host} was not reached ({type(error).__name__})") from error


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, and no credential of a .netrc, that the environment names
    return session


def _body(answer: requests.Response, host: str) -> bytes:
    body = bytearray()
    for block in answer.iter_content(16 * 1024):
        body += block
        if len(body) > _LARGEST:
            raise MalformedError(f"the time-stamp authority at {host} answered with more than {_LARGEST} bytes")
    return bytes(body)
