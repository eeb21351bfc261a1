"""What of a package may not be shown to everybody: its items under restriction, and the files that hold any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.reading_room.faults import ForbiddenError

if TYPE_CHECKING:
    from urval.reading_room.access.restrictions import Restricted
    from urval.reading_room.objects import PackageObjects
    from urval.reading_room.room import Here

OPEN_FILES = ("data/spec/", "data/README.txt", "data/verify.py", "data/snapshot/style.css")
_PAGE_VIEWS = frozenset({"page_desktop", "page_phone"})  # pictures of the whole page show whatever stood there


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges for one visitor what of one package is shown; what is shown although restricted is logged before."""

    here: Here
    package: PackageObjects
    restricted: Restricted

    def hides(self, item: str, thread: str | None = None) -> bool:
        """Tell whether an item is not shown to this visitor."""
        return self.restricted.covers(item, thread) and not self.here.visitor.sees_restricted

    def shows(self, what: str) -> None:
        """Write in the access log that something restricted is shown; call before it is.

        Raises:
            UnavailableError: The log cannot be written.
        """
        self.here.log_restricted(f"{self.package.place[0]}/{self.package.place[3]} {what}")

    def holds_restricted(self) -> bool:
        """Tell whether the package holds anything restricted; so it counts where that cannot be found out."""
        if self.restricted.problem or not self.restricted.items:
            return bool(self.restricted.problem)
        try:
            return any(
                not self.restricted.items.isdisjoint(self.package.table(name, columns=["id"]).column("id").to_pylist())
                for name in ("posts", "comments")
            )
        except UrvalError:
            return True

    def require_file(self, path: str) -> None:
        """Refuse a file that shows something restricted to a visitor who may not see it; else log it where it does.

        Tables, PDF, raw objects and the like hold everything in the package: they go with all of it. A picture goes
        with the posts and comments that it is shown by.

        Raises:
            ForbiddenError: It does.
            UnavailableError: The access log cannot be written.
        """
        if path.startswith(OPEN_FILES) or not path.startswith("data/") or not self._shows_restricted(path):
            return
        if not self.here.visitor.sees_restricted:
            raise ForbiddenError(
                f"{path} holds something to which access is restricted by decision",
                next_step="Ask the archive for it: whoever has the role auditor may open it here.",
            )
        self.shows(path)

    def _shows_restricted(self, path: str) -> bool:
        if not self.restricted.problem and not self.restricted.items:
            return False
        if not path.startswith("data/media/"):
            return self.holds_restricted()
        try:
            rows = self.package.table(
                "media", columns=["owner_id", "thread_id", "kind"],
                filters=[("file", "=", path.removeprefix("data/"))],
            ).to_pylist()  # fmt: skip
        except UrvalError:
            return True
        if any(row["kind"] in _PAGE_VIEWS for row in rows):
            return self.holds_restricted()
        return all(self.restricted.covers(row["owner_id"], row["thread_id"]) for row in rows)


def guard(here: Here, package: PackageObjects) -> Guard:
    """Return the guard of a package."""
    archive, account, *_ = package.place
    return Guard(here, package, here.room.restrictions.of(archive, account))
