"""What the authors of the city's posts and answers keep on Bluesky: records in their repositories, and blobs.

Choices where nothing is documented or nothing would be gained: texts longer than the 300 signs Bluesky takes are cut
at a word; more than four pictures make a gallery; what an answer names is the post as it was when it was answered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import signed_repository as repository
from connectors.sandbox.native_ids import did

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from connectors.sandbox.model import CityComment, CityPost, Person
    from connectors.sandbox.pictures import Picture
    from connectors.sandbox.world import World

POST, GATE, PROFILE = "app.bsky.feed.post", "app.bsky.feed.threadgate", "app.bsky.actor.profile"
LONGEST: Final = 300  # signs of a text
_IN_IMAGES = 4  # pictures; more of them make a gallery
_FACETS = re.compile(r"(?P<link>https?://[^\s]+[^\s.,)!?])|(?<!\w)(?P<tag>#\w+)")


def stamp(when: datetime) -> str:
    """Write an instant as the app does: UTC with milliseconds."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


def fitted(text: str) -> str:
    """Return a text as it fits into a post."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(None, 1)[0] + "…"


def author_of(comment: CityComment, own: str) -> str:
    """Return the identifier of who wrote an answer."""
    return own if comment.author is None else did(comment.author.id)


def key_of(uri: str) -> str:
    """Return the record key at the end of an address."""
    return uri.rpartition("/")[2]


class Records:
    """The records of one account and of those who answer it, as they are now; blobs are known once named."""

    def __init__(self, world: World, key: str) -> None:
        self.account = world.account(key)
        self.blobs: dict[tuple[str, str], tuple[str, str]] = {}  # (owner, identifier) -> (address on the shelf, type)
        self._world, self._key = world, key
        self._cids: dict[str, tuple[object, str]] = {}
        self._first_cids: dict[str, str] = {}
        self._answers = {c.id: (post, c) for post in self.account.posts for c in post.comments}
        self._posts = {post.id: post for post in self.account.posts}

    def post(self, post: CityPost) -> dict[str, Any]:
        """Return a post's record."""
        value: dict[str, Any] = {"$type": POST, "text": fitted(post.text), "langs": [post.language]}
        shown = [self._image(picture, number) for picture, number in zip(post.pictures, post.picture_ids, strict=True)]
        if len(shown) > _IN_IMAGES:
            items = [{"$type": "app.bsky.embed.gallery#image", **image} for image in shown]
            value["embed"] = {"$type": "app.bsky.embed.gallery", "items": items}
        elif shown:
            value["embed"] = {"$type": "app.bsky.embed.images", "images": shown}
        elif post.link:
            card = {"uri": post.link, "title": post.title or post.topic, "description": ""}
            value["embed"] = {"$type": "app.bsky.embed.external", "external": card}
        return self._dated(value, post.created_at)

    def answer(self, post: CityPost, comment: CityComment) -> dict[str, Any]:
        """Return an answer's record."""
        reply = {"root": self._ref(post.id), "parent": self._ref(comment.parent_id or post.id)}
        value: dict[str, Any] = {"$type": POST, "text": fitted(comment.text), "langs": ["sv"], "reply": reply}
        if comment.picture:
            image = self._image(comment.picture, comment.id, author_of(comment, self.account.id))
            value["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
        return self._dated(value, comment.created_at)

    def cid(self, thing: CityPost | CityComment, record: dict[str, Any]) -> str:
        """Return the content identifier of a post's or answer's record, worked out once for each of its versions."""
        held = self._cids.get(thing.id)
        if held is None or held[0] is not thing:
            held = self._cids[thing.id] = (thing, repository.record_cid(record))
        return held[1]

    def gate(self, post: CityPost) -> dict[str, Any] | None:
        """Return the record that hides answers to a post, if any are hidden."""
        hidden = [c.id for c in post.comments if c.hidden]
        when = stamp(post.created_at)
        value = {"$type": GATE, "post": post.id, "createdAt": when, "hiddenReplies": hidden}
        return repository.canonical(value) if hidden else None

    def profile(self) -> dict[str, Any]:
        """Return the profile's record."""
        named = self.account
        pictures = {"avatar": named.avatar, "banner": named.cover}
        blobs = {name: self._blob(picture, self.profile_picture(name)) for name, picture in pictures.items()}
        value = {"$type": PROFILE, "displayName": named.name, "description": named.about, **blobs}
        pinned = next((post for post in self._world.posts(self._key) if post.pinned), None)
        if pinned is not None:
            value["pinnedPost"] = {"uri": pinned.id, "cid": self.cid(pinned, self.post(pinned))}
        return repository.canonical(value)

    def profile_picture(self, name: str) -> str:
        """Return the number under which the shelf holds the avatar or the banner."""
        return self._world.shelf.profile_picture_id(self.account, "cover" if name == "banner" else name)

    def own(self) -> dict[str, dict[str, Any]]:
        """Return the account's whole repository: records by path."""
        found = {f"{PROFILE}/self": self.profile()}
        for post in self._world.posts(self._key):
            found[f"{POST}/{key_of(post.id)}"] = self.post(post)
            found |= {f"{POST}/{key_of(c.id)}": self.answer(post, c) for c in post.comments if c.author is None}
            if gate := self.gate(post):
                found[f"{GATE}/{key_of(post.id)}"] = gate
        return found

    def _ref(self, uri: str) -> dict[str, str]:
        """Return the reference that an answer made to a post or answer as it was at the start."""
        if uri not in self._first_cids:
            post = self._posts.get(uri)
            value = self.answer(*self._answers[uri]) if post is None else self.post(post)
            self._first_cids[uri] = repository.record_cid(value)
        return {"uri": uri, "cid": self._first_cids[uri]}

    def _image(self, picture: Picture, number: str, owner: str = "") -> dict[str, Any]:
        width, height = picture.size
        return {
            "alt": picture.alt_text, "image": self._blob(picture, number, owner),
            "aspectRatio": {"width": width, "height": height},
        }  # fmt: skip

    def _blob(self, picture: Picture, number: str, owner: str = "") -> dict[str, Any]:
        address = self._world.shelf.graph_picture(picture, number)
        data = self._world.shelf.content(address)
        cid = repository.blob_cid(data)
        self.blobs[owner or self.account.id, cid] = (address, picture.mime)
        return {"$type": "blob", "ref": {"$link": cid}, "mimeType": picture.mime, "size": len(data)}

    @staticmethod
    def _dated(value: dict[str, Any], when: datetime) -> dict[str, Any]:
        facets = list(_facets_in(value["text"]))
        shown: dict[str, Any] = value | ({"facets": facets} if facets else {}) | {"createdAt": stamp(when)}
        return repository.canonical(shown)


def _facets_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield the links and tags of a text; places count bytes of UTF-8."""
    for found in _FACETS.finditer(text):
        begin = len(text[: found.start()].encode())
        index = {"byteStart": begin, "byteEnd": begin + len(found[0].encode())}
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": found[0]}
        if found["tag"]:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": found[0][1:]}
        yield {"index": index, "features": [feature]}


def handle_of(person: Person) -> str:
    """Return a resident's handle."""
    plain = person.name.lower().translate(str.maketrans("åäöéüØø ", "aaoeuoo-"))
    return f"{re.sub('[^a-z0-9-]', '', plain)}-{person.id[-4:]}.exempelstad.example"


def rooted(comments: Iterable[CityComment], shown: frozenset[str]) -> dict[str | None, list[CityComment]]:
    """Return the answers by what they answer (None: the post), only those in ``shown``, newest first."""
    found: dict[str | None, list[CityComment]] = {}
    for comment in sorted(comments, key=lambda c: c.created_at, reverse=True):
        if comment.id in shown:
            found.setdefault(comment.parent_id, []).append(comment)
    return found
