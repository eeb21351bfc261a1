"""How each interface is asked about a credential, what its answer means, and what a missing permission costs.

Sources: the platforms' own pages as of 22 November 2026: Meta debug_token; Google tokeninfo; LinkedIn introspectToken
(RFC 7662); TikTok tt_user/token_info; X users/me (costs a user read); Mastodon verify_credentials; WordPress users/me.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from connectors._preflight import CredentialCheck, CredentialState, Scope, words_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK, _BAD, _NO_TOKEN, _FORBIDDEN = 200, 400, 401, 403  # HTTP
_META_DEAD: Final = frozenset({102, 190})
_META_SCOPED: Final = frozenset({10, 200})
_GOOGLE: Final = "https://www.googleapis.com/auth/"
_KEY: Final = "an API key reads only what is public: held comments and private videos will be missing"
_APP: Final = "an app's own token reads only what is public"
_PERSON: Final = "it is the token of a person, not of a Page: comments will come without ids and authors"


def _moment(told: Any) -> datetime | None:
    """Return a time in Unix seconds, number or text; None for 0, which means never or not told."""
    text = str(told or "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and int(text) else None


def _by_status(status: int, _told: Mapping[str, Any]) -> CredentialState | None:
    """Read an answer that tells only whether the credential is let in. 403: it is, but not to this call."""
    if status not in {_OK, _NO_TOKEN, _FORBIDDEN}:
        return None
    return CredentialState(valid=status != _NO_TOKEN)


def _meta(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    """Read debug_token. ``data_access_expires_at`` ends what is given, though the token goes on living."""
    data = told.get("data")
    if not isinstance(data, dict):
        return _meta_error(told)
    ends = [at for at in (_moment(data.get("expires_at")), _moment(data.get("data_access_expires_at"))) if at]
    return CredentialState(
        valid=data.get("is_valid") is True,
        expires_at=min(ends) if ends else None,
        never_expires=not ends and status == _OK,
        scopes=frozenset(data["scopes"]) if isinstance(data.get("scopes"), list) else None,
    )


def _meta_error(told: Mapping[str, Any]) -> CredentialState | None:
    error = told.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return CredentialState(valid=False) if code in _META_DEAD else None


def _page(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    """Read debug_token of a token that must be a Page's."""
    state, data = _meta(status, told), told.get("data")
    if state is None or not isinstance(data, dict) or data.get("type") in {"PAGE", "SYSTEM_USER", None}:
        return state
    return CredentialState(valid=state.valid, expires_at=state.expires_at, scopes=state.scopes, words=_PERSON)


def _meta_me(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    """Read an Instagram account's own node: Instagram tokens have no debug_token."""
    if status == _OK and "id" in told:
        return CredentialState(valid=True)
    return _meta_error(told)


def _app_only(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    state = _by_status(status, told)
    return state and CredentialState(valid=state.valid, words=_APP, never_expires=True)


def _google(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    if status in {_BAD, _NO_TOKEN}:
        return CredentialState(valid=False)
    if status != _OK or "scope" not in told:
        return None
    scopes = frozenset(one.removeprefix(_GOOGLE) for one in words_in(str(told["scope"])))
    return CredentialState(valid=True, expires_at=_moment(told.get("exp")), scopes=scopes)


def _google_key(status: int, _told: Mapping[str, Any]) -> CredentialState | None:
    if status not in {_OK, _BAD, _NO_TOKEN}:
        return None
    return CredentialState(valid=status == _OK, words=_KEY if status == _OK else "", never_expires=True)


def _linkedin(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    if status != _OK or "active" not in told:
        return None
    scopes = told.get("scope")
    return CredentialState(
        valid=told["active"] is True,
        expires_at=_moment(told.get("expires_at")),
        scopes=words_in(scopes) if isinstance(scopes, str) else None,
    )


def _tiktok(status: int, told: Mapping[str, Any]) -> CredentialState | None:
    """Read an answer of TikTok, which says everything in ``code``; 40105: the token is dead, 40001: no permission."""
    data, code = told.get("data"), told.get("code")
    if status != _OK or code not in {0, 40001, 40105}:
        return None
    scopes = data.get("scope") if isinstance(data, dict) else None
    return CredentialState(valid=code != 40105, scopes=words_in(scopes) if isinstance(scopes, str) else None)  # noqa: PLR2004 - TikTok's own code


_FIGURES = "the account's name, picture and figures"
_COMMENTS = "all comments"
_META_SCOPES = (("input_token", "$access_token"),)
_LINKEDIN_SCOPES = (
    Scope(name="r_organization_social", loses="all posts", vital=True),
    Scope(name="r_organization_social_feed", loses="comments and reactions"),
    Scope(name="rw_organization_admin", loses="the number of followers", also=("r_organization_admin",)),
)
_DMA_SCOPES = (Scope(name="r_dma_admin_pages_content", loses="everything", vital=True),)
_TIKTOK_SCOPES = (
    Scope(name="video.list", loses="all videos", vital=True),
    Scope(name="user.info.basic", loses=_FIGURES, vital=True),
    Scope(name="user.info.username", loses="the account's user name"),
    Scope(name="user.info.profile", loses="the account's description"),
    Scope(name="user.info.stats", loses="the account's figures"),
    Scope(name="comment.list", loses=_COMMENTS),
)
_X_SCOPES = (
    Scope(name="tweet.read", loses="all posts and replies", vital=True),
    Scope(name="users.read", loses="the account's page and the names of those who reply", vital=True),
    Scope(name="offline.access", loses="all that comes later than two hours after the token was made: it ends then"),
)
_INSTAGRAM_SCOPES = (
    Scope(name="instagram_business_basic", loses="everything", vital=True),
    Scope(name="instagram_business_manage_comments", loses=_COMMENTS),
)


def _introspection(scopes: tuple[Scope, ...]) -> tuple[CredentialCheck, ...]:
    """Return LinkedIn's checks; without the app's secret only whether the token is let in can be told."""
    return (
        CredentialCheck(
            base="token_url", path="introspectToken", method="POST", sends_header=False, read=_linkedin, scopes=scopes,
            fields=(
                ("client_id", "$client_id"), ("client_secret", "$client_secret"), ("token", "$access_token"),
            ),
            fits=lambda members: "client_secret" in members,
        ),
        CredentialCheck(path="/rest/organizations/$organization_id", read=_by_status, scopes=scopes),
    )  # fmt: skip


CHECKS: Final[Mapping[str, tuple[CredentialCheck, ...]]] = {  # by the name of the interface
    "Graph API": (
        CredentialCheck(
            path="/$api_version/debug_token", fields=_META_SCOPES, read=_page,
            scopes=(
                Scope(name="pages_show_list", loses="nothing, but the Page token cannot be made anew"),
                Scope(name="pages_read_engagement", loses="all posts", vital=True),
                Scope(name="pages_read_user_content", loses="other people's comments"),
            ),
        ),
    ),
    "Instagram API with Instagram Login": (
        CredentialCheck(
            path="/$api_version/me", fields=(("fields", "id,username"),), read=_meta_me, scopes=_INSTAGRAM_SCOPES
        ),
    ),
    "Instagram API with Facebook Login": (
        CredentialCheck(
            path="/$api_version/debug_token", fields=_META_SCOPES, read=_meta,
            scopes=(
                Scope(name="instagram_basic", loses="everything", vital=True),
                Scope(name="instagram_manage_comments", loses=_COMMENTS),
                Scope(name="pages_read_engagement", loses="everything", vital=True),
            ),
        ),
    ),
    "Threads API": (
        CredentialCheck(
            path="/debug_token", fields=_META_SCOPES, read=_meta,
            scopes=(
                Scope(name="threads_basic", loses="everything", vital=True),
                Scope(name="threads_read_replies", loses="all replies"),
                Scope(name="threads_manage_insights", loses="views, likes and other numbers of posts"),
            ),
        ),
    ),
    "X API": (
        CredentialCheck(
            path="/2/users/me", read=_by_status, scopes=_X_SCOPES, fits=lambda members: "refresh_token" in members
        ),
        CredentialCheck(path="/2/users/$user_id", read=_app_only, scopes=_X_SCOPES),
    ),
    "YouTube Data API": (
        CredentialCheck(
            path="/youtube/v3/channels", read=_google_key,
            fields=(("part", "id"), ("id", "$channel_id"), ("forHandle", "$handle"), ("mine", "$mine")),
            fits=lambda members: members["access_token"].startswith("AIza"),
        ),
        CredentialCheck(
            base="token_url", path="tokeninfo", fields=(("access_token", "$access_token"),), sends_header=False,
            read=_google,
            scopes=(
                Scope(
                    name="youtube.readonly", loses="private videos and the channel's own figures",
                    also=("youtube.force-ssl", "youtube"),
                ),
                Scope(name="youtube.force-ssl", loses=_COMMENTS),
            ),
        ),
    ),
    "LinkedIn Community Management API": _introspection(_LINKEDIN_SCOPES),
    "LinkedIn Pages Data Portability API": _introspection(_DMA_SCOPES),
    "TikTok Business API (Accounts)": (
        CredentialCheck(
            path="/open_api/$api_version/tt_user/token_info/get/", method="POST", as_json=True, read=_tiktok,
            fields=(("app_id", "$client_id"), ("access_token", "$access_token")), scopes=_TIKTOK_SCOPES,
            fits=lambda members: "client_id" in members,
        ),
        CredentialCheck(
            path="/open_api/$api_version/business/get/", read=_tiktok, scopes=_TIKTOK_SCOPES,
            fields=(("business_id", "$business_id"), ("fields", '["username"]')),
        ),
    ),
    "Mastodon API": (CredentialCheck(
        path="/api/v1/accounts/verify_credentials", read=_by_status,
        scopes=(
            Scope(name="read:accounts", loses="nothing that a visitor does not see", also=("read",)),
            Scope(name="read:statuses", loses="answers beyond the sixtieth of a thread", also=("read",)),
        ),
    ),),
    "WordPress REST API": (CredentialCheck(path="/wp-json/wp/v2/users/me", read=_by_status),),
}  # fmt: skip
