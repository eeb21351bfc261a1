"""Pictures of every page of the reading room: on a desktop, on a phone, in the dark, on paper.

``python docs/room_pictures.py STORE SPEC`` takes them of any store; ``make pictures`` takes them of the lived year.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
sys.path.insert(0, str(ROOT / "tests"))

from _browser import browser  # noqa: E402 - the tests' own room, served to the tests' own browser
from _reading_room import room_over, served, visitor  # noqa: E402
from _room_pages import answer, found, login_room  # noqa: E402
from PIL import Image  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from urval.cli.desk import ArchiveDesk  # noqa: E402
from urval.cli.proving import StoreProver  # noqa: E402
from urval.reading_room import Role, Services, create_app  # noqa: E402
from urval.reading_room.judging import Asked  # noqa: E402
from urval.verify import Level  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from playwright.sync_api import Browser, Page

    from urval.reading_room import Room

_WORDS = ("bron", "biblioteket", "vatten", "skolan", "tack")  # the first that finds anything is searched for
_COLOURS = 40
_KINDS = {"desktop": (1280, 1200), "phone": (360, 1200), "dark": (1280, 900)}  # width, and the greatest height


def take(
    store: Path, spec: Path, *, now: str | None = None, only: Collection[str] = (), but: Collection[str] = (),
    more: Collection[str] = (),
) -> None:  # fmt: skip
    """Take the pictures of every page, ``only`` those or all ``but`` those named; reviews as they stand ``now``.

    ``more`` are addresses that no link leads to.
    """
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="urval-room-") as name:
        services = Services(prover=StoreProver(), desk=ArchiveDesk(str(store), (spec,), fixed_time=now))
        room = room_over(store, Path(name), services=services, specs=(spec,))
        app = create_app(room, visitor=visitor(Role.ADMINISTRATOR, "Alva Exempelsson"))
        app.state.look.store = "/srv/arkiv"  # the folder's own name is that of a scratch folder
        asking = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
        pages = found(asking, [*more, *(["/reviews"] if only else _more(room, asking))], each=1)
        with served(app) as one, browser() as chromium:
            for page, addresses in sorted(pages.items()):
                if page not in but and (not only or page in only):
                    _four(chromium, page, one.address + _best(room, page, addresses))
            if not only:
                _login(chromium, store, Path(name))


def _more(room: Room, asking: TestClient) -> Iterator[str]:
    """Yield pages that no link leads to before somebody asks: results, a verification, what was registered."""
    for word in _WORDS:
        if asking.get(f"/search.json?q={word}").json()["hits"]:
            yield f"/search?q={word}"
            break
    package = room.index.packages()[-1]
    asked = Asked(archive=package.archive, account=package.account, package=package.package_id, level=Level.FULL)
    job = room.verifications.wait(room.verifications.start(asked).number, 300)
    yield f"/verifications/{job.number}"
    for entry in room.store.keys("removals"):
        _, archive, account, name, *_rest = entry.split("/")
        yield f"/removed/register/{archive}/{account}/{name}"
        break
    yield "/access-log"
    yield "/reviews"
    yield "/removed/register"


def _best(room: Room, page: str, addresses: list[str]) -> str:
    """Return the address that shows most: of threads, the one with the most comments."""
    if page != "thread":
        return addresses[0]
    threads = ((one, package) for package in room.index.packages() for one in room.index.threads(package.no))
    thread, package = max(threads, key=lambda one: one[0].comments)
    return f"/packages/{package.archive}/{package.package_id}/threads/{thread.number}"


def _four(chromium: Browser, name: str, address: str, asking: TestClient | None = None) -> None:
    """Take the four pictures of a page."""
    with chromium.new_context(locale="sv-SE", reduced_motion="reduce") as context:
        page = context.new_page()
        if asking is not None:
            page.route("**/*", partial(answer, asking))
        for kind, (width, height) in _KINDS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="dark" if kind == "dark" else "light")
            page.goto(address, wait_until="networkidle")
            _shoot(page, name, kind, height)
        page.emulate_media(color_scheme="light", media="print")
        _print(page, name)
    print(f"docs/pictures/{name}-*.png")  # noqa: T201 - what the person who runs it wants to know


def _shoot(page: Page, name: str, kind: str, most: int) -> None:
    target = PICTURES / f"{name}-{kind}.png"
    page.evaluate("scrollTo(0, 0)")
    height = min(most, int(page.evaluate("document.documentElement.scrollHeight")))
    width = _KINDS[kind][0]
    page.screenshot(path=target, clip={"x": 0, "y": 0, "width": width, "height": height})
    _small(target)


def _print(page: Page, name: str) -> None:
    """Take a picture of the first sheet of paper."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        pdf.write_bytes(page.pdf(format="A4", print_background=True))
        target = PICTURES / f"{name}-print"
        words = ["pdftoppm", "-r", "64", "-png", "-singlefile", str(pdf), str(target)]
        subprocess.run(words, check=True)  # noqa: S603 - fixed words
    _small(target.with_suffix(".png"))


def _small(target: Path) -> None:
    """Keep a picture in few colours: pages are mostly text on paper."""
    with Image.open(target) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


def _login(chromium: Browser, store: Path, folder: Path) -> None:
    asking = login_room(store, folder / "login")
    for name, path in {"login": "/login", "signed-out": "/signed-out"}.items():
        _four(chromium, name, f"https://urval.example{path}", asking)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    if len(given) != 2 or shutil.which("pdftoppm") is None:  # noqa: PLR2004 - store and spec
        sys.exit("usage: python docs/room_pictures.py STORE SPEC   (pdftoppm must be installed)")
    take(*given)
