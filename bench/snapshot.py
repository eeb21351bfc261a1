"""The snapshot of 1,000 threads with 10 comments each beside bare Typst on the same document data.

``python -m bench.snapshot floor|product THREADS``. Product: from the capture to HTML pages and PDF volumes, pictures
made smaller, texts checked against the fonts. Floor: ``typst.compile`` in one process, volume by volume, of the very
data, template and pictures that the product gives to Typst. A picture hangs under every fifth post.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import typst

from bench import pages
from bench.comments import captured, requested
from bench.measuring import FOLDER, told
from connectors.sandbox.pictures import SCENES, Picture
from urval.package.rendering import compose_view, write_snapshot
from urval.package.snapshot.document import DocumentMaker
from urval.package.snapshot.front import front_of
from urval.package.snapshot.glyphs import Sanitizer, load_fonts
from urval.package.snapshot.labels import Labels
from urval.package.snapshot.pdf import PARTS, TEMPLATE, Renditions, VolumeSource, _showable, _shown, volume_data
from urval.package.snapshot.render import FONTS
from urval.records import MediaItem, MediaKind
from urval.source import Thread

if TYPE_CHECKING:
    from urval.source import Item

THREADS = 1_000
_COMMENTS = 20_000  # 2,000 posts with 10 each
_VOLUME = 500
_FOLDER = FOLDER / "snapshot"
_EVERY = 5


def make() -> None:
    """Make the capture and the floor's volumes, each run anew: they must be what today's product gives to Typst."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    (_FOLDER / "capture" / "media").mkdir(parents=True)
    scenes = sorted(SCENES)
    painted = [_painted(Picture(scenes[number % len(scenes)], number // len(scenes))) for number in range(40)]
    request = captured(_COMMENTS, _FOLDER / "capture", partial(_with_picture, painted=painted))
    view = compose_view(request, request.kept()[:THREADS], "bench", _FOLDER)
    labels = Labels(view.language, view.timezone)
    maker = DocumentMaker(view, labels, has_file=lambda _: True)
    fonts, front = load_fonts((FONTS,)), front_of(view, labels, maker, has_file=lambda _: True)
    documents = [
        maker.thread(thread, number)
        for number, thread in enumerate(request.capture.threads(request.kept()[:THREADS]), 1)
    ]
    for number in range(THREADS // _VOLUME):
        folder = _FOLDER / f"volume-{number}"
        folder.mkdir()
        threads = documents[number * _VOLUME : (number + 1) * _VOLUME]
        source = VolumeSource(
            view=view, labels=labels, front=front, number=number + 1, threads=threads,
            find=request.capture.folder.joinpath,
        )  # fmt: skip
        data = volume_data(source, fonts, Renditions(folder, source.find))
        shown = _shown(data, partial(_showable, sanitizer=Sanitizer(fonts), stubborn=set()))
        (folder / "data.json").write_bytes(msgspec.json.encode(shown))
        for part in (TEMPLATE, PARTS):
            (folder / part.name).write_bytes(part.read_bytes())
        job = {"standards": list(view.pdf_standards), "fonts": list(fonts.folders)}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")


def _painted(picture: Picture) -> MediaItem:
    data = picture.paint()
    name = f"media/{hashlib.sha256(data).hexdigest()}.jpg"
    (_FOLDER / "capture" / name).write_bytes(data)
    return MediaItem(
        platform="facebook", account_id="", id="", owner_id="", thread_id=None, kind=MediaKind.IMAGE, source_url=None,
        alt_text=picture.alt_text, mime="image/jpeg", bytes=len(data), sha256=name[6:70], file=name, width=None,
        height=None, captured_at=pages.NOW, gap=None,
    )  # fmt: skip


def _with_picture(item: Item, painted: list[MediaItem]) -> Item:
    if not isinstance(item, Thread) or int(item.post.id[-5:]) % _EVERY:
        return item
    post = item.post
    own = replace(
        painted[int(post.id[-5:]) // _EVERY % len(painted)],
        account_id=post.account_id, id=f"{post.id}:1", owner_id=post.id, thread_id=post.id,
    )  # fmt: skip
    return replace(item, post=replace(post, media_ids=(own.id,)), media=(own,))


def floor(threads: int) -> None:
    """Set the volumes with Typst, and nothing else."""
    for number in range(threads // _VOLUME):
        folder = _FOLDER / f"volume-{number}"
        job = json.loads((folder / "job.json").read_bytes())
        pdf = typst.compile(
            str(folder / TEMPLATE.name), root=str(folder), format="pdf", pdf_standards=job["standards"],
            sys_inputs={"data": (folder / "data.json").read_text(encoding="utf-8")}, ignore_system_fonts=True,
            font_paths=job["fonts"],
        )  # fmt: skip
        (_FOLDER / "out").mkdir(exist_ok=True)
        (_FOLDER / "out" / f"{number}.pdf").write_bytes(pdf)


def product(threads: int) -> None:
    """Render the snapshot as the package's builder does."""
    request = requested(_FOLDER / "capture")
    result = write_snapshot(request, request.kept()[:threads], _FOLDER / "data", "bench")
    if len(result.volumes) != threads // _VOLUME:
        raise SystemExit(f"the snapshot has {len(result.volumes)} volumes, not {threads // _VOLUME}")


if __name__ == "__main__":
    for name in ("out", "data"):
        shutil.rmtree(_FOLDER / name, ignore_errors=True)
    if sys.argv[1] == "product":
        shutil.copytree(_FOLDER / "capture" / "media", _FOLDER / "data" / "media")
    work = {"floor": floor, "product": product}[sys.argv[1]]
    told(lambda: work(int(sys.argv[2])))
