"""What a login leaves: the role that claims give, the session, and what the provider may change of our answers."""

from __future__ import annotations

from typing import Any

import pytest

from urval.reading_room import Role, Visitor
from urval.reading_room.access.provider import OidcSettings, visitor_of, web_origin
from urval.reading_room.access.sessions import Sessions

ALVA = Visitor(name="Alva", role=Role.AUDITOR, known_by="oidc:1")


@pytest.mark.parametrize(
    ("claim", "claims", "role"),
    [("realm.roles", {"realm": {"roles": ["drift"]}}, "administrator"), ("realm.roles", {"realm": "roles"}, "visitor"),
     ("realm.roles", {"realm.roles": "drift", "realm": {"roles": []}}, "administrator"),
     ("g", {"g": {"drift": 1}}, "visitor"),
     ("https://x.example/groups", {"https://x.example/groups": ["drift"]}, "administrator"), ("g", {"g": 1}, "visitor"),
     ("g", {"g": ["drift "]}, "visitor"), ("g", {"g": [["drift"]]}, "visitor"), ("", {"": ["drift"]}, "visitor"),
     ("g", {"role": "administrator", "g": ["administrator"]}, "visitor"), ("g", {}, "visitor"),
     ("g", {"g": None}, "visitor")],
)  # fmt: skip
def test_a_role_is_given_by_whole_names_in_the_claim(claim: str, claims: dict[str, Any], role: str) -> None:
    """Only a group that is mapped, to the letter, in the claim that was named, gives a role."""
    settings = OidcSettings(
        issuer="https://x.example", client_id="c", secret="", role_claim=claim, roles={"drift": Role.ADMINISTRATOR}
    )
    assert visitor_of({"sub": "1"} | claims, settings).role == role


def test_sessions_end_by_themselves() -> None:
    """A session ends when it was not used, after the longest time, and the oldest when there are too many."""
    now = [0.0]
    sessions = Sessions(idle=10, longest=25, most=2, clock=lambda: now[0])
    used, unused = sessions.begin(ALVA, ""), sessions.begin(ALVA, "")
    for now[0] in (8.0, 16.0, 24.0):
        assert sessions.get(used)
    assert sessions.get(unused) is None
    now[0] = 26.0
    assert sessions.get(used) is None
    first, *later = (sessions.begin(ALVA, "") for _ in range(3))
    assert sessions.get(first) is None
    assert all(sessions.get(one) for one in later)
    assert len(sessions) == 2
    assert "hint" not in repr(sessions.get(sessions.begin(ALVA, "hint")))


def test_an_origin_that_would_change_the_policy_is_none() -> None:
    """What the provider names as its end of session can add nothing else to the content security policy."""
    assert web_origin("https://id.example/end?x=1") == "https://id.example"
    for strange in (
        None,
        7,
        "https://a b/",
        "https://a;script-src/",
        "data:x",
        "https://u@a/",
        "https://å/",
        "https://a,b/",
    ):
        assert web_origin(strange) == ""
