"""Breaking the review: section 11 of docs/format.md."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from _reviews import attachment, png
from _tampering import digest
from _vector import breaks

if TYPE_CHECKING:
    from _tampering import Tampering

EARLIER = "2026-01-01T00:00:00Z"


def _review(t: Tampering) -> dict[str, Any]:
    review: dict[str, Any] = t.manifest["review"]
    return review


def _pdf(t: Tampering) -> dict[str, Any]:
    entry: dict[str, Any] = next(one for one in _review(t)["attachments"] if one["mime"] == "application/pdf")
    return entry


@breaks("REV-1")
def another_proposal(t: Tampering) -> None:
    t.leave.add("proposal")
    _review(t)["proposal_sha256"] = "0" * 64


@breaks("REV-1", frame=False)
def made_a_supplement(t: Tampering) -> None:
    t.leave.add("proposal")
    t.manifest["supplements"] = {"package_id": "x", "manifest_sha256": "0" * 64}


@breaks("REV-1", reviewed=True, frame=False)
def another_selection_than_approved(t: Tampering) -> None:
    t.leave.add("proposal")
    rows = t.rows("selection")
    rows[0]["probabilities"] = ["1/2"] * len(rows[0]["rules"])
    t.write("selection", rows)


@breaks("REV-2")
def approved_by_nobody(t: Tampering) -> None:
    _review(t)["approvals"] = []


@breaks("REV-2", reviewed=True)
def approved_before_it_was_proposed(t: Tampering) -> None:
    _review(t)["approvals"][0]["at"] = EARLIER


@breaks("REV-2", reviewed=True)
def approved_before_a_change(t: Tampering) -> None:
    _review(t)["changes"][0]["at"] = "2027-01-01T00:00:00Z"


@breaks("REV-2", reviewed=True)
def approved_by_a_program_that_looked(t: Tampering) -> None:
    _review(t)["approvals"][0]["role"] = "run"


@breaks("REV-2")
def looked_at_by_a_program(t: Tampering) -> None:
    _review(t)["looked_at"] = True


@breaks("REV-2", reviewed=True)
def unseen_by_a_person(t: Tampering) -> None:
    _review(t)["looked_at"] = False


@breaks("REV-2", reviewed=True)
def other_number_of_people_than_the_spec(t: Tampering) -> None:
    review = _review(t)
    review["persons"] = 2
    review["approvals"] = [review["approvals"][0], {**review["approvals"][0], "by": "Cilla"}]


@breaks("REV-2", reviewed=True)
def one_person_by_two_spellings(t: Tampering) -> None:
    review = _review(t)
    review["persons"] = 2
    review["approvals"] = [review["approvals"][0], {**review["approvals"][0], "by": "BO "}]


@breaks("REV-3", reviewed=True, frame=False)
def a_change_less(t: Tampering) -> None:
    _review(t)["changes"].pop()


@breaks("REV-3", frame=False)
def a_change_of_what_is_not_there(t: Tampering) -> None:
    change = {"action": "add", "thread": "t99", "reason": "x", "by": "Bo", "at": EARLIER}
    _review(t)["changes"].append(change)


@breaks("REV-3", frame=False)
def a_change_that_the_selection_does_not_show(t: Tampering) -> None:
    change = {"action": "add", "thread": "t5", "reason": "x", "by": "Bo", "at": EARLIER}
    _review(t)["changes"].append(change)


@breaks("REV-3", reviewed=True)
def a_change_without_reason(t: Tampering) -> None:
    _review(t)["changes"][0]["reason"] = "  "


@breaks("REV-3", reviewed=True)
def a_thread_changed_twice(t: Tampering) -> None:
    _review(t)["changes"].append(_review(t)["changes"][0])


@breaks("REV-3", frame=False)
def a_row_of_the_review_without_a_change(t: Tampering) -> None:
    row = t.rows("selection")[0]
    t.change("selection", 0, rules=[*row["rules"], "review"], probabilities=[*row["probabilities"], ""])
    t.manifest["selection"]["by_rule"]["review"] = 1


@breaks("REV-4", reviewed=True)
def an_attached_view_lost(t: Tampering) -> None:
    (t.folder / _pdf(t)["file"]).unlink()


@breaks("REV-4", reviewed=True)
def a_view_that_nobody_attached(t: Tampering) -> None:
    path = t.path("review/new.png")
    path.write_bytes(png(colour="red"))
    path.rename(path.with_name(f"{digest(path)}.png"))


@breaks("REV-4", reviewed=True)
def another_size(t: Tampering) -> None:
    _pdf(t)["bytes"] += 1


@breaks("REV-4", reviewed=True)
def another_digest_than_its_name(t: Tampering) -> None:
    _pdf(t)["sha256"] = "0" * 64


@breaks("REV-4", reviewed=True)
def another_kind_than_its_bytes(t: Tampering) -> None:
    entry = attachment(b"no PDF at all", datetime.fromisoformat(EARLIER)).model_dump(mode="json")
    (t.folder / _pdf(t)["file"]).unlink()
    (t.folder / entry["file"]).write_bytes(b"no PDF at all")
    _review(t)["attachments"] = [one for one in _review(t)["attachments"] if one["mime"] == "image/png"] + [entry]


@breaks("REV-4", reviewed=True)
def attached_twice(t: Tampering) -> None:
    _review(t)["attachments"].append(_pdf(t))
