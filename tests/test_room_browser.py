"""Every page of the reading room in Chromium: accessible, quiet, at every width, and inert against hostile texts."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from _browser import WIDTHS, browser
from _reading_room import room_over, served, visitor
from _room_hostile import MARK, hostile_store
from _room_pages import answer, found, login_room, names
from _room_store import room_store, spec_of
from _run_store import ARCHIVE, run_store
from _sample_package import ACCOUNT
from _waiting_store import OCCASION, waiting
from starlette.testclient import TestClient

from urval.cli.desk import ArchiveDesk
from urval.cli.proving import StoreProver
from urval.reading_room import Role, Services, create_app
from urval.reading_room.judging import Asked
from urval.reading_room.look.look import assets
from urval.verify import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from urval.reading_room import Room

pytestmark = pytest.mark.server
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_BYTES = 150_000  # of a page without pictures, as transferred


@dataclass
class Watched:
    """A room that is served, its pages, and what a browser said while it looked at them."""

    address: str
    asking: TestClient
    pages: dict[str, list[str]]
    said: list[str] = field(default_factory=list)

    def every(self, *, each: int = 1) -> Iterator[str]:
        """Yield addresses of every page."""
        for addresses in self.pages.values():
            yield from addresses[:each]

    def watch(self, page: Page) -> Page:
        """Note what goes wrong on a page: its errors, dialogs, and requests to elsewhere."""
        page.on("console", lambda one: self._note(f"{one.type}: {one.text}", one.type in {"error", "warning"}))
        page.on("pageerror", lambda one: self._note(f"error: {one}", True))
        page.on("dialog", lambda one: (self._note(f"dialog: {one.message}", True), one.dismiss()))
        page.on("request", lambda one: self._note(f"request: {one.url}", not one.url.startswith(self.address)))
        return page

    def _note(self, what: str, is_wrong: bool) -> None:
        if is_wrong:
            self.said.append(what[:300])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give the one browser of this file."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Serve the rich store to an administrator, one package verified, one removal just registered."""
    store = room_store()
    specs = (spec_of(store),)
    services = Services(prover=StoreProver(), desk=ArchiveDesk(str(store), specs))
    entry = next((store / "removals" / ARCHIVE / ACCOUNT).iterdir()).name
    more = ("/verifications/1", f"/removed/register/{ARCHIVE}/{ACCOUNT}/{entry}", "/access-log", "/removed/register")
    folder = tmp_path_factory.mktemp("room")
    with watched(store, folder, specs=specs, more=more, services=services) as one:
        yield one


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Serve a store in which a proposal waits to an administrator."""
    folder = tmp_path_factory.mktemp("reviewing")
    one = waiting(folder)
    desk = ArchiveDesk(str(one.store), (one.spec,), fixed_time="2026-11-03T09:00:00+01:00")
    place = f"/reviews/{ARCHIVE}/{ACCOUNT}/{OCCASION}"
    more = (place, f"{place}/packaging", "/reviews")
    with watched(one.store, folder, specs=(one.spec,), services=Services(desk=desk), more=more) as room:
        room.pages = {name: pages for name, pages in room.pages.items() if name.startswith("review")}
        yield room


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Return a room with a login, which the browser reaches by no network: the test answers what it asks."""
    asking = login_room(run_store(), tmp_path_factory.mktemp("login"))
    return Watched("https://urval.example", asking, {"login": ["/login"], "signed_out": ["/signed-out"]})


@contextmanager
def watched(
    store: Path, folder: Path, *, specs: tuple[Path, ...] = (), more: tuple[str, ...] = (),
    services: Services | None = None,
) -> Iterator[Watched]:  # fmt: skip
    """Serve a store, and find every page of it."""
    services = services or Services(prover=StoreProver())
    room = room_over(store, folder, services=services, specs=specs)
    _verify_one(room)
    app = create_app(room, visitor=visitor(Role.ADMINISTRATOR))
    asking = TestClient(
        app, base_url="http://127.0.0.1", headers={"accept-language": "en"}, follow_redirects=False
    )  # fmt: skip
    with served(app) as one:
        yield Watched(one.address, asking, found(asking, more))


def _verify_one(room: Room) -> None:
    """Verify a package, only its structure, so that there is a report to show."""
    for package in room.index.packages()[:1]:
        asked = Asked(
            archive=package.archive, account=package.account, package=package.package_id, level=Level.STRUCTURE
        )
        assert room.verifications.wait(room.verifications.start(asked).number, 60).ended


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def judged(page: Page, rules: list[str], kind: str = "tag") -> list[str]:
    """Return what axe-core finds on a page, one line each; its script is put in once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    asked = {"runOnly": {"type": kind, "values": rules}, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("(asked) => axe.run(document, asked)", asked)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in result["violations"] for node in one["nodes"]
    ]  # fmt: skip


def too_wide(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_every_page_is_looked_at(room: Watched, reviewing: Watched, login: Watched) -> None:
    """The pages that are judged here are all that the room has."""
    assert names() - room.pages.keys() - reviewing.pages.keys() - login.pages.keys() == set()


@pytest.mark.parametrize("of", ["room", "reviewing", "login"])
def test_every_page_is_accessible_at_every_width(of: str, chromium: Browser, request: pytest.FixtureRequest) -> None:
    """axe-core finds nothing, at phone and desktop, light and dark; no page is wider than a phone; nothing is said."""
    room: Watched = request.getfixturevalue(of)
    wrong: list[str] = []
    with chromium.new_context(color_scheme="light", locale="sv-SE") as context:
        page = room.watch(context.new_page())
        if of == "login":
            page.route("**/*", partial(answer, room.asking))
        for address in room.every():
            page.set_viewport_size({"width": WIDTHS["desktop"][0], "height": WIDTHS["desktop"][1]})
            page.goto(room.address + address)
            wrong += [f"{address} {one}" for one in faults(page)]
    assert [*wrong, *room.said] == []


def faults(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page that is open, at three widths, and in the dark."""
    for name in ("desktop", "phone", "wide"):
        page.set_viewport_size({"width": WIDTHS[name][0], "height": WIDTHS[name][1]})
        if name != "wide":
            yield from (f"{name} {one}" for one in judged(page, RULES))
        if too_wide(page) > 0:
            yield f"{name}: {too_wide(page)} pixels too wide"
    page.emulate_media(color_scheme="dark")
    yield from (f"dark {one}" for one in judged(page, ["color-contrast"], "rule"))
    page.emulate_media(color_scheme="light")


def test_the_keyboard_reaches_content_and_search(chromium: Browser, room: Watched) -> None:
    """The first stop skips to the content; after it, within a few stops, come the search box and the menu."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = room.watch(context.new_page())
        page.goto(f"{room.address}/packages")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        page.goto(f"{room.address}/packages")
        stops = []
        for _ in range(8):
            page.keyboard.press("Tab")
            stops.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert "find" in stops[:4]
        page.locator("#find").focus()
        page.keyboard.type("bron")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=bron*")


def test_every_page_is_whole_without_script(chromium: Browser, room: Watched) -> None:
    """With script turned off each page says the same, and its menu can be used."""
    wrong = []
    with (
        chromium.new_context(locale="sv-SE") as scripted,
        chromium.new_context(locale="sv-SE", java_script_enabled=False) as plain,
    ):
        with_script, without = scripted.new_page(), plain.new_page()
        for address in (one for one in room.every() if one != "/access-log"):  # which the looking itself makes longer
            texts = []
            for page in (with_script, without):
                page.goto(room.address + address)
                texts.append(page.locator("main").inner_text())
                assert page.locator("nav.rooms a").first.is_visible()
            if texts[0].split() != texts[1].split():
                wrong.append(address)
    assert wrong == []


def test_no_page_is_heavy(room: Watched) -> None:
    """Each page with style, script and fonts is at most 150 kB as transferred."""
    sizes = {one: _size(room.asking, one) for one in [*room.every(each=2), *(f"/assets/{name}" for name in assets())]}
    shared = sum(size for one, size in sizes.items() if one.startswith("/assets/"))
    assert {one: size + shared for one, size in sizes.items() if size + shared > MOST_BYTES} == {}


def _size(asking: TestClient, address: str) -> int:
    with asking.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        return sum(len(part) for part in answer.iter_raw())


def test_a_hostile_package_is_inert(chromium: Browser, tmp_path: Path) -> None:
    """Nothing that an archived text says is done: no script, no dialog, no request, no page wider than a phone."""
    wrong: list[str] = []
    with watched(hostile_store(), tmp_path, more=(f"/search?q={MARK}",)) as room:
        with chromium.new_context(viewport={"width": 360, "height": 780}, locale="sv-SE") as context:
            page = room.watch(context.new_page())
            for address in room.every(each=3):
                page.goto(room.address + address)
                foreign = page.evaluate(_FOREIGN)
                if foreign or too_wide(page) > 0:
                    wrong.append(f"{address}: {foreign} {too_wide(page)}")
        assert {"thread", "search", "account", "package", "spec"} <= room.pages.keys()
        assert [*wrong, *room.said] == []


_FOREIGN = """[
  ...[...document.querySelectorAll("script")].filter((one) => !/^\\/assets\\/room\\./.test(one.getAttribute("src"))),
  ...document.querySelectorAll("style, object, embed, base, [style], meta[http-equiv]"),
  ...[...document.querySelectorAll("a[href], form[action]")].filter(
    (one) => !/^(https?|mailto):/.test(one.href || one.action)),
  ...[...document.querySelectorAll("*")].filter((one) => one.getAttributeNames().some((name) => name.startsWith("on"))),
].map((one) => one.outerHTML.slice(0, 200))"""
