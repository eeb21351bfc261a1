"""The first page and the list of accounts: what is kept, due and wrong, judged as ``urval status`` does."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from _reading_room import client, json_of, room_over
from _room_survey import EARLIER, LATER, damage, packages_of, spec_file
from _run_store import ARCHIVE, run_store, store_copy
from _sample_package import ACCOUNT
from _waiting_store import waiting

from urval.coverage import cover
from urval.coverage.listing import as_json
from urval.coverage.register import Register, chains_of
from urval.coverage.states import STATES
from urval.coverage.years import years_of
from urval.reading_room import Role
from urval.spec import load_spec
from urval.standings import extras_of, read_standings
from urval.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _marks(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {mark["period"]: mark for line in table["lines"] for cell in line["cells"] for mark in cell}


def _kinds(view: dict[str, Any]) -> set[str]:
    return {one["kind"] for one in view["wrong"]}


def test_without_set_up_the_newest_package_says_what_is_expected(tmp_path: Path) -> None:
    """Given no spec, the newest package's spec judges the table; the page says so, and each cell is a link."""
    with client(run_store(), tmp_path) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
    (table,) = view["tables"]
    assert table["source"] == "package"
    assert (table["spec_id"], table["spec_version"]) == ("exempelstad", "2026.1")
    assert "By the archive spec of the newest package, exempelstad, version 2026.1" in page
    marks = _marks(table)
    for period, folder in packages_of(run_store()).items():
        assert (marks[period]["state"], marks[period]["package"]) == ("packaged", folder.name)
        assert f"/packages/{ARCHIVE}/{folder.name}" in page
    assert view["figures"] == {
        "packages": 2, "accounts": 1, "threads": 6, "comments": view["figures"]["comments"],
        "media": view["figures"]["media"], "first_day": "2025-11-01", "last_day": "2026-11-01",
    }  # fmt: skip


def test_the_table_says_what_status_says(tmp_path: Path) -> None:
    """With a spec, every state, year and red sentence is that of urval.coverage over the same store."""
    file = spec_file(tmp_path, first="2023-11-01")
    store = open_store(str(run_store()), must_exist=True)
    with client(run_store(), tmp_path, specs=(file,)) as asking:
        view = json_of(asking, "/index.json")
    (table,) = view["tables"]
    register, extras = Register.of(load_spec(file)), extras_of(store, ARCHIVE)
    today = date.fromisoformat(table["today"])
    chains = chains_of(register, extras, today)
    whole = cover(register, chains, read_standings(store).table, today)
    told = as_json(whole, years_of(whole, chains), "en", store=store.uri, spec=file.name)
    assert {one["period"]: one["state"] for one in _marks(table).values()} == {
        cell["period"]: cell["state"] for account in told["accounts"] for cell in account["cells"]
    }
    assert view["red"] == told["red"]
    assert [one["sentence"] for one in view["due"]] == [one["sentence"] for one in told["todo"]]
    assert [one["command"] for one in view["due"]] == [one["command"] for one in told["todo"]]
    assert any(one["state"] == "missed" for one in _marks(table).values())


def test_what_is_missed_is_red_and_has_its_command(tmp_path: Path) -> None:
    """Years that are not fulfilled stand in a red box, and what to do next with the command as text."""
    with client(run_store(), tmp_path, specs=(spec_file(tmp_path, first="2023-11-01"),)) as asking:
        page, swedish = asking.get("/").text, asking.get("/?lang=sv").text
    assert "2 things are not fulfilled" in page or "1 thing is not fulfilled" in page
    assert f"{ACCOUNT}: 0 of 2 counted in 2024" in page
    assert "urval capture --spec spec.yaml" in page
    assert "s-missed" in page
    assert f"{ACCOUNT}: 0 av 2 räknas för 2024" in swedish


def test_a_broken_spec_is_told_and_the_page_stands(tmp_path: Path) -> None:
    """A spec file that is none costs one sentence: the table is then judged by the newest package's spec."""
    broken, gone = tmp_path / "trasig.yaml", tmp_path / "borta.yaml"
    broken.write_text("format: 1\nid: <script>alert(1)</script>\n")
    with client(run_store(), tmp_path, specs=(broken, gone)) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
    assert sorted(one["detail"].split(":")[0] for one in view["wrong"]) == ["borta.yaml", "trasig.yaml"]
    assert view["tables"][0]["source"] == "package"
    assert "<script>alert" not in page
    assert str(tmp_path) not in page


def test_without_any_spec_ledgers_and_packages_speak(tmp_path: Path) -> None:
    """Where no package's spec is as it was sealed, ledgers and packages make the table, and the page says so."""
    store = store_copy(tmp_path)
    for folder in packages_of(store).values():
        damage(folder / "data/spec/archive-spec.yaml")
    shutil.rmtree(store / "ledger" / ARCHIVE / ACCOUNT / LATER)
    with client(store, tmp_path) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
        assert asking.get(f"/accounts/{ARCHIVE}/{ACCOUNT}").status_code == 200
    (table,) = view["tables"]
    assert table["source"] == "none"
    assert {period: mark["state"] for period, mark in _marks(table).items()} == {EARLIER: "packaged", LATER: "packaged"}
    assert "nobody can say what is missing" in page
    assert {"spec", "no_ledger"} <= _kinds(view)


def test_a_whole_store_is_calm_about_it(tmp_path: Path) -> None:
    """Nothing wrong: the page says so, what was looked at, and that this is no verification."""
    with client(run_store(), tmp_path) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
    assert view["wrong"] == []
    assert view["looked_at"] == {"packages": 2, "ledgers": 2, "runs": 2, "accounts": 1}
    assert "Nothing wrong was found." in page
    assert "This is not a verification" in page


def _break_ledger(store: Path) -> None:
    damage(store / "ledger" / ARCHIVE / ACCOUNT / LATER / "000002.json")


def _lose_package(store: Path) -> None:
    shutil.rmtree(packages_of(store)[EARLIER])


def _unsign_run(store: Path) -> None:
    (store / "runs" / ARCHIVE / "000002" / "run.json.sig").unlink()


def _break_run(store: Path) -> None:
    damage(store / "runs" / ARCHIVE / "000001" / "run.json")


def _unsign_package(store: Path) -> None:
    (packages_of(store)[LATER] / "manifest.json.sig").unlink()


def _unstamp_package(store: Path) -> None:
    for file in packages_of(store)[LATER].glob("manifest.json.sig*.tsr"):
        file.unlink()


def _damage_package(store: Path) -> None:
    damage(packages_of(store)[LATER] / "data/tables/posts.parquet")


def _hide_restriction(store: Path) -> None:
    place = store / "restrictions" / ARCHIVE / ACCOUNT
    place.mkdir(parents=True)
    (place / "x.json").write_text("{}")


@pytest.mark.parametrize(
    ("harms", "told"),
    [
        (
            (_break_ledger, _unsign_run, _unsign_package),
            {
                ("ledger", True): "the ledger is broken.",
                ("restrictions", True): "its restrictions cannot be read",
                ("run_signature", True): "the run says that it is signed, and the signature is missing.",
                ("signature", True): "the manifest says that the package is signed",
            },
        ),
        (
            (_lose_package, _unstamp_package, _hide_restriction),
            {
                ("lost", True): "and the store does not hold it.",
                ("stamp", False): "the time stamp is missing.",
                ("restrictions", True): "its restrictions cannot be read",
            },
        ),
        (
            (_damage_package, _break_run),
            {
                ("damaged", True): "the package is damaged.",
                ("run", True): "its run manifest cannot be read.",
            },
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, harms: tuple[Callable[[Path], None], ...], told: dict[tuple[str, bool], str]
) -> None:
    """Each kind of damage is told in words, once, and everything else of the page stands."""
    store = store_copy(tmp_path)
    for harm in harms:
        harm(store)
    with client(store, tmp_path) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
        assert asking.get("/accounts").status_code == 200
        assert asking.get(f"/accounts/{ARCHIVE}/{ACCOUNT}").status_code == 200
    assert sorted((one["kind"], one["serious"]) for one in view["wrong"]) == sorted(told)
    assert all(words in page for words in told.values())
    assert view["tables"][0]["lines"]
    assert "Nothing wrong was found." not in page


def test_a_broken_ledger_is_broken_in_its_cell(tmp_path: Path) -> None:
    """The cell of a ledger that was changed says so, in the table and on the account's page."""
    store = store_copy(tmp_path)
    _break_ledger(store)
    with client(store, tmp_path) as asking:
        marks = _marks(json_of(asking, "/index.json")["tables"][0])
        account = asking.get(f"/accounts/{ARCHIVE}/{ACCOUNT}").text
    assert marks[LATER]["state"] == "broken"
    assert marks[LATER]["problem"]
    assert marks[EARLIER]["state"] == "packaged"
    assert "The ledger of this period is broken." in account


def test_the_store_is_gone(tmp_path: Path) -> None:
    """A store that has vanished answers 503 with a clear page, on each of the pages, and comes back when it does."""
    store = store_copy(tmp_path)
    with client(store, tmp_path) as asking:
        assert asking.get("/").status_code == 200
        away = store.rename(tmp_path / "away")
        for path in ("/", "/index.json", "/accounts", f"/accounts/{ARCHIVE}/{ACCOUNT}"):
            answer = asking.get(path)
            assert answer.status_code == 503, path
        assert "the store&#39;s folder is not there" in asking.get("/").text
        away.rename(store)
        assert asking.get("/").status_code == 200


def test_the_store_is_looked_at_once_for_many_pages(tmp_path: Path) -> None:
    """Pages asked for in a row tell of the same look, and say of when it is."""
    room = room_over(run_store(), tmp_path)
    first = room.survey.told()
    assert room.survey.told() is first
    room.survey.look_if_due()
    assert room.survey.told() is first


def test_a_package_that_came_is_looked_at_at_once(tmp_path: Path) -> None:
    """When the index has other packages than the last look, the room looks again without waiting."""
    store = store_copy(tmp_path)
    gone = packages_of(store)[LATER]
    gone.rename(tmp_path / gone.name)
    room = room_over(store, tmp_path)
    assert room.survey.told().figures.packages == 1
    (tmp_path / gone.name).rename(gone)
    room.index.bring_up_to_date(room.store)
    room.survey.look_if_due()
    assert room.survey.told().figures.packages == 2


def test_what_waits_for_review_leads_to_it(tmp_path: Path) -> None:
    """A proposal that waits is due; an archivist gets a link to its review, a visitor only the command."""
    one = waiting(tmp_path)
    with client(one.store, tmp_path, Role.ARCHIVIST, specs=(one.spec,)) as asking:
        view, page = json_of(asking, "/index.json"), asking.get("/").text
    assert [(need["kind"], need["occasion"], need["reviewed"]) for need in view["due"] if need["reviewed"]] == [
        ("proposed", "2026-host", True)
    ]
    assert f"/reviews/{ARCHIVE}/{ACCOUNT}/2026-host" in page
    assert "urval review show" in page
    with client(one.store, tmp_path / "other", specs=(one.spec,)) as asking:
        assert f"/reviews/{ARCHIVE}/{ACCOUNT}/2026-host" not in asking.get("/").text


def test_many_accounts_come_in_pages_and_can_be_filtered(tmp_path: Path) -> None:
    """200 accounts are on a page; the filter finds by name or id, whatever is put into it."""
    with client(run_store(), tmp_path, specs=(spec_file(tmp_path, more=204),)) as asking:
        first, last = json_of(asking, "/index.json"), json_of(asking, "/index.json?page=99")
        found = json_of(asking, "/index.json?q=KONTO-007")
        hostile = asking.get("/", params={"q": "' OR 1=1 --<script>"})
        listed = json_of(asking, "/accounts.json?q=konto-20")
        assert asking.get("/?page=0").status_code == 422
        assert asking.get("/", params={"q": "x" * 101}).status_code == 422
    assert (first["pages"], len(first["tables"][0]["lines"]), len(last["tables"][0]["lines"])) == (2, 200, 5)
    assert [line["account"] for line in found["tables"][0]["lines"]] == ["konto-007"]
    assert hostile.status_code == 200
    assert "<script>&" not in hostile.text
    assert "--<script>" not in hostile.text
    assert [one["account"] for one in listed["accounts"]] == [f"konto-20{n}" for n in range(4)]


def test_every_state_has_its_colour_in_the_style(tmp_path: Path) -> None:
    """No state is drawn without its own colour, and none only by its colour: each has a sign and a word."""
    with client(run_store(), tmp_path) as asking:
        page = asking.get("/").text
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]
        style = asking.get(address).text
    assert all(f".s-{state}" in style for state in STATES)
    assert '<span aria-hidden="true" class="sign">▣</span>' in page
    assert "packaged, not verified" in page


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    """A store without anything is told as empty, and nothing fails."""
    (tmp_path / "empty").mkdir()
    with client(tmp_path / "empty", tmp_path) as asking:
        page = asking.get("/")
        accounts = asking.get("/accounts")
    assert (page.status_code, accounts.status_code) == (200, 200)
    assert "The store is empty" in page.text
    assert "No accounts yet" in accounts.text
