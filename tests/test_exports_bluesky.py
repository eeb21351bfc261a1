"""Bluesky repositories: every record or a gap, every block checked, equal to what others read in them."""

from __future__ import annotations

import base64
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _car_files import DID, Repo, blob, blob_name, cbor, cid_of, head, varint
from _exports import png, read_with, write_zip
from atproto import CAR

from connectors._car import blocks
from connectors._cbor import Link, cid_text, decode, to_json
from connectors._repository import Lost, Record, Repository, records
from connectors.exports.bluesky import READER
from urval.errors import IncompleteError, MalformedError, SourceError
from urval.records import AuthorRole, GapReason, MediaKind
from urval.source import EndReason

_RECORDED = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
_OTHER = "did:plc:boende22222222222222222"
_PICTURE, _FACE = png(3), png(4)


def _city() -> tuple[Repo, dict[str, str]]:
    repo = Repo()
    repo.put("app.bsky.actor.profile/self", {
        "$type": "app.bsky.actor.profile", "displayName": "Exempelstad", "description": "Kommunens konto",
        "avatar": blob(_FACE, "image/png"), "createdAt": "2023-05-01T08:00:00Z",
    })  # fmt: skip
    named: dict[str, str] = {}
    images = {"$type": "app.bsky.embed.images", "images": [
        {"alt": "Bron över ån 🌉", "image": blob(_PICTURE, "image/png"), "aspectRatio": {"width": 4, "height": 3}}
    ]}  # fmt: skip
    named["bridge"] = repo.post("3mczr22222222", "2026-06-01T10:00:00.123+02:00", "Bron öppnar 🌉", embed=images)
    foreign = f"at://{_OTHER}/app.bsky.feed.post/3mczs22222222"
    named["foreign"] = foreign

    def answer(root: str, parent: str) -> dict[str, Any]:
        return {"root": {"uri": root, "cid": "x"}, "parent": {"uri": parent, "cid": "x"}}

    bridge = named["bridge"]
    named["more"] = repo.post("3mczt22222222", "2026-06-01T10:05:00Z", "Och cykelbanan.", reply=answer(bridge, bridge))
    named["to_her"] = repo.post(
        "3mczu22222222", "2026-12-01T10:05:00Z", "Ja, hela dygnet.", reply=answer(bridge, foreign)
    )
    named["abroad"] = repo.post("3mczv22222222", "2026-06-02T10:05:00Z", "Hör av dig!", reply=answer(foreign, foreign))
    named["old"] = repo.post("3mczw22222222", "2025-06-02T10:05:00Z", "Förra året")
    named["share"] = repo.put("app.bsky.feed.repost/3mczx22222222", {
        "$type": "app.bsky.feed.repost", "subject": {"uri": foreign, "cid": "x"}, "createdAt": "2026-06-03T10:00:00Z",
    })  # fmt: skip
    for number in range(3):
        repo.put(f"app.bsky.feed.like/3mczy2222222{number}", {
            "$type": "app.bsky.feed.like", "subject": {"uri": foreign}, "createdAt": "2026-06-03T10:00:00Z",
        })  # fmt: skip
    return repo, named


def _write(tmp_path: Path, data: bytes, name: str = "repo.car") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def test_every_record_becomes_a_record_or_a_gap(tmp_path: Path) -> None:
    """Posts, own answers, reposts and the profile are records; likes and what lies outside the period are counted."""
    repo, named = _city()
    read = read_with(READER, _write(tmp_path, repo.car()))
    assert read.owner == {DID}
    assert set(read.posts) == {named["bridge"], named["abroad"], named["share"]}
    assert set(read.comments) == {named["more"], named["to_her"]}
    bridge = read.posts[named["bridge"]]
    assert bridge.created_at == datetime(2026, 6, 1, 8, 0, 0, 123000, tzinfo=UTC)
    assert (bridge.text, bridge.language, bridge.kind) == ("Bron öppnar 🌉", "sv", "post")
    assert bridge.permalink == f"https://bsky.app/profile/{DID}/post/3mczr22222222"
    assert (read.posts[named["abroad"]].kind, read.posts[named["abroad"]].in_reply_to) == ("reply", named["foreign"])
    assert (read.posts[named["share"]].kind, read.posts[named["share"]].in_reply_to) == ("share", named["foreign"])
    likes = next(gap for gap in read.gaps if gap.subject_id == "app.bsky.feed.like")
    assert (likes.reason, likes.error.split()[0]) == (GapReason.LEFT_OUT, "3")
    end = read.ends["repository 3n2wqblphvk2i"]
    assert (end.reason, end.records, end.outside_period) == (EndReason.EXHAUSTED, 6, 1)
    assert read.profile is not None
    assert (read.profile.id, read.profile.name, read.profile.about) == (DID, "Exempelstad", "Kommunens konto")


def test_an_answer_below_anothers_comment_stays_in_its_thread(tmp_path: Path) -> None:
    """The account's answer to a resident hangs in its own thread, names her comment, and that comment is a gap."""
    repo, named = _city()
    read = read_with(READER, _write(tmp_path, repo.car()))
    answer, more = read.comments[named["to_her"]], read.comments[named["more"]]
    assert (answer.post_id, answer.parent_id, answer.depth, answer.is_own_answer) == (
        named["bridge"], named["foreign"], 1, True,
    )  # fmt: skip
    assert (more.parent_id, more.depth, more.is_own_answer, more.author_role) == (None, 0, False, AuthorRole.OWN)
    gap = next(gap for gap in read.gaps if gap.subject_id == named["foreign"])
    assert (gap.what, gap.reason, gap.thread_id) == ("comment", GapReason.INTERFACE_LIMIT, named["bridge"])


def test_the_signed_commit_is_named(tmp_path: Path) -> None:
    """The profile's raw object holds the commit with its CID and signature, and the file's digest is the exchange."""
    repo, named = _city()
    path = _write(tmp_path, repo.car())
    read = read_with(READER, path)
    assert read.profile is not None
    commit = json.loads(read.profile.raw)["commit"]
    assert (commit["did"], commit["rev"], commit["version"]) == (DID, "3n2wqblphvk2i", 3)
    assert base64.b64decode(commit["sig"]["$bytes"] + "==") == bytes(range(64))
    assert commit["cid"] == CAR.from_bytes(path.read_bytes()).root
    assert read.digested == {"repo.car": read.posts[named["bridge"]].exchange}
    raw = json.loads(read.posts[named["bridge"]].raw)
    assert raw["value"]["embed"]["images"][0]["image"]["ref"] == {"$link": blob_name(_PICTURE)}


def test_blobs_are_gaps_unless_they_lie_beside_the_file(tmp_path: Path) -> None:
    """A lone CAR holds no pictures; of a zip with blobs those are kept whose bytes are what their CID says."""
    repo, named = _city()
    alone = read_with(READER, _write(tmp_path, repo.car()))
    (medium,) = alone.media
    assert (medium.gap, medium.alt_text, medium.width, medium.kind) == (
        GapReason.INTERFACE_LIMIT, "Bron över ån 🌉", 4, MediaKind.IMAGE,
    )  # fmt: skip
    members = {
        "x/repo.car": repo.car(),
        f"x/blobs/{blob_name(_PICTURE)}": _PICTURE,
        f"x/blobs/{blob_name(_FACE)}": png(9),
    }
    read = read_with(READER, write_zip(tmp_path / "export.zip", members))
    (kept,), (face,) = read.media, read.page_media
    assert kept.gap is None
    assert kept.file is not None
    assert (tmp_path / kept.file).read_bytes() == _PICTURE
    assert (face.gap, face.file) == (GapReason.CHANGED, None)
    assert read.posts[named["bridge"]].media_ids == (kept.id,)


def test_our_reading_equals_atproto() -> None:
    """The blocks of a file the tests wrote are those that PyPI atproto reads, with equal content."""
    data = _city()[0].car()
    theirs = CAR.from_bytes(data)
    ours = dict(blocks(io.BytesIO(data)))
    assert set(ours) == set(theirs.blocks)
    post = next(block for block in theirs.blocks.values() if block.get("text") == "Och cykelbanan.")
    assert any(to_json(decode(block)) == post for block in ours.values())


@pytest.mark.parametrize("spoil", [0, 1])
def test_a_damaged_block_becomes_a_gap(tmp_path: Path, spoil: int) -> None:
    """A record whose bytes do not match its CID is a gap that says so; all other records are there."""
    repo, named = _city()
    data = repo.car()
    written = cbor("Och cykelbanan.")
    spoiled = data.replace(written, written[:-1] + (b"!", b"?")[spoil])
    assert len(spoiled) == len(data)
    assert spoiled != data
    read = read_with(READER, _write(tmp_path, spoiled))
    assert named["more"] not in read.comments
    assert set(read.posts) == {named["bridge"], named["abroad"], named["share"]}
    gap = next(gap for gap in read.gaps if gap.subject_id == named["more"])
    assert (gap.what, gap.reason) == ("post", GapReason.CHANGED)
    with pytest.raises(MalformedError, match="do not match its CID"):
        list(blocks(io.BytesIO(spoiled)))
    with pytest.raises(MalformedError):
        list(records(io.BytesIO(spoiled)))


def test_a_cut_off_file_gives_what_is_whole(tmp_path: Path) -> None:
    """Of a truncated repository every reachable whole record is read; what the tree names beyond is a gap each."""
    repo, named = _city()
    data = repo.car()
    whole = len(named) - 1 + 1 + 3  # without the resident's post; the profile, the likes
    for cut in range(len(data) - 1, len(data) // 3, -37):
        path = _write(tmp_path, data[:cut])
        try:
            read = read_with(READER, path)
        except SourceError as error:
            assert error.message  # noqa: PT017 - one clear sentence is right where the commit itself is cut
            continue
        lost = [gap for gap in read.gaps if gap.reason is GapReason.INCOMPLETE]
        assert any(gap.what == "file" for gap in lost)
        assert read.ends["repository 3n2wqblphvk2i"].reason is EndReason.FAILED
        with Repository(io.BytesIO(data[:cut])) as repository:
            found = list(repository.records())
        if not any(isinstance(one, Lost) and one.path is None for one in found):
            assert len(found) == whole
        assert all(isinstance(one, Lost | Record) for one in found)


def test_a_tree_that_names_itself_ends() -> None:
    """Nodes that name one child twice, fifty levels deep, are read in a moment: each node once."""
    repo = Repo()
    path = "app.bsky.feed.post/3mczr22222222"
    repo.post("3mczr22222222", "2026-06-01T10:00:00Z", "x")
    node = Link(repo.block({"l": None, "e": [{"p": 0, "k": path.encode(), "v": Link(repo.records[path]), "t": None}]}))
    for _ in range(50):
        node = Link(repo.block({"l": node, "e": [
            {"p": 0, "k": path.encode(), "v": Link(repo.records[path]), "t": node}
        ]}))  # fmt: skip
    with Repository(io.BytesIO(repo.car(repo.commit(node)))) as repository:
        found = list(repository.records())
    assert sum(isinstance(one, Record) for one in found) == 1
    assert len(found) < 200


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x81" * 100_000 + b"\x80", "deeper"),
        (b"\xa1\x61a" * 5_000 + b"\xf6", "deeper"),
        (b"\x9b\x7f" + b"\xff" * 7, "cut off"),
        (b"\x5b\x00\x00\x00\xff" + b"\xff" * 4, "cut off"),
        (b"\x9f\xff", "indefinite"),
        (b"\x18\x17", "longer form"),
        (b"\xa2\x61a\x01\x61a\x02", "twice"),
        (b"\xa2\x61b\x01\x61a\x02", "out of order"),
        (b"\xa1\x01\x02", "no text"),
        (b"\xc1\x01", "tag"),
        (b"\xd8\x2a\x41\x00", "without a CID"),
        (b"\xd8\x2a\x01", "tag"),
        (b"\xf9\x00\x00", "short float"),
        (b"\xfb\x7f\xf8" + bytes(6), "none"),
        (b"\xf7", "simple"),
        (b"\x61\xff", "UTF-8"),
        (b"\xf6\xf6", "follow"),
        (b"", "cut off"),
    ],
)
def test_what_is_no_dag_cbor_is_refused(data: bytes, says: str) -> None:
    """Depth, claimed lengths, second spellings and stray values are one clear error, at once."""
    with pytest.raises(MalformedError, match=says):
        decode(data)


def test_values_come_back_as_they_were_written() -> None:
    """Numbers up to 64 bits, bytes, links and texts in any script survive; links and bytes have forms of their own."""
    link = Link(cid_of(b"x"))
    value = {
        "big": 2**63 + 1, "less": -(2**63), "text": "Ån – مرحبا 🧑‍🚒", "bytes": b"\x00\xff", "to": link,
        "list": [True, None, 1.5],
    }  # fmt: skip
    assert decode(cbor(value)) == value
    told = to_json(value)
    assert (told["to"], told["bytes"], told["big"]) == ({"$link": cid_text(link.cid)}, {"$bytes": "AP8"}, 2**63 + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        varint(10**15),
        b"\xff" * 12,
        varint(len(cbor({"version": 2, "roots": []}))) + cbor({"version": 2, "roots": []}),
        varint(len(cbor({"version": 1, "roots": ["x"]}))) + cbor({"version": 1, "roots": ["x"]}),
        varint(len(cbor({"version": 1, "roots": []}))) + cbor({"version": 1, "roots": []}),
        varint(len(cbor([1]))) + cbor([1]),
    ],
)
def test_what_is_no_repository_is_one_error(data: bytes) -> None:
    """A file that is no CAR, or names no commit, is refused with one sentence."""
    with pytest.raises((MalformedError, IncompleteError)):
        Repository(io.BytesIO(data))


def test_a_commit_must_be_signed_and_a_commit() -> None:
    """A root without signature, or of another kind, is no repository."""
    for more in ({"sig": None}, {"data": "x"}, {"did": 7}, {"rev": None}):
        repo = Repo()
        with pytest.raises(MalformedError, match="commit"):
            Repository(io.BytesIO(repo.car(repo.commit(**more))))


def test_records_of_wrong_types_are_gaps(tmp_path: Path) -> None:
    """A post without text, without time, with a number for a text, or a repost of nothing is a gap; others are read."""
    repo, named = _city()
    bad = [
        repo.put("app.bsky.feed.post/4a", {"createdAt": "2026-06-01T10:00:00Z"}),
        repo.put("app.bsky.feed.post/4b", {"text": "x"}),
        repo.put("app.bsky.feed.post/4c", {"text": 7, "createdAt": "2026-06-01T10:00:00Z"}),
        repo.put("app.bsky.feed.post/4d", {"text": "x", "createdAt": "igår"}),
        repo.put("app.bsky.feed.post/4e", {"text": "x", "createdAt": "2026-06-01T10:00:00Z", "reply": {"root": 1}}),
        repo.put("app.bsky.feed.post/4f", ["x"]),
        repo.put("app.bsky.feed.repost/4g", {"createdAt": "2026-06-01T10:00:00Z"}),
    ]
    read = read_with(READER, _write(tmp_path, repo.car()))
    assert {gap.subject_id for gap in read.gaps} >= set(bad)
    assert set(read.posts) == {named["bridge"], named["abroad"], named["share"]}


def test_answers_in_a_ring_do_not_hang(tmp_path: Path) -> None:
    """Two own posts that claim to answer each other are both kept, in one thread."""
    repo = Repo()
    one, two = f"at://{DID}/app.bsky.feed.post/3a", f"at://{DID}/app.bsky.feed.post/3b"
    for key, other in (("3a", two), ("3b", one)):
        reply = {"root": {"uri": other}, "parent": {"uri": other}}
        repo.post(key, "2026-06-01T10:00:00Z", key, reply=reply)
    read = read_with(READER, _write(tmp_path, repo.car()))
    assert set(read.posts) | set(read.comments) == {one, two}


def test_a_block_without_a_way_to_it_is_named(tmp_path: Path) -> None:
    """Blocks that the commit does not lead to are counted in a gap."""
    repo, _ = _city()
    repo.block({"stray": True})
    read = read_with(READER, _write(tmp_path, repo.car()))
    assert any(gap.what == "record" and "1 blocks" in gap.error for gap in read.gaps)


def test_two_repositories_are_refused(tmp_path: Path) -> None:
    """An export with the repositories of two accounts is not read as one of them."""
    car = _city()[0].car()
    path = write_zip(tmp_path / "two.zip", {"a.car": car, "b.car": car})
    with pytest.raises(MalformedError, match="2 repositories"):
        read_with(READER, path)


def test_heads_are_shortest() -> None:
    """The tests' own encoder writes numbers as the decoder demands, at each border."""
    for number in (0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1):
        assert decode(head(0, number)) == number


@pytest.mark.shared
@pytest.mark.parametrize("visit", ["01_before", "03_after"])
def test_a_recorded_repository_is_read_whole(visit: str) -> None:
    """Of a real server's repository every record is read, equal to listRecords and to what atproto reads."""
    file = _RECORDED / "own" / "bluesky" / f"{visit}.jsonl"
    if not file.exists():
        pytest.skip("recordings are not here")
    car, listed = b"", {}
    for line in file.read_text().splitlines():
        exchange = json.loads(line)
        target, answer = exchange["request"]["target"], exchange["response"]
        if answer["status"] == 200 and "getRepo?" in target and "since" not in target:
            car = base64.b64decode(answer["body_base64"])
        if "listRecords" in target and answer["status"] == 200:
            listed |= {one["uri"]: one for one in json.loads(answer["body_text"])["records"]}
    theirs = CAR.from_bytes(car)
    assert dict(blocks(io.BytesIO(car))).keys() == theirs.blocks.keys()
    with Repository(io.BytesIO(car)) as repository:
        assert (repository.commit.cid, repository.fault, repository.damaged) == (theirs.root, None, set())
        ours = {f"at://{repository.commit.did}/{one.collection}/{one.key}": one for one in repository.records()
                if isinstance(one, Record)}  # fmt: skip
        assert repository.strays() == 0
    own = {uri: one for uri, one in listed.items() if uri in ours}
    assert len(own) == len(listed) > 50
    assert all(ours[uri].cid == one["cid"] and to_json(ours[uri].value) == one["value"] for uri, one in own.items())
