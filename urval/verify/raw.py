"""Raw objects and exchanges: REF-6 of section 4, and section 9 of docs/format.md."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from urval.verify.exchanges import ExchangeChecks
from urval.verify.findings import Findings
from urval.verify.layout import CHUNK_ROWS, OBJECTS, WARC
from urval.verify.lines import unpacked_chunks
from urval.verify.phrases import Phrase
from urval.verify.warc import contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from urval.manifest import Environment, Manifest
    from urval.verify.reader import PackageReader

_KEYS = ("table", "id", "exchange", "raw")
_SKIP = msgspec.json.Decoder(msgspec.Raw).decode  # reads to the end, and makes nothing of it
_ENCODER = msgspec.json.Encoder()
_OF_WARC = ("RAW-2", "RAW-3", "RAW-4")
_WITH_RAW = ("profile", "posts", "comments", "versions")
_SCHEMA = pa.schema([pa.field("id", pa.string()), pa.field("exchange", pa.string())])


class _Object(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    table: str
    id: str
    exchange: str
    raw: str


_DECODER = msgspec.json.Decoder(_Object)


class ObjectsSeen(msgspec.Struct, frozen=True):
    """What was seen of the raw objects: whether nothing is wrong with any, and a digest of what is there by table.

    ``digests`` is table -> hex SHA-256 over ids and exchanges, in their order; see :func:`_digest`.
    """

    sound: bool
    digests: dict[str, str]


def see_objects(reader: PackageReader) -> ObjectsSeen:
    """Read the raw objects by themselves, without the rows."""
    findings = Findings()
    found: dict[str, list[pa.Table]] = {name: [_SCHEMA.empty_table()] for name in _WITH_RAW}
    with findings.reading(OBJECTS, "REF-6"):
        for name, objects in _objects(reader, findings):
            found[name].append(objects)
    digests = {name: _digest(pa.concat_tables(parts)) for name, parts in found.items()}
    return ObjectsSeen(not findings.has_failed("REF-6"), digests)


def _digest(pairs: pa.Table) -> str:
    digest = hashlib.sha256()
    for start in range(0, pairs.num_rows, CHUNK_ROWS):
        some = pairs.slice(start, CHUNK_ROWS)
        digest.update(_ENCODER.encode([some.column(name).cast(pa.string()).to_pylist() for name in _SCHEMA.names]))
    return digest.hexdigest()


def check_objects(
    reader: PackageReader, tables: Mapping[str, pa.Table], findings: Findings, seen: ObjectsSeen | None = None
) -> None:
    """REF-6: one raw object per row of profile, posts, comments and versions, from the same exchange.

    Objects usually stand in the order of the rows; then nothing is held. Otherwise both are sorted and compared. Where
    they were ``seen`` already, sound and the same as the rows, that is all.
    """
    rows = {name: _subjects(tables[name]) for name in _WITH_RAW}
    if seen is not None and seen.sound and seen.digests == {name: _digest(table) for name, table in rows.items()}:
        findings.done("REF-6")
        return
    with findings.reading(OBJECTS, "REF-6"):
        at = dict.fromkeys(_WITH_RAW, 0)
        in_step = True
        for name, objects in _objects(reader, findings):
            expected = rows[name].slice(at[name], objects.num_rows).cast(_SCHEMA)
            if not expected.equals(objects):
                in_step = False
            at[name] += objects.num_rows
        if not in_step or any(at[name] != table.num_rows for name, table in rows.items()):
            _compare_all(reader, rows, findings)


def _subjects(table: pa.Table) -> pa.Table:
    name = "id" if "id" in table.column_names else "subject_id"
    return table.select([name, "exchange"]).rename_columns(["id", "exchange"])


def _compare_all(reader: PackageReader, rows: Mapping[str, pa.Table], findings: Findings) -> None:
    found: dict[str, list[pa.Table]] = {name: [_SCHEMA.empty_table()] for name in _WITH_RAW}
    for name, objects in _objects(reader, None):
        found[name].append(objects)
    for name, parts in found.items():
        _compare(name, rows[name].cast(_SCHEMA), pa.concat_tables(parts), findings)


def _objects(reader: PackageReader, findings: Findings | None) -> Iterator[tuple[str, pa.Table]]:
    """Yield (table, ids and exchanges) of the raw objects; with ``findings``, look at the raw JSON too."""
    number = 0
    for chunk in unpacked_chunks(reader, OBJECTS):
        yield from _read(chunk, number, findings).items()
        number += len(chunk)


def _read(chunk: Sequence[bytes], before: int, findings: Findings | None) -> dict[str, pa.Table]:
    rows: dict[str, list[tuple[str, str]]] = {name: [] for name in _WITH_RAW}
    for number, entry in enumerate(_entries(chunk), before + 1):
        if entry is None or entry.table not in rows:
            raise ValueError(f"line {number} is no raw object of a table")
        rows[entry.table].append((entry.id, entry.exchange))
        if findings is not None and not _is_json(entry.raw):
            findings.fail("REF-6", f"{entry.table}: {entry.id}", expected=Phrase.JSON_TEXT)
    return {
        name: pa.Table.from_arrays(
            [pa.array(values, pa.string()) for values in zip(*pairs, strict=True)], schema=_SCHEMA
        )
        for name, pairs in rows.items()
        if pairs
    }


def _entries(chunk: Sequence[bytes]) -> Iterable[_Object | None]:
    """Return the objects of lines: all at once, and one by one where anything is written otherwise than we write it."""
    whole = b"\n".join(chunk) + b"\n"
    try:
        entries = _DECODER.decode_lines(whole)
        if _ENCODER.encode_lines(entries) == whole:
            return entries
    except (ValueError, RecursionError):
        pass  # the lines say what is wrong
    return map(_entry, chunk)


def _entry(line: bytes) -> _Object | None:
    """Return the object of a line, None where a key stands twice or it is none.

    What is written as we write it is known by writing it again; the rest is read by a parser that shows every key.
    """
    try:
        entry = _DECODER.decode(line)
        if _ENCODER.encode(entry) == line:
            return entry
    except (ValueError, RecursionError):
        pass  # the other parser says what is wrong, if anything is
    pairs = json.loads(line.decode("utf-8"), object_pairs_hook=tuple)
    if type(pairs) is not tuple or tuple(key for key, _ in pairs) != _KEYS:
        return None
    return _Object(**dict(pairs)) if all(type(value) is str for _, value in pairs) else None


def _is_json(text: str) -> bool:
    try:
        _SKIP(text)
    except (ValueError, RecursionError):
        return _is_lenient_json(text)
    return True


def _is_lenient_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _compare(name: str, rows: pa.Table, objects: pa.Table, findings: Findings) -> None:
    rows, objects = _sorted(rows), _sorted(objects)
    if rows.equals(objects):
        return
    expected, found = (
        Counter(zip(*(t.column(c).to_pylist() for c in _SCHEMA.names), strict=True)) for t in (rows, objects)
    )
    for subject, exchange in sorted((expected - found).keys()):
        findings.fail("REF-6", f"{name}: {subject}", expected=Phrase.ONE, found=f"{Phrase.MISSING}: {exchange}")
    for subject, exchange in sorted((found - expected).keys()):
        findings.fail("REF-6", f"{name}: {subject}", expected=Phrase.ABSENT, found=exchange)


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([("id", "ascending"), ("exchange", "ascending")]).combine_chunks()


class WarcSeen(msgspec.Struct, frozen=True):
    """What was seen of the exchanges by themselves: whether nothing is wrong, and the hex SHA-256 of every body."""

    sound: bool
    bodies: set[str]


def see_warc(reader: PackageReader, environment: Environment) -> WarcSeen:
    """Read the exchanges, without the rows that name them (RAW-2 as far as it goes, RAW-3, RAW-4)."""
    findings = Findings()
    bodies = _bodies(reader, environment, findings)
    sound = not any(map(findings.has_failed, _OF_WARC))
    return WarcSeen(sound, {digest.hex() for digest in bodies or ()})


def _bodies(reader: PackageReader, environment: Environment, findings: Findings) -> set[bytes] | None:
    """RAW-3, RAW-4. Return the SHA-256 of the bodies, None where the WARC cannot be read."""
    bodies: set[bytes] = set()
    exchanges = ExchangeChecks(findings)
    with findings.reading(WARC, *_OF_WARC):
        for one in contents(reader):
            bodies.add(one if isinstance(one, bytes) else one.digest)
            if not isinstance(one, bytes):
                exchanges.take(one)
        exchanges.compare(environment)
        return bodies
    return None


def check_warc(
    reader: PackageReader,
    tables: Mapping[str, pa.Table] | None,
    manifest: Manifest,
    plain: Sequence[str],
    findings: Findings,
    seen: WarcSeen | None = None,
) -> None:
    """RAW-1 to RAW-4: whether the exchanges are there, carry the rows, and say what the environment log says.

    Where they were ``seen`` already and sound, they are not read again.
    """
    present, whole = WARC in plain, manifest.capture.whole_in_package
    if present != whole:
        words = {True: Phrase.PRESENT, False: Phrase.ABSENT}
        findings.fail("RAW-1", WARC, expected=words[whole], found=words[present])
    if whole:
        stated = manifest.selection
        findings.expect("RAW-1", "selection.kept", expected=stated.frame_size, found=stated.kept)
    findings.done("RAW-1")
    if not present:
        findings.done(*_OF_WARC)  # the clauses speak of packages that hold the WARC
        return
    bodies: set[bytes] | None
    if seen is not None and seen.sound:
        bodies = set(map(bytes.fromhex, seen.bodies))
        findings.done(*_OF_WARC)
    else:
        bodies = _bodies(reader, manifest.environment, findings)
    for name in _WITH_RAW if tables is not None and bodies is not None else ():
        _check_exchanges(name, _subjects((tables or {})[name]), bodies or set(), findings)
    if tables is None:
        findings.skip(Phrase.NOT_READABLE_ABOVE, "RAW-2")


def _check_exchanges(name: str, table: pa.Table, bodies: set[bytes], findings: Findings) -> None:
    exchanges: Any = table.column("exchange").cast(pa.string())
    for exchange in exchanges.unique().to_pylist():
        if not _is_in(exchange, bodies):
            where = table.filter(pc.equal(exchanges, exchange)).slice(0, 1).column("id")[0].as_py()
            findings.fail("RAW-2", f"{name}: {where}", expected=Phrase.PRESENT, found=exchange)


def _is_in(exchange: str, bodies: set[bytes]) -> bool:
    try:
        digest = bytes.fromhex(exchange)
        return digest in bodies and digest.hex() == exchange
    except ValueError:
        return False
