"""Whether the access log's chain is whole, and what it tells, newest first."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from urval.manifest import sha256_hex
from urval.reading_room.access.log import entry_of
from urval.reading_room.faults import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_PROBLEMS = 50


class Broken(StrEnum):
    """How an entry does not fit."""

    NUMBER = "number"
    LINK = "link"
    UNTOLD = "untold"
    GONE = "gone"
    CUT = "cut"


_SENTENCES = {
    Broken.NUMBER: "line {line} is entry {entry}, and another is due there: entries are missing, doubled or moved",
    Broken.LINK: "line {line}, entry {entry}, does not follow from the one before: that was changed, moved or removed",
    Broken.UNTOLD: "line {line}, entry {entry}, stands after a line that is no entry, and does not tell of it",
    Broken.GONE: "line {line}, entry {entry}, tells of a torn line that is gone",
    Broken.CUT: "no entry has the noted digest: entries were cut off at the end, or the log was written anew",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One place at which the chain is broken: the line in the file and the number in its entry, both from 1."""

    how: Broken
    line: int = 0
    entry: int = 0

    def sentence(self) -> str:
        """Return it in English."""
        return _SENTENCES[self.how].format(line=self.line, entry=self.entry)


@dataclass(slots=True)
class Chain:
    """What a reading of the log found.

    Attributes:
        entries: How many there are.
        head: The SHA-256 of the last entry's line; None where there is none.
        problems: Where it is broken, the first fifty.
        torn: How many lines were torn and told of by the entry after them: no fault of the chain.
        unfinished: What stands at the end is no entry: a line that was torn just now, or was changed.
        noted_at: The number of the entry whose digest was noted, where one was asked for and is there.
        matching: Where the entries that were asked for begin in the file, oldest first.
        acts: All acts that there are entries of.
    """

    entries: int = 0
    head: str | None = None
    problems: list[Break] = field(default_factory=list)
    torn: int = 0
    unfinished: bool = False
    noted_at: int | None = None
    matching: array[int] = field(default_factory=lambda: array("Q"))
    acts: set[str] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Tell whether nothing was changed, moved or taken away between the first and the last entry."""
        return not self.problems

    def broken(self, how: Broken, line: int = 0, entry: int = 0) -> None:
        """Note what is wrong."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Break(how, line, entry))


def read_chain(
    file: Path, *, noted: str | None = None, wanted: Callable[[dict[str, Any]], bool] | None = None
) -> Chain:
    """Read the whole log and check each entry against the one before it.

    Args:
        file: The log; one that is not there is empty.
        noted: A head that was noted at some time: an entry with that digest must be there.
        wanted: Which entries' places are kept in ``matching``.

    Raises:
        UnavailableError: The file cannot be read.
    """
    chain = Chain()
    torn: bytes | None = None
    for number, place, line in _lines(file):
        entry = entry_of(line)
        if entry is None:
            torn = line if torn is None else torn + b"\n" + line
            continue
        _check(chain, number, entry, torn)
        torn = None
        chain.entries, chain.head = chain.entries + 1, sha256_hex(line)
        chain.noted_at = chain.entries if noted and chain.head == noted else chain.noted_at
        chain.acts.add(entry["act"])
        if wanted and wanted(entry):
            chain.matching.append(place)
    chain.unfinished = torn is not None
    if noted and chain.noted_at is None:
        chain.broken(Broken.CUT)
    return chain


def read_entries(file: Path, places: list[int]) -> list[dict[str, Any]]:
    """Return the entries that begin at places in the file.

    Raises:
        UnavailableError: The file cannot be read.
    """
    found = []
    try:
        with file.open("rb") as lines:
            for place in places:
                lines.seek(place)
                entry = entry_of(lines.readline().rstrip(b"\n"))
                if entry is not None:
                    found.append(entry)
    except OSError as error:
        raise _unreadable(file, error) from error
    return found


def _check(chain: Chain, number: int, entry: dict[str, Any], torn: bytes | None) -> None:
    """Note what does not fit between an entry and those before it."""
    seq = entry["seq"]
    if seq != chain.entries + 1:
        chain.broken(Broken.NUMBER, number, seq)
    if entry["previous"] != chain.head:
        chain.broken(Broken.LINK, number, seq)
    said = entry.get("torn")
    if torn is not None and said != {"bytes": len(torn), "sha256": sha256_hex(torn)}:
        chain.broken(Broken.UNTOLD, number, seq)
    elif torn is None and said is not None:
        chain.broken(Broken.GONE, number, seq)
    elif torn is not None:
        chain.torn += 1


def _lines(file: Path) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, place, line.removesuffix(b"\n")
                place += len(line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> UnavailableError:
    return UnavailableError(f"the access log {file} cannot be read: {error.strerror}")
