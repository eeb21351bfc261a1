"""YouTube out of a Takeout: every row a record or a gap, in any language of the folders and any form of the texts."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from _exports import film, read_with, write_folder, write_zip

from connectors.exports._youtube_tables import films_by_title, text_of
from connectors.exports.youtube import READER
from urval.records import GapReason, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

_OWN, _ELSE = "UCexempelstad0123456789a", "UCprivat0123456789012345"
_NEW = (
    "Channel ID",
    "Comment Create Timestamp",
    "Price",
    "Comment ID",
    "Parent Comment ID",
    "Video ID",
    "Comment Text",
)
_OLD = (
    "Comment ID",
    "Channel ID",
    "Comment Create Timestamp",
    "Price",
    "Parent Comment ID",
    "Video ID",
    "Comment Text",
)
_LATE = ("Comment ID", "Channel ID", "Comment create timestamp", "Price", "Parent comment ID", "Post ID", "Video ID",
         "Comment text", "Top-level comment ID")  # fmt: skip
_VIDEO = ("Video ID", "Approx Duration (ms)", "Video Audio Language", "Video Category", "Video Description (Original)",
          "Channel ID", "Tag 1", "Tag 2", "Video Title (Original)", "Privacy", "Video State", "Video Create Timestamp",
          "Video Publish Timestamp")  # fmt: skip
_BRIDGE, _SWIM = "Aa1-_bridge", "Bb2-_swimmi"
_FIRST, _ANSWER = "UgxCity0000000000000AaABAg", "UgxPerson000000000000AaABAg.9iwJkUYNcXa9u0lv3j3Abh"


def _table(header: tuple[str, ...], *rows: dict[str, str], bom: bool = False, end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator=end)
    writer.writeheader()
    writer.writerows({name: row.get(name, "") for name in header} for row in rows)
    return "\ufeff" * bom + text.getvalue() + end  # real files end in an empty line


def _fragments(*texts: str) -> str:
    return ",".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts)


def _segments(*texts: str) -> str:
    return json.dumps({"takeoutSegments": [{"text": text} for text in texts]}, ensure_ascii=False)


def _video(key: str, title: str, **more: str) -> dict[str, str]:
    return {
        "Video ID": key, "Approx Duration (ms)": "61000", "Video Audio Language": "sv", "Channel ID": _OWN,
        "Video Description (Original)": f"Om {title}\nrad två", "Video Title (Original)": title, "Privacy": "Public",
        "Video State": "Processed", "Video Create Timestamp": "2026-05-30T08:00:00+00:00",
        "Video Publish Timestamp": "2026-06-01T10:00:00.434647+02:00",
    } | more  # fmt: skip


def _comment(key: str, text: str, **more: str) -> dict[str, str]:
    return {
        "Channel ID": _OWN, "Comment ID": key, "Video ID": _BRIDGE, "Comment Text": text, "Price": "0",
        "Comment Create Timestamp": "2026-06-02T09:30:00.434647+00:00",
    } | more  # fmt: skip


_CHANNEL = f"Channel ID,Channel Title (Original),Channel Visibility\n{_OWN},Exempelstad,Public\n"
_GERMAN = "Takeout/YouTube und YouTube Music"


def _german() -> dict[str, bytes | str]:
    comments = (
        _comment(_FIRST, _fragments("Öppnar i morgon", "\n", 'kl. 8, sa "chefen"')),
        _comment(_ANSWER, _fragments("Ja 🌉"), **{"Parent Comment ID": "UgxPerson000000000000AaABAg"}),
        _comment("UgxAbroad00000000000AaABAg", _fragments("Fin film!"), **{"Video ID": "Zz9-foreign"}),
    )
    return {
        f"{_GERMAN}/Kommentare/Kommentare.csv": _table(_NEW, *comments, bom=True, end="\r\n"),
        f"{_GERMAN}/Video-Metadaten/Videos.csv": _table(
            _VIDEO, _video(_BRIDGE, "Bron öppnar: del 1/2"),
            _video(_SWIM, "Simhallen", Privacy="Private", **{"Video Publish Timestamp": ""}),
        ),
        f"{_GERMAN}/Kanäle/Kanal.csv": _CHANNEL,
        f"{_GERMAN}/Videos/Bron öppnar_ del 1_2.mp4": film(1),
        f"{_GERMAN}/Livechats/Livechats.csv": _table(
            ("Live Chat ID", "Channel ID", "Live Chat Create Timestamp", "Price", "Video ID", "Live Chat Text"),
            {"Live Chat ID": "Lc1", "Channel ID": _OWN, "Live Chat Create Timestamp": "2026-06-01T09:00:00+00:00",
             "Video ID": _BRIDGE, "Live Chat Text": _fragments("Vi börjar")},
        ),
        f"{_GERMAN}/Verlauf/Wiedergabeverlauf.html": "<html></html>",
        "Takeout/Google Fotos/privat.mp4": film(7),
    }  # fmt: skip


def test_a_german_takeout_is_read_whole(tmp_path: Path) -> None:
    """With localised folders and file names, videos, film, comments, chat and channel are found by their headers."""
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", _german()))
    assert read.owner == {_OWN, "Exempelstad"}
    assert set(read.posts) == {_BRIDGE, _SWIM, "UgxAbroad00000000000AaABAg"}
    assert set(read.comments) == {_FIRST, _ANSWER, "Lc1"}
    bridge, swim, abroad = (read.posts[key] for key in (_BRIDGE, _SWIM, "UgxAbroad00000000000AaABAg"))
    assert (bridge.title, bridge.text, bridge.kind) == (
        "Bron öppnar: del 1/2",
        "Om Bron öppnar: del 1/2\nrad två",
        "video",
    )
    assert bridge.created_at == datetime(2026, 6, 1, 8, 0, 0, 434647, tzinfo=UTC)
    assert (swim.visibility, swim.created_at) == (Visibility.HIDDEN, datetime(2026, 5, 30, 8, tzinfo=UTC))
    assert (abroad.kind, abroad.in_reply_to, abroad.author_id) == ("comment", "Zz9-foreign", _OWN)
    assert read.comments[_FIRST].text == 'Öppnar i morgon\nkl. 8, sa "chefen"'
    assert read.comments[_FIRST].permalink == f"https://www.youtube.com/watch?v={_BRIDGE}&lc={_FIRST}"
    assert json.loads(read.comments[_FIRST].raw)["Comment ID"] == _FIRST
    assert read.profile is not None
    assert (read.profile.id, read.profile.name) == (_OWN, "Exempelstad")
    assert (read.ends["videos"].records, read.ends["comments"].records) == (2, 4)


def test_an_answer_to_a_resident_names_her_comment(tmp_path: Path) -> None:
    """The answer stays in the video's thread, one level down, and the comment that is not in the export is a gap."""
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", _german()))
    answer = read.comments[_ANSWER]
    assert (answer.post_id, answer.parent_id, answer.depth, answer.is_own_answer) == (
        _BRIDGE, "UgxPerson000000000000AaABAg", 1, True,
    )  # fmt: skip
    gap = next(gap for gap in read.gaps if gap.subject_id == "UgxPerson000000000000AaABAg")
    assert (gap.what, gap.reason, gap.thread_id) == ("comment", GapReason.INTERFACE_LIMIT, _BRIDGE)


def test_films_go_to_their_videos(tmp_path: Path) -> None:
    """A film named after a title is that video's medium; a video without one has a gap; other products stay unread."""
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", _german()))
    kept, missing = read.media
    assert (kept.owner_id, kept.mime, kept.bytes) == (_BRIDGE, "video/mp4", len(film(1)))
    assert (missing.owner_id, missing.gap) == (_SWIM, GapReason.GONE)
    assert "Takeout/Google Fotos/privat.mp4" in read.unread
    assert f"{_GERMAN}/Verlauf/Wiedergabeverlauf.html" in read.unread


@pytest.mark.parametrize("header", [_OLD, _NEW, _LATE])
@pytest.mark.parametrize("form", [_segments, _fragments, lambda text: text])
def test_every_form_of_comments_gives_the_same(tmp_path: Path, header: tuple[str, ...], form: type) -> None:
    """Columns in any order and letter case, text in its three forms: the comment is the same."""
    text = 'Rad ett, "citat"; komma\nrad två å'
    lower = {name.casefold(): name for name in header}
    row = {lower[name.casefold()]: value for name, value in _comment(_FIRST, form(text)).items()}
    members = {"Takeout/YouTube/comments/comments.csv": _table(header, row)}
    read = read_with(READER, write_folder(tmp_path / "takeout", members))
    (comment,) = read.posts.values()
    assert (comment.id, comment.text, comment.in_reply_to, comment.kind) == (_FIRST, text, _BRIDGE, "comment")
    assert comment.created_at == datetime(2026, 6, 2, 9, 30, 0, 434647, tzinfo=UTC)


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    """A naive timestamp is taken as UTC."""
    row = _comment(_FIRST, "x", **{"Comment Create Timestamp": "2026-06-02T09:30:00"})
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", {"comments.csv": _table(_NEW, row)}))
    assert read.posts[_FIRST].created_at == datetime(2026, 6, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "{",
        '{"a":1}',
        '{"text":7}',
        '{"text":"x"',
        "{}",
        '{"takeoutSegments":"x"}',
        '{"takeoutSegments":[{"text":' * 500,
    ],
)
def test_a_text_that_only_looks_like_fragments_is_kept(cell: str) -> None:
    """A comment that begins with a brace and is none of the forms is kept as it stands."""
    assert text_of(cell) == cell


def test_broken_rows_become_gaps(tmp_path: Path) -> None:
    """Rows without id or time, too short, or not UTF-8 are gaps; a file cut off in a quoted text loses no whole row."""
    good = _table(_NEW, _comment(_FIRST, "bra")).rstrip("\n") + "\n"
    rows = [
        b"UC1,2026-06-02T09:30:00Z,0,,,v,no id\n", b"UC1,i natt,0,Ug2,,v,no time\n", b"UC1,2026-06-02T09:30:00Z,0\n",
        b"UC1,2026-06-02T09:30:00Z,0,Ug3,,v,\xff\xfe\n", b'UC1,2026-06-02T09:30:00Z,0,Ug4,,v,"cut off',
    ]  # fmt: skip
    members = {"comments.csv": good.encode() + b"".join(rows)}
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", members))
    assert set(read.posts) == {_FIRST}
    broken = [gap for gap in read.gaps if gap.what == "comment"]
    assert len(broken) == len(rows)
    assert all(gap.reason is GapReason.MALFORMED and gap.subject_id for gap in broken)


def test_a_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    """A member whose bytes do not match its checksum is a gap; the videos of the other members are read."""
    path = write_zip(tmp_path / "takeout.zip", {
        "T/YouTube/a/videos.csv": _table(_VIDEO, _video(_BRIDGE, "Bron")),
        "T/YouTube/b/comments.csv": _table(_NEW, *(_comment(f"Ug{n}", "x" * 40 + str(n)) for n in range(3000))),
    })  # fmt: skip
    data = bytearray(path.read_bytes())
    at = data.rindex(b"comments.csv", 0, data.index(b"PK\x01\x02")) + 3_000
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    read = read_with(READER, path)
    assert _BRIDGE in read.posts
    assert any(gap.what == "file" for gap in read.gaps)
    assert read.ends["comments"].reason is EndReason.FAILED


def test_another_channel_of_the_login_is_left_out(tmp_path: Path) -> None:
    """Comments written as another channel of the same login are no records of the account, but counted in a gap."""
    members = _german() | {
        f"{_GERMAN}/Kanäle/Kanal.csv": _CHANNEL.rstrip("\n") + f"\n{_ELSE},Privat,Public\n",
        f"{_GERMAN}/Kommentare/Kommentare.csv": _table(
            _NEW, _comment(_FIRST, "vårt"), _comment("UgMine", "mitt", **{"Channel ID": _ELSE})
        ),
    }
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", members))
    assert "UgMine" not in read.comments
    assert _FIRST in read.comments
    gap = next(gap for gap in read.gaps if gap.what == "comments" and gap.subject_id == _ELSE)
    assert (gap.reason, gap.error.split()[0]) == (GapReason.LEFT_OUT, "1")


def test_two_entries_of_one_id_are_not_mixed(tmp_path: Path) -> None:
    """The same row in two files counts once; another row of the same id is a gap."""
    same, other = _comment(_FIRST, "x"), _comment(_FIRST, "y")
    members = {"a/comments.csv": _table(_NEW, same), "b/comments(1).csv": _table(_NEW, same, other)}
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", members))
    assert read.posts[_FIRST].text == "x"
    assert [gap.subject_id for gap in read.gaps if gap.what == "comment"] == [_FIRST]


def test_film_names_are_matched_only_where_certain() -> None:
    """Replaced characters and shortened names lead to the video; two videos of one title get no film by guess."""
    long = "En mycket lång titel om den nya bron över ån som aldrig tar slut i år"
    titles = {"a": "Fest & mat: 2026?", "b": long, "c": "Lika", "d": "Lika", "e": "Tal (2)"}
    names = [
        "v/Fest _ mat_ 2026_.mp4",
        f"v/{long[:47]}.mov",
        "v/Lika.mp4",
        "v/Lika(1).mp4",
        "v/Tal (2).mp4",
        "v/Okänd.mp4",
    ]
    found, left = films_by_title(names, titles)
    assert found == {"a": names[0], "b": names[1], "e": names[4]}
    assert sorted(left) == sorted([names[2], names[3], names[5]])


def test_a_film_without_a_video_is_a_gap(tmp_path: Path) -> None:
    """A film file that no video's title leads to is named in a gap."""
    members = _german() | {f"{_GERMAN}/Videos/Okänd.mp4": film(5)}
    read = read_with(READER, write_zip(tmp_path / "takeout.zip", members))
    assert any(gap.what == "media" and gap.subject_id == f"{_GERMAN}/Videos/Okänd.mp4" for gap in read.gaps)
