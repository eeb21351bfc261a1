"""Copying a store: create-only, each object checked on the way, what makes a tree last; then said in the ledger."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from urval.copies.recorded import TREE_PARTS, Recorded
from urval.errors import ConfigError, StoreConflictError, StoreError
from urval.ledger import State, encode, next_event
from urval.manifest import file_sha256, sha256_hex
from urval.store import NOT_ARCHIVE, append_event, is_crown, ledger_prefix, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from urval.ledger import Event
    from urval.store import Store

    Progress: TypeAlias = Callable[[int, int, str], None]  # how many keys are done, of how many, which tree is next
    Place: TypeAlias = tuple[str, str, str]  # archive, account, period

_THREADS = 4  # objects of a tree that are copied at a time
_OF_PLACE = frozenset({"packages", "captures", "reviews", "observations"})  # <kind>/<archive>/<account>/<period>/…
_OF_ARCHIVE = frozenset({"keys", "runs", "holds", "disposals"})  # what concerns every account
_PLACE_PARTS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """An object that was not copied, or that the copy has otherwise.

    ``what`` is ``damaged`` (the source's bytes are not what the archive records), ``missing`` (the archive lists it,
    the source has lost it), ``conflict`` (the copy holds other bytes) or ``withheld`` (it would make a tree exist in
    the copy that is not whole).
    """

    key: str
    what: str
    detail: str


@dataclass(slots=True)
class Replication:
    """What a replication did, or on a dry run would do. ``extra``: objects that only the copy has."""

    store: str
    to: str
    dry_run: bool
    copied: list[str] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)  # the ledgers that got one

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def replicate(
    store: Store,
    to: Store,
    *,
    account: str | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    actor: str,
    progress: Progress = lambda *_: None,
) -> Replication:
    """Copy what the copy lacks, compare the rest by digest, and append ``replicated`` to each ledger then.

    Cut off, it goes on from where it was when it is given again. The event is copied as well, so that the second time
    nothing is done. A store whose ledger says that it is a copy itself gets no event.

    Args:
        store: What is copied. Nothing but the events is written to it.
        to: The copy.
        account: Only what concerns this account, and what concerns all (keys, runs, holds, disposals).
        dry_run: Write nothing.
        clock: Gives the events' aware times.
        actor: Who does it.
        progress: Is told how far it is.

    Raises:
        ConfigError: Both are the same store.
        StoreError: One of the two cannot be read or written.
    """
    if store.uri == to.uri:
        raise ConfigError(f"{store.uri} cannot be its own copy", next_step="Name another store to copy to.")
    work = _Work(store, to, Recorded(store), Replication(store.uri, to.uri, dry_run))
    keys, there = _keys(store, account), set(_keys(to, account))
    work.done.extra = sorted(there.difference(keys))
    finished = 0
    for tree, batch in _batches(keys):
        progress(finished, len(keys), tree)
        work.tree(tree, batch, there)
        finished += len(batch)
    progress(finished, len(keys), "")
    if not dry_run:
        for place in _ledgers(keys):
            work.note(place, clock, actor)
    return work.done


def _keys(store: Store, account: str | None) -> list[str]:
    return [key for key in store.keys("") if _concerns(key, account)]


def _concerns(key: str, account: str | None) -> bool:
    kind, *parts = key.split("/")
    if kind in NOT_ARCHIVE:
        return False
    return account is None or kind in _OF_ARCHIVE or (len(parts) > 1 and parts[1] == account)


def _batches(keys: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield trees with their keys, what makes the tree at the end; ledgers last of all: they speak of the others."""
    listed = list(keys)
    crowned = {key.rpartition("/")[0] for key in listed if is_crown(key)}
    trees = {key: _tree_of(key, crowned) for key in listed}
    listed.sort(key=lambda key: (key.startswith("ledger/"), trees[key], is_crown(key), key))
    for tree, batch in groupby(listed, key=trees.__getitem__):
        yield tree, list(batch)


def _tree_of(key: str, crowned: set[str]) -> str:
    parts = key.split("/")
    above = ("/".join(parts[:count]) for count in range(1, len(parts)))
    return next((one for one in above if one in crowned), key.rpartition("/")[0])


def _ledgers(keys: Iterable[str]) -> list[Place]:
    parts = (key.split("/") for key in keys if key.startswith("ledger/"))
    return sorted({(one[1], one[2], one[3]) for one in parts if len(one) == _PLACE_PARTS})


class _Work:
    """One replication under way."""

    def __init__(self, store: Store, to: Store, recorded: Recorded, done: Replication) -> None:
        self.store, self.to, self.recorded, self.done = store, to, recorded, done
        self.digests: dict[Place, dict[str, str]] = {}  # of what is in the copy, by the ledger that speaks of it
        self.fresh: set[Place] = set()  # where something was copied
        self.spoilt: set[Place] = set()

    def tree(self, tree: str, batch: list[str], there: set[str]) -> None:
        """Compare what the copy has of a tree, and copy the rest; its crown only if nothing is wrong."""
        before = len(self.done.problems)
        self._missing(tree, batch)
        wanted = {key: self.recorded.digest(key) for key in batch}
        self.done.same += self._all(self._compare, [key for key in batch if key in there], wanted)
        absent = [key for key in batch if key not in there]
        self._all(self._copy, [key for key in absent if not is_crown(key)], wanted)
        crowns = [key for key in absent if is_crown(key)]
        if len(self.done.problems) == before:
            self._all(self._copy, crowns, wanted)
        else:
            for key in crowns:
                self._problem(key, "withheld", "a part of its tree is damaged or missing")

    def _missing(self, tree: str, batch: list[str]) -> None:
        kind, *rest = tree.split("/")
        if kind in {"packages", "captures"} and len(rest) == TREE_PARTS - 1:
            lost = {f"{tree}/{name}" for name in self.recorded.tree(tree)} - set(batch)
            for key in sorted(lost):
                self._problem(key, "missing", "the archive lists it, and the store does not hold it")

    def _all(
        self, deed: Callable[[str, str | None], str | Problem], keys: list[str], wanted: dict[str, str | None]
    ) -> int:
        """Do the deed to each key, several at a time; note the digest it returns, or the problem; count the digests."""
        before = len(self.done.problems)
        pool = ThreadPoolExecutor(_THREADS)
        try:
            for key, found in zip(keys, pool.map(lambda one: deed(one, wanted[one]), keys), strict=True):
                if isinstance(found, Problem):
                    self._problem(found.key, found.what, found.detail)
                elif (place := _place_of(key)) is not None:
                    self.digests.setdefault(place, {})[key] = found
        finally:
            pool.shutdown(cancel_futures=True)
        return len(keys) - (len(self.done.problems) - before)

    def _compare(self, key: str, wanted: str | None) -> str | Problem:
        want = wanted or self.store.recorded(key) or self.store.digest(key) or ""
        if self.to.holds(key, want):
            return want
        found = self.to.digest(key)
        return Problem(key, "conflict", f"the copy holds other bytes: {found}, not {want}")

    def _copy(self, key: str, wanted: str | None) -> str | Problem:
        with tempfile.TemporaryDirectory(prefix="urval-copy-") as name:
            file = Path(name) / "object"
            try:
                self.store.fetch(key, file)
            except StoreError as error:
                return Problem(key, "damaged", error.message)
            found = file_sha256(file)
            if wanted not in {None, found}:
                return Problem(key, "damaged", f"its bytes have the SHA-256 {found}, not {wanted}")
            if not self.done.dry_run:
                try:
                    self.to.put(key, file, sha256=found)
                except StoreConflictError as error:
                    return Problem(key, "conflict", error.message)
                if not self.to.holds(key, found):
                    return Problem(key, "conflict", "what was copied is not what the copy holds now")
        self.done.copied.append(key)
        if (place := _place_of(key)) is not None:
            self.fresh.add(place)
        return found

    def _problem(self, key: str, what: str, detail: str) -> None:
        self.done.problems.append(Problem(key, what, detail))
        if (place := _place_of(key)) is not None:
            self.spoilt.add(place)

    def note(self, place: Place, clock: Callable[[], datetime], actor: str) -> None:
        """Append the event, unless the ledger says the same already and nothing was copied."""
        held = self.digests.get(place, {})
        if not held or place in self.spoilt:
            return
        tree = "".join(f"{digest}  {key}\n" for key, digest in sorted(held.items()))
        refs = {"to": self.to.uri, "objects": str(len(held)), "tree_sha256": sha256_hex(tree.encode())}
        prefix = ledger_prefix(*place)
        events = read_events(self.store, prefix)
        said = any(event.state is State.REPLICATED and dict(event.refs) == refs for event in events)
        if is_copy(self.store, events) or (said and place not in self.fresh):
            return
        event = next_event(events, State.REPLICATED, at=clock(), actor=actor, role="replication", refs=refs)
        event = append_event(self.store, prefix, event)
        self.done.events.append(prefix)
        if event.seq == len(events) + 1:  # else another writer's event is not there yet: both go with the next one
            self.to.put(f"{prefix}/{event.seq:06}.json", encode(event))


def is_copy(store: Store, events: Iterable[Event]) -> bool:
    """Tell whether a ledger says that this store is a copy: then it is the original's ledger that is written on.

    Two stores that both wrote on a ledger would each have another event of the same number.
    """
    return any(event.state is State.REPLICATED and event.refs.get("to") == store.uri for event in events)


def _place_of(key: str) -> Place | None:
    kind, *parts = key.split("/")
    return (parts[0], parts[1], parts[2]) if kind in _OF_PLACE and len(parts) >= _PLACE_PARTS - 1 else None
