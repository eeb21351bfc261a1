"""The bag around a package: BagIt 1.0, RFC 8493 (docs/format.md section 1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import TYPE_CHECKING

from urval.manifest import Payload, canonical, file_sha256, sha256_hex

if TYPE_CHECKING:
    from pathlib import Path

    from urval.manifest import Manifest

_THREADS = 2  # hashlib lets go of the interpreter lock; more threads than that only wait for the disk


def write_payload_manifest(package: Path) -> Payload:
    """Digest every file under ``data/`` and write ``manifest-sha256.txt``."""
    files = sorted((path for path in (package / "data").rglob("*") if path.is_file()), key=lambda p: _name(p, package))
    with ThreadPoolExecutor(_THREADS) as pool:
        digests = list(pool.map(file_sha256, files))
    lines = [f"{digest}  {_name(path, package)}\n" for digest, path in zip(digests, files, strict=True)]
    text = "".join(lines).encode()
    (package / "manifest-sha256.txt").write_bytes(text)
    return Payload(files=len(files), bytes=sum(path.stat().st_size for path in files), manifest_sha256=sha256_hex(text))


def write_tag_files(package: Path, manifest: Manifest) -> bytes:
    """Write the tag files and ``manifest.json``; return the manifest's bytes."""
    data = canonical(manifest)
    tags = {
        "bag-info.txt": bag_info(manifest).encode(),
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest.json": data,
    }
    for name, content in tags.items():
        (package / name).write_bytes(content)
    tags["manifest-sha256.txt"] = (package / "manifest-sha256.txt").read_bytes()
    lines = [f"{sha256_hex(tags[name])}  {name}\n" for name in sorted(tags)]
    (package / "tagmanifest-sha256.txt").write_bytes("".join(lines).encode())
    return data


def bag_info(manifest: Manifest) -> str:
    """Return the text of ``bag-info.txt``."""
    pairs = {
        "Source-Organization": manifest.archive.name,
        "External-Identifier": manifest.package_id,
        "External-Description": f"Urval package of {manifest.account['id']}, {manifest.period.id}",
        "Bagging-Date": manifest.capture.ended_at.astimezone(UTC).date().isoformat(),
        "Payload-Oxum": f"{manifest.payload.bytes}.{manifest.payload.files}",
        "Bag-Software-Agent": f"{manifest.software.name} {manifest.software.version}",
    }
    return "".join(f"{label}: {value}\n" for label, value in pairs.items())


def _name(path: Path, package: Path) -> str:
    return path.relative_to(package).as_posix()
