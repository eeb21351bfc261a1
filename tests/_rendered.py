"""A snapshot rendered for a test, and ways to read it: its pages' tags and words, its PDFs' words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from _samples import Samples
from pypdf import PdfReader

from urval.package.snapshot import SnapshotResult, render_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from urval.package.snapshot import SnapshotView
    from urval.source import Thread


class Page(HTMLParser):
    """Collects a page's tags, addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.words.append(data)


class Rendered:
    """A snapshot on disk, as a package lays it: media beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "media").mkdir()
        self.samples = Samples(folder / "media")
        self.out = folder / "snapshot"
        self.result = SnapshotResult(volumes=())

    def render(self, threads: list[Thread], *, volume_size: int = 500, **changes: Any) -> SnapshotView:
        """Render the threads into ``out``."""
        view = self.samples.view(threads, **changes)
        self.result = render_snapshot(
            view, iter(threads), media_file=self.samples.media_file, out=self.out, volume_size=volume_size
        )
        return view

    def pages(self) -> dict[str, Page]:
        """Return every HTML page by its name."""
        return {
            path.relative_to(self.out).as_posix(): Page(path.read_text(encoding="utf-8"))
            for path in sorted(self.out.rglob("*.html"))
        }

    def html_text(self) -> str:
        """Return the squeezed text of all pages."""
        return squeezed(" ".join(word for page in self.pages().values() for word in page.words))

    def pdf_text(self) -> str:
        """Return the squeezed text of all volumes."""
        pages = (page for file in sorted(self.out.glob("*.pdf")) for page in PdfReader(file).pages)
        return squeezed(" ".join(page.extract_text() for page in pages))


def squeezed(text: str) -> str:
    """Return the text without white space and break hints, which renderings are free to set as they like."""
    return re.sub(r"[\s\u200b]+", "", text)
