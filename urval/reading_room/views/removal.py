"""One entry of the register of removed items, with its files."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from urval.reading_room.concealing import covers_entry
from urval.reading_room.faults import ForbiddenError, PageError
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.register import Place, read_entry, read_file
from urval.reading_room.room import Here
from urval.reading_room.views.removed import ThreadPlace, thread_place
from urval.removals import Removal, thread_id_of
from urval.verify.report import shown

pages = Pages()
EntryId = Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}-[0-9a-f]{12}$")]
FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}\.(png|jpg|pdf)$")]
_GUARDED = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
}


class FileLine(View):
    """A picture or PDF of an entry; sizes in pixels. ``problem`` (in English) says why it is not shown."""

    file: str
    sha256: str
    bytes: int
    mime: str
    width: int | None
    height: int | None
    problem: str


class RemovalView(View):
    """An entry whole. ``day`` is the local day of the removal; ``packaged`` its thread in a package, if any yet.

    ``own``: the body wrote it; ``saved``: before the removal, or after it; ``thread`` is what it belonged to.
    """

    archive: str
    account: str
    entry: str
    day: str
    platform: str
    kind: str
    own: bool
    author: str
    text: str
    link: str
    item: str
    on_post: str
    published_at: datetime | None
    removed_at: datetime
    removed_by: str
    reason: str
    reason_words: str
    saved: str
    case: str
    police: str
    note: str
    registered_at: datetime
    registered_by: str
    files: list[FileLine]
    packaged: ThreadPlace | None
    thread: ThreadPlace | None
    restricted: bool


@pages.page("/removed/{archive}/{account}/{entry}", name="removal", template="removal.html")
def removal(here: AskedHere, archive: Slug, account: Slug, entry: EntryId) -> RemovalView:
    """Tell what was removed, by whom, when and why, and where it is kept."""
    found, restricted = _allowed(here, Place(entry, archive, account))
    return RemovalView(
        archive=archive, account=account, entry=entry, day=entry[:10], platform=found.platform, kind=found.kind,
        own=found.own, author=found.author or "", text=found.text, link=found.link, item=found.item or "",
        on_post=found.on_post or "", published_at=found.published_at, removed_at=found.removed_at,
        removed_by=found.removed_by, reason=str(found.reason), reason_words=found.reason.words(here.language),
        saved=found.saved, case=found.case or "", police=found.police or "", note=found.note or "",
        registered_at=found.registered_at, registered_by=found.registered_by,
        files=[_file(here, found, one.file) for one in found.files],
        packaged=thread_place(here, archive, account, thread_id_of(found)),
        thread=thread_place(here, archive, account, found.on_post) if found.on_post else None, restricted=restricted,
    )  # fmt: skip


def _allowed(here: Here, place: Place) -> tuple[Removal, bool]:
    """Return an entry and whether it is restricted.

    Raises:
        ForbiddenError: It is, and the visitor may not see what is.
    """
    found = read_entry(here.room.store, place)
    restricted = covers_entry(here.room.restrictions.of(place.archive, place.account), found)
    if restricted and not here.visitor.sees_restricted:
        raise ForbiddenError(
            "this entry of the register is restricted by decision", next_step="Ask the archive; it decides on release."
        )
    if restricted:
        here.log_restricted(f"entry {found.id} of the register of {place.archive}/{place.account}")
    return found, restricted


def _file(here: Here, entry: Removal, name: str) -> FileLine:
    saved = next(one for one in entry.files if one.file == name)
    try:
        read_file(here.room.store, entry, name)
        problem = ""
    except PageError as error:
        problem = shown(error.message)
    return FileLine(
        file=saved.file, sha256=saved.sha256, bytes=saved.bytes, mime=saved.mime, width=saved.width,
        height=saved.height, problem=problem,
    )  # fmt: skip


@pages.get("/removed/{archive}/{account}/{entry}/files/{file}", name="removal_file", response_class=Response)
def removal_file(here: AskedHere, archive: Slug, account: Slug, entry: EntryId, file: FileName) -> Response:
    """Return a file of an entry, checked; a picture may be shown in a page, a PDF is only ever saved."""
    found, _ = _allowed(here, Place(entry, archive, account))
    saved, data = read_file(here.room.store, found, file)
    how = "inline" if saved.mime.startswith("image/") else "attachment"
    headers = _GUARDED | {"Content-Disposition": f'{how}; filename="{saved.file}"'}
    return Response(data, media_type=saved.mime, headers=headers)
