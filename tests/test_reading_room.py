"""The reading room's frame: every page is also JSON, guarded by headers, and clear where something is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from _browser import browser, violations
from _reading_room import client, json_of, room_over, served, visitor
from _run_store import run_store

from urval.reading_room import create_app

if TYPE_CHECKING:
    from pathlib import Path


def test_a_page_and_its_twin_tell_the_same(tmp_path: Path) -> None:
    """The list of packages is HTML under its address and JSON under the same with .json."""
    with client(run_store(), tmp_path) as asking:
        told = json_of(asking, "/packages.json")["packages"]
        page = asking.get("/packages").text
    assert len(told) == 2
    assert all(one["account"] in page for one in told)


def test_what_is_not_there_is_a_clear_page(tmp_path: Path) -> None:
    """An unknown address answers 404, as a page and as JSON, with the headers of every page."""
    with client(run_store(), tmp_path) as asking:
        page, twin = asking.get("/nowhere"), asking.get("/nowhere.json")
    assert page.status_code == twin.status_code == 404
    assert "There is nothing here" in page.text
    assert twin.json()["title"] == "there is no such page"
    assert "unsafe-inline" not in page.headers["content-security-policy"]


@pytest.mark.server
def test_axe_finds_nothing_on_the_list(tmp_path: Path) -> None:
    """axe-core finds no violation on the list of packages."""
    with (
        served(create_app(room_over(run_store(), tmp_path), visitor=visitor())) as room,
        browser() as chromium,
    ):
        page = chromium.new_page()
        page.goto(f"{room.address}/packages")
        assert violations(page) == []
