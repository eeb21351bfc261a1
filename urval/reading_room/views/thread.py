"""One thread: the post as it looked, its comments, what was changed and removed, why it was kept, its raw objects."""

from collections.abc import Callable
from pathlib import PurePosixPath as Path
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from urval.errors import ConfigError, UrvalError
from urval.reading_room.damage import Damage, damage_of
from urval.reading_room.faults import ForbiddenError, NotHereError, UnavailableError
from urval.reading_room.objects import PackageObjects
from urval.reading_room.packaged import rules_of
from urval.reading_room.pages import AskedHere, Number, Pages, Slug, View
from urval.reading_room.room import Here
from urval.reading_room.threads.guarded import Guard, guard
from urval.reading_room.threads.items import Beside, CommentView, CountView, PostView, comment_views, post_view
from urval.reading_room.threads.media import Media, MediaView
from urval.reading_room.threads.raw import pretty, raw_object
from urval.reading_room.threads.reasons import WhyView, why
from urval.reading_room.threads.rows import CommentRows, comment_row, comment_rows, post_row
from urval.reading_room.views.packages import GapLine, gap_line
from urval.removals import Removal, parse_removal

pages = Pages()

Page = Annotated[int, Query(ge=1, le=10**6)]
Row = Annotated[int | None, Query(ge=0, le=2**31)]
_REMOVAL = "removal:"
_MOST_RAW = 400_000  # characters of an object that a page shows


class CompletenessView(View):
    """The platform's own number of comments beside the captured one, and what explains the difference."""

    platform_count: int | None
    captured_count: int
    difference: int | None
    reasons: list[CountView]


class ThreadView(View):
    """A thread. Where it is ``hidden`` from the visitor, only where it stands is told.

    ``comments`` is one page of them in the order of the tree, 100 at most. ``damage`` must be seen: what of the thread
    is not as it was sealed, and is therefore not shown.
    """

    archive: str
    account: str
    account_name: str
    package: str
    start: str
    end: str
    timezone: str
    number: int
    threads: int
    restricted: bool
    hidden: bool
    proofs: bool  # whether this room makes proofs
    post: PostView | None = None
    avatar: MediaView | None = None
    removal: Removal | None = None
    why: WhyView | None = None
    completeness: CompletenessView | None = None
    gaps: list[GapLine] = Field(default_factory=list)
    comments: list[CommentView] = Field(default_factory=list)
    comment_count: int = 0
    page: int = 1
    pages: int = 1
    wanted: int | None = None  # the row of the comment that was asked for
    damage: list[Damage] = Field(default_factory=list)
    unread: list[str] = Field(default_factory=list)  # the tables that cannot be shown: of them nothing is claimed


@pages.page("/packages/{archive}/{package}/threads/{number}", name="thread", template="thread.html")
def thread(
    here: AskedHere, archive: Slug, package: Slug, number: Number, page: Page = 1, comment: Row = None
) -> ThreadView:
    """Show a thread as it looked, with all that is known of it."""
    opened = here.room.package(archive, package)
    held = guard(here, opened)
    post = post_row(opened, number)
    frame = _frame(here, opened, number, restricted=held.restricted.covers(post["id"]))
    if held.hides(post["id"]):
        return ThreadView(**frame, hidden=True)
    reading = _Reading(here, opened, held, post)
    found = reading.comments(page, comment)
    views = comment_views(found, reading.beside(), held, post["id"]) if found else []
    if here.visitor.sees_restricted and (frame["restricted"] or any(one.restricted for one in views)):
        held.shows(f"thread {number}, page {found.page if found else 1} of its comments")
    return ThreadView(
        **frame, hidden=False, post=post_view(post, reading.beside()), avatar=reading.avatar(),
        removal=reading.removal(), why=reading.why(), completeness=reading.completeness(), gaps=reading.gaps(),
        comments=views, comment_count=found.count if found else 0, page=found.page if found else 1,
        pages=found.pages if found else 1, wanted=comment, damage=reading.damage, unread=reading.unread(),
    )  # fmt: skip


def _frame(here: Here, opened: PackageObjects, number: int, *, restricted: bool) -> dict[str, Any]:
    archive, account, period, package = opened.place
    start, _, end = period.partition("--")
    said = opened.manifest
    return {
        "archive": archive, "account": account, "account_name": str(said.account["name"]), "package": package,
        "start": start, "end": end, "timezone": said.period.timezone, "number": number,
        "threads": said.tables["posts"].rows if "posts" in said.tables else number, "restricted": restricted,
        "proofs": here.room.services.prover is not None,
    }  # fmt: skip


class _Reading:
    """Reads what belongs to a thread, table by table; one that cannot be shown leaves a sentence in ``damage``."""

    def __init__(self, here: Here, opened: PackageObjects, held: Guard, post: dict[str, Any]) -> None:
        self._here, self._opened, self._held, self._post = here, opened, held, post
        self.damage: list[Damage] = []
        self._beside: Beside | None = None

    def comments(self, page: int, comment: int | None) -> CommentRows | None:
        """Return the page of comments."""
        try:
            return comment_rows(self._opened, self._post["id"], page=page, row=comment)
        except NotHereError:
            raise
        except UrvalError as error:
            self.damage.append(damage_of(error))
            return None

    def beside(self) -> Beside:
        """Return media and earlier wordings."""
        if self._beside is None:
            versions: dict[str, list[dict[str, Any]]] = {}
            for row in sorted(self._rows("versions"), key=lambda row: int(row["number"])):
                versions.setdefault(row["subject_id"], []).append(row)
            self._beside = Beside(Media(self._opened, self._rows("media")), versions)
        return self._beside

    def avatar(self) -> MediaView | None:
        """Return the account's picture, beside what the account itself wrote."""
        if self._post["author_role"] != "own":
            return None
        rows = self._table("media", [("kind", "=", "avatar")])
        found = [one for row in rows for one in Media(self._opened, [row]).of([row["id"]])]
        return next((one for one in found if one.shown == "image" and not one.problem), None)

    def removal(self) -> Removal | None:
        """Return the entry of the register of removed items that the thread was made from."""
        if not self._post["id"].startswith(_REMOVAL):
            return None
        found = self._told(lambda: raw_object(self._opened, "posts", self._post["id"]))
        return self._told(lambda: parse_removal(found.encode())) if found else None

    def why(self) -> WhyView:
        """Return why the thread was kept."""
        rules = rules_of(self._opened, self._here.language)
        if rules.damage:
            self.damage.append(rules.damage)
        return why(self._post["id"], self._rows("selection"), rules, self._opened.manifest)

    def completeness(self) -> CompletenessView | None:
        """Return how the captured comments compare with the platform's number."""
        rows = self._rows("completeness")
        if not rows:
            return None
        counts = {name: rows[0][name] for name in ("platform_count", "captured_count", "difference")}
        reasons = [CountView(code=one["type"], count=one["count"]) for one in rows[0]["reasons"]]
        return CompletenessView(**counts, reasons=reasons)

    def gaps(self) -> list[GapLine]:
        """Return what of the thread could not be had, less what is about an item that is hidden from the visitor."""
        rows = self._rows("gaps")
        return [gap_line(row) for row in rows if not self._held.hides(row["subject_id"] or "", row["thread_id"])]

    def unread(self) -> list[str]:
        """Return the tables that could not be shown."""
        return sorted({Path(one.path).stem for one in self.damage if one.path.endswith(".parquet")})

    def _rows(self, name: str) -> list[dict[str, Any]]:
        return self._table(name, [("thread_id", "=", self._post["id"])])

    def _table(self, name: str, filters: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
        return self._told(lambda: self._opened.table(name, filters=filters).to_pylist()) or []

    def _told(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except UrvalError as error:
            self.damage.append(damage_of(error))
            return None


class RawView(View):
    """One object as the platform gave it, secrets removed. ``cut``: it is longer than what is shown here."""

    archive: str
    account: str
    account_name: str
    package: str
    number: int
    comment: int | None
    id: str
    exchange: str
    found: bool
    text: str
    cut: bool


@pages.page("/packages/{archive}/{package}/threads/{number}/raw", name="raw", template="raw.html")
def raw(here: AskedHere, archive: Slug, package: Slug, number: Number, comment: Row = None) -> RawView:
    """Show the JSON of a post, or of one of its comments, as it was received."""
    opened = here.room.package(archive, package)
    table, row = _item(here, opened, number, comment, "raw object")
    found = raw_object(opened, table, row["id"])
    text, cut = pretty(found or "", _MOST_RAW)
    return RawView(
        archive=archive, account=opened.place[1], account_name=str(opened.manifest.account["name"]), package=package,
        number=number, comment=comment, id=row["id"], exchange=row["exchange"], found=found is not None, text=text,
        cut=cut,
    )  # fmt: skip


@pages.get(
    "/packages/{archive}/{package}/threads/{number}/proof", name="proof", response_class=Response, tags=["bytes"]
)
def proof(
    here: AskedHere, archive: Slug, package: Slug, number: Number, comment: Row = None, *, alone: bool | None = None
) -> Response:
    """Make the proof of a post with its whole thread, or of one comment by itself; ``alone`` asks for the other."""
    prover = here.room.services.prover
    if prover is None:
        raise UnavailableError(
            "this reading room makes no proofs", next_step=f"On the command line: urval prove STORE --package {package}"
        )
    opened = here.room.package(archive, package)
    single = comment is not None if alone is None else alone
    table, row = _item(here, opened, number, comment, "proof", whole=not single)
    post = row["id"] if table == "posts" else row["post_id"]
    seen = "shown in the reading room to a role that may see it" if here.visitor.sees_restricted else None
    try:
        data = prover.proof(opened, post, None if table == "posts" else row["id"], alone=single, despite=seen)
    except ConfigError as error:
        raise NotHereError(error.message, next_step=error.next_step) from error
    at = number - 1 if comment is None else comment
    name = f"{package}_{table}-{at}{'-alone' if single else ''}.proof.json"
    return Response(
        data, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _item(
    here: Here, opened: PackageObjects, number: int, comment: int | None, what: str, *, whole: bool = False
) -> tuple[str, dict[str, Any]]:
    """Return table and row of the item that was asked for, if this visitor may see it; what is restricted is logged.

    Raises:
        ForbiddenError: It is restricted (or, with its ``whole`` thread, something in the thread).
    """
    held = guard(here, opened)
    post = post_row(opened, number)
    row = post if comment is None else comment_row(opened, post["id"], comment)
    restricted = held.restricted.covers(row["id"], post["id"])
    if whole and not restricted and held.restricted.items:
        ids = opened.table("comments", columns=["id"], filters=[("post_id", "=", post["id"])]).column("id")
        restricted = not held.restricted.items.isdisjoint(ids.to_pylist())
    if restricted and not here.visitor.sees_restricted:
        raise ForbiddenError(
            "access to this is restricted by decision", next_step="Ask the archive for it, with the thread's number."
        )
    if restricted:
        held.shows(f"{what} of thread {number}" + ("" if comment is None else f", comment {comment}"))
    return ("posts" if comment is None else "comments"), row
