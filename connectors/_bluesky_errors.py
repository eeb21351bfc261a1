"""Bluesky's response table. ``Not found`` comes under HTTP 400, with the error's name in the body.

Source: recorded from @atproto/pds 0.5.35 and @atproto/bsky 0.0.280; lexicons com.atproto.*; as of November 2026.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_STATE = "The account is deactivated or taken down: ask its owner. What was captured before is not touched."
_UNKNOWN = "Correct did: no account has it."
_MOVED = "Correct pds_url: the account may have moved; its DID document names its data server (#atproto_pds)."
_NO_TOKEN = "Remove the credential: none is needed."  # noqa: S105 - a sentence
_RULES = (
    Rule(action=Action.WAIT, codes=frozenset({"RateLimitExceeded"})),
    Rule(
        action=Action.STOP,
        codes=frozenset({
            "AccountDeactivated", "AccountTakedown", "AccountSuspended",
            "RepoDeactivated", "RepoTakendown", "RepoSuspended",
        }),
        next_step=_STATE,
    ),
    Rule(action=Action.STOP, codes=frozenset({"ExpiredToken", "InvalidToken"}), next_step=_NO_TOKEN),
    Rule(action=Action.GONE, codes=frozenset({"InvalidRequest"}), words=("profile not found",), next_step=_UNKNOWN),
    Rule(action=Action.GONE, codes=frozenset({"InvalidRequest"}), words=("could not find repo",), next_step=_MOVED),
    Rule(action=Action.GONE, codes=frozenset({"RepoNotFound"}), next_step=_MOVED),
    Rule(action=Action.GONE, codes=frozenset({"NotFound", "RecordNotFound", "BlobNotFound"})),
    Rule(action=Action.GONE, codes=frozenset({"InvalidRequest"}), words=("blob not found",)),
    Rule(action=Action.REFUSE, codes=frozenset({"BlockedActor", "BlockedByActor"})),
    Rule(action=Action.RETRY, codes=frozenset({"UpstreamFailure", "UpstreamTimeout", "InternalServerError"})),
    Rule(action=Action.FAIL, codes=frozenset({"InvalidRequest"})),
)  # fmt: skip


class _Body(msgspec.Struct):
    error: str
    message: str | None = None


def _read(status: int, body: bytes) -> PlatformError | None:
    if status < 400:  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        told = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(code=told.error, message=told.message or "")


ERRORS = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
