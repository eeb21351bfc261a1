"""What somebody with access could try, and what finds it: in the package alone, with its keys, in its store."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from _authority import authority
from _run_store import ARCHIVE, package_folders, record, run_folder, seal_run, store_copy
from _sample_package import ACCOUNT, copy_of, whole_package
from _sealing import key, seal_copy, sealed_copy, trust
from _tampering import Tampering
from _vectors_runs import run_of
from typer.testing import CliRunner

from urval.cli import app
from urval.cli.trusting import run_reports
from urval.holdings import lost_packages, packages, verify_held
from urval.manifest import SealRef
from urval.store import open_store
from urval.verify import FolderReader, Level, Trust, Verdict, verify_package

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)


def found_alone(folder: Path, by: Trust | None = None) -> list[str]:
    """Return the codes that fail of a package looked at alone."""
    return verify_package(FolderReader(folder), level=Level.DIGESTS, trust=by).failed()


def found_in_store(folder: Path, *, anchors: tuple[str, ...] = (), keys: bytes | None = None) -> set[str]:
    """Return the codes that fail anywhere in a store, and ``lost`` where a ledger tells of a package that is gone."""
    store = open_store(str(folder))
    by = Trust(allowed_signers=keys, authorities=authority().ca)
    reports = [verify_held(store, one, trust=by) for one in packages(store)]
    reports += run_reports(store, None, Level.FULL, by, anchors)
    lost = {"lost"} if lost_packages(store) else set()
    return {code for report in reports for code in report.failed()} | lost


def digest(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a copy of the store with two sealed packages."""
    return store_copy(tmp_path)


def forged(folder: Path) -> Tampering:
    """Change a word of what somebody wrote, everywhere, and make bag and manifest consistent again."""
    t = Tampering(folder)
    rows = t.rows("comments")
    rows[0]["text"] = "Något annat"
    t.write("comments", rows)
    t.seal()
    return t


def test_nothing_is_found_in_the_store_as_it_is(store: Path) -> None:
    """The store that every attack begins with is whole."""
    anchors = (digest(run_folder(store, 2) / "run.json"),)
    assert found_in_store(store, anchors=anchors) == set()


def test_consistent_rewrite_of_payload_bag_and_manifest(tmp_path: Path, store: Path) -> None:
    """Found by the signature, whoever looks; in the store by ledger and run as well."""
    forged(sealed_copy(tmp_path))
    assert found_alone(next(tmp_path.glob("exempelstad*"))) == ["SEA-1"]
    forged(package_folders(store)[-1])
    assert {"SEA-1", "STO-5", "STO-6", "RUN-9"} <= found_in_store(store)


def test_rewrite_that_takes_the_seal_off(tmp_path: Path, store: Path) -> None:
    """Found by who holds the archive's keys, and in the store; alone and without keys it passes for an unsigned one."""
    for folder in (sealed_copy(tmp_path), package_folders(store)[-1]):
        t = Tampering(folder)
        t.manifest["seal"] = None
        t.seal()
        shutil.rmtree(folder / "seal")
        for path in folder.glob("manifest.json.sig*"):
            path.unlink()
    alone = next(tmp_path.glob("exempelstad*"))
    assert found_alone(alone, trust()) == ["SEA-2"]
    assert found_alone(alone) == []
    assert verify_package(FolderReader(alone), level=Level.DIGESTS).verdict is Verdict.VALID_AS_FAR_AS_CHECKED
    assert {"STO-5", "STO-6", "RUN-9"} <= found_in_store(store)


def test_rollback_to_an_older_package(store: Path) -> None:
    """The older package in the place of the newer one: its key, its name and the run of the newer one find it."""
    older, newer = package_folders(store)
    shutil.rmtree(newer)
    shutil.copytree(older, newer)
    assert {"MAN-4", "STO-1", "RUN-9"} <= found_in_store(store)


def test_removal_of_the_newest_package(store: Path) -> None:
    """Found by its ledger and by its run; by the run alone where its ledger is gone too."""
    newest = package_folders(store)[-1]
    shutil.rmtree(newest)
    assert found_in_store(store) == {"RUN-9", "lost"}
    shutil.rmtree(store / "ledger" / ARCHIVE / ACCOUNT / newest.parent.name)
    assert found_in_store(store) == {"RUN-9"}


def test_removal_of_the_newest_package_and_its_run(store: Path) -> None:
    """Found by its ledger; where that is gone too, only by a digest known from outside."""
    anchors = (digest(run_folder(store, 2) / "run.json"),)
    newest = package_folders(store)[-1]
    shutil.rmtree(newest)
    shutil.rmtree(run_folder(store, 2))
    assert found_in_store(store) == {"lost"}
    shutil.rmtree(store / "ledger" / ARCHIVE / ACCOUNT / newest.parent.name)
    assert found_in_store(store) == set()
    assert found_in_store(store, anchors=anchors) == {"RUN-10"}


def test_rollback_of_the_whole_store(store: Path) -> None:
    """A store as it was before its newest run is whole in itself: only the digest printed in minutes finds it."""
    minutes = digest(run_folder(store, 2) / "run.json")
    newest = package_folders(store)[-1]
    for gone in (newest, run_folder(store, 2), store / "ledger" / ARCHIVE / ACCOUNT / newest.parent.name):
        shutil.rmtree(gone)
    (store / "ca.pem").write_bytes(authority().ca)
    command = ["verify", str(store), "--language", "en", "--tsa-ca", str(store / "ca.pem")]
    assert CliRunner().invoke(app, command).exit_code == 0
    spaced = " ".join(minutes[at : at + 4] for at in range(0, 64, 4)).upper()
    run = CliRunner().invoke(app, [*command, "--anchor", spaced])
    assert run.exit_code != 0
    assert "RUN-10 failed" in run.stdout


def test_swapping_two_accounts(store: Path) -> None:
    """A whole package under another account's key: the key it belongs to, that account's ledger and the run find it."""
    one, other = package_folders(store)[-1], "exempelstad-instagram"
    target = store / "packages" / ARCHIVE / other / one.parent.name / one.name
    target.parent.mkdir(parents=True)
    one.rename(target)
    assert {"STO-1", "STO-4", "STO-5", "RUN-9", "lost"} <= found_in_store(store)


def test_another_account_written_into_the_manifest(tmp_path: Path) -> None:
    """The account's name in the manifest is under the signature."""
    t = Tampering(sealed_copy(tmp_path))
    t.manifest["account"]["name"] = "Annanstad"
    assert "SEA-1" in found_alone(t.seal(), trust())


def test_sealing_again_with_another_key(tmp_path: Path) -> None:
    """A new seal, whole in itself, with the list beside it replaced: found by the list that comes from elsewhere."""
    folder = seal_copy(sealed_copy(tmp_path), key("thief"), [authority()])
    assert found_alone(folder, trust()) == ["SEA-2"]
    assert found_alone(folder) == []
    report = verify_package(FolderReader(folder), level=Level.DIGESTS)
    assert next(one for one in report.findings if one.code == "SEA-2").status == "not_checked"


def test_sealing_again_with_another_key_in_the_store(store: Path) -> None:
    """The published keys find it; where these, ledger and runs are forged as well, the list and digest from outside."""
    minutes = (digest(run_folder(store, 2) / "run.json"),)
    newest, thief = package_folders(store)[-1], key("thief")
    seal_copy(newest, thief, [authority()])
    assert {"SEA-2", "STO-5", "STO-6", "RUN-9"} <= found_in_store(store)
    ledger = store / "ledger" / ARCHIVE / ACCOUNT / newest.parent.name
    shutil.rmtree(ledger)
    record(ledger, newest)
    changed = run_of(store, 2).packages[0].model_copy(
        update={"manifest_sha256": digest(newest / "manifest.json"),
                "signature_sha256": digest(newest / "manifest.json.sig")}
    )  # fmt: skip
    seal = SealRef(identity=thief.identity, key=thief.fingerprint, stamps=1)
    run = run_of(store, 2).model_copy(update={"packages": (changed,), "seal": seal})
    seal_run(run_folder(store, 2), run, thief)
    assert found_in_store(store) == {"SEA-2", "RUN-3"}
    both = key().line() + thief.line()
    assert found_in_store(store, keys=both) == set()
    assert found_in_store(store, keys=both, anchors=minutes) == {"RUN-10"}


def test_a_forged_history_of_keys(store: Path) -> None:
    """A history of keys that was changed makes no key trusted, and the reports say why."""
    path = store / "keys" / ARCHIVE / "000001.json"
    document = json.loads(path.read_text())
    document["public_key"] = key("thief").public
    path.write_text(json.dumps(document))
    assert {"SEA-2", "RUN-3"} <= found_in_store(store)


def test_back_dating(tmp_path: Path) -> None:
    """A package made today that claims to be older: by its stamp, or, of a key that has ended, by the key's time."""
    folder = seal_copy(copy_of(whole_package(), tmp_path), key(), [authority()], at=NOW - timedelta(days=200))
    assert found_alone(folder, trust()) == ["SEA-7"]
    ended = f'valid-before="{NOW - timedelta(days=100):%Y%m%d%H%M%S}Z"'
    assert found_alone(folder, trust(times=ended)) == ["SEA-2", "SEA-7"]
    unstamped = seal_copy(folder, key(), wanted=1, at=NOW - timedelta(days=200))
    assert found_alone(unstamped, trust(times=ended)) == ["SEA-4"]
    report = verify_package(FolderReader(unstamped), level=Level.DIGESTS, trust=trust(times=ended))
    assert next(one for one in report.findings if one.code == "SEA-2").status == "not_checked"


def test_a_store_whose_packages_are_all_gone(store: Path) -> None:
    """Nothing left but ledgers and runs is not an empty store: status 1."""
    shutil.rmtree(store / "packages")
    run = CliRunner().invoke(app, ["verify", str(store), "--language", "en"])
    assert run.exit_code != 0
    assert "the run manifests runs/exempelstad are not valid" in str(run.exception)
    assert "RUN-9  failed" in run.stdout
