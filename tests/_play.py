"""A person before the reading room: the command as a process, a browser, and what the browser asked for."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from _browser import browser
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _program import Program
    from playwright.sync_api import Page

expect.set_options(timeout=60_000)  # milliseconds: other tests have the processors too


@contextmanager
def opened(made: Program, *arguments: object) -> Iterator[str]:
    """Give ``urval browse`` on a free port, and its address; Ctrl-C ends it, as it ends for a person."""
    process = made.start("browse", *arguments, "--port", "0", XDG_CACHE_HOME=str(made.folder / "cache"),
                         XDG_STATE_HOME=str(made.folder / "state"))  # fmt: skip
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if found := re.search(r"open at (http://\S+);", line):
                yield found[1].rstrip("/")
                break
        else:
            raise AssertionError(said)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        process.stderr.close()


@contextmanager
def person(address: str, *, language: str) -> Iterator[Page]:
    """Give a page that somebody reads in a language; what it asks for elsewhere, or complains of, fails the test."""
    asked: list[str] = []
    complaints: list[str] = []
    with browser() as chromium:
        page = chromium.new_context(locale=language, accept_downloads=True).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        while not page.locator("footer time").count():  # the index is being made
            page.wait_for_timeout(500)
            page.reload()
        yield page
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
    assert complaints == []
