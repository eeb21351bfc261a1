"""Writes an account's posts: topic in season, text, pictures, film, counts and thread, and numbers them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from connectors.sandbox.chance import happens
from connectors.sandbox.conversation import Conversation
from connectors.sandbox.model import CityPost, Film
from connectors.sandbox.native_ids import POST_IDS, comment_id
from connectors.sandbox.pictures import SCENES, VARIANTS, Picture
from connectors.sandbox.texts import Slots, Topic, talk, topics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from connectors.sandbox.model import CityComment, Person

_KINDS = (
    ("photo",) * 10 + ("status",) * 3 + ("album",) * 3 + ("link",) * 2 + ("video",) * 2 + ("event", "share", "reel")
)
_REACTIONS = (
    ("LIKE", 0.7),
    ("LOVE", 0.16),
    ("CARE", 0.04),
    ("HAHA", 0.05),
    ("WOW", 0.02),
    ("SAD", 0.02),
    ("ANGRY", 0.01),
)
_FORCED, _FORCED_EVERY = {3: "reel", 9: "event", 14: "reel"}, 23  # so that even a small city has every kind
_FOREIGN_EVERY, _PINNED_AT, _HIDDEN_AT = 13, 0.3, 0.62
_LARGE_TOTAL, _FIRST_SIGN = 2_000, 0x2600
_FIRST_POST_NUMBER, _FIRST_COMMENT_NUMBER = 122_100_000_000_000, 1_240_000_000_000_000
SITE = "https://www.exempelstad.example"


class Style(Enum):
    """How an account writes."""

    PAGE = "page"
    LEADER = "leader"
    BLOG = "blog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What an account's platform lets it write: style, kinds of posts, levels of comments (0: none), native ids."""

    platform: str
    style: Style = Style.PAGE
    kinds: tuple[str, ...] = _KINDS
    deepest: int = 2
    page_id: str = ""  # prefix of post ids on Facebook


class AccountWriter:
    """Writes all posts of one account, oldest first."""

    def __init__(self, rng: Random, manner: Manner, people: tuple[Person, ...]) -> None:
        self._rng, self._manner, self._people = rng, manner, people
        self._style, self._page_id = manner.style, manner.page_id
        self._used: Counter[str] = Counter()
        self._next_number = 3

    def posts(self, times: Sequence[datetime], *, comments_mean: float) -> tuple[CityPost, ...]:
        """Return a post for each time (rising), with its thread."""
        amounts = self._thread_sizes(len(times), comments_mean)
        drafts = [self._draft(place, when) for place, when in enumerate(times)]
        told = [
            replace(draft, comments=self._conversation(draft, slots, topic).written(amount))
            for (draft, slots, topic), amount in zip(drafts, amounts, strict=True)
        ]
        return tuple(self._numbered(self._with_special_ones(told)))

    def _thread_sizes(self, posts: int, mean: float) -> list[int]:
        """Share the comments out with a heavy tail: a fifth of the posts have none, one has nearly a third."""
        rng, total = self._rng, round(posts * mean)
        weights = [0.0 if happens(rng, 0.2) else rng.lognormvariate(0, 1) for _ in range(posts)]
        talked = rng.randrange(round(posts * 0.35), max(round(posts * 0.35) + 1, round(posts * 0.75)))
        weights[talked] = 0
        rest = sum(weights) or 1
        weights[talked] = rest * (0.45 if total < _LARGE_TOTAL else 0.05)  # 31 % of all, or 5 % in a large city
        scale = total / (rest + weights[talked])
        return [round(weight * scale) for weight in weights]

    def _draft(self, place: int, when: datetime) -> tuple[CityPost, Slots, Topic]:
        slots = Slots(self._rng, when)
        if self._style is Style.LEADER:
            return self._leader_draft(when, slots)
        foreign = talk().foreign_posts
        if self._style is Style.PAGE and place % _FOREIGN_EVERY == _FOREIGN_EVERY // 2:
            fitting = [entry["text"] for entry in foreign if _topic_named(entry["topic"]).in_season(when)]
            written = self._fresh("foreign", fitting)
            chosen = next(entry for entry in foreign if entry["text"] == written)
            topic = _topic_named(chosen["topic"])
            return self._post(when, topic, chosen["text"], "", chosen["language"]), slots, topic
        topic = self._topic(when)
        written = self._fresh(topic.id, topic.texts)
        text, title = slots.fill(written), slots.fill(topic.titles[topic.texts.index(written)])
        if self._style is Style.BLOG:
            text = "\n\n".join([_without_signs(text), *(slots.fill(part) for part in topic.more)])
        else:
            text = self._dressed(text, topic, slots)
        forced = _FORCED.get(place % _FORCED_EVERY, "") if self._style is Style.PAGE else ""
        forced = forced if forced in self._manner.kinds else ""
        return self._post(when, topic, text, title, "sv", kind=forced), slots, topic

    def _leader_draft(self, when: datetime, slots: Slots) -> tuple[CityPost, Slots, Topic]:
        entries, topic = talk().leader_posts, self._topic(when)
        left = [entry for entry in entries if not self._used[entry["text"]]]
        if not left or happens(self._rng, 0.25):
            shares = talk().lists["leader_shares"]
            return self._post(when, topic, self._fresh("share", shares), "", "sv", kind="share"), slots, topic
        entry = self._rng.choice(left)
        self._used[entry["text"]] += 1
        topic = _topic_named(entry["topic"])
        post = self._post(when, topic, slots.fill(entry["text"]), "", "sv", kind="photo")
        return replace(post, pictures=(Picture(entry["scene"], self._rng.randrange(VARIANTS)),)), slots, topic

    def _post(self, when: datetime, topic: Topic, text: str, title: str, language: str, *, kind: str = "") -> CityPost:
        rng = self._rng
        if not kind:
            kind = "article" if self._style is Style.BLOG else rng.choice(self._manner.kinds)
        film = None
        if kind in {"video", "reel"}:
            film = Film(
                id="",
                seconds=round(rng.uniform(8, 95), 3),
                source_given=happens(rng, 0.8),
                views=rng.randrange(300, 9000),
            )
        likes = int(rng.lognormvariate(3.6, 0.8))
        return CityPost(
            id="", kind=kind, topic=topic.id, language=language, title=title, text=text, created_at=when,
            updated_at=when + (timedelta(hours=rng.randint(2, 60)) if happens(rng, 0.15) else timedelta()),
            pictures=self._pictures(kind, topic), picture_ids=(), film=film, shares=int(rng.expovariate(0.2)),
            link=f"{SITE}/{topic.link}" if kind in {"link", "share", "event"} else None, comments=(),
            reactions=tuple((name, int(likes * share * rng.uniform(0.6, 1.4))) for name, share in _REACTIONS),
            staff=1 if happens(rng, 0.8) else 2,
        )  # fmt: skip

    def _pictures(self, kind: str, topic: Topic) -> tuple[Picture, ...]:
        rng = self._rng
        scenes = [rng.choice(topic.scenes)]
        if kind == "status" or (kind == "article" and happens(rng, 0.3)):
            return ()
        if kind == "album":
            scenes += [rng.choice((*topic.scenes, *sorted(SCENES))) for _ in range(rng.choice((1, 2, 2, 3, 4, 7)))]
        elif kind == "article" and happens(rng, 0.35):
            scenes.append(rng.choice(sorted(SCENES)))
        unlike = dict.fromkeys(Picture(scene, rng.randrange(VARIANTS), happens(rng, 0.08)) for scene in scenes)
        return tuple(unlike)

    def _topic(self, when: datetime) -> Topic:
        """Choose among the topics in season one that was used least."""
        season = [topic for topic in topics() if topic.in_season(when)]
        least = min(self._used[topic.id] for topic in season)
        topic = self._rng.choice([topic for topic in season if self._used[topic.id] <= least + 1])
        self._used[topic.id] += 1
        return topic

    def _fresh(self, group: str, texts: Sequence[str]) -> str:
        counts = [self._used[f"{group}:{text}"] for text in texts]
        text = self._rng.choice([t for t, count in zip(texts, counts, strict=True) if count == min(counts)])
        self._used[f"{group}:{text}"] += 1
        return text

    def _dressed(self, text: str, topic: Topic, slots: Slots) -> str:
        parts = [text]
        if happens(self._rng, 0.4):
            parts.append(slots.fill(self._rng.choice(topic.more)))
        clause = self._rng.choice(talk().lists["clauses"])
        parts.append(slots.fill(clause, url=f"{SITE}/{topic.link}"))
        if happens(self._rng, 0.6):
            parts.append(" ".join(f"#{tag}" for tag in topic.tags))
        return "\n\n".join(part for part in parts if part)

    def _conversation(self, post: CityPost, slots: Slots, topic: Topic) -> Conversation:
        answers = {Style.PAGE: 0.22, Style.LEADER: 0.3, Style.BLOG: 0.3}[self._style]
        return Conversation(
            self._rng, topic=topic, slots=slots, people=self._people, begun=post.created_at, answers=answers,
            deepest=self._manner.deepest,
        )  # fmt: skip

    def _with_special_ones(self, posts: list[CityPost]) -> list[CityPost]:
        """Mark the pinned post, a hidden one, and a film that stands among posts and reels alike."""
        pinned, hidden = int(len(posts) * _PINNED_AT), int(len(posts) * _HIDDEN_AT)
        posts[pinned] = replace(posts[pinned], pinned=True)
        if self._style is Style.PAGE:
            posts[hidden] = replace(posts[hidden], hidden=True)
            both = next((place for place, post in enumerate(posts) if post.kind == "video"), None)
            if both is not None:
                posts[both] = replace(posts[both], also_among_reels=True)
        return posts

    def _numbered(self, posts: list[CityPost]) -> list[CityPost]:
        """Give ids that rise with time, as the platforms' own do."""
        every = sorted((c.created_at, place, int(c.id)) for place, post in enumerate(posts) for c in post.comments)
        numbers = {(place, draft): rank for rank, (_, place, draft) in enumerate(every)}
        numbered = []
        for place, post in enumerate(posts):
            if self._manner.platform in POST_IDS:
                numbered.append(self._native(post, place, numbers))
                continue
            if self._style is Style.BLOG:
                self._next_number += len(post.pictures) + 1
                post_id, prefix, first, step = str(self._next_number), "", 2, 1
                picture_ids = [str(self._next_number - len(post.pictures) + n) for n in range(len(post.pictures))]
            else:
                number = _FIRST_POST_NUMBER + place * 6_151_727 + self._rng.randrange(4_000_000)
                post_id, prefix, first, step = f"{self._page_id}_{number}", f"{number}_", _FIRST_COMMENT_NUMBER, 7_727
                picture_ids = [str(number + 11 + n) for n in range(len(post.pictures))]
            ids = {c.id: f"{prefix}{first + numbers[place, int(c.id)] * step}" for c in post.comments}
            comments = tuple(_renamed(comment, ids) for comment in post.comments)
            film = replace(post.film, id=str(int(post_id.split("_")[-1]) + 5)) if post.film else None
            numbered.append(replace(post, id=post_id, picture_ids=tuple(picture_ids), comments=comments, film=film))
        return numbered

    def _native(self, post: CityPost, place: int, numbers: dict[tuple[int, int], int]) -> CityPost:
        """Give a post and its thread ids as the platform writes them."""
        platform = self._manner.platform
        post_id = POST_IDS[platform](place + 1, post.created_at)
        ids: dict[str, str] = {}
        for c in sorted(post.comments, key=lambda c: c.depth):  # a parent's id before its answers'
            parent = ids[c.parent_id] if c.parent_id else None
            ids[c.id] = comment_id(platform, numbers[place, int(c.id)], c.created_at, post_id, parent, c.author)
        first = _FIRST_POST_NUMBER + place * 6_151_727
        film = replace(post.film, id=str(first + 5)) if post.film else None
        return replace(
            post, id=post_id, picture_ids=tuple(str(first + 11 + n) for n in range(len(post.pictures))),
            comments=tuple(_renamed(c, ids) for c in post.comments), film=film,
        )  # fmt: skip


def _renamed(comment: CityComment, ids: dict[str, str]) -> CityComment:
    return replace(comment, id=ids[comment.id], parent_id=ids[comment.parent_id] if comment.parent_id else None)


def _topic_named(name: str) -> Topic:
    return next(topic for topic in topics() if topic.id == name)


def _without_signs(text: str) -> str:
    """Return the text less emoji, as an editor of a news page would have it."""
    return " ".join("".join(sign for sign in text if ord(sign) < _FIRST_SIGN).split())
