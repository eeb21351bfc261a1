"""Resources of the YouTube Data API, made from the city: channel, playlist items, videos, threads, comments."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.sandbox.answers import mark

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost

PUBLISHED, HELD, SPAM, REMOVED = "published", "heldForReview", "likelySpam", "rejected"
_INLINE = 5  # answers that come inside a thread
_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360), "standard": (640, 480), "maxres": (1280, 720)}
_TITLE_LENGTH = 100


def state_of(comment: CityComment) -> str:
    """Return a comment's moderation status; of those held every other one is taken for spam."""
    if not comment.listed:
        return REMOVED
    if not comment.hidden:
        return PUBLISHED
    return SPAM if int(mark(comment.id, length=2), 16) % 2 else HELD


def answers_of(post: CityPost, top: CityComment, state: str) -> list[CityComment]:
    """Return a thread's answers of a state, oldest first."""
    return [c for c in post.comments if c.parent_id == top.id and state_of(c) == state]


def inline_answers(post: CityPost, top: CityComment, listing: str) -> list[CityComment]:
    """Return the answers that come inside a thread, in one of the three listings."""
    published = answers_of(post, top, PUBLISHED) if state_of(top) == listing else []
    others = answers_of(post, top, listing) if listing != PUBLISHED else []
    return (published + others)[:_INLINE]


def listed_threads(post: CityPost, listing: str) -> list[CityComment]:
    """Return the first comments of the threads that a listing shows, oldest first.

    The listings of held ones show a thread also for an answer that waits for review.
    """
    waiting = {c.parent_id for c in post.comments if c.parent_id and listing != PUBLISHED and state_of(c) == listing}
    return [
        c
        for c in post.comments
        if c.parent_id is None and state_of(c) != REMOVED and (state_of(c) == listing or c.id in waiting)
    ]


def title_of(post: CityPost) -> str:
    """Return a video's title: a hundred characters at most."""
    return (post.title or post.text.partition("\n")[0])[:_TITLE_LENGTH]


def comments_off(post: CityPost) -> bool:
    """Tell whether the city turned a video's comments off; it does for some that nobody wrote under."""
    return not post.comments and int(mark("off", post.id, length=2), 16) % 2 == 0


def channel_of(person_id: str) -> str:
    """Return the channel id of a person."""
    return "UC" + mark("channel", person_id, length=22)


def rfc3339(when: datetime) -> str:
    """Return a time as YouTube writes it today; before 2020 there were milliseconds."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Resources:
    """Makes resources; ``owner`` tells whether the channel's owner asks, ``plain`` the text format."""

    def __init__(self, account: CityAccount, shelf: Shelf, *, owner: bool, plain: bool = False) -> None:
        self._account, self._shelf, self._owner, self._plain = account, shelf, owner, plain

    def channel(self, posts: int) -> dict[str, Any]:
        """Return the channel with all its parts."""
        account = self._account
        texts = {"title": account.name, "description": account.about}
        avatar = self._shelf.graph_picture(account.avatar, self._shelf.profile_picture_id(account, "avatar"))
        cover = self._shelf.graph_picture(account.cover, self._shelf.profile_picture_id(account, "cover"))
        return _resource("channel", account.id, {
            "snippet": {
                **texts, "customUrl": f"@{account.handle}", "publishedAt": "2011-03-04T09:15:00Z",
                "thumbnails": {
                    name: {"url": avatar + f"&sz={size}" if size < 800 else avatar, "width": size, "height": size}  # noqa: PLR2004 - the largest
                    for name, size in (("default", 88), ("medium", 240), ("high", 800))
                },
                "localized": texts, "country": "SE",
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": uploads_of(account)}},
            "statistics": {
                "viewCount": "812345", "subscriberCount": str(account.followers), "hiddenSubscriberCount": False,
                "videoCount": str(posts),
            },
            "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
            "brandingSettings": {"channel": {**texts, "country": "SE"}, "image": {"bannerExternalUrl": cover}},
        })  # fmt: skip

    def playlist_item(self, post: CityPost, place: int, *, deleted: bool) -> dict[str, Any]:
        """Return an entry of the uploads: the video's texts, or the words that stand for a lost or private one."""
        lost = "Deleted" if deleted else "" if self._owner or not post.hidden else "Private"
        snippet: dict[str, Any] = {
            "publishedAt": rfc3339(post.created_at - timedelta(minutes=3)), "channelId": self._account.id,
            "title": f"{lost} video" if lost else title_of(post),
            "description": "This video is {}.".format("private" if lost == "Private" else "unavailable")
            if lost else post.text,
            "thumbnails": {} if lost else self._thumbnails(post), "channelTitle": self._account.name,
            "playlistId": uploads_of(self._account), "position": place,
            "resourceId": {"kind": "youtube#video", "videoId": post.id},
        }  # fmt: skip
        details = {"videoId": post.id}
        if not lost:
            owner = {"videoOwnerChannelTitle": self._account.name, "videoOwnerChannelId": self._account.id}
            snippet |= owner
            details["videoPublishedAt"] = rfc3339(post.created_at)
        privacy = "privacyStatusUnspecified" if deleted else "private" if post.hidden else "public"
        return _resource("playlistItem", mark("item", post.id), {
            "snippet": snippet, "contentDetails": details, "status": {"privacyStatus": privacy},
        })  # fmt: skip

    def video(self, post: CityPost) -> dict[str, Any]:
        """Return a video with all its parts; the pinned one was a live broadcast."""
        seconds = round(post.film.seconds) if post.film else 1
        title, live = title_of(post), post.pinned
        parts: dict[str, Any] = {
            "snippet": {
                "publishedAt": rfc3339(post.created_at), "channelId": self._account.id, "title": title,
                "description": post.text, "thumbnails": self._thumbnails(post), "channelTitle": self._account.name,
                "tags": [post.topic], "categoryId": "25", "liveBroadcastContent": "none",
                "defaultLanguage": post.language, "localized": {"title": title, "description": post.text},
                "defaultAudioLanguage": post.language,
            },
            "contentDetails": {
                "duration": f"PT{seconds // 60}M{seconds % 60}S", "dimension": "2d", "definition": "hd",
                "caption": "false", "licensedContent": False, "contentRating": {}, "projection": "rectangular",
            },
            "status": {
                "uploadStatus": "processed", "privacyStatus": "private" if post.hidden else "public",
                "license": "youtube", "embeddable": True, "publicStatsViewable": True, "madeForKids": False,
            },
            "statistics": self._statistics(post),
            "topicDetails": {"topicCategories": ["https://en.wikipedia.org/wiki/Society"]},
            "localizations": {post.language: {"title": title, "description": post.text}},
        }  # fmt: skip
        if live:
            begun = rfc3339(post.created_at)
            parts["liveStreamingDetails"] = {"actualStartTime": begun, "scheduledStartTime": begun}
        return _resource("video", post.id, parts)

    def _statistics(self, post: CityPost) -> dict[str, str]:
        counted = [c for c in post.comments if state_of(c) in {PUBLISHED, REMOVED}]
        told = {
            "viewCount": str(post.film.views if post.film else 0), "likeCount": str(dict(post.reactions)["LIKE"]),
            "favoriteCount": "0",
        }  # fmt: skip
        return told if comments_off(post) else told | {"commentCount": str(len(counted))}

    def _thumbnails(self, post: CityPost) -> dict[str, Any]:
        """Return the sizes there are: the largest is missing for videos that were filmed small."""
        picture = self._shelf.graph_picture(post.pictures[0], post.picture_ids[0])
        small = post.film is not None and not post.film.source_given
        names = list(_SIZES)[: 3 if small else 5]
        return {
            name: {
                "url": picture if name == names[-1] else f"{picture}&sz={name}",
                "width": _SIZES[name][0], "height": _SIZES[name][1],
            }
            for name in names
        }  # fmt: skip

    def thread(self, post: CityPost, top: CityComment, listing: str) -> dict[str, Any]:
        """Return a thread as one of the three listings shows it."""
        inline = inline_answers(post, top, listing)
        parts: dict[str, Any] = {
            "snippet": {
                "channelId": self._account.id, "videoId": post.id, "topLevelComment": self.comment(post, top),
                "canReply": True, "totalReplyCount": len(answers_of(post, top, PUBLISHED)),
                "isPublic": state_of(top) == PUBLISHED,
            }
        }  # fmt: skip
        if inline:
            parts["replies"] = {"comments": [self.comment(post, c) for c in inline]}
        return _resource("commentThread", top.id, parts)

    def comment(self, post: CityPost, comment: CityComment) -> dict[str, Any]:
        """Return a comment or answer. Whose account is gone has no channel; only the owner is told the status."""
        author = comment.author
        own = author is None
        channel = self._account.id if author is None else channel_of(author.id)
        name = self._account.handle if author is None else author.name
        escaped = html.escape(comment.text, quote=True).replace("\n", "<br>")
        snippet: dict[str, Any] = {
            "channelId": self._account.id, "videoId": post.id,
            "textDisplay": comment.text if self._plain else escaped, "textOriginal": comment.text,
            "authorDisplayName": f"@{name}",
            "authorProfileImageUrl": f"https://yt3.ggpht.com/ytc/{mark('face', name)}=s48-c-k-c0x00ffffff-no-rj",
            "authorChannelUrl": f"http://www.youtube.com/channel/{channel}", "authorChannelId": {"value": channel},
            "canRate": True, "viewerRating": "none", "likeCount": comment.likes,
            "publishedAt": rfc3339(comment.created_at), "updatedAt": rfc3339(comment.created_at),
        }  # fmt: skip
        if not own and author is not None and not author.named:
            del snippet["authorChannelUrl"], snippet["authorChannelId"]
        if comment.parent_id:
            snippet["parentId"] = comment.parent_id
        if self._owner:
            snippet["moderationStatus"] = state_of(comment)
        return _resource("comment", comment.id, {"snippet": snippet})


def uploads_of(account: CityAccount) -> str:
    """Return the id of the playlist that holds all uploads."""
    return "UU" + account.id[2:]


def _resource(kind: str, resource_id: str, parts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": f"youtube#{kind}", "etag": mark(kind, resource_id, length=27), "id": resource_id, **parts}
