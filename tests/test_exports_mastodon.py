"""Mastodon archives: every entry of the outbox a record or a gap, own threads put together, media kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from _exports import png, read_with, write_folder, write_tar, write_zip

from connectors.exports.mastodon import READER
from urval.records import Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

_HOST = "https://social.example"
_ME, _FOLLOWERS = f"{_HOST}/users/exempelstad", f"{_HOST}/users/exempelstad/followers"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_HERS = "https://annan.example/users/linn/statuses/115"
_FILE = "media_attachments/files/112/345/678/original/bro.png"


def _id(number: int) -> str:
    return f"{_ME}/statuses/{number}"


def _note(number: int, text: str, day: int, **more: Any) -> dict[str, Any]:
    key = _id(number)
    note = {
        "id": key, "type": "Note", "summary": None, "inReplyTo": None, "published": f"2026-06-{day:02}T10:00:00Z",
        "url": f"{_HOST}/@exempelstad/{number}", "attributedTo": _ME, "to": [_PUBLIC], "cc": [_FOLLOWERS],
        "sensitive": False, "atomUri": key, "inReplyToAtomUri": None,
        "conversation": f"tag:social.example,2026:objectId={number}:objectType=Conversation",
        "content": f"<p>{text}</p>", "contentMap": {"sv": f"<p>{text}</p>"}, "attachment": [], "tag": [],
        "replies": {"id": f"{key}/replies", "type": "Collection", "first": {"items": []}},
        "likes": {"id": f"{key}/likes", "type": "Collection", "totalItems": 4},
        "shares": {"id": f"{key}/shares", "type": "Collection", "totalItems": 2},
    } | more  # fmt: skip
    return {
        "id": f"{key}/activity", "type": "Create", "actor": _ME, "published": note["published"], "to": note["to"],
        "cc": note["cc"], "object": note, "signature": {"type": "RsaSignature2017", "signatureValue": "x"},
    }  # fmt: skip


def _boost(number: int, of: Any, day: int) -> dict[str, Any]:
    return {
        "id": f"{_id(number)}/activity", "type": "Announce", "actor": _ME, "published": f"2026-06-{day:02}T10:00:00Z",
        "to": [_PUBLIC], "cc": [_FOLLOWERS], "object": of,
    }  # fmt: skip


def _attachment(path: str, **more: Any) -> dict[str, Any]:
    return {"type": "Document", "mediaType": "image/png", "url": f"/{path}", "name": "Bron vid ån", "blurhash": "U",
            "width": 4, "height": 3} | more  # fmt: skip


_TALK = "tag:social.example,2026:objectId=100:objectType=Conversation"
_BIG = 115000000000000001  # 2^53 is far below


def _outbox() -> list[dict[str, Any]]:
    return [
        _note(99, "Förra året", 1, published="2025-06-01T10:00:00Z"),
        _note(100, "Bron öppnar", 1, summary="Trafik", conversation=_TALK, updated="2026-06-01T12:00:00Z",
              attachment=[_attachment(_FILE), _attachment("media_attachments/files/9/original/borta.png")]),
        _note(101, "Och cykelbanan", 1, inReplyTo=f"{_HOST}/@exempelstad/100", conversation=_TALK),
        _note(102, "Ja, hela dygnet", 2, inReplyTo=_HERS, conversation=_TALK),
        _note(103, "Hör av dig!", 3, inReplyTo="https://annan.example/users/bo/statuses/7"),
        _note(104, "Bara för följare", 4, to=[_FOLLOWERS], cc=[]),
        _note(105, "hemligt meddelande", 5, to=["https://annan.example/users/bo"], cc=[]),
        _boost(106, _HERS, 6),
        _boost(107, _note(_BIG, "eget", 6)["object"], 7),
        _note(_BIG, "Stor", 8, type="Question", oneOf=[{"type": "Note", "name": "Ja"}]),
    ]  # fmt: skip


_ACTOR: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams"], "id": _ME, "type": "Person", "inbox": f"{_ME}/inbox",
    "preferredUsername": "exempelstad", "name": "Exempelstads kommun", "summary": "<p>Vi svarar vardagar</p>",
    "url": f"{_HOST}/@exempelstad", "published": "2023-01-01T00:00:00Z", "outbox": "outbox.json",
    "icon": {"type": "Image", "mediaType": "image/png", "url": "avatar.png"},
    "image": {"type": "Image", "mediaType": "image/png", "url": "header.png"},
    "attachment": [{"type": "PropertyValue", "name": "Webb", "value": '<a href="https://exempelstad.example">x</a>'}],
}  # fmt: skip


def _members(items: list[Any], **more: Any) -> dict[str, bytes | str]:
    told = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection",
            "totalItems": len(items), "orderedItems": items} | more  # fmt: skip
    return {
        "outbox.json": json.dumps(told), "actor.json": json.dumps(_ACTOR), "avatar.png": png(1), "header.png": png(2),
        _FILE: png(3), "likes.json": '{"orderedItems": ["https://annan.example/1"]}', "bookmarks.json": "{}",
    }  # fmt: skip


@pytest.mark.parametrize("shape", ["tar", "zip", "folder"])
def test_an_archive_is_read_whole(tmp_path: Path, shape: str) -> None:
    """From a packed tar, a zip or a folder: posts, boosts, profile; times in UTC, ids whole, the period kept."""
    members = _members(_outbox())
    path = {
        "tar": lambda: write_tar(tmp_path / "archive-20261101-x.tar.gz", members),
        "zip": lambda: write_zip(tmp_path / "archive.zip", members),
        "folder": lambda: write_folder(tmp_path / "archive", members),
    }[shape]()
    read = read_with(READER, path)
    assert read.owner == {_ME, f"{_HOST}/@exempelstad", "exempelstad", "exempelstad@social.example"}
    assert set(read.posts) == {
        _id(100), _id(103), _id(104), f"{_id(106)}/activity", f"{_id(107)}/activity", _id(_BIG),
    }  # fmt: skip
    bridge = read.posts[_id(100)]
    assert (bridge.title, bridge.text, bridge.language, bridge.kind) == ("Trafik", "<p>Bron öppnar</p>", "sv", "post")
    assert bridge.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (bridge.updated_at, bridge.edited) == (datetime(2026, 6, 1, 12, tzinfo=UTC), Edited.YES)
    assert (bridge.reaction_count, bridge.share_count, bridge.permalink) == (4, 2, f"{_HOST}/@exempelstad/100")
    assert read.posts[_id(103)].edited is Edited.NO
    assert json.loads(bridge.raw)["object"]["atomUri"] == _id(100)
    assert (read.posts[_id(_BIG)].kind, read.posts[_id(103)].kind) == ("poll", "reply")
    assert read.posts[_id(103)].in_reply_to == "https://annan.example/users/bo/statuses/7"
    shares = [read.posts[f"{_id(number)}/activity"] for number in (106, 107)]
    assert [(share.kind, share.in_reply_to) for share in shares] == [("share", _HERS), ("share", _id(_BIG))]
    assert read.posts[_id(104)].visibility is Visibility.HIDDEN
    assert read.profile is not None
    assert (read.profile.name, read.profile.links) == ("Exempelstads kommun", ("https://exempelstad.example",))
    assert sorted(medium.kind for medium in read.page_media) == [MediaKind.AVATAR, MediaKind.COVER]
    assert {medium.gap for medium in read.page_media} == {None}
    assert (read.ends["outbox"].reason, read.ends["outbox"].outside_period) == (EndReason.EXHAUSTED, 1)
    assert set(read.unread) == {"likes.json", "bookmarks.json"}


def test_own_threads_are_put_together(tmp_path: Path) -> None:
    """An answer to an own post is its comment, also below a resident's answer, which is known by the conversation."""
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(_outbox())))
    more, answer = read.comments[_id(101)], read.comments[_id(102)]
    assert (more.post_id, more.parent_id, more.depth, more.is_own_answer) == (_id(100), None, 0, False)
    assert (answer.post_id, answer.parent_id, answer.depth, answer.is_own_answer) == (_id(100), _HERS, 1, True)
    gap = next(gap for gap in read.gaps if gap.subject_id == _HERS)
    assert (gap.what, gap.reason, gap.thread_id) == ("comment", GapReason.INTERFACE_LIMIT, _id(100))


def test_media_are_kept_or_gaps(tmp_path: Path) -> None:
    """An attachment is kept with its description; one that the archive names and does not hold is a gap."""
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(_outbox())))
    kept, missing = read.media
    assert (kept.alt_text, kept.width, kept.height, kept.kind) == ("Bron vid ån", 4, 3, MediaKind.IMAGE)
    assert kept.file is not None
    assert (tmp_path / kept.file).read_bytes() == png(3)
    assert missing.gap is GapReason.GONE
    assert any(gap.subject_id == missing.id and gap.thread_id == _id(100) for gap in read.gaps)


def test_a_message_to_a_person_is_no_post(tmp_path: Path) -> None:
    """A direct message becomes a gap with its id; its text is in no record and no gap."""
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(_outbox())))
    gap = next(gap for gap in read.gaps if gap.subject_id == _id(105))
    assert gap.reason is GapReason.LEFT_OUT
    assert "hemligt" not in repr(read.items)


@pytest.mark.parametrize(
    "entry",
    [
        7, None, [], {}, {"type": "Create"}, _note(1, "x", 1) | {"object": _id(1)}, _note(1, "x", 1) | {"object": None},
        _note(1, "x", 1, published=None), _note(1, "x", 1, published="i går"), _note(1, "x", 1, content=7),
        _note(1, "x", 1, attachment="x"), _note(1, "x", 1, content=None), _boost(1, None, 1), _boost(1, {}, 1),
        _note(100, "twice", 1), {"id": "y", "type": "Move", "object": _ME},
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_a_gap(tmp_path: Path, entry: Any) -> None:
    """Whatever stands in the outbox for a post is one gap, and the posts around it are read as before."""
    items = _outbox()
    whole = read_with(READER, write_zip(tmp_path / "whole.zip", _members(items)))
    items.insert(3, entry)
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(items)))
    assert set(read.posts) == set(whole.posts)
    assert set(read.comments) == set(whole.comments)
    assert len(read.gaps) == len(whole.gaps) + 1


def test_answers_in_a_ring_do_not_hang(tmp_path: Path) -> None:
    """Two posts that claim to answer each other, and one that answers itself, are all kept."""
    items = [
        _note(1, "a", 1, inReplyTo=_id(2)), _note(2, "b", 1, inReplyTo=_id(1)), _note(3, "c", 1, inReplyTo=_id(3)),
    ]  # fmt: skip
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(items)))
    assert {*read.posts, *read.comments} == {_id(1), _id(2), _id(3)}


def test_a_missing_entry_is_noticed(tmp_path: Path) -> None:
    """An outbox that counts more entries than it holds is a gap."""
    read = read_with(READER, write_zip(tmp_path / "archive.zip", _members(_outbox(), totalItems=12)))
    gap = next(gap for gap in read.gaps if gap.what == "posts")
    assert (gap.reason, gap.error) == (GapReason.NOT_LISTED, "the outbox counts 12 entries and holds 10")


def test_a_cut_off_outbox_gives_the_entries_before_the_cut(tmp_path: Path) -> None:
    """Of a truncated outbox the whole entries are read, and the listing says that it failed."""
    members = _members(_outbox())
    text = str(members["outbox.json"])
    read = read_with(
        READER, write_zip(tmp_path / "archive.zip", members | {"outbox.json": text[: text.index("r av dig")]})
    )
    assert set(read.posts) == {_id(100)}
    assert set(read.comments) == {_id(101), _id(102)}
    assert read.ends["outbox"].reason is EndReason.FAILED
    assert any(gap.what == "file" and gap.reason is GapReason.INCOMPLETE for gap in read.gaps)


@pytest.mark.parametrize("actor", ["", "{", "[]", '{"id": 7}', '{"id": "x", "icon": "avatar.png"}', None])
def test_a_broken_profile_does_not_stop_the_posts(tmp_path: Path, actor: str | None) -> None:
    """Without a profile that can be read there is a gap, and every post all the same."""
    members = _members(_outbox())
    if actor is None:
        del members["actor.json"]
    else:
        members["actor.json"] = actor
    read = read_with(READER, write_zip(tmp_path / "archive.zip", members))
    assert any(gap.what == "profile" for gap in read.gaps)
    assert len(read.posts) == 6
