"""X's response table: problem types and HTTP codes. Problems are matched by the end of their type's address.

A success that holds ``errors`` and no data is a refusal too; ``errors`` beside data are about single objects of the
page, and the mapping's business. Source: X API v2 errors, openapi 2.167, as of 22 November 2026; answers 402 and usage
caps are not confirmed by a recording.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_NEW_TOKEN = "Get a new token for the account and store it where the credential reference points."  # noqa: S105
_CREDIT = "Buy credits or raise the spending limit in the developer console, then run the capture again."
_ACCESS = "Give the app's project access to this call: replies need the full-archive search, by the app's own token."
_RATE_LIMIT = 88  # the code of the older error objects

_RULES = (
    Rule(action=Action.STOP, statuses=range(402, 403), next_step=_CREDIT),
    Rule(action=Action.STOP, codes=frozenset({"usage-capped", "CreditsDepleted"}), next_step=_CREDIT),
    Rule(action=Action.WAIT, codes=frozenset({_RATE_LIMIT, "rate-limit-exceeded"})),
    Rule(action=Action.RENEW, statuses=range(401, 402), next_step=_NEW_TOKEN),
    Rule(action=Action.GONE, codes=frozenset({"resource-not-found"}), next_step="Check user_id in the spec."),
    Rule(
        action=Action.REFUSE,
        codes=frozenset({"not-authorized-for-resource"}),
        next_step="The account is protected or suspended: use a token of its owner.",
    ),
    Rule(action=Action.REFUSE, codes=frozenset({"client-forbidden", "unsupported-authentication"}), next_step=_ACCESS),
    Rule(
        action=Action.FAIL, codes=frozenset({"invalid-request"}), next_step="Check user_id and field_names in the spec."
    ),
)


_NONE = msgspec.Raw()


class _Inner(msgspec.Struct):
    code: int | None = None
    message: str = ""
    detail: str = ""
    type: str = ""


class _Body(msgspec.Struct):
    title: str = ""
    detail: str = ""
    type: str = ""
    errors: list[_Inner] = msgspec.field(default_factory=list)
    data: msgspec.Raw = _NONE
    meta: msgspec.Raw = _NONE


_DECODER = msgspec.json.Decoder(_Body, strict=False)


def _read(status: int, body: bytes) -> PlatformError | None:
    failed = status >= 400  # noqa: PLR2004 - HTTP's border of errors
    if not failed and b'"errors"' not in body:
        return None
    try:
        said = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not failed and (bytes(said.data) or bytes(said.meta) or not said.errors):
        return None
    first = said.errors[0] if said.errors else _Inner()
    problem = said.type if "/problems/" in said.type else first.type
    named = problem.rpartition("/")[2] if "/problems/" in problem else ""
    words = dict.fromkeys((said.detail or said.title, *(inner.message or inner.detail for inner in said.errors)))
    return PlatformError(
        code=named or first.code or said.title or None, message="; ".join(text for text in words if text)
    )


X_TABLE = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
