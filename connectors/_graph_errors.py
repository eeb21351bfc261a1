"""Meta's response table: the Graph API's error object, which Facebook, Instagram and Threads share.

Source: Graph API error codes, as of 22 November 2026.
"""

from __future__ import annotations

import msgspec

from connectors._responses import HTTP_RULES, Action, PlatformError, ResponseTable, Rule

_NEW_TOKEN = "Get a new token for the account and store it where the credential reference points."  # noqa: S105


def graph_table(permission: str, unknown: str) -> ResponseTable:
    """Return the table of one platform: what to do about a missing permission, and about an unknown account."""
    return ResponseTable(read=_read_graph, rules=_rules(permission, unknown) + HTTP_RULES)


def _rules(permission: str, unknown: str) -> tuple[Rule, ...]:
    return (
        Rule(action=Action.SMALLER, words=("reduce the amount of data",)),
        Rule(action=Action.SMALLER, codes=frozenset({1}), subcodes=frozenset({99})),
        Rule(action=Action.RENEW, codes=frozenset({190, 102}), next_step=_NEW_TOKEN),
        Rule(action=Action.STOP, codes=frozenset({104}), next_step=_NEW_TOKEN),
        Rule(
            action=Action.STOP,
            codes=frozenset({368}),
            next_step="Meta blocks the app or its owner: see Account Quality.",
        ),
        Rule(action=Action.WAIT, codes=frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})),
        Rule(action=Action.GIVE_UP, codes=frozenset({1, 2}), transient=False),
        Rule(action=Action.RETRY, codes=frozenset({1, 2})),
        Rule(action=Action.RETRY, transient=True),
        Rule(action=Action.GONE, codes=frozenset({100}), subcodes=frozenset({33})),
        Rule(action=Action.GONE, codes=frozenset({100}), words=("does not exist",)),
        Rule(action=Action.GONE, codes=frozenset({21, 803}), next_step=unknown),
        Rule(
            action=Action.FAIL, codes=frozenset({100}), words=("nonexistent field",), next_step="Correct api_version."
        ),
        Rule(action=Action.REFUSE, codes=frozenset({3, 10, *range(200, 300)}), next_step=permission),
        Rule(
            action=Action.REFUSE,
            codes=frozenset({100}),
            words=("permission", "public content access", "access token", "pages_"),
            next_step=permission,
        ),
        Rule(action=Action.FAIL, codes=frozenset({100})),
    )


class _GraphError(msgspec.Struct):
    code: int | None = None
    error_subcode: int | None = None
    message: str = ""
    error_user_msg: str | None = None
    is_transient: bool | None = None


class _GraphBody(msgspec.Struct):
    error: _GraphError


def _read_graph(status: int, body: bytes) -> PlatformError | None:
    # An error object under HTTP 200 is rare but documented, so a body that begins like one is read at any status.
    if status < 400 and not body.lstrip()[:9].startswith(b'{"error"'):  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        error = msgspec.json.decode(body, type=_GraphBody, strict=False).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(
        code=error.code, subcode=error.error_subcode, message=error.message, transient=error.is_transient
    )


GRAPH = graph_table(
    "Give the app pages_read_engagement and pages_read_user_content, and the token's owner MODERATE on the Page.",
    "Correct page_id: the Page moved or is unknown.",
)
