"""The register of removed items: what an entry must be, what it becomes, and what counts as vanished. Pure parts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from _environment import environment_with
from _removed import LINK, NOW, entry, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.capture import Capture, CaptureWriter
from urval.errors import ConfigError, VerificationError
from urval.manifest import canonical, sha256_hex
from urval.records import AuthorRole, Direction, Gap, GapReason, MediaKind, Visibility
from urval.removals import (
    ALL,
    Finding,
    Gone,
    Held,
    Missing,
    Observation,
    Reason,
    Seen,
    Sign,
    encode,
    entries_of,
    judge,
    parse_observation,
    parse_removal,
    read_reason,
    removal_of,
    thread_of,
    unregistered,
    without_entry,
)
from urval.removals.screenshot import saved_file
from urval.source import EndReason, ListingEnd, Thread

if TYPE_CHECKING:
    from pathlib import Path

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def test_the_same_entry_has_one_id() -> None:
    """The id is the local day and a digest of what was entered; who entered it, and when, is no part of it."""
    first = entry()
    assert first.id.startswith("2026-09-03-")
    assert entry(by="bo", now=NOW.replace(day=9)).id == first.id
    assert entry(removed_at="2026-09-03T12:05:00Z").id == first.id
    late = entry(removed_at="2026-09-02T22:30:00Z")
    assert late.id.startswith("2026-09-03-")  # half past midnight in Stockholm
    others = [entry(text="Ut!"), entry(case="KS 2026/1"), entry(reason="spam"), entry([saved_file(PDF, "x.pdf")]), late]
    assert len({first.id, *(other.id for other in others)}) == 6


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(text=st.text(min_size=1), author=st.none() | st.text(st.characters(codec="utf-8", categories=["L", "N"])))
def test_an_entry_reads_back(text: str, author: str | None) -> None:
    """Whatever others wrote comes back as it was; what is no text at all is refused in a sentence."""
    if not text.strip() or any(0xD800 <= ord(char) < 0xE000 for char in text):
        with pytest.raises(ConfigError, match=r"nothing to save|UTF-8"):
            entry(text=text, author=author)
        return
    made = entry(text=text, author=author)
    assert parse_removal(encode(made)) == made
    assert made.text == text


@pytest.mark.parametrize(
    "change",
    [{"text": "Välkommen"}, {"removed_by": "Bo"}, {"id": "2026-09-03-000000000000"}, {"format": "x"}, {"more": 1},
     {"removed_at": "2026-09-03T12:05:01Z"}, {"reason": "anger"}],
)  # fmt: skip
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    """An entry that was changed in the store is not read."""
    value = json.loads(encode(entry())) | change
    with pytest.raises(VerificationError, match="entr"):
        parse_removal(canonical(value))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, encode(entry()) + b"\n"])
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    """Other bytes end in a typed error."""
    with pytest.raises(VerificationError, match=r"not readable|was changed"):
        parse_removal(data)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"reason": "hets"}, "no reason 'hets'", "Did you mean agitation"),
    ({"reason": "defmation"}, "no reason", "Did you mean defamation"),
    ({"reason": "xyzzy"}, "no reason", "The codes are: defamation"),
    ({"reason": "other"}, "too little", "--note"),
    ({"removed_at": "2026-09-03T14:05"}, "no time zone", "2026-09-03T14:05"),
    ({"removed_at": "yesterday"}, "is no time", "2026-09-03T14:05"),
    ({"removed_at": "0001-01-01T00:00+14:00"}, "is no time", "2026-09-03T14:05"),
    ({"removed_at": "2062-09-03T14:05+02:00"}, "in the future", "Correct it"),
    ({"published_at": "2026-09-03T14:06+02:00"}, "before it was published", "Exchange"),
    ({"published_at": "2026-09-02"}, "no time zone", "2026-09-03T14:05"),
    ({"text": " \n"}, "nothing to save", "--screenshot"),
    ({"text": "\udcff"}, "not in UTF-8", "UTF-8"),
    ({"text": "å" * 600_000}, "longer than", "one item"),
    ({"link": "https://alva:hemligt@social.example/1"}, "user name or password", "Leave out"),
    ({"link": "javascript:alert(1)"}, "no web address", "https://"),
    ({"link": "https://"}, "no web address", "https://"),
    ({"link": "https://[::1/x"}, "no web address", "https://"),
    ({"link": "https://social.example/a b"}, "no web address", "https://"),
    ({"link": ""}, "--link is empty", "--link"),
    ({"on_post": "https://a:b@social.example/1"}, "user name or password", "Leave out"),
    ({"removed_by": "  "}, "--removed-by is empty", "Say it"),
    ({"removed_by": "Alva\nBo"}, "more than one line", "one line"),
    ({"case": "x" * 2001}, "longer than 2000", "one line"),
    ({"kind": "message"}, "private message", "registers"),
    ({"kind": "story"}, "no kind 'story'", "post or"),
    ({"saved": "during"}, "between before and after", "before or after"),
]


@pytest.mark.parametrize(("change", "sentence", "step"), BAD, ids=[f"{words}-{step}"[:40] for _, words, step in BAD])
def test_bad_input_is_one_sentence(change: dict[str, Any], sentence: str, step: str) -> None:
    """What is wrong is told with what to do; a password in an address is not repeated."""
    with pytest.raises(ConfigError) as refused:
        entry(**change)
    assert sentence in refused.value.message
    assert step in refused.value.next_step
    assert "\n" not in refused.value.message
    assert "hemligt" not in refused.value.diagnostics()


def test_every_reason_has_words_in_both_languages() -> None:
    """A code can be written with a hyphen, and says what it is in Swedish and English."""
    assert read_reason("Personal-Data") is Reason.PERSONAL_DATA
    for reason in Reason:
        assert read_reason(reason.value) is reason
        assert reason.words("sv")
        assert reason.words("en")
    assert len({reason.words("sv") for reason in Reason}) == len(Reason) == 12


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "neither"), (b"<html>", "neither"), (b"GIF89a" + bytes(50), "neither"), (picture()[:-20], "cut off"),
     (picture("JPEG")[:400], "cut off"), (b"\x89PNG\r\n\x1a\n", "broken"), (b"\xff\xd8\xff", "broken"),
     (PDF[:-8], "cut off"), (picture("BMP"), "neither")],
)  # fmt: skip
def test_what_is_no_screenshot_is_refused(data: bytes, words: str) -> None:
    """The bytes decide, not the name; a picture is read to its end."""
    with pytest.raises(ConfigError, match=words):
        saved_file(data, "shot.png")


def test_a_picture_too_large_to_be_shown_is_refused() -> None:
    """A small file that unpacks to very many pixels is refused before it is unpacked."""
    header = bytearray(picture())
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    with pytest.raises(ConfigError, match="million pixels"):
        saved_file(bytes(header), "bomb.png")


def test_an_entry_as_a_thread() -> None:
    """The thread holds text, times, role and media of the entry; raw is the entry, and exchange its digest."""
    files = [saved_file(picture(), "a.png"), saved_file(picture("JPEG"), "b.jpg"), saved_file(PDF, "c.pdf")]
    made = entry([*files, files[0]], author="Arg Person", on_post="1", published_at="2026-09-03T08:00+02:00")
    thread = thread_of(made)
    post = thread.post
    assert (post.id, post.kind, post.permalink) == (f"removal:{made.id}", "removal", LINK)
    assert post.created_at == datetime(2026, 9, 3, 6, tzinfo=UTC)
    assert (post.author_role, post.direction) == (AuthorRole.UNKNOWN, Direction.RECEIVED)
    assert (post.visibility, post.in_reply_to) == (Visibility.DELETED_BY_US, "1")
    assert (post.raw.encode(), post.exchange) == (encode(made), sha256_hex(encode(made)))
    assert removal_of(post) == made
    assert [item.kind for item in thread.media] == [MediaKind.IMAGE, MediaKind.IMAGE, MediaKind.FILE]
    assert [item.file for item in thread.media] == [f"media/{one.sha256}.{end}" for one, end in zip(
        files, ("png", "jpg", "pdf"), strict=True)]  # fmt: skip
    assert (thread.media[0].width, thread.media[0].height) == (320, 200)
    assert post.media_ids == tuple(item.id for item in thread.media)
    assert thread_of(entry()).post.created_at == made.removed_at


@pytest.mark.parametrize(
    ("change", "own"),
    [({"kind": "post"}, True), ({"kind": "post", "author": "Arg Person"}, False), ({"author": "@Exempelstad "}, True),
     ({}, False)],
)  # fmt: skip
def test_made_or_received(change: dict[str, Any], own: bool) -> None:
    """A post is the body's own unless another is named; a comment is another's unless the account is named."""
    post = thread_of(entry(**change)).post
    assert (post.author_role is AuthorRole.OWN) == own
    assert post.direction is (Direction.MADE if own else Direction.RECEIVED)


def gone(name: str, thread: str = "t1", what: Any = "comment", **changes: Any) -> Finding:
    """Return something that vanished."""
    values: dict[str, Any] = {"what": what, "id": name, "thread_id": thread, "link": None, "thread_link": None,
                              "how": Gone.MISSING}  # fmt: skip
    return Finding(**{**values, **changes})


def test_an_entry_covers_by_item_link_or_thread() -> None:
    """An item id or address covers that one; an entry without covers one comment of its thread, and one only."""
    link = "https://social.example/t2?c=9"
    found = [
        gone("c1"),
        gone("c2"),
        gone("c3"),
        gone("c9", "t2", link=link),
        gone("t3", "t3", "post"),
        gone("c4", "t4"),
    ]
    entries = [
        entry(item="c2"), entry(on_post="t1"), entry(link=f"{link}/"), entry(item="t3"),
        entry(on_post="https://social.example/t4", text="x"),
    ]  # fmt: skip
    assert [one.id for one in without_entry(found, entries)] == ["c3", "t3", "c4"]  # t3 was entered as a comment
    posts = [*entries, entry(kind="post", item="t3")]
    found[5] = replace(found[5], thread_link="https://social.example/t4/#top")
    assert [one.id for one in without_entry(found, posts)] == ["c3"]
    assert {place: one.item for place, one in entries_of(found, posts).items() if one.item} == {1: "c2", 4: "t3"}


def test_a_fragment_does_not_make_one_comment_of_all() -> None:
    """Where comments' addresses differ in the fragment only, an entry with one of them covers that one."""
    found = [gone(f"c{number}", link=f"https://blog.example/a/#comment-{number}") for number in (1, 2)]
    assert [one.id for one in without_entry(found, [entry(link="https://blog.example/a/#comment-2")])] == ["c1"]


def seen(day: str, *missing: Missing, uncertain: tuple[str, ...] = ()) -> Observation:
    """Return an observation of a day."""
    return Observation(
        format="urval-observation/1", archive="a", account="b", period="p", day=day, observed_at=NOW, observed_by="x",
        capture="c", capture_sha256="0" * 64, posts=9, comments=9, missing=list(missing), uncertain=list(uncertain),
    )  # fmt: skip


C1 = Missing(what="comment", id="c1", thread="t1", sign=Sign.MISSING)
T1 = Missing(what="post", id="t1", thread="t1", sign=Sign.MISSING)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([], []),
        ([seen("2026-11-03", C1)], [("c1", "2026-11-03", 1, False)]),
        ([seen("2026-11-03", C1), seen("2026-11-03", C1)], [("c1", "2026-11-03", 1, False)]),
        ([seen("2026-11-04", C1), seen("2026-11-03", C1)], [("c1", "2026-11-03", 2, True)]),
        ([seen("2026-11-03", C1), seen("2026-11-04")], []),
        ([seen("2026-11-03", C1), seen("2026-11-04"), seen("2026-11-05", C1)], [("c1", "2026-11-05", 1, False)]),
        ([seen("2026-11-03", C1), seen("2026-11-04", uncertain=("t1",)), seen("2026-11-05", C1)],
         [("c1", "2026-11-03", 2, True)]),
        ([seen("2026-11-03", C1), seen("2026-11-04", uncertain=(ALL,)), seen("2026-11-05", C1)],
         [("c1", "2026-11-03", 2, True)]),
        ([seen("2026-11-03", C1), seen("2026-11-04", T1), seen("2026-11-05", C1)], [("c1", "2026-11-03", 2, True)]),
        ([seen("2026-11-03", C1, T1)], [("t1", "2026-11-03", 1, False)]),
        ([seen("2026-11-03", C1.model_copy(update={"sign": Sign.DELETED_BY_US}))], [("c1", "2026-11-03", 1, True)]),
    ],
)  # fmt: skip
def test_missing_once_is_not_deleted(looks: list[Observation], expected: list[tuple[str, str, int, bool]]) -> None:
    """Two days without a sight between confirm it, or the platform's word; a look that could not judge says nothing."""
    assert [(one.missing.id, one.since, one.days, one.confirmed) for one in judge(looks)] == expected


def test_an_observation_reads_back() -> None:
    """Its bytes give it again; changed ones are refused."""
    one = seen("2026-11-03", C1, uncertain=("t2",))
    assert parse_observation(canonical(one)) == one
    for data in (b"", b"{}", canonical(one) + b" ", b"[" * 100_000):
        with pytest.raises(VerificationError, match="observation"):
            parse_observation(data)


def test_a_look_judges_only_what_it_could_read(tmp_path: Path) -> None:
    """A listing that broke off, or a thread with a gap, makes nothing missing; what was given as gone is."""
    from _samples import Samples

    samples = Samples(tmp_path)
    posts = [samples.post(f"t{number}", "x") for number in range(4)]
    comments = {f"c{number}": samples.comment(f"c{number}", posts[0], "y") for number in range(3)}
    held = Held(
        posts={post.id: None for post in posts}, listings=frozenset({"posts"}),
        comments={name: samples_place("t0", "c0" if name == "c1" else None) for name in comments},
    )  # fmt: skip
    end = ListingEnd(listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=3, outside_period=0)

    def names(*items: Any) -> list[tuple[str, str]]:
        reading = Seen()
        for item in items:
            reading.take(item)
        return [(one.id, str(one.sign)) for one in reading.missing(held)]

    whole = [Thread(post=post) for post in posts[1:3]]
    bare = Thread(post=posts[0], comments=(comments["c2"],))
    assert names(bare, *whole, end) == [("t3", "missing"), ("c0", "missing")]  # c1 answered c0 and went with it
    assert names(bare, *whole, replace(end, reason=EndReason.FAILED)) == []
    assert names(bare, *whole) == []
    assert names(replace(bare, gaps=(gap("comments", "t0"),)), *whole, end) == [("t3", "missing")]
    assert names(bare, *whole, gap("post", None, "t3"), end) == [("c0", "missing")]
    assert names(bare, *whole, gap("post", None, "t3", GapReason.GONE), end) == [("t3", "missing"), ("c0", "missing")]
    hidden = replace(posts[3], visibility=Visibility.GONE_UNKNOWN)
    ours = replace(comments["c0"], visibility=Visibility.DELETED_BY_US)
    author = replace(comments["c1"], visibility=Visibility.DELETED_BY_AUTHOR)
    told = Thread(post=posts[0], comments=(comments["c2"], ours, author))
    assert names(told, *whole, Thread(post=hidden), end) == [("t3", "gone_unknown"), ("c0", "deleted_by_us")]


def samples_place(thread: str, parent: str | None) -> Any:
    """Return where a captured comment stands."""
    from urval.removals import HeldComment

    return HeldComment(thread, parent, None)


def gap(what: str, thread: str | None, subject: str | None = None, reason: GapReason = GapReason.UNREACHABLE) -> Gap:
    """Return a gap."""
    return Gap(account_id="a", thread_id=thread, what=what, subject_id=subject, reason=reason, error="",
               first_tried_at=NOW, last_tried_at=NOW)  # fmt: skip


def test_what_a_capture_shows_as_gone(tmp_path: Path) -> None:
    """Marks and gaps of posts and comments are told once each; entries, visible things and the author's own are not."""
    from _samples import Samples
    from test_capture import IDENTITY, METHOD

    samples = Samples(tmp_path)
    posts = [samples.post(f"t{number}", "x") for number in range(3)]
    ours, unknown = (replace(post, visibility=sight) for post, sight in zip(
        posts, (Visibility.DELETED_BY_US, Visibility.GONE_UNKNOWN), strict=False))  # fmt: skip
    spoken = [replace(samples.comment(f"c{number}", posts[2], "y"), visibility=sight) for number, sight in enumerate(
        (Visibility.DELETED_BY_US, Visibility.DELETED_BY_AUTHOR, Visibility.HIDDEN, Visibility.VISIBLE))]  # fmt: skip
    gaps = tuple(gap(what, "t2", name, why) for what, name, why in (
        ("comment", "c0", GapReason.GONE), ("comment", "c9", GapReason.GONE), ("comment", None, GapReason.GONE),
        ("media", "m1", GapReason.GONE), ("comment", "c8", GapReason.REFUSED)))  # fmt: skip
    folder = tmp_path / "capture"
    with CaptureWriter(folder, IDENTITY, METHOD) as writer:
        for thread in (Thread(post=ours), Thread(post=unknown), thread_of(entry())):
            writer.add(thread)
        writer.add(Thread(post=posts[2], comments=tuple(spoken), gaps=gaps))
        writer.add(gap("post", None, "t9", GapReason.GONE))
        writer.finish(started_at=NOW, ended_at=NOW, exchanges=0, environment=environment_with())
    found = unregistered(Capture(folder), [])
    assert [(one.what, one.id, one.thread_id, str(one.how)) for one in found] == [
        ("post", "t0", "t0", "deleted_by_us"), ("post", "t1", "t1", "gone_unknown"),
        ("comment", "c0", "t2", "deleted_by_us"), ("comment", "c9", "t2", "gone"), ("comment", "", "t2", "gone"),
        ("post", "t9", "t9", "gone"),
    ]  # fmt: skip
    known = [entry(kind="post", link=posts[0].permalink), entry(item="c9"), entry(on_post=posts[2].permalink)]
    assert [one.id for one in unregistered(Capture(folder), known)] == ["t1", "", "t9"]
