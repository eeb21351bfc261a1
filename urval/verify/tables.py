"""Section 3 of docs/format.md: the tables. Each is read once, both forms in step; what references need is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from urval.merkle import MerkleTree
from urval.verify.layout import TABLES
from urval.verify.lines import line_chunks
from urval.verify.parquet_twin import Twin
from urval.verify.phrases import Phrase
from urval.verify.rows import table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

# The columns later checks look at. What repeats is held as a dictionary.
KEYS: dict[str, list[str]] = {
    "profile": ["id", "account_id", "avatar_media_id", "cover_media_id", "exchange"],
    "posts": ["id", "account_id", "media_ids", "platform_comment_count", "exchange"],
    "comments": ["id", "account_id", "post_id", "parent_id", "created_at", "media_ids", "exchange"],
    "versions": ["account_id", "thread_id", "subject_id", "number", "exchange"],
    "media": ["id", "account_id", "owner_id", "thread_id", "kind", "mime", "bytes", "sha256", "file", "gap"],
    "selection": ["thread_id", "decision", "rules", "probabilities", "digest"],
    "gaps": ["account_id", "thread_id", "subject_id", "reason"],
    "completeness": ["account_id", "thread_id", "platform_count", "captured_count", "difference", "reasons"],
}
_REPEATING = ("account_id", "exchange", "kind", "mime")


def read_tables(
    reader: PackageReader,
    manifest: Manifest | None,
    findings: Findings,
    progress: Callable[[str, int, int], None],
) -> dict[str, pa.Table]:
    """TAB-1 to TAB-4. Return the key columns of every table whose JSON Lines form could be read."""
    readings = {name: _Reading(reader, name, findings) for name in TABLES}
    for place, reading in enumerate(readings.values(), 1):
        with findings.reading(reading.path, "TAB-1"):
            reading.read()
            if manifest is not None:
                reading.compare_with(manifest)
        progress("tables", place, len(readings))
    if all(reading.compared for reading in readings.values()):
        findings.done("TAB-2")
    else:
        findings.skip(Phrase.NOT_READABLE_ABOVE, "TAB-2")
    if manifest is not None and all(reading.keys is not None for reading in readings.values()):
        for name in sorted(manifest.tables.keys() - TABLES.keys()):
            findings.fail("TAB-3", f"tables.{name}", expected=Phrase.ABSENT, found=Phrase.PRESENT)
        findings.done("TAB-3", "TAB-4")
    else:
        findings.skip(Phrase.NOT_READABLE_ABOVE, "TAB-3", "TAB-4")
    return {name: reading.keys for name, reading in readings.items() if reading.keys is not None}


class _Reading:
    """One table being read, from the front, in both forms."""

    def __init__(self, reader: PackageReader, name: str, findings: Findings) -> None:
        self.path = f"data/tables/{name}.jsonl"
        self.keys: pa.Table | None = None  # set when the JSON Lines form was read to its end
        self.compared = False  # whether the Parquet form was read beside it to the end
        self._reader = reader
        self._name = name
        self._schema = TABLES[name]
        self._findings = findings
        self._tree = MerkleTree()

    def read(self) -> None:
        """Read the JSON Lines form, and the Parquet form in step with it as far as it goes."""
        keys = [_keys(self._schema.empty_table(), self._name)]
        with Twin(self._reader, self._name, self._schema, self._findings) as twin, self._reader.open(self.path) as file:
            for chunk in line_chunks(file, twin.at_once):
                table = table_of(chunk, self._schema, self._tree.size + 1)
                self._compare(table, twin.take(len(chunk)))
                self._tree.add_all(chunk)
                keys.append(_keys(table, self._name))
            if twin.readable:
                self._findings.expect("TAB-2", twin.path, expected=self._tree.size, found=twin.rows)
            self.compared = twin.readable
        self.keys = pa.concat_tables(keys).unify_dictionaries()

    def compare_with(self, manifest: Manifest) -> None:
        """TAB-3 and TAB-4: what the manifest says of the table."""
        stated = manifest.tables.get(self._name)
        subject = f"tables.{self._name}"
        if stated is None:
            self._findings.fail("TAB-3", subject, expected=self._tree.size, found=Phrase.MISSING)
            return
        self._findings.expect("TAB-3", subject, expected=self._tree.size, found=stated.rows)
        self._findings.expect("TAB-4", subject, expected=self._tree.root(), found=stated.merkle_root)

    def _compare(self, mine: pa.Table, other: pa.Table | None) -> None:
        if other is None or mine.equals(other):
            return
        for name in self._schema.names:
            pair = (mine.column(name).slice(0, other.num_rows), other.column(name))
            if pair[0].equals(pair[1]):
                continue
            left, right = (_plain(column).to_pylist() for column in pair)
            for place, (text, binary) in enumerate(zip(left, right, strict=True), self._tree.size + 1):
                if text != binary:
                    subject = f"data/tables/{self._name}: {place}, {name}"
                    self._findings.fail("TAB-2", subject, expected=repr(text), found=repr(binary))


def _plain(column: Any) -> Any:
    # A hostile time can lie outside what Python's datetime holds.
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _keys(table: pa.Table, name: str) -> pa.Table:
    keys = table.select(KEYS[name])
    for place, column in enumerate(KEYS[name]):
        if column in _REPEATING:
            keys = keys.set_column(place, column, keys.column(column).dictionary_encode())
    return keys
