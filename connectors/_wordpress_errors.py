"""WordPress's response table. Source: error codes of the REST API of WordPress 6.1, measured."""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_RULES = (
    Rule(
        action=Action.STOP,
        codes=frozenset({"incorrect_password", "invalid_username", "invalid_email", "invalid_application_password"}),
        next_step="Make a new application password for the site's user and store it where the credential points.",
    ),
    Rule(action=Action.GONE, codes=frozenset({"rest_post_invalid_page_number", "rest_no_route"})),
    Rule(action=Action.FAIL, codes=frozenset({"rest_invalid_param"})),
)


class _WordPressBody(msgspec.Struct):
    code: str | int
    message: str = ""


def _read_wordpress(status: int, body: bytes) -> PlatformError | None:
    if status < 400:  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        error = msgspec.json.decode(body, type=_WordPressBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(code=error.code, message=error.message)


WORDPRESS = ResponseTable(read=_read_wordpress, rules=_RULES + HTTP_RULES)
