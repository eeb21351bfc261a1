"""``make pictures``: live the year of Exempelstad, and take the pictures of what a person meets in it.

The handbook's pages, the terminal of ``urval demo`` for the README, and every page of the reading room.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

from _program import packages_of  # noqa: E402 - the tests' own year
from _room_store import room_store, spec_of  # noqa: E402
from _year import (  # noqa: E402
    AUTUMN,
    MAIN_PAGE,
    SPRING,
    Year,
    a_year,
    autumn_approved,
    autumn_captured,
    october,
    september,
    spring,
    summer,
)
from playwright.sync_api import sync_playwright  # noqa: E402
from room_pictures import take  # noqa: E402

_TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #10191c; color: #e6ebe9; }
pre { margin: 0; padding: 28px 32px; font: 14px/1.5 "DejaVu Sans Mono", "Noto Sans Mono", monospace; }
</style><pre>$ make demo
"""
# The pictures show emoji also where the machine has no such font: packages bring theirs.
_FONTS = """<?xml version="1.0"?><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{fonts}</dir><cachedir>{cache}</cachedir>
</fontconfig>
"""
_IN_REVIEW = "2026-11-03T09:00:00+01:00"
_AFTER_SPRING = "2026-06-15T08:00:00+02:00"  # the news' spring was missed by then


def main() -> None:
    """Make every picture."""
    with tempfile.TemporaryDirectory(prefix="urval-pictures-") as name:
        folder = Path(name)
        _give_fonts(folder)
        year = a_year(folder)
        spring(year)
        year.now = _AFTER_SPRING
        coverage = IMAGES / "handbook-coverage.svg"
        _ask(year, "status", year.store, "--picture", coverage, ends=1)
        page = folder / "review.html"
        of = ("--store", year.store, "--account", MAIN_PAGE, "--occasion", SPRING)
        _ask(year, "review", "show", *of, "--page", page)
        _shoot(page, IMAGES / "handbook-review.png", height=900)
        for stage in (summer, september, october, autumn_captured):
            stage(year)
        take(year.store, year.spec, now=_IN_REVIEW, only={"reviews", "review"})
        autumn_approved(year)
        rules = folder / "spec.html"
        _say(year, "spec", "show", year.spec, "--html", rules)
        _shoot(rules, IMAGES / "handbook-spec.png", height=1000)
        demo = folder / "demo.html"
        demo.write_text(_TERMINAL + html.escape(_demo(folder)), encoding="utf-8")
        _shoot(demo, IMAGES / "run.png", height=100, at="pre")
        _sheets(folder)
        packaged = f"/reviews/exempelstad/{MAIN_PAGE}/{AUTUMN}/packaging"
        take(year.store, year.spec, now=year.now, but={"reviews", "review"}, more=[packaged])  # nothing waits any more
        take(room_store(), spec_of(room_store()), only={"disposals", "disposal"})  # the year disposes of nothing
        _shoot(_page_with_removal(year), IMAGES / "handbook-removed.png", height=760, at='[data-thread-id^="removal:"]')


def _give_fonts(folder: Path) -> None:
    fonts = folder / "fonts.conf"
    fonts.write_text(_FONTS.format(fonts=ROOT / "urval/package/fonts", cache=folder / "fonts"), encoding="utf-8")
    os.environ["FONTCONFIG_FILE"] = str(fonts)


def _ask(year: Year, *command: object, ends: int = 0) -> None:
    _say(year, *command, "--spec", year.spec, "--fixed-time", year.now, ends=ends)


def _say(year: Year, *command: object, ends: int = 0) -> None:
    done = year.program.run(*command, "--language", "sv")
    if done.returncode != ends:
        sys.exit(f"{command[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def _demo(folder: Path) -> str:
    """Return what the demonstration says; a folder of ours is called what it is called in the README."""
    store = folder / "demo-store"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "urval.cli", "demo", "--store", str(store), "--language", "en"],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
        env=os.environ | {"PREFECT_HOME": str(folder / "prefect")},
    )  # fmt: skip
    return done.stdout.replace(str(store), "demo-store")


def _sheets(folder: Path) -> None:
    """Take pictures of the seal sheet and of a post with its proof, both of a package of the demonstration."""
    package = packages_of(folder / "demo-store")[0]
    post = json.loads((package / "data" / "tables" / "posts.jsonl").read_bytes().split(b"\n")[0])["id"]
    commands = {
        "seal-sheet": ["verify", "demo-store", "--account", "exempelstad-facebook"],
        "proof": ["prove", str(package), post, "--output", str(folder / "proof.json")],
    }
    options = {"seal-sheet": "--sheet", "proof": "--pdf"}
    for name, command in commands.items():
        pdf = folder / f"{name}.pdf"
        words = [sys.executable, "-m", "urval.cli", *command, options[name], str(pdf), "--language", "sv"]
        subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own program
        target = IMAGES / name
        picture = ["pdftoppm", "-r", "80", "-png", "-singlefile", str(pdf), str(target)]
        subprocess.run(picture, check=True)  # noqa: S603 - fixed words
        print(f"docs/images/{name}.png")  # noqa: T201 - what the person who runs it wants to know


def _page_with_removal(year: Year) -> Path:
    pages = (page for package in packages_of(year.store) for page in (package / "data" / "snapshot").rglob("*.html"))
    return next(page for page in pages if 'data-thread-id="removal:' in page.read_text("utf-8"))


def _shoot(page: Path, target: Path, *, height: int, at: str = "") -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1100, "height": height})
        tab.goto(page.as_uri())
        if at:
            tab.locator(at).first.scroll_into_view_if_needed()
            tab.locator(at).first.screenshot(path=target)
        else:
            tab.screenshot(path=target)
        browser.close()
    print(target.relative_to(ROOT))  # noqa: T201 - what the person who runs it wants to know


if __name__ == "__main__":
    main()
