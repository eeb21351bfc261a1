"""X through its API v2: own posts, the replies in their conversations, earlier versions of both, media, polls.

Names: the interface is changing ``tweet`` to ``post``; ``field_names`` says which are sent, both are read. Texts are
whole (``note_tweet``), the transport's entities (``&amp;``, ``&lt;``, ``&gt;``) resolved, t.co links as given. A poll's
options stand below the text. An edit is a post of its own with its own id: the newest id is kept, times count from the
first. Hidden replies come without a mark, protected and withheld ones never. ``posts_by`` search goes beyond the newest
3200 posts and replies that the timeline lists, but finds no reposts.

Source: X API v2, openapi 2.167, as of 22 November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors import _x_context as read
from connectors._connector import Authors, Connector, Endpoint, History, MappedPost, Origin, Setting
from connectors._paging import Cursor, SinglePage
from connectors._renewal import Renewal
from connectors._x_errors import X_TABLE
from connectors._x_objects import Tweet
from connectors._x_pages import PAGE, REPLIES, Beside, beside
from urval.errors import MalformedError
from urval.records import AuthorRole, Comment, Direction, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    import msgspec

# US dollars per object returned, pay per use, as of 16 April 2026; the same object costs once per UTC day. The lower
# price of own posts needs a token of the account, which must own the developer app.
PRICES_USD: Final[Mapping[str, Decimal]] = {
    "post": Decimal("0.005"), "own_post": Decimal("0.001"), "user": Decimal("0.010"), "count": Decimal("0.010"),
}  # fmt: skip
REACH: Final = 3_200  # newest posts of an account that its listing shows, replies and reposts among them
_LIMIT, _ALL, _PACE = "max_results", "/2/tweets/search/all", 1.0
_PER_QUERY = 26  # "conversation_id:" and an id of 19 digits, with OR between: 1010 of 1024 characters
_FIELDS = (
    "id,text,note_$field_names,created_at,author_id,conversation_id,in_reply_to_user_id,referenced_${field_names}s,"
    "attachments,entities,public_metrics,edit_history_${field_names}_ids,edit_controls,lang,source,reply_settings,"
    "possibly_sensitive,withheld,geo,community_id,card_uri,article"
)
_BESIDE = "author_id,attachments.media_keys,attachments.poll_ids"
_SHARED = "referenced_${field_names}s.id,referenced_${field_names}s.id.author_id"
_OBJECTS = (
    ("$field_names.fields", _FIELDS),
    ("user.fields", "id,username,name"),
    ("media.fields", "media_key,type,url,preview_image_url,alt_text,width,height,duration_ms,variants,public_metrics"),
    ("poll.fields", "id,options,voting_status,end_datetime,duration_minutes"),
)
_PROFILE = "id,username,name,created_at,protected,verified,public_metrics,description,location,url,profile_image_url"

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_VISIBLE = Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)


def _to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    tweet, around = read.TWEET.decode(raw), origin.beside or Beside()
    created, earlier, counts = tweet.begun_at(), tweet.earlier(), tweet.public_metrics
    if created is None:
        raise MalformedError("the post has no time")
    repeats = read.repeated_by(tweet, around)
    author = around.users.get(tweet.author_id or own_id)
    media = read.media_of(tweet, around) or read.shared_media(repeats, around, tweet.id)
    kind, answers = read.kind_of(tweet, around), tweet.answers()
    post = Post(
        platform="x", account_id=origin.account_id, id=tweet.id, permalink=read.permalink_of(tweet, around),
        kind=kind, title=tweet.article.title if tweet.article else None,
        text=read.words_of(repeats or tweet, around), language=read.language_of(tweet),
        created_at=created, updated_at=tweet.created_at if earlier else None, edited=read.edited_of(tweet),
        author_id=tweet.author_id or own_id, author_name=author.name if author else None,
        author_role=AuthorRole.OWN, direction=Direction.MADE, in_reply_to=answers, pinned=None,
        media_ids=tuple(ref.id for ref in media),
        reactions=(("like", counts.like_count),) if counts and counts.like_count else (),
        reaction_count=counts.like_count if counts else None, share_count=counts.shares() if counts else None,
        view_count=counts.impression_count if counts else None,
        platform_comment_count=counts.reply_count if counts and not answers else None, visibility=_VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    return MappedPost(
        post=post, media=media, comments_of=tweet.conversation_id or (*earlier, tweet.id)[0],
        same_as=tuple(dict.fromkeys((*earlier, tweet.conversation_id or tweet.id))) if not answers else earlier,
        after=None if answers or kind == "share" else "", history=earlier, reply=answers is not None,
        troubles=read.troubles_of(tweet, around),
    )  # fmt: skip


def _to_comment(
    comment: Any,
    raw: str,
    origin: Origin,
    authors: Authors,
    *,
    post_id: str,
    parent: str | None,
    depth: int,
    answer: bool,
) -> Comment:
    around = origin.beside or Beside()
    author_id, counts, earlier = comment.author_id, comment.public_metrics, comment.earlier()
    author = around.users.get(author_id)
    created = comment.begun_at() if earlier else comment.created_at
    if created is None:
        raise MalformedError("the reply has no time")
    role, direction = _NAMELESS if author_id is None else _OWN if author_id in authors.ids else _PERSON
    return Comment(
        platform="x", account_id=origin.account_id, post_id=post_id, id=comment.id, parent_id=parent, depth=depth,
        permalink=read.permalink_of(comment, around), text=read.words_of(comment, around),
        language=read.language_of(comment),
        created_at=created, updated_at=comment.created_at if earlier else None, edited=read.edited_of(comment),
        author_id=author_id, author_name=None if author is None else author.name, author_role=role,
        direction=direction, is_own_answer=answer, hidden=None, visibility=_VISIBLE,
        media_ids=() if comment.attachments is None else tuple(ref.id for ref in read.media_of(comment, around)),
        reaction_count=None if counts is None else counts.like_count,
        platform_reply_count=None if counts is None else counts.reply_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


_LISTED: dict[str, Any] = {"name": "posts", "records": ("data",), "limit": _LIMIT, "format": PAGE, "beside": beside}
_WITHIN = (("start_time", "$since_z"), ("expansions", f"{_BESIDE},{_SHARED}"), *_OBJECTS)
_TIMELINE = Endpoint(  # without end_time: newer posts use up the reach too, and only what is listed can be counted
    **_LISTED, path="/2/users/$own_id/tweets", parameters=((_LIMIT, "100"), *_WITHIN), reach=REACH,
    paging=Cursor(place=("meta", "next_token"), parameter="pagination_token"),
)  # fmt: skip
_SEARCH = Endpoint(
    **_LISTED, path=_ALL, parameters=(("query", "from:$own_id"), ("end_time", "$until_z"), (_LIMIT, "500"), *_WITHIN),
    pace_seconds=_PACE,
    paging=Cursor(place=("meta", "next_token"), parameter="next_token"),
)  # fmt: skip
_REPLIES = Endpoint(
    **{**_LISTED, "name": "comments", "format": REPLIES}, path=_ALL, pace_seconds=_PACE, refusal_is_general=True,
    parameters=(("query", "$ids"), (_LIMIT, "500"), ("start_time", "$since_z"), ("expansions", _BESIDE), *_OBJECTS),
    join=("conversation_id:$id", " OR "), paging=_SEARCH.paging,
)  # fmt: skip
_BY_TIMELINE = Connector(
    platform="x",
    interface="X API",
    api_version="2",
    scopes=("tweet.read", "users.read", "offline.access"),
    settings=(
        Setting(name="user_id", meaning="the account's number, which stays when the name changes", required=True),
        Setting(name="field_names", meaning="tweet or post: the names that are sent", default="tweet"),
        Setting(name="posts_by", meaning=f"timeline (the newest {REACH}) or search (all, dearer)", default="timeline"),
        Setting(name="base_url", meaning="address of the X API", default="https://api.x.com"),
        Setting(name="token_url", meaning="renews a user token", default="https://api.x.com/2/oauth2/token"),
        Setting(
            name="credential", required=True, secret=True,
            meaning="the app's Bearer token, or the JSON text of a user token of a public client (Native App)",
        ),
    ),
    auth_scheme="Bearer",
    renewal=Renewal(
        setting="token_url", rotates=True,
        fields=(("grant_type", "refresh_token"), ("refresh_token", "$refresh_token"), ("client_id", "$client_id")),
    ),
    errors=X_TABLE,
    profile=Endpoint(
        name="profile", path="/2/users/$user_id", parameters=(("user.fields", _PROFILE),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=None,
    listings=(_TIMELINE,),
    comments=(_REPLIES,),
    posts_per_call=_PER_QUERY,
    names_thread="conversation_id",
    no_comment_id="replies came without ids",
    comment_type=Tweet,
    answers_name_post=True,
    counts_direct=True,
    comment_aliases=Tweet.earlier,
    comment_history=Tweet.earlier,
    history=History(
        endpoint=Endpoint(
            name="versions", path="/2/tweets", records=("data",),
            parameters=(("ids", "$ids"), ("expansions", "attachments.poll_ids"), *_OBJECTS), paging=SinglePage(),
            limit="", format=PAGE, beside=beside,
        ),
        size=100, key=lambda raw: read.TWEET.decode(raw).id, to_version=read.to_version,
    ),
    to_profile=read.to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda comment, origin: read.media_of(comment, origin.beside or Beside()),
    author_key=str,
)  # fmt: skip
X = replace(
    _BY_TIMELINE,
    variant_setting="posts_by",
    variants={"search": replace(_BY_TIMELINE, listings=(_SEARCH,), to_profile=read.to_profile_of_search)},
)
