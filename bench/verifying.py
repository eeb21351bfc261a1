"""Verifying whole packages: the digests of 20,000 files beside bare ``hashlib`` and bagit.py; a million rows in full.

``python -m bench.verifying floor|digests|bagit``: a valid bag of the format with 20,000 media of 10 kB and 4 of 60 MB.
The product lists the folder, reads listing, tag files and manifest, and digests every file (level *digests*); the floor
is ``hashlib.file_digest`` over the same files by as many threads; bagit.py validates with two processes.

``python -m bench.verifying full TOTAL``: level *full* of a package with so many comments, made by the builder from the
recorded pages, selected again from its frame. Its HTML pages are all there; for the PDF volumes, which the verifier
digests and does not read, a few bytes stand in, because setting a million comments takes half an hour.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import bagit

from bench import pages
from bench.comments import captured
from bench.measuring import FOLDER, ROOT, Line, in_turns, told
from urval.capture import Capture
from urval.manifest import Manifest, canonical, parse_manifest, sha256_hex
from urval.package import build_package
from urval.package.snapshot import render
from urval.verify import FolderReader, Level, Verdict, verify_package
from urval.verify.bag import tag_files
from urval.verify.reader import _THREADS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from connectors._limits import Page

_FOLDER = FOLDER / "verifying"
_SMALL, _MILLION = 2_000, 1_000_000
_SIZES = [60_000_000] * 4 + [10_000] * 20_000
_STAND_IN = b"%PDF-1.7\n% stands in for the volume\n%%EOF\n"


def lines() -> list[Line]:
    """Make the packages if they are not there, and verify them."""
    make_bag()
    make_package(_MILLION)
    floor, product, other = in_turns(5, ("verifying", "floor"), ("verifying", "digests"), ("verifying", "bagit"))
    (full,) = in_turns(3, ("verifying", "full", _MILLION))
    detail = f"verify {product.seconds:.2f} s, hashlib {floor.seconds:.2f} s, bagit.py {other.seconds:.2f} s"
    memory = f"peak {full.peak / 1e9:.2f} GB"
    return [
        Line("verify, digests, beside hashlib", floor.seconds / product.seconds, 0.9, at_most=False, detail=detail),
        Line("verify, digests, beside bagit.py", product.seconds / other.seconds, 1.0, at_most=True, detail=detail),
        Line("verify, full, 1,000,000 comments", full.seconds, 20.0, at_most=True, detail=memory, unit="s"),
    ]


def make_package(total: int) -> Path:
    """Build a package with so many comments unless it is there; return its folder."""
    folder = _FOLDER / f"comments-{total}"
    if (folder / "done").exists():
        return _package(folder)
    shutil.rmtree(folder, ignore_errors=True)
    pages.make(total)
    sys.path.insert(0, str(ROOT / "tests"))
    from _environment import REPLACED, environment_with, host_log, warc_record  # noqa: PLC0415 - as the tests make them
    from _reviews import unseen  # noqa: PLC0415 - likewise

    (folder / "capture").mkdir(parents=True)
    exchanges = 0
    with (folder / "capture" / "exchanges.warc.gz").open("wb") as file:
        for exchanges, body in enumerate(pages.bodies(total), 1):  # noqa: B007 - counted for afterwards
            file.write(warc_record(body))
    log = environment_with(host_log(exchanges), redactions=REPLACED * exchanges)
    request = captured(total, folder / "capture", lambda item: item, gate=_DigestedGate, environment=log)
    review = unseen(request.capture, request.loaded, request.selection, pages.NOW)
    request = replace(request, review=review)
    render.render_pdf = lambda *_, **__: _STAND_IN
    build_package(request, folder)
    (folder / "done").touch()
    return _package(folder)


class _DigestedGate(pages.RecordedGate):
    """Names each exchange by the digest of its body, as the real gate does, so that the rows are found in the WARC."""

    def get(self, url: str, parameters: Iterable[tuple[str, str]] = (), **more: object) -> Page:
        """Return the recorded page of this address."""
        page = super().get(url, parameters, **more)
        return replace(page, sha256=sha256_hex(page.body))


def _package(folder: Path) -> Path:
    (found,) = folder.glob("*/manifest.json")
    return found.parent


def make_bag() -> Path:
    """Make the bag of many files unless it is there; return its folder."""
    folder = _FOLDER / "bag"
    if (folder / "done").exists():
        return _package(folder)
    shutil.rmtree(folder, ignore_errors=True)
    whole = make_package(_SMALL)
    package = folder / whole.name
    shutil.copytree(whole, package)
    rng = random.Random(1)
    for size in _SIZES:
        data = rng.randbytes(size)
        (package / "data" / "media" / f"{hashlib.sha256(data).hexdigest()}.png").write_bytes(data)
    _list(package)
    (folder / "done").touch()
    return package


def _list(package: Path) -> None:
    """Write listing, manifest and tag files of the bag anew."""
    files = _payload(package)
    names = sorted((path.relative_to(package).as_posix() for path in files), key=str.encode)
    listing = "".join(f"{_digest(package / name)}  {name}\n" for name in names).encode()
    (package / "manifest-sha256.txt").write_bytes(listing)
    document = json.loads((package / "manifest.json").read_bytes())
    size = sum(path.stat().st_size for path in files)
    document["payload"] = {"files": len(files), "bytes": size, "manifest_sha256": sha256_hex(listing)}
    data = canonical(document)
    manifest: Manifest = parse_manifest(data)
    for name, content in {"manifest.json": data, **tag_files(manifest, sha256_hex(data))}.items():
        (package / name).write_bytes(content)


def _payload(package: Path) -> list[Path]:
    return [path for path in sorted((package / "data").rglob("*")) if path.is_file()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def floor() -> None:
    """Digest each file."""
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(_digest, _payload(make_bag())))
    if len(found) < len(_SIZES):
        raise SystemExit("the files are not what they should be")


def digests() -> None:
    """Verify at level *digests*."""
    _judge(verify_package(FolderReader(make_bag()), level=Level.DIGESTS).verdict)


def other() -> None:
    """Validate with bagit.py."""
    bagit.Bag(str(make_bag())).validate(processes=2)


def full(total: int) -> None:
    """Verify at level *full*, with the frame."""
    package = make_package(total)
    frame = Capture(package.parent / "capture").table("frame")
    report = verify_package(FolderReader(package), frame=frame)
    if report.failed():
        raise SystemExit(f"the verifier finds what is not wrong: {report.failed()}\n{report.to_text('en')[:3000]}")


def _judge(verdict: Verdict) -> None:
    if verdict is Verdict.NOT_VALID:
        raise SystemExit("the verifier finds what is not wrong")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for line in lines():
            print(f"{line.name}  {line.figure:.2f} {line.unit} (bound {line.bound:.2f})  {line.detail}")
    elif sys.argv[1] == "full":
        told(lambda: full(int(sys.argv[2])))
    else:
        told({"floor": floor, "digests": digests, "bagit": other}[sys.argv[1]])
