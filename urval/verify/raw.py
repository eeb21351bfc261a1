"""Raw objects and exchanges: REF-6 of section 4, and section 9 of docs/format.md."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from urval.verify.exchanges import ExchangeChecks
from urval.verify.layout import OBJECTS, WARC
from urval.verify.lines import chunks_of, unpacked_lines
from urval.verify.phrases import Phrase
from urval.verify.warc import contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

_KEYS = ("table", "id", "exchange", "raw")
_DECODE = msgspec.json.Decoder(dict[str, Any]).decode
_ENCODE = msgspec.json.Encoder().encode
_WITH_RAW = ("profile", "posts", "comments", "versions")
_SCHEMA = pa.schema([pa.field("id", pa.string()), pa.field("exchange", pa.string())])


def check_objects(reader: PackageReader, tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """REF-6: one raw object per row of profile, posts, comments and versions, from the same exchange.

    Objects usually stand in the order of the rows; then nothing is held. Otherwise both are sorted and compared.
    """
    rows = {name: _subjects(tables[name]) for name in _WITH_RAW}
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
    for chunk in chunks_of(unpacked_lines(reader, OBJECTS)):
        yield from _read(chunk, number, findings).items()
        number += len(chunk)


def _read(chunk: Sequence[bytes], before: int, findings: Findings | None) -> dict[str, pa.Table]:
    rows: dict[str, list[tuple[str, str]]] = {name: [] for name in _WITH_RAW}
    for number, line in enumerate(chunk, before + 1):
        entry = _entry(line)
        if tuple(entry) != _KEYS or entry["table"] not in _WITH_RAW or not all(type(v) is str for v in entry.values()):
            raise ValueError(f"line {number} is no raw object of a table")
        rows[entry["table"]].append((entry["id"], entry["exchange"]))
        if findings is not None and not _is_json(entry["raw"]):
            findings.fail("REF-6", f"{entry['table']}: {entry['id']}", expected=Phrase.JSON_TEXT)
    return {
        name: pa.Table.from_arrays(
            [pa.array(values, pa.string()) for values in zip(*pairs, strict=True)], schema=_SCHEMA
        )
        for name, pairs in rows.items()
        if pairs
    }


def _entry(line: bytes) -> dict[str, Any]:
    """Return the object of a line, empty where a key stands twice or it is no object.

    What is written as we write it is known by writing it again; the rest is read by a parser that shows every key.
    """
    try:
        entry: dict[str, Any] = _DECODE(line)
        if _ENCODE(entry) == line:
            return entry
    except (ValueError, RecursionError):
        pass  # the other parser says what is wrong, if anything is
    pairs = json.loads(line.decode("utf-8"), object_pairs_hook=tuple)
    return dict(pairs) if type(pairs) is tuple and len(pairs) == len(_KEYS) else {}


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
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


def check_warc(
    reader: PackageReader,
    tables: Mapping[str, pa.Table] | None,
    manifest: Manifest,
    plain: Sequence[str],
    findings: Findings,
) -> None:
    """RAW-1 to RAW-4: whether the exchanges are there, carry the rows, and say what the environment log says."""
    present, whole = WARC in plain, manifest.capture.whole_in_package
    if present != whole:
        words = {True: Phrase.PRESENT, False: Phrase.ABSENT}
        findings.fail("RAW-1", WARC, expected=words[whole], found=words[present])
    if whole:
        stated = manifest.selection
        findings.expect("RAW-1", "selection.kept", expected=stated.frame_size, found=stated.kept)
    findings.done("RAW-1")
    if not present:
        findings.done("RAW-2", "RAW-3", "RAW-4")  # the clauses speak of packages that hold the WARC
        return
    bodies: set[bytes] = set()
    exchanges = ExchangeChecks(findings)
    with findings.reading(WARC, "RAW-2", "RAW-3", "RAW-4"):
        for one in contents(reader):
            bodies.add(one if isinstance(one, bytes) else one.digest)
            if not isinstance(one, bytes):
                exchanges.take(one)
        exchanges.compare(manifest.environment)
        for name in _WITH_RAW if tables is not None else ():
            _check_exchanges(name, (tables or {})[name], bodies, findings)
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
