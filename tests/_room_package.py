"""Stores for the pages of packages and threads: one whose thread has every mark, and copies with a restriction."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _removed import entry
from _run_store import ARCHIVE, package_folders, record, store_copy
from _sample_package import ACCOUNT, copy_of, whole_package
from _sealing import key, seal_copy

from urval.access import Restriction
from urval.cli.proving import StoreProver
from urval.reading_room import Services
from urval.removals import encode, thread_id_of
from urval.store import open_store, put_record, restriction_key

if TYPE_CHECKING:
    from _tampering import Tampering

ADDRESS = "javascript:alert(1)"
REMOVED = entry(case="KS 2026/0307")  # its thread stands as the fourth
OLD, NEW = "Badet öppnar klockan nio", "Badet öppnar klockan tio i dag"
TURNED = "före \u202eefter <img src=x onerror=alert(2)>"
PROVING = Services(prover=StoreProver())


@cache
def marked_store() -> Path:
    """Return a store with one package, to read only: a thread with every mark, one removed item, one post of ours."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-marked-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    folder = seal_copy(copy_of(whole_package(), scratch), key(), change=_mark)
    return _stored(scratch, folder)


@cache
def long_store(comments: int) -> Path:
    """Return a store with one package, with so many comments on its first thread, most answering the one before."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-long-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    folder = seal_copy(copy_of(whole_package(), scratch), key(), change=lambda t: _lengthen(t, comments))
    return _stored(scratch, folder)


def _stored(scratch: Path, folder: Path) -> Path:
    store = scratch / "store"
    period = json.loads((folder / "manifest.json").read_text())["period"]["id"]
    shutil.copytree(folder, store / "packages" / ARCHIVE / ACCOUNT / period / folder.name)
    record(store / "ledger" / ARCHIVE / ACCOUNT / period, folder)
    return store


def address(store: Path, place: int = 0) -> str:
    """Return the address of a package's page."""
    return f"/packages/{ARCHIVE}/{package_folders(store)[place].name}"


def restricted_store(scratch: Path, item: str, kind: str = "comment") -> Path:
    """Return a copy of the run store in which access to an item is restricted."""
    store = store_copy(scratch)
    held = package_folders(store)[1]
    made = Restriction.model_validate_json(json.dumps({
        "format": "urval-restriction/1", "id": f"2026-11-20-{'a' * 12}", "archive": ARCHIVE, "account": ACCOUNT,
        "period": held.parent.name, "package": held.name, "item": item, "kind": kind, "decision": "KS 2026/0099",
        "reason": "Personuppgift", "by": "Alva", "at": "2026-11-20T08:00:00Z",
    }))  # fmt: skip
    put_record(open_store(str(store)), restriction_key(ARCHIVE, ACCOUNT, made.id), made, what="restriction")
    return store


def _mark(t: Tampering) -> None:
    posts, comments, versions = t.rows("posts"), t.rows("comments"), t.rows("versions")
    posts[0] |= {
        "text": NEW, "edited": "yes", "pinned": True, "visibility": "deleted_by_author", "permalink": ADDRESS,
        "share_count": 2, "title": "Rubrik <b>fet</b>",
    }  # fmt: skip
    posts.append(posts[2] | _removal())
    t.write("posts", posts)
    comments[0] |= {"text": TURNED, "hidden": True, "author_name": "Mallory </bdi><script>alert(3)</script>"}
    comments[1] |= {"is_own_answer": True, "author_role": "own", "parent_id": "t1c1", "depth": 1,
                    "permalink": "https://platform.example/1"}  # fmt: skip
    t.write("comments", comments)
    versions[0] |= {"text": OLD, "subject_id": "t1"}
    versions[1] |= {"text": "Tidigare <i>kommentar</i>", "subject_id": "t1c1"}
    t.write("versions", versions)
    raw = json.dumps({
        "table": "posts", "id": thread_id_of(REMOVED), "exchange": "0" * 64, "raw": encode(REMOVED).decode(),
    }).encode()  # fmt: skip
    t.pack("raw/objects.jsonl.gz", [*t.lines_of("raw/objects.jsonl.gz"), raw])


def _removal() -> dict[str, Any]:
    return {
        "id": thread_id_of(REMOVED), "kind": "removal", "text": REMOVED.text, "visibility": "deleted_by_us",
        "author_role": "unknown", "author_name": None, "media_ids": [],
    }  # fmt: skip


def _lengthen(t: Tampering, comments: int) -> None:
    one, rest = t.rows("comments")[0], [row for row in t.rows("comments") if row["post_id"] != "t1"]
    start = datetime(2026, 10, 20, tzinfo=UTC).strftime("%Y-%m-%dT%H")
    rows = [
        one | {
            "id": f"c{n:06}", "parent_id": f"c{n - 1:06}" if n % 7 else None, "depth": n % 7,
            "text": f"Kommentar nummer {n} om badet i parken, som borde vara öppet längre på kvällarna.",
            "created_at": f"{start}:{n // 1000 % 60:02}:00.{n % 1000:03}000Z", "author_name": f"Person {n % 90}",
        }
        for n in range(comments)
    ]  # fmt: skip
    t.write("comments", rows + rest)


@dataclass
class Element:
    """An element of a page as a browser reads it: its attributes, its text with that of all within, its ancestors."""

    tag: str
    attrs: dict[str, str]
    within: list[Element]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the text in it."""
        return "".join(self.parts)

    def is_in(self, **attrs: str) -> bool:
        """Tell whether it stands in an element with these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attrs.items()}
        return any(wanted.items() <= one.attrs.items() for one in self.within)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[Element] = []
        self.all: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs}, list(self.open))
        self.all.append(one)
        if tag not in {"meta", "link", "input", "img", "br", "path", "rect"}:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        if any(one.tag == tag for one in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.parts.append(data)


def elements(page: str) -> list[Element]:
    """Return the elements of a page, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.all
