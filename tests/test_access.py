"""Restrictions of access, and access copies: nobody but the account is named, and the sealed package is not touched."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from _disposal import ACCOUNT, PLACE, Archive, archive
from _program import tree
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows.restricting import acting_on, held_package, lift_restriction, restrict
from urval.access import Copying, Mentions, Pseudonyms, Restriction, Source, is_restricted, names_of
from urval.access.rows import TABLES
from urval.cli import app
from urval.errors import ConfigError, StoreError, UrvalError, VerificationError
from urval.holdings import verify_held
from urval.ledger import State, check_chain
from urval.manifest import file_sha256
from urval.restricted import in_force
from urval.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

KEY, OTHER = b"k" * 32, b"o" * 32
AT = "2027-02-01T09:00:00+01:00"


# ---- names in texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hej ANNA  svensson!", "Hej [p1]!"),
        ("Annas hund, Svenssons katt", "[p1] hund, [p1] katt"),
        ("@anna_s och https://x.example/anna_s/1", "[p1] och https://x.example/[p1]/1"),
        ("anna går, Annat, Boden", "anna går, Annat, Boden"),
        ("Bo är här, bo är att bo", "[p3] är här, bo är att bo"),
        ("我和张伟去", "我和[p2]去"),
        ("did:plc:abc/x", "[p4]/x"),
        ("A\u030asa O\u0308berg", "[p5]"),
        ("Exempelstads kommun svarar", "Exempelstads kommun svarar"),
        ("", ""),
    ],
)
def test_names_are_found_as_people_write_them(text: str, shown: str) -> None:
    """In any case, in the genitive, by their parts, as handles in addresses; the account's own name stays."""
    people = {
        "Anna Svensson": "p1", "@anna_s": "p1", "张伟": "p2", "Bo": "p3", "did:plc:abc": "p4", "Åsa Öberg": "p5",
        "Exempelstads kommun": "p6",
    }  # fmt: skip
    assert Mentions(people, ["Exempelstads kommun"]).replaced(text) == shown


def test_a_platforms_object_tells_more_names() -> None:
    """The part that speaks of the author gives the handle; other parts, and what is no JSON, give nothing."""
    raw = json.dumps({
        "account": {"id": "7", "acct": "anna@social.example", "display_name": "Anna"},
        "application": {"name": "Webb"},
        "tags": [{"name": "malmö"}],
    })  # fmt: skip
    assert names_of(raw, "7", "Anna") == {"7", "Anna", "anna@social.example"}
    assert names_of("{", "7", None) == {"7"}
    assert names_of("[" * 100_000, None, None) == frozenset()


# ---- properties ------------------------------------------------------------------------------------------------------

_WORD = st.text(st.sampled_from("bcdfghjklmnpqrstvwxzåäöÅÄÖ"), min_size=5, max_size=9).map(lambda word: f"Q{word}")
_PERSON = st.builds(
    lambda first, last, number: (f"u{number}q", f"{first} {last}"), _WORD, _WORD, st.integers(10**6, 10**9)
)
_PEOPLE = st.lists(_PERSON, min_size=1, max_size=5, unique_by=lambda one: one[0])
_FORM = st.sampled_from(["Hej {}!", "{}s", "@{}", "x ({}) y"])
_TALK = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), _FORM), max_size=8)


def _post(thread: str, **more: Any) -> dict[str, Any]:
    return {
        "platform": "x", "account_id": ACCOUNT, "id": thread, "permalink": f"https://x.example/{thread}",
        "title": None, "text": "Nytt badhus", "author_id": "1", "author_name": "Exempelstad", "author_role": "own",
        "in_reply_to": None, "media_ids": [], "exchange": "e", **more,
    }  # fmt: skip


def _comment(thread: str, place: int, person: tuple[str, str], text: str) -> dict[str, Any]:
    name = f"at://{person[0]}/{thread}/{place}"
    return {
        "platform": "x", "account_id": ACCOUNT, "post_id": thread, "id": name, "parent_id": None,
        "permalink": f"https://x.example/{person[0]}/{place}", "text": text, "author_id": person[0],
        "author_name": person[1], "author_role": "person", "media_ids": [f"m-{name}"], "exchange": "e",
    }  # fmt: skip


def _source(people: list[tuple[str, str]], talk: list[tuple[int, int, str]]) -> Source:
    """Return a package in which people write to and about each other."""
    comments = []
    for place, (who, whom, form) in enumerate(talk):
        about = people[whom % len(people)]
        comments.append(_comment("t1", place, people[who % len(people)], form.format(about[place % 2])))
    comments += [_comment("t1", 100 + place, person, "Jag också") for place, person in enumerate(people)]
    media = [
        {"id": row["media_ids"][0], "owner_id": row["id"], "thread_id": "t1", "kind": "image", "file": "media/a.png",
         "source_url": f"https://cdn.example/{row['author_id']}", "alt_text": row["author_name"], "sha256": "a",
         "bytes": 1}
        for row in comments
    ]  # fmt: skip
    profile = {"id": "1", "name": "Exempelstad", "handle": "exempelstad", "exchange": "e"}
    versions = [
        {"thread_id": "t1", "subject_id": row["id"], "number": 0, "text": row["text"], "exchange": "e"}
        for row in comments
    ]
    tables = {"profile": [profile], "posts": [_post("t1")], "comments": comments, "versions": versions, "media": media,
              "completeness": [{"thread_id": "t1", "captured_count": len(comments)}]}  # fmt: skip
    raw = {
        ("comments", row["id"]): json.dumps({"id": row["author_id"], "name": row["author_name"]}) for row in comments
    }
    return Source(ACCOUNT, tables, raw)


def _copied(source: Source, key: bytes = KEY, *restrictions: Restriction) -> dict[str, Any]:
    return Copying(source, Pseudonyms(key, "x"), restrictions).run().tables


@settings(max_examples=40)
@given(_PEOPLE, _TALK)
def test_no_name_and_no_id_of_a_commenter_survives(
    people: list[tuple[str, str]], talk: list[tuple[int, int, str]]
) -> None:
    """Neither in a column nor in a text, an address or another's id; the account's own name stays."""
    tables = _copied(_source(people, talk))
    told = json.dumps(tables, ensure_ascii=False)
    for author_id, name in people:
        for part in (author_id, name, *name.split()):
            assert part not in told
    assert "Exempelstad" in told


@settings(max_examples=40)
@given(_PEOPLE, _TALK)
def test_one_key_one_pseudonym_each(people: list[tuple[str, str]], talk: list[tuple[int, int, str]]) -> None:
    """The same person has the same pseudonym everywhere under one key, different people differ, and so do keys."""
    source = _source(people, talk)
    rows, again, other = (_copied(source, key)["comments"] for key in (KEY, KEY, OTHER))
    assert rows == again
    names: dict[str, set[str]] = {}
    for before, after in zip(source.tables["comments"], rows, strict=True):
        names.setdefault(before["author_id"], set()).add(after["author_name"])
    assert all(len(found) == 1 for found in names.values())
    assert len(set.union(*names.values())) == len({person[0] for person in people})
    assert not {row["author_name"] for row in rows} & {row["author_name"] for row in other}
    assert not {row["id"] for row in rows} & {row["id"] for row in other}


@settings(max_examples=40)
@given(_PEOPLE, _TALK, st.integers(0, 20), st.booleans())
def test_a_restricted_item_keeps_its_place_only(
    people: list[tuple[str, str]], talk: list[tuple[int, int, str]], place: int, whole: bool
) -> None:
    """Of a restricted comment, or thread, the copy has the reference of the decision, and no text, time or medium."""
    source = _source(people, talk)
    comment = source.tables["comments"][place % len(source.tables["comments"])]
    restriction = _restriction("t1" if whole else comment["id"])
    tables = _copied(source, KEY, restriction)
    hidden = [row for row in tables["comments"] if row["restricted"]]
    assert len(hidden) == (len(source.tables["comments"]) if whole else 1)
    kept = {"platform", "account_id", "id", "post_id", "parent_id", "restricted"}
    for row in hidden:
        assert row["restricted"] == "restricted under KS 2027/1"
        assert all(value is None for name, value in row.items() if name not in kept)
    assert len(tables["versions"]) == len(tables["media"]) == len(source.tables["comments"]) - len(hidden)


def _restriction(item: str) -> Restriction:
    return Restriction.model_validate({
        "format": "urval-restriction/1", "id": "r", "archive": "a", "account": ACCOUNT, "period": "p", "package": "x",
        "item": item, "kind": "comment", "decision": "KS 2027/1", "reason": "x", "by": "Bo", "at": AT,
    })  # fmt: skip


def test_pictures_of_others_stay_behind() -> None:
    """Files of comments, of removed items, and pictures of the page are left out; the account's own come along."""
    source = _source([("u1", "Qa Qb")], [])
    own = {"id": "m1", "owner_id": "t1", "thread_id": "t1", "kind": "image", "file": "media/own.png", "alt_text": None}
    page = own | {"id": "m2", "owner_id": "1", "thread_id": None, "kind": "page_desktop", "file": "media/page.png"}
    shot = own | {"id": "m3", "owner_id": "removal:1", "thread_id": "removal:1", "file": "media/shot.png"}
    posts = [_post("t1", media_ids=["m1"]), _post("removal:1", media_ids=["m3"])]
    tables = {**source.tables, "posts": posts, "media": [own, page, shot, *source.tables["media"]]}
    done = Copying(Source(ACCOUNT, tables, {}), Pseudonyms(KEY, "x"), ()).run()
    assert done.files == {"media/own.png"}
    assert done.counts["media_of_others_left_out"] == 3


# ---- in a store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def one(tmp_path: Path) -> Archive:
    """Return an archive with one packaged, verified period."""
    return archive(tmp_path)


def _restricted(one: Archive, item: str = "t1c1") -> Restriction:
    store = open_store(str(one.store))
    held = held_package(store, one.package().name)
    desk = acting_on(store, held, by="Bo", fixed_time=AT)
    return restrict(desk, held, item, decision="KS 2027/1", reason="Begäran om dataskydd")


def test_restrictions_on_the_command_line(one: Archive) -> None:
    """Add, list and lift."""
    made = ("--package", one.package().name, "--item", "t1", "--by", "Bo", "--fixed-time", AT)
    why = ("--decision", "KS 2027/1", "--reason", "x")
    done = _run("restrict", "add", str(one.store), *made, *why, "--json")
    record = json.loads(done.output)
    assert (record["kind"], record["item"]) == ("thread", "t1")
    assert "in force" in _run("restrict", "list", str(one.store)).output
    assert _run("restrict", "lift", str(one.store), record["id"], *why, "--by", "Bo", "--fixed-time", AT).exit_code == 0
    assert "lifted 2027-02-01 by Bo" in _run("restrict", "list", str(one.store)).output


def test_a_restriction_touches_no_package(one: Archive) -> None:
    """It is a record and an act of the ledger; the package verifies as before; lifted, it is no more in force."""
    before = tree(one.package())
    made = _restricted(one)
    assert _restricted(one) == made
    assert tree(one.package()) == before
    store = open_store(str(one.store))
    assert verify_held(store, held_package(store, one.package().name)).failed() == []
    assert [event.state for event in one.events()][-1] is State.RESTRICTED
    assert len([event for event in one.events() if event.state is State.RESTRICTED]) == 1
    force = in_force(store, *PLACE[:2])
    assert is_restricted(force, account=ACCOUNT, item="t1c1", thread="t1") == made
    assert is_restricted(force, account=ACCOUNT, item="t1c2", thread="t1") is None
    assert is_restricted(force, account="another", item="t1c1") is None
    lift_restriction(store, made.id, decision="KS 2027/9", reason="Återkallad", by="Bo", fixed_time=AT)
    assert in_force(store, *PLACE[:2]) == []
    assert check_chain(one.events()) == []
    with pytest.raises(UrvalError, match="was lifted by Bo"):
        lift_restriction(store, made.id, decision="KS 2027/9", reason="x", by="Bo", fixed_time=AT)


def test_nothing_is_proved_of_a_restricted_item(one: Archive, tmp_path: Path) -> None:
    """A proof would show it, so the store refuses one unless somebody says why."""
    _restricted(one)
    words = ("prove", str(one.store), "t1", "--package", one.package().name, "--output", str(tmp_path / "p.json"))
    assert "is restricted: KS 2027/1" in str(_run(*words).exception)
    assert not (tmp_path / "p.json").exists()
    assert _run(*words, "--despite-restriction", "Begärd av domstol").exit_code == 0


def test_what_cannot_be_restricted_is_told(one: Archive) -> None:
    """An item the package has not, a package the store has not, an id that is none."""
    with pytest.raises(ConfigError, match="no thread or comment"):
        _restricted(one, "t99")
    with pytest.raises(ConfigError, match="holds no package"):
        held_package(open_store(str(one.store)), "x")
    with pytest.raises(ConfigError, match="no restriction"):
        lift_restriction(open_store(str(one.store)), "x", decision="x", reason="x", by="Bo")


def test_a_restriction_whose_record_was_taken_away_is_no_way_round(one: Archive) -> None:
    """The ledger tells of it, so nobody can say what may be shown, and no copy is made."""
    _restricted(one)
    next((one.store / "restrictions").rglob("*.json")).unlink()
    with pytest.raises(StoreError, match="its record is gone"):
        in_force(open_store(str(one.store)), *PLACE[:2])


def _key(folder: Path) -> str:
    file = folder / "key"
    file.write_bytes(os.urandom(32))
    file.chmod(0o600)
    return str(file)


def _run(*words: str) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_an_access_copy_on_the_command_line(one: Archive, tmp_path: Path) -> None:
    """It names its source and what it does not hide, holds neither key nor raw object, and is whole by its digests."""
    _restricted(one)
    to, key = tmp_path / "copy", _key(tmp_path)
    words = ("access-copy", str(one.store), "--package", one.package().name, "--to", str(to), "--key-file", key,
             "--by", "Bo", "--fixed-time", AT)  # fmt: skip
    assert isinstance(_run(*words).exception, ConfigError)
    assert not to.exists()
    done = _run(*words, "--reviewed-by", "Cilla")
    assert (done.exit_code, "1 restricted items left out" in done.output) == (0, True)
    record = json.loads((to / "access-copy.json").read_bytes())
    assert record["source"]["package"] == one.package().name
    assert record["source"]["manifest_sha256"] == file_sha256(one.package() / "manifest.json")
    assert (record["reviewed_for_secrecy_by"], record["restricted"]) == ("Cilla", {"KS 2027/1": 1})
    assert record["files"] == {name: digest for name, digest in tree(to).items() if name != "access-copy.json"}
    secret = (tmp_path / "key").read_bytes()
    assert not any(secret in path.read_bytes() or secret.hex().encode() in path.read_bytes()
                   for path in to.rglob("*") if path.is_file())  # fmt: skip
    assert "inte ett arkivpaket" in (to / "README.txt").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in (to / "tables/comments.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = (one.package() / "data/tables/comments.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(kept)
    with (to / "tables/comments.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [row["id"] for row in rows]
    assert "bagit.txt" not in record["files"]
    assert isinstance(_run(*words, "--reviewed-by", "Cilla").exception, ConfigError)


def test_a_copy_without_review_or_store_says_so(one: Archive, tmp_path: Path) -> None:
    """From a package alone nothing is known of restrictions: such a copy is for the secrecy review only."""
    key, package = _key(tmp_path), str(one.package())
    words = ("access-copy", package, "--key-file", key, "--by", "Bo", "--fixed-time", AT)
    refused = _run(*words, "--to", str(tmp_path / "a"), "--reviewed-by", "Cilla")
    assert "only the store knows" in str(refused.exception)
    assert _run(*words, "--to", str(tmp_path / "b"), "--for-review").exit_code == 0
    told = (tmp_path / "b" / "README.txt").read_text(encoding="utf-8")
    assert "SEKRETESSEN ÄR INTE PRÖVAD" in told
    assert "VILKA POSTER SOM ÄR SPÄRRADE" in told


def test_keys_and_packages_that_will_not_do(one: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key others can read, one too short, none at all; a package that was tampered with."""
    words = ("access-copy", str(one.package()), "--for-review", "--by", "Bo", "--to", str(tmp_path / "copy"))
    monkeypatch.delenv("URVAL_PSEUDONYM_KEY", raising=False)
    assert "no key" in str(_run(*words).exception)
    monkeypatch.setenv("URVAL_PSEUDONYM_KEY", "short")
    assert "needs 32" in str(_run(*words).exception)
    key = _key(tmp_path)
    (tmp_path / "key").chmod(0o644)
    assert "read by others" in str(_run(*words, "--key-file", key).exception)
    (tmp_path / "key").chmod(0o600)
    spoilt = tmp_path / one.package().name
    shutil.copytree(one.package(), spoilt)
    file = spoilt / "data/tables/posts.jsonl"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b"{}\n")
    failed = _run("access-copy", str(spoilt), *words[2:], "--key-file", key)
    assert isinstance(failed.exception, VerificationError)
    assert not (tmp_path / "copy").exists()


def test_a_cell_is_no_formula(one: Archive) -> None:
    """What a spreadsheet would run as a formula is text in the CSV, and as it was in the JSON Lines."""
    from flows.access_copies import _csv, _line

    row = {"text": '=HYPERLINK("http://x")', "n": 1, "media_ids": ["+1"]}
    (read,) = csv.DictReader(io.StringIO(_csv([row]).decode("utf-8-sig")))
    assert read == {"text": '\'=HYPERLINK("http://x")', "n": "1", "media_ids": '["+1"]'}
    assert json.loads(_line(row)) == row
    assert set(TABLES) <= {path.stem for path in (one.package() / "data/tables").iterdir()}
