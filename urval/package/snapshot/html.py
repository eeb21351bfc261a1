"""The snapshot as HTML: static pages without script or remote address, readable with or without the style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from urval.package.snapshot.glyphs import html_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.package.snapshot.document import ThreadDoc
    from urval.package.snapshot.front import FrontDoc
    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.view import Language

THREADS_A_PAGE = 25
WEIGHT_A_PAGE = 2_000  # comments and more; beyond it a page gets slow to open
DEEPEST = 6  # indentation stops here; the words "reply to" go on
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the contents."""

    number: int
    day: str
    title: str
    comments: str
    page: int


@cache
def _environment() -> Environment:
    """Return the templates, compiled once a process; what differs between packages is given when a page is made."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, auto_reload=False,
    )  # fmt: skip


class HtmlPages:
    """Writes a page whenever it is full, and the index at the end; holds one page and the contents' lines."""

    def __init__(self, out: Path, language: Language, labels: Labels, front: FrontDoc) -> None:
        self._out = out
        self._running: list[ThreadDoc] = []
        self._entries: list[Entry] = []
        self._weight = 0
        self._page = 0
        environment = _environment()
        self._shared = {"w": labels.words, "front": front, "language": language, "deepest": DEEPEST}
        self._thread_page = environment.get_template("threads.html.j2")
        self._index = environment.get_template("index.html.j2")
        self._visits = environment.get_template("page.html.j2") if front.visits or front.attached else None
        (out / "threads").mkdir(parents=True, exist_ok=True)
        (out / "style.css").write_bytes((_HERE / "style.css").read_bytes())

    def add(self, thread: ThreadDoc) -> None:
        """Take the next thread; the page before is written as soon as it is known to have a next one."""
        full = len(self._running) == THREADS_A_PAGE or self._weight + thread.weight > WEIGHT_A_PAGE
        if self._running and full:
            self._write_page(last=False)
        self._running.append(thread)
        self._weight += thread.weight
        page = self._page + 1
        self._entries.append(Entry(thread.number, thread.day, thread.title, thread.comments_heading, page))

    def finish(self, volumes: Sequence[str]) -> int:
        """Write the last page and the index; return how many HTML files there are."""
        if self._running:
            self._write_page(last=True)
        text = self._index.render(self._shared, entries=self._entries, volumes=volumes, base="", media="../")
        self._write(self._out / "index.html", text)
        if self._visits is None:
            return self._page + 1
        self._write(self._out / "page.html", self._visits.render(self._shared, base=""))
        return self._page + 2

    def _write_page(self, *, last: bool) -> None:
        self._page += 1
        text = self._thread_page.render(
            self._shared, threads=self._running, page=self._page, last=last, base="../", media="../../",
            first_number=self._running[0].number, last_number=self._running[-1].number,
        )  # fmt: skip
        self._write(self._out / "threads" / f"{self._page:04d}.html", text)
        self._running, self._weight = [], 0

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_bytes(html_safe(text).encode())
