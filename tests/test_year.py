"""A year of Exempelstad: the ledger tells it, status shows it, every selection reproduces."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from _play import opened, person
from _program import packages_of
from _year import AUTUMN, CLOSING, LEADER_PAGE, MAIN_PAGE, NEWS, REMOVED, SPRING, Year, live
from playwright.sync_api import expect

from urval.manifest import Manifest, parse_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Live the year."""
    return live(tmp_path_factory.mktemp("year"))


def manifests(year: Year) -> dict[tuple[str, str], Manifest]:
    """Return the manifests by account and occasion, supplements apart."""
    found = [parse_manifest((path / "manifest.json").read_bytes()) for path in packages_of(year.store)]
    return {(one.account["id"], one.occasion.id + ("+" if one.supplements else "")): one for one in found}


def test_every_occasion_became_a_package(year: Year) -> None:
    """Each account has a package of every occasion it had, and the spring's supplement beside its package."""
    assert set(manifests(year)) == {
        (MAIN_PAGE, SPRING), (MAIN_PAGE, f"{SPRING}+"), (MAIN_PAGE, "2026-09-14-change"), (MAIN_PAGE, AUTUMN),
        (LEADER_PAGE, SPRING), (LEADER_PAGE, AUTUMN), (NEWS, SPRING), (NEWS, f"{CLOSING}-closing"),
    }  # fmt: skip


def test_periods_follow_on_each_other(year: Year) -> None:
    """No account's periods overlap or leave a hole, also where an extra occasion cut them."""
    for account in (MAIN_PAGE, LEADER_PAGE, NEWS):
        own = [m for (name, occasion), m in manifests(year).items() if name == account and "+" not in occasion]
        own.sort(key=lambda one: one.period.start)
        assert all(before.period.end == after.period.start for before, after in pairwise(own))
        assert [one.previous and one.previous.package_id for one in own[1:]] == [one.package_id for one in own[:-1]]


def test_who_reviewed_and_what_changed_is_in_the_package(year: Year) -> None:
    """The spring's package names the approver, both changes with their reasons, and holds the screenshot."""
    made = manifests(year)[MAIN_PAGE, SPRING]
    assert made.review.looked_at
    assert [one.by for one in made.review.approvals] == ["Arkivarie Alm"]
    assert {one.action: one.reason for one in made.review.changes} == {
        "add": "Visar invigningen av badhuset.", "remove": "Dubblett av ett annat inlägg.",
    }  # fmt: skip
    assert [one.taken_by for one in made.review.attachments] == ["Alva Exempelsson"]
    folder = next(path for path in packages_of(year.store) if path.name == made.package_id)
    assert [path.suffix for path in (folder / "data" / "review").iterdir()] == [".png"]


def test_the_missed_occasion_is_late_and_by_its_own_rules(year: Year) -> None:
    """The news' spring was captured four months late and says so; its closing kept everything."""
    made = manifests(year)
    assert made[NEWS, SPRING].occasion.days_late == 123
    closing = made[NEWS, f"{CLOSING}-closing"]
    assert closing.occasion.kind == "closing"
    assert closing.selection.kept == closing.selection.frame_size > 0


def test_a_rule_changes_by_date(year: Year) -> None:
    """In spring three threads were drawn, in autumn eight, though both were selected from one file."""
    made = manifests(year)
    drawn = {occasion: made[MAIN_PAGE, occasion].selection.by_rule["slumpurval"] for occasion in (SPRING, AUTUMN)}
    assert drawn == {SPRING: 3, AUTUMN: min(8, made[MAIN_PAGE, AUTUMN].selection.frame_size)}


def test_the_leader_is_kept_in_full(year: Year) -> None:
    """Every thread of the leader's page is kept, both times."""
    for occasion in (SPRING, AUTUMN):
        made = manifests(year)[LEADER_PAGE, occasion].selection
        assert made.kept == made.frame_size > 0


def test_the_removed_comment_is_kept(year: Year) -> None:
    """What the city removed in June stands in the next package, kept as mandatory."""
    made = manifests(year)[MAIN_PAGE, "2026-09-14-change"]
    folder = next(path for path in packages_of(year.store) if path.name == made.package_id)
    rows = [json.loads(line) for line in (folder / "data/tables/posts.jsonl").read_text("utf-8").splitlines()]
    removed = [row for row in rows if row["kind"] == "removal"]
    assert [row["text"] for row in removed] == [REMOVED]
    lines = (folder / "data/tables/selection.jsonl").read_text("utf-8").splitlines()
    chosen = {row["thread_id"]: row for row in map(json.loads, lines)}
    assert "maste-bevaras" in chosen[removed[0]["id"]]["rules"]


def test_every_selection_reproduces(year: Year) -> None:
    """Selecting again from each package's capture gives the same bytes."""
    found = packages_of(year.store)
    assert len(found) == 8
    for folder in found:
        done = year.program.run("resample", "--check", folder)
        assert done.returncode == 0, f"{folder}\n{done.stdout}{done.stderr}"


def test_every_package_is_valid(year: Year) -> None:
    """The verifier finds nothing wrong in the store of the year, and no warning."""
    done = year.program.run("verify", year.store, "--json")
    assert done.returncode == 0, done.stdout[-3000:]
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    runs = reports.pop()
    assert (runs["package"], runs["counts"]["failed"]) == ("runs/exempelstad", 0)
    assert len(reports) == 8
    assert {report["verdict"] for report in reports} == {"valid"}


def test_status_shows_the_year(year: Year) -> None:
    """The coverage table has two counted occasions of each account, the late one named; nothing is red."""
    done = year.program.run("status", year.store, "--spec", year.spec, "--fixed-time", year.now)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "123" in done.stdout


def test_the_ledger_tells_the_year(year: Year) -> None:
    """The ledger of the main page's spring tells every step, who did it and why, as one unbroken chain."""
    done = year.program.run("ledger", MAIN_PAGE, "--store", year.store, "--json")
    assert done.returncode == 0, done.stderr
    for word in (
        "Arkivarie Alm",
        "Visar invigningen av badhuset.",
        "Efterfrågat i ett ärende.",
        "approved",
        "verified",
    ):
        assert word in done.stdout, word


def test_an_auditor_finds_the_removed_comment_and_checks_it_elsewhere(year: Year, tmp_path: Path) -> None:
    """By clicks alone: what was removed in June, why it is kept, that its package is valid, and a proof to check."""
    with opened(year.program, year.store) as address, person(address, language="sv-SE") as page:
        page.get_by_role("link", name="Borttaget", exact=True).click()
        page.get_by_label("Månad").fill("2026-06")
        page.get_by_role("button", name="Visa").click()
        expect(page.locator("main")).to_contain_text(REMOVED)
        page.get_by_role("link", name="Bevarat i ett paket").first.click()
        why = page.locator("section", has=page.get_by_role("heading", name="Varför den bevarades"))
        expect(why).to_contain_text("maste-bevaras")
        with page.expect_download() as download:
            page.get_by_role("link", name="Bevis för tråden").click()
        proof = tmp_path / "bevis.json"
        download.value.save_as(proof)
        page.get_by_label("Var du är").get_by_role("link").nth(1).click()
        page.get_by_role("button", name="Verifiera").click()
        if page.get_by_role("radio").count():  # the form of all verifications, with this package chosen
            page.get_by_role("button", name="Verifiera").click()
        expect(page.locator("h1.verdict")).to_have_text("Giltigt", ignore_case=True, timeout=120_000)
    done = year.program.run("verify", proof, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert REMOVED in proof.read_text("utf-8")
