"""Writes the static vectors, when a format that is not yet released has changed.

In the checkout's folder, with the environment that ``make test`` sets up, give::

    PYTHONPATH=. .venv/bin/python tests/make_vectors.py

``tests/vectors/good/<format>/`` holds packages, a store and a proof that must verify for ever, as they are made.
``tests/vectors/bad/`` holds one vector a code, ``<CODE>_<what>``, that fails this code. Its packages are whole but for
the PDF, for which a few bytes stand in; of the packages of its stores only manifest and seal are there.
``tests/vectors/trust/`` holds the list of keys and the certificates by which the seals are judged.

Once a format is released, a file ``RELEASED`` is put into its folder below ``good``: from then on this program refuses,
as long as ``urval.manifest.FORMAT`` names that format. A new format gets a new folder, and the good vectors of the old
one stay.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import zipfile
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from _authority import authority
from _run_store import run_store, store_copy
from _sample_package import Sample, copy_of, files_of, whole_package
from _sealing import key, seal_copy, sealed_copy, sealed_package
from _store_context import store_context
from _tampering import Tampering
from _vectors import STORE_VECTORS, VECTORS, Vector
from _vectors_runs import RUN_VECTORS
from test_prove import VECTORS as PROOF_VECTORS
from test_prove import document

from urval.manifest import FORMAT, canonical
from urval.package.proof import Item, make_proof
from urval.verify import RUN_CODES, FolderReader

if TYPE_CHECKING:
    from urval.verify import StoreContext

HERE = Path(__file__).with_name("vectors")
GOOD = HERE / "good" / FORMAT.replace("/", "-")
BAD, TRUST = HERE / "bad", HERE / "trust"
STAND_IN = b"%PDF-1.7\n% stands in for the volume\n%%EOF\n"
KINDS: dict[str, dict[str, bool]] = {"selection": {}, "census": {"census": True}, "reviewed": {"reviewed": True}}
_WHEN = (2026, 11, 2, 8, 0, 0)
_FRAME = "frame.parquet"
_NO_FILES = {"a_link", "a_linked_folder", "a_pipe"}  # a zip need not keep such things


def main() -> int:
    """Write all vectors anew; refuse where their format is released."""
    if (GOOD / "RELEASED").exists():
        sys.stderr.write(f"{GOOD} is released: its vectors stay as they are. Give the new format another name.\n")
        return 1
    for folder in (GOOD, BAD, TRUST):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (TRUST / "allowed_signers").write_bytes(key().line())
    (TRUST / "authorities.pem").write_bytes(authority().ca + authority("Two").ca)
    with tempfile.TemporaryDirectory() as name:
        _write_good(Path(name))
        _write_runs(Path(name))
        _write_proofs(Path(name))
        for kind in KINDS.values():
            _shrink(whole_package(**kind))
        sealed_package.cache_clear()  # the next one is a small one
        _write_packages(Path(name))
    _write_contexts()
    sizes = [path.stat().st_size for path in HERE.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes) / 1e6:.1f} MB, the largest {max(sizes) / 1e3:.0f} kB")
    return 0


def _write_good(scratch: Path) -> None:
    for name, kind in KINDS.items():
        one = whole_package(**kind)
        _pack(GOOD / f"package-{name}.zip", _files(one.folder) | {_FRAME: _frame(one)})
    sealed = seal_copy(copy_of(whole_package(), scratch / "good"), key(), [authority(), authority("Two")])
    _pack(GOOD / "package-sealed.zip", _files(sealed) | {_FRAME: _frame(whole_package())})
    _pack(GOOD / "store.zip", _files(run_store()))
    (GOOD / "proof.json").write_bytes(canonical(document()))


def _write_packages(scratch: Path) -> None:
    written = set()
    for vector in VECTORS:
        if vector.code in written or vector.alter.__name__ in _NO_FILES:
            continue
        folder = Path(tempfile.mkdtemp(dir=scratch))
        one = whole_package(census=vector.census, reviewed=vector.reviewed)
        files = _files(_broken(vector, one, folder))
        with_frame = {_FRAME: _frame(one)} if vector.code == "SEL-6" else {}
        _pack(BAD / f"{vector.code}_{vector.alter.__name__}.zip", files | with_frame)
        written.add(vector.code)


def _broken(vector: Vector, one: Sample, folder: Path) -> Path:
    tampering = Tampering(sealed_copy(folder) if vector.sealed else copy_of(one, folder))
    if vector.sealed:
        tampering.finished()
    vector.alter(tampering)
    return tampering.seal()


def _write_runs(scratch: Path) -> None:
    for code in RUN_CODES:
        alter = RUN_VECTORS.get(code, [_nothing])[0]
        folder = scratch / code
        folder.mkdir()
        store = store_copy(folder)
        alter(store)
        anchor = {"anchor.txt": b"0" * 64 + b"\n"} if code == "RUN-10" else {}
        _pack(BAD / f"{code}_{alter.__name__.strip('_')}.zip", _thin(_files(store)) | anchor)


def _thin(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return what of a store its run manifests speak of."""
    return {name: data for name, data in files.items() if not re.search("/data/|^store/(captures|ledger)/", name)}


def _nothing(_store: Path) -> None:
    """Leave the store whole: what is wrong is known from elsewhere only."""


def _write_contexts() -> None:
    """Write what a store tells of a package, as the verifier is told it."""
    whole = store_context(whole_package())
    (GOOD / "context.json").write_bytes(_told(whole))
    for code, alters in STORE_VECTORS.items():
        (BAD / f"{code}_context.json").write_bytes(_told(alters[0](whole)))


def _told(context: StoreContext) -> bytes:
    return json.dumps(asdict(context), default=bytes.decode, ensure_ascii=False, indent=1).encode()


def _write_proofs(scratch: Path) -> None:
    firsts = dict(reversed(PROOF_VECTORS))
    for code, change in firsts.items():
        value = document()
        change(value)
        (BAD / f"{code}{change.__name__}.json").write_bytes(canonical(value))
    (scratch / "other").mkdir()
    by_another = FolderReader(seal_copy(copy_of(whole_package(), scratch / "other"), key("other"), [authority()]))
    (BAD / "PRF-5_key_not_listed.json").write_bytes(make_proof(by_another, Item("t3")).data)


def _shrink(one: Sample) -> None:
    """Put the stand-in in the place of the PDF, in the sample itself."""
    for path in one.folder.glob("data/snapshot/*.pdf"):
        path.write_bytes(STAND_IN)
    tampering = Tampering(one.folder)
    assert tampering.seal() == one.folder


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files of a package or store below its own name."""
    return {f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files_of(folder)}


def _frame(one: Sample) -> bytes:
    """Return the frame of the sample's capture."""
    buffer = BytesIO()
    pq.write_table(one.frame, buffer, compression="zstd")
    return buffer.getvalue()


def _pack(path: Path, files: dict[str, bytes]) -> None:
    """Write a zip whose bytes depend on the files alone."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files, key=str.encode):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    sys.exit(main())
