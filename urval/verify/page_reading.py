"""What each HTML page of a snapshot shows, as plain data: read in one process, perhaps, and compared in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from urval.verify.findings import UNREADABLE, reason_of
from urval.verify.layout import HTML_BYTES
from urval.verify.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from urval.verify.reader import PackageReader

FOLDER = "data/snapshot/"


class Seen(msgspec.Struct, frozen=True):
    """One page: its path, thread ids each with the comment ids after it, comments before any, what is wrong in it.

    ``faults`` are pairs of what was expected and what was found; ``unread`` is why it could not be read, or "".
    """

    path: str
    threads: list[tuple[str, list[str]]]
    stray: list[str]
    faults: list[tuple[str, str]]
    unread: str = ""


def page_names(plain: Sequence[str]) -> list[str]:
    """Return the paths of the HTML pages among a package's files."""
    return [name for name in plain if name.startswith(FOLDER) and name.endswith(".html")]


def read_pages(reader: PackageReader, plain: Sequence[str]) -> Iterator[Seen]:
    """Yield what each page shows; one that cannot be read says why."""
    names = frozenset(plain)
    for name in page_names(plain):
        yield _read(reader, name, names)


def _read(reader: PackageReader, name: str, names: frozenset[str]) -> Seen:
    page = Page(name, names)
    try:
        if reader.size(name) > HTML_BYTES:
            return Seen(name, [], [], [], f"larger than {HTML_BYTES} bytes")
        with reader.open(name) as file:
            page.read(file)
    except UNREADABLE as error:
        return Seen(name, [], [], [], reason_of(error))
    faults = [(str(expected), found) for expected, found in page.faults]
    return Seen(name, page.threads, page.stray_comments, faults)
