"""Making an access copy: a new folder with the rows of a package, commenters pseudonymised. It is not a package."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urval import __version__
from urval.access import METHOD, TABLES, Copying, Pseudonyms, Source
from urval.access.words import described, readme
from urval.errors import ConfigError, VerificationError
from urval.manifest import canonical, file_sha256, parse_manifest
from urval.restricted import in_force
from urval.spec import read_spec
from urval.store import DirectoryStore
from urval.verify import FolderReader, Level, Verdict, verify_package

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flows.disposing import Acting
    from urval.access import Copied, Restriction
    from urval.holdings import Held
    from urval.manifest import Manifest

KEY = "URVAL_PSEUDONYM_KEY"
RECORD = "access-copy.json"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What copy is wanted: where to, under which key; ``reviewed_by`` judged its secrecy, None: for that review."""

    to: Path
    key: bytes
    made_by: str
    made_at: datetime
    reviewed_by: str | None


def read_key(file: Path | None) -> bytes:
    """Return the key of the pseudonyms: a file's bytes, or what the environment names.

    Raises:
        ConfigError: There is none, others can read the file, or it cannot be read.
    """
    if file is None:
        text = os.environ.get(KEY, "")
        if not text:
            raise ConfigError("no key for the pseudonyms is given", next_step=f"Give --key-file FILE, or set {KEY}.")
        return text.encode()
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ConfigError(f"{file} can be read by others", next_step=f"Give: chmod 600 {file}")
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", next_step="Name the key's file.") from error


def copy_of_held(desk: Acting, held: Held, wanted: Wanted) -> dict[str, Any]:
    """Make an access copy of a package in a store, and return its description.

    Raises:
        ConfigError: The folder is not empty, or the key is too short.
        VerificationError: The package is not valid.
        StoreError: A restriction that the ledger tells of is gone.
    """
    restrictions = in_force(desk.store, desk.archive, held.place[1])
    if isinstance(desk.store, DirectoryStore):
        return make_copy(desk.store.root / held.prefix, restrictions, wanted)
    with tempfile.TemporaryDirectory(prefix="urval-access-") as name:
        folder = Path(name) / held.package_id
        desk.store.fetch_tree(held.prefix, folder)
        return make_copy(folder, restrictions, wanted)


def make_copy(folder: Path, restrictions: Sequence[Restriction] | None, wanted: Wanted) -> dict[str, Any]:
    """Make an access copy of a package in a folder; ``restrictions`` is None where no store could be asked for them.

    Raises:
        ConfigError: The folder to write is not empty, or the key is too short; or restrictions are not known and the
            copy is not for the secrecy review.
        VerificationError: The package is not valid.
    """
    if restrictions is None and wanted.reviewed_by is not None:
        raise ConfigError(
            "only the store knows which items are restricted, and a copy for release must leave them out",
            next_step="Name the store and --package ID, or make the copy --for-review.",
        )
    if wanted.to.exists() and (not wanted.to.is_dir() or any(wanted.to.iterdir())):
        raise ConfigError(f"{wanted.to} is not an empty folder", next_step="Name a new folder with --to.")
    _require_valid(folder)
    manifest = parse_manifest((folder / "manifest.json").read_bytes())
    pseudonyms = Pseudonyms(wanted.key, str(manifest.account["platform"]))
    copied = Copying(source_of(folder, str(manifest.account["id"])), pseudonyms, restrictions or ()).run()
    _write_rows(wanted.to, copied, folder)
    record = _description(folder, manifest, wanted, copied, pseudonyms.check)
    record["restrictions_known"] = restrictions is not None
    return _finish(wanted.to, record, folder)


def source_of(folder: Path, account: str) -> Source:
    """Return the rows and raw objects of a package in a folder."""
    tables = {name: _rows((folder / "data/tables" / f"{name}.jsonl").read_bytes()) for name in TABLES}
    with gzip.open(folder / "data/raw/objects.jsonl.gz") as file:
        objects = [json.loads(line) for line in file]
    raw = {(one["table"], one["id"]): one["raw"] for one in objects if one["table"] in {"posts", "comments"}}
    return Source(account, tables, raw)


def _rows(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.split(b"\n") if line]


def _require_valid(folder: Path) -> None:
    report = verify_package(FolderReader(folder), level=Level.DIGESTS)
    if report.verdict is Verdict.NOT_VALID:
        raise VerificationError(
            f"the package {folder.name} is not valid ({', '.join(report.failed())}), so no copy is made of it",
            next_step="Give: urval verify, and restore it from another copy of the store.",
        )


def _write_rows(to: Path, copied: Copied, folder: Path) -> None:
    (to / "tables").mkdir(parents=True)
    for name, rows in copied.tables.items():
        (to / "tables" / f"{name}.jsonl").write_bytes(b"".join(_line(row) for row in rows))
        (to / "tables" / f"{name}.csv").write_bytes(_csv(rows))
    for file in sorted(copied.files):
        (to / "media").mkdir(exist_ok=True)
        shutil.copyfile(folder / "data" / file, to / file)


def _description(folder: Path, manifest: Manifest, wanted: Wanted, copied: Copied, check: str) -> dict[str, Any]:
    return {
        "format": "urval-access-copy/1",
        "source": {
            "archive": manifest.archive.id, "account": manifest.account["id"], "period": manifest.period.id,
            "package": manifest.package_id, "manifest_sha256": file_sha256(folder / "manifest.json"),
        },
        "made_by": wanted.made_by, "made_at": wanted.made_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "reviewed_for_secrecy_by": wanted.reviewed_by, "software": f"urval {__version__}",
        "pseudonyms": {"method": f"HMAC-SHA-256, {METHOD}", "key_mark": check, "people": len(copied.people)},
        "rows": {name: len(rows) for name, rows in copied.tables.items()},
        "restricted": dict(sorted(copied.restricted.items())), "counts": dict(sorted(copied.counts.items())),
    }  # fmt: skip


def _finish(to: Path, record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write README and description; the description comes last, so that a copy that was cut off has none."""
    language = read_spec(folder / "data/spec/archive-spec.yaml").spec.language
    reviewed = record["reviewed_for_secrecy_by"] is not None
    record["statements"] = described(language, reviewed=reviewed, restrictions=record["restrictions_known"])
    (to / "README.txt").write_text(readme(language, record), encoding="utf-8")
    files = sorted(path for path in to.rglob("*") if path.is_file())
    record["files"] = {path.relative_to(to).as_posix(): file_sha256(path) for path in files}
    (to / RECORD).write_bytes(canonical(record))
    return record


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """Return rows as CSV in UTF-8 with a mark, as spreadsheets read it; what looks like a formula gets a ``'`` before.

    Lists are JSON. JSON Lines has the texts as they are.
    """
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig", "backslashreplace")


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
