"""Reading where everything stands: every ledger of a store, and what was remembered of those that did not change.

Up to ``ALWAYS_READ`` ledgers, all are read and every chain is checked, each time. Above that a ledger whose stamp is
the same as last time is taken from a file outside the store, since 200,000 ledgers cannot be read while a person waits.
That file is never the truth: a damaged or foreign one is passed over, and an event that somebody changed in place is
found only by reading (``fresh``, or ``urval verify``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage import SCHEMA, Register, Standing, standing_of, table_of
from urval.coverage.columns import numbers_among, texts
from urval.coverage.standing import unreadable
from urval.errors import VerificationError
from urval.manifest import file_sha256
from urval.remembering import keep, recall
from urval.store import read_events, read_extras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from urval.holdings import Held
    from urval.periods import ExtraOccasion
    from urval.spec import LoadedSpec
    from urval.store import Store

Progress: TypeAlias = "Callable[[int, int], None]"  # ledgers read, of how many

ALWAYS_READ = 2_000
_KIND = "standings/1"
_REGISTER_KIND = "register/1"
_REGISTER = pa.schema([("register", pa.large_string())])
_LARGE_SPEC = 200_000  # bytes
_DEPTH = 3  # ledger/<archive>/<account>/<period>
_REMEMBERED = pa.schema([pa.field("prefix", pa.string()), pa.field("stamp", pa.string()), *SCHEMA])


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """What the ledgers say, one row each as ``coverage.SCHEMA``, sorted by archive, account and period.

    ``remembered`` of them were not read this time; ``trouble`` says why nothing could be remembered for the next time.
    """

    table: pa.Table
    remembered: int = 0
    trouble: str = ""


def _silent(_done: int, _of: int) -> None:
    """Tell nobody how far the reading is."""


def read_standings(
    store: Store, *, memory: Path | None = None, fresh: bool = False, progress: Progress = _silent
) -> Standings:
    """Read every ledger of a store; a broken one becomes a row with its problem.

    Args:
        store: The store.
        memory: The file that remembers large stores between two readings; None: nothing is remembered.
        fresh: Read everything anew.
        progress: Told how far the reading is.
    """
    stamps = list(store.stamps("ledger", _DEPTH))
    if memory is None or len(stamps) <= ALWAYS_READ:
        rows = _read(store, [prefix for prefix, _ in stamps], progress)
        return Standings(table=table_of(row for _, row in rows))
    known = _unchanged(stamps, None if fresh else recall(memory, _KIND, _REMEMBERED))
    if known.num_rows == len(stamps):
        return Standings(table=known.select(SCHEMA.names), remembered=known.num_rows)
    there = set(known.column("prefix").to_pylist())
    changed = {prefix: stamp for prefix, stamp in stamps if prefix not in there}
    read = list(_read(store, list(changed), progress))
    if not read:
        return Standings(table=known.select(SCHEMA.names), remembered=known.num_rows)
    whole = pa.concat_tables([known, _marked(read, changed)]).sort_by("prefix")
    # A ledger that may still be changing, or is broken, is read again next time.
    sure = pc.and_(
        pc.not_equal(whole.column("stamp"), pa.scalar("")), pc.equal(whole.column("problem"), pa.scalar(""))
    )  # fmt: skip
    trouble = keep(memory, _KIND, whole.filter(sure))
    return Standings(table=whole.select(SCHEMA.names), remembered=known.num_rows, trouble=trouble)


def _marked(read: Sequence[tuple[str, Standing]], stamp_of: Mapping[str, str]) -> pa.Table:
    """Return what was read as it is remembered: with its prefix, and the stamp it had before it was read."""
    prefixes = [prefix for prefix, _ in read]
    table = table_of(row for _, row in read)
    columns = [pa.array(prefixes, pa.string()), pa.array([stamp_of[prefix] for prefix in prefixes], pa.string())]
    return pa.Table.from_arrays([*columns, *table.columns], schema=_REMEMBERED)


def _unchanged(stamps: Sequence[tuple[str, str]], old: pa.Table | None) -> pa.Table:
    """Return the remembered rows whose ledgers have the same stamp now, in the order of the store."""
    if old is None:
        return _REMEMBERED.empty_table()
    prefixes = pa.chunked_array([texts([prefix for prefix, _ in stamps])])
    now = pa.chunked_array([texts([stamp for _, stamp in stamps])])
    if prefixes.equals(old.column("prefix")) and now.equals(old.column("stamp")):
        return old  # nothing is remembered under an empty stamp
    place = numbers_among(prefixes, [str(one) for one in old.column("prefix").to_pylist()]).tolist()
    then = [*old.column("stamp").to_pylist(), ""]  # place -1: the last
    same = [here for here, (_, stamp) in zip(place, stamps, strict=True) if stamp and then[here] == stamp]
    return old.take(pa.array(same, pa.int64()))


def _read(store: Store, prefixes: Sequence[str], progress: Progress) -> Iterator[tuple[str, Standing]]:
    for done, prefix in enumerate(prefixes):
        progress(done, len(prefixes))
        _, archive, account, period = prefix.split("/")
        place = (archive, account, period)
        try:
            events = read_events(store, prefix)
        except VerificationError as error:
            yield prefix, unreadable(place, error.message)
            continue
        if events:  # a writer may just have made the folder
            yield prefix, standing_of(place, events)
    progress(len(prefixes), len(prefixes))


def with_packages(store: Store, rows: Iterable[Standing]) -> Iterator[Standing]:
    """Yield the rows with how whole each package is, as its manifest says; this reads every manifest of the store."""
    from urval.holdings import is_first, packages  # noqa: PLC0415 - the verifier behind it takes half a second to load

    held = {one.place: one for one in packages(store) if one.manifest is None or is_first(one.manifest)}
    for row in rows:
        yield _whole(row, held.get((row.archive, row.account, row.period)))


def _whole(row: Standing, held: Held | None) -> Standing:
    if held is None or held.manifest is None:
        return row
    return replace(row, comments=held.manifest.completeness.model_dump(), gaps=dict(held.manifest.gaps))


def read_register(spec: Path, *, memory: Path | None = None) -> Register:
    """Read what coverage needs of an archive spec.

    A large one takes seconds to read; what was taken from the same bytes is remembered below ``memory``.

    Raises:
        ConfigError: The file cannot be read, or is no sound spec.
    """
    if memory is None or not spec.is_file() or spec.stat().st_size < _LARGE_SPEC:
        return Register.of(_spec(spec).spec)
    file = memory / f"{file_sha256(spec)}.register"
    known = recall(file, _REGISTER_KIND, _REGISTER)
    if known is not None:
        return Register.from_plain(json.loads(known.column("register")[0].as_py()))
    loaded = _spec(spec)
    register = Register.of(loaded.spec)
    if file.name.startswith(loaded.sha256):  # the file may have changed between the two readings
        keep(file, _REGISTER_KIND, pa.table({"register": [json.dumps(register.to_plain())]}, schema=_REGISTER))
    return register


def _spec(file: Path) -> LoadedSpec:
    from urval.spec import read_spec  # noqa: PLC0415 - its models take a while to load, and may not be needed

    return read_spec(file)


def extras_of(store: Store, archive: str) -> dict[str, tuple[ExtraOccasion, ...]]:
    """Return the extra occasions that were decided, of each account that has any.

    Raises:
        VerificationError: One of them was changed or cannot be read.
    """
    accounts = [prefix.rpartition("/")[2] for prefix, _ in store.stamps(f"occasions/{archive}", 1)]
    return {account: read_extras(store, archive, account) for account in accounts}
