"""The reading room's verifications: started, watched, read and printed, without anything being written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from _authority import authority
from _reading_room import client, json_of, visitor
from _room_verification import HeldUp, asked, verified
from _run_store import ARCHIVE, package_folders, run_store, store_copy
from _sample_package import ACCOUNT
from _sealing import key
from starlette.testclient import TestClient

from urval.manifest import sha256_hex
from urval.reading_room import Room, RoomSettings, create_app
from urval.reading_room.access.restrictions import Restricted
from urval.reading_room.faults import ConflictError
from urval.reading_room.judging import Asked, trimmed
from urval.reading_room.reported import HIDDEN, touches_restricted, without_restricted
from urval.reading_room.verifying import KEPT, WAITING, Stage, Verifications
from urval.store import open_store
from urval.verify import CODES, Finding, Level, Report, Severity, Status, Trust, Verdict

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def _target(store: Path, number: int = 0) -> str:
    return f"{ARCHIVE}/{ACCOUNT}/{package_folders(store)[number].name}"


def _digests(store: Path) -> dict[str, str]:
    return {str(path): sha256_hex(path.read_bytes()) for path in sorted(store.rglob("*")) if path.is_file()}


def test_a_good_package_is_verified_and_nothing_is_written(tmp_path: Path) -> None:
    """A verification tells the verdict, who signed and when, in both languages, and leaves every byte as it was."""
    store = store_copy(tmp_path)
    before = _digests(store)
    with client(store, tmp_path) as asking:
        told = verified(asking, _target(store))
        page = asking.get("/verifications/1", headers={"accept-language": "sv"}).text
        sheet = asking.get("/verifications/1/sheet.pdf")
        listed = json_of(asking, "/verifications.json")["verifications"]
    (report,) = told["reports"]
    assert (told["stage"], told["part"], report["failed"]) == ("done", 1.0, [])
    assert report["signed_by"]
    assert report["stamps"]
    assert told["verdict"] in {"valid", "valid_as_far_as_checked"}
    assert all(one["reason"] for one in report["unchecked"])
    assert "GILTIGT" in page
    assert f"urval verify {store} --account {ACCOUNT} --level full" in page
    assert sheet.content.startswith(b"%PDF-")
    assert sheet.headers["content-disposition"].startswith("attachment")
    assert [one["verdict"] for one in listed] == [told["verdict"]]
    assert _digests(store) == before


def test_a_damaged_package_is_told_with_its_clauses(tmp_path: Path) -> None:
    """What was altered is named with code, expectation and finding; a hostile file name is shown and does nothing."""
    store = store_copy(tmp_path)
    folder = package_folders(store)[0]
    with (folder / "data" / "README.txt").open("a") as file:
        file.write("!")
    (folder / "data" / HOSTILE).write_text("x")
    with client(store, tmp_path) as asking:
        told = verified(asking, _target(store), "digests")
        page = asking.get("/verifications/1").text
    (report,) = told["reports"]
    readme = next(one for one in report["failed"] if one["subject"] == "data/README.txt" and one["code"] == "BAG-3")
    assert told["verdict"] == "not_valid"
    assert len(readme["expected"]) == len(readme["found"]) == 64
    assert readme["section"] == 1
    assert "NOT VALID" in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert any("onerror" in one["subject"] for one in report["failed"])


def test_an_account_is_verified_with_its_runs_and_what_is_lost(tmp_path: Path) -> None:
    """A package that ledger and runs name and that was deleted is told as missing, and the verdict is not valid."""
    store = store_copy(tmp_path)
    with client(store, tmp_path) as asking:
        target = _target(store)
        shutil.rmtree(package_folders(store)[0])
        of: Verifications = asking.app.state.room.verifications  # type: ignore[attr-defined]
        gone = Asked(archive=ARCHIVE, account=ACCOUNT, package=target.rpartition("/")[2])  # the index may know by now
        of.wait(of.start(gone).number, 60)
        alone = json_of(asking, "/verifications/1.json")
        told = verified(asking, f"{ARCHIVE}/{ACCOUNT}")
        page = asking.get("/verifications/2").text
        sheet = asking.get("/verifications/1/sheet.pdf")
    assert alone["stage"] == "failed"
    assert "is not in the store" in alone["problem"]
    assert sheet.status_code == 409
    assert told["stage"] == "done"
    assert told["verdict"] == "not_valid"
    assert [one["package_id"] for one in told["lost"]] == [target.rpartition("/")[2]]
    assert "RUN-9" in {one["code"] for report in told["reports"] if report["is_runs"] for one in report["failed"]}
    assert told["newest_run"][0] == "000002"
    assert "Packages are missing" in page


def test_one_runs_at_a_time_and_the_same_asked_twice_is_one(tmp_path: Path) -> None:
    """While one runs its page shows the way and renews itself; the same asked again leads there; another waits."""
    store = HeldUp(run_store())
    settings = RoomSettings(cache=tmp_path / "cache", access_log=tmp_path / "log.jsonl")
    room = Room(store, settings)
    room.index.bring_up_to_date(store)
    with TestClient(create_app(room, visitor=visitor()), base_url="http://127.0.0.1", follow_redirects=False) as asking:
        first = asked(asking, _target(run_store()))
        assert store.reached.wait(30)
        second = asked(asking, _target(run_store(), 1), "structure")
        again = asked(asking, _target(run_store()))
        running, waiting = (json_of(asking, f"{address}.json") for address in (first, second))
        page = asking.get(first, headers={"accept-language": "en"}).text
        store.let_go.set()
        done = [room.verifications.wait(number, 60) for number in (1, 2)]
    assert again == first != second
    assert (running["stage"], waiting["stage"]) == ("running", "waiting")
    assert 0 <= running["part"] < 1
    assert "<progress" in page
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert [job.stage for job in done] == [Stage.DONE, Stage.DONE]


def test_the_queue_and_the_memory_have_an_end(tmp_path: Path) -> None:
    """Ten wait and no more; fifty are remembered and no more."""
    of = Verifications(HeldUp(tmp_path))
    for number in range(KEPT + 5):
        job = of.start(Asked(archive=f"a{number}"))
        assert of.wait(job.number, 30).stage is Stage.FAILED
    assert len(of.all()) <= KEPT + 1
    store = HeldUp(run_store())
    busy = Verifications(store)
    busy.start(Asked(archive=ARCHIVE))
    assert store.reached.wait(30)
    for number in range(WAITING):
        busy.start(Asked(archive=f"b{number}"))
    with pytest.raises(ConflictError):
        busy.start(Asked(archive="one-too-many"))
    store.let_go.set()
    busy.close()
    of.close()


def test_seals_are_judged_by_what_the_room_was_given() -> None:
    """With the archive's list of keys and the authority's certificate a seal is good; with another's it is not."""
    verdicts = []
    for signer, name in ((key(), "good"), (key("two"), "other")):
        trust = Trust(allowed_signers=signer.line(), keys_from=name, signed=True, authorities=authority().ca)
        of = Verifications(open_store(str(run_store())), trust)
        asked_for = Asked(archive=ARCHIVE, package=package_folders(run_store())[1].name, level=Level.STRUCTURE)
        job = of.wait(of.start(asked_for).number, 60)
        verdicts.append((job.verdict, "SEA-2" in job.reports[0].failed()))
        of.close()
    assert verdicts == [(Verdict.VALID_AS_FAR_AS_CHECKED, False), (Verdict.NOT_VALID, True)]


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """An unknown target, another level, a form of nobody's and an unknown number are answered with the right status."""
    with client(run_store(), tmp_path) as asking:
        asked(asking, "../../etc", status=400)
        asked(asking, f"{ARCHIVE}/{ACCOUNT}/x/y", status=400)
        asked(asking, ARCHIVE, level="deep", status=422)
        forged = asking.post("/verifications", data={"token": "x", "target": ARCHIVE, "level": "full"})
        gone = asking.get("/verifications/7")
        hostile = asking.get("/verifications", params={"archive": HOSTILE})
        none = json_of(asking, "/verifications.json")["verifications"]
    assert (forged.status_code, gone.status_code, hostile.status_code) == (403, 404, 422)
    assert "<img" not in hostile.text
    assert none == []


def _finding(code: str, subject: str, found: str = "x") -> Finding:
    return Finding(
        code=code, status=Status.FAILED, severity=Severity.ERROR, subject=subject, expected="", found=found, message=""
    )


def test_findings_tell_visitors_nothing_of_restricted_items() -> None:
    """A finding that names a restricted item keeps its clause and loses its data; others stay as they are."""
    report = Report("p", Level.FULL, (
        _finding("REF-2", "comments: 17_4"), _finding("TAB-2", "data/tables/posts: 1, text", "hemligt"),
        _finding("BAG-3", "data/README.txt"),
    ))  # fmt: skip
    told = without_restricted(report, Restricted(frozenset({"17_4"}))).findings
    unsure = without_restricted(report, Restricted(problem="the ledger is broken")).findings
    assert [(one.subject, one.found) for one in told] == [
        (HIDDEN, ""), ("data/tables/posts: 1, text", HIDDEN), ("data/README.txt", "x"),
    ]  # fmt: skip
    assert [one.subject for one in unsure] == [HIDDEN, HIDDEN, "data/README.txt"]
    assert without_restricted(report, Restricted()) is report
    assert not touches_restricted(replace(report, findings=report.findings[2:]), Restricted(frozenset({"17_4"})))


def test_a_report_is_cut_without_changing_its_verdict() -> None:
    """A hundred thousand failures take the room of a few; each code keeps one of each outcome, the verdict stays."""
    passed = [replace(_finding(code, "", ""), status=Status.PASSED) for code in CODES]
    many = [_finding("REF-2", f"comments: {number}" * 100) for number in range(1_000)]
    report = Report("p", Level.FULL, tuple(passed + many))
    small, left = trimmed(report, 5)
    again, _ = trimmed(report, 0)
    assert small.verdict is again.verdict is Verdict.NOT_VALID
    assert len(small.findings) + left == len(report.findings)
    assert [one.code for one in small.findings].count("REF-2") == 7
    assert [one.code for one in again.findings].count("REF-2") == 2
    assert max(len(one.subject) for one in small.findings) <= 201
