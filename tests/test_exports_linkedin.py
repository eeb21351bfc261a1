"""LinkedIn member exports: notes before headers, two ways of quoting, ids in links; every row a record or a gap."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from _exports import read_with, write_folder, write_zip

from connectors.exports.linkedin import READER
from urval.records import GapReason, MediaKind, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

_FEED = "https://www.linkedin.com/feed/update/"
_SHARE, _POST = "urn:li:share:7191111111111111111", "urn:li:ugcPost:9007199254740993"
_OTHER = "urn:li:activity:7192222222222222222"


def _link(urn: str) -> str:
    return _FEED + urn.replace(":", "%3A")


def _below(post: str, number: int, reply: int = 0) -> str:
    def urn(of: int) -> str:
        return (
            f"urn:li:comment:({post},{of})".replace(":", "%3A")
            .replace("(", "%28")
            .replace(")", "%29")
            .replace(",", "%2C")
        )

    return f"{_link(post)}?commentUrn={urn(number)}" + (f"&replyUrn={urn(reply)}" if reply else "")


_TEXT = 'Bron "Linnéa" öppnar,\ni morgon kl. 8 – C:\\filer'
_PICTURE = "https://media.licdn.com/dms/image/v2/D4D22AQ/feedshare-shrink_2048_1536/0/1?e=17&t=x"


def _csv(header: str, *rows: tuple[str, ...], quote: str = '""') -> str:
    """Return a table; ``quote`` is how quotes inside a field are written."""
    lines = (",".join('"' + cell.replace('"', quote) + '"' if cell else "" for cell in row) for row in rows)
    return "\n".join((header, *lines)) + "\n"


_SHARES = _csv(
    "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility",
    ("2026-05-07 16:41:18", _link(_POST), _TEXT, "", _PICTURE, "MEMBER_NETWORK"),
    ("2026-06-01 07:00:00", _link(_SHARE), "", f"{_FEED}urn:li:activity:1", "", "CONNECTIONS"),
    ("2025-06-01 07:00:00", _link("urn:li:share:1"), "Förra året", "", "", "MEMBER_NETWORK"),
)
_COMMENTS = _csv(
    "Date,Link,Message",
    ("2026-06-02 08:00:00", _below(_OTHER, 71), 'Bra sagt, "hej", och tack'),
    ("2026-06-03 08:00:00", _below(_POST, 72), 'Rad ett\nrad "två"'),
    ("2026-06-04 08:00:00", _below(_POST, 73, 74), "Ja"),
    quote='\\"',
)
_PROFILE = (
    "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,Zip Code,Geo Location,"
    "Twitter Handles,Websites,Instant Messengers\n"
    "Linnéa,Åkesson,,Hemlig gata 1,Apr 1,Kommunalråd,Om mig,,12345,,,[COMPANY:https://exempelstad.example],\n"
)


def _members() -> dict[str, bytes | str]:
    return {
        "Shares_155814142.csv": "\ufeff" + _SHARES,
        "Comments_155814142.csv": 'Notes:\n"Some ""notes"", over\ntwo lines"\n\n' + _COMMENTS,
        "Reactions.csv": f"Date,Type,Link\n2026-06-01 07:00:00,LIKE,{_link(_OTHER)}\n2026-06-01 08:00:00,PRAISE,x\n",
        "InstantReposts.csv": f"Date,Link\n2026-06-05 07:00:00,{_link(_OTHER)}\n",
        "Profile.csv": _PROFILE,
        "messages.csv": "CONVERSATION ID,FROM,TO,DATE,CONTENT\n1,A,B,2026-06-01 07:00:00 UTC,hemligt\n",
    }


def test_an_export_is_read_whole(tmp_path: Path) -> None:
    """Shares, a bare repost and comments become records with the ids of their links and times in UTC."""
    read = read_with(READER, write_zip(tmp_path / "Complete_LinkedInDataExport.zip", _members()))
    post, shared = read.posts[_POST], read.posts[_SHARE]
    assert post.text == _TEXT
    assert (post.created_at, post.kind) == (datetime(2026, 5, 7, 16, 41, 18, tzinfo=UTC), "post")
    assert (shared.kind, shared.text, shared.visibility) == ("share", "", Visibility.HIDDEN)
    assert shared.in_reply_to == "https://www.linkedin.com/feed/update/urn:li:activity:1"
    foreign = f"urn:li:comment:({_OTHER},71)"
    assert (read.posts[foreign].kind, read.posts[foreign].in_reply_to) == ("comment", _OTHER)
    assert read.posts[foreign].text == 'Bra sagt, "hej", och tack'
    assert json.loads(read.posts[foreign].raw)["Date"] == "2026-06-02 08:00:00"
    (repost,) = [one for key, one in read.posts.items() if key.startswith("linkedin:")]
    assert (repost.kind, repost.in_reply_to) == ("share", _link(_OTHER))
    assert (read.ends["shares"].records, read.ends["shares"].outside_period) == (4, 1)
    assert {end.reason for end in read.ends.values()} == {EndReason.EXHAUSTED}


def test_own_comments_below_own_shares_are_in_their_thread(tmp_path: Path) -> None:
    """A comment and an answer below an own share are its comments; the comment that was answered is a gap."""
    read = read_with(READER, write_zip(tmp_path / "export.zip", _members()))
    comment, answer = (read.comments[f"urn:li:comment:({_POST},{number})"] for number in (72, 74))
    assert (comment.post_id, comment.parent_id, comment.text) == (_POST, None, 'Rad ett\nrad "två"')
    asked = f"urn:li:comment:({_POST},73)"
    assert (answer.post_id, answer.parent_id, answer.is_own_answer) == (_POST, asked, True)
    assert next(gap for gap in read.gaps if gap.subject_id == asked).thread_id == _POST


def test_what_is_no_record_is_a_gap(tmp_path: Path) -> None:
    """Pictures behind links that expire, and reactions given, are gaps; messages stay unread."""
    read = read_with(READER, write_zip(tmp_path / "export.zip", _members()))
    (medium,) = read.media
    assert (medium.kind, medium.gap, medium.owner_id) == (MediaKind.IMAGE, GapReason.INTERFACE_LIMIT, _POST)
    reactions = next(gap for gap in read.gaps if gap.what == "reactions")
    assert (reactions.reason, reactions.error.split()[0]) == (GapReason.LEFT_OUT, "2")
    assert read.unread == ["messages.csv"]


def test_of_the_profile_only_what_is_used_is_kept(tmp_path: Path) -> None:
    """Name, headline, summary and links are kept; address and birth date are not, and the table is not digested."""
    read = read_with(READER, write_zip(tmp_path / "export.zip", _members()))
    assert read.profile is not None
    assert read.owner == {"Linnéa Åkesson"}
    assert (read.profile.name, read.profile.about) == ("Linnéa Åkesson", "Kommunalråd\n\nOm mig")
    assert read.profile.links == ("https://exempelstad.example",)
    assert "Hemlig gata" not in read.profile.raw
    assert "Profile.csv" not in read.digested


def test_equal_rows_without_ids_get_ids_of_their_own(tmp_path: Path) -> None:
    """Rows whose links name nothing get ids of their content: the same on every import, and two for two equal rows."""
    text = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n" + "2026-06-01 07:00:00,,Hej,,,\n" * 2
    reads = [read_with(READER, write_folder(tmp_path / name, {"Shares.csv": text})) for name in ("a", "b")]
    assert len(reads[0].posts) == 2
    assert set(reads[0].posts) == set(reads[1].posts)


@pytest.mark.parametrize("kind", ["standard", "backslash"])
def test_both_ways_of_quoting_are_told_apart(tmp_path: Path, kind: str) -> None:
    r"""``""`` and ``\"`` both stand for a quote, with commas and line breaks around; other backslashes are text."""
    text = 'Han sa "hej, du", sedan\n"adjö" \\ C:\\temp'
    rows = (("2026-06-02 08:00:00", _below(_OTHER, 1), text), ("2026-06-02 08:00:01", _below(_OTHER, 2), "x"))
    table = _csv("Date,Link,Message", *rows, quote='""' if kind == "standard" else '\\"')
    read = read_with(READER, write_zip(tmp_path / "export.zip", {"Comments.csv": table}))
    assert sorted(post.text for post in read.posts.values()) == sorted([text, "x"])
    assert [gap for gap in read.gaps if gap.what == "comment"] == []


@pytest.mark.parametrize(
    "row",
    [
        "igår,{link},text",
        "2026-06-02 08:00:00,{link}",
        "2026-06-02 08:00:00,{link},a,b",
        '2026-06-02 08:00:00,{link},"cut',
        ",,",
    ],
)
def test_a_broken_row_is_a_gap_and_the_others_are_read(tmp_path: Path, row: str) -> None:
    """A row without a time, with too few or too many fields, or cut off is one gap; an empty row is nothing."""
    good = f"2026-06-02 08:00:00,{_below(_OTHER, 1)},bra\n"
    table = "Date,Link,Message\n" + good + row.format(link=_below(_OTHER, 2)) + "\n"
    read = read_with(READER, write_zip(tmp_path / "export.zip", {"Comments.csv": table}))
    assert [post.text for post in read.posts.values()] == ["bra"]
    broken = [gap for gap in read.gaps if gap.what == "comment"]
    assert [gap.reason for gap in broken] == ([] if row == ",," else [GapReason.MALFORMED])


def test_an_endless_field_is_refused_in_time(tmp_path: Path) -> None:
    """A quoted field of several megabytes is a gap, not a record."""
    table = f'Date,Link,Message\n2026-06-02 08:00:00,{_below(_OTHER, 1)},bra\n2026-06-02 08:00:00,x,"' + "y" * 3_000_000
    read = read_with(READER, write_zip(tmp_path / "export.zip", {"Comments.csv": table}))
    assert [post.text for post in read.posts.values()] == ["bra"]
    assert any(gap.reason is GapReason.MALFORMED for gap in read.gaps)
