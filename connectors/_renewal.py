"""How a platform exchanges a token that ran out for a new one (OAuth 2.0, RFC 6749 section 6). Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """One call that renews a token.

    The credential is then a JSON object with ``access_token`` and whatever ``fields`` name (``refresh_token``,
    ``client_id``, ``client_secret``), and perhaps ``expires_at`` (Unix seconds).
    """

    setting: str  # the setting that holds the token address
    fields: tuple[tuple[str, str], ...]  # sent as a form (POST) or as parameters (GET); templates over the credential
    method: str = "POST"
    as_json: bool = False  # the fields are sent as a JSON object
    basic: bool = False  # client_id and client_secret go into an Authorization header of the kind Basic
    place: tuple[str, ...] = ()  # where in the answer the new token lies
    early_seconds: int = 60  # before its end at which a token is renewed; Meta renews only tokens that still live
    rotates: bool = False  # the refresh token is used up: the new one must be kept before the access token is used
