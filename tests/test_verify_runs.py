"""The run manifests of a store: a whole chain passes, and each way of breaking it fails its own code, alone."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from _authority import authority
from _run_store import ARCHIVE, add_run, listed, package_folders, run_folder, run_store, store_copy
from _sealing import trust
from _vectors_runs import RUN_VECTORS, no_json, run_of

from urval.errors import ConfigError, VerificationError
from urval.held_runs import archives_with_runs, run_readers, signature_sha256, trust_of, verify_held_runs
from urval.holdings import packages
from urval.runs import RunPackage, check_chain, decode, encode, next_run, run_sha256
from urval.store import open_store
from urval.verify import RUN_CODES, Level, Status, Trust, Verdict, listed_packages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from urval.verify import Report


def judged(folder: Path, *, anchors: tuple[str, ...] = (), by: Trust | None = None, **more: object) -> Report:
    """Return the report on the runs of a store."""
    store = open_store(str(folder))
    held = [(one.prefix, one.manifest_sha256) for one in packages(store)]
    given = trust_of(store, ARCHIVE, by or Trust(authorities=authority().ca), datetime.now(UTC))
    return verify_held_runs(store, ARCHIVE, held, trust=given, level=Level.FULL, anchors=anchors, **more)  # type: ignore[arg-type]


def anchor(folder: Path, number: int) -> str:
    """Return the digest of a run."""
    return hashlib.sha256((run_folder(folder, number) / "run.json").read_bytes()).hexdigest()


def test_a_whole_chain_passes() -> None:
    """Chained, signed, stamped, all packages held: nothing fails; with a digest from outside nothing is left open."""
    report = judged(run_store())
    assert report.failed() == []
    assert [one.code for one in report.findings if one.status is Status.NOT_CHECKED] == ["RUN-10"]
    assert judged(run_store(), anchors=(anchor(run_store(), 1), anchor(run_store(), 2))).verdict is Verdict.VALID
    assert archives_with_runs(open_store(str(run_store()))) == [ARCHIVE]
    assert {code.code for code in RUN_CODES.values()} == {one.code for one in report.findings}


@pytest.mark.parametrize(
    ("code", "alter"),
    [
        pytest.param(code, alter, id=f"{code}-{alter.__name__}")
        for code, alters in RUN_VECTORS.items()
        for alter in alters
    ],
)
def test_vector_fails_its_code_alone(tmp_path: Path, code: str, alter: Callable[[Path], None]) -> None:
    """A chain broken in one way fails exactly the code of that clause."""
    folder = store_copy(tmp_path)
    alter(folder)
    report = judged(folder)
    assert report.failed() == [code], report.to_text()
    assert {one.code for one in report.findings} == set(RUN_CODES)
    assert report.to_text("sv") != report.to_text("en")


def test_a_digest_that_no_run_has_is_found() -> None:
    """RUN-10: a digest known from outside that is none of the runs'; also where the store has no run at all."""
    assert judged(run_store(), anchors=(anchor(run_store(), 1), "0" * 64)).failed() == ["RUN-10"]


def test_every_run_code_has_a_vector() -> None:
    """No code is without a store that fails it."""
    assert RUN_VECTORS.keys() | {"RUN-10"} == RUN_CODES.keys()


def test_disposed_packages_and_other_accounts_are_not_missed(tmp_path: Path) -> None:
    """A listed package that was disposed of under a decision is not missing; of one account no other is looked for."""
    folder = store_copy(tmp_path)
    gone = package_folders(folder)[-1]
    manifest = hashlib.sha256((gone / "manifest.json").read_bytes()).hexdigest()
    shutil.rmtree(gone)
    assert judged(folder, disposed={(gone.name, manifest)}).failed() == []
    assert judged(folder, disposed={(gone.name, "0" * 64)}).failed() == ["RUN-9"]
    assert judged(folder, account="another").failed() == []


def test_runs_may_be_unsigned(tmp_path: Path) -> None:
    """An archive that signs nothing has chains too; where keys are expected, an unsigned run fails."""
    folder = tmp_path / "store"
    folder.mkdir()
    package = RunPackage(account="a", period="p", package_id="x", manifest_sha256="0", signature_sha256=None)
    now = datetime.now(UTC)
    run = next_run(None, archive=ARCHIVE, started_at=now, ended_at=now, packages=[package], seal=None)
    run_folder(folder, 1).mkdir(parents=True)
    (run_folder(folder, 1) / "run.json").write_bytes(encode(run))
    assert judged(folder, account="none").failed() == []
    assert judged(folder, account="none", by=trust()).failed() == ["RUN-3"]


def test_next_run_follows(tmp_path: Path) -> None:
    """Runs chain by digest and number; an empty run, a package twice, or an end before the start is refused."""
    folder = store_copy(tmp_path)
    before, now = run_of(folder, 2), datetime.now(UTC)
    one = RunPackage(account="a", period="p", package_id="x", manifest_sha256="0", signature_sha256=None)
    run = next_run(before, archive=ARCHIVE, started_at=now, ended_at=now, packages=[one], seal=None)
    assert run.previous is not None
    assert (run.number, run.previous.sha256) == (3, run_sha256(before))
    assert check_chain([run_of(folder, 1), before, run]) == []
    assert len(check_chain([run, before])) > 1
    for packages_, started in (([], now), ([one, one], now), ([one], now + timedelta(hours=1))):
        with pytest.raises(ConfigError):
            next_run(before, archive=ARCHIVE, started_at=started, ended_at=now, packages=packages_, seal=None)
    with pytest.raises(ConfigError, match="of the archive"):
        next_run(before, archive="annan", started_at=now, ended_at=now, packages=[one], seal=None)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
def test_bytes_that_are_no_run_are_refused(data: bytes) -> None:
    """What is no run manifest is refused with one sentence."""
    with pytest.raises(VerificationError, match="not readable"):
        decode(data)
    with pytest.raises(VerificationError, match="not canonical"):
        decode((run_folder(run_store(), 1) / "run.json").read_bytes() + b"\n")


def test_what_the_store_says_is_listed(tmp_path: Path) -> None:
    """The packages that runs list are told with their digests; a run that cannot be read tells of none."""
    folder = store_copy(tmp_path)
    said = listed_packages(run_readers(open_store(str(folder)), ARCHIVE))
    expected = [listed(one) for one in package_folders(folder)]
    assert said == [(one.package_id, one.manifest_sha256, one.signature_sha256) for one in expected]
    no_json(folder)
    assert len(listed_packages(run_readers(open_store(str(folder)), ARCHIVE))) == 1
    assert signature_sha256(open_store(str(folder)), "packages/none") is None
    add_run(folder, run_of(folder, 1), [expected[1]])
    assert judged(folder).failed() == []
