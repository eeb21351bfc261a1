"""An AT Protocol repository out of a CAR file: a signed commit, a tree of paths, a block a record.

Since each block names its children by their digests, whoever trusts the commit can trust all that is reached from it.
The signature itself is not checked here: its key stands in the account's DID document, which the file does not hold.

Source: AT Protocol repository specification version 3 (atproto.com/specs/repository); as of November 2026.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from connectors._car import Car
from connectors._cbor import Link, decode
from connectors._media import cannot_store
from urval.errors import IncompleteError, MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_MEMORY = 32 * 1024**2  # bytes of blocks held in memory; the rest goes to a temporary file


@dataclass(frozen=True, slots=True)
class Commit:
    """The signed root of a repository. ``value`` is the whole object, its signature among it."""

    cid: str
    did: str
    rev: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: ``value`` holds JSON's kinds, ``bytes`` and links (``connectors._cbor.to_json``)."""

    collection: str
    key: str
    cid: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """What the tree names but the file does not hold, or holds damaged; ``path`` is None for a part of the tree."""

    path: str | None
    cid: str
    why: str


def records(data: BinaryIO) -> Iterator[Record]:
    """Yield the records of a whole repository, in order of their paths.

    Raises:
        MalformedError: It is no repository, or any of it is missing or damaged.
        IncompleteError: The file is cut off.
    """
    with Repository(data) as repository:
        if repository.fault is not None:
            raise repository.fault
        for found in repository.records():
            if isinstance(found, Lost):
                raise MalformedError(f"{found.path or 'a part of the tree'} ({found.cid}) {found.why}")
            yield found


def did_in(stream: BinaryIO) -> str:
    """Return whose repository a CAR file holds, reading no further than its commit.

    Raises:
        MalformedError: It is no CAR file, or has no commit.
        IncompleteError: It is cut off before that.
    """
    car = Car(stream)
    data = next((data for cid, data in car.blocks(lambda _: None) if cid in car.roots), None)
    value = decode(data) if data is not None else None
    did = value.get("did") if isinstance(value, dict) else None
    if not isinstance(did, str):
        raise MalformedError("the CAR file's root is no commit of a repository")
    return did


class Repository:
    """A repository out of a CAR file that may be cut off or damaged: what is whole can be read.

    ``fault`` says why the file could not be read to its end; ``damaged`` holds the CIDs of blocks that do not match.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Read and check the file; blocks beyond 32 MiB lie in an unnamed temporary file.

        Raises:
            MalformedError: It is no CAR, or has no signed commit.
            IncompleteError: It ends inside the header.
            StoreError: The disk refuses.
        """
        self.damaged: set[str] = set()
        self.fault: MalformedError | IncompleteError | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._used: set[str] = set()
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        try:
            car = Car(stream)
            self._keep(car)
            self.commit = self._commit(car.roots)
        except (MalformedError, IncompleteError):
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the blocks."""
        self._file.close()

    def records(self) -> Iterator[Record | Lost]:
        """Yield each record in order of its path, and what of them is lost. May be called again."""
        self._used = {self.commit.cid}
        last = ""
        for path, cid in self._paths():
            if path is None:
                yield Lost(None, cid, self._why(cid))
            elif path <= last:
                yield Lost(path, cid, "is out of order in the tree")
            else:
                last = path
                yield self._record(path, cid)

    def _record(self, path: str, cid: str) -> Record | Lost:
        try:
            value = self._value(cid)
        except MalformedError as error:
            return Lost(path, cid, error.message)
        collection, _, key = path.partition("/")
        return Record(collection, key, cid, value)

    def strays(self) -> int:
        """Return how many whole blocks the tree did not lead to, after :meth:`records`."""
        return len(self._places.keys() - self._used)

    def _keep(self, car: Car) -> None:
        try:
            for cid, data in car.blocks(self.damaged.add):
                self._places[cid] = (self._file.tell(), len(data))
                self._file.write(data)
        except (MalformedError, IncompleteError) as error:
            self.fault = error
        except OSError as error:
            raise cannot_store(Path(tempfile.gettempdir()), error) from error

    def _commit(self, roots: tuple[str, ...]) -> Commit:
        if len(roots) != 1:
            raise MalformedError(f"the CAR file names {len(roots)} roots, not the one commit of a repository")
        value = self._value(roots[0])
        did, rev = value.get("did"), value.get("rev")
        if not (isinstance(did, str) and did.startswith("did:") and isinstance(value.get("data"), Link)):
            raise MalformedError("the CAR file's root is no commit of a repository")
        if not (isinstance(rev, str) and isinstance(value.get("sig"), bytes)):
            raise MalformedError("the repository's commit is not signed")
        return Commit(roots[0], did, rev, value)

    def _paths(self) -> Iterator[tuple[str | None, str]]:
        """Walk the tree in order; (None, CID) is a node that cannot be read.

        A node is entered once: otherwise a few nodes that name each other twice would never end.
        """
        stack: list[tuple[str | None, str]] = [(None, str(self.commit.value["data"]))]
        entered: set[str] = set()
        while stack:
            path, cid = stack.pop()
            if path is not None:
                yield path, cid
                continue
            try:
                parts = _node(self._value(cid)) if cid not in entered else None
            except MalformedError:
                parts = None
            entered.add(cid)
            if parts is None:
                yield None, cid
            else:
                stack.extend(reversed(parts))

    def _value(self, cid: str) -> dict[str, Any]:
        place = self._places.get(cid)
        if place is None:
            raise MalformedError(self._why(cid))
        self._file.seek(place[0])
        value = decode(self._file.read(place[1]))
        if not isinstance(value, dict):
            raise MalformedError("is no object")
        self._used.add(cid)
        return value

    def _why(self, cid: str) -> str:
        if cid in self.damaged:
            return "is damaged: its bytes do not match its CID"
        return "cannot be read" if cid in self._places else "is not in the file"


def _node(value: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Return a tree node's parts in order: (None, CID) of a subtree, (path, CID) of a record."""
    parts: list[tuple[str | None, str]] = []
    key = b""
    try:
        if value["l"] is not None:
            parts.append((None, _linked(value["l"])))
        for entry in value["e"]:
            prefix = entry["p"]
            if not 0 <= prefix <= len(key):
                raise MalformedError("a tree node shortens its keys by more than they have")
            key = key[:prefix] + entry["k"]
            parts.append((key.decode(), _linked(entry["v"])))
            if entry["t"] is not None:
                parts.append((None, _linked(entry["t"])))
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise MalformedError("a block is no tree node") from error
    return parts


def _linked(value: Any) -> str:
    if not isinstance(value, Link):
        raise MalformedError("a tree node has something else for a link")
    return str(value)
