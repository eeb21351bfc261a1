"""YouTube's response table: Google's error object, and what its reasons mean for a capture.

Source: YouTube Data API v3, errors and quota, as of 22 November 2026.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_ERRORS = 400  # HTTP's border of errors
_NEW_GRANT = "Let the channel's owner authorise Urval anew, and store the new credential where the reference points."
_NEW_KEY = "Get a working API key for the YouTube Data API v3 and store it where the credential reference points."
_SCOPE = "Give the credential the scope youtube.force-ssl, granted by the channel's owner."
_ONE = "Give exactly one of the settings channel_id, handle and mine."


def _codes(*reasons: str) -> frozenset[int | str]:
    return frozenset(reasons)


_RULES = (
    Rule(action=Action.WAIT, codes=_codes("quotaExceeded", "dailyLimitExceeded"), resets="America/Los_Angeles"),
    Rule(action=Action.RETRY, codes=_codes("rateLimitExceeded", "userRateLimitExceeded", "processingFailure")),
    Rule(action=Action.CLOSED, codes=_codes("commentsDisabled")),
    Rule(
        action=Action.STOP,
        codes=_codes("keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked"),
        next_step=_NEW_KEY,
    ),
    Rule(action=Action.STOP, words=("api key not valid", "api key expired"), next_step=_NEW_KEY),
    Rule(
        action=Action.STOP,
        codes=_codes(
            "authenticatedUserAccountClosed", "authenticatedUserAccountSuspended", "accountDelegationForbidden",
            "channelClosed", "channelSuspended",
        ),
        next_step="Look at the channel in YouTube Studio: it, or the account that owns it, is closed or suspended.",
    ),
    Rule(action=Action.RENEW, statuses=range(401, 402), next_step=_NEW_GRANT),
    Rule(action=Action.REFUSE, statuses=range(403, 404), next_step=_SCOPE),
    Rule(action=Action.GIVE_UP, codes=_codes("invalidPageToken")),
    Rule(action=Action.FAIL, codes=_codes("incompatibleParameters", "missingRequiredParameter"), next_step=_ONE),
)  # fmt: skip


class _Detail(msgspec.Struct):
    reason: str | None = None


class _Error(msgspec.Struct):
    message: str = ""
    errors: list[_Detail] = []
    status: str | None = None


class _Body(msgspec.Struct):
    error: _Error | str
    error_description: str = ""


def _read(status: int, body: bytes) -> PlatformError | None:
    if status < _ERRORS:
        return None
    try:
        told = msgspec.json.decode(body, type=_Body, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(told.error, str):  # the form of OAuth's own errors
        return PlatformError(code=told.error, message=told.error_description)
    reason = next((detail.reason for detail in told.error.errors if detail.reason), told.error.status)
    return PlatformError(code=reason, message=told.error.message)


YOUTUBE = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
