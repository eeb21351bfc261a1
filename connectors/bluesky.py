"""Bluesky through the AT Protocol: posts, own answers and reposts, threads, originals, the signed repository.

Two hosts: the AppView (``base_url``) knows profile, counts and threads; the account's own data server (``pds_url``)
has its records and blobs, which vouch for themselves. Texts are plain; links in them are facets (places in bytes of
UTF-8) and stay in ``raw``. Neither host keeps earlier texts: a record whose identifier differs between them is edited.

The AppView leaves a deleted answer, and all below it, out of the thread without a word, and also the answers of
deactivated accounts. What an own answer leads to is found again; other answers below a lost one cannot be had.

Source: lexicons app.bsky.* and com.atproto.*, measured against @atproto/bsky 0.0.280; as of November 2026.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import msgspec

from connectors._bluesky_counts import COUNTS
from connectors._bluesky_errors import ERRORS
from connectors._bluesky_format import AROUND, BELOW
from connectors._bluesky_media import profile_picture, shown, uploaded
from connectors._bluesky_objects import SITE, Kept, KeptShare, Profile, Threadgate, View, page_of
from connectors._bluesky_repository import CAR, wrong_with
from connectors._connector import Branch, Connector, Endpoint, MappedPost, MappedProfile, Origin, Replies, Setting
from connectors._paging import Cursor, SinglePage
from urval.errors import RefusedError
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, GapReason, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from connectors._connector import Authors, MediaRef

_LIMITS = (  # said once for the account
    ("media", GapReason.INTERFACE_LIMIT, "others' pictures are those the AppView makes; their films it does not give"),
    ("comments", GapReason.INTERFACE_LIMIT, "below a lost answer only what hangs on an answer of the account is found"),
)
# Few enough levels for a JSON reader (two each); what lies deeper is asked for on its own.
_DEPTH = "200"

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _HIDDEN, _VISIBLE = Edited.UNKNOWN, Visibility.HIDDEN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_KEPT, _SHARE = msgspec.json.Decoder(Kept), msgspec.json.Decoder(KeptShare)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    told = msgspec.json.decode(body, type=Profile)
    if settings["did"] != told.did:
        raise RefusedError(
            f"The setting did of account {origin.account_id} is {settings['did']!r}, not the account's own identifier.",
            account_wide=True,
            next_step=f"Set did: {told.did}, if that is the account meant; handles can change hands.",
        )
    pairs = ((MediaKind.AVATAR, told.avatar), (MediaKind.COVER, told.banner))
    refs = {kind: profile_picture(told.did, kind, url) for kind, url in pairs if url}
    profile = AccountProfile(
        platform="bluesky", account_id=origin.account_id, id=told.did, handle=told.handle,
        name=told.display_name or told.handle, about=told.description, url=f"{SITE}/{told.did}", links=(),
        avatar_media_id=refs[MediaKind.AVATAR].id if told.avatar else None,
        cover_media_id=refs[MediaKind.COVER].id if told.banner else None,
        followers=told.followers_count, likes=None, posts=told.posts_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    return MappedProfile(profile=profile, media=tuple(refs.values()), authors=frozenset({told.did}), troubles=_LIMITS)


def _to_post(raw: msgspec.Raw, origin: Origin, listing: str, own_id: str) -> MappedPost:
    if listing == "reposts":
        share = _SHARE.decode(raw)
        subject, when = share.value.subject.uri, share.value.created_at
        return MappedPost(
            post=_post(raw, origin, own_id, share.uri, "share", when, subject, page_of(subject)), media=()
        )
    kept = _KEPT.decode(raw)
    told, answered = kept.value, kept.value.reply
    media = uploaded(kept.uri, own_id, told.embed) if told.embed else ()
    kind, parent, root = ("post", None, "") if answered is None else ("reply", answered.parent.uri, answered.root.uri)
    post = _post(
        raw, origin, own_id, kept.uri, kind, told.created_at, parent, page_of(kept.uri), told.text,
        told.langs[0] if told.langs else None, tuple(ref.id for ref in media),
    )  # fmt: skip
    return MappedPost(post=post, media=media, after="", reply=bool(root), answer_in=root)


def _post(
    raw: msgspec.Raw, origin: Origin, own_id: str, uri: str, kind: str, when: datetime, parent: str | None,
    permalink: str | None, text: str = "", language: str | None = None, media_ids: tuple[str, ...] = (),
) -> Post:  # fmt: skip
    return Post(
        platform="bluesky", account_id=origin.account_id, id=uri, permalink=permalink, kind=kind, title=None,
        text=text, language=language, created_at=when.astimezone(UTC), updated_at=None, edited=_UNKNOWN,
        author_id=own_id, author_name=None, author_role=_OWN[0], direction=_OWN[1], in_reply_to=parent, pinned=None,
        media_ids=media_ids, reactions=(), reaction_count=None, share_count=None, view_count=None,
        platform_comment_count=None, visibility=_VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip


def _hidden(envelope: Mapping[str, Any]) -> frozenset[str]:
    """Return the answers that the gate of the thread hides."""
    gate = envelope.get("threadgate") or {}
    return frozenset(msgspec.convert(gate.get("record") or {}, Threadgate).hidden_replies)


def _comment_media(view: Any, _origin: Origin) -> tuple[MediaRef, ...]:
    """Return originals for who began the thread, whose data server is known, and what is shown of others'."""
    record = view.record
    if record.embed is None:
        return ()
    if record.reply is not None and record.reply.root.uri.startswith(f"at://{view.author.did}/"):
        return uploaded(view.uri, view.author.did, record.embed)
    return shown(view.uri, view.embed)


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors,
    *, post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    record, author, hidden = comment.record, comment.author, comment.uri in origin.beside
    role, direction = _OWN if author.did in authors.ids else _PERSON
    return Comment(
        platform="bluesky", account_id=origin.account_id, post_id=post_id, id=comment.uri, parent_id=parent,
        depth=depth, permalink=page_of(comment.uri), text=record.text,
        language=record.langs[0] if record.langs else None,
        created_at=record.created_at.astimezone(UTC), updated_at=None, edited=_UNKNOWN,
        author_id=author.did, author_name=author.display_name or author.handle, author_role=role, direction=direction,
        is_own_answer=answer, hidden=hidden, visibility=_HIDDEN if hidden else _VISIBLE,
        media_ids=() if record.embed is None else tuple(ref.id for ref in _comment_media(comment, origin)),
        reaction_count=comment.like_count, platform_reply_count=comment.reply_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _records(name: str, collection: str) -> Endpoint:
    return Endpoint(
        name=name, path="/xrpc/com.atproto.repo.listRecords", base="pds_url", records=("records",), limit="limit",
        parameters=(("repo", "$own_id"), ("collection", collection), ("limit", "100")), newest_first=False,
        paging=Cursor(place=("cursor",), parameter="cursor"),  # also with the last records: then an empty page ends it
    )  # fmt: skip


def _thread(name: str, uri: str, height: str, form: Any) -> Endpoint:
    return Endpoint(
        name=name, path="/xrpc/app.bsky.feed.getPostThread", records=("thread",), paging=SinglePage(), limit="",
        parameters=(("uri", uri), ("depth", _DEPTH), ("parentHeight", height)), format=form, beside=_hidden,
    )  # fmt: skip


BLUESKY = Connector(
    platform="bluesky",
    page_view="a public page that is shown to anyone without a log-in; one visit an occasion",
    interface="AT Protocol",
    scopes=(),
    settings=(
        Setting(name="did", meaning="the account's identifier (did:plc:…); a handle can change hands", required=True),
        Setting(name="pds_url", meaning="address of its data server, as its DID document names it", required=True),
        Setting(name="base_url", meaning="address of the AppView", default="https://public.api.bsky.app"),
    ),
    auth_scheme="Bearer",
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/xrpc/app.bsky.actor.getProfile", parameters=(("actor", "$did"),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=None,
    listings=(_records("posts", "app.bsky.feed.post"), _records("reposts", "app.bsky.feed.repost")),
    comments=(_thread("comments", "$post_id", "0", BELOW),),
    posts_per_call=1,
    no_comment_id="an answer came without its address",
    comment_type=View,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=_comment_media,
    author_key=lambda raw: msgspec.json.decode(raw, type=Profile).did,
    companions=(COUNTS,),
    replies=Replies(
        endpoint=_thread("comments", "$comment_id", "0", AROUND),
        inline=lambda _view: (),
        branch=lambda view, known: Branch() if (view.reply_count or 0) > known else None,
    ),
    lost_answers=_thread("comments", "$comment_id", "1000", AROUND),
    stands_for=View.stands_for,
    id_members=("uri",),
    answers_name_post=True,
    counts_direct=True,
    documents=(
        Endpoint(
            name="repository", path="/xrpc/com.atproto.sync.getRepo", base="pds_url", parameters=(("did", "$own_id"),),
            records=(), paging=SinglePage(), limit="", format=CAR,
        ),
    ),
    check_document=wrong_with,
)  # fmt: skip
