"""LinkedIn's response table. An error names itself by ``serviceErrorCode``, by ``code``, or in words only.

"Not enough permissions to access: <resource>.<method>" is about the app; any other 403 is about the object asked for.
A listing without permission may also come as ``{"elements": null}`` under status 200. Sources: Community Management
API, version 202606; messages recorded by third parties, as of 22 November 2026.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_NEW_TOKEN: Final = "Let an administrator of the page authorise the app anew, and store the new token."  # noqa: S105
_PERMISSION: Final = (
    "Let an administrator of the page authorise the app with r_organization_social (posts), "
    "r_organization_social_feed (comments, reactions) and rw_organization_admin (followers)."
)
_VERSION: Final = "Set api_version to a version that LinkedIn still serves, as in 202606."
_NO_ELEMENTS: Final = "NO_ELEMENTS"
_NULL: Final = re.compile(rb'"elements"\s*:\s*null')
_OK: Final = range(200, 300)


class _Error(msgspec.Struct, rename="camel"):
    service_error_code: int | None = None
    code: str | None = None
    error: str | None = None  # the token address writes OAuth's own form
    message: str = ""
    error_description: str = msgspec.field(name="error_description", default="")


class _Page(msgspec.Struct):
    elements: msgspec.Raw = msgspec.Raw(b"")


def _read(status: int, body: bytes) -> PlatformError | None:
    if status in _OK and not _NULL.search(body):
        return None
    try:
        if status in _OK:
            denied = bytes(msgspec.json.decode(body, type=_Page).elements) == b"null"
            return PlatformError(code=_NO_ELEMENTS, message="the answer has no elements") if denied else None
        error = msgspec.json.decode(body, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    code = error.service_error_code if error.service_error_code is not None else error.code or error.error
    return PlatformError(code=code, message=error.message or error.error_description)


_RULES: Final = (
    Rule(action=Action.CLOSED, codes=frozenset({_NO_ELEMENTS}), next_step=_PERMISSION),
    Rule(action=Action.RENEW, codes=frozenset({65602, "EXPIRED_ACCESS_TOKEN"}), next_step=_NEW_TOKEN),
    Rule(action=Action.STOP, codes=frozenset({65600, 65601, 65604}), next_step=_NEW_TOKEN),
    Rule(
        action=Action.STOP,
        codes=frozenset({"INVALID_ACCESS_TOKEN", "REVOKED_ACCESS_TOKEN", "EMPTY_ACCESS_TOKEN", "invalid_grant"}),
        next_step=_NEW_TOKEN,
    ),
    Rule(action=Action.STOP, statuses=range(426, 427), next_step=_VERSION),
    Rule(action=Action.STOP, codes=frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING"}), next_step=_VERSION),
    Rule(action=Action.WAIT, statuses=range(429, 430), words=(" day limit",), resets="UTC"),
    Rule(action=Action.WAIT, statuses=range(429, 430), seconds=60),  # its Retry-After, where there is one, counts more
    Rule(action=Action.REFUSE, statuses=range(403, 404), words=("permissions to access",), next_step=_PERMISSION),
    Rule(action=Action.CLOSED, statuses=range(403, 404), next_step=_PERMISSION),
    Rule(action=Action.STOP, statuses=range(401, 402), next_step=_NEW_TOKEN),
)

LINKEDIN_ERRORS: Final = ResponseTable(read=_read, rules=_RULES + HTTP_RULES)
