"""Bad input: one sentence that names the thing and the next step, a non-zero status, and nothing half-made."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from _program import ACCOUNTS, SPEC, TIME, packages_of, program, tree

from connectors.sandbox import BLOG, LEADER, MAIN, City, Fault, FaultKind, Sandbox
from flows.run import open_run
from flows.stages import Outcome, archive_account
from urval.store import open_store
from urval.verify import FolderReader, verify_package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENT = datetime.fromisoformat(TIME)
PAGE, NEWS, LEADER_PAGE = ACCOUNTS


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Give a sandbox of its own, and an environment that reaches it."""
    with Sandbox(City.demo(), clock=lambda: MOMENT) as made:
        pairs = ",".join(f"{name}={address}" for name, address in made.connect_to.items())
        monkeypatch.setenv("URVAL_CONNECT_TO", pairs)
        monkeypatch.setenv("URVAL_SANDBOX_TOKEN", made.tokens[MAIN])
        monkeypatch.setenv("URVAL_SANDBOX_TOKEN_LEADER", made.tokens[LEADER])
        monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path / "scratch"))
        (tmp_path / "scratch").mkdir()
        yield made


def archive(folder: Path, account: str, *changes: tuple[str, str], occasion: str = "2026-host") -> Outcome:
    """Archive an account with the demo's spec, some texts in it replaced."""
    spec = folder / "spec.yaml"
    text = SPEC.read_text(encoding="utf-8")
    for change in changes:
        assert change[0] in text
        text = text.replace(*change)
    spec.write_text(text, encoding="utf-8")
    run = open_run(str(spec), str(folder / "store"), occasion, fixed_time=TIME, actor="test")
    return archive_account(run, account, approve_unseen=True)


def gaps_of(folder: Path) -> list[dict[str, object]]:
    """Return the gaps in the one package of the store."""
    package = packages_of(folder / "store")[0]
    return [json.loads(line) for line in (package / "data/tables/gaps.jsonl").read_text().splitlines()]


ACCOUNT_FAULTS = [
    ("unknown platform", PAGE, ("platform: facebook", "platform: friendface"), "friendface"),
    ("unknown setting", PAGE, ("api_version: v25.0", "api_versoin: v25.0"), "api_versoin"),
    ("no such account", PAGE, ('"100064000000001"', '"100064000009999"'), "100064000009999"),
    ("another's account", PAGE, ('"100064000000001"', '"100064000000002"'), "100064000000002"),
    ("unset credential", PAGE, ("env:URVAL_SANDBOX_TOKEN\n", "env:URVAL_NOT_SET\n"), "URVAL_NOT_SET"),
    ("no WordPress there", NEWS, ("http://nyheter.", "http://graph.facebook."), "exempelstad"),
]


@pytest.mark.parametrize(
    ("name", "account", "change", "said"), ACCOUNT_FAULTS, ids=[case[0] for case in ACCOUNT_FAULTS]
)
@pytest.mark.usefixtures("sandbox")
def test_a_wrong_account_fails_by_itself(
    tmp_path: Path, name: str, account: str, change: tuple[str, str], said: str
) -> None:
    """The outcome names the thing and a next step, the ledger says failed, the store holds no package; others go on."""
    outcome = archive(tmp_path, account, change)
    assert outcome.state == "failed", name
    assert said in outcome.detail
    assert "\n" in outcome.detail.strip(), "the next step is missing"
    assert not packages_of(tmp_path / "store")
    ledger = [json.loads(path.read_bytes())["state"] for path in sorted((tmp_path / "store").rglob("ledger/**/*.json"))]
    assert ledger == ["due", "failed"]
    assert archive(tmp_path, LEADER_PAGE).state == "done"


def test_a_token_that_dies_in_mid_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is packaged with the rest missing; with a new token the same command goes on, and all of it is there."""
    sandbox.misbehave(Fault(kind=FaultKind.TOKEN_EXPIRED, path=r"/comments\?", nth=3))
    outcome = archive(tmp_path, PAGE)
    assert outcome.state == "failed"
    assert "new token" in outcome.detail
    assert not packages_of(tmp_path / "store")
    asked = {call.target for call in sandbox.calls if call.status == 200 and "/comments?" in call.target}
    assert len(asked) == 2
    sandbox.behave()
    sandbox.forget_calls()
    assert archive(tmp_path, PAGE).state == "done"
    assert not asked & {call.target for call in sandbox.calls}
    assert not [gap for gap in gaps_of(tmp_path) if gap["reason"] == "refused" and gap["what"] != "media"]
    assert not verify_package(FolderReader(packages_of(tmp_path / "store")[0])).failed()


def test_an_expired_token(sandbox: Sandbox, tmp_path: Path) -> None:
    """A token that is dead from the start fails the account with the platform's words and what to do."""
    sandbox.misbehave(Fault(kind=FaultKind.TOKEN_EXPIRED, path="."))
    outcome = archive(tmp_path, PAGE)
    assert outcome.state == "failed"
    assert "token" in outcome.detail.lower()
    assert not packages_of(tmp_path / "store")


@pytest.mark.usefixtures("sandbox")
def test_an_empty_account(tmp_path: Path) -> None:
    """A period without posts gives a valid package that says so."""
    longer = ("first_period_start: 2025-11-01", "first_period_start: 2019-11-01")
    older = ("valid_from: 2026-01-01", "valid_from: 2019-01-01")
    outcome = archive(tmp_path, NEWS, longer, older, occasion="2021-host")
    assert outcome.state == "done", outcome.detail
    package = packages_of(tmp_path / "store")[0]
    manifest = json.loads((package / "manifest.json").read_bytes())
    assert manifest["selection"]["frame_size"] == manifest["tables"]["posts"]["rows"] == 0
    assert not verify_package(FolderReader(package)).failed()


def test_no_comments_where_the_platform_says_forty(sandbox: Sandbox, tmp_path: Path) -> None:
    """A page of no comments with a summary of forty is told as incomplete or not listed, never as complete."""
    sandbox.misbehave(Fault(kind=FaultKind.NO_COMMENTS, path="published_posts", times=None))
    assert archive(tmp_path, LEADER_PAGE).state == "done"
    package = packages_of(tmp_path / "store")[0]
    rows = [json.loads(line) for line in (package / "data/tables/completeness.jsonl").read_text().splitlines()]
    short = [row for row in rows if row["platform_count"] == 40]
    assert short
    assert all(row["difference"] == 40 - row["captured_count"] and row["reasons"] for row in short)


def test_a_film_of_three_gigabytes(sandbox: Sandbox, tmp_path: Path) -> None:
    """A medium above the cap is not loaded: it is a gap that says so, in the tables and on the page."""
    sandbox.misbehave(Fault(kind=FaultKind.HUGE_MEDIUM, path="^cdn", nth=4))
    assert archive(tmp_path, LEADER_PAGE).state == "done"
    package = packages_of(tmp_path / "store")[0]
    media = [json.loads(line) for line in (package / "data/tables/media.jsonl").read_text().splitlines()]
    large = [row for row in media if row["gap"] == "too_large"]
    assert len(large) == 1
    assert large[0]["file"] is None
    assert not verify_package(FolderReader(package)).failed()


def test_every_account_ends_and_the_good_ones_are_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    """With one account failing, the packages of the others are those of a run where nothing failed."""
    spoilt, clean = tmp_path / "spoilt", tmp_path / "clean"
    for folder in (spoilt, clean):
        folder.mkdir()
    wrong = ("credential: env:URVAL_SANDBOX_TOKEN\n", "credential: env:URVAL_NOT_SET\n")
    states = [archive(spoilt, account, wrong).state for account in ACCOUNTS]
    assert states == ["failed", "done", "done"]
    for account in ACCOUNTS:
        assert archive(clean, account).state == "done"
    good = [package.name.split("_")[0] for package in packages_of(spoilt / "store")]
    assert good == [NEWS, LEADER_PAGE]
    assert sandbox.truth(BLOG, None, None).posts


WRONG_COMMANDS = [
    (["capture", "--spec", "nowhere.yaml", "--store", "s"], 2, "nowhere.yaml"),
    (["capture", "--spec", SPEC, "--store", "s", "--occasion", "2027-host", "--fixed-time", TIME], 2, "future"),
    (["capture", "--spec", SPEC, "--store", "s", "--occasion", "2026-vinter"], 2, "2026-vinter"),
    (["capture", "--spec", SPEC, "--store", "s", "--account", "exempelstad-facebok"], 2, "exempelstad-facebook"),
    (["capture", "--spec", SPEC, "--store", "s", "--fixed-time", "igår"], 2, "igår"),
    (["capture", "--spec", SPEC.with_name("malmo-stad.yaml"), "--store", "s"], 2, "dry"),
    (["capture", "--spec", SPEC, "--store", "s3://key:hemlig@bucket"], 2, "credentials"),
    (["capture", "--spec", SPEC], 2, "--store"),
    (["spec", "check", SPEC.with_name("schema.json")], 2, "schema.json"),
    (["verify", "nowhere"], 1, "nowhere"),
    (["verify", SPEC.parent], 1, "holds no package"),
    (["verify", SPEC.parent, "--level", "deep"], 2, "deep"),
    (["status", "nowhere"], 1, "nowhere"),
    (["spec", "schema", "--output", "nowhere/schema.json"], 2, "nowhere/schema.json"),
    (["select", "--spec", SPEC, "--store", "s", "--account", PAGE, "--fixed-time", TIME], 2, "no capture"),
    (["plan", "--spec", SPEC, "--store", "s", "--fixed-time", "2020-01-01T00:00:00Z"], 2, "no occasion"),
    (["frobnicate"], 2, "frobnicate"),
]


@pytest.mark.parametrize(
    ("arguments", "status", "said"), WRONG_COMMANDS, ids=[" ".join(map(str, c[0][:3])) for c in WRONG_COMMANDS]
)
def test_a_wrong_command(tmp_path: Path, arguments: list[object], status: int, said: str) -> None:
    """Exit status 1 or 2, the thing named on standard error, no traceback, nothing written, no secret repeated."""
    made = program(tmp_path)
    run = made.run(*[str(tmp_path / "s") if word == "s" else word for word in arguments])
    assert run.returncode == status, run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert "hemlig" not in run.stderr
    assert run.stdout == ""
    assert not (tmp_path / "s").exists()


def test_a_dry_run_writes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """A dry run captures and selects, says what it would keep, and leaves no trace in the store."""
    run = open_run(str(SPEC), str(tmp_path / "store"), "2026-host", fixed_time=TIME, actor="test", dry=True)
    outcome = archive_account(run, LEADER_PAGE, dry=True)
    assert outcome.state == "dry"
    assert "15 kept" in outcome.detail
    assert not (tmp_path / "store").exists()
    assert sandbox.calls


@pytest.mark.usefixtures("sandbox")
def test_a_changed_spec_makes_no_second_package(tmp_path: Path) -> None:
    """Account and period have one package; a spec changed afterwards does not replace it."""
    assert archive(tmp_path, LEADER_PAGE).state == "done"
    before = tree(tmp_path / "store")
    assert archive(tmp_path, LEADER_PAGE, ('version: "2026.1"', 'version: "2026.2"')).state == "already"
    assert tree(tmp_path / "store") == before
    assert len(list(open_store(str(tmp_path / "store")).keys("packages"))) == len(
        [name for name in before if name.startswith("packages/")]
    )
