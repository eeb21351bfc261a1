"""Chromium, and what axe-core says of a page."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

WIDTHS = {"phone": (360, 780), "desktop": (1280, 900), "wide": (2560, 1400)}


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium; it reaches nothing but this machine."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync"],
        )  # fmt: skip
        try:
            yield started
        finally:
            started.close()


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA on a page, one line each."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found: dict[str, Any] = Axe().run(page, options=rules).response
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
