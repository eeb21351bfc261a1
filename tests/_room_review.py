"""An archivist at the desk of the reading room, as a browser would be one: pages opened, forms filled in and sent."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from _sample_package import ACCOUNT, NOW, chosen_spec
from _waiting_store import CASE, OCCASION, Waiting, fill
from starlette.testclient import TestClient

from urval.cli.desk import ArchiveDesk
from urval.reading_room import Role, Room, RoomSettings, Services, Visitor, create_app
from urval.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


ARCHIVE = "exempelstad"
PAGE = f"/reviews/{ARCHIVE}/{ACCOUNT}/{OCCASION}"
TIME = "2026-11-03T09:00:00+01:00"


def desk_of(one: Waiting, time: str | None = TIME) -> ArchiveDesk:
    """Return the desk over a store that waits; None: the clock of this machine."""
    return ArchiveDesk(str(one.store), [one.spec], fixed_time=time)


@contextmanager
def at_desk(
    one: Waiting, folder: Path, name: str = "Alva", role: Role = Role.ARCHIVIST, *, desk: ArchiveDesk | None = None,
    time: str | None = TIME,
) -> Iterator[TestClient]:  # fmt: skip
    """Give a browser of a person; it follows no redirect, and reads English."""
    settings = RoomSettings(cache=folder / f"cache-{name}", access_log=folder / "access.jsonl")
    services = Services(desk=desk or desk_of(one, time))
    room = Room(open_store(str(one.store), must_exist=True), settings, services)
    app = create_app(room, visitor=Visitor(name=name, role=role, known_by="loopback"))
    with TestClient(
        app, base_url="http://127.0.0.1", follow_redirects=False, headers={"accept-language": "en"},
        raise_server_exceptions=False,
    ) as asking:  # fmt: skip
        yield asking


def sealing(folder: Path, *, persons: int = 1, more: bytes = b"") -> Waiting:
    """Return a store that waits, whose spec has the city sign its packages, and no authority stamp them."""
    one = Waiting(folder / "sealing")
    one.folder.mkdir()
    data = (
        chosen_spec(more=CASE, persons=persons) + b"seal: {identity: arkivet@exempelstad.example, stamps: 0}\n" + more
    )
    one.spec.write_bytes(data)
    fill(one.run("schedule", NOW.isoformat()), one.folder / "capture", data)
    return one


@dataclass
class Form:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        name = given.get("name", "")
        if not self.found or not name:
            return
        chosen = given.get("type") not in {"radio", "checkbox"} or "checked" in given
        if tag == "input" and given.get("type") != "file" and chosen:
            self.found[-1].fields[name] = given.get("value", "")
        self._area = name if tag == "textarea" else ""
        if tag in {"textarea", "select"}:
            self.found[-1].fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1].fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def forms(page: str) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


def form_to(page: str, act: str, **fields: str) -> Form:
    """Return the one form of a page that goes to an act and holds these fields."""
    found = [
        one for one in forms(page)
        if one.action.partition("?")[0].endswith(f"/{act}") and fields.items() <= one.fields.items()
    ]  # fmt: skip
    assert len(found) == 1, f"{len(found)} forms to {act} with {fields}"
    return found[0]


def send(asking: TestClient, form: Form, *, files: Any = None, **typed: str) -> Any:
    """Send a form with what was typed into it."""
    return asking.post(form.action, data={**form.fields, **typed}, files=files)


def opened(asking: TestClient, path: str = PAGE) -> str:
    """Return a page that can be shown."""
    answer = asking.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-1500:]}"
    return answer.text
