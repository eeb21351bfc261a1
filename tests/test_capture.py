"""Captures: what is written is what is read, in bounded pieces, and nothing without its last file."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _environment import environment_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urval.capture import Capture, CaptureIdentity, CaptureWriter, completeness_of, frame_row
from urval.errors import MalformedError
from urval.records import (
    FRAME_SCHEMA,
    AuthorRole,
    Comment,
    Direction,
    Edited,
    Gap,
    GapReason,
    Post,
    Visibility,
)
from urval.source import EndReason, ListingEnd, Method, Thread

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
METHOD = Method(platform="facebook", interface="Graph API", api_version="v25.0", base_url=None, scopes=())
IDENTITY = CaptureIdentity(
    archive_id="exempelstad",
    account_id="konto",
    occasion_id="2026-host",
    period_id="2026-05-01--2026-11-01",
    period_start=datetime(2026, 4, 30, 22, tzinfo=UTC),
    period_end=datetime(2026, 10, 31, 23, tzinfo=UTC),
    spec_sha256="0" * 64,
    clock="fixed",
)
TEXTS = st.text(max_size=40)
TIMES = st.datetimes(datetime(2026, 5, 1), datetime(2026, 10, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


def make_post(number: int, **changes: object) -> Post:
    """Return a post; changes replace fields."""
    fields: dict[str, object] = {
        "platform": "facebook", "account_id": "konto", "id": f"p{number}", "permalink": None, "kind": "post",
        "title": None, "text": "Hej å ä ö", "language": None, "created_at": NOW - timedelta(days=number),
        "updated_at": None, "edited": Edited.UNKNOWN, "author_id": "1", "author_name": "Exempelstad",
        "author_role": AuthorRole.OWN, "direction": Direction.MADE, "in_reply_to": None, "pinned": None,
        "media_ids": (), "reactions": (("LIKE", 3),), "reaction_count": 3, "share_count": None, "view_count": None,
        "platform_comment_count": None, "visibility": Visibility.VISIBLE, "captured_at": NOW, "exchange": "e" * 64,
        "raw": "{}",
    }  # fmt: skip
    return Post(**(fields | changes))  # type: ignore[arg-type]


def make_comment(post: str, number: int, **changes: object) -> Comment:
    """Return a comment of a post; changes replace fields."""
    fields: dict[str, object] = {
        "platform": "facebook", "account_id": "konto", "post_id": post, "id": f"{post}-c{number}", "parent_id": None,
        "depth": 0, "permalink": None, "text": "Tack!", "language": None, "created_at": NOW + timedelta(minutes=number),
        "updated_at": None, "edited": Edited.UNKNOWN, "author_id": None, "author_name": None,
        "author_role": AuthorRole.UNKNOWN, "direction": Direction.RECEIVED, "is_own_answer": False, "hidden": False,
        "visibility": Visibility.VISIBLE, "media_ids": (), "reaction_count": 0, "platform_reply_count": 0,
        "captured_at": NOW, "exchange": "e" * 64, "raw": f'{{"id":"{number}"}}',
    }  # fmt: skip
    return Comment(**(fields | changes))  # type: ignore[arg-type]


def make_gap(what: str, reason: GapReason, thread: str | None = "p1") -> Gap:
    """Return a gap of a thread."""
    return Gap(
        account_id="konto", thread_id=thread, what=what, subject_id=None, reason=reason, error="", first_tried_at=NOW,
        last_tried_at=NOW,
    )  # fmt: skip


def written(folder: Path, threads: list[Thread]) -> Capture:
    """Write threads as a capture and open it."""
    (folder / "exchanges.warc.gz").parent.mkdir(parents=True, exist_ok=True)
    with CaptureWriter(folder, IDENTITY, METHOD) as writer:
        for thread in threads:
            writer.add(thread)
        writer.add(ListingEnd(listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=1, outside_period=0))
        writer.finish(started_at=NOW, ended_at=NOW, exchanges=0, environment=environment_with())
    return Capture(folder)


@st.composite
def threads(draw: st.DrawFn) -> list[Thread]:
    """Draw threads with hostile text and comments in any order."""
    made = []
    for number in range(draw(st.integers(0, 4))):
        comments = [
            make_comment(f"p{number}", index, text=draw(TEXTS), raw=draw(TEXTS), created_at=draw(TIMES))
            for index in range(draw(st.integers(0, 5)))
        ]
        post = make_post(number, text=draw(TEXTS), created_at=draw(TIMES), pinned=draw(st.sampled_from([None, True])))
        made.append(Thread(post=post, comments=tuple(draw(st.permutations(comments)))))
    return made


@given(threads())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read(given_threads: list[Thread]) -> None:
    """Any threads come back equal, comments in the order of time and id."""
    with tempfile.TemporaryDirectory() as name:
        capture = written(Path(name), given_threads)
        back = list(capture.threads([thread.post.id for thread in given_threads], at_once=2))
    for before, after in zip(given_threads, back, strict=True):
        assert after.post == before.post
        assert list(after.comments) == sorted(before.comments, key=lambda c: (c.created_at, c.id))


@given(threads(), st.randoms())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_order_of_comments_does_not_matter(given_threads: list[Thread], random: object) -> None:
    """The same comments in another order (other pages) give the same capture, byte for byte."""
    shuffled = []
    for thread in given_threads:
        comments = list(thread.comments)
        random.shuffle(comments)  # type: ignore[attr-defined]
        shuffled.append(Thread(post=thread.post, comments=tuple(comments)))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        assert written(Path(one), given_threads).info.sha256 == written(Path(two), shuffled).info.sha256


def test_no_capture_without_its_last_file(tmp_path: Path) -> None:
    """A writer left by an error leaves a folder that is no capture."""
    with pytest.raises(MalformedError, match="does not belong"), CaptureWriter(tmp_path, IDENTITY, METHOD) as writer:
        writer.add(Thread(post=make_post(1), comments=(make_comment("p2", 1),)))
    with pytest.raises(MalformedError, match="no finished capture"):
        Capture(tmp_path)


def test_changed_files_are_named(tmp_path: Path) -> None:
    """A changed, a lost and an added file are each named."""
    capture = written(tmp_path, [Thread(post=make_post(1))])
    assert capture.changed_files() == []
    (tmp_path / "records" / "posts.parquet").write_bytes(b"x")
    (tmp_path / "records" / "gaps.parquet").unlink()
    (tmp_path / "extra").write_bytes(b"")
    assert capture.changed_files() == ["extra", "records/gaps.parquet", "records/posts.parquet"]


COMPLETENESS = [
    ("nothing stated", None, 2, [], None, ()),
    ("equal", 2, 2, [], 0, ()),
    ("more stated than listed", 5, 2, [], 3, (("not_listed", 3),)),
    ("more listed than stated", 1, 2, [], -1, (("listed_more", 1),)),
    ("one malformed", 3, 2, [make_gap("comment", GapReason.MALFORMED)], 1, (("malformed", 1),)),
    ("ended early", 40, 2, [make_gap("comments", GapReason.INCOMPLETE)], 38, (("incomplete", 38),)),
    (
        "one gone, the rest not listed", 5, 2, [make_gap("comment", GapReason.GONE)], 3,
        (("gone", 1), ("not_listed", 2)),
    ),
    (
        "a gap, yet as many as stated", 2, 2, [make_gap("comment", GapReason.GONE)], 0,
        (("gone", 1), ("listed_more", 1)),
    ),
    ("a reason that counts do not know", 3, 2, [make_gap("comment", GapReason.CHANGED)], 1, (("malformed", 1),)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "stated", "captured", "gaps", "difference", "reasons"), COMPLETENESS)
def test_completeness_explains_the_difference(
    name: str, stated: int | None, captured: int, gaps: list[Gap], difference: int | None, reasons: object
) -> None:
    """The reasons sum to the difference, more listed than stated counting negative."""
    comments = tuple(make_comment("p1", number) for number in range(captured))
    thread = Thread(post=make_post(1, platform_comment_count=stated), comments=comments, gaps=tuple(gaps))
    row = completeness_of(thread)
    assert (row.difference, row.reasons) == (difference, reasons), name
    if difference is not None:
        assert sum(-count if reason == "listed_more" else count for reason, count in row.reasons) == difference


def test_frame_row_sees_every_byte() -> None:
    """A changed raw byte of the post or of any comment changes the row's digest; a hidden comment marks it removed."""
    post, comment = make_post(1), make_comment("p1", 1)
    plain = frame_row(Thread(post=post, comments=(comment,)), [comment])
    other = make_comment("p1", 1, raw='{"id":"2"}')
    hidden = make_comment("p1", 1, visibility=Visibility.HIDDEN)
    assert frame_row(Thread(post=post, comments=(other,)), [other])[-1] != plain[-1]
    assert frame_row(Thread(post=make_post(1, raw="{ }"), comments=(comment,)), [comment])[-1] != plain[-1]
    place = FRAME_SCHEMA.get_field_index("removed")
    assert frame_row(Thread(post=post, comments=(hidden,)), [hidden])[place] is True
    assert plain[place] is False
