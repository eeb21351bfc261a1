"""Posts and comments a week, and followers over time: the figures, and the charts of them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from pydantic import Field

from urval.reading_room.index import IndexedPackage
from urval.reading_room.look.charts import Chart, Series, chart, weeks_between
from urval.reading_room.look.translations import translations
from urval.reading_room.pages import View
from urval.reading_room.room import Here, Language
from urval.reading_room.views.account_looks import Look

WEEKS = 106  # two years: what one chart shows where no year is asked for


class Week(View):
    """One week, by the local day of its Monday: posts and comments that were made in it and are kept."""

    monday: date
    posts: int
    comments: int


class Weekly(View):
    """Posts and comments a week over the time shown; ``years`` are those there are, ``year`` the one asked for."""

    weeks: list[Week]
    posts: int
    comments: int
    years: list[int]
    year: int | None
    whole: bool
    drawing: Chart | None = Field(default=None, exclude=True)


class Followers(View):
    """How many followed the account when it was captured."""

    counts: list[tuple[date, int]]
    drawing: Chart | None = Field(default=None, exclude=True)


def weekly_of(here: Here, archive: str, account: str, packages: Sequence[IndexedPackage], year: int | None) -> Weekly:
    """Return what is kept of an account a week, of a year or the newest two."""
    found = {monday: (posts, comments) for monday, posts, comments in here.room.index.weekly(archive, account)}
    spans = _spans(packages)
    if not spans:
        return Weekly(weeks=[], posts=0, comments=0, years=[], year=year, whole=True)
    first, end = spans[0][0], max(stop for _, stop in spans)
    years = list(range(first.year, (end - timedelta(days=1)).year + 1))
    if year is not None:
        first, end = max(first, date(year, 1, 1)), min(end, date(year + 1, 1, 1))
    mondays = weeks_between(first, end)
    shown = mondays if year is not None else mondays[-WEEKS:]
    weeks = [Week(monday=day, posts=found.get(day, (0, 0))[0], comments=found.get(day, (0, 0))[1]) for day in shown]
    whole = all(
        one.manifest is not None and one.manifest.selection.kept == one.manifest.selection.frame_size
        for one in packages
    )
    return Weekly(
        weeks=weeks, posts=sum(one.posts for one in weeks), comments=sum(one.comments for one in weeks), years=years,
        year=year, whole=whole, drawing=_drawn(weeks, _unknown(spans), here.language) if weeks else None,
    )  # fmt: skip


def followers_of(here: Here, looks: Sequence[Look]) -> Followers:
    """Return how many followed, where at least two captures know it."""
    zone = ZoneInfo(here.room.settings.timezone)
    counts = [
        (one.captured_at.astimezone(zone).date(), one.followers)
        for one in looks
        if one.captured_at and one.followers is not None
    ]
    if len({day for day, _ in counts}) < 2:  # noqa: PLR2004 - a line needs two ends
        return Followers(counts=counts)
    say = translations(here.language).gettext
    days = timedelta(days=max((counts[-1][0] - counts[0][0]).days // 20, 7))
    line = Series(name=say("Followers"), kind="line", values=[(day, float(count)) for day, count in counts])
    words = say("From %(first)s to %(last)s followers.") % {"first": counts[0][1], "last": counts[-1][1]}
    span = (counts[0][0] - days, counts[-1][0] + days)
    return Followers(
        counts=counts, drawing=chart("followers", say("Followers over time"), words, [line], span, here.language)
    )


def _drawn(weeks: Sequence[Week], unknown: Sequence[tuple[date, date]], language: Language) -> Chart:
    say = translations(language).gettext
    series = [
        Series(name=say("Posts"), kind="bars", values=[(one.monday, float(one.posts)) for one in weeks]),
        Series(name=say("Comments"), kind="bars", values=[(one.monday, float(one.comments)) for one in weeks]),
    ]
    span = (weeks[0].monday, weeks[-1].monday + timedelta(days=7))
    return chart("weekly", say("Posts and comments a week"), _told(weeks, say), series, span, language, unknown=unknown)


def _told(weeks: Sequence[Week], say: Callable[[str], str]) -> str:
    posts, comments = max(weeks, key=lambda one: one.posts), max(weeks, key=lambda one: one.comments)
    return say(
        "Two charts of bars, a bar a week from %(first)s to %(last)s. Most posts: %(posts)s in the week from %(day)s. "
        "Most comments: %(comments)s in the week from %(other)s."
    ) % {
        "first": weeks[0].monday, "last": weeks[-1].monday, "posts": posts.posts, "day": posts.monday,
        "comments": comments.comments, "other": comments.monday,
    }  # fmt: skip


def _spans(packages: Sequence[IndexedPackage]) -> list[tuple[date, date]]:
    """Return the periods of the packages in the order of time; what is no period is left out."""
    found = []
    for one in packages:
        start, _, end = one.period.partition("--")
        try:
            found.append((date.fromisoformat(start), date.fromisoformat(end)))
        except ValueError:
            continue
    return sorted(set(found))


def _unknown(spans: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """Return what no period covers: between them, before the first and after the last."""
    gaps = [(before[1], after[0]) for before, after in pairwise(spans) if before[1] < after[0]]
    first, last = spans[0][0], max(end for _, end in spans)
    return [(first - timedelta(days=7), first), *gaps, (last, last + timedelta(days=7))]
