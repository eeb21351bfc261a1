"""TikTok's response table for the Business API: HTTP 200 throughout, the refusal is in ``code``.

Source: TikTok API for Business v1.3, return codes, as of 22 November 2026.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_NEW_GRANT = "Let the account's owner authorise Urval anew, and store the new credential where the reference points."
_SCOPE = "Check business_id, and let the owner grant video.list, user.info.* and comment.list to the app."
_RULES = (
    Rule(action=Action.RENEW, codes=frozenset({40104, 40105}), next_step=_NEW_GRANT),
    Rule(action=Action.WAIT, codes=frozenset({40100}), seconds=60),  # no header tells how long
    Rule(action=Action.REFUSE, codes=frozenset({40001}), next_step=_SCOPE),
    Rule(action=Action.GONE, codes=frozenset({40002}), words=("not exist", "not found")),
    Rule(action=Action.FAIL, codes=frozenset(range(40000, 50000))),
    Rule(action=Action.RETRY, codes=frozenset(range(50000, 60000))),
)


class _Body(msgspec.Struct):
    code: int | None = None
    message: str = ""


def _read(_status: int, body: bytes) -> PlatformError | None:
    try:
        told = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(code=told.code, message=told.message) if told.code else None


TIKTOK = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
