"""Disposal: only what a decision covers, expired, without hold, approved by another; and what it leaves behind."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import _children
import pytest
from _disposal import ACCOUNT, DECIDED, EXPIRED, PLACE, RAW, WHOLE, Archive, approved, archive, disposals, found
from _sample_package import whole_package
from _store_context import store_context
from _waiting_store import Waiting
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows.destroying import execute, order_of
from flows.disposing import approve, plan_of, save_plan
from flows.holding import add_hold, release_hold
from flows.review_acts import supplement
from flows.reviewing import PERSON
from flows.stages import archive_account
from urval.cli import app
from urval.disposal import due_day
from urval.disposed import disposed_packages
from urval.errors import ConfigError, LockedError, StoreError, UrvalError, VerificationError
from urval.holdings import lost_packages, packages, previous_package, verify_held
from urval.ledger import State, check_chain, next_event
from urval.manifest import Previous, parse_manifest
from urval.removals import Draft, drafted
from urval.store import append_event, ledger_prefix, open_store, put_removal, read_events
from urval.verify import Status, Verdict, verify_store_context

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

if TYPE_CHECKING:
    from urval.disposal import Candidate

pytest_plugins = ("_s3_server",)


@pytest.fixture
def one(tmp_path: Path) -> Archive:
    """Return an archive with one packaged, verified period."""
    return archive(tmp_path)


def codes(candidates: list[Candidate]) -> list[list[str]]:
    """Return the codes of what stands against each candidate."""
    return [[it.code for it in one.obstacles] for one in candidates]


def against(one: Archive, rules: str, at: str = EXPIRED) -> list[str]:
    """Return what stands against the only candidate."""
    (candidate,) = found(one.desk(rules=rules, at=at))
    return [it.code for it in candidate.obstacles]


# ---- periods and plans -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "period", "due"),
    [
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2026, 1, 31), "P1M", date(2026, 2, 28)),
        (date(2026, 11, 2), "P18M", date(2028, 5, 2)),
        (date(2026, 12, 31), "P1Y2M1W3D", date(2028, 3, 10)),
        (date(2026, 1, 1), "P9999Y", date.max),
    ],
)
def test_a_period_ends_on_a_day_of_the_calendar(start: date, period: str, due: date) -> None:
    """Years and months are the calendar's; a day that a month has not becomes its last."""
    assert due_day(start, period) == due


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 500), st.integers(0, 500))
def test_a_longer_period_never_ends_earlier(start: date, months: int, days: int) -> None:
    """Adding to a period never makes it end earlier, and days are days."""
    assert due_day(start, f"P{months}M") <= due_day(start, f"P{months + 1}M")
    assert due_day(start, f"P{days}D") == start + timedelta(days=days)


@pytest.mark.parametrize(
    ("rules", "at", "code"),
    [
        (RAW, "2028-11-01T23:59:00+01:00", "not_expired"),
        (RAW.replace("2025-12-03", "2029-01-01"), EXPIRED, "not_in_force"),
        (RAW.replace("2025-12-03", "2025-12-03, valid_from: 2030-01-01"), EXPIRED, "not_in_force"),
        (RAW.replace("2025-12-03", "2025-12-03, covers_from: 2027-01-01"), EXPIRED, "not_covered"),
        (RAW.replace("P2Y,", "P2Y, hold: Tvist pågår,"), EXPIRED, "rule_hold"),
        (RAW.replace("captured_at", "case_closed"), EXPIRED, "not_begun"),
        (RAW.replace("P2Y,", "P2Y, needs: [receipt],"), EXPIRED, "no_receipt"),
        (RAW + "  - {id: bevara, class: unselected_raw, action: preserve}\n", EXPIRED, "kept_by_rule"),
    ],
)
def test_each_reason_against_disposal_is_told(one: Archive, rules: str, at: str, code: str) -> None:
    """Whatever stands against a disposal is named, nothing can be planned then, and nothing is written."""
    assert against(one, rules, at) == [code]
    desk = one.desk(rules=rules, at=at)
    with pytest.raises(UrvalError, match="nothing may be disposed of"):
        plan_of(desk, found(desk))
    assert not (one.store / "disposals").exists()


def test_without_a_decision_nothing_is_a_candidate(one: Archive) -> None:
    """A class without a rule that disposes has no candidates; a package needs all its classes decided."""
    assert found(one.desk(rules="  - {id: ej-valt, class: unselected_raw, action: preserve}\n")) == []
    late = "2040-01-01T00:00:00+01:00"
    assert against(one, WHOLE.splitlines(keepends=True)[0], late) == ["no_decision"]
    kept = WHOLE + "  - {id: manifestet, class: manifest, action: preserve}\n"
    assert against(one, kept, late) == ["kept_by_rule"]
    assert against(one, WHOLE, late) == []


def test_open_proposals_and_lost_packages_are_in_the_way(one: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a supplement is open its capture stays; and the capture stays where its package is gone."""
    monkeypatch.setenv("URVAL_SCRATCH", str(one.folder))
    supplement(Waiting(one.folder).run("Bo", "2027-01-04T09:00:00+01:00"), ACCOUNT, reason="Begärd", role=PERSON)
    assert against(one, RAW) == ["under_review"]
    shutil.rmtree(one.package())
    assert "not_verified" in against(one, RAW)


# ---- approval and execution ------------------------------------------------------------------------------------------


def test_the_one_who_planned_cannot_approve(one: Archive) -> None:
    """By whatever spelling; and an approval is given once."""
    desk = one.desk("Alva Ek")
    name = save_plan(desk, plan_of(desk, found(desk)))
    with pytest.raises(UrvalError, match="approved by another person"):
        approve(one.desk("ALVA\u200b  ek"), name)
    with pytest.raises(UrvalError, match="is not approved"):
        order_of(one.desk(), name)
    with pytest.raises(ConfigError, match="nobody is named"):
        approve(one.desk("unknown"), name)
    approve(one.desk("Bo"), name)
    with pytest.raises(UrvalError, match="approved already, by Bo"):
        approve(one.desk("Cilla"), name)


def test_a_changed_plan_or_approval_is_no_plan(one: Archive) -> None:
    """A plan bears the digest of its bytes, and an approval that of the plan."""
    name = approved(one)
    folder = one.store / "disposals" / "exempelstad" / name
    given_ = (folder / "approval.json").read_bytes()
    for file, old, new in (("approval.json", b'"Bo"', b'"Alva"'), ("plan.json", b'"Alva"', b'"Allan"')):
        data = (folder / file).read_bytes()
        (folder / file).chmod(0o644)
        (folder / file).write_bytes(data.replace(old, new))
        with pytest.raises((UrvalError, VerificationError)):
            order_of(one.desk(), name)
        (folder / file).write_bytes(data)
    assert (folder / "approval.json").read_bytes() == given_
    assert order_of(one.desk(), name).approval.by == "Bo"


@pytest.mark.parametrize("change", ["hold", "decision", "early", "touched"])
def test_everything_is_looked_at_again(one: Archive, change: str) -> None:
    """What comes between approval and execution stops it: a hold, another decision, the clock, changed bytes."""
    name = approved(one)
    desk = one.desk("Cilla")
    if change == "hold":
        add_hold(desk, ACCOUNT, period=None, package=None, reason="Tvist", case="KS 2028/1")
    elif change == "decision":
        desk = one.desk("Cilla", rules=RAW.replace("0417", "0999"))
    elif change == "early":
        desk = one.desk("Cilla", at="2028-10-01T00:00:00+01:00")
    else:
        next(one.capture().rglob("posts.parquet")).unlink()
    with pytest.raises(UrvalError, match="may not be destroyed"):
        order_of(desk, name)
    assert next(one.capture().rglob("capture.json")).is_file()
    assert not (one.store / "tombstones").exists()


def test_a_capture_is_disposed_of(one: Archive) -> None:
    """It is gone to the last file; tombstone, ledger and protocol tell of it and hold nothing it held."""
    name = approved(one)
    protocol = execute(one.desk("Cilla"), order_of(one.desk("Cilla"), name))
    assert not one.capture().exists()
    (act,) = disposals(one)
    assert check_chain(one.events()) == []
    assert (act.actor, act.refs["decision"], act.refs["approved_by"]) == ("Cilla", "KS 2025/0417", "Bo")
    stone = next((one.store / "tombstones").rglob("*.json")).read_bytes()
    told = [stone, *(path.read_bytes() for path in (one.store / "disposals").rglob("*.json"))]
    for content in (b"Kommentar", "Inlägg".encode(), b"t4", b"100064000000001"):
        assert not any(content in data for data in told)
    assert json.loads(stone)["executed_by"] == protocol.things[0].executed_by == "Cilla"
    again = execute(one.desk("Dora"), order_of(one.desk("Dora"), name))
    assert again == protocol
    assert len(disposals(one)) == 1
    assert verified(one).verdict is Verdict.VALID_AS_FAR_AS_CHECKED


def verified(one: Archive):  # noqa: ANN201 - a report
    """Return the report on the package."""
    store = open_store(str(one.store))
    return verify_held(store, next(packages(store)))


def test_verify_says_under_which_decision(one: Archive) -> None:
    """STO-4 passes with the decision's reference, in both languages and for programs."""
    execute(one.desk("Cilla"), order_of(one.desk("Cilla"), approved(one)))
    report = verified(one)
    (finding,) = [it for it in report.findings if it.code == "STO-4"]
    assert (finding.status, finding.found) == (Status.PASSED, "disposed under KS 2025/0417")
    assert "gallrad enligt KS 2025/0417" in report.to_text("sv")
    assert "SEL-6" not in report.failed()


def test_a_forged_tombstone_hides_nothing(one: Archive, tmp_path: Path) -> None:
    """A missing capture is a failure with a tombstone the ledger does not know, or of another digest."""
    execute(one.desk("Cilla"), order_of(one.desk("Cilla"), approved(one)))
    stone = next((one.store / "tombstones").rglob("*.json"))
    other = archive(tmp_path / "other")
    target = other.store / stone.relative_to(one.store)
    target.parent.mkdir(parents=True)
    shutil.copyfile(stone, target)
    shutil.rmtree(other.capture())
    assert verified(other).failed() == ["STO-4"]
    document = stone.read_bytes()
    stone.chmod(0o644)
    stone.write_bytes(document.replace(b'"files":13', b'"files":12'))
    assert verified(one).failed() == ["STO-4"]
    stone.write_bytes(document)
    assert verified(one).failed() == []
    stone.unlink()
    assert verified(one).failed() == ["STO-4"]


def test_a_package_is_disposed_of(one: Archive) -> None:
    """It is not lost; the package after it may name it still, by what the tombstone says."""
    held = next(packages(open_store(str(one.store))))
    late = "2029-11-02T09:00:00+01:00"
    name = approved(one, rules=WHOLE + RAW, at=late)
    desk = one.desk("Cilla", rules=WHOLE + RAW, at=late)
    protocol = execute(desk, order_of(desk, name))
    assert [it.thing.kind for it in protocol.things] == ["capture", "package"]
    store = open_store(str(one.store))
    assert list(packages(store)) == []
    assert lost_packages(store) == []
    assert [(prefix, it.sha256) for prefix, it in disposed_packages(store)] == [(held.prefix, held.manifest_sha256)]
    again = archive_account(Waiting(one.folder).run("Bo", late), ACCOUNT)
    assert (again.state, again.detail) == ("already", f"{held.package_id} was disposed of under KS 2025/0417")
    nxt = ("exempelstad", ACCOUNT, "2026-11-01--2027-05-01")
    link = previous_package(store, nxt, datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert link == (Previous(package_id=held.package_id, manifest_sha256=held.manifest_sha256), None)
    done = CliRunner().invoke(app, ["verify", str(one.store)])
    assert (done.exit_code, "disposed under KS 2025/0417" in done.output) == (0, True)
    shutil.rmtree(one.store / "tombstones")
    assert lost_packages(store) == [held.prefix]


def _executed_until(one: Archive, name: str, moment: int) -> None:
    """Execute a plan in a process that is killed just before so many names were made or removed."""

    def dying() -> None:
        desk = one.desk("Cilla")
        order = order_of(desk, name)
        _children.die_at(moment, frozenset({"os.remove", "os.link"}))
        execute(desk, order)

    assert _children.run(dying) is None


@pytest.mark.parametrize("moment", [1, 2, 3, 6, 15, 16, 17, 18])
def test_killed_at_any_moment_it_goes_on(one: Archive, moment: int) -> None:
    """Wherever it is killed, the ledger tells of no disposal that is not done, and the same command finishes it."""
    name = approved(one)
    _executed_until(one, name, moment)
    there = list(one.capture().rglob("*.*"))
    assert not (disposals(one) and there)
    whole = bool(list(one.capture().rglob("capture.json")))
    assert verified(one).failed() == ([] if whole or disposals(one) else ["STO-4"])
    execute(one.desk("Dora"), order_of(one.desk("Dora"), name))
    assert not one.capture().exists()
    assert len(disposals(one)) == 1
    assert verified(one).failed() == []
    assert next((one.store / "disposals").rglob("protocol.pdf")).is_file()


def test_a_hold_stops_what_was_cut_off(one: Archive) -> None:
    """Half destroyed and then held, nothing more is destroyed until the hold is released; who finishes is told."""
    name = approved(one)
    _executed_until(one, name, 6)
    left = sorted(one.capture().rglob("*"))
    hold = add_hold(one.desk("Bo"), ACCOUNT, period=PLACE[2], package=None, reason="Tvist", case="KS 2028/1").hold
    with pytest.raises(UrvalError, match="on hold"):
        order_of(one.desk("Dora"), name)
    assert sorted(one.capture().rglob("*")) == left
    release_hold(one.desk("Bo"), hold.id, reason="Avslutad", case="KS 2028/1")
    execute(one.desk("Dora"), order_of(one.desk("Dora"), name))
    (act,) = disposals(one)
    stone = json.loads(next((one.store / "tombstones").rglob("*.json")).read_bytes())
    assert (act.actor, stone["executed_by"]) == ("Dora", "Cilla")


def test_a_hold_put_at_the_last_moment_counts(one: Archive) -> None:
    """One that is put after everything was looked at, and before the first thing goes, stops it."""
    name = approved(one)
    order = order_of(one.desk("Cilla"), name)
    add_hold(one.desk("Bo"), ACCOUNT, period=None, package=None, reason="Tvist", case="KS 2028/1")
    with pytest.raises(UrvalError, match="on hold"):
        execute(one.desk("Cilla"), order)
    assert not (one.store / "tombstones").exists()


def _told_before(end: str) -> tuple[list[str], list[str]]:
    """Return what failed and warned of a package whose previous one was disposed of; its period ended so."""
    sample = whole_package()
    context = store_context(sample)
    previous = parse_manifest(context.manifest).previous
    assert previous is not None
    gone = ((previous.package_id, previous.manifest_sha256, f"2025-11-01--{end}"),)
    findings = verify_store_context(replace(context, neighbours=(), disposed=gone))
    failed = [it.code for it in findings if it.status is Status.FAILED]
    return [code for code in failed if code != "STO-3"], [code for code in failed if code == "STO-3"]


def test_the_chain_goes_on_over_a_tombstone() -> None:
    """A previous package that was disposed of is judged by the local days of its period."""
    assert _told_before("2026-05-01") == ([], [])
    assert _told_before("2026-04-01") == ([], ["STO-3"])
    assert _told_before("2026-07-01") == (["STO-2"], [])


def _entered(one: Archive, at: str) -> Path:
    """Enter a removed comment in the register at a time, and return its folder."""
    desk = one.desk()
    moment = datetime.fromisoformat(at)
    draft = Draft(link="https://x.example/1", reason="spam", removed_by="Bo", removed_at=at, text="Köp nu")
    entry = drafted(draft, (), desk.loaded.spec, desk.loaded.spec.account(ACCOUNT), now=moment, by="Bo")
    folder = one.folder / f"entry-{entry.id}"
    folder.mkdir()
    put_removal(desk.store, entry, folder)
    return one.store / "removals" / "exempelstad" / ACCOUNT / entry.id


def test_an_entry_of_the_register_is_disposed_of(one: Archive) -> None:
    """After a package has taken it in, not before; its tombstone holds no word of it."""
    rules = RAW.replace("unselected_raw", "removed_item")
    old, new = _entered(one, "2026-06-01T09:00:00+02:00"), _entered(one, "2026-11-10T09:00:00+01:00")
    late = "2029-01-01T09:00:00+01:00"
    assert {it.thing.id: [why.code for why in it.obstacles] for it in found(one.desk(rules=rules, at=late))} == {
        old.name: [],
        new.name: ["waits_for_package"],
    }
    name = approved(one, rules=rules, at=late)
    execute(one.desk("Cilla", rules=rules, at=late), order_of(one.desk("Cilla", rules=rules, at=late), name))
    assert (old.exists(), new.exists()) == (False, True)
    assert [act.refs["kind"] for act in disposals(one)] == ["removal"]
    assert "Köp" not in next((one.store / "tombstones").rglob("*.json")).read_text(encoding="utf-8")


def test_a_copy_of_the_store_is_disposed_of_by_the_same_plan(one: Archive) -> None:
    """Where plan, tombstones and ledger were copied to, the same command destroys what is left there."""
    copy = Archive(Path(shutil.copytree(one.folder, one.folder.parent / "copy")))
    name = approved(one)
    execute(one.desk("Cilla"), order_of(one.desk("Cilla"), name))
    for part in ("disposals", "tombstones", "ledger"):
        shutil.copytree(one.store / part, copy.store / part, dirs_exist_ok=True)
    assert next(copy.capture().rglob("capture.json")).is_file()
    execute(copy.desk("Dora"), order_of(copy.desk("Dora"), name))
    assert not copy.capture().exists()
    assert copy.events() == one.events()
    assert verified(copy).failed() == []


# ---- holds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("period", "package"), [(None, False), (PLACE[2], False), (None, True)])
def test_a_hold_stops_disposal_until_it_is_released(one: Archive, period: str | None, package: bool) -> None:
    """On account, period or package, and told in the ledger; given twice it is one; released it is over."""
    name = one.package().name if package else None
    put = add_hold(one.desk("Bo"), ACCOUNT, period=period, package=name, reason="Tvist", case="KS 2028/1")
    assert add_hold(one.desk("Bo"), ACCOUNT, period=period, package=name, reason="Tvist", case="KS 2028/1") == put
    assert codes(found(one.desk())) == [["hold"]]
    assert [event.refs["hold"] for event in one.events() if event.state is State.HELD] == [put.hold.id]
    release_hold(one.desk("Bo"), put.hold.id, reason="Avslutad", case="KS 2028/1")
    assert codes(found(one.desk())) == [[]]
    with pytest.raises(UrvalError, match="was released by Bo"):
        release_hold(one.desk("Bo"), put.hold.id, reason="Avslutad", case="KS 2028/1")
    assert check_chain(one.events()) == []


def test_a_hold_whose_record_was_taken_away_is_no_way_round(one: Archive) -> None:
    """The ledger tells of it, so nothing can be planned; nor does a forged release end it."""
    put = add_hold(one.desk("Bo"), ACCOUNT, period=None, package=None, reason="Tvist", case="KS 2028/1")
    record = next((one.store / "holds").rglob("*.json"))
    data = record.read_bytes()
    record.with_suffix(".release.json").write_bytes(
        b'{"at":"2028-11-02T08:00:00Z","by":"X","case":"x","format":"urval-release/1","hold":"'
        + put.hold.id.encode()
        + b'","reason":"x"}'
    )
    assert codes(found(one.desk())) == [["hold"]]
    record.unlink()
    with pytest.raises(StoreError, match="its record is gone"):
        found(one.desk())
    record.write_bytes(data)


def test_what_cannot_be_held_is_told(one: Archive) -> None:
    """An account without a ledger, an unknown package, a blank reason."""
    for account, package, reason in (("nobody", None, "x"), (ACCOUNT, "no-such", "x"), (ACCOUNT, None, " ")):
        with pytest.raises(ConfigError):
            add_hold(one.desk("Bo"), account, period=None, package=package, reason=reason, case="KS 1")
    assert not (one.store / "holds").exists()


# ---- the protocol, the commands --------------------------------------------------------------------------------------


def test_the_protocol_is_pdf_a(one: Archive) -> None:
    """VeraPDF accepts it, and it names the decision and the people."""
    execute(one.desk("Cilla"), order_of(one.desk("Cilla"), approved(one)))
    file = next((one.store / "disposals").rglob("protocol.pdf"))
    if lacking := verapdf.missing():
        pytest.skip(f"needs {lacking}")
    assert all(verdict.compliant for verdict in verapdf.judge([file]))
    from pypdf import PdfReader

    text = "\n".join(page.extract_text() for page in PdfReader(file).pages)
    for words in ("Gallringsprotokoll", "KS 2025/0417", "Alva", "Bo", "Cilla", "P2Y"):
        assert words in text


def test_the_commands(one: Archive) -> None:
    """Plan, approve, execute and list on the command line; a dry run destroys nothing."""
    rules = RAW + RAW.replace("ej-valt", "meddelanden").replace("unselected_raw", "private_message")
    one.desk(rules=rules)
    common = ["--spec", str(one.folder / "disposing.yaml"), "--store", str(one.store), "--fixed-time", EXPIRED]

    def urval(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, *common], catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    told = urval("dispose", "plan", "--language", "sv")
    assert "not executed by Urval" in told
    assert "1 of 1 may be disposed of today" in told
    assert not (one.store / "disposals").exists()
    name = json.loads(urval("dispose", "plan", "--save", "--by", "Alva", "--json"))["plan"]
    urval("dispose", "approve", name, "--by", "Bo")
    assert "would destroy" in urval("dispose", "execute", name, "--by", "Cilla")
    assert one.capture().exists()
    assert "disposed under KS 2025/0417" in urval("dispose", "execute", name, "--by", "Cilla", "--confirm")
    assert not one.capture().exists()
    assert [row["stands"] for row in json.loads(urval("dispose", "list", "--json"))] == ["executed"]
    why = ("--reason", "x", "--case", "K", "--by", "Bo")
    hold = json.loads(urval("hold", "add", "--account", ACCOUNT, *why, "--json"))
    assert "in force" in urval("hold", "list")
    urval("hold", "release", hold["id"], *why)
    assert "released" in urval("hold", "list")


# ---- S3 --------------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_locked_bucket_refuses(one: Archive, s3, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001 - the fixture
    """Retention is told by the plan and stops it; a hold is the store's too; without either it is destroyed."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    bucket = s3.bucket("disposal-locked", lock=True)
    locked, free = s3.uri(f"{bucket}/locked", lock="COMPLIANCE", retain_days="1"), s3.uri(f"{bucket}/free")
    package = f"{one.package().relative_to(one.store).as_posix()}/data/"
    for uri in (locked, free):
        store = open_store(uri)
        for path in sorted(path for path in one.store.rglob("*") if path.is_file()):
            key = path.relative_to(one.store).as_posix()
            if not key.startswith(package):  # a plan reads no payload
                store.put(key, path)
    (candidate,) = found(one.desk(store=locked))
    assert [it.code for it in candidate.obstacles] == ["locked"]
    assert "until 20" in candidate.obstacles[0].about
    with pytest.raises(LockedError):
        open_store(locked).delete(candidate.thing.thing)
    name = approved(one, store=free)
    desk = one.desk("Cilla", store=free)
    put = add_hold(desk, ACCOUNT, period=None, package=None, reason="Tvist", case="KS 2028/1")
    assert put.versions >= 15
    with pytest.raises(LockedError):
        desk.store.delete(candidate.thing.thing)
    release_hold(desk, put.hold.id, reason="Avslutad", case="KS 2028/1")
    execute(desk, order_of(desk, name))
    assert list(desk.store.keys(candidate.thing.thing)) == []
    events = read_events(desk.store, ledger_prefix(*PLACE))
    assert [event.state for event in events][-3:] == [State.HELD, State.RELEASED, State.DISPOSED]


# ---- what else stands in the way -------------------------------------------------------------------------------------


def test_a_broken_ledger_stops_disposal(one: Archive) -> None:
    """Where the chain is broken nobody knows what is held, so nothing is disposed of."""
    event = sorted((one.store / "ledger" / Path(*PLACE)).iterdir())[1]
    event.chmod(0o644)
    event.write_bytes(event.read_bytes().replace(b"2026", b"2027", 1))
    assert "ledger_broken" in against(one, RAW)


def test_receipt_and_delivery_come_from_the_ledger(one: Archive) -> None:
    """A period may count from the delivery, and wait for its receipt."""
    rules = RAW.replace("captured_at", "delivered_at").replace("P2Y,", "P1Y, needs: [receipt],")
    assert against(one, rules) == ["not_begun", "no_receipt"]
    desk = one.desk(at="2027-06-01T09:00:00+01:00")
    for state in (State.DELIVERED, State.RECEIVED):
        events = read_events(desk.store, ledger_prefix(*PLACE))
        refs = {"package": one.package().name}
        event = next_event(events, state, at=desk.clock(), actor="Bo", role="archivist", refs=refs)
        append_event(desk.store, ledger_prefix(*PLACE), event)
    assert against(one, rules, "2028-05-31T09:00:00+01:00") == ["not_expired"]
    assert against(one, rules, "2028-06-01T09:00:00+01:00") == []
    assert DECIDED in rules
