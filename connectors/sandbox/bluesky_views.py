"""What the AppView makes of records: profiles, posts with their counts, threads.

As recorded from @atproto/bsky 0.0.280: an answer that is not shown hides all below it without a placeholder, asked for
by its own address a lost one comes with ``notFoundPost`` above it, the number of answers counts those of deactivated
accounts, the newest answers come first, and a node at the asked depth has no member ``replies``. The gate of a thread
comes with every answer in it (from memory of the AppView's source; recorded only for the post itself).
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectors.sandbox.bluesky_records import GATE, Records, author_of, handle_of, key_of, rooted, stamp
from connectors.sandbox.native_ids import did
from connectors.sandbox.signed_repository import record_cid

if TYPE_CHECKING:
    from connectors.sandbox.model import CityComment, CityPost, Person
    from connectors.sandbox.world import World

API_HOST, PDS_HOST = "api.bsky.exempelstad.example", "pds.exempelstad.example"
IMAGES = f"http://{API_HOST}/img"
_DEFS = "app.bsky.feed.defs#"


class Views:
    """The AppView's views of one account's posts and of the answers to them."""

    def __init__(self, world: World, key: str, records: Records) -> None:
        self._world, self._key, self._records = world, key, records
        self._own = records.account.id
        self._counts: dict[str, tuple[CityPost, Counter[str | None]]] = {}

    @cached_property
    def _avatar(self) -> str:
        return str(self._records.profile()["avatar"]["ref"]["$link"])

    def profile(self) -> dict[str, Any]:
        """Return the account's profile with its counts."""
        account, value = self._records.account, self._records.profile()
        posts = self._world.posts(self._key)
        written = len(posts) + sum(c.author is None for post in posts for c in post.comments)
        shown = self._author(None) | {
            "banner": f"{IMAGES}/banner/plain/{self._own}/{value['banner']['ref']['$link']}",
            "description": account.about, "indexedAt": stamp(self._world.city.start),
            "followersCount": account.followers, "followsCount": 12, "postsCount": written,
        }  # fmt: skip
        return shown | ({"pinnedPost": value["pinnedPost"]} if "pinnedPost" in value else {})

    def shown(self, uri: str) -> dict[str, Any] | None:
        """Return a post or answer by its address, or None if it is not shown (any more)."""
        found = self._found(uri)
        return None if found is None else self._thing(*found)

    def thread(self, uri: str, depth: int, height: int) -> dict[str, Any] | None:
        """Return the document for a post or answer with what is below and above it, or None if it is not shown."""
        found = self._found(uri)
        if found is None:
            return None
        post, comment = found
        shown = frozenset(c.id for c in post.comments if c.listed)
        below = rooted(post.comments, shown)
        node = self._node(post, comment, below, depth)
        if comment is not None and height > 0:
            node["parent"] = self._above(post, comment, height)
        gate = self._gate(post)
        return {"thread": node} | ({"threadgate": gate} if gate else {})

    def answers_to(self, post: CityPost, comment: CityComment | None) -> int:
        """Return the AppView's number of direct answers to a post (None) or an answer."""
        held = self._counts.get(post.id)
        if held is None or held[0] is not post:
            held = self._counts[post.id] = (post, Counter(c.parent_id for c in post.comments))
        return held[1][comment.id if comment else None]

    def _found(self, uri: str) -> tuple[CityPost, CityComment | None] | None:
        post = self._world.post(self._key, uri)
        if post is not None:
            return post, None
        found = self._world.comment(self._key, uri)
        return found if found is not None and found[1].listed else None

    def _node(
        self, post: CityPost, comment: CityComment | None, below: dict[str | None, list[CityComment]], depth: int
    ) -> dict[str, Any]:
        node: dict[str, Any] = {"post": self._thing(post, comment)}
        if depth > 0:
            answers = below.get(comment.id if comment else None, [])
            node["replies"] = [self._node(post, answer, below, depth - 1) for answer in answers]
        return node | {"threadContext": {}, "$type": f"{_DEFS}threadViewPost"}

    def _above(self, post: CityPost, comment: CityComment, height: int) -> dict[str, Any]:
        uri = comment.parent_id or post.id
        found = self._found(uri)
        if found is None:
            return {"uri": uri, "notFound": True, "$type": f"{_DEFS}notFoundPost"}
        node: dict[str, Any] = {"post": self._thing(*found)}
        if found[1] is not None and height > 1:
            node["parent"] = self._above(post, found[1], height - 1)
        return node | {"threadContext": {}, "$type": f"{_DEFS}threadViewPost"}

    def _thing(self, post: CityPost, comment: CityComment | None) -> dict[str, Any]:
        thing = comment or post
        record = self._records.post(post) if comment is None else self._records.answer(post, comment)
        answers = self.answers_to(post, comment)
        likes = comment.likes if comment else sum(count for _, count in post.reactions)
        embed = self._embed(record, author_of(comment, self._own) if comment else self._own)
        shown = {
            "uri": thing.id, "cid": self._records.cid(thing, record),
            "author": self._author(comment.author if comment else None), "record": record,
            **({"embed": embed} if embed else {}),
            "bookmarkCount": 0, "replyCount": answers, "repostCount": 0 if comment else post.shares,
            "likeCount": likes, "quoteCount": 0, "indexedAt": stamp(thing.created_at), "labels": [],
        }  # fmt: skip
        gate = None if comment else self._gate(post)
        return shown | ({"threadgate": gate} if gate else {})

    def _gate(self, post: CityPost) -> dict[str, Any] | None:
        record = self._records.gate(post)
        if record is None:
            return None
        uri = f"at://{self._own}/{GATE}/{key_of(post.id)}"
        return {"uri": uri, "cid": record_cid(record), "record": record, "lists": []}

    def _author(self, person: Person | None) -> dict[str, Any]:
        account = self._records.account
        named = (account.id, f"{account.handle}.example", account.name)
        if person is not None:
            named = (did(person.id), handle_of(person), person.name)
        shown = dict(zip(("did", "handle", "displayName"), named, strict=True))
        if person is None:
            shown["avatar"] = f"{IMAGES}/avatar/plain/{self._own}/{self._avatar}"
        associated = {"activitySubscription": {"allowSubscriptions": "followers"}}
        return {**shown, "associated": associated, "labels": []}

    @staticmethod
    def _embed(record: dict[str, Any], owner: str) -> dict[str, Any] | None:
        """Return what the AppView shows of a record's pictures or card."""
        embed = record.get("embed", {})
        kind = embed.get("$type", "")
        if kind == "app.bsky.embed.external":
            return {"external": embed["external"], "$type": f"{kind}#view"}
        images = []
        for image in embed.get("images", embed.get("items", ())):
            end = f"plain/{owner}/{image['image']['ref']['$link']}"
            small = "thumbnail" if kind.endswith("gallery") else "thumb"
            images.append({
                small: f"{IMAGES}/feed_thumbnail/{end}", "fullsize": f"{IMAGES}/feed_fullsize/{end}",
                "alt": image["alt"], "aspectRatio": image["aspectRatio"],
            })  # fmt: skip
        if not images:
            return None
        if kind.endswith("gallery"):
            items = [{"$type": f"{kind}#viewImage", **image} for image in images]
            return {"items": items, "$type": f"{kind}#view"}
        return {"images": images, "$type": f"{kind}#view"}
