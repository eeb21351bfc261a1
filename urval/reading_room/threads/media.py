"""Media of posts and comments: how each may be shown, or why it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from urval.errors import UrvalError
from urval.reading_room.damage import Damage, damage_of
from urval.reading_room.pages import View
from urval.reading_room.sending import shown_as

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urval.reading_room.objects import PackageObjects

_CHECKED = 32 << 20  # bytes of one file that is looked at before the page that shows it is made
_CHECKED_IN_ALL = 128 << 20  # bytes of a page's files; those after are looked at when the browser asks for them


class MediaView(View):
    """One picture, film or file. ``path`` is empty where the package has none, and ``gap`` says why.

    ``shown``: how a browser may show it; ``save``: only to be saved. ``problem``: it is not as it was sealed.
    """

    id: str
    kind: str
    shown: Literal["image", "video", "pdf", "save", "none"]
    path: str
    alt: str
    width: int | None
    height: int | None
    bytes: int | None
    mime: str
    sha256: str
    gap: str
    problem: Damage | None = None


class Media:
    """The media of one thread's items, each looked at in the store once."""

    def __init__(self, package: PackageObjects, rows: Iterable[dict[str, Any]]) -> None:
        self._package = package
        self._rows = {row["id"]: row for row in rows}
        self._left = _CHECKED_IN_ALL

    def of(self, ids: Iterable[str]) -> list[MediaView]:
        """Return the media of an item, in its order; one that no row tells of is a gap too."""
        return [self._view(name) for name in ids]

    def _view(self, name: str) -> MediaView:
        row = self._rows.get(name)
        if row is None:
            return MediaView(
                id=name, kind="", shown="none", path="", alt="", width=None, height=None, bytes=None, mime="",
                sha256="", gap="no_record",
            )  # fmt: skip
        path = f"data/{row['file']}" if row["file"] else ""
        problem = self._problem(path, row["bytes"] or 0) if path else None
        return MediaView(
            id=name, kind=row["kind"], shown=_shown(path), path=path, alt=row["alt_text"] or "", width=row["width"],
            height=row["height"], bytes=row["bytes"], mime=row["mime"] or "", sha256=row["sha256"] or "",
            gap=row["gap"] or ("" if path else "no_file"), problem=problem,
        )  # fmt: skip

    def _problem(self, path: str, size: int) -> Damage | None:
        """Return why a file cannot be shown. A large one is looked at only when a browser asks for it."""
        try:
            if size > min(_CHECKED, self._left):
                self._package.size(path)
            else:
                self._left -= size
                self._package.check(path)
        except UrvalError as error:
            return damage_of(error)
        return None


def _shown(path: str) -> Literal["image", "video", "pdf", "save", "none"]:
    if not path:
        return "none"
    kind = shown_as(path).partition("/")
    if kind[0] == "image":
        return "image"
    if kind[0] == "video":
        return "video"
    return "pdf" if kind[2] == "pdf" else "save"
