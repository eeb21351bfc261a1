"""One volume as PDF/A and PDF/UA, by Typst: hermetic fonts, data as JSON, the same bytes on every machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from urval.errors import PackageError
from urval.package.snapshot.glyphs import token
from urval.package.snapshot.pictures import Rendition, cut, rendition
from urval.package.snapshot.typeset import DISK, REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from urval.package.snapshot.document import ThreadDoc
    from urval.package.snapshot.figures import Picture
    from urval.package.snapshot.front import FrontDoc
    from urval.package.snapshot.glyphs import FontSet, Sanitizer
    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.view import SnapshotView
    from urval.package.snapshot.visits import VisitDoc

TEMPLATE = Path(__file__).with_name("templates") / "snapshot.typ"
PARTS = TEMPLATE.with_name("parts.typ")  # what templates share
_TYPESET = Path(__file__).with_name("typeset.py")
_PAGE_WIDTH = 162.0  # mm between the margins of snapshot.typ
_PHONE_WIDTH = 77.0  # two abreast
_VISIT_FIRST, _VISIT_REST = 168.0, 236.0  # mm: the height of pieces of the public page, the page itself having 247
_COVER_HIGHEST = 70.0
_PIXEL = 25.4 / 96  # mm; small pictures are not blown up beyond the size a screen gives them
_POST_HIGHEST, _COMMENT_HIGHEST = 120.0, 55.0
_LONG_WORD = re.compile(r"[^\s\u200b]{32,}")
_BREAK_EVERY = 16
_BREAKABLE_BELOW = "\u0900"  # above: scripts and emoji whose lines break by rules of their own
_NO_GLYPH = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_PAGE_TREE = re.compile(rb"%PDF-1\.\d\s+%[^\n]*\s+1 0 obj\s*<<\s*/Type\s*/Pages\s*/Count (\d+)")
_MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSource:
    """What one PDF is made of. ``find`` gives a picture's bytes by its ``file``, or None."""

    view: SnapshotView
    labels: Labels
    front: FrontDoc
    number: int
    threads: Sequence[ThreadDoc]
    find: Callable[[str], Path | None]


def render_pdf(source: VolumeSource, fonts: FontSet, sanitizer: Sanitizer, *, workshop: Path) -> bytes:
    """Return the PDF of one volume. What Typst needs lies in ``workshop`` meanwhile, not where others could read it.

    Raises:
        PackageError: Typst cannot make the PDF to the standards asked for.
    """
    with TemporaryDirectory(prefix=".volume-", dir=workshop) as name:
        folder = Path(name)
        data = volume_data(source, fonts, Renditions(folder, source.find))
        return compiled(data, folder, fonts, sanitizer, source.view.pdf_standards)


def volume_data(source: VolumeSource, fonts: FontSet, pictures: Renditions) -> dict[str, Any]:
    """Return the volume's document data as JSON values, pictures arranged in rows; not yet sanitized."""
    date = source.view.document_date
    front = asdict(source.front)
    for name in ("visits", "attached"):  # in the first volume only
        front[name] = [pictures.visit(it, source.labels) for it in getattr(source.front, name) if source.number == 1]
    front["avatar"], front["cover"] = pictures.single(source.front.avatar), pictures.single(source.front.cover)
    return {
        "lang": source.labels.language,
        "fonts": list(fonts.families),
        "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
        "words": dict(source.labels.words),
        "volume": source.number,
        "volume_label": source.labels.say("volume", number=source.number),
        "cover-height": pictures.height_of(source.front.cover),
        "front": front,
        "threads": [thread_data(thread, pictures) for thread in source.threads],
    }


def thread_data(
    thread: ThreadDoc, pictures: Renditions, *, highest: float = _POST_HIGHEST, in_comments: float = _COMMENT_HIGHEST
) -> dict[str, Any]:
    """Return one thread as JSON values; pictures are at most ``highest`` mm high, those of comments ``in_comments``."""
    values = {**msgspec.to_builtins(thread), "media": pictures.album(thread.pictures, highest)}
    for comment, given in zip(values["comments"], thread.comments, strict=True):
        comment["media"] = pictures.album(given.pictures, in_comments)
    return values


def compiled(
    data: dict[str, Any],
    folder: Path,
    fonts: FontSet,
    sanitizer: Sanitizer,
    standards: Sequence[str],
    template: Path = TEMPLATE,
) -> bytes:
    """Return the PDF of a template and its data, made in an empty folder.

    A text that shaping, against expectation, cannot show becomes ``[U+XXXX]`` too, a few times over.

    Raises:
        PackageError: Typst cannot make the PDF to the standards asked for.
    """
    for source in (template, PARTS):
        (folder / source.name).write_bytes(source.read_bytes())
    job = {"template": template.name, "standards": list(standards), "fonts": list(fonts.folders)}
    (folder / "job.json").write_bytes(msgspec.json.encode(job))
    before = sanitizer.replaced
    stubborn: set[str] = set()
    for _ in range(_MOST_ATTEMPTS):
        sanitizer.replaced = before
        shown = _shown(data, partial(_showable, sanitizer=sanitizer, stubborn=stubborn))
        (folder / "data.json").write_bytes(msgspec.json.encode(shown))
        refusal = _typeset(folder)
        if not refusal:
            return (folder / "volume.pdf").read_bytes()
        found = _NO_GLYPH.search(refusal)
        cluster = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), found["text"]) if found else ""
        if not cluster or cluster in stubborn:
            raise PackageError(
                f"The snapshot's PDF cannot be made to {', '.join(standards)}: {refusal[:300]}",
                next_step="Check the spec's format policy; if it is in order, report the message.",
            )
        stubborn.add(cluster)
    raise PackageError("The snapshot's PDF holds too many texts that no font can show.")


def _typeset(folder: Path) -> str:
    """Run Typst in a process of its own; return its refusal, or nothing when the PDF is there."""
    # -P: this package's html.py must not stand in for the standard library's.
    done = subprocess.run([sys.executable, "-P", str(_TYPESET), str(folder)], capture_output=True, check=False)  # noqa: S603 - fixed program, own folder
    message = done.stderr.decode(errors="replace").strip()
    if done.returncode == DISK:
        raise OSError(int(message), os.strerror(int(message)), str(folder / "volume.pdf"))
    if done.returncode not in {0, REFUSED}:
        said = " ".join(line for line in message.splitlines() if not line.startswith((" ", "Traceback")))
        raise PackageError(
            f"Typst ended with status {done.returncode} while it set the snapshot's PDF: {said[-300:]}",
            next_step="A negative status is a signal, mostly for want of memory: lower the volume's size.",
        )
    return message if done.returncode == REFUSED else ""


def _showable(text: str, *, sanitizer: Sanitizer, stubborn: Iterable[str]) -> str:
    shown = sanitizer(text)
    for cluster in sorted(stubborn):
        if cluster in shown and not shown.isascii():
            sanitizer.replaced += sum(not char.isascii() for char in shown)
            shown = "".join(char if char.isascii() else token(char) for char in shown)
    return _LONG_WORD.sub(_breakable, shown) if len(shown) >= _BREAK_EVERY else shown


def _breakable(match: re.Match[str]) -> str:
    """Let a word too long for the line break: zero-width spaces, which the template turns into no character at all."""
    word = match[0]
    parts, start = [], 0
    for end in range(_BREAK_EVERY, len(word), _BREAK_EVERY):
        if word[end] < _BREAKABLE_BELOW and not unicodedata.combining(word[end]):
            parts.append(word[start:end])
            start = end
    return "\u200b".join([*parts, word[start:]])


def _shown(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with every string changed; keys are ours and stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _shown(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item, change) for item in value]
    return value


class Renditions:
    """The pictures of one volume, each made once, arranged into rows of equal height so that none is cropped."""

    def __init__(self, folder: Path, find: Callable[[str], Path | None]) -> None:
        self._folder = folder
        self._find = find
        self._made: dict[str, Rendition | None] = {}
        self._visits = 0

    def of(self, picture: Picture) -> Rendition | None:
        """Return the picture's rendition, or None where a frame must stand for it."""
        if picture.state != "shown":
            return None
        if picture.file not in self._made:
            path = self._find(picture.file)
            stem = f"p{len(self._made)}"
            self._made[picture.file] = rendition(path, self._folder, stem) if path else None
        return self._made[picture.file]

    def single(self, picture: Picture | None) -> dict[str, Any] | None:
        """Return a picture that stands alone (avatar, cover); ``path`` is None where a frame must stand for it."""
        if picture is None:
            return None
        made = self.of(picture)
        return {"path": made.name if made else None, "alt": picture.alt, "picture": asdict(picture)}

    def height_of(self, picture: Picture | None) -> float:
        """Return the height in mm of a picture as wide as the page, within bounds."""
        made = self.of(picture) if picture else None
        return round(min(_COVER_HIGHEST, _PAGE_WIDTH * made.height / made.width), 2) if made else 0.0

    def visit(self, visit: VisitDoc, labels: Labels) -> dict[str, Any]:
        """Return a picture of the public page as rows of pieces, or the frame that stands for it."""
        path = self._find(visit.picture.file) if visit.picture.state == "shown" else None
        width, abreast = (_PHONE_WIDTH, 2) if visit.phone else (_PAGE_WIDTH, 1)
        self._visits += 1
        stem = f"v{self._visits}"
        # The first row of pieces leaves room for the facts above it.
        first, rest = _VISIT_FIRST / width, _VISIT_REST / width
        pieces = cut(path, self._folder, stem, firsts=abreast, first=first, rest=rest) if path else []
        cells = [
            {
                "path": made.name,
                "width": width,
                "alt": labels.say("visit_part", number=place, count=len(pieces), alt=visit.picture.alt),
            }
            for place, made in enumerate(pieces, 1)
        ]
        return {
            "heading": visit.heading,
            "lines": visit.lines,
            "rows": [cells[start : start + abreast] for start in range(0, len(cells), abreast)],
            "frame": None if cells else asdict(visit.picture),
        }

    def album(self, pictures: Sequence[Picture], highest: float) -> dict[str, Any]:
        """Return rows of cells (shares of the row's width) and the frames of what cannot be shown."""
        shown = [(made, picture) for picture in pictures if (made := self.of(picture)) is not None]
        rows = []
        for size in row_sizes(len(shown)):
            row, shown = shown[:size], shown[size:]
            shares = [made.width / made.height for made, _ in row]
            natural = sum(made.width for made, _ in row) * _PIXEL
            width = min(1.0, highest * sum(shares) / _PAGE_WIDTH, natural / _PAGE_WIDTH)
            cells = [
                {"path": made.name, "alt": picture.alt, "share": round(share, 4)}
                for (made, picture), share in zip(row, shares, strict=True)
            ]
            rows.append({"width": round(width, 4), "cells": cells})
        return {"rows": rows, "frames": [asdict(picture) for picture in pictures if self.of(picture) is None]}


def row_sizes(count: int) -> list[int]:
    """Return how many pictures stand in each row of an album: one large first for odd small albums, else threes."""
    small = {0: [], 1: [1], 2: [2], 3: [1, 2], 4: [2, 2], 5: [2, 3], 7: [3, 2, 2]}
    if count in small:
        return small[count]
    rest = count % 3
    tail = {0: [], 1: [2, 2], 2: [2]}[rest]
    return [3] * ((count - sum(tail)) // 3) + tail


def page_count(pdf: bytes) -> int:
    """Return the number of pages, from the root of the page tree, with which Typst begins the file."""
    found = _PAGE_TREE.match(pdf)
    return int(found[1]) if found else 0
