"""LinkedIn company pages through the Community Management API: posts, comments on two levels, reactions, media.

Or, by the setting ``interface``, through the Pages Data Portability API: the same of it, see ``_linkedin_dma``.

Texts of posts are shown as a visitor reads them; the record keeps LinkedIn's own signs. People are named by URN only.
Objects that others name (counts, addresses of media) are asked for many at a time, which needs the app's standard tier.

Source: Marketing APIs, version 202606, as of 22 November 2026; never tried on the live service.
"""

from __future__ import annotations

from connectors._connector import Connector, Endpoint, Replies, Setting
from connectors._linkedin_comment import CommentNode
from connectors._linkedin_companions import counts, media, profile_companions, statistics
from connectors._linkedin_dma import dma_post, dma_profile, finder
from connectors._linkedin_errors import LINKEDIN_ERRORS
from connectors._linkedin_mapping import SITE, branch, comment_media, to_comment, to_post, to_profile
from connectors._paging import SinglePage, StartCount
from connectors._renewal import Renewal

_HEADERS = (("LinkedIn-Version", "$api_version"), ("X-Restli-Protocol-Version", "2.0.0"))
_RENEWAL = Renewal(
    setting="token_url",
    fields=(
        ("grant_type", "refresh_token"), ("refresh_token", "$refresh_token"), ("client_id", "$client_id"),
        ("client_secret", "$client_secret"),
    ),
)  # fmt: skip


def _listing(name: str, path: str, headers: tuple[tuple[str, str], ...] = ()) -> Endpoint:
    return Endpoint(
        name=name, path=f"/rest/{path}", parameters=(("count", "100"),), records=("elements",), paging=StartCount(),
        limit="count", headers=headers, refusal_is_general=True,
    )  # fmt: skip


def _profile(resource: str) -> Endpoint:
    return Endpoint(
        name="profile", path=f"/rest/{resource}/$organization_id", parameters=(), records=(), paging=SinglePage(),
        limit="",
    )  # fmt: skip


def _settings(version: str) -> tuple[Setting, ...]:
    return (
        Setting(name="organization_id", meaning="the page's number, as in linkedin.com/company/1234", required=True),
        Setting(
            name="interface", meaning="community (Community Management API) or dma (Pages Data Portability API, EU)",
            default="community",
        ),
        Setting(name="api_version", meaning="version of LinkedIn's interfaces, YYYYMM", default=version),
        Setting(name="base_url", meaning="address of LinkedIn's interfaces", default="https://api.linkedin.com"),
        Setting(name="token_url", meaning="where a token is renewed", default=f"{SITE}oauth/v2/accessToken"),
        Setting(name="credential", meaning="a token of one who administers the page", required=True, secret=True),
    )  # fmt: skip


_DMA = Connector(
    platform="linkedin",
    interface="LinkedIn Pages Data Portability API",
    scopes=("r_dma_admin_pages_content",),
    settings=_settings("202604"),
    auth_scheme="Bearer",
    errors=LINKEDIN_ERRORS,
    headers=_HEADERS,
    renewal=_RENEWAL,
    profile=_profile("dmaOrganizations"),
    authors=None,
    listings=(finder("posts", "q=postsByAuthor&author=$own_id", "dmaPosts", whole=False),),
    companions=(counts("dmaSocialMetadata"),),
    comments=(finder("comments", "q=commentsOnEntity&entity=$post_id", "dmaComments"),),
    replies=Replies(
        endpoint=finder("comments", "q=commentsOnEntity&entity=$comment_id", "dmaComments"),
        inline=lambda _comment: (), branch=branch,
    ),
    posts_per_call=1,
    no_comment_id="comments came without ids",
    id_members=("key", "commentUrn", "id"),
    comment_type=CommentNode,
    to_profile=dma_profile,
    to_post=dma_post,
    to_comment=to_comment,
    comment_media=comment_media,
    author_key=str,  # nobody is listed as writing for the page
)  # fmt: skip
LINKEDIN = Connector(
    platform="linkedin",
    interface="LinkedIn Community Management API",
    scopes=("r_organization_social", "r_organization_social_feed", "rw_organization_admin"),
    settings=_settings("202606"),
    auth_scheme="Bearer",
    errors=LINKEDIN_ERRORS,
    headers=_HEADERS,
    renewal=_RENEWAL,
    profile=_profile("organizations"),
    profile_companions=profile_companions(),
    authors=None,
    listings=(
        _listing("posts", "posts?q=author&author=$own_id&sortBy=CREATED", (("X-RestLi-Method", "FINDER"),)),
    ),
    companions=(counts("socialMetadata"), *statistics(), *media()),
    comments=(_listing("comments", "socialActions/$post_id/comments"),),
    replies=Replies(
        endpoint=_listing("comments", "socialActions/$comment_id/comments"), inline=lambda _comment: (), branch=branch,
    ),
    posts_per_call=1,
    no_comment_id="comments came without ids",
    id_members=("commentUrn", "id"),
    comment_type=CommentNode,
    to_profile=to_profile,
    to_post=to_post,
    to_comment=to_comment,
    comment_media=comment_media,
    author_key=str,  # as above
    variants={"dma": _DMA},
    variant_setting="interface",
)  # fmt: skip
