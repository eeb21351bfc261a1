"""Search: words and filters, hits with the words found, and lists of them to take along."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from urval.handbook.words import Words
from urval.reading_room.index import Hit, Hits
from urval.reading_room.index import Query as IndexQuery
from urval.reading_room.look.filters import filters
from urval.reading_room.look.translations import translations
from urval.reading_room.pages import AskedHere, Pages, View
from urval.reading_room.results import MOST, Asked, Listing, Piece, Row, as_csv, as_parquet, snippet
from urval.reading_room.results.listing import all_hits
from urval.reading_room.results.pdf import MOST_SET, as_pdf
from urval.reading_room.room import Here

pages = Pages()

_ACCOUNT = r"^([A-Za-z0-9][A-Za-z0-9._-]{0,199}/[A-Za-z0-9][A-Za-z0-9._-]{0,199})?$"
_DAY = r"^(\d{4}-\d{2}-\d{2})?$"
_KINDS = {"post": "post", "comment": "comment", "version": "earlier text"}
_STATES = {
    "hidden": "hidden",
    "held": "held for review",
    "deleted_by_us": "removed by the body",
    "deleted_by_author": "removed by its author",
    "gone_unknown": "gone, nobody knows why",
}


def asked_of(
    q: Annotated[str, Query(max_length=400, description='Words, "phrases", beginnings*, -not.')] = "",
    account: Annotated[str, Query(pattern=_ACCOUNT, description="archive/account")] = "",
    platform: Annotated[str, Query(max_length=60)] = "",
    kind: Literal["", "post", "comment", "version"] = "",
    since: Annotated[str, Query(pattern=_DAY, description="The first local day, YYYY-MM-DD.")] = "",
    until: Annotated[str, Query(pattern=_DAY, description="The last local day, YYYY-MM-DD.")] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
    order: Literal["", "oldest"] = "",
    *,
    media: bool = False,
    question: bool = False,
    removed: bool = False,
) -> Asked:
    """Return what was asked."""
    return Asked(
        q=q, account=account, platform=platform, kind=kind, since=since, until=until, rule=rule, order=order,
        media=media, question=question, removed=removed,
    )  # fmt: skip


AskedSearch = Annotated[Asked, Depends(asked_of)]
After = Annotated[int | None, Query(ge=-(2**63), le=2**63 - 1, description="The page's last: what follows it.")]


class Choice(BaseModel):
    """One value of a filter, and the words for it."""

    model_config = ConfigDict(frozen=True)

    value: str
    words: str


class HitLine(BaseModel):
    """One hit. ``number`` is its thread's in the package, ``row`` the comment's in the package's comments.

    ``state`` is empty where it was visible to all. ``pieces`` make up the text around the words found.
    """

    model_config = ConfigDict(frozen=True)

    archive: str
    account: str
    account_name: str
    platform: str
    package: str
    number: int
    row: int | None
    kind: Literal["post", "comment", "version"]
    version: int | None
    item_id: str
    created_at: datetime
    author: str | None
    role: str
    state: str
    media: bool
    registered: bool
    rules: tuple[str, ...]
    restricted: bool
    pieces: list[Piece]


class SearchView(View):
    """The hits of a search, newest first unless asked otherwise.

    ``count`` is of all hits, at most 1,000; ``more``: they are more. ``after`` asks for those that follow, and is
    absent on the last page. ``compared_at``: when the index was last compared with the store.
    """

    asked: Asked
    anything: bool
    without_words: bool
    hits: list[HitLine]
    count: int
    more: bool
    after: int | None
    beyond: int | None
    accounts: list[Choice]
    platforms: list[Choice]
    rules: list[Choice]
    compared_at: datetime | None


@pages.page("/search", name="search", template="search.html")
def search(here: AskedHere, asked: AskedSearch, after: After = None) -> SearchView:
    """Find posts, comments and earlier texts."""
    known = here.room.index.accounts()
    words = Words(here.language)
    names = {(one.archive, one.account): one.name or one.account for one in known}
    query = asked.query(_zone(here), restricted=here.visitor.sees_restricted, after=after)
    found = _guarded(here, here.room.index.search(query), asked) if asked.anything else _NOTHING
    several = len({one.archive for one in known}) > 1
    return SearchView(
        asked=asked, anything=asked.anything, without_words=bool(asked.q.strip()) and not found.terms,
        hits=[_line(one, found, names[one.archive, one.account]) for one in found.hits],
        count=found.count, more=found.more, after=found.next.after if found.next else None, beyond=after,
        accounts=[
            Choice(value=f"{one.archive}/{one.account}",
                   words=f"{one.archive}: {one.name or one.account}" if several else one.name or one.account)
            for one in known
        ],
        platforms=[
            Choice(value=one, words=words.platform(one)) for one in sorted({a.platform for a in known if a.platform})
        ],
        rules=[Choice(value=one, words=one) for one in here.room.index.rules()],
        compared_at=here.room.index.freshness().at,
    )  # fmt: skip


_NOTHING = Hits(hits=[], count=0, more=False, next=None)


@pages.get("/search.csv", name="search_csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def search_csv(here: AskedHere, asked: AskedSearch, request: Request) -> Response:
    """Take the hits along as CSV, 10,000 at most."""
    listing = _listing(here, asked, request, MOST)
    return StreamingResponse(as_csv(listing), media_type="text/csv; charset=utf-8", headers=_named(listing, "csv"))


@pages.get("/search.parquet", name="search_parquet", response_class=Response)
def search_parquet(here: AskedHere, asked: AskedSearch, request: Request) -> Response:
    """Take the hits along as Parquet, 10,000 at most."""
    listing = _listing(here, asked, request, MOST)
    kind = "application/vnd.apache.parquet"
    return Response(as_parquet(listing), media_type=kind, headers=_named(listing, "parquet"))


@pages.get("/search.pdf", name="search_pdf", response_class=Response)
def search_pdf(here: AskedHere, asked: AskedSearch, request: Request) -> Response:
    """Take the hits along as PDF, 1,000 at most."""
    listing = _listing(here, asked, request, MOST_SET)
    said, shown = translations(here.language).gettext, filters(here.language, here.room.settings.timezone)

    def facts(row: Row) -> str:
        kept = said("kept by %(rules)s") % {"rules": row.rules} if row.rules else ""
        states = [said(_STATES.get(row.visibility, "")), said("restricted by decision") if row.restricted else ""]
        parts = [said(_KINDS[row.kind]), shown["moment"](row.created_at).striptags(), row.account, *states, kept]
        return " · ".join(part for part in parts if part)

    words = {
        "title": said("Search results"),
        "footer": said("Made by Urval from the index of %(store)s. The sealed packages hold the originals.")
        % {"store": listing.store},
        "notice": said("There were more: the list ends here. Narrow the search, or take the results as CSV.")
        if listing.cut
        else "",
    }
    about = (*listing.asked, *_made(here, listing))
    pdf = as_pdf(listing.asking(about), words, facts, here.language)
    return Response(pdf, media_type="application/pdf", headers=_named(listing, "pdf"))


def _made(here: Here, listing: Listing) -> list[tuple[str, str]]:
    """Return of what and when a list was made, in words."""
    said, shown = translations(here.language).gettext, filters(here.language, here.room.settings.timezone)
    compared = shown["moment"](listing.compared_at).striptags()
    return [
        (said("Store"), listing.store),
        (said("Made"), shown["moment"](listing.made_at).striptags()),
        (said("Index compared with the store"), compared),
        (said("Results"), shown["number"](len(listing.rows))),
    ]


def _listing(here: Here, asked: Asked, request: Request, most: int) -> Listing:
    """Return every hit, as a list that tells what it is."""
    query = asked.query(_zone(here), restricted=here.visitor.sees_restricted)
    found: list[Hit] = []
    cut = False
    if asked.anything:
        found, cut = all_hits(_checking(here), query, most=most)
    _log(here, found, asked)
    links, base = request.app.state.links, str(request.base_url).rstrip("/")
    return Listing(
        asked=tuple(_told(here, asked)), store=here.room.store.uri, made_at=datetime.now(UTC),
        compared_at=here.room.index.freshness().at, cut=cut,
        rows=tuple(_row(one, base + _address(links, one)) for one in found),
    )  # fmt: skip


def _told(here: Here, asked: Asked) -> list[tuple[str, str]]:
    """Return what was asked, in words."""
    said = translations(here.language).gettext
    names = {"q": said("Words"), "account": said("Account"), "platform": said("Platform"), "kind": said("Kind"),
             "since": said("From"), "until": said("To"), "rule": said("Selection rule"), "media": said("With media"),
             "question": said("With a question mark"), "removed": said("Hidden or removed"),
             "order": said("Order")}  # fmt: skip
    values = {"kind": said(_KINDS.get(asked.kind, "")), "order": said("oldest first")}
    return [
        (names[name], said("yes") if value == "1" else values.get(name) or value)
        for name, value in asked.parameters().items()
    ]


def _guarded(here: Here, found: Hits, asked: Asked) -> Hits:
    """Return hits without what was restricted since the index was last brought up to date, and log what is shown."""
    checked = _current(here, found)
    _log(here, checked.hits, asked)
    return checked


def _checking(here: Here) -> Callable[[IndexQuery], Hits]:
    return lambda query: _current(here, here.room.index.search(query))


def _current(here: Here, found: Hits) -> Hits:
    """Return hits as restrictions are now: left out for whoever may not see them, marked for whoever may."""
    kept = []
    for one in found.hits:
        covered = here.room.restrictions.of(one.archive, one.account).covers(one.item_id, one.thread_id)
        if here.visitor.sees_restricted:
            kept.append(one.marked(restricted=covered))
        elif not covered:
            kept.append(one)
    return found.with_hits(kept)


def _log(here: Here, hits: list[Hit], asked: Asked) -> None:
    restricted = [one for one in hits if one.restricted]
    if restricted:
        items = ", ".join(f"{one.account}/{one.item_id}" for one in restricted[:20])
        here.log_restricted(f"search {asked.parameters()}: {len(restricted)} restricted items: {items}")


def _line(one: Hit, found: Hits, account: str) -> HitLine:
    return HitLine(
        archive=one.archive, account=one.account, account_name=account, platform=one.platform, package=one.package_id,
        number=one.thread, row=one.row, kind=one.kind, version=one.version, item_id=one.item_id,
        created_at=one.created_at, author=one.author, role=one.role, state=_STATES.get(one.visibility, ""),
        media=one.media, registered=one.registered, rules=one.rules, restricted=one.restricted,
        pieces=snippet(one.text, found.terms),
    )  # fmt: skip


def _row(one: Hit, address: str) -> Row:
    return Row(
        created_at=one.created_at, archive=one.archive, account=one.account, platform=one.platform, kind=one.kind,
        author=one.author or "", author_role=one.role, visibility=one.visibility, rules=", ".join(one.rules),
        restricted=one.restricted, thread_id=one.thread_id, item_id=one.item_id, package_id=one.package_id,
        address=address, text=one.text,
    )  # fmt: skip


def _address(links: Callable[..., str], one: Hit) -> str:
    if not links.has("thread"):  # type: ignore[attr-defined]
        return ""
    place = links("thread", archive=one.archive, package=one.package_id, number=one.thread, comment=one.row)
    return place if one.row is None else f"{place}#comment-{one.row}"


def _zone(here: Here) -> ZoneInfo:
    return ZoneInfo(here.room.settings.timezone)


def _named(listing: Listing, ending: str) -> dict[str, str]:
    name = f"urval-search-{listing.made_at:%Y%m%dT%H%M%SZ}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
