"""Reviews in a store: acts are written once, whoever comes second is told, and only what was approved is packaged."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import _children
import pytest
from _reviews import PDF, png
from _sample_package import ACCOUNT
from _waiting_store import Waiting, fill, waiting

from flows.packaging import package_approved
from flows.review_acts import approve, attach, change, send_back, supplement
from flows.reviewing import actor, approve_unseen, approved, propose, sitting, stand, still_approved, write
from flows.run_manifests import close_run
from flows.stages import archive_account, select_threads
from flows.waiting_reviews import waiting as list_waiting
from urval import review
from urval.capture import Capture
from urval.errors import ConfigError, MalformedError, UrvalError
from urval.holdings import packages, verify_held
from urval.ledger import State, check_chain
from urval.manifest import parse_manifest
from urval.store import open_store
from urval.verify import FolderReader, Level, verify_package

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("_s3_server", "_stores")
LATER = "2026-11-04T09:00:00+01:00"
TAKEN = datetime(2026, 11, 3, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()


@pytest.fixture
def one(tmp_path: Path) -> Waiting:
    """Return a proposal that waits for one person."""
    return waiting(tmp_path)


def stored_capture_folder(one: Waiting) -> Path:
    """Return where the capture lies."""
    return next((one.store / "captures").glob("*/*/*/*"))


# ---- acts ----------------------------------------------------------------------------------------------------------


def test_a_review_from_proposal_to_verified_package(one: Waiting) -> None:
    """What was added, taken out, attached and approved is in the package and its ledger, and all of it verifies."""
    run = one.run()
    change(run, ACCOUNT, "add", "t4", reason="Visar en vanlig  dag")
    change(run, ACCOUNT, "remove", "t2", reason="Dubblett")
    for data, caption in ((png(), "Sidan på min skärm"), (PDF, "Sidan som utskrift")):
        attach(run, ACCOUNT, data, caption=caption, taken_by="Bo", taken_at=TAKEN)
    proposal = approve(one.run("Cilla", LATER), ACCOUNT)
    outcome = package_approved(one.run("Cilla", LATER), ACCOUNT)
    assert (outcome.state, outcome.detail) == ("done", "7 threads: 4 kept, 2 dropped, 1 excluded")
    held = next(packages(open_store(str(one.store))))
    manifest = held.manifest
    assert manifest is not None
    stated = manifest.review
    assert stated.proposal_sha256 == proposal.digest
    assert (stated.looked_at, stated.persons) == (True, 1)
    assert [(entry.by, entry.role) for entry in stated.approvals] == [("Cilla", "archivist")]
    assert [(entry.action, entry.thread, entry.reason, entry.by) for entry in stated.changes] == [
        ("remove", "t2", "Dubblett", "Alva"),
        ("add", "t4", "Visar en vanlig dag", "Alva"),
    ]
    assert {entry.caption: entry.mime for entry in stated.attachments} == {
        "Sidan på min skärm": "image/png",
        "Sidan som utskrift": "application/pdf",
    }
    close_run(run, run.clock())
    report = verify_held(open_store(str(one.store)), held)
    assert (report.failed(), report.counts["not_checked"]) == ([], 0)
    assert check_chain(one.events()) == []
    assert stand(one.run(), ACCOUNT) == "none"
    said = " ".join(manifest.cannot_show)
    assert "Ingen person har granskat" not in said
    for words in ("lades till för hand", "togs bort för hand", "Vyerna i data/review", "vald statistiskt"):
        assert words in said
    folder = one.store / held.prefix
    page = (folder / "data/snapshot/page.html").read_text()
    for entry in stated.attachments:
        assert f"../{entry.file.removeprefix('data/')}" in page
        assert entry.caption in page
    shown = "".join(path.read_text() for path in (folder / "data/snapshot/threads").iterdir())
    assert "Tillagd vid granskningen av Alva 2026-11-03 09:00: Visar en vanlig dag" in shown
    assert shown.count("data-thread-id") == 4


def test_a_change_makes_the_approval_void(tmp_path: Path) -> None:
    """What comes after an approval must be approved anew, and the package cannot be made before."""
    one = waiting(tmp_path, persons=2)
    approve(one.run("Bo"), ACCOUNT)
    approve(one.run("Cilla"), ACCOUNT)
    assert stand(one.run(), ACCOUNT) == "approved"
    attach(one.run("Alva"), ACCOUNT, png(), caption="Sidan", taken_by="Alva", taken_at=TAKEN)
    assert stand(one.run(), ACCOUNT) == "proposed"
    with pytest.raises(ConfigError, match="waits for 2 more approvals"):
        package_approved(one.run("Alva"), ACCOUNT)
    approve(one.run("Bo"), ACCOUNT)
    with pytest.raises(ConfigError, match="waits for 1 more approval"):
        package_approved(one.run("Alva"), ACCOUNT)


def test_the_two_person_rule(tmp_path: Path) -> None:
    """Two different people approve, by whatever spelling, and not the one who changed the proposal last."""
    one = waiting(tmp_path, persons=2)
    change(one.run("Alva"), ACCOUNT, "add", "t4", reason="x")
    with pytest.raises(UrvalError, match="Alva made the last change"):
        approve(one.run("Alva"), ACCOUNT)
    approve(one.run("Bo"), ACCOUNT)
    with pytest.raises(UrvalError, match="BO has approved already"):
        approve(one.run("BO"), ACCOUNT)
    assert stand(one.run(), ACCOUNT) == "proposed"
    approve(one.run("Cilla"), ACCOUNT)
    with pytest.raises(UrvalError, match=r"approved already, by Bo at .* and Cilla at "):
        approve(one.run("David"), ACCOUNT)
    assert stand(one.run(), ACCOUNT) == "approved"


def test_two_people_at_once(tmp_path: Path, one: Waiting) -> None:
    """Of two processes that approve at the same moment one wins, the other is told who did, and one approval stands."""
    gate = tmp_path / "gate"

    def approving(name: str) -> str:
        while not gate.exists():
            pass
        approve(one.run(name), ACCOUNT)
        return name

    children = [_children.start(lambda name=name: approving(name)) for name in ("Bo", "Cilla")]
    gate.touch()
    outcomes = [_children.finish(*child) for child in children]
    won = [outcome for outcome in outcomes if isinstance(outcome, str)]
    lost = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert len(won) == len(lost) == 1
    assert won[0] in lost[0][1]
    assert lost[0][2]
    assert [event.actor for event in one.events() if event.state is State.APPROVED] == won


def test_who_approves_what_another_has_just_changed_is_told(one: Waiting) -> None:
    """An approval is never moved behind a change that its author has not seen."""
    run = one.run("Bo")
    with sitting(run, ACCOUNT) as seen:
        change(one.run("Alva"), ACCOUNT, "add", "t4", reason="x")
        event = review.approve(seen.events, seen.proposal, actor=actor(run))
        with pytest.raises(ConfigError, match="Alva"):
            write(run, ACCOUNT, event)
    assert stand(run, ACCOUNT) == "proposed"


def test_a_proposal_other_than_the_one_looked_at(one: Waiting) -> None:
    """Whoever names the digest of what they looked at approves that and nothing else."""
    with sitting(one.run(), ACCOUNT) as seen:
        looked = seen.proposal.digest
    now = change(one.run(), ACCOUNT, "add", "t4", reason="x").digest
    assert now != looked
    with pytest.raises(UrvalError, match="is not the one that stands now"):
        approve(one.run("Bo"), ACCOUNT, looked=looked)
    with pytest.raises(ConfigError, match="no beginning of a proposal's digest"):
        approve(one.run("Bo"), ACCOUNT, looked="12")
    assert approve(one.run("Bo"), ACCOUNT, looked=now[:12].upper()).digest == now


def test_the_same_change_and_back_is_the_same_proposal(one: Waiting) -> None:
    """Taking back what was added restores the very digest of before."""
    with sitting(one.run(), ACCOUNT) as seen:
        before = seen.proposal.digest
    assert before == one.events()[-1].refs["proposal"]
    change(one.run(), ACCOUNT, "add", "t4", reason="x")
    assert change(one.run(), ACCOUNT, "remove", "t4", reason="ändå inte").digest == before


# ---- what changed underneath ---------------------------------------------------------------------------------------


def test_a_capture_that_changed_is_not_approved(one: Waiting) -> None:
    """A byte changed anywhere in the capture stops the approval; so does another capture.json, or none."""
    folder = stored_capture_folder(one)
    medium = next((folder / "media").iterdir())
    medium.chmod(0o644)
    whole = medium.read_bytes()
    medium.write_bytes(whole + b"x")
    with pytest.raises(MalformedError, match="have changed"):
        approve(one.run(), ACCOUNT)
    medium.write_bytes(whole)
    document = folder / "capture.json"
    document.chmod(0o644)
    text = document.read_bytes()
    document.write_bytes(text.replace(b"2026-host", b"2026-hast"))
    with pytest.raises(MalformedError, match="is not the one that was proposed"):
        approve(one.run(), ACCOUNT)
    document.write_bytes(text)
    assert approve(one.run(), ACCOUNT).selection.kept == 4


def test_a_capture_that_is_gone_is_told(one: Waiting) -> None:
    """Without the capture nothing can be reviewed, and the sentence says what to do."""
    shutil.rmtree(stored_capture_folder(one))
    with pytest.raises(ConfigError, match="is not in the store") as told:
        approve(one.run(), ACCOUNT)
    assert "Restore" in told.value.next_step


def test_another_spec_is_told(one: Waiting) -> None:
    """A spec that differs in one letter from the one captured with is refused for every act that selects."""
    one.spec.write_bytes(one.spec.read_bytes() + b"# later\n")
    for act in (
        lambda: approve(one.run(), ACCOUNT),
        lambda: change(one.run(), ACCOUNT, "add", "t4", reason="x"),
    ):
        with pytest.raises(ConfigError, match="another archive spec"):
            act()
    assert [event.state for event in one.events()] == [State.DUE, State.CAPTURED, State.PROPOSED]


def test_an_attachment_that_changed_is_not_packaged(one: Waiting) -> None:
    """A file below reviews/ that is not what was attached stops the package."""
    made = attach(one.run(), ACCOUNT, png(), caption="Sidan", taken_by="Bo", taken_at=TAKEN)
    approve(one.run("Cilla"), ACCOUNT)
    path = next((one.store / "reviews").rglob("*.png"))
    assert path.stem == made.sha256
    path.chmod(0o644)
    path.write_bytes(png(colour="red"))
    with pytest.raises(UrvalError):
        package_approved(one.run("Cilla"), ACCOUNT)
    assert list(packages(open_store(str(one.store)))) == []


def test_a_change_while_the_package_is_built(one: Waiting) -> None:
    """What was approved is looked at again before it is stored."""
    run = one.run("Bo")
    approve(run, ACCOUNT)
    capture = Capture(stored_capture_folder(one))
    what = approved(run, ACCOUNT, capture, one.folder)
    still_approved(run, ACCOUNT, what.review)
    change(one.run("Alva"), ACCOUNT, "add", "t4", reason="x")
    with pytest.raises(ConfigError, match="Alva wrote 'proposed' while the package was built"):
        still_approved(run, ACCOUNT, what.review)


# ---- attaching, sending back, unseen -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "neither a PNG nor a PDF"),
        (b"", "neither a PNG nor a PDF"),
        (png()[:-20], "broken or cut off"),
        (b"%PDF-1.7 no end", "cut off: it has no end"),
    ],
)
def test_only_whole_pictures_and_pdfs_are_attached(one: Waiting, data: bytes, words: str) -> None:
    """Anything else is refused, and neither stored nor noted."""
    with pytest.raises(ConfigError, match=words):
        attach(one.run(), ACCOUNT, data, caption="Sidan", taken_by="Bo", taken_at=TAKEN)
    assert not (one.store / "reviews").exists()
    assert one.events()[-1].refs.get("act") is None


def test_an_attachment_keeps_to_the_rules(one: Waiting) -> None:
    """The same file twice, a view from the future and blank words are refused."""
    attach(one.run(), ACCOUNT, PDF, caption="Sidan", taken_by="Bo", taken_at=TAKEN)
    with pytest.raises(ConfigError, match="attached already"):
        attach(one.run(), ACCOUNT, PDF, caption="Sidan igen", taken_by="Bo", taken_at=TAKEN)
    with pytest.raises(ConfigError, match="later than now"):
        attach(one.run(), ACCOUNT, png(), caption="Sidan", taken_by="Bo", taken_at=TAKEN + timedelta(days=9))
    with pytest.raises(ConfigError, match="caption is blank"):
        attach(one.run(), ACCOUNT, png(), caption=" \n", taken_by="Bo", taken_at=TAKEN)


def test_sent_back_and_captured_again(tmp_path: Path, one: Waiting) -> None:
    """After a proposal is sent back the next capture is another one, and the acts before it do not count."""
    change(one.run(), ACCOUNT, "add", "t4", reason="x")
    with pytest.raises(ConfigError, match="reason is blank"):
        send_back(one.run(), ACCOUNT, reason="  ")
    send_back(one.run(), ACCOUNT, reason="Bilderna saknas")
    assert stand(one.run(), ACCOUNT) == "returned"
    with pytest.raises(UrvalError, match="it stands at 'returned'"):
        approve(one.run(), ACCOUNT)
    assert one.run().attempt(ACCOUNT) == 2
    fill(one.run("schedule"), tmp_path / "again", one.spec.read_bytes())
    with sitting(one.run(), ACCOUNT) as seen:
        assert (seen.proposal.state.changes, seen.proposal.state.is_open) == ((), True)


def test_unseen_is_recorded_as_unseen(one: Waiting) -> None:
    """What a program approved says so in the ledger, and in the package's own words."""
    outcome = archive_account(one.run("schedule"), ACCOUNT, approve_unseen=True)
    assert outcome.state == "done", outcome.detail
    event = next(event for event in one.events() if event.state is State.APPROVED)
    assert (event.role, event.refs["looked_at"]) == ("run", "no")
    held = next(packages(open_store(str(one.store))))
    assert held.manifest is not None
    assert not held.manifest.review.looked_at
    assert any("Ingen person har granskat" in sentence for sentence in held.manifest.cannot_show)


def test_unseen_is_refused_under_the_two_person_rule(tmp_path: Path) -> None:
    """No program stands in for two people."""
    one = waiting(tmp_path, persons=2)
    capture = Capture(stored_capture_folder(one))
    with pytest.raises(UrvalError, match="two people approve, so nothing is approved unseen"):
        approve_unseen(one.run("schedule"), ACCOUNT, capture)


def test_proposing_again_changes_nothing(one: Waiting) -> None:
    """A second run finds the proposal open and leaves it, with what people did in it."""
    change(one.run(), ACCOUNT, "add", "t4", reason="x")
    run, before = one.run("schedule", LATER), one.events()
    capture = Capture(stored_capture_folder(one))
    propose(run, ACCOUNT, capture, select_threads(run, ACCOUNT, capture))
    assert archive_account(run, ACCOUNT).state == "waits"
    assert one.events() == before


# ---- supplements ---------------------------------------------------------------------------------------------------


def test_a_supplement(one: Waiting) -> None:
    """A package is never changed; a supplement holds what is added, names the package, and verifies on its own."""
    with pytest.raises(ConfigError, match="there is no package"):
        supplement(one.run(), ACCOUNT, reason="x")
    approve(one.run("Bo"), ACCOUNT)
    package_approved(one.run("Bo"), ACCOUNT)
    first = next(packages(open_store(str(one.store))))
    with pytest.raises(UrvalError, match="a package is never changed") as told:
        change(one.run("Bo", LATER), ACCOUNT, "add", "t4", reason="x")
    assert "supplement" in told.value.next_step
    link = supplement(one.run("Bo", LATER), ACCOUNT, reason="En forskare bad om tråden")
    assert (link.package_id, link.manifest_sha256) == (first.package_id, first.manifest_sha256)
    with pytest.raises(UrvalError, match="a proposal is open already"):
        supplement(one.run("Bo", LATER), ACCOUNT, reason="x")
    with pytest.raises(UrvalError, match="adds nothing yet"):
        approve(one.run("Bo", LATER), ACCOUNT)
    with pytest.raises(ConfigError, match="lies in a package of this period already"):
        change(one.run("Bo", LATER), ACCOUNT, "add", "t1", reason="x")
    with pytest.raises(ConfigError, match="excluded by rule"):
        change(one.run("Bo", LATER), ACCOUNT, "add", "t6", reason="x")
    change(one.run("Bo", LATER), ACCOUNT, "add", "t4", reason="En forskare bad om den")
    approve(one.run("Bo", LATER), ACCOUNT)
    package_approved(one.run("Bo", LATER), ACCOUNT)
    held = [entry for entry in packages(open_store(str(one.store))) if entry.package_id != first.package_id]
    assert len(held) == 1
    manifest = held[0].manifest
    assert manifest is not None
    assert manifest.supplements == link
    assert (manifest.selection.kept, manifest.selection.dropped, manifest.selection.excluded) == (1, 5, 1)
    assert any(f"kompletterar {first.package_id}" in sentence for sentence in manifest.cannot_show)
    for entry in (first, held[0]):
        assert verify_held(open_store(str(one.store)), entry).failed() == []
    again = parse_manifest((one.store / first.prefix / "manifest.json").read_bytes())
    assert again == first.manifest


def test_waiting_proposals_are_listed(one: Waiting) -> None:
    """The list says what waits, since when and for how many people, and is empty when nothing does."""
    change(one.run(), ACCOUNT, "add", "t4", reason="x")
    rows = list_waiting(str(one.spec), str(one.store), fixed_time="2026-11-20T09:00:00+01:00")
    assert [(row.account, row.occasion, row.days, row.approvals, row.persons, row.changes) for row in rows] == [
        (ACCOUNT, "2026-host", 18, 0, 1, 1)
    ]
    send_back(one.run(), ACCOUNT, reason="x")
    assert list_waiting(str(one.spec), str(one.store)) == []


def test_a_review_in_any_store(uri: str, tmp_path: Path) -> None:
    """Changing, attaching and approving work in a bucket as in a folder, and what was approved can be fetched."""
    one = waiting(tmp_path)
    run = one.run("schedule", "2026-11-02T09:00:00+01:00", store=uri)
    fill(run, tmp_path / "capture", one.spec.read_bytes())
    person = one.run("Alva", store=uri)
    change(person, ACCOUNT, "add", "t4", reason="x")
    attach(person, ACCOUNT, PDF, caption="Sidan", taken_by="Bo", taken_at=TAKEN)
    digest = approve(person, ACCOUNT).digest
    what = approved(person, ACCOUNT, Capture(tmp_path / "capture"), tmp_path)
    assert what.review.proposal_sha256 == digest
    assert what.attachments is not None
    assert [path.read_bytes() for path in what.attachments.iterdir()] == [PDF]


# ---- the command ---------------------------------------------------------------------------------------------------


def test_a_package_outside_its_store_tells_of_the_review(tmp_path: Path, one: Waiting) -> None:
    """The review's clauses need nothing but the package."""
    change(one.run(), ACCOUNT, "remove", "t2", reason="x")
    approve(one.run("Bo"), ACCOUNT)
    package_approved(one.run("Bo"), ACCOUNT)
    held = next(packages(open_store(str(one.store))))
    folder = shutil.copytree(one.store / held.prefix, tmp_path / held.package_id)
    report = verify_package(FolderReader(folder), level=Level.FULL)
    assert {f.code for f in report.findings if f.code.startswith("REV-") and f.status == "passed"} == {
        "REV-1",
        "REV-2",
        "REV-3",
        "REV-4",
    }
    assert json.loads(report.to_json())["verdict"] == "valid_as_far_as_checked"
