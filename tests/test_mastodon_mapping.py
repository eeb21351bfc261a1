from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from _loopback import Call, Reply, bench, said
from _mastodon_samples import (
    ACCOUNT,
    HOST,
    NOBODY,
    OWN_ID,
    mapped,
    mapped_answer,
    read,
    server,
    status,
    threads,
)

from connectors._mastodon_errors import MASTODON_TABLE
from connectors._mastodon_objects import Status
from connectors._responses import Action, judge
from connectors.mastodon import MASTODON
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView

if TYPE_CHECKING:
    from pathlib import Path


def test_every_field_of_a_status_is_mapped() -> None:
    """HTML as given, warning as title, counts, language, address, media with alt texts, and unknown members in raw."""
    picture = {
        "id": "5", "type": "image", "url": "https://files.example/a.png", "description": "torget",
        "meta": {"original": {"width": 1200, "height": 800}},
    }  # fmt: skip
    record = status(
        content="<p>Hej &amp; hå</p>", spoiler_text="Väderlarm", language="sv", url="https://social.example/@e/1",
        replies_count=2, reblogs_count=3, quotes_count=1, favourites_count=7, media_attachments=[picture],
        pinned=True, nytt_fält=[1],
    )  # fmt: skip
    found = mapped(record)
    post, [ref] = found.post, found.media
    assert (post.text, post.title, post.language) == ("<p>Hej &amp; hå</p>", "Väderlarm", "sv")
    assert (post.kind, post.permalink, post.pinned) == ("photo", "https://social.example/@e/1", True)
    assert (post.reactions, post.reaction_count, post.share_count) == ((("favourite", 7),), 7, 4)
    assert (post.platform_comment_count, post.view_count) == (2, None)
    assert (post.author_id, post.author_name, post.author_role) == (OWN_ID, "Exempelstad", AuthorRole.OWN)
    assert (post.edited, post.updated_at, post.visibility) == (Edited.NO, None, Visibility.VISIBLE)
    assert (ref.url, ref.alt_text, ref.width, ref.height) == ("https://files.example/a.png", "torget", 1200, 800)
    assert json.loads(post.raw)["nytt_fält"] == [1]
    assert (found.after, found.reply, found.history) == ("", False, ())


def test_what_is_missing_is_unknown_and_not_invented() -> None:
    """An old or small server sends less: no edit mark is unknown, no count is none, the author is the account."""
    post = mapped({"id": "1", "created_at": "2026-06-01T10:00:00Z"}).post
    assert (post.edited, post.platform_comment_count, post.reaction_count) == (Edited.UNKNOWN, None, None)
    assert (post.author_id, post.author_name, post.title, post.text) == (OWN_ID, None, None, "")
    with pytest.raises(msgspec.ValidationError):
        mapped({"id": "1"})


@pytest.mark.parametrize(
    ("visibility", "shown"),
    [("public", "visible"), ("unlisted", "visible"), ("private", "hidden"), ("direct", "hidden"), ("ny", "hidden")],
)
def test_what_no_visitor_sees_is_marked(visibility: str, shown: str) -> None:
    """Statuses for followers or for those named are hidden from visitors; so is a kind that nobody knows."""
    assert mapped(status(visibility=visibility)).post.visibility == shown
    answer = mapped_answer(status(visibility=visibility, in_reply_to_id="1"))
    assert (answer.visibility, answer.hidden) == (shown, None)


def test_private_messages_are_left_out() -> None:
    """What is for those it names alone is no post and no comment; what followers see is one."""
    for visibility in ("public", "unlisted", "private", "direct"):
        found = status(visibility=visibility)
        assert mapped(found).private is (visibility == "direct")
        answer = msgspec.json.decode(msgspec.json.encode(found), type=Status, strict=False)
        assert MASTODON.leaves_out(answer) is (visibility == "direct")


def test_a_boost_holds_the_other_s_text_and_media() -> None:
    """Text, warning and pictures are those of the status passed on; nobody is asked for its answers."""
    picture = {"id": "5", "type": "image", "url": "https://region.example/a.png"}
    other = status("9", content="<p>Regionens ord</p>", spoiler_text="OBS", media_attachments=[picture], language="sv")
    found = mapped(status(content="", reblog=other, replies_count=4))
    post = found.post
    assert (post.kind, post.text, post.title) == ("share", "<p>Regionens ord</p>", "OBS")
    assert (post.platform_comment_count, found.after) == (None, None)
    assert [ref.url for ref in found.media] == ["https://region.example/a.png"]
    assert post.id != "9"


def test_every_kind_of_medium_is_named() -> None:
    """A picture, silent film, sound, a file kept elsewhere only, and one that is not ready, which is withheld."""
    kinds = [("image", "u"), ("gifv", "u"), ("audio", "u"), ("unknown", None), ("video", None)]
    media = [{"id": str(n), "type": kind, "url": url} for n, (kind, url) in enumerate(kinds)]
    media[3]["remote_url"] = "https://annan.example/fil"
    found = mapped(status(media_attachments=media)).media
    assert [ref.kind for ref in found] == [
        MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE, MediaKind.VIDEO,
    ]  # fmt: skip
    assert [ref.url for ref in found] == ["u", "u", "u", "https://annan.example/fil", None]
    assert [bool(ref.withheld) for ref in found] == [False] * 4 + [True]


def test_a_poll_stands_below_the_text() -> None:
    """Options are text of their own and are kept with it, escaped; votes too, where they are told."""
    poll = {"id": "4", "options": [{"title": "Ja <b>", "votes_count": 12}, {"title": "Nej", "votes_count": None}]}
    post = mapped(status(content="<p>Vad?</p>", poll=poll)).post
    assert (post.kind, post.text) == ("poll", "<p>Vad?</p><ul><li>Ja &lt;b&gt; (12)</li><li>Nej</li></ul>")


def test_answers_of_every_kind_are_mapped() -> None:
    """Own, a person's, one without author; a warning stands before the text, which has no title."""
    person = {"id": "5", "username": "asa", "acct": "asa@annan.example", "display_name": ""}
    answer = mapped_answer(status("80", account=person, in_reply_to_id="77", spoiler_text="Arg <3", replies_count=2))
    assert (answer.parent_id, answer.author_name, answer.author_role) == ("77", "asa", AuthorRole.PERSON)
    assert answer.text == "<p>Arg &lt;3</p><p>inlägg 80</p>"
    assert (answer.platform_reply_count, answer.direction) == (2, Direction.RECEIVED)
    assert mapped_answer(status("81", in_reply_to_id="80")).author_role is AuthorRole.OWN
    assert mapped_answer(status("82", account=None, in_reply_to_id="80")).author_role is AuthorRole.UNKNOWN
    assert mapped_answer(status("83", edited_at="2026-06-02T10:00:00.000Z")).edited is Edited.YES


@pytest.mark.parametrize("number", ["9223372036854775807", "01H9ZQ4KJ7", "9kXGb2cQ3WIGUBvcBs"])
def test_ids_are_opaque(number: str) -> None:
    """Other servers number otherwise, or not in numbers: an id is text from end to end."""
    assert mapped(status(number, in_reply_to_id=number)).post.in_reply_to == number


@pytest.mark.parametrize(
    "written", ["2026-06-01T10:00:00.000Z", "2026-06-01T10:00:00Z", "2026-06-01T12:00:00.000+02:00"]
)
def test_times_are_instants(written: str) -> None:
    """RFC 3339 with or without fractions and in any zone is the same instant."""
    assert mapped(status(created_at=written)).post.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "body", "action"),
    [
        (200, b"[]", Action.ACCEPT),
        (401, {"error": "This API requires an authenticated user"}, Action.STOP),
        (401, {"error": "The access token is invalid"}, Action.STOP),
        (403, {"error": "This action is not allowed"}, Action.REFUSE),
        (404, {"error": "Record not found"}, Action.GONE),
        (410, {"error": "Gone"}, Action.GONE),
        (422, {"error": "Validation failed"}, Action.FAIL),
        (429, {"error": "Too many requests"}, Action.WAIT),
        (503, {"error": "There was a temporary problem serving your request, please try again"}, Action.RETRY),
        (500, b"<html>", Action.RETRY),
    ],
)
def test_each_answer_has_its_action(code: int, body: Any, action: Action) -> None:
    """The table knows every documented answer; what needs a person names the next step."""
    verdict = judge(MASTODON_TABLE, code, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert verdict.action is action
    assert verdict.next_step or action not in {Action.STOP, Action.REFUSE}


def test_the_account_is_looked_up_and_its_links_read(tmp_path: Path) -> None:
    """Name, HTML about, links of the table, counts; a picture that is the server's blank is none."""
    told = {
        **ACCOUNT, "note": "<p>Officiellt</p>", "followers_count": 7, "statuses_count": 9, "url": f"http://{HOST}/@e",
        "fields": [{"name": "Webb", "value": '<a href="https://www.exempelstad.example/" rel="me">www</a>'}],
        "avatar": f"http://{HOST}/avatars/original/missing.png", "header": f"http://{HOST}/h.png",
    }  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, server({"accounts/lookup": said(told), "/h.png": png})) as b:
        view = read(b)[0]
        assert b.calls[0].path.endswith("/api/v1/accounts/lookup?acct=exempelstad")
    assert isinstance(view, ProfileView)
    profile = view.profile
    assert (profile.name, profile.handle, profile.about) == ("Exempelstad", "exempelstad", "<p>Officiellt</p>")
    assert (profile.followers, profile.posts, profile.links) == (7, 9, ("https://www.exempelstad.example/",))
    assert (profile.avatar_media_id, [medium.kind for medium in view.media]) == (None, [MediaKind.COVER])


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (said({"error": "Record not found"}, 404), GoneError, "account's id"),
        (said({"error": "This API requires an authenticated user"}, 401), RefusedError, "without a token"),
        (said({**ACCOUNT, "suspended": True}), RefusedError, "administrators"),
        (Reply(b"<html>borta</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, reply: Reply, error: type[Exception], words: str
) -> None:
    """Unknown, closed or suspended account, or a web page instead: an error with a next step, no capture."""
    with bench(tmp_path, server({"accounts/lookup": reply})) as b, pytest.raises(error) as wrong:
        read(b, None)
    assert words in str(getattr(wrong.value, "next_step", ""))


def test_an_account_that_moved_is_read_and_says_so(tmp_path: Path) -> None:
    """What it wrote here is captured; where it went is said once."""
    moved = {**ACCOUNT, "moved": {**ACCOUNT, "url": "https://ny.example/@exempelstad"}}
    with bench(tmp_path, server({"accounts/lookup": said(moved), f"{OWN_ID}/statuses": said([status()])})) as b:
        items = read(b)
    [gap] = [item for item in items if type(item).__name__ == "Gap"]
    assert gap.reason is GapReason.GONE
    assert "https://ny.example/@exempelstad" in gap.error
    assert len(threads(items)) == 1


def test_answers_still_being_fetched_are_a_gap(tmp_path: Path) -> None:
    """When the server says that it is asking other servers for answers, the thread is not called whole."""
    header = 'id="abc", retry=3, result_count=2'
    busy = said({"ancestors": [], "descendants": [status("2", in_reply_to_id="1")]}, Mastodon_Async_Refresh=header)
    with bench(tmp_path, server({f"{OWN_ID}/statuses": said([status("1", replies_count=3)]), "1/context": busy})) as b:
        [thread] = threads(read(b))
    assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.INCOMPLETE)]
    assert header in thread.gaps[0].error
    assert len(thread.comments) == 1


def test_answers_that_exist_but_cannot_be_reached_are_a_gap(tmp_path: Path) -> None:
    """Sixty answers without a token and more counted: the interface's limit is named, with the way around it."""
    many = [status(str(100 + n), in_reply_to_id="1") for n in range(60)]
    context = said({"ancestors": [], "descendants": many})
    listed = said([status("1", replies_count=75)])
    with bench(tmp_path, server({f"{OWN_ID}/statuses": listed, "1/context": context})) as b:
        [thread] = threads(read(b, None))
    assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]
    assert "token" in thread.gaps[0].error
    assert (thread.post.platform_comment_count, len(thread.comments)) == (75, 60)


def test_an_own_answer_elsewhere_is_a_thread_with_what_was_answered(tmp_path: Path) -> None:
    """An own answer below another's status is kept, with the answers below it, and is no comment of anybody's."""
    elsewhere = status("5", in_reply_to_id="999", in_reply_to_account_id="77", replies_count=1)
    orphan = status("6", in_reply_to_id=None, in_reply_to_account_id="77")
    below = said({"ancestors": [], "descendants": [status("7", in_reply_to_id="5", account={"id": "77"})]})
    with bench(tmp_path, server({f"{OWN_ID}/statuses": said([orphan, elsewhere]), "5/context": below})) as b:
        found = {thread.post.id: thread for thread in threads(read(b))}
    assert {key: thread.post.kind for key, thread in found.items()} == {"5": "reply", "6": "reply"}
    assert [(c.id, c.parent_id, c.depth) for c in found["5"].comments] == [("7", None, 0)]


def test_paging_follows_the_link_and_reads_past_short_pages(tmp_path: Path) -> None:
    """The header's next leads on, also after an empty page; without it the listing is over."""
    address = f"http://{HOST}/api/v1/accounts/{OWN_ID}/statuses?limit=40&max_id="
    pages = {
        "": ([status("30")], f'<{address}30>; rel="next", <{address}x>; rel="prev"'),
        "30": ([], f'<{address}20>; rel="next"'),
        "20": ([status("10")], f'<{address}x>; rel="prev"'),
    }

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        if not parts.path.endswith("/statuses"):
            return said(ACCOUNT if parts.path.endswith("/lookup") else NOBODY)
        records, link = pages[parts.query.partition("max_id=")[2]]
        return said(records, Link=link)

    with bench(tmp_path, answer) as b:
        items = read(b)
    assert [thread.post.id for thread in threads(items)] == ["30", "10"]
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert (end.reason, end.pages) == (EndReason.EXHAUSTED, 3)
    assert sum(b.slept) >= 2
