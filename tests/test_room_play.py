"""An archivist reviews in the browser, from the proposal to the seal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from _play import opened, person
from _program import packages_of, program
from _sample_package import ACCOUNT
from _waiting_store import waiting
from playwright.sync_api import expect

from urval.manifest import parse_manifest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.server
_WHEN = "2026-11-03T09:00:00+01:00"


def test_an_archivist_reviews_and_sees_the_seal(tmp_path: Path) -> None:
    """Looked at, added to, taken from, approved by clicks alone: the package says who did what and why, and is sealed."""
    one, made = waiting(tmp_path), program(tmp_path / "program")
    started = ("--spec", one.spec, "--role", "archivist", "--by", "Arkivarie Alm", "--fixed-time", _WHEN)
    with opened(made, one.store, *started) as address, person(address, language="en-GB") as page:
        page.get_by_role("link", name="Review", exact=True).click()
        page.locator(".proposal a").first.click()
        for thread, what, reason in (
            ("t4", "Add", "Shows the opening of the bath."),
            ("t2", "Take out", "The same as another."),
        ):
            card = page.locator("article.candidate", has=page.locator(f"code:text-is('{thread}')"))
            card.locator("summary").first.click()
            card.get_by_label(re.compile("Why")).fill(reason)
            card.get_by_role("button").click()
            expect(page.locator(".notice.good")).to_contain_text(thread)
        page.get_by_role("button", name="Approve this proposal").click()
        expect(page.locator(".notice.good")).to_contain_text("The package is stored", timeout=120_000)
        page.goto(f"{address}/packages")
        package = packages_of(one.store)[0]
        page.goto(f"{address}/packages/exempelstad/{package.name}")
        for _ in range(40):  # the index follows the store
            if page.locator("h2", has_text="Seal").count():
                break
            page.wait_for_timeout(1_000)
            page.reload()
        expect(page.locator("body")).to_contain_text("arkiv@exempelstad.example")
    review = parse_manifest((package / "manifest.json").read_bytes()).review
    assert [(change.action, change.thread, change.by) for change in review.changes] == [
        ("remove", "t2", "Arkivarie Alm"), ("add", "t4", "Arkivarie Alm"),
    ]  # fmt: skip
    assert [given.by for given in review.approvals] == ["Arkivarie Alm"]
    assert made.run("verify", one.store, "--account", ACCOUNT).returncode == 0
