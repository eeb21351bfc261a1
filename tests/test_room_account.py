"""The page of an account: its entry, its history, how its page looked, posts and comments a week."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from _reading_room import client, json_of
from _room_survey import EARLIER, LATER, damage, packages_of, spec_file
from _run_store import ARCHIVE, run_store, store_copy
from _sample_package import ACCOUNT, copy_of, whole_package
from _sealing import key, seal_copy
from hypothesis import given
from hypothesis import strategies as st

from urval.ledger import State, next_event
from urval.reading_room.look.charts import LEFT, RIGHT, WIDTH, Series, chart, weeks_between
from urval.store import append_event, ledger_prefix, open_store, read_events

if TYPE_CHECKING:
    from _tampering import Tampering

ADDRESS = f"/accounts/{ARCHIVE}/{ACCOUNT}"
HOSTILE = "\u202e<script>alert(1)</script>"


@cache
def _changed_look() -> Path:
    """Return a package of the later period whose page looks otherwise, and whose entry names another owner."""
    scratch = Path(mkdtemp(prefix="urval-look-"))

    def change(t: Tampering) -> None:
        t.change("profile", 0, name=HOSTILE, about="Hej alla!", followers=40, cover_media_id=None)
        t.write("media", [row for row in t.rows("media") if row["kind"] != "cover"])
        t.manifest["account"]["owner"]["name"] = "Bo Påhittad"

    return seal_copy(copy_of(whole_package(), scratch / "made"), key(), change=change)


def _with_changed_look(scratch: Path) -> Path:
    store = store_copy(scratch)
    old = packages_of(store)[LATER]
    shutil.rmtree(old)
    shutil.copytree(_changed_look(), old.with_name(_changed_look().name))
    return store


def test_the_entry_stands_with_where_it_is_from(tmp_path: Path) -> None:
    """The register's entry is shown in words, as of the newest package's spec."""
    with client(run_store(), tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    entry = view["entry"]
    assert (entry["platform_name"], entry["account_class"]) == ("Facebook", "a main account")
    assert entry["owner"]["name"] == "Alva Exempelsson"
    assert (view["source"], view["source_version"]) == ("package", "2026.1")
    assert "Berätta om kommunens service." in page
    assert "The entry is the same in every package." in page


def test_a_page_that_looks_otherwise_is_told_in_words(tmp_path: Path) -> None:
    """Name, text, followers, cover and entry that differ from the package before are pointed out; nothing runs."""
    with client(_with_changed_look(tmp_path), tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    before, after = view["looks"]
    assert before["differences"] == []
    assert {one["what"] for one in after["differences"]} == {"name", "about", "followers", "cover"}
    pieces = next(one["pieces"] for one in after["differences"] if one["what"] == "about")
    assert [(one["how"], one["text"]) for one in pieces] == [("taken", "Hej!"), ("added", "Hej alla!")]
    assert "28 followers more" in page
    assert "The cover picture is gone." in page
    assert [one["kind"] for one in before["pictures"]] == ["cover", "avatar"]
    (change,) = view["changes"]
    assert [(one["field"], one["before"], one["after"]) for one in change["fields"]] == [
        ("owner", "Alva Exempelsson, kommunikatör", "Bo Påhittad, kommunikatör")
    ]
    assert "<script>alert" not in page
    assert f"<bdi>{HOSTILE.replace('<', '&lt;').replace('>', '&gt;')}</bdi>" in page


def test_pictures_of_the_page_are_those_of_the_package(tmp_path: Path) -> None:
    """Each picture's address names a file that the package lists, with a text for who does not see it."""
    with client(run_store(), tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    for look in view["looks"]:
        for picture in look["pictures"]:
            assert (packages_of(run_store())[look["period"]] / picture["path"]).is_file()
            assert f"/packages/{ARCHIVE}/{look['package']}/files/{picture['path']}" in page
    assert 'alt="Cover picture' in page


def test_a_changed_profile_is_not_shown(tmp_path: Path) -> None:
    """Where the profile's table is not the one that was sealed, its look is a red box; the rest of the page stands."""
    store = store_copy(tmp_path)
    damage(packages_of(store)[LATER] / "data/tables/profile.parquet")
    with client(store, tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    assert [bool(one["problem"]) for one in view["looks"]] == [False, True]
    assert view["looks"][1]["name"] == ""
    assert "Not as it was sealed" in page
    assert view["weekly"]["posts"] > 0


def test_the_history_tells_every_period(tmp_path: Path) -> None:
    """Period by period: what the ledger says, the package, and why one was skipped."""
    store = store_copy(tmp_path)
    opened = open_store(str(store))
    place = ledger_prefix(ARCHIVE, ACCOUNT, "2024-11-01--2025-05-01")
    event = next_event(
        read_events(opened, place), State.SKIPPED, at=datetime(2025, 6, 1, tzinfo=UTC), actor="Alva", role="archivist",
        reason=f"Kontot var stängt {HOSTILE}",
    )  # fmt: skip
    append_event(opened, place, event)
    with client(store, tmp_path, specs=(spec_file(tmp_path, first="2024-11-01"),)) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    by_start = {one["start"]: one for one in view["periods"]}
    assert [one["start"] for one in view["periods"]] == sorted(by_start, reverse=True)
    assert by_start["2024-11-01"]["mark"]["state"] == "skipped"
    assert "Kontot var stängt" in page
    assert "<script>alert" not in page
    assert by_start["2025-05-01"]["mark"]["state"] == "missed"
    told = [step["state"] for step in by_start["2026-05-01"]["steps"]]
    assert told == ["captured", "proposed", "approved", "packaged", "sealed"]
    assert [one["package"] for one in by_start["2026-05-01"]["packages"]] == [packages_of(store)[LATER].name]


def test_a_time_that_no_period_covers_is_seen(tmp_path: Path) -> None:
    """A hole between two periods stands in the history, and shaded in the chart."""
    store = store_copy(tmp_path)
    for folder in packages_of(store).values():
        damage(folder / "data/spec/archive-spec.yaml")
    for kind in ("packages", "ledger"):
        (store / kind / ARCHIVE / ACCOUNT / EARLIER).rename(store / kind / ARCHIVE / ACCOUNT / "2025-11-01--2026-04-01")
    with client(store, tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
    assert view["between"] == [{"start": "2026-04-01", "end": "2026-05-01"}]
    assert "No period covers" in page
    shades = [float(one) for one in re.findall(r'class="unknown"[^>]* width="([0-9.]+)"', page)]
    assert max(shades) > 50


def test_posts_and_comments_a_week_are_those_of_the_tables(tmp_path: Path) -> None:
    """The figures add up to the rows of the packages; the drawing has words, and a table beside it."""
    rows = {
        name: sum(
            pq.read_metadata(folder / f"data/tables/{name}.parquet").num_rows
            for folder in packages_of(run_store()).values()
        )
        for name in ("posts", "comments")
    }
    with client(run_store(), tmp_path) as asking:
        view, page = json_of(asking, f"{ADDRESS}.json"), asking.get(ADDRESS).text
        empty = json_of(asking, f"{ADDRESS}.json?year=2031")["weekly"]
    assert {"posts": view["weekly"]["posts"], "comments": view["weekly"]["comments"]} == rows
    assert "drawing" not in view["weekly"]
    assert 'role="img" aria-labelledby="weekly-title weekly-words"' in page
    assert "Two charts of bars" in page
    assert "These are kept threads only" in page
    assert "style=" not in page
    assert empty["weeks"] == []


def test_odd_addresses_are_refused(tmp_path: Path) -> None:
    """An account that is not there is 404, an odd id 404 or 422, and the store is not asked for it."""
    asked = {
        f"/accounts/{ARCHIVE}/inget-konto": 404,
        f"/accounts/inget-arkiv/{ACCOUNT}": 404,
        f"/accounts/{ARCHIVE}/..%2f..%2fetc": 404,
        f"/accounts/{ARCHIVE}/.hidden": 422,
        f"/accounts/{ARCHIVE}/a'%20OR%201=1": 422,
        f"{ADDRESS}?year=12": 422,
        f"{ADDRESS}?looks=0": 422,
        f"{ADDRESS}?looks=99": 200,
    }
    with client(run_store(), tmp_path) as asking:
        assert {path: asking.get(path).status_code for path in asked} == asked


def test_names_are_inert_in_the_list_and_on_the_page(tmp_path: Path) -> None:
    """A name with a script in it stays text, on every page that shows it."""
    with client(run_store(), tmp_path, specs=(spec_file(tmp_path, name='"<script>alert(1)</script>"'),)) as asking:
        pages = [asking.get(path).text for path in ("/", "/accounts", ADDRESS)]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


@given(
    values=st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 10**7)), max_size=30),
    kind=st.sampled_from(["bars", "line"]),
    years=st.integers(1, 30),
)
def test_charts_stay_inside_their_frame(values: list[tuple[date, int]], kind: str, years: int) -> None:
    """Whatever the figures are, everything is drawn inside the field, and the scale encloses them."""
    ordered = [(day, float(value)) for day, value in sorted(values)]
    drawn = chart(
        "x", "Title", "Words", [Series(name="S", kind=kind, values=ordered)],
        (date(2024, 1, 1), date(2024 + years, 1, 1)), "sv", unknown=[(date(2024, 2, 1), date(2024, 3, 1))],
    )  # fmt: skip
    (panel,) = drawn.panels
    heights = [tick.at for tick in panel.ticks]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) <= 7
    assert panel.top - 0.1 <= min(heights)
    assert max(heights) <= panel.base + 0.1
    tops = [float(one) for one in re.findall(r"V([0-9.-]+)", panel.path)] + [y for _, y in panel.dots]
    assert all(panel.top - 0.1 <= one <= panel.base + 0.1 for one in tops)
    assert all(LEFT <= tick.at <= WIDTH - RIGHT for tick in drawn.months)
    named = [tick.at for tick in drawn.months if tick.words]
    assert all(after - before >= 20 for before, after in pairwise(named))


def test_weeks_begin_on_mondays_and_leave_no_day_out() -> None:
    """The weeks of a period hold its first day and its last."""
    weeks = weeks_between(date(2025, 11, 1), date(2026, 5, 1))
    assert weeks[0] == date(2025, 10, 27)
    assert weeks[-1] == date(2026, 4, 27)
    assert all(one.weekday() == 0 for one in weeks)
