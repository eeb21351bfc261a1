"""Three occasions of one account in one store: each package names the one before, and what is lost is told."""

from __future__ import annotations

import gzip
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _program import SPEC, Program, city_program

from connectors.sandbox import City
from flows.capturing import stored_capture
from flows.occasions import skip
from flows.plan import plan_run
from flows.review_acts import send_back, supplement
from flows.run import Run, due_work, open_run
from flows.stages import Outcome, archive_account, ledger_of
from urval.errors import ConfigError, MalformedError
from urval.holdings import packages, verify_held
from urval.ledger import State
from urval.store import capture_prefix, open_store
from urval.verify import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWS, LEADER_PAGE = "exempelstad-nyheter", "kommundirektoren-facebook"
TIMES = {"2026-var": "2026-05-02T03:00:00+02:00", "2026-host": "2026-11-02T03:00:00+01:00",
         "2027-var": "2027-05-02T03:00:00+02:00"}  # fmt: skip


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Give a small city, and an environment that reaches it."""
    city = City.generate(
        seed=1, posts=20, start=datetime.fromisoformat("2025-12-01T00:00:00+01:00"),
        end=datetime.fromisoformat("2027-04-01T00:00:00+02:00"),
    )  # fmt: skip
    with city_program(tmp_path, city) as (made, _):
        for name in ("URVAL_CONNECT_TO", "URVAL_SCRATCH", "URVAL_SANDBOX_TOKEN", "URVAL_SANDBOX_TOKEN_LEADER"):
            monkeypatch.setenv(name, made.environment[name])
        yield made


def opened(made: Program, occasion: str) -> Run:
    """Open a run of an occasion, on the day after its period."""
    return open_run(str(SPEC), str(made.store), occasion, fixed_time=TIMES[occasion], actor="test")


def archive(made: Program, occasion: str) -> Outcome:
    """Archive the news of one occasion."""
    return archive_account(opened(made, occasion), NEWS, approve_unseen=True)


def test_days_that_are_captured_are_not_captured_anew(small: Program, tmp_path: Path) -> None:
    """A calendar that was changed over captured days is refused, and no second package is stored."""
    assert archive(small, "2026-var").state == "done"
    spec = tmp_path / "changed.yaml"
    text = SPEC.read_text(encoding="utf-8")
    old = "{id: var, opens: 05-02, closes: 05-31, period_end: 05-01"
    assert text.count(old) == 1
    new = "{id: var, opens: 06-02, closes: 06-30, period_end: 06-01"
    spec.write_text(text.replace(old, new).replace('version: "2026.', 'version: "2027.'), encoding="utf-8")
    run = open_run(str(spec), str(small.store), "2026-var", fixed_time=TIMES["2026-host"], actor="test")
    outcome = archive_account(run, NEWS, approve_unseen=True)
    assert outcome.state == "failed"
    assert "2025-11-01--2026-05-01 is captured already" in outcome.detail
    assert len(list(packages(run.store))) == 1


def test_what_is_packaged_is_not_skipped(small: Program) -> None:
    """A period whose supplement was sent back is packaged all the same: it cannot be left out, and is not due."""
    assert archive(small, "2026-var").state == "done"
    run = opened(small, "2026-var")
    supplement(run, NEWS, reason="prov")
    send_back(run, NEWS, reason="inget att lägga till")
    with pytest.raises(ConfigError, match="cannot be left out"):
        skip(run, NEWS, "2026-var", "prov")
    assert due_work(run, [NEWS]) == {NEWS: []}
    assert archive(small, "2026-host").state == "done"


def test_each_package_names_the_one_before(small: Program) -> None:
    """The newest earlier package is the previous one; the store verifies without a warning, in whatever order made."""
    assert [archive(small, occasion).state for occasion in TIMES] == ["done"] * 3
    store = open_store(str(small.store))
    held = list(packages(store))
    names = [one.manifest.previous.package_id if one.manifest and one.manifest.previous else None for one in held]
    assert names == [None, held[0].package_id, held[1].package_id]
    digests = [one.manifest.previous.manifest_sha256 for one in held if one.manifest and one.manifest.previous]
    assert digests == [held[0].manifest_sha256, held[1].manifest_sha256]
    reports = [verify_held(store, one) for one in held]
    assert [report.verdict for report in reports] == [Verdict.VALID_AS_FAR_AS_CHECKED] * 3
    open_ = {one.code for report in reports for one in report.findings if one.status is Status.NOT_CHECKED}
    assert open_ == {"STO-6"}  # no command ran to its end here, so that no run manifest lists them yet
    assert not any(report.failed() for report in reports)
    autumn = held[1].manifest
    assert autumn is not None
    assert autumn.selection.kept
    assert any("uppger plattformen inget antal kommentarer" in line for line in autumn.cannot_show)  # WordPress
    warc = next(small.store.glob(f"captures/**/{autumn.capture.id}/exchanges.warc.gz"))
    assert gzip.decompress(warc.read_bytes()).count(b"WARC-Type: request\r\n") == autumn.capture.exchanges
    assert plan_run(opened(small, "2026-host"))[2]["exchanges_last_time"] == held[0].manifest.capture.exchanges  # type: ignore[union-attr]


def test_no_package_is_chained_past_a_broken_one(small: Program) -> None:
    """Where an earlier manifest cannot be read, nobody knows what to name: the run stops, and nothing is stored."""
    first = archive(small, "2026-var")
    manifest = small.store / str(first.package) / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_bytes(b"{")
    second = archive(small, "2026-host")
    assert second.state == "failed"
    assert "cannot be read" in second.detail
    assert [one.prefix for one in packages(open_store(str(small.store)))] == [first.package]


@pytest.mark.parametrize("what", ["the package", "its manifest"])
def test_a_package_that_was_taken_away_is_missed(small: Program, what: str) -> None:
    """The ledger knows what was stored: without the package, or its last file, verifying the store is no success."""
    kept, lost = archive(small, "2026-var"), archive(small, "2026-host")
    folder = small.store / str(lost.package)
    if what == "the package":
        shutil.rmtree(folder)
    else:
        (folder / "manifest.json").unlink()
    run = small.run("verify", small.store)
    assert run.returncode == 1
    assert f"packages were stored which are not there: 1, first {lost.package}" in run.stderr
    assert str(kept.package).rsplit("/", 1)[1] in run.stdout
    other = small.run("verify", small.store, "--account", "exempelstad-facebook")
    assert "holds no package of exempelstad-facebook" in other.stderr


def test_a_package_and_its_ledger_taken_away_together_are_missed(small: Program) -> None:
    """A ledger that cannot be read, with no package beside it whose report would tell, ends the verification."""
    archive(small, "2026-var")
    lost = archive(small, "2026-host")
    shutil.rmtree(small.store / str(lost.package))
    period = str(lost.package).split("/")[3]
    [*_, newest] = sorted(small.store.glob(f"ledger/*/*/{period}/*.json"))
    newest.chmod(0o600)
    newest.write_bytes(b"{")
    run = small.run("verify", small.store)
    assert run.returncode == 1
    assert newest.name in run.stderr


def test_a_changed_capture_is_not_packed(small: Program) -> None:
    """A run that goes on from a stored capture looks at every byte of it first, and so does verification."""
    run = opened(small, "2026-var")
    archive_account(run, NEWS, approve_unseen=True)
    [capture] = [Path(path) for path in small.store.glob("captures/*/*/*/*/exchanges.warc.gz")]
    assert capture.parent.relative_to(small.store).as_posix().startswith(capture_prefix(*run.place(NEWS), "x")[:-1])
    capture.chmod(0o600)
    capture.write_bytes(capture.read_bytes() + b"x")
    [held] = packages(run.store)
    assert "STO-4" in verify_held(run.store, held).failed()
    shutil.rmtree(small.store / "packages")
    with pytest.raises(MalformedError, match=r"have changed, first exchanges\.warc\.gz"):
        stored_capture(run, NEWS, small.folder / "fetched")
    assert archive_account(run, NEWS, approve_unseen=True).state == "failed"
    assert not list(packages(open_store(str(small.store))))


def blocked(made: Program) -> Path:
    """Put a file where the packages' folder belongs, so that a capture can be stored and a package not."""
    (made.store / "packages").mkdir(parents=True)
    (made.store / "packages" / "exempelstad").touch()
    return made.store / "packages" / "exempelstad"


def test_the_ledger_says_packaged_only_of_what_is_stored(small: Program) -> None:
    """A package that the store did not take is nowhere called packaged; given again, the run goes on."""
    way = blocked(small)
    assert archive(small, "2026-var").state == "failed"
    states = [event.state for event in ledger_of(opened(small, "2026-var"), NEWS)]
    assert states == [State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.FAILED]
    way.unlink()
    assert archive(small, "2026-var").state == "done"


def test_a_package_that_holds_a_secret_is_not_stored(small: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that came into use after the capture is looked for in the package all the same."""
    way = blocked(small)
    assert archive_account(opened(small, "2026-host"), LEADER_PAGE, approve_unseen=True).state == "failed"
    way.unlink()
    monkeypatch.setenv("URVAL_SANDBOX_TOKEN_LEADER", "Kommundirektören")
    outcome = archive_account(opened(small, "2026-host"), LEADER_PAGE, approve_unseen=True)
    assert "a secret in use stands in" in outcome.detail
    assert not list(packages(open_store(str(small.store))))


def test_a_package_that_came_out_wrong_fails_its_account(small: Program) -> None:
    """Verified is said only of what was verified as it lies in the store."""
    done = archive(small, "2026-var")
    readme = small.store / str(done.package) / "data" / "README.txt"
    readme.chmod(0o600)
    readme.write_bytes(readme.read_bytes() + b"x")
    *_, last = sorted(small.store.glob("ledger/*/*/*/*.json"))
    last.unlink()  # as if the run had been killed before it verified
    again = archive(small, "2026-var")
    assert again.state == "failed"
    assert "is not valid as stored: BAG-3" in again.detail
    assert State.VERIFIED not in [event.state for event in ledger_of(opened(small, "2026-var"), NEWS)]


def test_one_run_at_a_time_of_an_account(small: Program) -> None:
    """A second run of the same account and period is told to wait; another account is not held up."""
    from flows.scratch import scratch

    run = opened(small, "2026-var")
    with scratch(run, NEWS) as folder:
        (folder / "work").touch()
        with pytest.raises(ConfigError, match="another run is at work"), scratch(run, NEWS):
            pytest.fail("two runs in one folder")
        assert (folder / "work").exists()
        with scratch(run, "exempelstad-facebook") as other:
            assert other != folder
    assert not folder.exists()


def test_a_scratch_folder_open_to_others_is_refused(small: Program) -> None:
    """What is being captured is nobody else's business, whatever the umask."""
    from flows.scratch import scratch

    run = opened(small, "2026-var")
    with scratch(run, NEWS) as folder:
        base = folder.parent
    base.chmod(0o755)
    with pytest.raises(ConfigError, match="open to other users"), scratch(run, NEWS):
        pytest.fail("a scratch folder that anybody can read was used")
