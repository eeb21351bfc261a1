"""The bytes of a package, checked: single files, small renditions, the archived snapshot, the whole as a ZIP."""

from itertools import chain
from typing import Annotated, Any

from fastapi import Header, Path
from starlette.responses import Response, StreamingResponse

from urval.reading_room.faults import ForbiddenError, NotHereError
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.sending import send
from urval.reading_room.threads.guarded import guard
from urval.reading_room.thumbnails import thumbnail
from urval.reading_room.zipped import zip_of

pages = Pages()

FilePath = Annotated[str, Path(max_length=1000, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")]
Range = Annotated[str | None, Header(max_length=200)]
_BINARY: dict[str, Any] = {
    "responses": {200: {"content": {"application/octet-stream": {}}}, 206: {"content": {}}, 416: {"content": {}}},
    "response_class": Response,
    "tags": ["bytes"],
}
_SNAPSHOT = "data/snapshot/index.html"
_SNAPSHOT_POLICY = (
    "sandbox allow-same-origin allow-downloads; default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SNAPSHOT_KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8"}
_LARGEST_PAGE = 64 << 20  # bytes


@pages.get("/packages/{archive}/{package}/files/{path:path}", name="file", **_BINARY)
def file(
    here: AskedHere, archive: Slug, package: Slug, path: FilePath, *, save: bool = False, range: Range = None  # noqa: A002 - the header's name
) -> Response:  # fmt: skip
    """Send one file of a package: of the payload, or what lies beside it."""
    opened = here.room.package(archive, package)
    guard(here, opened).require_file(path)
    found = opened.open(path) if path.startswith("data/") else opened.beside(path)
    size = found.seek(0, 2)
    found.seek(0)
    return send(found, path, size=size, asked=range, save=save)


@pages.get("/packages/{archive}/{package}/thumbnails/{path:path}", name="thumbnail", **_BINARY)
def small(here: AskedHere, archive: Slug, package: Slug, path: FilePath) -> Response:
    """Send a picture of a package, made small."""
    opened = here.room.package(archive, package)
    guard(here, opened).require_file(path)
    made = thumbnail(opened, path, here.room.settings.cache)
    return Response(made, media_type="image/webp", headers={"Content-Security-Policy": "sandbox; default-src 'none'"})


class SnapshotView(View):
    """The archived rendering of an account's page, in a frame of ours."""

    archive: str
    package: str
    account: str
    account_name: str
    start: str
    end: str
    page: str  # relative to ``data/``
    volumes: list[str]  # PDF, paths in the package


@pages.page("/packages/{archive}/{package}/snapshot", name="snapshot", template="snapshot.html")
def snapshot(here: AskedHere, archive: Slug, package: Slug) -> SnapshotView:
    """Show the archived snapshot, with a bar that leads back."""
    opened = here.room.package(archive, package)
    guard(here, opened).require_file(_SNAPSHOT)
    opened.check(_SNAPSHOT)
    said = opened.manifest
    start, _, end = said.period.id.partition("--")
    return SnapshotView(
        archive=archive, package=package, account=str(said.account["id"]), account_name=str(said.account["name"]),
        start=start, end=end, page=_SNAPSHOT.removeprefix("data/"),
        volumes=[volume.file for volume in said.snapshot.volumes],
    )  # fmt: skip


@pages.get("/packages/{archive}/{package}/snapshot/{path:path}", name="snapshot_file", **_BINARY)
def snapshot_file(
    here: AskedHere, archive: Slug, package: Slug, path: FilePath, range: Range = None  # noqa: A002 - the header's name
) -> Response:  # fmt: skip
    """Send a page of the archived snapshot, or what it shows, under a policy that lets nothing run."""
    if not path.startswith(("snapshot/", "media/", "review/")):
        raise NotHereError("this is no part of a snapshot")
    opened = here.room.package(archive, package)
    name = f"data/{path}"
    guard(here, opened).require_file(name)
    kind = _SNAPSHOT_KINDS.get(path.rpartition(".")[2])
    if kind is None or not path.startswith("snapshot/"):
        found = opened.open(name)
        size = found.seek(0, 2)
        found.seek(0)
        return send(found, name, size=size, asked=range)
    data = opened.read(name, most=_LARGEST_PAGE)
    return Response(data, media_type=kind, headers={"Content-Security-Policy": _SNAPSHOT_POLICY})


@pages.get("/packages/{archive}/{package}/package.zip", name="package_zip", **_BINARY)
def package_zip(here: AskedHere, archive: Slug, package: Slug) -> Response:
    """Send the whole package as a ZIP, for whoever may see all of it."""
    opened = here.room.package(archive, package)
    held = guard(here, opened)
    if held.holds_restricted():
        if not here.visitor.sees_restricted:
            raise ForbiddenError(
                "the package holds something to which access is restricted by decision",
                next_step="Ask the archive for it: whoever has the role auditor may fetch it here.",
            )
        held.shows("the whole package")
    if missing := opened.missing():  # told before anything is sent
        opened.size(missing[0])
    parts = zip_of(opened)
    headers = {"Content-Disposition": f'attachment; filename="{package}.zip"', "Content-Encoding": "identity"}
    return StreamingResponse(chain([next(parts)], parts), media_type="application/zip", headers=headers)
