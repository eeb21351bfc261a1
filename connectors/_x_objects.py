"""Objects of the X API v2, under the old names (``tweet``) and the new ones (``post``), as far as they are read.

Source: openapi 2.167 of X, as of 22 November 2026, and recordings of 2020 to 2022 under the old names.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

_EPOCH, _SHIFT, _FIRST = 1_288_834_974_657, 22, 1_000_000  # the upper bits of an id are milliseconds since then


class Metrics(msgspec.Struct, gc=False):
    """The counts of a post; of a repost some are the original's."""

    like_count: int | None = None
    reply_count: int | None = None
    retweet_count: int | None = None
    repost_count: int | None = None
    quote_count: int | None = None
    impression_count: int | None = None

    def shares(self) -> int | None:
        """Return how often it was passed on, bare or quoted."""
        bare = self.repost_count if self.retweet_count is None else self.retweet_count
        return None if bare is None else bare + (self.quote_count or 0)


class Reference(msgspec.Struct, gc=False):
    """Another post that this one answers (replied_to), quotes (quoted) or repeats (retweeted, reposted)."""

    type: str
    id: str


class Attached(msgspec.Struct, gc=False):
    """What hangs on a post; the objects lie beside the page's records."""

    media_keys: tuple[str, ...] = ()
    poll_ids: tuple[str, ...] = ()


class Note(msgspec.Struct, gc=False):
    """The whole of a long text."""

    text: str = ""


class Article(msgspec.Struct, gc=False):
    """A long piece with a title."""

    title: str | None = None


class Tweet(msgspec.Struct, gc=False):
    """A post, or a reply, which is a post that answers one."""

    id: str
    text: str
    created_at: datetime | None = None
    author_id: str | None = None
    conversation_id: str | None = None
    in_reply_to_user_id: str | None = None
    lang: str | None = None
    public_metrics: Metrics | None = None
    attachments: Attached | None = None
    article: Article | None = None
    note_tweet: Note | None = None
    note_post: Note | None = None
    referenced_tweets: tuple[Reference, ...] = ()
    referenced_posts: tuple[Reference, ...] = ()
    edit_history_tweet_ids: tuple[str, ...] = ()
    edit_history_post_ids: tuple[str, ...] = ()

    def key(self) -> str:
        """Return the id of this, the newest version."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the id of the reply it answers, or None if it answers the post that began the conversation."""
        parent = self.answers()
        return None if parent == self.conversation_id else parent

    def thread_key(self) -> str | None:
        """Return the id of the post that began the conversation."""
        return self.conversation_id

    def author_key(self) -> str | None:
        """Return the author's id."""
        return self.author_id

    def references(self) -> tuple[Reference, ...]:
        """Return what it refers to."""
        return self.referenced_tweets or self.referenced_posts

    def answers(self) -> str | None:
        """Return the id of the post or reply it answers."""
        for reference in self.referenced_tweets or self.referenced_posts:
            if reference.type == "replied_to":
                return reference.id
        return None

    def versions(self) -> tuple[str, ...]:
        """Return the ids of all its versions, oldest first; empty if the platform does not tell."""
        return self.edit_history_tweet_ids or self.edit_history_post_ids

    def earlier(self) -> tuple[str, ...]:
        """Return the ids of the versions before this one."""
        versions = self.edit_history_tweet_ids or self.edit_history_post_ids
        return tuple(number for number in versions if number != self.id) if len(versions) > 1 else ()

    def begun_at(self) -> datetime | None:
        """Return when the first version was written, UTC: an edit is a post of its own, and its id holds its time."""
        earlier = self.earlier()
        return (_moment(earlier[0]) or self.created_at) if earlier and self.created_at else self.created_at

    def words(self) -> str:
        """Return the whole text, the three entities of the platform's transport resolved."""
        note = self.note_tweet or self.note_post
        text = note.text if note is not None and note.text else self.text
        if "&" not in text:
            return text
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _moment(number: str) -> datetime | None:
    """Return the second that an id holds; ids from before November 2010 hold none."""
    if not number.isdecimal() or int(number) >> _SHIFT < _FIRST:
        return None
    return datetime.fromtimestamp(((int(number) >> _SHIFT) + _EPOCH) // 1000, UTC)


class UserMetrics(msgspec.Struct, gc=False):
    """The counts of an account."""

    followers_count: int | None = None
    tweet_count: int | None = None
    post_count: int | None = None


class User(msgspec.Struct, gc=False):
    """An account."""

    id: str
    name: str | None = None
    username: str | None = None
    description: str | None = None
    url: str | None = None
    profile_image_url: str | None = None
    public_metrics: UserMetrics | None = None


class UserPage(msgspec.Struct):
    """The answer about one account."""

    data: User


class Variant(msgspec.Struct, gc=False):
    """One file of a film."""

    url: str | None = None
    content_type: str | None = None
    bit_rate: int = 0


class Medium(msgspec.Struct, gc=False):
    """A picture or film. Films have no address of their own but those of their variants."""

    media_key: str
    type: str = ""
    url: str | None = None
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    variants: tuple[Variant, ...] = ()

    def address(self) -> str | None:
        """Return where the best file lies: a picture's original, or the film of the highest bit rate."""
        if self.type == "photo" or (self.url and not self.variants):
            return f"{self.url}?name=orig" if self.url and "?" not in self.url else self.url
        films = [variant for variant in self.variants if variant.content_type == "video/mp4" and variant.url]
        return max(films, key=lambda variant: variant.bit_rate).url if films else None


class Option(msgspec.Struct, gc=False):
    """One answer of a poll."""

    label: str = ""
    votes: int | None = None


class Poll(msgspec.Struct, gc=False):
    """A poll."""

    id: str
    options: tuple[Option, ...] = ()


class Problem(msgspec.Struct, gc=False):
    """What could not be had of a page's objects."""

    type: str = ""
    title: str = ""
    detail: str = ""
    resource_id: str | None = None
    value: str | None = None
