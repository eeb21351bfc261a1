"""Instagram's response table: that of the Graph API, with what only Instagram says.

Source: error codes of the Instagram API, as of 22 November 2026.
"""

from __future__ import annotations

from typing import Final

from connectors._graph_errors import graph_table
from connectors._responses import Action, ResponseTable, Rule

_FIELD = "Correct api_version; a number that a version does not have can be left out of the setting counts."
_DOOR = (
    "Correct user_id, login and base_url: a token that begins with IG is for login: instagram (graph.instagram.com), "
    "one that begins with EA for login: facebook (graph.facebook.com)."
)
_META: Final = graph_table(
    "Give the app instagram_business_basic and instagram_business_manage_comments (at graph.facebook.com: "
    "instagram_basic, instagram_manage_comments and pages_read_engagement), as advanced access.",
    _DOOR,
)
ERRORS: Final = ResponseTable(
    read=_META.read,
    rules=(
        Rule(action=Action.FAIL, codes=frozenset({100}), words=("nonexistent field",), next_step=_FIELD),
        Rule(action=Action.GONE, codes=frozenset({24})),
        Rule(action=Action.FAIL, codes=frozenset({2500}), next_step=_DOOR),
        Rule(action=Action.STOP, codes=frozenset({190}), words=("cannot parse",), next_step=_DOOR),
        *_META.rules,
    ),
)
