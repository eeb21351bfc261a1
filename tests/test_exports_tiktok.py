"""TikTok's data file: both sets of section names, null and "N/A", ids past 2^53, nothing private kept."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from _exports import ACCOUNT, END, READ_AT, START, read_with, write_zip

from connectors.exports._archive import open_archive
from connectors.exports._reader import Import
from connectors.exports.tiktok import READER
from urval.records import GapReason, MediaKind, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

_ID = "7512345678901234567"
_SHARE = f"https://www.tiktokv.com/share/video/{_ID}/"
_EXPIRES = "https://v16m.tiktokcdn-eu.com/abc/def/video/tos/x?expire=1780000000&signature=zz"


def _video(**more: Any) -> dict[str, Any]:
    return {
        "Date": "2026-06-01 09:30:00", "Link": _SHARE, "Likes": "12", "WhoCanView": "Public", "AllowComments": "Yes",
        "AllowStitches": "N/A", "AllowDuets": None, "Sound": "original", "Location": "", "Title": "Bron är klar 🌉",
        "AddYoursText": None, "AIGeneratedContent": "No", "ContentDisclosure": "N/A",
    } | more  # fmt: skip


def _data(*, new: bool) -> dict[str, Any]:
    videos = [
        _video(),
        _video(Date="2026-06-02 09:30:00", Link=_EXPIRES, Title=None, Likes="N/A", WhoCanView="Friends"),
        _video(Date="2025-06-02 09:30:00", Link="https://www.tiktokv.com/share/video/7212345678901234567/"),
        _video(
            Date="2026-06-04 09:30:00", Link="https://p16.tiktokcdn.com/a.jpeg?x=1 https://p16.tiktokcdn.com/b.jpeg?x=2"
        ),
    ]
    comments = [
        {"date": "2026-06-03 10:00:00", "comment": "Tack alla!", "photo": "N/A", "url": _SHARE},
        {"date": "2026-06-03 10:00:00", "comment": "Fint!", "photo": None, "url": ""},
        {"date": "2026-06-03 10:00:00", "comment": "Fint!", "photo": None, "url": ""},
    ]
    if not new:
        comments = [{key.capitalize(): value for key, value in one.items()} for one in comments]
    told = {
        "userName": "exempelstad", "bioDescription": "Kommunens", "likesReceived": "1204", "birthDate": "1-Jan",
        "emailAddress": "a@b.example", "telephoneNumber": "+46700000000",
        "profilePhoto": "https://p16.tiktokcdn.com/face.jpeg",
    }  # fmt: skip
    private = {"Chat History": {"ChatHistory": {"Chat History with boende:": [{"Content": "hemligt"}]}}}
    deleted = {
        "PostList": [{"Date": "2026-05-20 08:00:00", "DateDeleted": "2026-05-21", "Title": "Fel film", "Link": "N/A"}]
    }
    if new:
        return {
            "Comment": {"Comments": {"App": "TikTok", "CommentsList": comments}},
            "Direct Message": private,
            "Post": {"Posts": {"VideoList": videos}, "Recently Deleted Posts": deleted},
            "Profile And Settings": {"Profile Info": {"App": "TikTok", "ProfileMap": told}},
            "Your Activity": {"Login History": {"LoginHistoryList": []}},
        }
    return {
        "Activity": {"Login History": {"LoginHistoryList": None}},
        "Comment": {"Comments": {"CommentsList": comments}},
        "Direct Messages": private,
        "Profile": {"Profile Information": {"ProfileMap": told}},
        "Video": {"Videos": {"VideoList": videos}, "RecentlyDeletedPosts": deleted},
    }


def _write(tmp_path: Path, data: Any, *, new: bool = True) -> Path:
    path = tmp_path / ("user_data_tiktok.json" if new else "user_data.json")
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


@pytest.mark.parametrize("new", [True, False])
def test_both_layouts_are_read_whole(tmp_path: Path, new: bool) -> None:
    """Posts, the deleted one, comments and profile become the same records from either set of section names."""
    read = read_with(READER, _write(tmp_path, _data(new=new), new=new))
    assert read.owner == {"exempelstad"}
    film, comment = read.posts[_ID], next(iter(read.comments.values()))
    assert (film.text, film.created_at, film.kind) == (
        "Bron är klar 🌉",
        datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
        "video",
    )
    assert (film.reaction_count, film.reactions, film.visibility) == (12, (("like", 12),), Visibility.VISIBLE)
    assert film.permalink == _SHARE
    assert (comment.post_id, comment.text) == (_ID, "Tack alla!")
    others = {post.created_at.day: post for key, post in read.posts.items() if key != _ID and post.kind != "comment"}
    assert (others[2].visibility, others[2].reaction_count, others[2].text) == (Visibility.HIDDEN, None, "")
    assert (others[4].kind, len(others[4].media_ids)) == ("photo", 2)
    assert (others[20].visibility, others[20].text) == (Visibility.DELETED_BY_US, "Fel film")
    assert [post.text for post in read.posts.values() if post.kind == "comment"] == ["Fint!", "Fint!"]
    assert (read.ends["posts"].records, read.ends["posts"].outside_period, read.ends["comments"].records) == (5, 1, 3)
    assert read.profile is not None
    assert (read.profile.handle, read.profile.about, read.profile.likes) == ("exempelstad", "Kommunens", 1204)


def test_links_that_expire_are_gaps(tmp_path: Path) -> None:
    """Each film, picture and profile photo that only a link names is a medium with a gap, and the link is kept."""
    read = read_with(READER, _write(tmp_path, _data(new=True)))
    kinds = sorted((medium.kind, medium.gap) for medium in (*read.media, *read.page_media))
    limit = GapReason.INTERFACE_LIMIT
    assert kinds == [
        (MediaKind.AVATAR, limit), (MediaKind.IMAGE, limit), (MediaKind.IMAGE, limit), (MediaKind.VIDEO, limit),
        (MediaKind.VIDEO, limit),
    ]  # fmt: skip
    assert _EXPIRES in {medium.source_url for medium in read.media}
    media = {gap.subject_id for gap in read.gaps if gap.what == "media"}
    assert media == {medium.id for medium in (*read.media, *read.page_media)}


def test_nothing_private_is_kept(tmp_path: Path) -> None:
    """Messages, log-ins, telephone number and address stay out: the file is not kept whole, only its lists are."""
    path = _write(tmp_path, _data(new=True))
    with open_archive(path) as archive:
        job = Import(account_id=ACCOUNT, start=START, end=END, media=tmp_path / "media", at=READ_AT)
        items = list(READER.read(archive, job))
        parts = {name: stream.read() for name, stream, _, _ in archive.parts()}
        sizes = {name: (size, digest) for name, _, size, digest in archive.parts()}
        assert archive.digested() == {}
    assert set(parts) == {
        "user_data_tiktok.json#Post/Posts/VideoList", "user_data_tiktok.json#Comment/Comments/CommentsList",
        "user_data_tiktok.json#Post/Recently Deleted Posts/PostList",
    }  # fmt: skip
    for name, data in parts.items():
        assert sizes[name] == (len(data), hashlib.sha256(data).hexdigest())
    assert (
        json.loads(parts["user_data_tiktok.json#Post/Posts/VideoList"]) == _data(new=True)["Post"]["Posts"]["VideoList"]
    )
    kept = repr(items) + repr(parts)
    assert all(secret not in kept for secret in ("hemligt", "a@b.example", "+46700000000"))
    assert "Direct Message/Chat History" in kept


def test_the_exchange_of_a_record_is_the_part_it_came_from(tmp_path: Path) -> None:
    """Every record names the digest of its list, and its raw text stands in that list as received."""
    path = _write(tmp_path, _data(new=True))
    with open_archive(path) as archive:
        job = Import(account_id=ACCOUNT, start=START, end=END, media=tmp_path / "media", at=READ_AT)
        threads = [item for item in READER.read(archive, job) if hasattr(item, "post")]
        parts = {digest: stream.read().decode() for _, stream, _, digest in archive.parts()}
    assert len(threads) == 6
    for thread in threads:
        assert all(one.raw in parts[one.exchange] for one in (thread.post, *thread.comments))


def test_posts_without_ids_get_the_same_ones_again(tmp_path: Path) -> None:
    """A post known only by an expiring link keeps its id when the link has changed at the next export."""
    data = _data(new=True)
    first = read_with(READER, _write(tmp_path, data))
    data["Post"]["Posts"]["VideoList"][1]["Link"] = _EXPIRES.replace("zz", "yy")
    second = read_with(READER, _write(tmp_path, data))
    assert set(first.posts) == set(second.posts)


@pytest.mark.parametrize("empty", [None, [], {}])
def test_lists_that_are_null_or_empty_are_no_fault(tmp_path: Path, empty: Any) -> None:
    """Null and empty lists give no records and no complaint; an object for a list is a gap."""
    data = _data(new=True)
    data["Post"]["Posts"]["VideoList"] = empty
    read = read_with(READER, _write(tmp_path, data))
    assert read.ends["posts"].records == 1
    assert any(gap.subject_id == "Post/Posts/VideoList" for gap in read.gaps) is (empty == {})


def test_a_list_that_is_not_there_is_a_gap(tmp_path: Path) -> None:
    """An export ordered without posts says so."""
    data = _data(new=True)
    del data["Post"]
    read = read_with(READER, _write(tmp_path, data))
    assert any(gap.what == "posts" and gap.reason is GapReason.GONE for gap in read.gaps)
    assert len(read.posts) == 3


@pytest.mark.parametrize(
    "entry", [7, None, "x", [], {}, {"Date": None}, {"Date": "N/A"}, {"Date": "i går"}, {"Date": {}}]
)
def test_an_entry_of_the_wrong_type_is_a_gap(tmp_path: Path, entry: Any) -> None:
    """Whatever stands in the list for a post becomes one gap, and the posts around it are read."""
    data = _data(new=True)
    data["Post"]["Posts"]["VideoList"].insert(1, entry)
    read = read_with(READER, _write(tmp_path, data))
    broken = [gap for gap in read.gaps if gap.subject_id == "Post/Posts/VideoList 2"]
    assert [gap.reason for gap in broken] == [GapReason.MALFORMED]
    assert len(read.posts) == len(read_with(READER, _write(tmp_path, _data(new=True))).posts)


def test_a_cut_off_file_gives_the_entries_before_the_cut(tmp_path: Path) -> None:
    """Of a truncated file the whole entries are read; the profile and the rest are gaps, and the listing failed."""
    path = _write(tmp_path, _data(new=False), new=False)
    text = path.read_text()
    path.write_text(text[: text.index("2025-06-02 09:30:00")])
    read = read_with(READER, path)
    assert _ID in read.posts
    assert read.ends["posts"].reason is EndReason.FAILED
    assert {gap.what for gap in read.gaps} >= {"profile", "file"}


def test_another_file_of_that_name_is_not_taken_for_it(tmp_path: Path) -> None:
    """A ``user_data.json`` of something else is not recognised."""
    path = tmp_path / "user_data.json"
    path.write_text('{"users": []}')
    with open_archive(path) as archive:
        assert not READER.recognises(archive)
    with open_archive(write_zip(tmp_path / "x.zip", {"a/user_data.json": '\ufeff{"Activity": {}}'})) as archive:
        assert READER.recognises(archive)
