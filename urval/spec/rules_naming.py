"""Rules that name threads by what they are: all, some days, some people's choice, some property. None draws lots."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from urval.spec.rule_base import AnyClaim, ChosenClaim, RuleBase
from urval.spec.scalars import Anchor, IsoDate, MonthDay, No, Part, Text, Timezone, problem

PageField = Literal["avatar", "cover", "name", "about", "links"]


class Census(RuleBase):
    """Keeps every thread."""

    rule: Literal["census"]
    claim: AnyClaim = Field(default="evidential", description="What the threads may be used to show.")


class Snapshot(RuleBase):
    """Keeps the newest threads of the period, with the page as it looked: what a visitor met at the time of capture."""

    rule: Literal["snapshot"]
    views: tuple[Literal["profile", "feed"], ...] = Field(
        default=("profile", "feed"),
        min_length=1,
        description="profile: the page's head, with a picture of the page; feed: the newest threads.",
    )
    depth_posts: int | None = Field(default=None, ge=1, description="How many of the newest threads.")
    depth_days: int | None = Field(default=None, ge=1, le=183, description="The threads of this many last days.")
    viewports: tuple[Literal["desktop", "phone"], ...] = Field(
        default=("desktop", "phone"), min_length=1, description="The widths in which pictures of the page are taken."
    )
    locale: Text | None = Field(default=None, description="The visitor's language, as sv-SE; left out: the spec's.")
    logged_in: No = Field(default=False, description="A visitor without login; nothing else is allowed.")
    claim: ChosenClaim = Field(default="evidential", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _depth(self) -> Self:
        given = (self.depth_posts is not None) + (self.depth_days is not None)
        if "feed" in self.views and given != 1:
            raise problem("a snapshot of the feed needs exactly one of depth_posts and depth_days; give one")
        if "feed" not in self.views and given:
            raise problem("a depth goes with the feed; add feed to views, or take the depth out")
        return self


class DayRange(Part):
    """Days of every year, first and last included. ``start`` after ``end`` runs over the turn of the year."""

    start: MonthDay = Field(description="First day, MM-DD.")
    end: MonthDay = Field(description="Last day, MM-DD.")


class Window(RuleBase):
    """Keeps the threads published on some days in a row around the anchor."""

    rule: Literal["window"]
    days: int = Field(ge=1, le=183, description="How many days in a row.")
    anchor: Anchor = Field(
        description="The middle: term_mid; a day MM-DD; a date YYYY-MM-DD; a week of the year (ISO 8601) as W42; the "
        "nth weekday of a month as 10-tue-2, or 10-tue-last."
    )
    count: int | None = Field(default=None, ge=1, description="At most so many windows in a period; left out: all.")
    avoid_blackouts: bool = Field(default=True, description="Move the days off the spec's blackouts.")
    avoid: tuple[DayRange, ...] = Field(default=(), description="More days to move off.")
    timezone: Timezone | None = Field(default=None, description="Whose days these are; left out: the spec's.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")


class Event(RuleBase):
    """Keeps the threads published during an event: a crisis, an election, a festival."""

    rule: Literal["event"]
    name: Text = Field(description="What happened.")
    start: IsoDate = Field(description="First day, YYYY-MM-DD.")
    end: IsoDate = Field(description="Last day, included.")
    reason: Text = Field(description="Why it is kept.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise problem("end lies before start; exchange the two or correct one", at="end")
        return self


class Change(RuleBase):
    """Keeps the newest threads when the page looks otherwise than at the capture before."""

    rule: Literal["change"]
    fields: tuple[PageField, ...] = Field(
        default=("avatar", "cover", "name", "about", "links"), min_length=1, description="What counts as a change."
    )
    since: Literal["last_run"] = Field(default="last_run", description="Compared with the capture before.")
    newest: int = Field(default=10, ge=1, description="How many of the newest threads are kept with the new look.")
    claim: ChosenClaim = Field(default="evidential", description="What the threads may be used to show.")


class JudgedThread(Part):
    """One thread that a person chose."""

    id: Text = Field(description="The thread's id on the platform.")
    reason: Text = Field(description="Why it is worth keeping.")
    decided_by: Text = Field(description="Who decided.")
    decided_at: IsoDate = Field(description="When.")


class Judgement(RuleBase):
    """Keeps the threads that a person chose."""

    rule: Literal["judgement"]
    threads: tuple[JudgedThread, ...] = Field(description="The threads, each with its reason.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")


class CaseLink(Part):
    """A thread that belongs to a registered case."""

    thread: Text = Field(description="The thread's id on the platform.")
    case: Text = Field(description="The case's reference (diarienummer).")


class Mandatory(RuleBase):
    """Keeps what must be kept: removed threads, pinned ones, those of a case or a report to the police.

    Threads of the register of removed items are always among them.
    """

    rule: Literal["mandatory"]
    removed: bool = Field(default=True, description="Threads the platform or the body removed, where captured.")
    pinned: bool = Field(default=True, description="Pinned threads.")
    case_linked: tuple[CaseLink, ...] = Field(default=(), description="Threads that belong to a registered case.")
    police_reported: tuple[CaseLink, ...] = Field(default=(), description="Threads reported to the police.")
    claim: ChosenClaim = Field(default="evidential", description="What the threads may be used to show.")


class Predicate(RuleBase):
    """Keeps the threads whose post has every property given. Letters' case does not matter."""

    rule: Literal["predicate"]
    keywords: tuple[Text, ...] = Field(default=(), description="One of these stands in the text, as part of a word.")
    hashtags: tuple[Text, ...] = Field(default=(), description="One of these hashtags stands in the text, without #.")
    has_media: bool | None = Field(default=None, description="Whether it has pictures, films or files.")
    has_link: bool | None = Field(default=None, description="Whether an address (http, https, www.) stands in it.")
    question: bool | None = Field(default=None, description="Whether the post or a comment holds a question mark.")
    author_roles: tuple[Literal["own", "person", "organisation", "unknown"], ...] = Field(
        default=(), description="Who wrote the post."
    )
    languages: tuple[Text, ...] = Field(default=(), description="The language the platform states.")
    kinds: tuple[Text, ...] = Field(default=(), description="The kind of the post (video, story …).")
    min_length: int | None = Field(default=None, ge=0, description="At least so many characters.")
    max_length: int | None = Field(default=None, ge=0, description="At most so many characters.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        own = set(type(self).model_fields) - set(RuleBase.model_fields) - {"rule", "claim"}
        if all(getattr(self, name) in (None, ()) for name in own):
            raise problem("a predicate needs a property; give keywords, hashtags, has_media, question or another")
        if self.min_length is not None and self.max_length is not None and self.max_length < self.min_length:
            raise problem("max_length is less than min_length; exchange the two or correct one", at="max_length")
        return self


class ExcludedThread(Part):
    """One thread that must not be in a package."""

    id: Text = Field(description="The thread's id on the platform.")
    reason: Text | None = Field(default=None, description="Why, if the rule's reason does not say it.")


class Exclude(RuleBase):
    """Takes threads out, whatever other rule names them."""

    rule: Literal["exclude"]
    threads: tuple[ExcludedThread, ...] = Field(default=(), description="These threads.")
    kinds: tuple[Text, ...] = Field(default=(), description="All threads of these kinds (message, story …).")
    category: Literal["private_message", "secrecy", "minor", "hold", "spam"] | None = Field(
        default=None, description="What kind of reason it is."
    )
    reason: Text = Field(description="Why; it stands in the package beside the count.")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set & {"threads", "kinds"}:
            raise problem("an exclude rule needs threads or kinds; give one, 'threads: []' if there is none yet")
        return self
