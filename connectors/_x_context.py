"""What a post or reply on X says together with what lies beside it on the page. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._connector import MappedProfile, MediaRef
from connectors._x_objects import Attached, Tweet, UserPage
from connectors._x_pages import Beside
from urval.records import AccountProfile, Comment, Edited, GapReason, MediaKind, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors._connector import Found, Origin
    from urval.records import Post

TWEET: Final = msgspec.json.Decoder(Tweet, strict=False)
SITE: Final = "https://x.com"
REPEATED: Final = frozenset({"retweeted", "reposted"})
_ELSEWHERE = "answers to the account's own reply in another's conversation are not asked for"
_NOT_SHARED = "the interface does not give the media of what was reposted"
_NO_POLL = "the post names a poll that did not come with it"
_NO_REPOSTS = "a search finds no reposts; the timeline lists them"
_KINDS = {"photo": "photo", "video": "video", "animated_gif": "video"}
# Looked up once: an enumeration's member costs more than the rest of a reply's field.
_YES, _NO, _UNKNOWN, _IMAGE, _VIDEO = Edited.YES, Edited.NO, Edited.UNKNOWN, MediaKind.IMAGE, MediaKind.VIDEO


def to_profile(body: bytes, origin: Origin, _settings: Mapping[str, str]) -> MappedProfile:
    """Map the answer about the account itself."""
    user = msgspec.json.decode(body, type=UserPage, strict=False).data
    counts, picture = user.public_metrics, user.profile_image_url
    url = picture.replace("_normal.", ".") if picture else None  # the original instead of 48 pixels
    avatar = MediaRef(id=f"{user.id}:avatar", url=url, kind=MediaKind.AVATAR) if url else None
    profile = AccountProfile(
        platform="x", account_id=origin.account_id, id=user.id, handle=user.username, name=user.name or "",
        about=user.description, url=f"{SITE}/{user.username}" if user.username else None,
        links=(user.url,) if user.url else (), avatar_media_id=avatar.id if avatar else None, cover_media_id=None,
        followers=counts.followers_count if counts else None, likes=None,
        posts=(counts.tweet_count if counts.tweet_count is not None else counts.post_count) if counts else None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    return MappedProfile(profile=profile, media=(avatar,) if avatar else (), authors=frozenset({user.id}))


def to_profile_of_search(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    """Map the account, and say once what a search for its posts does not find."""
    return replace(to_profile(body, origin, settings), troubles=(("posts", GapReason.INTERFACE_LIMIT, _NO_REPOSTS),))


def troubles_of(tweet: Tweet, around: Beside) -> tuple[tuple[str, GapReason, str], ...]:
    """Say what the post refers to and the platform does not give."""
    found = []
    for one in tweet.references():
        if one.type != "replied_to" and one.id not in around.posts:
            problem = around.problems.get(one.id)
            gone = problem is not None and problem.type.endswith("resource-not-found")
            words = problem.detail if problem else f"the post {one.id} ({one.type}) did not come with it"
            found.append(("shared post", GapReason.GONE if gone else GapReason.REFUSED, words))
    if tweet.answers() and tweet.public_metrics and tweet.public_metrics.reply_count:
        found.append(("comments", GapReason.INTERFACE_LIMIT, _ELSEWHERE))
    repeats = repeated_by(tweet, around)
    if repeats is not None and repeats.attachments and not around.media.keys() >= {*repeats.attachments.media_keys}:
        found.append(("media", GapReason.INTERFACE_LIMIT, _NOT_SHARED))
    for number in tweet.attachments.poll_ids if tweet.attachments else ():
        if number not in around.polls:
            found.append(("poll", GapReason.REFUSED, _NO_POLL))  # noqa: PERF401 - a closure costs every post more
    return tuple(found)


def repeated_by(tweet: Tweet, around: Beside) -> Tweet | None:
    """Return the post that a repost repeats, if it came with it."""
    for one in tweet.references():
        if one.type in REPEATED:
            return around.posts.get(one.id)
    return None


def kind_of(tweet: Tweet, around: Beside) -> str:
    """Return what kind of post it is."""
    types = {one.type for one in tweet.references()}
    if types & REPEATED:
        return "share"
    if "replied_to" in types or "quoted" in types:
        return "reply" if "replied_to" in types else "quote"
    if tweet.article or tweet.attachments is None:
        return "article" if tweet.article else "post"
    first = next((around.media[key].type for key in tweet.attachments.media_keys if key in around.media), "")
    return "poll" if tweet.attachments.poll_ids else _KINDS.get(first, "post")


def permalink_of(tweet: Tweet, around: Beside) -> str:
    """Return the public address, built from the author's name and the id."""
    user = around.users.get(tweet.author_id or "")
    return f"{SITE}/{user.username if user is not None and user.username else 'i'}/status/{tweet.id}"


def language_of(tweet: Tweet) -> str | None:
    """Return the language; X has codes of its own for what is none: und, zxx, and those that begin with q."""
    lang = tweet.lang
    return None if lang is None or lang in {"und", "zxx"} or lang.startswith("q") else lang


def edited_of(tweet: Tweet) -> Edited:
    """Tell whether there are earlier versions."""
    versions = tweet.edit_history_tweet_ids or tweet.edit_history_post_ids
    return _NO if len(versions) == 1 else _YES if versions else _UNKNOWN


def words_of(tweet: Tweet, around: Beside) -> str:
    """Return the text, and below it the options of a poll with their votes."""
    if tweet.attachments is None or not tweet.attachments.poll_ids:
        return tweet.words()
    return _with_polls(tweet.words(), tweet.attachments.poll_ids, around)


def _with_polls(text: str, poll_ids: tuple[str, ...], around: Beside) -> str:
    polls = (around.polls.get(number) for number in poll_ids)
    options = (option for poll in polls if poll is not None for option in poll.options)
    lines = [f"• {one.label}" if one.votes is None else f"• {one.label} ({one.votes})" for one in options]
    return "\n".join([text, "", *lines]) if lines else text


def media_of(tweet: Tweet, around: Beside, owner: str = "") -> tuple[MediaRef, ...]:
    """Name the pictures and films; one that did not come, or without address, is withheld."""
    refs = []
    for key in tweet.attachments.media_keys if tweet.attachments else ():
        medium, problem = around.media.get(key), around.problems.get(key)
        url = medium.address() if medium is not None else None
        why = problem.detail if problem else "the interface gives no address for this medium"
        image = medium.type == "photo" if medium is not None else key.startswith("3_")
        refs.append(MediaRef(
            id=f"{owner or tweet.id}:{key}", url=url, kind=_IMAGE if image else _VIDEO,
            alt_text=medium.alt_text if medium else None, width=medium.width if medium else None,
            height=medium.height if medium else None, withheld="" if url else why,
        ))  # fmt: skip
    return tuple(refs)


def shared_media(repeats: Tweet | None, around: Beside, owner: str) -> tuple[MediaRef, ...]:
    """Name the media of what a repost repeats, as far as they came with it."""
    if repeats is None or repeats.attachments is None:
        return ()
    came = tuple(key for key in repeats.attachments.media_keys if key in around.media)
    return media_of(msgspec.structs.replace(repeats, attachments=Attached(media_keys=came)), around, owner)


def to_version(found: Found, number: int, of: Post | Comment) -> Version | None:
    """Map one earlier version; None for the one that is current."""
    tweet = TWEET.decode(found.raw)
    if tweet.id == of.id:
        return None
    return Version(
        platform="x", account_id=of.account_id, thread_id=of.post_id if isinstance(of, Comment) else of.id,
        subject_id=of.id, number=number, text=words_of(tweet, found.origin.beside or Beside()),
        created_at=tweet.created_at, captured_at=found.origin.captured_at, exchange=found.origin.exchange,
        raw=str(found.raw, "utf-8"),
    )  # fmt: skip
