"""Reviewing: what waits for people, a proposal with its threads, and the acts of the archivist."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Form, Path, Query, UploadFile
from starlette.responses import Response

from urval.errors import ConfigError, StoreError, UrvalError
from urval.reading_room.access import Role
from urval.reading_room.desk import Desk, LayoutView, Looked, Packaging, Place, Proposed, WaitingProposal
from urval.reading_room.faults import BadRequestError, ConflictError, PageError, UnavailableError
from urval.reading_room.intake import MOST_FILE, read_upload
from urval.reading_room.local_time import HourTwiceError, local_moment
from urval.reading_room.pages import AskedHere, Pages, Shown, Slug, Target, View
from urval.reading_room.proposal_page import ProposalView, Typed, proposal_view, refusal_of
from urval.reading_room.proposal_rows import Filter, is_newest, package_of_review
from urval.reading_room.room import Here

pages = Pages()
_INERT = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_PICTURES: dict[str, Any] = {"image/png": {}, "image/jpeg": {}}
_IMAGE: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": _PICTURES}}}
_FILES: dict[str, Any] = {"image/png": {}, "application/pdf": {}}
_FILE: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": _FILES}}}
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Did = Literal["", "add", "remove", "attach", "approve", "return"]


def asked_place(archive: Slug, account: Slug, occasion: Slug) -> Place:
    """Return which proposal the address names."""
    return Place(archive, account, occasion)


def asked_filter(
    show: Literal["all", "kept", "dropped", "excluded"] = "all", rule: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=100)] = "", q: Annotated[str, Query(max_length=200)] = "",
    pictures: Literal["", "yes", "no"] = "", whole: Literal["", "no"] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Filter:  # fmt: skip
    """Return which threads the address asks for."""
    return Filter(show=show, rule=rule, kind=kind, q=q, pictures=pictures, whole=whole, page=page)


AskedPlace = Annotated[Place, Depends(asked_place)]
Chosen = Annotated[Filter, Depends(asked_filter)]


def desk_of(here: Here) -> Desk:
    """Return the desk of the room.

    Raises:
        UnavailableError: The room has none.
    """
    if here.room.services.desk is None:
        raise UnavailableError(
            "nothing can be reviewed or registered here: the room has no archive spec, or no part that captures",
            next_step="Start it with: urval browse STORE --spec SPEC --role archivist",
        )
    return here.room.services.desk


class WaitingView(View):
    """What waits for a review, the longest waiting first; ``desk`` is false where the room was started without one."""

    desk: bool
    proposals: list[WaitingProposal]


class PackagingView(View):
    """How the packaging of an approved proposal goes: the steps that the ledger tells, and this process's own part.

    ``steps`` are (state, when it was reached, or none yet).
    """

    archive: str
    account: str
    account_name: str
    occasion: str
    approvals: int
    persons: int
    steps: list[tuple[str, datetime | None]]
    package: str
    indexed: bool  # whether the package has a page yet
    packaging: Packaging


@pages.page("/reviews", name="reviews", template="reviews.html")
def reviews(here: AskedHere) -> WaitingView:
    """List what waits for a review."""
    here.require(Role.ARCHIVIST)
    desk = here.room.services.desk
    return WaitingView(desk=desk is not None, proposals=desk.waiting() if desk else [])


@pages.page("/reviews/{archive}/{account}/{occasion}", name="review", template="review.html")
def review(here: AskedHere, place: AskedPlace, chosen: Chosen, did: Did = "", thread: str = "") -> ProposalView:
    """Show a proposal: why, what is in it, and what may be done with it."""
    here.require(Role.ARCHIVIST)
    proposed = desk_of(here).proposed(place, here.language)
    done = did if is_newest(proposed.events[-1], did, thread) else ""
    return _page(here, place, proposed, chosen, did=done, did_thread=thread if done else "")


def _page(here: Here, place: Place, proposed: Proposed, chosen: Filter, **more: object) -> ProposalView:
    restricted = here.room.restrictions.of(place.archive, place.account)
    packaging = desk_of(here).packaging(place)
    made = proposal_view(here, place, proposed, chosen, restricted, packaging=packaging, **more)
    seen = [row.id for row in made.threads.rows if row.restricted]
    if seen:
        here.log_restricted(f"review of {place.account} {place.occasion}: {' '.join(seen)}")
    return made


@pages.get("/reviews/{archive}/{account}/{occasion}/pictures/{sha256}", name="review_picture", **_IMAGE)
def review_picture(here: AskedHere, place: AskedPlace, sha256: Digest) -> Response:
    """Give a picture of the proposal's capture, made small."""
    here.require(Role.ARCHIVIST)
    desk, restricted = desk_of(here), here.room.restrictions.of(place.archive, place.account)
    pictures = desk.proposed(place, here.language).pictures
    of = [owner for owner, held in pictures.items() if any(one.sha256 == sha256 for one in held)]
    if any(owner and restricted.covers(owner) for owner in of):
        here.log_restricted(f"review of {place.account} {place.occasion}: picture of {' '.join(of)}")
    return _picture(*desk.picture(place, sha256))


@pages.get(
    "/reviews/{archive}/{account}/{occasion}/attached/{sha256}/picture", name="review_attached_picture", **_IMAGE
)
def review_attached_picture(here: AskedHere, place: AskedPlace, sha256: Digest) -> Response:
    """Give the top of an attached picture, made small."""
    here.require(Role.ARCHIVIST)
    return _picture(*desk_of(here).attachment_picture(place, sha256))


@pages.get("/reviews/{archive}/{account}/{occasion}/attached/{sha256}", name="review_attached", **_FILE)
def review_attached(here: AskedHere, place: AskedPlace, sha256: Digest) -> Response:
    """Give an attached view as it was attached, to be saved."""
    here.require(Role.ARCHIVIST)
    mime, data = desk_of(here).attachment(place, sha256)
    name = f"{sha256}.{'pdf' if mime == 'application/pdf' else 'png'}"
    return Response(data, media_type=mime, headers={"Content-Disposition": f'attachment; filename="{name}"'} | _INERT)


def _picture(mime: str, data: bytes) -> Response:
    return Response(data, media_type=mime, headers={"Cache-Control": "private, max-age=3600"} | _INERT)


# ---- acts ----------------------------------------------------------------------------------------------------------


def _looked(here: Here, proposal: str) -> Looked:
    """Return who acts on which proposal.

    Raises:
        BadRequestError: The visitor has no name.
    """
    if not here.visitor.name.strip():
        raise BadRequestError(
            "nobody is named as the one who acts, and the ledger names who did what",
            next_step="Start the reading room with your name: urval browse STORE --spec SPEC --by NAME",
        )
    return Looked(here.visitor.name, proposal)


def _again(here: Here, place: Place, chosen: Filter, typed: Typed, seen: int, error: UrvalError) -> Shown:
    """Return the proposal's page as it stands now, with why the act was refused and what was typed.

    Raises:
        PageError, StoreError: The fault is not one that a person mends on that page.
    """
    if isinstance(error, StoreError) or (isinstance(error, PageError) and error.status not in {400, 409, 413}):
        raise error
    proposed = desk_of(here).proposed(place, here.language)
    moved = isinstance(error, ConflictError)
    code = "moved" if moved else "hour_twice" if isinstance(error, HourTwiceError) else ""
    why = {"code": code, "message": error.message, "next_step": error.next_step}
    refusal = refusal_of(proposed, typed, seen if moved else proposed.events[-1].seq, **why)
    status = error.status if isinstance(error, PageError) else 400 if isinstance(error, ConfigError) else 409
    return Shown("review", _page(here, place, proposed, chosen, refusal=refusal), status)


def _to(place: Place, chosen: Filter, did: str, thread: str = "") -> Target:
    kept = chosen.model_dump(exclude_defaults=True)
    at = {"archive": place.archive, "account": place.account, "occasion": place.occasion}
    return Target("review", {**kept, **at, "did": did, "thread": thread})


Seen = Annotated[int, Form(ge=0, le=2**31)]
Text = Annotated[str, Form()]


@pages.act("/reviews/{archive}/{account}/{occasion}/change", name="review_change", role=Role.ARCHIVIST)
def review_change(
    here: AskedHere, place: AskedPlace, chosen: Chosen, action: Annotated[Literal["add", "remove"], Form()],
    thread: Text, proposal: Text, seen: Seen = 0, reason: Text = "",
) -> Target | Shown:  # fmt: skip
    """Add a thread to what is proposed, or take one out."""
    looked, typed = _looked(here, proposal), Typed(act=action, thread=thread, reason=reason)
    try:
        desk_of(here).change(place, looked, action, thread, reason)
    except UrvalError as error:
        return _again(here, place, chosen, typed, seen, error)
    return _to(place, chosen, action, thread)


@pages.act("/reviews/{archive}/{account}/{occasion}/return", name="review_return", role=Role.ARCHIVIST)
def review_return(
    here: AskedHere, place: AskedPlace, chosen: Chosen, proposal: Text, seen: Seen = 0, reason: Text = ""
) -> Target | Shown:
    """Send the proposal back, to capture anew."""
    looked, typed = _looked(here, proposal), Typed(act="return", reason=reason)
    try:
        desk_of(here).send_back(place, looked, reason)
    except UrvalError as error:
        return _again(here, place, chosen, typed, seen, error)
    return _to(place, Filter(), "return")


@pages.act(
    "/reviews/{archive}/{account}/{occasion}/attach",
    name="review_attach",
    role=Role.ARCHIVIST,
    most_bytes=MOST_FILE + 1_000_000,
)
def review_attach(
    here: AskedHere, place: AskedPlace, chosen: Chosen, proposal: Text,
    file: Annotated[UploadFile | None, File()] = None, seen: Seen = 0, caption: Text = "", taken_by: Text = "",
    taken_at: Text = "", fold: Text = "",
) -> Target | Shown:  # fmt: skip
    """Attach a view of the layout that a person took."""
    looked = _looked(here, proposal)
    typed = Typed(act="attach", caption=caption, taken_by=taken_by, taken_at=taken_at, fold=fold)
    desk = desk_of(here)
    try:
        proposed = desk.proposed(place, here.language)
        at = local_moment(taken_at, proposed.view.timezone, fold)
        data = read_upload(file, min(proposed.limit, MOST_FILE))
        desk.attach(place, looked, LayoutView(data=data, caption=caption, taken_by=taken_by, taken_at=at))
    except UrvalError as error:
        return _again(here, place, chosen, typed, seen, error)
    return _to(place, chosen, "attach")


@pages.act("/reviews/{archive}/{account}/{occasion}/approve", name="review_approve", role=Role.ARCHIVIST)
def review_approve(
    here: AskedHere, place: AskedPlace, chosen: Chosen, proposal: Text, seen: Seen = 0
) -> Target | Shown:
    """Approve the proposal that was looked at; enough approvals begin the packaging."""
    looked, desk = _looked(here, proposal), desk_of(here)
    try:
        enough = desk.approve(place, looked)
    except UrvalError as error:
        return _again(here, place, chosen, Typed(act="approve"), seen, error)
    if not enough:
        return _to(place, Filter(), "approve")
    desk.package(place, looked.by)
    return _to_packaging(place)


@pages.act("/reviews/{archive}/{account}/{occasion}/package", name="review_package", role=Role.ARCHIVIST)
def review_package(here: AskedHere, place: AskedPlace) -> Target:
    """Begin to package what was approved, or try again; asked twice, it is done once."""
    desk_of(here).package(place, _looked(here, "").by)
    return _to_packaging(place)


def _to_packaging(place: Place) -> Target:
    return Target("review_packaging", {"archive": place.archive, "account": place.account, "occasion": place.occasion})


@pages.page(
    "/reviews/{archive}/{account}/{occasion}/packaging", name="review_packaging", template="review_packaging.html"
)
def review_packaging(here: AskedHere, place: AskedPlace) -> PackagingView:
    """Tell how the packaging goes: from the ledger, so that it is true whoever does it."""
    here.require(Role.ARCHIVIST)
    desk = desk_of(here)
    packaging = desk.packaging(place)  # before the ledger is read: what is done then stands in it
    proposed = desk.proposed(place, here.language)
    package = package_of_review(proposed)
    indexed = bool(package) and here.room.index.package(place.archive, package) is not None
    if package and not indexed:
        here.room.look_soon()
    return PackagingView(
        archive=place.archive, account=place.account, account_name=proposed.view.account_name,
        occasion=place.occasion, approvals=len(proposed.view.approvals), persons=proposed.view.persons,
        steps=_steps(proposed), package=package, packaging=packaging,
        indexed=indexed,
    )  # fmt: skip


def _steps(proposed: Proposed) -> list[tuple[str, datetime | None]]:
    """Return when each step was reached since the newest proposal or act of the review."""
    begun = max((event.seq for event in proposed.events if event.state == "proposed"), default=0)
    reached = {str(event.state): event.at for event in proposed.events if event.seq > begun}
    return [(step, reached.get(step)) for step in proposed.steps]
