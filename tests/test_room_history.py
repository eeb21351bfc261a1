"""Runs, ledgers, archive specs and disposals in the reading room, whole and broken."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from _disposal import PLACE, approved
from _disposal import archive as disposal_store
from _held_store import held_store, place
from _reading_room import client, json_of
from _run_store import ARCHIVE, package_folders, run_folder, run_store, store_copy
from _sample_package import ACCOUNT

from flows.destroying import execute, order_of
from urval.ledger import State, next_event
from urval.reading_room import Role
from urval.store import append_event, ledger_prefix, open_store, read_events

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HOSTILE = "<script>alert(1)</script>"
PERIODS = ("2025-11-01--2026-05-01", "2026-05-01--2026-11-01")


def _ledger(period: str) -> str:
    return f"/ledger/{ARCHIVE}/{ACCOUNT}/{period}"


def test_runs_tell_what_they_list_and_the_digest_for_the_minutes(tmp_path: Path) -> None:
    """The list and each run tell the digest of its bytes, its packages and the run before it."""
    with client(run_store(), tmp_path) as asking:
        (of,) = json_of(asking, "/runs.json")["archives"]
        second = json_of(asking, f"/runs/{ARCHIVE}/2.json")
        page = asking.get(f"/runs/{ARCHIVE}/2").text
        missing = asking.get(f"/runs/{ARCHIVE}/3")
    digests = [hashlib.sha256((run_folder(run_store(), n) / "run.json").read_bytes()).hexdigest() for n in (2, 1)]
    assert [one["sha256"] for one in of["runs"]] == digests
    assert [one["problem"] for one in of["runs"]] == ["", ""]
    assert (second["previous_number"], second["previous_sha256"]) == (1, digests[1])
    assert [(one["there"], one["same"]) for one in second["listed"]] == [(True, True)]
    assert digests[0] in page
    assert missing.status_code == 404


def test_a_run_that_was_changed_or_lost_its_signature_is_said_so(tmp_path: Path) -> None:
    """A run that does not follow, one that cannot be read and one without its signature are told in red."""
    store = store_copy(tmp_path)
    file = run_folder(store, 1) / "run.json"
    file.write_bytes(file.read_bytes().replace(b'"number":1', b'"number":01'))
    (run_folder(store, 2) / "run.json.sig").unlink()
    with client(store, tmp_path) as asking:
        (of,) = json_of(asking, "/runs.json")["archives"]
        page = asking.get(f"/runs/{ARCHIVE}/2").text
        first = asking.get(f"/runs/{ARCHIVE}/1")
    assert [one["problem"] for one in of["runs"]] == ["unchained", "unreadable"]
    assert [(one["signed"], one["names_signer"]) for one in of["runs"]] == [(False, True), (True, False)]
    assert "signature missing" in page
    assert 'role="alert"' in page
    assert first.status_code == 200


def test_a_ledger_tells_its_events_in_words(tmp_path: Path) -> None:
    """Each event has its state in words, who, when and why, and links to the package; the chain is said to be whole."""
    with client(run_store(), tmp_path) as asking:
        listed = json_of(asking, "/ledger.json")
        told = json_of(asking, f"{_ledger(PERIODS[1])}.json")
        page = asking.get(_ledger(PERIODS[1])).text
        swedish = asking.get(_ledger(PERIODS[1]), headers={"accept-language": "sv"}).text
        missing = asking.get(_ledger("2020-01-01--2020-05-01"))
    assert {one["period"] for one in listed["ledgers"]} == set(PERIODS)
    assert [one["state"] for one in told["events"]] == ["captured", "proposed", "approved", "packaged", "sealed"]
    assert told["problems"] == []
    name = package_folders(run_store())[1].name
    assert f'href="/packages/{ARCHIVE}/{name}"' in page
    assert "The chain is whole" in page
    assert "Kedjan är hel" in swedish
    assert missing.status_code == 404


def test_a_broken_ledger_is_red_and_its_texts_are_inert(tmp_path: Path) -> None:
    """A ledger with a changed event says so in red, on its page and first in the list; hostile reasons do nothing."""
    store = store_copy(tmp_path)
    file = store / "ledger" / ARCHIVE / ACCOUNT / PERIODS[0] / "000002.json"
    file.write_bytes(file.read_bytes().replace(b'"actor":"test"', b'"actor":"best"'))
    opened, prefix = open_store(str(store)), ledger_prefix(ARCHIVE, ACCOUNT, PERIODS[1])
    before = read_events(opened, prefix)
    failed = next_event(before, State.FAILED, at=before[-1].at, actor=HOSTILE, role="run", reason=f"{HOSTILE}\u202e")
    append_event(opened, prefix, failed)
    with client(store, tmp_path) as asking:
        page, listed = asking.get(_ledger(PERIODS[0])).text, json_of(asking, "/ledger.json")
        whole = asking.get(_ledger(PERIODS[1])).text
    assert "The chain is broken" in page
    assert 'role="alert"' in page
    assert "The chain is whole" in whole
    assert listed["ledgers"][0]["problem"]
    assert listed["broken"] == 1
    assert HOSTILE not in whole
    assert "&lt;script&gt;" in whole


def test_visitors_do_not_read_why_something_is_restricted(tmp_path: Path) -> None:
    """The event stays in the ledger, its reason only for whoever may see it, and that is logged."""
    held = held_store(tmp_path)
    before = read_events(held, ledger_prefix(*place()))
    event = next_event(
        before, State.RESTRICTED, at=before[-1].at, actor="Alva", role="archivist", reason="Skyddad identitet",
        refs={"restriction": "2026-11-05-abc", "package": "x", "decision": "KS 1"},
    )  # fmt: skip
    append_event(held, ledger_prefix(*place()), event)
    address = "/ledger/" + "/".join(place())
    with client(held.root, tmp_path) as asking:
        page, twin = asking.get(address).text, asking.get(f"{address}.json").text
    log = tmp_path / "auditor" / "access.jsonl"
    with client(held.root, tmp_path / "auditor", Role.AUDITOR) as asking:
        seen = asking.get(address).text
    assert "Skyddad identitet" not in page + twin
    assert "2026-11-05-abc" not in page + twin
    assert '"restricted"' in twin
    assert "Skyddad identitet" in seen
    assert "reasons of restrictions" in log.read_text()


def test_specs_are_pages_of_a_handbook(tmp_path: Path) -> None:
    """Every spec that packages hold is listed by digest, told in plain words with sources, and given out as it is."""
    with client(run_store(), tmp_path) as asking:
        (one,) = json_of(asking, "/specs.json")["specs"]
        told = json_of(asking, f"/specs/{one['sha256']}.json")
        page = asking.get(f"/specs/{one['sha256']}", headers={"accept-language": "sv"}).text
        file = asking.get(f"/specs/{one['sha256']}/archive-spec.yaml")
        unknown = asking.get(f"/specs/{'0' * 64}")
    assert one["packages"] == 2
    assert told["trouble"] == ""
    assert {key for part in told["sections"] for block in part["blocks"] for line in block["sentences"]
            for key in line["sources"]} <= {ref["key"] for ref in told["references"]}  # fmt: skip
    assert all(f'id="{part["id"]}"' in page for part in told["sections"])
    assert hashlib.sha256(file.content).hexdigest() == one["sha256"]
    assert unknown.status_code == 404


def test_a_spec_that_was_changed_in_every_package_is_not_shown(tmp_path: Path) -> None:
    """Bytes that are not those of the digest are never told nor given out; the page says why."""
    store = store_copy(tmp_path)
    for folder in package_folders(store):
        file = folder / "data" / "spec" / "archive-spec.yaml"
        file.write_text(file.read_text().replace("Exempelstad", "Annanstad"))
    with client(store, tmp_path) as asking:
        (one,) = json_of(asking, "/specs.json")["specs"]
        page, sent = asking.get(f"/specs/{one['sha256']}"), asking.get(f"/specs/{one['sha256']}/archive-spec.yaml")
    assert "It cannot be told in plain words" in page.text
    assert "Annanstad" not in page.text
    assert sent.status_code == 500


def test_a_disposal_is_told_from_plan_to_tombstone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan is shown with what was left; executed, with tombstone and protocol; where the ledger forgot it, in red."""
    monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path))
    one = disposal_store(tmp_path)
    name = approved(one)
    address = f"/disposals/{PLACE[0]}/{name}"
    with client(one.store, tmp_path) as asking:
        before = json_of(asking, f"{address}.json")
        desk = one.desk("Bo")
        execute(desk, order_of(desk, name))
        (line,) = json_of(asking, "/disposals.json")["disposals"]
        after, page = json_of(asking, f"{address}.json"), asking.get(address, headers={"accept-language": "sv"}).text
        pdf, plain = asking.get(f"{address}/files/protocol.pdf"), asking.get(f"{address}/files/protocol.json")
        refused = [asking.get(f"{address}/files/{bad}").status_code for bad in ("secrets.json", "..%2fplan.json")]
        max((one.store / "ledger").rglob("*.json")).unlink()
        forgotten, listed = json_of(asking, f"{address}.json"), asking.get("/disposals").text
    assert (before["stands"], before["listed"][0]["there"], before["listed"][0]["tombstone"]) == ("approved", True, "")
    assert (line["stands"], line["made_by"], line["approved_by"]) == ("executed", "Alva", "Bo")
    assert (after["listed"][0]["there"], after["listed"][0]["tombstone"]) == (False, "known")
    assert after["approval_fits"]
    assert after["listed"][0]["rules"][0]["reference"] == "KS 2025/0417"
    assert "insamlingen" in page
    assert "unselected_raw" not in page
    assert pdf.content.startswith(b"%PDF-")
    assert json.loads(plain.content)["plan"] == name
    assert set(refused) <= {404, 422}
    assert forgotten["listed"][0]["tombstone"] == "unknown"
    assert "Tombstones that no ledger confirms" in listed
