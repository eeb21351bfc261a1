"""Altering a copy of a package and making everything around the alteration consistent again."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from urval.manifest import canonical
from urval.merkle import merkle_root
from urval.verify.layout import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class Tampering:
    """A copy of a package being altered. ``seal`` redoes what hangs together, but for what is named in ``leave``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        self.leave: set[str] = set()

    def finished(self) -> None:
        """Let ``seal`` change nothing any more."""
        self.leave |= {"proposal", "id", "listing", "payload", "manifest", "bag-info", "tags", "folder"}

    def path(self, name: str) -> Path:
        """Return the path of a file below ``data/``."""
        return self.folder / "data" / name

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows."""
        return [json.loads(line) for line in self.path(f"tables/{table}.jsonl").read_text().splitlines()]

    def write(self, table: str, rows: list[dict[str, Any]], **parquet: Any) -> None:
        """Write a table in both forms and its entry in the manifest."""
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() for row in rows]
        self.write_lines(table, lines)
        self.write_parquet(table, rows, **parquet)

    def write_lines(self, table: str, lines: list[bytes], *, end: bytes = b"\n") -> None:
        """Write the JSON Lines form and its entry in the manifest."""
        self.path(f"tables/{table}.jsonl").write_bytes(b"\n".join(lines) + (end if lines else b""))
        self.manifest["tables"][table] = {"rows": len(lines), "merkle_root": merkle_root(lines)}
        if table == "selection":
            self.manifest["selection"]["selection_sha256"] = digest(self.path("tables/selection.jsonl"))

    def write_parquet(self, table: str, rows: list[dict[str, Any]], **changes: Any) -> None:
        """Write the Parquet form; changes are the writer's settings, or ``metadata`` and ``schema``."""
        schema = changes.pop("schema", TABLES[table])
        metadata = changes.pop("metadata", {"urval.format": "urval-package/1", "urval.table": table})
        columns = []
        for field in schema:
            values = pa.array([row[field.name] for row in rows], _as_text(field.type))
            columns.append(values.cast(field.type))
        settings = {"version": "2.6", "compression": "zstd", "write_page_checksum": True} | changes
        filled = pa.table(columns, schema=schema.with_metadata(metadata))
        pq.write_table(filled, self.path(f"tables/{table}.parquet"), **settings)

    def change(self, table: str, place: int, **values: Any) -> None:
        """Change values of one row."""
        rows = self.rows(table)
        rows[place] |= values
        self.write(table, rows)

    def lines_of(self, name: str) -> list[bytes]:
        """Return the lines of a gzip file."""
        return gzip.decompress(self.path(name).read_bytes()).splitlines()

    def pack(self, name: str, lines: list[bytes]) -> None:
        """Write the lines of a gzip file."""
        self.path(name).write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Edit a text file below ``data/``; the change must change something."""
        before = self.path(name).read_text(encoding="utf-8")
        after = change(before)
        assert after != before, name
        self.path(name).write_text(after, encoding="utf-8")

    def totals(self) -> None:
        """Redo the manifest's totals of completeness and gaps."""
        rows = self.rows("completeness")
        stated = [row["platform_count"] for row in rows if row["platform_count"] is not None]
        reasons: dict[str, int] = {}
        for row in rows:
            for entry in row["reasons"]:
                reasons[entry["type"]] = reasons.get(entry["type"], 0) + entry["count"]
        self.manifest["completeness"] = {
            "threads": len(rows),
            "threads_equal": sum(row["difference"] == 0 for row in rows),
            "platform_total": sum(stated) if stated else None,
            "captured_total": sum(row["captured_count"] for row in rows),
            "by_reason": reasons,
        }

    def seal(self) -> Path:
        """Write listing, manifest and tag files anew, rename the folder, and return it."""
        if "proposal" not in self.leave:
            self._propose()
        if "id" not in self.leave:
            self._identify()
        if "listing" not in self.leave:
            files = sorted(path for path in self.path("").rglob("*") if path.is_file() and not path.is_symlink())
            names = sorted((path.relative_to(self.folder).as_posix() for path in files), key=str.encode)
            self._write("manifest-sha256.txt", "".join(f"{digest(self.folder / n)}  {n}\n" for n in names))
        if "payload" not in self.leave:
            self._count()
        if "manifest" not in self.leave:
            (self.folder / "manifest.json").write_bytes(canonical(self.manifest))
        if "bag-info" not in self.leave:
            self._write("bag-info.txt", self._bag_info())
        if "tags" not in self.leave:
            self.tags()
        return (
            self.folder
            if "folder" in self.leave
            else self.folder.rename(self.folder.with_name(self.manifest["package_id"]))
        )

    def tags(self) -> None:
        """Write ``tagmanifest-sha256.txt`` anew."""
        names = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest.json")
        self._write("tagmanifest-sha256.txt", "".join(f"{digest(self.folder / name)}  {name}\n" for name in names))

    def _propose(self) -> None:
        m = self.manifest
        parts = {
            "capture": m["capture"]["sha256"],
            "spec": m["spec"]["sha256"],
            "selection": digest(self.path("tables/selection.jsonl")),
            "attachments": sorted(one["sha256"] for one in m["review"]["attachments"]),
            "supplements": m["supplements"]["package_id"] if m["supplements"] else None,
            "corrects": m["corrects"]["package_id"] if m["corrects"] else None,
        }
        m["review"]["proposal_sha256"] = hashlib.sha256(canonical(parts)).hexdigest()

    def _identify(self) -> None:
        m = self.manifest
        parts = (m["format"], m["capture"]["sha256"], m["spec"]["sha256"], m["selection"]["selection_sha256"])
        short = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
        m["package_id"] = f"{m['account']['id']}_{m['period']['id']}_{short}"

    def _count(self) -> None:
        files = [path for path in self.path("").rglob("*") if path.is_file() and not path.is_symlink()]
        self.manifest["payload"] = {
            "files": len(files),
            "bytes": sum(path.stat().st_size for path in files),
            "manifest_sha256": digest(self.folder / "manifest-sha256.txt"),
        }

    def _bag_info(self) -> str:
        m = self.manifest
        return (
            f"Source-Organization: {m['archive']['name']}\n"
            f"External-Identifier: {m['package_id']}\n"
            f"External-Description: Urval package of {m['account']['id']}, {m['period']['id']}\n"
            f"Bagging-Date: {m['capture']['ended_at'][:10]}\n"
            f"Payload-Oxum: {m['payload']['bytes']}.{m['payload']['files']}\n"
            f"Bag-Software-Agent: {m['software']['name']} {m['software']['version']}\n"
        )

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


def digest(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _as_text(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_timestamp(kind) else kind
