"""Reviewing in the reading room: the same acts as ``urval review``, by forms, and refused where they must be."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from _reading_room import client
from _reviews import PDF, png
from _room_review import ARCHIVE, PAGE, at_desk, desk_of, form_to, forms, opened, sealing, send
from _sample_package import ACCOUNT
from _waiting_store import Waiting, waiting

from flows.restricting import acting_on, restrict
from urval.holdings import packages, verify_held
from urval.ledger import State
from urval.reading_room import Role
from urval.reading_room.access.restrictions import Restricted
from urval.reading_room.desk import Place
from urval.reading_room.proposal_rows import Filter, thread_rows
from urval.review.telling import Teller
from urval.store import open_store
from urval.verify import Verdict

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "Typiskt <script>alert(1)</script> \"'><img src=x onerror=alert(2)>"


@pytest.fixture
def one(tmp_path: Path) -> Waiting:
    """Return a proposal that waits for one person."""
    return waiting(tmp_path)


def states(one: Waiting) -> list[str]:
    """Return the states of the ledger."""
    return [str(event.state) for event in one.events()]


def test_what_waits_is_listed(one: Waiting, tmp_path: Path) -> None:
    """The list tells account, occasion, counts, since when, and who must still approve."""
    with at_desk(one, tmp_path) as asking:
        page, told = opened(asking, "/reviews"), asking.get("/reviews.json").json()
    assert [(row["account"], row["occasion"], row["kept"], row["frame"], row["days"]) for row in told["proposals"]] == [
        (ACCOUNT, "2026-host", 4, 7, 1)
    ]
    assert "4 of 7 threads are to be kept" in page
    assert "one person must approve" in page


def test_a_thread_is_added_and_another_taken_out(one: Waiting, tmp_path: Path) -> None:
    """Both acts stand in the ledger under the visitor's name, in the access log, and on the page; markup stays text."""
    with at_desk(one, tmp_path) as asking:
        added = send(asking, form_to(opened(asking), "change", thread="t4"), reason=HOSTILE)
        assert added.status_code == 303, added.text[-2000:]
        shown = opened(asking, added.headers["location"])
        assert "t4 was added." in shown
        assert "t9 was added." not in opened(asking, f"{PAGE}?did=add&thread=t9")  # made up: the ledger says otherwise
        taken = send(asking, form_to(shown, "change", thread="t1"), reason="Dublett")
        page, told = opened(asking, taken.headers["location"]), asking.get(f"{PAGE}.json").json()
    acts = [
        (event.refs["act"], event.refs["thread"], event.reason, event.actor, event.role) for event in one.events()[-2:]
    ]
    assert acts == [
        ("add", "t4", " ".join(HOSTILE.split()), "Alva", "archivist"),
        ("remove", "t1", "Dublett", "Alva", "archivist"),
    ]
    assert (told["kept"], told["dropped"], told["excluded"]) == (4, 2, 1)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    logged = [json.loads(line) for line in (tmp_path / "access.jsonl").read_text().splitlines()]
    assert [(entry["by"], entry["act"], entry["what"]) for entry in logged] == [
        ("Alva", "review_change", f"{PAGE}/change")
    ] * 2


def test_mandatory_and_excluded_threads_stay(one: Waiting, tmp_path: Path) -> None:
    """Neither has a button, and the server refuses a form that was made up, with the reason, and writes nothing."""
    before = len(one.events())
    with at_desk(one, tmp_path) as asking:
        page = opened(asking)
        threads = {form.fields["thread"]: form for form in forms(page) if "thread" in form.fields}
        assert set(threads) == {"t1", "t2", "t3", "t4", "t5"}
        refused = [("t7", "remove", "mandatory rule arenden"), ("t6", "add", "excluded by rule undantag"),
                   ("t404", "add", "has no thread")]  # fmt: skip
        for thread, action, why in refused:
            answer = send(asking, threads["t4"], thread=thread, action=action, reason="Vill ha den så")
            assert answer.status_code == 400
            assert why in answer.text
            assert "Vill ha den så" in answer.text
    assert len(one.events()) == before


def test_an_outdated_form_does_nothing(one: Waiting, tmp_path: Path) -> None:
    """Whoever looked at an older proposal gets 409, who changed what meanwhile, and what they had typed."""
    with at_desk(one, tmp_path, "Alva") as alva, at_desk(one, tmp_path, "Bo") as bo:
        old = opened(alva)
        assert send(bo, form_to(opened(bo), "change", thread="t5"), reason="Frågan om badet").status_code == 303
        before = len(one.events())
        changed = send(alva, form_to(old, "change", thread="t4"), reason="Skälet jag skrev")
        approved, returned = send(alva, form_to(old, "approve")), send(alva, form_to(old, "return"), reason="Mitt skäl")
        attached = send(
            alva, form_to(old, "attach"), files={"file": ("v.png", png())}, caption="Vyn", taken_at="2026-11-03T08:00"
        )
        mended = send(alva, form_to(changed.text, "change", thread="t4"))
    for answer in (changed, approved, returned, attached):
        assert answer.status_code == 409
        assert "The proposal has moved on" in answer.text
        assert "Bo added t5" in answer.text
        assert "Frågan om badet" in answer.text
    assert form_to(changed.text, "change", thread="t4").fields["reason"] == "Skälet jag skrev"
    assert form_to(returned.text, "return").fields["reason"] == "Mitt skäl"
    assert form_to(attached.text, "attach").fields["caption"] == "Vyn"
    assert mended.status_code == 303
    assert [event.reason for event in one.events()[before:]] == ["Skälet jag skrev"]


def test_of_two_at_once_one_is_first(one: Waiting, tmp_path: Path) -> None:
    """Two people send at the same moment: one act is written, and the other person is told."""
    answers: dict[str, int] = {}
    with at_desk(one, tmp_path, "Alva") as alva, at_desk(one, tmp_path, "Bo") as bo:
        both = {
            "t4": (alva, form_to(opened(alva), "change", thread="t4")),
            "t5": (bo, form_to(opened(bo), "change", thread="t5")),
        }
        ready = threading.Barrier(2)

        def act(thread: str) -> None:
            asking, form = both[thread]
            ready.wait()
            answers[thread] = send(asking, form, reason="Samtidigt").status_code

        acting = [threading.Thread(target=act, args=(thread,)) for thread in both]
        for thread in acting:
            thread.start()
        for thread in acting:
            thread.join()
    assert sorted(answers.values()) == [303, 409]
    first = next(thread for thread, status in answers.items() if status == 303)
    assert [event.refs["thread"] for event in one.events() if event.refs.get("act")] == [first]


def test_others_neither_see_nor_act(one: Waiting, tmp_path: Path) -> None:
    """Visitors and auditors get 403 for pages, pictures and forms, even with a token of their own."""
    before = states(one)
    with at_desk(one, tmp_path) as asking:
        fields = form_to(opened(asking), "change", thread="t4").fields
        picture = next(part.split('"')[0] for part in opened(asking).split('src="') if "/pictures/" in part)
        session = asking.cookies["urval_session"]
    for role in (Role.VISITOR, Role.AUDITOR):
        with at_desk(one, tmp_path, role=role) as other:
            other.cookies.set("urval_session", session)  # so that the token fits, and the role alone decides
            for path in ("/reviews", "/reviews.json", PAGE, f"{PAGE}.json", f"{PAGE}/packaging", picture):
                assert other.get(path).status_code == 403, path
            for act in ("change", "approve", "return", "attach", "package"):
                answer = other.post(f"{PAGE}/{act}", data={**fields, "reason": "x"})
                assert (answer.status_code, "for the role archivist" in answer.text) == (403, True), act
    assert states(one) == before


def test_a_form_without_its_token_is_refused(one: Waiting, tmp_path: Path) -> None:
    """A form from elsewhere, without the token of this browser or with another's, does nothing."""
    before = states(one)
    with at_desk(one, tmp_path) as asking, at_desk(one, tmp_path, "Bo") as other:
        form = form_to(opened(asking), "change", thread="t4")
        opened(other)
        bare = {name: value for name, value in form.fields.items() if name != "token"}
        assert asking.post(form.action, data=bare | {"reason": "x"}).status_code == 403
        assert other.post(form.action, data=form.fields | {"reason": "x"}).status_code == 403
        assert asking.post(
            form.action, data=form.fields | {"reason": "x"}, headers={"sec-fetch-site": "cross-site"}
        ).status_code == 403  # fmt: skip
    assert states(one) == before


def test_nobody_acts_without_a_name(one: Waiting, tmp_path: Path) -> None:
    """Without a name there is no button to approve, and an act is refused with what to do."""
    before = states(one)
    with at_desk(one, tmp_path, " ") as asking:
        page = opened(asking)
        assert not [form for form in forms(page) if form.action.endswith("/approve")]
        answer = send(asking, form_to(page, "change", thread="t4"), reason="x")
    assert answer.status_code == 400
    assert "--by" in answer.text
    assert states(one) == before


def test_a_proposal_is_sent_back(one: Waiting, tmp_path: Path) -> None:
    """A blank reason is refused; with one the proposal is closed, and the page says why and offers no acts."""
    with at_desk(one, tmp_path) as asking:
        blank = send(asking, form_to(opened(asking), "return"), reason="  ")
        done = send(asking, form_to(opened(asking), "return"), reason="Kommentarerna saknas")
        page = opened(asking, done.headers["location"])
        assert asking.get("/reviews.json").json()["proposals"] == []
    assert blank.status_code == 400
    assert "the reason is blank" in blank.text
    assert one.events()[-1].state is State.RETURNED
    assert "Kommentarerna saknas" in page
    assert not [form for form in forms(page) if form.action.startswith(PAGE) and "proposal" in form.fields]


def test_views_are_attached(tmp_path: Path) -> None:
    """A PNG is attached and shown small; what is too large, of another type or cut off is refused, nothing stored."""
    one = sealing(tmp_path, more=b"limits: {media_bytes: 20000}\n")
    typed = {"caption": f"Sidan {HOSTILE}", "taken_by": "Alva", "taken_at": "2026-11-03T08:15"}
    with at_desk(one, tmp_path) as asking:
        form = form_to(opened(asking), "attach")
        bad = {
            "v.png": (png()[:-20], 400),
            "v.gif": (b"GIF89a", 400),
            "large.png": (b"\x89PNG" * 6000, 413),
            "": (b"", 400),
        }
        for name, (data, status) in bad.items():
            answer = send(asking, form, files={"file": (name, data)}, **typed)
            assert answer.status_code == status, name
            assert form_to(answer.text, "attach").fields["taken_at"] == "2026-11-03T08:15"
        assert not list(one.store.glob("reviews/**/*.*"))
        done = send(asking, form, files={"file": ("v.png", png())}, **typed)
        page = opened(asking, done.headers["location"])
        pdf = send(asking, form_to(page, "attach"), files={"file": ("v.pdf", PDF)}, **typed)
        told = asking.get(f"{PAGE}.json").json()["attachments"]
        views = [asking.get(f"{PAGE}/attached/{each['sha256']}") for each in told]
        small = asking.get(f"{PAGE}/attached/{told[0]['sha256']}/picture")
    assert pdf.status_code == 303
    assert [each["mime"] for each in told] == ["image/png", "application/pdf"]
    assert told[0]["taken_at"] == "2026-11-03T07:15:00Z"  # a quarter past eight in Stockholm
    assert [view.content for view in views] == [png(), PDF]
    assert all(view.headers["content-disposition"].startswith("attachment") for view in views)
    assert small.headers["content-type"] in {"image/png", "image/jpeg"}
    assert "sandbox" in small.headers["content-security-policy"]
    assert "<script>alert" not in page


def test_pictures_of_the_capture_are_checked(one: Waiting, tmp_path: Path) -> None:
    """A thread's picture is served small; one that the capture has not is 404, one that has changed is never shown."""
    with at_desk(one, tmp_path) as asking:
        told = asking.get(f"{PAGE}.json").json()
        picture = next(each for row in told["threads"]["rows"] for each in row["pictures"])["sha256"]
        cover = told["page_pictures"][0]["sha256"]
        good = asking.get(f"{PAGE}/pictures/{picture}")
        assert asking.get(f"{PAGE}/pictures/{'0' * 64}").status_code == 404
        assert asking.get(f"{PAGE}/pictures/..%2F..%2Fcapture.json").status_code in {404, 422}
        next(one.store.glob(f"captures/**/{cover}.*")).write_bytes(png(colour="red"))
        changed = asking.get(f"{PAGE}/pictures/{cover}")
    assert good.headers["content-type"] in {"image/png", "image/jpeg"}
    assert good.headers["x-content-type-options"] == "nosniff"
    assert changed.status_code == 500
    assert "is not the file that was stored" in changed.text


def test_threads_are_filtered(one: Waiting, tmp_path: Path) -> None:
    """Each filter shows what fits it, newest first; a page beyond the last is the last."""
    wanted = {
        "show=kept": ["t3", "t7", "t2", "t1"], "show=dropped": ["t4", "t5"], "show=excluded": ["t6"],
        "rule=mest": ["t3"], "q=INLÄGG+7": ["t7"], "q=t2": ["t2"], "pictures=yes": ["t1"], "kind=no": [],
        "show=dropped&q=5&pictures=no": ["t5"], "page=99&show=excluded": ["t6"],
    }  # fmt: skip
    with at_desk(one, tmp_path) as asking:
        told = {query: asking.get(f"{PAGE}.json?{query}").json()["threads"] for query in wanted}
    assert {query: [row["id"] for row in found["rows"]] for query, found in told.items()} == wanted
    assert all(found["found"] == len(wanted[query]) for query, found in told.items())


def test_thousands_of_threads_are_paged(one: Waiting) -> None:
    """Of 5,000 threads a page holds 40, and the last one the rest; each thread stands on one page."""
    proposed = desk_of(one).proposed(Place(ARCHIVE, ACCOUNT, "2026-host"), "en")
    first = proposed.view.threads[0]
    many = replace(
        proposed, view=replace(proposed.view, threads=tuple(replace(first, id=f"x{n}") for n in range(5_010)))
    )
    teller = Teller(many.view, "en")
    first_page, second, last = (thread_rows(many, Filter(page=page), Restricted(), teller) for page in (1, 2, 126))
    assert (first_page.found, first_page.pages) == (5_010, 126)
    assert [row.id for row in first_page.rows + second.rows] == [f"x{n}" for n in range(80)]
    assert [row.id for row in last.rows] == [f"x{n}" for n in range(5_000, 5_010)]


def test_what_was_not_proposed_is_not_there(one: Waiting, tmp_path: Path) -> None:
    """An occasion that is none, or has no proposal, or another account answers 404; a filter that is none, 422."""
    with at_desk(one, tmp_path) as asking:
        for path in ("2026-none", "2026-var"):
            assert asking.get(f"/reviews/{ARCHIVE}/{ACCOUNT}/{path}").status_code == 404
        assert asking.get(f"/reviews/{ARCHIVE}/other/2026-host").status_code == 404
        assert asking.get(f"{PAGE}?show=everything").status_code == 422


def test_a_room_without_a_spec_says_so(one: Waiting, tmp_path: Path) -> None:
    """Without an archive spec the list says what is missing and the command; a proposal's page answers 503."""
    with client(one.store, tmp_path, Role.ARCHIVIST) as asking:
        page = opened(asking, "/reviews")
        answer = asking.get(PAGE)
    assert "urval browse STORE --spec SPEC --role archivist" in page
    assert answer.status_code == 503


def test_two_people_approve_and_it_is_packaged_and_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person's approval is not enough, nor is it twice; after the second's the package is made in the background.

    A locked key is told on the page and tried again; asked twice it is made once. The package verifies, and its run.
    """
    monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path))
    one = sealing(tmp_path, persons=2)
    desk = desk_of(one, None)
    with at_desk(one, tmp_path, "Alva", desk=desk) as alva, at_desk(one, tmp_path, "Bo", desk=desk) as bo:
        first = send(alva, form_to(opened(alva), "approve"))
        assert "Another person must approve" in opened(alva, first.headers["location"])
        _approve_twice_alone(one, tmp_path)
        assert "Approved by Alva." in opened(bo, "/reviews")
        approve = form_to(opened(bo), "approve")
        with monkeypatch.context() as locked:
            locked.setenv("URVAL_KEY_PASSPHRASE", "en annan")
            answer = send(bo, approve)
            assert answer.headers["location"] == f"{PAGE}/packaging"
            failed = _when_ended(bo)
        assert failed["packaging"]["state"] == "failed"
        page = opened(bo, f"{PAGE}/packaging")
        assert failed["packaging"]["message"] in page.replace("&#39;", "'")
        assert one.events()[-1].state is State.APPROVED
        again = form_to(page, "package")
        assert [send(bo, again).status_code for _ in range(2)] == [303, 303]
        done = _when_ended(alva)
        assert send(bo, again).status_code == 303
        assert _when_ended(alva)["packaging"]["state"] == "done"
        assert "See the package and its seal" in opened(alva)
    assert [step for step, at in done["steps"] if at] == ["approved", "packaged", "sealed", "verified"]
    store = open_store(str(one.store), must_exist=True)
    (held,) = packages(store, archive=ARCHIVE, account=ACCOUNT)
    assert held.package_id == done["package"]
    assert verify_held(store, held).verdict is not Verdict.NOT_VALID
    assert len(list(one.store.glob("runs/*/*/run.json"))) == 1
    assert states(one).count("packaged") == 1
    restrict(acting_on(store, held, by="Bo"), held, "t2", decision="KS 2026/0099", reason="Personuppgift")
    _see_that_it_is_logged(one, tmp_path / "restricted")


def _see_that_it_is_logged(one: Waiting, folder: Path) -> None:
    """See that a restricted thread is marked on the page, and that each look at it is in the access log."""
    with at_desk(one, folder, time=None) as asking:
        assert "restricted by decision" in opened(asking, f"{PAGE}?q=t2")
        assert "restricted by decision" not in opened(asking, f"{PAGE}?q=t3")
    logged = [json.loads(line) for line in (folder / "access.jsonl").read_text().splitlines()]
    assert [(entry["by"], entry["act"]) for entry in logged] == [("Alva", "view")]
    assert logged[0]["what"].endswith(": t2")


def _approve_twice_alone(one: Waiting, folder: Path) -> None:
    """See that the first person, under a name that is the same person's, is offered no button and refused."""
    with at_desk(one, folder, "ALVA ", time=None) as again:
        page = opened(again)
        assert not [form for form in forms(page) if form.action.endswith("/approve")]
        answer = send(again, form_to(page, "return"), reason="", proposal=form_to(page, "return").fields["proposal"])
        assert answer.status_code == 400
        made_up = form_to(page, "return")
        refused = again.post(f"{PAGE}/approve", data=made_up.fields)
    assert refused.status_code == 409
    assert "two different people" in refused.text


def _when_ended(asking: Any) -> dict[str, Any]:
    """Return what the progress page tells when the packaging has ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told: dict[str, Any] = asking.get(f"{PAGE}/packaging.json").json()
        if told["packaging"]["state"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError("the packaging does not end")
