"""One run over all eleven platforms at once, as a person starts it, with one platform that fails."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from _program import ROOT, TIME, packages_of, program

from connectors import CONNECTORS
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from urval.spec import read_spec
from urval.verify import FolderReader, Verdict, verify_package

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox import TruePost

SPEC = ROOT / "archive_specs" / "exempelstad-alla-plattformar.yaml"
KEYS = {"facebook": "exempelstad", "wordpress": "nyheter"}  # where it is not the platform's name
FAILING = "linkedin"


class Result:
    """What the run left behind, and what the city holds."""

    def __init__(self, folder: Path) -> None:
        demo, moment = City.demo(), datetime.fromisoformat(TIME)
        self.accounts = {account.platform: account for account in read_spec(SPEC).spec.accounts}
        keys = {platform: KEYS.get(platform, platform) for platform in self.accounts}
        city = City.generate(
            seed=3, posts=20, comments_mean=6, start=demo.start, end=demo.end, only=tuple(keys.values())
        )
        with Sandbox(city, clock=lambda: moment) as sandbox:
            sandbox.misbehave(Fault(FaultKind.PERMISSION, path=r"^api\.linkedin", times=None))
            reach = ",".join(f"{name}={address}" for name, address in sandbox.connect_to.items())
            tokens = {
                (account.credential or "").removeprefix("env:"): sandbox.tokens[keys[platform]]
                for platform, account in self.accounts.items()
                if account.credential
            }
            self.program = program(folder, URVAL_CONNECT_TO=reach, **tokens)
            self.done = self.program.run(
                "capture", "--spec", SPEC, "--store", self.program.store, "--occasion", "2026-host",
                "--fixed-time", TIME, "--approve-unseen", "--json",
            )  # fmt: skip
            self.truth = {platform: sandbox.truth(key) for platform, key in keys.items()}
        self.outcomes = {outcome["account_id"]: outcome for outcome in json.loads(self.done.stdout)}
        self.packages = {path.parts[-3]: path for path in packages_of(self.program.store)}

    def rows(self, platform: str, table: str) -> list[dict[str, Any]]:
        """Return a table of the platform's package."""
        lines = (self.packages[self.accounts[platform].id] / f"data/tables/{table}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Run once for all tests of this file."""
    return Result(tmp_path_factory.mktemp("alla"))


def test_the_spec_names_every_platform(result: Result) -> None:
    """The example spec has an account on each platform there is a connector for."""
    assert set(result.accounts) == set(CONNECTORS)
    assert len(result.accounts) == 11


def test_every_account_ends_and_only_the_failing_one_fails(result: Result) -> None:
    """Ten packages are stored and one account failed, with a sentence and a next step; the status says so."""
    states = {platform: result.outcomes[account.id]["state"] for platform, account in result.accounts.items()}
    assert states == {platform: "failed" if platform == FAILING else "done" for platform in states}
    assert result.done.returncode == 1
    assert "was refused" in result.outcomes[result.accounts[FAILING].id]["detail"]
    assert len(result.packages) == 10
    status = result.program.run("status", result.program.store, "--json")
    told = {row["account"]: row["state"] for row in json.loads(status.stdout)}
    assert told == {
        account.id: "failed" if platform == FAILING else "verified" for platform, account in result.accounts.items()
    }


PLATFORMS = sorted(set(CONNECTORS) - {FAILING})


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_completeness_is_right_to_the_last_comment(result: Result, platform: str) -> None:
    """Every kept thread holds the comments the platform lists, and its numbers and reasons add up to the platform's."""
    truth: dict[str, TruePost] = {post.id: post for post in result.truth[platform].posts}
    found = Counter(comment["post_id"] for comment in result.rows(platform, "comments"))
    ids = {comment["id"] for comment in result.rows(platform, "comments")}
    rows = result.rows(platform, "completeness")
    assert rows
    for row in rows:
        post = truth[row["thread_id"]]
        assert row["platform_count"] == post.claimed
        assert row["captured_count"] == found[post.id] == len(post.comments)
        assert {comment.id for comment in post.comments} <= ids
        surplus = {"listed_more", "hidden", "held"}
        explained = sum(-r["count"] if r["type"] in surplus else r["count"] for r in row["reasons"])
        assert explained == (row["difference"] or 0)
        assert row["difference"] is None or row["difference"] == (post.claimed or 0) - len(post.comments)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_package_is_valid(result: Result, platform: str) -> None:
    """The verifier finds nothing wrong, and the manifest names the platform's interface."""
    package = result.packages[result.accounts[platform].id]
    report = verify_package(FolderReader(package))
    assert report.verdict is not Verdict.NOT_VALID, report.failed()
    manifest = json.loads((package / "manifest.json").read_bytes())
    assert manifest["source"]["platform"] == platform
