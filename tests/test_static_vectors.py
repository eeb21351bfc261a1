"""The static vectors: good ones of every released format verify for ever, bad ones fail the code they are named for.

``make_vectors.py`` writes them, and says what lies in them.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from urval.held_runs import trust_of, verify_held_runs
from urval.holdings import packages
from urval.manifest import FORMAT
from urval.store import open_store
from urval.verify import (
    CODES,
    PROOF_CODES,
    RUN_CODES,
    CaptureState,
    Level,
    MemoryReader,
    Report,
    Status,
    StoreContext,
    Trust,
    Verdict,
    verify_package,
    verify_proof,
    verify_store_context,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).with_name("vectors")
GOOD, BAD = sorted(HERE.glob("good/*/*.*")), sorted(HERE.glob("bad/*"))
# A proof whose signature is gone, or whose manifest cannot be read, leaves no key to trust and no stamp to be over it.
_BY_NECESSITY = {"PRF-3": {"PRF-4", "PRF-5", "PRF-6"}, "PRF-4": {"PRF-5", "PRF-6"}}
_LARGEST, _ALL = 150_000, 6_500_000  # bytes


def trust() -> Trust:
    """Return trust in the vectors' keys and authorities."""
    return Trust(
        allowed_signers=(HERE / "trust" / "allowed_signers").read_bytes(),
        keys_from="vectors",
        authorities=(HERE / "trust" / "authorities.pem").read_bytes(),
        now=datetime.now(UTC),
    )


def failed(path: Path, scratch: Path) -> tuple[str, ...]:
    """Verify a vector, whatever it is; return the codes that fail."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        report = of_store(files, scratch) if any(name.startswith("store/") for name in files) else of_package(files)
        return tuple(report.failed())
    value = json.loads(path.read_bytes())
    if "neighbours" in value:
        return tuple(finding.code for finding in of_context(value) if finding.status is Status.FAILED)
    return tuple(verify_proof(path.read_bytes(), path.name, trust()).failed())


def of_package(files: dict[str, bytes]) -> Report:
    """Verify a package, with its frame where that lies beside it."""
    frame = pq.read_table(io.BytesIO(files.pop("frame.parquet"))) if "frame.parquet" in files else None
    (name,) = {path.split("/", 1)[0] for path in files}
    inside = {path.split("/", 1)[1]: data for path, data in files.items()}
    return verify_package(MemoryReader(name, inside), frame=frame, trust=trust())


def of_store(files: dict[str, bytes], scratch: Path) -> Report:
    """Verify the run manifests of a store, with the digest that is known from elsewhere where there is one."""
    anchors = files.pop("anchor.txt", b"").decode().split()
    for name, data in files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    store = open_store(str(scratch / "store"))
    held = [(one.prefix, one.manifest_sha256) for one in packages(store)]
    given = trust_of(store, "exempelstad", Trust(authorities=trust().authorities), datetime.now(UTC))
    return verify_held_runs(store, "exempelstad", held, trust=given, level=Level.FULL, anchors=anchors)


def of_context(value: dict[str, Any]) -> Sequence[Any]:
    """Verify what a store tells of a package."""
    pairs = {name: tuple(map(tuple, value[name] or ())) for name in ("packaged", "sealed", "disposed")}
    listed = None if value["listed"] is None else tuple(map(tuple, value["listed"]))
    neighbours = None if value["neighbours"] is None else tuple(one.encode() for one in value["neighbours"])
    given = value | pairs | {"listed": listed, "neighbours": neighbours}
    return verify_store_context(
        StoreContext(**given | {"manifest": value["manifest"].encode(), "capture": CaptureState(value["capture"])})
    )


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_good_vector_verifies(path: Path, tmp_path: Path) -> None:
    """What was made by an earlier version of the program is whole to this one."""
    assert failed(path, tmp_path) == ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_vector_fails_its_code(path: Path, tmp_path: Path) -> None:
    """A vector fails the code its name begins with, and no other but by necessity."""
    code = path.stem.split("_", 1)[0]
    found = failed(path, tmp_path)
    assert code in found
    assert set(found) <= {code, *_BY_NECESSITY.get(code, ())}


def test_every_code_has_a_static_vector() -> None:
    """Packages, stores, run manifests and proofs: no code is without a file that fails it."""
    named = {path.stem.split("_", 1)[0] for path in BAD}
    assert named == CODES.keys() | RUN_CODES.keys() | PROOF_CODES.keys()


def test_this_format_has_good_vectors() -> None:
    """The format that the program writes has packages of every kind, a sealed one, a store and a proof."""
    names = {path.name for path in GOOD if path.parent.name == FORMAT.replace("/", "-")}
    assert names >= {"package-selection.zip", "package-census.zip", "package-reviewed.zip", "package-sealed.zip"}
    assert names >= {"store.zip", "proof.json"}


def test_a_good_package_is_checked_to_the_end() -> None:
    """Of the sealed package nothing is left unchecked but what a store tells."""
    (path,) = HERE.glob(f"good/{FORMAT.replace('/', '-')}/package-sealed.zip")
    with zipfile.ZipFile(path) as archive:
        report = of_package({name: archive.read(name) for name in archive.namelist()})
    assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED
    unchecked = {finding.code for finding in report.findings if finding.status is Status.NOT_CHECKED}
    assert unchecked == {code for code in CODES if code.startswith(("STO-", "COR-"))}


def test_vectors_are_small() -> None:
    """Each bad vector is a few dozen kilobytes, and all together are a few megabytes."""
    sizes = {path: path.stat().st_size for path in HERE.rglob("*") if path.is_file()}
    assert max(sizes[path] for path in BAD) < _LARGEST
    assert sum(sizes.values()) < _ALL
