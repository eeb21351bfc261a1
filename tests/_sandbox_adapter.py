"""Lets a client library that speaks through requests read the sandbox: no network, the library's own address."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from requests import Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.sandbox.answers import Request

if TYPE_CHECKING:
    from connectors.sandbox import Sandbox


class SandboxAdapter(BaseAdapter):
    """Answers each request of a session by the sandbox's virtual host."""

    def __init__(self, sandbox: Sandbox, host: str) -> None:
        super().__init__()
        self._sandbox, self._host = sandbox, host

    def send(self, request: Any, **_options: Any) -> Response:
        """Return the sandbox's answer."""
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        told = self._sandbox.answer(
            Request.parsed(request.method, self._host, unquote(parts.path), parts.query, headers, body)
        )
        answer = Response()
        answer.status_code, answer.url, answer.request = told.status, request.url, request
        answer.headers = CaseInsensitiveDict(told.headers)
        answer.raw = io.BytesIO(told.encoded())
        return answer

    def close(self) -> None:
        """Close nothing."""
