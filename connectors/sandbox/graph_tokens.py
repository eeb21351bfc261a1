"""What Meta's ``debug_token`` says of a token: whose it is, how long it lives, what it may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_ACCESS: Final = timedelta(days=90)  # after which the user must confirm the app anew
_AGE: Final = timedelta(days=10)


def told(
    account_id: str, kind: str, scopes: Sequence[str], now: datetime, *, ends: datetime | None = None
) -> dict[str, Any]:
    """Return the answer for a living token; ``ends`` None: it lives until it is withdrawn."""
    return {"data": {
        "app_id": str(int(mark("app", account_id, length=12), 16)), "type": kind, "application": "Urval",
        "data_access_expires_at": int((now + _ACCESS).timestamp()),
        "expires_at": int(ends.timestamp()) if ends else 0, "is_valid": True,
        "issued_at": int((now - _AGE).timestamp()), "profile_id": account_id, "scopes": list(scopes),
        "user_id": str(int(mark("user", account_id, length=13), 16)),
    }}  # fmt: skip


def unknown() -> dict[str, Any]:
    """Return the answer about a token that does not live."""
    message = "The access token could not be decrypted"
    return {"data": {"error": {"code": 190, "message": message}, "is_valid": False, "scopes": []}}
