"""The whole snapshot: thread pages as they come, a PDF a volume, the index last. Memory is bounded by the volume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from urval.package.snapshot.document import DocumentMaker, ThreadDoc
from urval.package.snapshot.front import FrontDoc, front_of
from urval.package.snapshot.glyphs import FontSet, Sanitizer, load_fonts
from urval.package.snapshot.html import HtmlPages
from urval.package.snapshot.labels import Labels
from urval.package.snapshot.pdf import VolumeSource, page_count, render_pdf
from urval.package.snapshot.view import SnapshotResult, SnapshotView, Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from urval.records import MediaItem
    from urval.source import Thread

FONTS = Path(__file__).parents[1] / "fonts"
# What one PDF may hold beside the count of threads: Typst keeps a whole volume in memory, about 55 kB a comment.
_VOLUME_WEIGHT = 8_000


def render_snapshot(
    view: SnapshotView,
    threads: Iterable[Thread],
    *,
    media_file: Callable[[MediaItem], Path | None],
    out: Path,
    volume_size: int = 500,
    extra_fonts: Path | None = None,
) -> SnapshotResult:
    """Write ``index.html``, ``threads/…html``, ``style.css`` and ``snapshot-001.pdf`` … into ``out``.

    ``threads`` is read once, lazily, and shown in its order; no more than one volume is held. A volume ends at
    ``volume_size`` threads, or earlier where comments and pictures grow heavy; a thread is never split. ``media_file``
    gives the bytes of a medium, or None. ``extra_fonts`` is a folder of further fonts (CJK, for example). The same
    input gives the same bytes on any machine. ``out`` may exist but holds no snapshot yet.

    Raises:
        PackageError: A medium names a file outside ``media/``, or the PDF cannot be made to the standards asked for.
    """
    fonts = load_fonts((FONTS, extra_fonts) if extra_fonts else (FONTS,))
    writer = _Writer(view, out, fonts, media_file)
    for thread in threads:
        writer.add(thread, volume_size)
    return writer.finish()


class _Writer:
    """Holds the running volume and what the end needs to know of the earlier ones."""

    def __init__(
        self, view: SnapshotView, out: Path, fonts: FontSet, media_file: Callable[[MediaItem], Path | None]
    ) -> None:
        self._view = view
        self._out = out
        self._fonts = fonts
        self._sanitizer = Sanitizer(fonts)
        self._media_file = media_file
        self._paths: dict[str, Path] = {}  # of the running volume, by the name in the package
        self._met: dict[str, Path] = {}  # of the thread at hand
        self._labels = Labels(view.language, view.timezone)
        self._maker = DocumentMaker(view, self._labels, has_file=self._has_file)
        self._front: FrontDoc = front_of(view, self._labels, self._maker, has_file=self._has_file)
        self._met |= {attached.file: attached.path for attached in view.attached}
        self._standing = self._paths = self._met  # avatar and cover, in every volume
        self._pages = HtmlPages(out, view.language, self._labels, self._front)
        self._threads = 0
        self._volumes: list[Volume] = []
        self._volume: list[ThreadDoc] = []
        self._weight = 0

    def _has_file(self, item: MediaItem) -> bool:
        path = self._media_file(item)
        if path is None or item.file is None:
            return False
        self._met[item.file] = path
        return True

    def add(self, thread: Thread, volume_size: int) -> None:
        """Put a thread on its HTML page and into the running volume, or into the next one where that is full."""
        self._threads += 1
        self._met = {}
        document = self._maker.thread(thread, self._threads)
        self._pages.add(document)
        full = len(self._volume) >= volume_size or self._weight + document.weight > _VOLUME_WEIGHT
        if self._volume and full:
            self._end_volume()
        self._volume.append(document)
        self._weight += document.weight
        self._paths = {**self._paths, **self._met}

    def _end_volume(self) -> None:
        """Write the running volume's PDF and let go of it."""
        number = len(self._volumes) + 1
        source = VolumeSource(view=self._view, labels=self._labels, front=self._front, number=number,
                              threads=self._volume, find=self._paths.get)  # fmt: skip
        pdf = render_pdf(source, self._fonts, self._sanitizer, workshop=self._out)
        name = f"snapshot-{number:03d}.pdf"
        (self._out / name).write_bytes(pdf)
        threads = tuple(thread.id for thread in self._volume)
        self._volumes.append(Volume(file=name, threads=threads, pages=page_count(pdf)))
        self._volume, self._weight, self._paths = [], 0, self._standing

    def finish(self) -> SnapshotResult:
        """Write what is left and the index."""
        if self._volume or not self._volumes:
            self._end_volume()
        html_pages = self._pages.finish([volume.file for volume in self._volumes])
        return SnapshotResult(
            volumes=tuple(self._volumes),
            fonts=dict(self._fonts.digests),
            unrenderable=self._sanitizer.replaced,
            pages=sum(volume.pages for volume in self._volumes),
            html_pages=html_pages,
        )
