"""The export: every page that can be reached from the main menu, and every thread there is, as files."""

from __future__ import annotations

import io
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from urval.errors import StoreError, UrvalError
from urval.reading_room.access import Role, Visitor
from urval.reading_room.app import create_app
from urval.reading_room.faults import DamagedError, NotHereError
from urval.reading_room.look.look import assets
from urval.reading_room.objects import open_package
from urval.reading_room.static_twin.asking import Asking
from urval.reading_room.static_twin.by_month import threads
from urval.reading_room.static_twin.comment_pages import CommentPages
from urval.reading_room.static_twin.folder import check_place, made_beside
from urval.reading_room.static_twin.look import StaticLook
from urval.reading_room.static_twin.own_pages import OwnPages
from urval.reading_room.static_twin.places import Places, Target, target
from urval.reading_room.static_twin.withheld import Withheld
from urval.reading_room.views import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import TypeAlias

    from urval.reading_room.room import Language, Room

    Progress: TypeAlias = Callable[[int, int], None]  # pages and files done, of how many that are known of by then

_OK, _FORBIDDEN, _UNAVAILABLE = 200, 403, 503
_OF_SNAPSHOT = ("data/snapshot/", "data/media/", "data/review/")
READER = Visitor(name="", role=Role.VISITOR, known_by="static twin")  # whoever holds the files may see them


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be shown: its address on the server, and why, in one sentence."""

    address: str
    what: str


@dataclass(slots=True)
class Made:
    """What an export made: how many HTML pages and files of packages, how many bytes, and what was not right.

    ``left_out`` counts the pages and files that are restricted by decision: a page says so in their place.
    """

    pages: int = 0
    files: int = 0
    left_out: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Tell whether everything could be shown."""
        return not self.faults


def export(
    room: Room, folder: Path, *, languages: Sequence[Language] = ("sv", "en"), dry_run: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> Made:  # fmt: skip
    """Write the room's pages as a visitor without a role sees them; the index must be up to date.

    The store is only read. ``dry_run`` makes every page, and writes none. An earlier twin in the folder is renewed.

    Raises:
        ConfigError: The folder holds something else, or lies in the store.
        StoreError: The store cannot be reached; an earlier twin stands as it did.
        UrvalError: The folder cannot be written.
    """
    place = check_place(folder, room.store.uri)
    beside: AbstractContextManager[Path | None] = nullcontext() if dry_run else made_beside(place)
    with beside as out:
        return _Export(room, languages, out, progress).all()


class _Export:
    def __init__(self, room: Room, languages: Sequence[Language], out: Path | None, progress: Progress) -> None:
        self._room = room
        self._languages = languages
        self._out = out
        self._progress = progress
        self._places = Places(GROUPS)
        self._look = StaticLook(self._places, languages, self._lead)
        self._comment_pages = CommentPages(room)
        self._withheld = Withheld(room, READER)
        self._waiting: deque[Target] = deque()
        self._known: set[Target] = set()
        self._made = Made()

    def all(self) -> Made:
        app = create_app(self._room, visitor=READER)
        app.state.look = self._look
        for one in self._seeds():
            self._lead(one)
        own = OwnPages(self._room, self._look, self._languages, READER)
        for file, text in own.all():
            self._put(file, text.encode())
            self._made.pages += 1
        with Asking(app) as asking:
            while self._waiting:
                self._one(asking, self._waiting.popleft())
                self._progress(len(self._known) - len(self._waiting), len(self._known))
        self._made.left_out += len(self._withheld.files)
        for name, (_, data) in assets().items():
            self._put(f"assets/{name}", data)
        for file, text in own.ends(self._made.pages, [(one.address, one.what) for one in self._made.faults]):
            self._put(file, text.encode())
        return self._made

    def _seeds(self) -> Iterator[Target]:
        """Yield the pages of the main menu, each account, package and thread; the rest is led to from them."""
        yield from (
            Target(name) for name, one in self._places.pages.items() if "{" not in one.path and self._places.has(name)
        )
        for package in self._room.index.packages():
            of = {"archive": package.archive, "account": package.account, "package": package.package_id}
            yield target("account", {"archive": package.archive, "account": package.account})
            del of["account"]
            if package.problem:
                self._fault(f"/packages/{package.archive}/{package.package_id}", package.problem)
            yield from (target(name, of) for name in ("package", "threads", "snapshot"))
            for thread in threads(self._room, package):
                yield target("thread", of | {"number": thread.number})
            yield from (target("file", of | {"path": path}) for path in self._shown_by_snapshot(package.prefix))

    def _shown_by_snapshot(self, prefix: str) -> list[str]:
        """Return the files that a package's snapshot is made of; of a damaged one, its own page tells."""
        try:
            listed = open_package(self._room.store, prefix).listed
        except (NotHereError, DamagedError):
            return []
        return [path for path in listed if path.startswith(_OF_SNAPSHOT)]

    def _lead(self, one: Target) -> Target:
        """Note a page or file that is to be written; return it as it will be found."""
        one = self._withheld(self._comment_pages(one))
        page = Target(one.name.removesuffix(".json"), one.parameters)  # a JSON twin is written with its page
        if page not in self._known and self._places.has(page.name):
            self._known.add(page)
            self._waiting.append(page)
        return one

    def _one(self, asking: Asking, one: Target) -> None:
        try:
            address = self._places.address(one)
        except UrvalError as error:
            self._fault(one.name, error.message)
            return
        if one.name in self._places.pages:
            for language in self._languages:
                self._page(asking, one, address, language)
        else:
            self._file(asking, one, address)

    def _page(self, asking: Asking, one: Target, address: tuple[str, str], language: Language) -> None:
        self._look.turn_to(one, language)
        text = io.BytesIO()
        answer = asking.get(*address, language, text)
        self._judge(address, answer.status)
        file = self._places.file(one, language)
        self._put(file, text.getvalue())
        self._made.pages += 1
        if self._look.view is not None:
            twin = self._look.view.model_dump_json(by_alias=True)
            self._put(f"{file.removesuffix('.html')}.json", twin.encode())

    def _file(self, asking: Asking, one: Target, address: tuple[str, str]) -> None:
        self._look.turn_to(one, self._languages[0])
        with _Written(self._out, self._places.file(one, "")) as into:
            answer = asking.get(*address, self._languages[0], into)
            into.keep = answer.status == _OK
        if into.keep:
            self._made.files += 1
            self._made.bytes += into.size
        else:
            self._judge(address, answer.status)

    def _judge(self, address: tuple[str, str], status: int) -> None:
        """Note what could not be shown.

        Raises:
            StoreError: The store does not answer: there is no use in going on.
        """
        if status == _UNAVAILABLE:
            raise StoreError(
                f"the store could not be read: {self._look.problem}",
                next_step="Give the same command again; an earlier twin stands as it was.",
            )
        if status == _FORBIDDEN:
            self._made.left_out += 1
        elif status != _OK:
            self._fault("?".join(part for part in address if part), self._look.problem or f"status {status}")

    def _fault(self, address: str, what: str) -> None:
        if all(address != fault.address for fault in self._made.faults):  # once, though in every language
            self._made.faults.append(Fault(address, what))

    def _put(self, file: str, data: bytes) -> None:
        self._made.bytes += len(data)
        if self._out is not None:
            path = self._out / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


class _Written:
    """A file that is written piece by piece, and removed again unless it is to be kept."""

    def __init__(self, out: Path | None, file: str) -> None:
        self._path = None if out is None else out / file
        self._open: Any = None
        self.keep = False
        self.size = 0

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._open = self._path.open("wb")
        return self

    def write(self, data: bytes, /) -> None:
        self.size += len(data)
        if self._open is not None:
            self._open.write(data)

    def __exit__(self, *_fault: object) -> None:
        if self._open is not None and self._path is not None:
            self._open.close()
            if not self.keep:
                self._path.unlink()
