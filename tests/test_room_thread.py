"""The page of a thread: as it looked, with marks and differences, why it was kept; restricted things stay out of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from _reading_room import client, json_of
from _room_package import (
    ADDRESS,
    NEW,
    OLD,
    PROVING,
    TURNED,
    address,
    elements,
    long_store,
    marked_store,
    restricted_store,
)
from _run_store import run_store
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.reading_room import Role
from urval.reading_room.threads import differences, ordered, plain_text
from urval.verify import Verdict, verify_proof

if TYPE_CHECKING:
    from pathlib import Path

_TEXT = st.text(st.sampled_from("ab åÅ\n.!😀"), max_size=40)
WORDS = "Kommentar 1 ü"  # of the comment t1c1


@given(_TEXT, _TEXT)
@settings(max_examples=100, deadline=None)
def test_differences_give_back_both_wordings(old: str, new: str) -> None:
    """The pieces joined give the earlier wording without what was added, and the later without what was taken."""
    pieces = differences(old, new)
    assert "".join(one.text for one in pieces if one.kind != "ins") == old
    assert "".join(one.text for one in pieces if one.kind != "del") == new


def test_a_long_difference_is_one_change() -> None:
    """Texts too long to compare word by word are still told whole, what they begin and end with set aside."""
    old, new = "början " + "a " * 20_000 + "slut", "början " + "b " * 20_000 + "slut"
    kinds = [one.kind for one in differences(old, new)]
    assert kinds == ["same", "del", "ins", "same"]


@given(st.lists(st.integers(-1, 12) | st.none(), max_size=12))
@settings(max_examples=100, deadline=None)
def test_the_tree_leaves_out_no_comment(parents: list[int | None]) -> None:
    """Whatever answers what, in circles too: each comment stands once, an answer below what it answers."""
    ids = [str(place) for place in range(len(parents))]
    nodes = ordered(ids, [None if one is None else str(one) for one in parents])
    assert sorted(node.row for node in nodes) == list(range(len(parents)))
    places = {node.row: place for place, node in enumerate(nodes)}
    for node in nodes:
        if node.parent is not None:
            assert places[node.parent] < places[node.row]
            assert node.depth == nodes[places[node.parent]].depth + 1


def test_html_of_a_website_is_brought_to_its_words() -> None:
    """Text that a platform keeps as HTML loses its markup and its scripts, and keeps its lines."""
    text = "<p>A &amp; B</p><script>alert(1)</script><ul><li>c</li></ul><img src=x onerror=y alt='Torget'>"
    assert plain_text(text, "wordpress") == "A & B\n• c\n[Torget]"
    assert plain_text(text, "facebook") == text


def test_a_thread_shows_its_marks(tmp_path: Path) -> None:
    """Edited, pinned, hidden, removed and own answers are told by words, an answer stands below what it answers."""
    with client(marked_store(), tmp_path) as asking:
        told = json_of(asking, f"{address(marked_store())}/threads/1.json")
        page = asking.get(f"{address(marked_store())}/threads/1").text
    assert [(one["id"], one["step"], one["own"], one["hidden"]) for one in told["comments"]] == [
        ("t1c1", 0, False, True), ("t1c2", 1, True, False), ("t1c9", 0, False, False),
    ]  # fmt: skip
    assert told["comments"][2]["answers_lost"]
    for words in ("Edited", "Pinned", "Hidden", "Removed by its author", "the account", "2 shares", "no longer there",
                  "answer to a comment that was not captured", "1 earlier wording"):  # fmt: skip
        assert words in page


def test_an_edit_is_shown_as_a_difference(tmp_path: Path) -> None:
    """The earlier wording is shown with what was taken and what was added, word by word."""
    with client(marked_store(), tmp_path) as asking:
        told = json_of(asking, f"{address(marked_store())}/threads/1.json")
        page = elements(asking.get(f"{address(marked_store())}/threads/1").text)
    pieces = told["post"]["versions"][0]["pieces"]
    assert "".join(one["text"] for one in pieces if one["kind"] != "ins") == OLD
    assert "".join(one["text"] for one in pieces if one["kind"] != "del") == NEW
    changed = [one for one in page if one.tag in {"del", "ins"} and one.is_in(class_="post")]
    assert [(one.tag, one.text) for one in changed] == [("del", "nio"), ("ins", "tio i dag")]


def test_archived_text_does_nothing(tmp_path: Path) -> None:
    """Markup in archived text, names and addresses is shown as text: no element, no address that could run."""
    with client(marked_store(), tmp_path) as asking:
        page = elements(asking.get(f"{address(marked_store())}/threads/1").text)
    said = next(one for one in page if one.attrs.get("class") == "said" and one.is_in(id="comment-0"))
    assert (said.text, said.attrs["dir"]) == (TURNED, "auto")
    assert len([one for one in page if one.tag == "script"]) == 1
    assert not [one for one in page if any(name.startswith("on") or name == "style" for name in one.attrs)]
    assert not [one for one in page if ADDRESS in one.attrs.values()]
    assert ADDRESS in page[0].text
    out = next(one for one in page if one.attrs.get("class") == "out" and one.is_in(id="comment-1"))
    assert out.attrs["rel"] == "nofollow noreferrer noopener external"


def test_a_removed_item_shows_its_entry(tmp_path: Path) -> None:
    """A thread from the register of removed items tells who removed it, when, why, and the case, in words."""
    with client(marked_store(), tmp_path) as asking:
        told = json_of(asking, f"{address(marked_store())}/threads/4.json")
        page = asking.get(f"{address(marked_store())}/threads/4?lang=sv").text
    assert told["removal"]["case"] == "KS 2026/0307"
    for words in ("hets mot folkgrupp", "KS 2026/0307", "Alva Exempelsson", "efter att det togs bort"):
        assert words in page


def test_why_a_thread_was_kept_is_told_in_words(tmp_path: Path) -> None:
    """Each rule that kept the thread stands with its sentence from the packaged spec, and what it may show."""
    with client(run_store(), tmp_path) as asking:
        told = json_of(asking, f"{address(run_store(), 1)}/threads/3.json")["why"]["reasons"]
        page = asking.get(f"{address(run_store(), 1)}/threads/3").text
    assert [one["rule"]["id"] for one in told] == ["bedomda", "mest"]
    assert all(one["rule"]["sentences"] and one["rule"]["claim_words"] == "examples" for one in told)
    assert all(sentence in elements(page)[0].text for one in told for sentence in one["rule"]["sentences"])


def test_the_raw_object_is_as_received(tmp_path: Path) -> None:
    """The raw page gives the JSON of the post, and of a comment by its row."""
    at = f"{address(run_store(), 1)}/threads/2"
    with client(run_store(), tmp_path) as asking:
        assert json.loads(json_of(asking, f"{at}/raw.json")["text"]) == {"id": "t2", "okänt": [2]}
        assert json.loads(json_of(asking, f"{at}/raw.json?comment=3")["text"]) == {"id": "t2c1"}
        assert asking.get(f"{at}/raw?comment=0").status_code == 404
        assert asking.get(f"{at}/raw").status_code == 200


NOWHERE = ("0", "99999", "-1", "1'--", "1?page=0", "1?page=2", "1?comment=-1", "1?comment=99", "1?comment=x",
           "4294967296")  # fmt: skip


def test_a_thread_that_is_not_there_is_a_clear_page(tmp_path: Path) -> None:
    """Numbers, pages and rows that are none answer 404 or 422."""
    with client(run_store(), tmp_path) as asking:
        for path in NOWHERE:
            assert asking.get(f"{address(run_store(), 1)}/threads/{path}").status_code in {404, 422}, path


def test_a_long_thread_is_paged(tmp_path: Path) -> None:
    """Of 2,000 comments a page shows 100 in the order of the tree; the page of a row is found, and none is heavy."""
    store = long_store(2000)
    with client(store, tmp_path) as asking:
        first = json_of(asking, f"{address(store)}/threads/1.json")
        found = json_of(asking, f"{address(store)}/threads/1.json?comment=1234")
        page = asking.get(f"{address(store)}/threads/1?page=20")
    assert (first["comment_count"], first["pages"], len(first["comments"])) == (2000, 20, 100)
    assert [one["row"] for one in first["comments"]] == list(range(100))
    assert 1234 in [one["row"] for one in found["comments"]]
    assert max(one["step"] for one in first["comments"]) == 4
    assert max(one["depth"] for one in first["comments"]) == 6
    assert len(page.content) < 150_000


def test_a_proof_holds_by_itself(tmp_path: Path) -> None:
    """The proof of a thread, of its post alone and of a comment are valid to whoever has nothing else."""
    at = f"{address(run_store(), 1)}/threads/2"
    with client(run_store(), tmp_path, services=PROVING) as asking:
        found = [asking.get(f"{at}/proof{more}") for more in ("", "?alone=true", "?comment=4")]
    subjects = [json.loads(one.content)["subject"] for one in found]
    assert [verify_proof(one.content, "x").verdict for one in found] == [Verdict.VALID_AS_FAR_AS_CHECKED] * 3
    assert subjects == [
        {"table": "posts", "id": "t2", "whole_thread": True},
        {"table": "posts", "id": "t2", "whole_thread": False},
        {"table": "comments", "id": "t2c2", "whole_thread": False},
    ]
    assert all(one.headers["content-disposition"].startswith("attachment") for one in found)


def test_without_a_prover_the_page_says_how(tmp_path: Path) -> None:
    """A room that makes no proofs answers 503 and names the command; its page does the same."""
    at = f"{address(run_store(), 1)}/threads/2"
    with client(run_store(), tmp_path) as asking:
        assert asking.get(f"{at}/proof").status_code == 503
        assert "urval prove" in asking.get(at).text


def test_a_restricted_comment_is_hidden_everywhere(tmp_path: Path) -> None:
    """A visitor gets neither text, writer, raw object nor proof of it, and its place says so; an auditor is logged."""
    store = restricted_store(tmp_path, "t1c1")
    at = f"{address(store, 1)}/threads/1"
    with client(store, tmp_path / "a", services=PROVING) as asking:
        told = json_of(asking, f"{at}.json")["comments"][0]
        assert (told["row"], told["restricted"], told["hidden_here"]) == (0, True, True)
        assert (told["id"], told["text"], told["author_name"], told["created_at"]) == ("", "", "", None)
        page = asking.get(at)
        assert WORDS not in page.text
        assert "t1c1" not in page.text
        assert "access restricted by decision" in page.text
        for path in ("raw?comment=0", "raw.json?comment=0", "proof?comment=0", "proof"):
            assert asking.get(f"{at}/{path}").status_code == 403
        assert asking.get(f"{at}/proof?alone=true").status_code == 200
    assert not (tmp_path / "a" / "access.jsonl").exists()
    with client(store, tmp_path / "b", Role.AUDITOR, services=PROVING) as asking:
        assert WORDS in asking.get(at).text
        assert asking.get(f"{at}/raw?comment=0").status_code == 200
        assert asking.get(f"{at}/proof?comment=0").status_code == 200
    logged = [json.loads(line)["what"] for line in (tmp_path / "b" / "access.jsonl").read_text().splitlines()]
    assert [what.partition(" ")[2].split(" of ")[0].split(",")[0] for what in logged] == [
        "thread 1", "raw object", "proof",
    ]  # fmt: skip


def test_a_restricted_thread_is_hidden_everywhere(tmp_path: Path) -> None:
    """Of a restricted thread a visitor sees only that one stands there: no post, gap, comment, raw object, proof."""
    store = restricted_store(tmp_path, "t1", "thread")
    at = f"{address(store, 1)}/threads/1"
    with client(store, tmp_path, services=PROVING) as asking:
        told = json_of(asking, f"{at}.json")
        assert (told["hidden"], told["post"], told["comments"], told["gaps"]) == (True, None, [], [])
        page = asking.get(at)
        assert page.status_code == 200
        assert "alert(1)" not in page.text
        for path in ("raw", "raw?comment=0", "proof", "proof?comment=0", "proof?alone=true"):
            assert asking.get(f"{at}/{path}").status_code == 403
        listed = json_of(asking, f"{address(store, 1)}.json")["gaps"]
    assert [one["thread"] for one in listed] == [""]
