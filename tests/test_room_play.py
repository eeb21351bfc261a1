"""An archivist reviews in the browser, from the proposal to the seal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from _play import opened, person
from _program import packages_of, program
from _room_review import sealing
from _sample_package import ACCOUNT
from playwright.sync_api import expect

from urval.manifest import parse_manifest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.server
_WHEN = "2026-11-03T09:00:00+01:00"


def test_an_archivist_reviews_and_sees_the_seal(tmp_path: Path) -> None:
    """Looked at, added to, taken from, approved, all by clicks: the package says who did what, and is sealed."""
    one, made = sealing(tmp_path), program(tmp_path / "program")
    started = ("--spec", one.spec, "--role", "archivist", "--by", "Arkivarie Alm", "--fixed-time", _WHEN)
    with opened(made, one.store, *started) as address, person(address, language="en-GB") as page:
        page.get_by_role("link", name="Review", exact=True).click()
        page.locator(".proposal a").first.click()
        for thread, reason in (
            ("t4", "Shows the opening of the bath."),
            ("t2", "The same as another."),
        ):
            card = page.locator("article.candidate", has=page.locator(f"code:text-is('{thread}')"))
            card.locator("summary").first.click()
            card.get_by_label(re.compile("Why")).fill(reason)
            card.get_by_role("button").click()
            expect(page.locator(".notice.good")).to_contain_text(thread)
        page.get_by_role("button", name="Approve this proposal").click()
        expect(page.locator(".notice.good")).to_contain_text("The package is stored", timeout=120_000)
        page.get_by_role("link", name="See the package and its seal").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Exempelstad")
        expect(page.locator("main")).to_contain_text("arkivet@exempelstad.example")
    (package,) = packages_of(one.store)
    review = parse_manifest((package / "manifest.json").read_bytes()).review
    assert [(change.action, change.thread, change.by) for change in review.changes] == [
        ("remove", "t2", "Arkivarie Alm"), ("add", "t4", "Arkivarie Alm"),
    ]  # fmt: skip
    assert [given.by for given in review.approvals] == ["Arkivarie Alm"]
    assert made.run("verify", one.store, "--account", ACCOUNT).returncode == 0
