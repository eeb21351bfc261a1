"""The review's rules: what a person may do with a proposal, what the acts come to, and what its digest is over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from _frames import frame
from _reviews import PDF, png
from _sample_package import ACCOUNT, chosen_spec
from _waiting_store import CASE
from hypothesis import given, settings
from hypothesis import strategies as st

from urval import review
from urval.errors import ConfigError, UrvalError
from urval.ledger import State, check_chain, next_event
from urval.manifest import Previous, canonical
from urval.periods import occasion_at
from urval.records import row_lines
from urval.review.words import WORDS
from urval.selection import Verdict
from urval.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.ledger import Event
    from urval.review import Proposal, ReviewState, Subject

AT = datetime(2026, 11, 3, 8, tzinfo=UTC)
ALVA = review.Actor(by="Alva", role="archivist", at=AT)
BO = replace(ALVA, by="Bo")
CILLA = replace(ALVA, by="Cilla")
PACKAGE = Previous(package_id="p1", manifest_sha256="f" * 64)
THREADS = ("t1", "t2", "t3", "t4", "t5", "t6", "t7")


@cache
def subject(persons: int = 1) -> Subject:
    """Return seven threads: t1, t2, t3 kept by choice, t7 by a mandatory rule, t6 excluded, t4 and t5 dropped."""
    loaded = parse_spec(chosen_spec(more=CASE, persons=persons), "spec.yaml")
    return review.Subject(
        loaded=loaded,
        account=loaded.spec.account(ACCOUNT),
        occasion=occasion_at(loaded.spec, "2026-host"),
        frame=frame({"thread_id": thread} for thread in THREADS),
        capture_sha256="c" * 64,
    )


def started(refs: dict[str, str] | None = None) -> list[Event]:
    """Return a ledger that ends with a proposal."""
    events: list[Event] = []
    for state, about in ((State.DUE, {}), (State.CAPTURED, {}), (State.PROPOSED, {"frame": "f", **(refs or {})})):
        events.append(next_event(events, state, at=AT, actor="schedule", role="run", refs=about))
    return events


def state_of(events: list[Event]) -> ReviewState:
    """Return the newest proposal's state, which must be there."""
    state = review.review_state(events)
    assert state is not None
    return state


def proposal_of(events: list[Event], of: Subject | None = None) -> Proposal:
    """Return the proposal as it stands."""
    return review.propose(of or subject(), state_of(events))


def acted(*acts: tuple[str, str], by: review.Actor = ALVA, events: list[Event] | None = None) -> list[Event]:
    """Return a ledger in which a person changed threads."""
    events = events or started()
    for action, thread in acts:
        events.append(review.change(events, proposal_of(events), action, thread, reason="skäl", actor=by))
    return events


def packaged(events: list[Event]) -> list[Event]:
    """Return the ledger, approved, packaged and verified."""
    events = [*events, review.approve(events, proposal_of(events), actor=BO)]
    for state in (State.PACKAGED, State.VERIFIED):
        events.append(next_event(events, state, at=AT, actor="x", role="run", refs={"package": "p1"}))
    return events


def two(events: list[Event]) -> Proposal:
    """Return the proposal under the two-person rule."""
    return proposal_of(events, subject(2))


# ---- what is refused -----------------------------------------------------------------------------------------------


def _change(action: str, thread: str, reason: str = "skäl") -> Callable[[list[Event]], Event]:
    return lambda events: review.change(events, proposal_of(events), action, thread, reason=reason, actor=ALVA)


def _approve(actor: review.Actor, **more: bool | str) -> Callable[[list[Event]], Event]:
    return lambda events: review.approve(events, proposal_of(events), actor=actor, **more)  # type: ignore[arg-type]


def _approve_as_second(actor: review.Actor, **more: bool | str) -> Callable[[list[Event]], Event]:
    return lambda events: review.approve(events, two(events), actor=actor, **more)  # type: ignore[arg-type]


def _approved_once(by: review.Actor, persons: int = 2) -> list[Event]:
    events = started()
    return [*events, review.approve(events, proposal_of(events, subject(persons)), actor=by)]


_EARLY = replace(ALVA, at=AT - timedelta(seconds=1))
_REFUSED: dict[str, tuple[list[Event], Callable[[list[Event]], Event], type[UrvalError], str]] = {
    "unknown thread": (started(), _change("add", "t99"), ConfigError, "no thread 't99'"),
    "excluded": (started(), _change("add", "t6"), ConfigError, "excluded by rule undantag"),
    "kept already": (started(), _change("add", "t1"), ConfigError, "kept already, by bedomda"),
    "not kept": (started(), _change("remove", "t4"), ConfigError, "not kept, so it cannot be taken out"),
    "taking out what is excluded": (started(), _change("remove", "t6"), ConfigError, "not kept"),
    "mandatory": (started(), _change("remove", "t7"), ConfigError, "mandatory rule arenden"),
    "blank reason": (started(), _change("add", "t4", " \t\n"), ConfigError, "the reason is blank"),
    "reason with a control": (started(), _change("add", "t4", "a\x1b[2J"), ConfigError, "cannot be shown"),
    "endless reason": (started(), _change("add", "t4", "x" * 2001), ConfigError, "longer than 2000"),
    "before the ledger's newest": (
        started(),
        lambda events: review.approve(events, proposal_of(events), actor=_EARLY),
        UrvalError,
        "before the ledger's newest event",
    ),
    "changed when packaged": (packaged(started()), _change("add", "t4"), UrvalError, "it stands at 'verified'"),
    "approved when packaged": (packaged(started()), _approve(ALVA), UrvalError, "it stands at 'verified'"),
    "approved twice": (_approved_once(BO, 1), _approve(CILLA), UrvalError, "approved already, by Bo at 2026-11-03"),
    "by a person as a program": (started(), _approve(replace(ALVA, role="run")), ConfigError, "reviews nothing"),
    "by nobody": (started(), _approve(replace(ALVA, by=" ")), ConfigError, "nobody is named"),
    "another than looked at": (started(), _approve(ALVA, looked="0" * 12), UrvalError, "not the one that stands now"),
    "no digest": (started(), _approve(ALVA, looked="zzzzzzzz"), ConfigError, "no beginning of a proposal's digest"),
    "same person twice": (_approved_once(BO), _approve_as_second(replace(BO, by="bO ")), UrvalError, "has approved"),
    "who changed it last": (acted(("add", "t4")), _approve_as_second(ALVA), UrvalError, "made the last change"),
    "unseen by two": (
        started(),
        _approve_as_second(replace(ALVA, role="run"), looked_at=False),
        UrvalError,
        "nothing is approved unseen",
    ),
    "empty supplement": (started({"supplement_of": "p1"}), _approve(ALVA), UrvalError, "adds nothing yet"),
}


@pytest.mark.parametrize("case", _REFUSED.values(), ids=_REFUSED)
def test_refusals(case: tuple[list[Event], Callable[[list[Event]], Event], type[UrvalError], str]) -> None:
    """What may not be done is refused in one sentence that says why, with what to do next."""
    events, act, kind, words = case
    with pytest.raises(UrvalError, match=words) as told:
        act(events)
    assert type(told.value) is kind
    assert "\n" not in told.value.message
    assert told.value.next_step


def test_sending_back_and_supplements_are_refused_where_they_make_no_sense() -> None:
    """A closed proposal cannot be sent back, and no supplement is opened while a proposal is open."""
    closed, opened = packaged(started()), started()
    with pytest.raises(UrvalError, match="it stands at 'verified'"):
        review.send_back(closed, state_of(closed), reason="x", actor=ALVA)
    with pytest.raises(UrvalError, match="a proposal is open already"):
        review.supplement(opened, state_of(opened), PACKAGE, {"frame": "f"}, reason="x", actor=ALVA)
    event = review.supplement(closed, state_of(closed), PACKAGE, {"frame": "f"}, reason="x", actor=ALVA)
    assert state_of([*closed, event]).supplements == PACKAGE


def test_a_supplement_adds_only_what_no_package_has() -> None:
    """Of the threads that a package of the period has, none can be added a second time."""
    of = replace(subject(), packaged=frozenset({"t1"}))
    events = started({"supplement_of": "p1", "manifest_sha256": "f" * 64})
    with pytest.raises(ConfigError, match="lies in a package"):
        review.change(events, proposal_of(events, of), "add", "t1", reason="x", actor=ALVA)
    events.append(review.change(events, proposal_of(events, of), "add", "t4", reason="x", actor=ALVA))
    assert proposal_of(events, of).selection.kept == 1


# ---- what the acts come to -----------------------------------------------------------------------------------------

_ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("add", "remove")), st.sampled_from(THREADS)),
        st.tuples(st.just("approve"), st.sampled_from(("Alva", "Bo"))),
        st.tuples(st.just("attach"), st.sampled_from("abc")),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(_ACTS)
def test_random_acts_come_to_what_a_person_would_say(acts: list[tuple[str, str]]) -> None:
    """What is kept is the rules' choice with each accepted change in turn; what comes after approvals voids them."""
    events = started()
    kept = {thread for thread in THREADS if (proposal_of(events).decision(thread) or ("",))[0] is Verdict.KEPT}
    base, approvers, files = set(kept), set[str](), set[str]()
    for act, about in acts:
        proposal = proposal_of(events)
        try:
            if act == "approve":
                events.append(review.approve(events, proposal, actor=replace(ALVA, by=about)))
                approvers.add(about)
            elif act == "attach":
                one = review.attachment_of(
                    PDF + about.encode() + b"%%EOF", limit=100, caption="x", taken_by="x", taken_at=AT, attached_by="x"
                )
                events.append(review.attach(events, proposal.state, one, key=f"reviews/{one.sha256}.pdf", actor=ALVA))
                approvers.clear()
                files.add(one.sha256)
            else:
                events.append(review.change(events, proposal, act, about, reason="skäl", actor=ALVA))
                kept ^= {about}
                approvers.clear()
        except UrvalError:
            continue
    proposal = proposal_of(events)
    rows = proposal.selection.table.to_pylist()
    assert {row["thread_id"] for row in rows if row["decision"] == "kept"} == kept
    assert set(proposal.state.threads("add")) == kept - base
    assert set(proposal.state.threads("remove")) == base - kept
    assert {given.approval.by for given in proposal.state.valid(proposal.digest)} == approvers
    assert {one.sha256 for one in proposal.state.attachments} == files
    assert check_chain(events) == []
    assert {row["thread_id"] for row in rows if "review" in row["rules"]} == kept ^ base
    assert review.review_state(events) == proposal.state


@given(st.lists(st.tuples(st.sampled_from(("add", "remove")), st.sampled_from("ab")), max_size=8))
def test_net_changes_name_a_thread_once(acts: list[tuple[str, str]]) -> None:
    """Of many acts on a thread, also of two people who were equally fast, one change is left at most."""
    events = started()
    for action, thread in acts:
        refs = {"act": action, "thread": thread}
        events.append(next_event(events, State.PROPOSED, at=AT, actor="x", role="x", reason="r", refs=refs))
    found = review.net_changes(events[3:])
    assert [change.thread for change in found] == sorted({change.thread for change in found})
    for thread in "ab":
        of = [action for action, name in acts if name == thread]
        expected = [of[0]] if of and of[0] == of[-1] else []
        assert [change.action for change in found if change.thread == thread] == expected


def test_an_approval_is_void_after_a_change() -> None:
    """The next person sees a proposal without approvals, which can be approved anew."""
    events = _approved_once(BO)
    assert len(two(events).state.valid(two(events).digest)) == 1
    events = acted(("add", "t4"), events=events)
    assert state_of(events).approvals == ()
    assert state_of(events).stands is State.PROPOSED
    with pytest.raises(ConfigError, match="waits for 2 more approvals"):
        review.require_approved(two(events))
    events.append(review.approve(events, two(events), actor=BO))
    events.append(review.approve(events, two(events), actor=CILLA))
    review.require_approved(two(events))
    record = state_of(events).record(two(events).digest, 2)
    assert (record.looked_at, [given.by for given in record.approvals]) == (True, ["Bo", "Cilla"])


def test_what_another_version_selects_is_not_packaged() -> None:
    """An approval holds for one digest; where the selection comes out otherwise now, people must look again."""
    events = started()
    events.append(review.approve(events, proposal_of(events), actor=BO))
    other = replace(subject(), capture_sha256="d" * 64)
    with pytest.raises(ConfigError, match="Bo approved another proposal"):
        review.require_approved(proposal_of(events, other))
    assert review.approve(events, proposal_of(events, other), actor=BO).refs["looked_at"] == "yes"


def test_a_new_proposal_begins_anew() -> None:
    """What was done in a proposal that was sent back counts for nothing in the next one."""
    events = acted(("add", "t4"))
    events.append(review.send_back(events, state_of(events), reason="Bilder saknas", actor=BO))
    assert (state_of(events).is_open, state_of(events).returned) == (False, "Bilder saknas")
    events.append(next_event(events, State.CAPTURED, at=AT, actor="x", role="run"))
    events.append(next_event(events, State.PROPOSED, at=AT, actor="x", role="run", refs={"frame": "f"}))
    state = state_of(events)
    assert (state.is_open, state.changes, state.changed_by, state.returned) == (True, (), "", "")
    assert review.review_state(events[:2]) is None


# ---- the digest ----------------------------------------------------------------------------------------------------


def test_the_digest_of_a_proposal_is_the_one_documented() -> None:
    """The digest is over six parts, as docs/format.md says, and each of them changes it."""
    parts = {"capture": "c", "spec": "s", "selection": "t", "attachments": ["b", "a"]}
    parts |= {"supplements": None, "corrects": None}
    text = canonical({**parts, "attachments": ["a", "b"]})
    assert json.loads(text)["attachments"] == ["a", "b"]
    digest = review.proposal_sha256(**parts)  # type: ignore[arg-type]
    assert digest == hashlib.sha256(text).hexdigest()
    for name in parts:
        other = [] if name == "attachments" else "x"
        assert review.proposal_sha256(**{**parts, name: other}) != digest  # type: ignore[arg-type]


def test_the_digest_of_a_selection_is_that_of_its_lines() -> None:
    """However the table is cut into batches, the digest is over its JSON Lines."""
    table = proposal_of(started()).selection.table
    lines = b"".join(row_lines(batch) for batch in table.to_batches(max_chunksize=2))
    assert lines.count(b"\n") == len(THREADS)
    assert review.selection_sha256(table) == hashlib.sha256(lines).hexdigest()


def test_attachments_are_told_by_their_bytes() -> None:
    """PNG and PDF are known by what they begin with, and a file above the spec's limit is refused."""
    about = {"caption": "x", "taken_by": "x", "taken_at": AT, "attached_by": "x"}
    one = review.attachment_of(png(), limit=10_000, **about)  # type: ignore[arg-type]
    assert (one.mime, one.file) == ("image/png", f"data/review/{hashlib.sha256(png()).hexdigest()}.png")
    with pytest.raises(ConfigError, match="takes no more than 10"):
        review.attachment_of(PDF, limit=10, **about)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="80 million pixels"):
        review.attachment_of(png(9_001, 9_000), limit=1 << 24, **about)  # type: ignore[arg-type]


def test_both_languages_say_everything() -> None:
    """Swedish and English have the same keys, with the same places for values."""
    assert list(WORDS["sv"]) == list(WORDS["en"])
    for key, text in WORDS["sv"].items():
        assert text
        assert WORDS["en"][key]
        places = [sorted(part.split("}")[0] for part in words.split("{")[1:]) for words in (text, WORDS["en"][key])]
        assert places[0] == places[1], key
