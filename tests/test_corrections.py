"""Corrections: a new package of the same account and period that names the one it corrects; both stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _disposal import ACCOUNT, EXPIRED, PLACE, RAW, Archive, approved, archive
from _environment import BODIES, REPLACED, environment_with, host_log, warc_record
from _sample_package import NOW, _items
from _waiting_store import Waiting

from flows.correcting import correct
from flows.destroying import execute, order_of
from flows.opening import identify
from flows.packaging import package_approved
from flows.review_acts import approve, change, supplement
from flows.stages import archive_account
from flows.waiting_reviews import waiting as list_waiting
from urval.capture import CaptureWriter
from urval.errors import ConfigError, UrvalError
from urval.holdings import Held, lost_packages, package_of, packages, previous_package, verify_held
from urval.ledger import check_chain
from urval.source import Method
from urval.store import capture_prefix, open_store

if TYPE_CHECKING:
    from urval.manifest import Manifest

LATER = "2027-03-01T09:00:00+01:00"
WHY = "Fel tråd togs med"


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Return an archive with one packaged, verified period."""
    monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path))
    return archive(tmp_path)


def run_of(one: Archive, actor: str = "Bo", time: str = LATER):  # noqa: ANN201 - a run
    """Open a run of a person."""
    return Waiting(one.folder).run(actor, time)


def held_by(one: Archive) -> dict[str, Held]:
    """Return the packages by id."""
    return {held.package_id: held for held in packages(open_store(str(one.store)))}


def corrected(one: Archive, thread: str = "t4") -> Manifest:
    """Correct the package by adding a thread, approve and package; return the correction's manifest."""
    before = set(held_by(one))
    correct(run_of(one), ACCOUNT, reason=WHY)
    change(run_of(one), ACCOUNT, "add", thread, reason="Skulle ha varit med")
    approve(run_of(one, "Cilla"), ACCOUNT)
    assert package_approved(run_of(one, "Cilla"), ACCOUNT).state == "done"
    (name,) = set(held_by(one)) - before
    manifest = held_by(one)[name].manifest
    assert manifest is not None
    return manifest


def test_a_changed_selection_is_a_package_of_its_own(one: Archive) -> None:
    """It names the one it corrects and why, both verify, and the account's chain goes on from the first."""
    (first,) = held_by(one).values()
    manifest = corrected(one)
    assert manifest.corrects is not None
    assert (manifest.corrects.package_id, manifest.corrects.reason) == (first.package_id, WHY)
    assert manifest.corrects.manifest_sha256 == first.manifest_sha256
    assert manifest.previous == (first.manifest and first.manifest.previous)
    shown = {thread for volume in manifest.snapshot.volumes for thread in volume.threads}
    assert shown == {"t1", "t2", "t3", "t4", "t7"}
    assert any(first.package_id in sentence and WHY in sentence for sentence in manifest.cannot_show)
    store = open_store(str(one.store))
    for held in held_by(one).values():
        assert verify_held(store, held).failed() == []
    chosen = package_of(store, PLACE)
    before = previous_package(store, PLACE, manifest.period.end)
    assert chosen is not None
    assert before is not None
    assert chosen.package_id == before[0].package_id == first.package_id
    assert lost_packages(store) == []
    assert check_chain(one.events()) == []


def test_a_correction_of_a_correction_takes_its_changes_along(one: Archive) -> None:
    """It begins with what people had changed, corrects the newest, and says whose the change was."""
    first = corrected(one, "t4")
    second = corrected(one, "t5")
    assert second.corrects is not None
    assert second.corrects.package_id == first.package_id
    reasons = {entry.thread: entry.reason for entry in second.review.changes}
    assert reasons["t5"] == "Skulle ha varit med"
    assert reasons["t4"] == f"Skulle ha varit med ({first.package_id}, Bo)"


def test_a_correction_that_corrects_nothing_is_refused(one: Archive) -> None:
    """Same capture, same selection: it would be the same package. Nor is a second one opened meanwhile."""
    correct(run_of(one), ACCOUNT, reason=WHY)
    with pytest.raises(UrvalError, match="holds exactly what"):
        approve(run_of(one, "Cilla"), ACCOUNT)
    with pytest.raises(UrvalError, match="open already"):
        correct(run_of(one), ACCOUNT, reason=WHY)
    (row,) = list_waiting(str(one.folder / "spec.yaml"), str(one.store), fixed_time=LATER)
    assert row.corrects == next(iter(held_by(one)))


@pytest.mark.parametrize("reason", ["", " \u200b"])
def test_a_correction_needs_a_reason(one: Archive, reason: str) -> None:
    """A blank one is refused, and nothing is written."""
    before = one.events()
    with pytest.raises(ConfigError):
        correct(run_of(one), ACCOUNT, reason=reason)
    assert one.events() == before


def test_a_period_captured_anew(one: Archive) -> None:
    """The next capture is another attempt, and its proposal is the correction; a supplement to the first works on."""
    first = next(iter(held_by(one)))
    correct(run_of(one), ACCOUNT, reason="Luckor i den första", recapture=True)
    run = run_of(one)
    assert run.attempt(ACCOUNT) == 2
    folder = one.folder / "anew"
    method = Method(platform="facebook", interface="Graph API", api_version="v25.0", base_url=None, scopes=("x",))
    with CaptureWriter(folder, identify(run, ACCOUNT), method) as writer:
        for item in _items(folder):
            writer.add(item)
        (folder / "exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in BODIES))
        log = environment_with(host_log(len(BODIES)), redactions=REPLACED * len(BODIES))
        writer.finish(started_at=NOW, ended_at=NOW + timedelta(days=100), exchanges=len(BODIES), environment=log)
    name = identify(run, ACCOUNT).capture_id
    run.store.put_tree(capture_prefix(*PLACE, name), folder, last="capture.json")
    assert archive_account(run, ACCOUNT).state == "proposed"
    approve(run_of(one, "Cilla"), ACCOUNT)
    assert package_approved(run_of(one, "Cilla"), ACCOUNT).state == "done"
    (new,) = set(held_by(one)) - {first}
    manifest = held_by(one)[new].manifest
    assert manifest is not None
    assert manifest.corrects is not None
    assert (manifest.corrects.package_id, manifest.corrects.reason) == (first, "Luckor i den första")
    assert manifest.capture.id == name
    store = open_store(str(one.store))
    assert [verify_held(store, held).failed() for held in held_by(one).values()] == [[], []]
    assert archive_account(run_of(one), ACCOUNT).state == "already"
    assert supplement(run_of(one), ACCOUNT, reason="x").package_id == first
    change(run_of(one), ACCOUNT, "add", "t5", reason="Begärd")
    approve(run_of(one, "Cilla"), ACCOUNT)
    assert package_approved(run_of(one, "Cilla"), ACCOUNT).state == "done"
    assert [verify_held(store, held).failed() for held in held_by(one).values()] == [[], [], []]


def test_of_a_disposed_capture_nothing_is_corrected(one: Archive) -> None:
    """The message names the decision, and what can still be done."""
    execute(one.desk("Cilla"), order_of(one.desk("Cilla"), approved(one, rules=RAW)))
    with pytest.raises(ConfigError, match="was disposed of under KS 2025/0417") as told:
        correct(run_of(one, time=EXPIRED), ACCOUNT, reason=WHY)
    assert "--recapture" in told.value.next_step
    assert not [event for event in one.events() if "correction_of" in event.refs]
    assert Path(one.store).is_dir()
