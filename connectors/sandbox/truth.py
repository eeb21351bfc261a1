"""What a perfect capture of an account would hold: the measure that tests compare with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.sandbox.media import upload_name
from connectors.sandbox.wordpress_objects import comment_html, rendered_content

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost
    from connectors.sandbox.platforms import Platform
    from connectors.sandbox.world import World


@dataclass(frozen=True, slots=True)
class TrueMedium:
    """A file that belongs to a post, a comment or the profile. ``url`` is where it stands; None: withheld."""

    id: str
    kind: str  # image, video, avatar, cover
    url: str | None
    sha256: str | None
    bytes: int


@dataclass(frozen=True, slots=True)
class TrueComment:
    """A comment that the platform lists. ``author_id`` and ``author_name`` are None where it keeps them back."""

    id: str
    post_id: str
    parent_id: str | None
    depth: int
    text: str
    created_at: datetime
    hidden: bool
    own: bool
    author_id: str | None
    author_name: str | None


@dataclass(frozen=True, slots=True)
class TruePost:
    """A post and its listed comments. ``claimed`` is the platform's own number, ``unlisted`` what it never lists."""

    id: str
    kind: str
    title: str
    text: str
    created_at: datetime
    updated_at: datetime
    hidden: bool
    pinned: bool
    is_reel: bool
    comments: tuple[TrueComment, ...]
    claimed: int | None
    unlisted: tuple[str, ...]
    media: tuple[TrueMedium, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """An account in a half-open window: its profile's name and pictures, and every post, oldest first."""

    account: str
    id: str
    name: str
    profile_media: tuple[TrueMedium, ...]
    posts: tuple[TruePost, ...]

    @property
    def comments(self) -> tuple[TrueComment, ...]:
        """Return the listed comments of all posts."""
        return tuple(comment for post in self.posts for comment in post.comments)


def truth_of(world: World, key: str, start: datetime, end: datetime, platform: Platform | None = None) -> Truth:
    """Return the truth of this moment about an account, for posts created in ``[start, end)``."""
    account, shelf = world.account(key), world.shelf
    graph = account.platform == "facebook"
    chosen = [post for post in world.posts(key) if start <= post.created_at < end]
    if platform is not None:
        return Truth(
            account=key, id=account.id, name=account.name, profile_media=platform.profile_media(),
            posts=tuple(platform.truth(post) for post in chosen),
        )  # fmt: skip
    tell = _graph_post if graph else _blog_post
    return Truth(
        account=key, id=account.id, name=account.name, profile_media=_profile_media(account, shelf),
        posts=tuple(tell(account, post, shelf) for post in chosen),
    )  # fmt: skip


def _medium(medium_id: str, kind: str, url: str, shelf: Shelf) -> TrueMedium:
    content = shelf.content(url)
    return TrueMedium(medium_id, kind, url, hashlib.sha256(content).hexdigest(), len(content))


def _profile_media(account: CityAccount, shelf: Shelf) -> tuple[TrueMedium, ...]:
    if account.platform == "wordpress":
        return (_medium("2", "avatar", shelf.upload(account.avatar, "vapen"), shelf),)
    pairs = (("avatar", account.avatar), ("cover", account.cover))
    ids = {name: shelf.profile_picture_id(account, name) for name, _ in pairs}
    return tuple(_medium(ids[name], name, shelf.graph_picture(picture, ids[name]), shelf) for name, picture in pairs)


def _graph_post(account: CityAccount, post: CityPost, shelf: Shelf) -> TruePost:
    pairs = zip(post.pictures, post.picture_ids, strict=True)
    media = [_medium(number, "image", shelf.graph_picture(picture, number), shelf) for picture, number in pairs]
    media += [
        _medium(c.id, "image", shelf.graph_picture(c.picture, c.id), shelf)
        for c in post.comments
        if c.picture and c.listed
    ]
    if post.film and post.film.source_given:
        media.append(_medium(post.film.id, "video", shelf.graph_film(post.film), shelf))
    elif post.film:
        media.append(TrueMedium(post.film.id, "video", None, None, 0))
    comments = tuple(
        _comment(account, post, c, c.text, named=not c.author or c.author.named) for c in post.comments if c.listed
    )
    unlisted = tuple(c.id for c in post.comments if not c.listed)
    return _post(post, post.text, comments, len(post.comments), unlisted, tuple(media))


def _blog_post(account: CityAccount, post: CityPost, shelf: Shelf) -> TruePost:
    embed = post.id == account.posts[-3].id
    media = tuple(
        _medium(number, "image", shelf.upload(picture, upload_name(post, place)), shelf)
        for place, (picture, number) in enumerate(zip(post.pictures, post.picture_ids, strict=True))
    )
    public = [c for c in post.comments if c.listed and not c.hidden]
    comments = tuple(_comment(account, post, c, comment_html(c.text), named=True) for c in public)
    unlisted = tuple(c.id for c in post.comments if c not in public)
    return _post(post, rendered_content(post, shelf, embed=embed), comments, None, unlisted, media)


def _post(
    post: CityPost, text: str, comments: tuple[TrueComment, ...], claimed: int | None, unlisted: tuple[str, ...],
    media: tuple[TrueMedium, ...],
) -> TruePost:  # fmt: skip
    return TruePost(
        id=post.id, kind=post.kind, title=post.title, text=text, created_at=post.created_at,
        updated_at=post.updated_at, hidden=post.hidden, pinned=post.pinned, is_reel=post.kind == "reel",
        comments=comments, claimed=claimed, unlisted=unlisted, media=media,
    )  # fmt: skip


def _comment(account: CityAccount, post: CityPost, comment: CityComment, text: str, *, named: bool) -> TrueComment:
    graph = account.platform == "facebook"
    own_id, own_name = (account.id, account.name) if graph else (str(account.staff[1][0]), account.staff[1][1])
    author_id = own_id if comment.author is None else (comment.author.id if graph else "0")
    name = own_name if comment.author is None else comment.author.name
    return TrueComment(
        id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=text,
        created_at=comment.created_at, hidden=comment.hidden, own=comment.author is None,
        author_id=author_id if named else None, author_name=name if named else None,
    )  # fmt: skip
