"""A store whose texts are made for searching, and its index."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from _run_store import ARCHIVE, record
from _sample_package import ACCOUNT, copy_of, whole_package
from _sealing import key, seal_copy

from urval.reading_room.index import Index
from urval.store import open_store

if TYPE_CHECKING:
    from _tampering import Tampering

FORMULA = '=HYPERLINK("https://attacker.example";"tack")'
TEXTS = (
    "Kommunen svarar inte.",
    "Tack till kommunens personal!",
    "Alla kommuner borde göra så, eller?",
    "Ål och å är fisk och vatten",
    "Al är ett träd",
    normalize("NFD", "Möte på Storgatan i Malmö"),
    FORMULA,
    "<script>alert('tack')</script>",
    "Badet öppnar på lördag",
    "på lördag öppnar badet",
)


@cache
def words_store() -> Path:
    """Return a store with one package, to read only: its first comments say what TEXTS are, the second hidden."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-words-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    folder = seal_copy(copy_of(whole_package(), scratch), key(), change=_say)
    store = scratch / "store"
    period = json.loads((folder / "manifest.json").read_text())["period"]["id"]
    shutil.copytree(folder, store / "packages" / ARCHIVE / ACCOUNT / period / folder.name)
    record(store / "ledger" / ARCHIVE / ACCOUNT / period, folder)
    return store


def index_of(store: Path, folder: Path) -> Index:
    """Return the index of a store, up to date, its file in a folder."""
    index = Index(folder / "index.sqlite")
    index.bring_up_to_date(open_store(str(store)))
    return index


def _say(t: Tampering) -> None:
    comments = t.rows("comments")
    for comment, text in zip(comments, TEXTS, strict=False):
        comment["text"] = text
    comments[1] |= {"hidden": True, "visibility": "hidden"}
    t.write("comments", comments)
