"""Takes pictures of one page with Chromium, as a program of its own: ``python -P _page_shot.py FOLDER``.

A process of its own, because whoever started it can end it with all its children, whatever the page does. The folder
holds ``job.json``; one PNG a screen and ``done.json`` are written beside it, the latter anew after each screen, so that
what was done before an end is known. Nothing of ours but the standard library is imported here.

A fresh profile for each screen: no log-in, no cookie, no extension; JavaScript on, downloads refused, dialogs
dismissed, other windows closed. The picture is the whole page, or the beginning that the job allows.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGUMENTS = (
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)  # fmt: skip
_OPEN_SECONDS, _LOAD_SECONDS, _STILL_SECONDS, _SCROLL_SECONDS = 30, 15, 5, 12
_HEIGHT = "Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0)"


def main(folder: Path) -> None:
    """Do the job in the folder."""
    job = json.loads((folder / "job.json").read_bytes())
    done: dict[str, Any] = {"browser": "", "error": "", "screens": {}}
    try:
        with sync_playwright() as playwright:
            program = _program(playwright.chromium.executable_path)
            if program is None:
                done["error"] = "no Chromium was found on this machine"
            else:
                browser = playwright.chromium.launch(
                    executable_path=program, args=list(_ARGUMENTS),
                    chromium_sandbox=os.geteuid() != 0,  # Chromium's own sandbox refuses to start as root
                    proxy={"server": f"http://127.0.0.1:{job['proxy']}", "bypass": "<-loopback>"},
                )  # fmt: skip
                done["browser"] = f"Chromium {browser.version}"
                for screen in job["screens"]:
                    done["screens"][screen["name"]] = _taken(browser, job, screen, folder)
                    _write(folder, done)
                browser.close()
    except Error as error:
        done["error"] = done["error"] or _first_line(error)
    _write(folder, done)


def _program(bundled: str) -> str | None:
    """Return the browser Playwright brought along, or else one that is installed."""
    if Path(bundled).is_file():
        return bundled
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def _taken(browser: Browser, job: dict[str, Any], screen: dict[str, Any], folder: Path) -> dict[str, Any]:
    context = browser.new_context(
        viewport={"width": screen["width"], "height": screen["height"]}, device_scale_factor=1,
        is_mobile=screen["phone"], has_touch=screen["phone"], locale=job["locale"], timezone_id=job["timezone"],
        accept_downloads=False, service_workers="block", color_scheme="light", reduced_motion="reduce",
    )  # fmt: skip
    try:
        return _picture(context, job, screen, folder)
    except Error as error:
        return {"error": _first_line(error)}
    finally:
        context.close()


def _picture(context: BrowserContext, job: dict[str, Any], screen: dict[str, Any], folder: Path) -> dict[str, Any]:
    page = context.new_page()
    context.on("page", lambda other: other.close())
    answer = page.goto(job["url"], wait_until="domcontentloaded", timeout=_OPEN_SECONDS * 1000)
    if answer is None or not answer.ok:
        status = answer.status if answer else 0
        return {"error": f"the page answered with status {status}", "status": status}
    _settle(page, screen["height"], job["highest"])
    full = int(page.evaluate(_HEIGHT))
    height = max(1, min(full, job["highest"]))
    page.screenshot(
        path=folder / f"{screen['name']}.png", full_page=True, animations="disabled", caret="hide",
        clip={"x": 0, "y": 0, "width": screen["width"], "height": height}, timeout=_OPEN_SECONDS * 1000,
    )  # fmt: skip
    return {"url": page.url, "full_height": full}


def _settle(page: Page, step: int, highest: int) -> None:
    """Wait for the page, and look at all of it once, since pictures further down come when they are looked at."""
    _quiet(page, _LOAD_SECONDS, load=True)
    until = time.monotonic() + _SCROLL_SECONDS
    at = 0
    while time.monotonic() < until and at < min(int(page.evaluate(_HEIGHT)), highest):
        page.evaluate("place => window.scrollTo(0, place)", at)
        page.wait_for_timeout(120)
        at += step
    page.evaluate("window.scrollTo(0, 0)")
    _quiet(page, _STILL_SECONDS, load=False)


def _quiet(page: Page, seconds: float, *, load: bool) -> None:
    """Wait until the page is loaded or still; one that never is, is taken as it stands by then."""
    try:
        page.wait_for_load_state("load" if load else "networkidle", timeout=seconds * 1000)
    except Error:
        return


def _first_line(error: Error) -> str:
    return (error.message.strip().splitlines() or ["the browser failed"])[0][:300]


def _write(folder: Path, done: dict[str, Any]) -> None:
    part = folder / "done.part"
    part.write_text(json.dumps(done), encoding="utf-8")
    part.rename(folder / "done.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
