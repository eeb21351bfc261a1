"""Mastodon's response table: HTTP codes, and a sentence in ``error``.

Source: mastodon/documentation 2903485 and rack_attack.rb, as of 22 November 2026. A status that is gone and one that is
shown to few answer alike.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_TOKEN = "Make an access token with the scope read for the account, and store it where the credential points."  # noqa: S105

_RULES = (
    Rule(
        action=Action.STOP,
        statuses=range(401, 402),
        words=("requires an authenticated user",),
        next_step=f"The server shows nothing without a token. {_TOKEN}",
    ),
    Rule(action=Action.STOP, statuses=range(401, 402), next_step=_TOKEN),
    Rule(action=Action.GONE, statuses=range(410, 411), next_step="The account is gone or suspended."),
    Rule(action=Action.FAIL, statuses=range(422, 423)),
)


class _Body(msgspec.Struct):
    error: str
    error_description: str = ""


def _read(status: int, body: bytes) -> PlatformError | None:
    if status < 400:  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        said = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(message=": ".join(text for text in (said.error, said.error_description) if text))


MASTODON_TABLE = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
