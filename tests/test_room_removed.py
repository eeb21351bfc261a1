"""Removed items in the reading room: the register, what vanished without an entry, and who may see what."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from _held_store import held_store, place
from _reading_room import client, json_of
from _removed import entry, picture
from _room_package import marked_store

from urval.access import Restriction
from urval.manifest import sha256_hex
from urval.reading_room import Role
from urval.removals import Missing, Observation, Removal, Sign, sealed, thread_id_of
from urval.removals.screenshot import saved_file
from urval.store import put_observation, put_record, put_removal, restriction_key

if TYPE_CHECKING:
    from pathlib import Path

    from urval.removals import SavedFile
    from urval.store import DirectoryStore

HOSTILE = '<script>alert("x")</script>'
ARCHIVE, ACCOUNT, PERIOD = place()


def _registered(store: DirectoryStore, folder: Path, **changes: Any) -> Removal:
    """Put an entry of the store's own account, with a picture."""
    data = picture()
    file: SavedFile = saved_file(data, "x")
    made = entry([file], **changes).model_copy(update={"archive": ARCHIVE, "account": ACCOUNT})
    made = sealed(made, made.id[:10])
    place_of = folder / made.id
    place_of.mkdir(parents=True)
    (place_of / file.file).write_bytes(data)
    put_removal(store, made, place_of)
    return made


def _address(made: Removal) -> str:
    return f"/removed/{ARCHIVE}/{ACCOUNT}/{made.id}"


def _restrict(store: DirectoryStore, item: str) -> None:
    name = f"2026-11-05-{sha256_hex(item.encode())[:12]}"
    made = Restriction(
        format="urval-restriction/1", id=name, archive=ARCHIVE, account=ACCOUNT, period=PERIOD, package="p", item=item,
        kind="thread", decision="KS 1", reason="x", by="Alva", at=datetime(2026, 11, 5, tzinfo=UTC),
    )  # fmt: skip
    put_record(store, restriction_key(ARCHIVE, ACCOUNT, made.id), made, "it")


def test_the_register_is_listed_filtered_and_inert(tmp_path: Path) -> None:
    """Month, account, reason and kind narrow the register; each entry says where it is kept; hostile text is text."""
    store = held_store(tmp_path)
    june = _registered(store, tmp_path / "1", text=HOSTILE, removed_at="2026-06-23T13:40:00+02:00", reason="defamation")
    august = _registered(store, tmp_path / "2", text="Köp nu!", removed_at="2026-08-02T09:00:00+02:00", reason="spam")
    with client(store.root, tmp_path) as asking:
        every = json_of(asking, "/removed.json")["entries"]
        narrowed = [
            [one["entry"] for one in json_of(asking, f"/removed.json?{query}")["entries"]]
            for query in ("month=2026-06", "reason=spam", "kind=post", "account=nobody", f"account={ACCOUNT}")
        ]
        page = asking.get("/removed").text
        bad = [
            asking.get(f"/removed?{query}").status_code
            for query in ("month=2026-13", "month=0000-01", "reason=x'--", "page=0")
        ]
    assert [one["entry"] for one in every] == [august.id, june.id]
    assert narrowed == [[june.id], [august.id], [], [], [august.id, june.id]]
    assert every[1]["reason_words"] == "defamation or personal attack"
    assert every[1]["packaged"] is None
    assert "Not packaged yet" in page
    assert "<script>alert" not in page
    assert bad == [422, 422, 422, 422]


def test_an_entry_and_its_picture_are_shown_checked(tmp_path: Path) -> None:
    """The entry's page tells everything; its picture is what was entered, under a policy that lets nothing run."""
    store = held_store(tmp_path)
    made = _registered(store, tmp_path / "1", text=HOSTILE, case="KS 2026/0307", note="Se mejl.")
    file = f"{_address(made)}/files/{made.files[0].file}"
    with client(store.root, tmp_path) as asking:
        told, page, shot = json_of(asking, f"{_address(made)}.json"), asking.get(_address(made)).text, asking.get(file)
        missing = asking.get(f"/removed/{ARCHIVE}/{ACCOUNT}/2020-01-01-0123456789ab")
        climbing = asking.get(f"{_address(made)}/files/..%2fremoval.json")
    assert (told["case"], told["note"], told["text"]) == ("KS 2026/0307", "Se mejl.", HOSTILE)
    assert HOSTILE not in page
    assert f'src="{file}"' in page
    assert hashlib.sha256(shot.content).hexdigest() == made.files[0].sha256
    assert shot.headers["content-type"] == "image/png"
    assert "default-src 'none'" in shot.headers["content-security-policy"]
    assert "sandbox" in shot.headers["content-security-policy"]
    assert missing.status_code == 404
    assert climbing.status_code in {404, 422}


def test_what_was_changed_is_not_shown(tmp_path: Path) -> None:
    """A picture or an entry with other bytes than were entered is told as damaged and never sent."""
    store = held_store(tmp_path)
    made = _registered(store, tmp_path / "1")
    folder = store.root / "removals" / ARCHIVE / ACCOUNT / made.id
    shot = folder / made.files[0].file
    shot.write_bytes(shot.read_bytes()[:-1] + b"!")
    with client(store.root, tmp_path) as asking:
        page, sent = asking.get(_address(made)), asking.get(f"{_address(made)}/files/{shot.name}")
        written = (folder / "removal.json").read_bytes()
        (folder / "removal.json").write_bytes(written.replace(b"Ut med packet!", b"In med packet!"))
        listed, entry_page = json_of(asking, "/removed.json")["entries"], asking.get(_address(made))
    assert page.status_code == 200
    assert "not the one that was entered" in page.text
    assert sent.status_code == 500
    assert listed[0]["problem"]
    assert listed[0]["text"] == ""
    assert entry_page.status_code == 500
    assert "In med packet" not in entry_page.text


def test_restricted_entries_are_hidden_from_visitors(tmp_path: Path) -> None:
    """By its own id, or by that of the item it saves, a restricted entry shows visitors nothing; auditors, logged."""
    store = held_store(tmp_path)
    entries = [_registered(store, tmp_path / "1", text="hemlig text"),
               _registered(store, tmp_path / "2", text="hemlig text", item="122_9", on_post="122")]  # fmt: skip
    _restrict(store, thread_id_of(entries[0]))
    _restrict(store, "122_9")
    with client(store.root, tmp_path / "v") as asking:
        lists = [asking.get("/removed"), asking.get("/removed.json")]
        refused = [
            asking.get(f"{_address(made)}{part}")
            for made in entries for part in ("", ".json", f"/files/{made.files[0].file}")
        ]  # fmt: skip
    with client(store.root, tmp_path / "a", Role.AUDITOR) as asking:
        seen = [asking.get(_address(made)).text for made in entries]
    log = (tmp_path / "a" / "access.jsonl").read_text()
    assert {one.status_code for one in refused} == {403}
    assert not any("hemlig text" in one.text or made.id in one.text for one in [*lists, *refused] for made in entries)
    assert [one["hidden"] for one in lists[1].json()["entries"]] == [True, True]
    assert all("hemlig text" in page for page in seen)
    assert all(made.id in log for made in entries)


def test_what_vanished_without_an_entry_is_told(tmp_path: Path) -> None:
    """What two looks missed is certain and one missed once is not; an entry that names it covers it."""
    store = held_store(tmp_path)
    _registered(store, tmp_path / "1", item="c1", on_post="p1")
    missing = [Missing(what="comment", id=name, thread="p1", sign=Sign.MISSING) for name in ("c1", "c2")]
    for day, gone in (("2026-11-06", missing), ("2026-11-08", [*missing, missing[1].model_copy(update={"id": "c3"})])):
        put_observation(store, Observation(
            format="urval-observation/1", archive=ARCHIVE, account=ACCOUNT, period=PERIOD, day=day,
            observed_at=datetime.fromisoformat(f"{day}T10:00:00+00:00"), observed_by="run", capture="c",
            capture_sha256="0" * 64, posts=1, comments=9, missing=gone, uncertain=[],
        ))  # fmt: skip
    with client(store.root, tmp_path) as asking:
        told = json_of(asking, "/removed.json")["vanished"]
        page = asking.get("/removed").text
    assert [(one["id"], one["since"], one["confirmed"]) for one in told] == [
        ("c3", "2026-11-08", False), ("c2", "2026-11-06", True),
    ]  # fmt: skip
    assert "missed once" in page


def test_what_packages_show_as_removed_leads_to_its_thread(tmp_path: Path) -> None:
    """A post that a package shows as removed is listed with by whom, in words, and links to its thread."""
    with client(marked_store(), tmp_path) as asking:
        told = json_of(asking, "/removed.json")["shown"]
        page = asking.get("/removed").text
        month = told[0]["created_at"][:7]
        same, other = (
            json_of(asking, f"/removed.json?{query}")["shown"] for query in (f"month={month}", "month=1999-01")
        )
    assert "deleted_by_author" in {one["visibility"] for one in told}
    assert "visible" not in {one["visibility"] for one in told}
    assert "removed by its author" in page
    assert f"/threads/{told[0]['place']['number']}" in page
    assert told[0] in same
    assert other == []
