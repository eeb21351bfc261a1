"""Registering a removed item in the reading room: what ``urval moderate add`` takes, by a form that loses nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from _reading_room import client
from _removed import picture
from _reviews import PDF
from _room_review import ARCHIVE, TIME, at_desk, form_to, opened, send
from _sample_package import ACCOUNT
from _waiting_store import Waiting, waiting

from urval.errors import ConfigError
from urval.reading_room import Role
from urval.reading_room.local_time import HourTwiceError, local_moment
from urval.store import open_store, read_removals

if TYPE_CHECKING:
    from pathlib import Path

    from urval.removals import Removal

FORM = "/removed/register"
HOSTILE = "Ut med packet! <script>alert(1)</script> \u202e\nrad två"
TYPED = {
    "account": f"{ARCHIVE}/{ACCOUNT}", "kind": "comment", "link": "https://www.facebook.com/exempelstad/posts/1?c=2",
    "text": HOSTILE, "reason": "agitation", "removed_by": "Alva Exempelsson", "removed_at": "2026-09-03T14:05",
    "saved": "before", "author": "Någon", "published_at": "2026-09-03T13:55", "on_post": "1", "item": "2",
    "case": "KS 2026/0100", "police": "5000-K1-26", "note": "Se skärmbilden",
}  # fmt: skip


@pytest.fixture
def one(tmp_path: Path) -> Waiting:
    """Return a store with its spec."""
    return waiting(tmp_path)


def entries(one: Waiting) -> list[Removal]:
    """Return what the register holds."""
    return list(read_removals(open_store(str(one.store), must_exist=True), ARCHIVE, ACCOUNT))


def test_an_entry_is_made_once(one: Waiting, tmp_path: Path) -> None:
    """All fields and files go into the register; the same entry again is recognised, a like one is told."""
    files = [("screenshots", ("a.png", picture())), ("screenshots", ("../../b.jpg", picture("JPEG"))),
             ("screenshots", ("c.pdf", PDF))]  # fmt: skip
    with at_desk(one, tmp_path) as asking:
        form = form_to(opened(asking, f"{FORM}?account={ARCHIVE}%2F{ACCOUNT}"), "register")
        assert form.fields["removed_by"] == "Alva"
        made = send(asking, form, files=files, **TYPED)
        page = opened(asking, made.headers["location"])
        again = opened(asking, send(asking, form, files=files, **TYPED).headers["location"])
        like = opened(asking, send(asking, form, files=files, **TYPED | {"note": "En gång till"}).headers["location"])
    first, second = sorted(entries(one), key=lambda entry: entry.note or "", reverse=True)
    assert (first.text, first.author, first.item, first.on_post, first.case, first.police, first.note) == (
        HOSTILE, "Någon", "2", "1", "KS 2026/0100", "5000-K1-26", "Se skärmbilden",
    )  # fmt: skip
    assert first.removed_at.isoformat() == "2026-09-03T12:05:00+00:00"  # five past two in Stockholm
    assert (first.registered_by, str(first.reason), first.saved) == ("Alva", "agitation", "before")
    assert [saved.mime for saved in first.files] == ["image/png", "image/jpeg", "application/pdf"]
    assert "It is registered" in page
    assert "<script>alert" not in page
    assert "Registered before" in again
    assert "These seem to be about the same item" in like
    assert first.id in like
    assert second.note == "En gång till"
    log = [json.loads(line) for line in (tmp_path / "access.jsonl").read_text().splitlines()]
    assert [(entry["by"], entry["act"]) for entry in log] == [("Alva", "register_enter")] * 3


def test_every_fault_stands_beside_its_field(one: Waiting, tmp_path: Path) -> None:
    """All faults are told at once, each tied to its field; what was typed is there, and nothing is written."""
    bad = TYPED | {
        "link": "javascript:alert(1)", "reason": "other", "removed_at": "2026-02-30T10:00", "note": "",
        "published_at": "i går", "text": " ", "removed_by": "", "on_post": "https://alva:hemligt@x.example/1",
        "case": "x" * 2001,
    }  # fmt: skip
    with at_desk(one, tmp_path) as asking:
        answer = send(asking, form_to(opened(asking, FORM), "register"), **bad)
        kept = form_to(answer.text, "register").fields
        none = send(asking, form_to(opened(asking, FORM), "register"), account="", reason="")
    assert answer.status_code == none.status_code == 400
    faulty = ("link", "removed_at", "published_at", "note", "text", "removed_by", "on_post", "case")
    assert [name for name in faulty if f'id="{name}-fault"' not in answer.text] == []
    assert answer.text.count('aria-invalid="true"') == len(faulty)
    assert "8 fields need another look" in answer.text
    assert {name: kept[name] for name in ("link", "case", "published_at", "author")} == {
        name: bad[name] for name in ("link", "case", "published_at", "author")
    }
    assert 'id="account-fault"' in none.text
    assert 'id="reason-fault"' in none.text
    assert entries(one) == []


def test_files_are_bounded_and_known_by_their_content(one: Waiting, tmp_path: Path) -> None:
    """A page named .png, a picture cut off, or too many files are refused; the page says to choose the files again."""
    with at_desk(one, tmp_path) as asking:
        form = form_to(opened(asking, FORM), "register")
        for data in (b"<html><script>alert(1)</script></html>", picture()[:-30]):
            answer = send(asking, form, files=[("screenshots", ("a.png", data))], **TYPED)
            assert answer.status_code == 400
            assert 'id="screenshots-fault"' in answer.text
            assert "must be chosen again" in answer.text
        many = send(asking, form, files=[("screenshots", (f"{n}.png", picture())) for n in range(11)], **TYPED)
        large = asking.post(FORM, content=b"", headers={"content-length": "1000000000", "content-type": "text/plain"})
    assert "At most 10 files" in many.text
    assert (many.status_code, large.status_code) == (400, 413)
    assert entries(one) == []


def test_a_file_beyond_the_limit_of_the_spec(one: Waiting, tmp_path: Path) -> None:
    """A screenshot larger than the spec takes is refused with 413, and what was typed is kept."""
    one.spec.write_bytes(one.spec.read_bytes() + b"limits: {media_bytes: 500}\n")
    with at_desk(one, tmp_path) as asking:
        form = form_to(opened(asking, FORM), "register")
        answer = send(asking, form, files=[("screenshots", ("a.png", picture() + b"0" * 500))], **TYPED)
    assert answer.status_code == 413
    assert "larger than the archive spec takes" in answer.text
    assert form_to(answer.text, "register").fields["note"] == TYPED["note"]
    assert entries(one) == []


def test_only_archivists_register(one: Waiting, tmp_path: Path) -> None:
    """Auditors get neither form nor entry; a form without its token, or of somebody without a name, does nothing."""
    with at_desk(one, tmp_path) as asking:
        fields = form_to(opened(asking, FORM), "register").fields
        session = asking.cookies["urval_session"]
        bare = {name: value for name, value in fields.items() if name != "token"} | TYPED
        assert asking.post(FORM, data=bare).status_code == 403
    with at_desk(one, tmp_path, role=Role.AUDITOR) as other:
        other.cookies.set("urval_session", session)
        assert other.get(FORM).status_code == 403
        assert other.post(FORM, data=fields | TYPED).status_code == 403
    with at_desk(one, tmp_path, " ") as nobody:
        assert send(nobody, form_to(opened(nobody, FORM), "register"), **TYPED).status_code == 400
    with client(one.store, tmp_path, Role.ARCHIVIST) as bare_room:
        assert "urval browse STORE --spec SPEC --role archivist" in opened(bare_room, FORM)
    assert entries(one) == []


def test_an_hour_that_comes_twice_is_asked_for(one: Waiting, tmp_path: Path) -> None:
    """When summer time ended half past two came twice: the form asks which, and takes the answer."""
    with at_desk(one, tmp_path, time=TIME) as asking:
        form = form_to(opened(asking, FORM), "register")
        asked = send(asking, form, **TYPED | {"removed_at": "2026-10-25T02:30"})
        answered = send(asking, form_to(asked.text, "register"), **TYPED | {
            "removed_at": "2026-10-25T02:30", "removed_fold": "second"})  # fmt: skip
    assert asked.status_code == 400
    assert "That hour came twice" in asked.text
    assert 'name="removed_fold"' in asked.text
    assert answered.status_code == 303
    assert [entry.removed_at.isoformat() for entry in entries(one)] == ["2026-10-25T01:30:00+00:00"]


def test_local_times() -> None:
    """A local time has one meaning, two, or none; one with a zone of its own keeps it."""
    zone = "Europe/Stockholm"
    assert local_moment("2026-09-03T14:05", zone).isoformat() == "2026-09-03T14:05:00+02:00"
    assert local_moment("2026-09-03T14:05Z", zone).isoformat() == "2026-09-03T14:05:00+00:00"
    assert local_moment("2026-10-25T02:30", zone, "first").isoformat() == "2026-10-25T02:30:00+02:00"
    assert local_moment("2026-10-25T02:30", zone, "second").isoformat() == "2026-10-25T02:30:00+01:00"
    with pytest.raises(HourTwiceError):
        local_moment("2026-10-25T02:30", zone)
    for text in ("2026-03-29T02:30", "i går", "", "0001-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(ConfigError):
            local_moment(text, zone if text[0:1] != "9" else "America/New_York")
