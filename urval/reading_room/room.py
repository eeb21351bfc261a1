"""The room itself: a store, its index, and what a page is given to answer with."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from urval.errors import UrvalError
from urval.reading_room.access.log import AccessLog
from urval.reading_room.access.restrictions import Restrictions
from urval.reading_room.access.roles import require_role
from urval.reading_room.faults import NotHereError
from urval.reading_room.index import Index
from urval.reading_room.objects import open_package
from urval.reading_room.services import Services
from urval.reading_room.survey import Survey
from urval.reading_room.verifying import Verifications

if TYPE_CHECKING:
    from pathlib import Path

    from urval.reading_room.access import Role, Visitor
    from urval.reading_room.index import IndexedPackage
    from urval.reading_room.objects import PackageObjects
    from urval.store import Store
    from urval.verify import Trust

log = logging.getLogger("urval.reading_room")
Language: TypeAlias = Literal["sv", "en"]
_FIRST_PAGE = 1.0  # seconds that a room with an index waits before it compares it
LOOKS_EVERY = 30.0  # seconds between two comparisons of index and store


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    """How a room is set up.

    Attributes:
        cache: The folder for the index; nothing in it is needed again.
        access_log: The file of the access log; it must be kept.
        specs: Archive specs, for what is due and for reviewing.
        timezone: In which times are shown where no package names one.
        trust: The keys and authorities that seals are judged by; None: the keys the archive published in the store.
    """

    cache: Path
    access_log: Path
    specs: tuple[Path, ...] = ()
    timezone: str = "Europe/Stockholm"
    trust: Trust | None = None


class Room:
    """A store that is being read, and all that pages share."""

    def __init__(self, store: Store, settings: RoomSettings, services: Services | None = None) -> None:
        self.store = store
        self.settings = settings
        self.services = services or Services()
        self.index = Index(settings.cache / "index.sqlite")
        self.access_log = AccessLog(settings.access_log)
        self.restrictions = Restrictions(store)
        self.verifications = Verifications(store, settings.trust)
        self.survey = Survey(
            store, self.index, self.restrictions, specs=settings.specs, cache=settings.cache, timezone=settings.timezone
        )
        self._ended = False
        self._look = threading.Event()
        self._follower: threading.Thread | None = None

    def follow_store(self) -> None:
        """Keep the index up to date from now on, in a thread of its own."""
        self._follower = threading.Thread(target=self._follow, name="urval-index", daemon=True)
        self._follower.start()

    def close(self) -> None:
        """End the thread that follows the store, and that which verifies."""
        self._ended = True
        self._look.set()
        self.verifications.close()
        if self._follower is not None:
            self._follower.join(timeout=10)

    def look_soon(self) -> None:
        """Let the index be compared with the store now: something was stored that a page leads to."""
        self._look.set()

    def indexed(self, archive: str, package_id: str) -> IndexedPackage:
        """Return a package as the index knows it.

        Raises:
            NotHereError: The index knows of none of this id.
        """
        found = self.index.package(archive, package_id)
        if found is None:
            raise NotHereError(
                f"there is no package {package_id} of {archive} here",
                next_step="See the list of packages; one that was stored just now is there within a minute.",
            )
        return found

    def package(self, archive: str, package_id: str) -> PackageObjects:
        """Open a package in the store.

        Raises:
            NotHereError: There is none.
            DamagedError: It cannot be shown as it is; see :func:`urval.reading_room.objects.open_package`.
        """
        return open_package(self.store, self.indexed(archive, package_id).prefix)

    def _follow(self) -> None:
        if self.index.freshness().at is not None:
            self._look.wait(_FIRST_PAGE)  # the first page goes before
        while not self._ended:
            try:
                self.index.bring_up_to_date(self.store)
                self.survey.look_if_due()
            except UrvalError as error:
                log.warning("the index could not be brought up to date: %s", error.message)
            except Exception:
                log.exception("the index could not be brought up to date")
            self._look.wait(LOOKS_EVERY)
            self._look.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What a page is asked with: the room, who asks, and in which language."""

    room: Room
    visitor: Visitor
    language: Language

    def require(self, role: Role) -> None:
        """Refuse whoever's role does not include ``role``.

        Raises:
            ForbiddenError: It does not.
        """
        require_role(self.visitor, role)

    def log_restricted(self, what: str) -> None:
        """Write in the access log that restricted items were shown; call before showing them.

        Raises:
            UnavailableError: The log cannot be written, so nothing restricted may be shown.
        """
        self.room.access_log.append(self.visitor, "view", what)
