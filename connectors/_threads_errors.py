"""Threads' response table: that of the Graph API, with what only Threads says.

Source: error codes of the Threads API, as of 22 November 2026.
"""

from __future__ import annotations

from typing import Final

from connectors._graph_errors import graph_table
from connectors._responses import Action, ResponseTable, Rule

_FIELD = "Correct api_version; a field that a version does not have can be left out of the setting details."
_ACCOUNT = "Correct user_id: it is the number that the token's own profile tells, another for each app."
_META: Final = graph_table(
    "Give the app threads_basic, threads_read_replies and threads_manage_insights, and authorise the account anew.",
    _ACCOUNT,
)
ERRORS: Final = ResponseTable(
    read=_META.read,
    rules=(
        Rule(action=Action.FAIL, codes=frozenset({100}), words=("nonexistent field",), next_step=_FIELD),
        Rule(action=Action.GONE, codes=frozenset({24})),
        Rule(action=Action.FAIL, codes=frozenset({2500}), next_step="Correct user_id, api_version and base_url."),
        *_META.rules,
    ),
)
