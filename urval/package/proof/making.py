"""Making a proof: the rows of one item, the way of each to the manifest, and the manifest's seal, in one small file.

The format is in docs/proof.md. What is written leads where it must, or nothing is written: each table is hashed whole,
and its tree head compared with the manifest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urval.errors import PackageError
from urval.manifest import canonical, parse_manifest, sha256_hex
from urval.merkle import audit_paths, root_from_path
from urval.package.proof.finding import Item, no_comment, no_post
from urval.package.proof.reading import OF_THREAD, parsed, read_text, scan
from urval.package.proof.seal import seal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urval.manifest import Manifest
    from urval.package.proof.reading import PackageFiles

FORMAT = "urval-proof/1"
MOST_BYTES = 64 << 20  # what the verifier reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row in a proof: its table, its index from 0, its line without the line feed, the hashes of its way up."""

    table: str
    index: int
    line: bytes
    path: tuple[bytes, ...]

    @property
    def values(self) -> dict[str, Any]:
        """Return the row's columns."""
        return parsed(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof: what it is of, its rows in the order of the file, and the file's bytes."""

    item: Item
    manifest: Manifest
    manifest_sha256: str
    rows: tuple[Row, ...]
    seal: Mapping[str, Any] | None
    data: bytes

    def of(self, table: str) -> list[Row]:
        """Return the rows of one table."""
        return [row for row in self.rows if row.table == table]

    @property
    def subject(self) -> Row:
        """Return the row of the item itself."""
        return next(row for row in self.of(self.item.table) if row.values["id"] == self.item.id)


def make_proof(
    files: PackageFiles,
    item: Item,
    *,
    alone: bool = False,
    restricted: Callable[[str, str], str | None] = lambda _table, _id: None,
    despite: str | None = None,
) -> Proof:
    """Make the proof of one item of a package.

    Args:
        files: The package.
        item: The post, or the comment.
        alone: Only the item's own row; otherwise all rows of its thread.
        restricted: Told table and id of each post and comment in the proof; returns the decision that restricts access
            to it, or None.
        despite: Why the proof is made although something in it is restricted.

    Raises:
        ConfigError: The package holds no such item.
        PackageError: The thread was not kept, the package is damaged or not signed yet, the item is restricted, or the
            proof would be larger than the verifier reads.
    """
    text = read_text(files, "manifest.json")
    manifest = _manifest(text)
    tables = [item.table] if alone else list(OF_THREAD)
    rows = [row for table in tables for row in _rows(files, manifest, table, item, alone=alone)]
    if not alone or item.comment is None:
        _demand(rows, "posts", item.post, lambda: no_post(files, manifest, item.post))
    if item.comment is not None:
        _demand(rows, "comments", item.comment, lambda: no_comment(files, item))
    if despite is None:
        _refuse_restricted(item, rows, restricted)
    seal = seal_of(files, manifest)
    data = canonical(_document(item, manifest, text, rows, seal, whole=not alone))
    if len(data) > MOST_BYTES:
        raise PackageError(
            f"the proof of the thread {item.post} would have {len(data)} bytes, more than the verifier reads",
            next_step="Prove the row by itself: --alone.",
        )
    return Proof(
        item=item, manifest=manifest, manifest_sha256=sha256_hex(text.encode()), rows=tuple(rows), seal=seal, data=data
    )


def _manifest(text: str) -> Manifest:
    try:
        return parse_manifest(text.encode())
    except (ValueError, RecursionError) as error:
        raise PackageError(
            "the manifest cannot be read", next_step="See what is wrong with the package: urval verify."
        ) from error


def _rows(files: PackageFiles, manifest: Manifest, table: str, item: Item, *, alone: bool) -> list[Row]:
    column, value = ("id", item.id) if alone else (OF_THREAD[table], item.post)
    hashes, found = scan(files, table, column, value)
    if alone and item.comment is not None:
        found = {index: line for index, line in found.items() if parsed(line).get("post_id") == item.post}
    stated = manifest.tables.get(table)
    size = len(hashes) // 32
    if found and (stated is None or stated.rows != size):
        raise _other_table(table)
    paths = audit_paths(hashes, found)
    rows = [Row(table=table, index=index, line=line, path=tuple(paths[index])) for index, line in found.items()]
    for row in rows[:1]:  # a path that leads to the root took in the hash of every row
        if stated is None or root_from_path(row.line, row.index, size, row.path) != stated.merkle_root:
            raise _other_table(table)
    return rows


def _other_table(table: str) -> PackageError:
    return PackageError(
        f"data/tables/{table}.jsonl is not the table that the manifest describes; no proof was written",
        next_step="See what is wrong with the package: urval verify.",
    )


def _demand(rows: list[Row], table: str, wanted: str, error: Callable[[], Exception]) -> None:
    if not any(row.table == table and row.values.get("id") == wanted for row in rows):
        raise error()


def _refuse_restricted(item: Item, rows: list[Row], restricted: Callable[[str, str], str | None]) -> None:
    named = [(row.table, str(row.values["id"])) for row in rows if row.table in {"posts", "comments"}]
    for table, one in dict.fromkeys([("posts", item.post), *named]):
        decision = restricted(table, one)
        if decision is not None:
            raise PackageError(
                f"access to {one} in {table} is restricted: {decision}",
                next_step="If the proof must be made all the same, say why: --despite-restriction REASON.",
            )


def _document(
    item: Item, manifest: Manifest, text: str, rows: list[Row], seal: dict[str, Any] | None, *, whole: bool
) -> dict[str, Any]:
    nodes: dict[str, int] = {}  # rows side by side share most of their ways; each hash stands once
    listed = [
        {
            "table": row.table,
            "index": row.index,
            "line": row.line.decode(),
            "path": [nodes.setdefault(node.hex(), len(nodes)) for node in row.path],
        }
        for row in rows
    ]
    return {
        "format": FORMAT,
        "subject": {"table": item.table, "id": item.id, "whole_thread": whole},
        "manifest": text,
        "sizes": {row.table: manifest.tables[row.table].rows for row in rows},
        "rows": listed,
        "nodes": list(nodes),
        "seal": seal,
    }
