from __future__ import annotations

import gzip
import html
import json
import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import tweepy
from _loopback import Bench, Call, Reply, bench, said
from _sandbox_adapter import SandboxAdapter
from conformance import END, NOW, START, Conformance
from ruamel.yaml import YAML

from connectors import CONNECTORS, open_source
from connectors._connector import Authors, Origin
from connectors._responses import Action, judge
from connectors._x_errors import X_TABLE
from connectors._x_objects import Tweet
from connectors._x_pages import PAGE, REPLIES, beside
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.x import X_HOST
from connectors.x import X
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors._connector import MappedPost
    from connectors.sandbox import Truth
    from urval.records import Comment
    from urval.source import Item

HOST, OWN_ID = "api.exempelstad.example", "1400000000000000001"
SETTINGS = {
    "user_id": OWN_ID, "base_url": f"http://{X_HOST}", "token_url": f"http://{X_HOST}/2/oauth2/token",
}  # fmt: skip
BEARER = "AAAAAAAAAAplantedbearertoken0123456789"
PROBLEMS = "https://api.x.com/2/problems/"
PAGE_TOKEN = {"meta": {"result_count": 0}}


def tweet(number: str = "2000000000000000001", **more: Any) -> dict[str, Any]:
    """Return a post as the interface writes it, under the old names."""
    return {
        "id": number, "text": f"inlägg {number}", "created_at": "2026-06-01T10:00:00.000Z", "author_id": OWN_ID,
        "conversation_id": number, "edit_history_tweet_ids": [number], **more,
    }  # fmt: skip


def mapped(record: Mapping[str, Any], **envelope: Any) -> MappedPost:
    """Map one post with what lies beside it on its page."""
    body = json.dumps({"data": [record], "meta": {"result_count": 1}, **envelope}).encode()
    around, [raw] = PAGE.cut(body, ("data",))
    return X.to_post(raw, Origin("stad", NOW, "0" * 64, beside(around), "posts"), "posts", OWN_ID)


def mapped_reply(record: Mapping[str, Any], own: str = OWN_ID, **envelope: Any) -> Comment:
    """Map one reply with what lies beside it on its page."""
    body = json.dumps({"data": [record], "meta": {"result_count": 1}, **envelope}).encode()
    around, [raw] = REPLIES.cut(body, ("data",))
    comment = msgspec.json.decode(raw, type=Tweet)
    origin = Origin("stad", NOW, "0" * 64, beside(around), "comments")
    return X.to_comment(
        comment, str(raw, "utf-8"), origin, Authors(frozenset({own})),
        post_id="1", parent=comment.parent_key(), depth=0, answer=False,
    )  # fmt: skip


def test_every_field_of_a_post_is_mapped() -> None:
    """Whole text, counts, author, language, picture with its original, address, times, and unknown members in raw."""
    record = tweet(
        text="Torget &amp; hamnen… https://t.co/a", lang="sv",
        note_tweet={"text": "Torget &amp; hamnen &lt;3 &amp;amp;"},
        public_metrics={
            "like_count": 7, "reply_count": 2, "retweet_count": 3, "quote_count": 1, "impression_count": 900,
            "bookmark_count": 5,
        },
        attachments={"media_keys": ["3_1"]}, nytt_fält={"djupt": [1]},
    )  # fmt: skip
    includes = {
        "users": [{"id": OWN_ID, "name": "Exempelstad", "username": "exempelstad"}],
        "media": [{
            "media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/a.jpg", "alt_text": "torget",
            "width": 1200, "height": 800,
        }],
    }  # fmt: skip
    found = mapped(record, includes=includes)
    post, [picture] = found.post, found.media
    assert post.text == "Torget & hamnen <3 &amp;"
    assert (post.language, post.kind, post.title, post.in_reply_to) == ("sv", "photo", None, None)
    assert (post.reactions, post.reaction_count, post.share_count) == ((("like", 7),), 7, 4)
    assert (post.view_count, post.platform_comment_count) == (900, 2)
    assert (post.author_name, post.author_role, post.direction) == ("Exempelstad", AuthorRole.OWN, Direction.MADE)
    assert post.permalink == "https://x.com/exempelstad/status/2000000000000000001"
    assert (post.created_at, post.updated_at) == (datetime(2026, 6, 1, 10, tzinfo=UTC), None)
    assert (post.edited, post.media_ids) == (Edited.NO, (picture.id,))
    assert (picture.url, picture.alt_text) == ("https://pbs.twimg.com/media/a.jpg?name=orig", "torget")
    assert (picture.width, picture.height, picture.kind) == (1200, 800, MediaKind.IMAGE)
    assert json.loads(post.raw)["nytt_fält"] == {"djupt": [1]}
    assert (found.comments_of, found.after, found.reply, found.troubles) == ("2000000000000000001", "", False, ())


def test_the_new_names_say_the_same() -> None:
    """Posts under the names that the interface changes over to give the same records."""
    old = tweet(
        note_tweet={"text": "hela texten"}, referenced_tweets=[{"type": "retweeted", "id": "9"}],
        edit_history_tweet_ids=["1999999999999999999", "2000000000000000001"], public_metrics={"retweet_count": 4},
    )  # fmt: skip
    new = {k: v for k, v in old.items() if k not in {"note_tweet", "referenced_tweets", "edit_history_tweet_ids"}}
    new |= {
        "note_post": {"text": "hela texten"}, "referenced_posts": [{"type": "reposted", "id": "9"}],
        "edit_history_post_ids": ["1999999999999999999", "2000000000000000001"], "public_metrics": {"repost_count": 4},
    }  # fmt: skip
    shared = tweet("9", text="annans text", author_id="5")
    before, after = mapped(old, includes={"tweets": [shared]}), mapped(new, includes={"posts": [shared]})
    assert replace(before.post, raw="") == replace(after.post, raw="")
    assert before.post.text == "annans text"
    assert (before.history, before.same_as) == (after.history, after.same_as)
    assert before.history == ("1999999999999999999",)


def test_what_is_missing_is_unknown_and_not_invented() -> None:
    """A post with the default members only has no counts, no author's name, no history; its author is the account."""
    found = mapped({"id": "7", "text": "kort", "created_at": "2026-06-01T10:00:00Z"})
    post = found.post
    assert (post.edited, post.reaction_count, post.share_count, post.view_count) == (Edited.UNKNOWN, None, None, None)
    assert (post.platform_comment_count, post.author_id, post.author_name) == (None, OWN_ID, None)
    assert (post.permalink, post.language, post.kind) == ("https://x.com/i/status/7", None, "post")
    assert found.comments_of == "7"
    with pytest.raises(MalformedError, match="no time"):
        mapped({"id": "7", "text": "utan tid"})


@pytest.mark.parametrize("lang", ["und", "zxx", "qme", "qst"])
def test_codes_for_no_language_are_none(lang: str) -> None:
    """The platform's own codes for what is no language do not become languages."""
    assert mapped(tweet(lang=lang)).post.language is None


def test_ids_above_2_53_keep_every_digit() -> None:
    """An id is text from end to end."""
    number = "9223372036854775807"
    found = mapped(tweet(number, referenced_tweets=[{"type": "replied_to", "id": "9007199254740993"}]))
    assert (found.post.id, found.post.in_reply_to) == (number, "9007199254740993")


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("2026-06-01T10:00:00.000Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T12:00:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00.123456Z", datetime(2026, 6, 1, 10, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_times_are_instants(written: str, when: datetime) -> None:
    """RFC 3339 with or without fractions and in any zone is the same instant."""
    assert mapped(tweet(created_at=written)).post.created_at == when


@pytest.mark.parametrize("written", ["igår", "Wed Oct 10 20:19:24 +0000 2018", [2026]])
def test_other_times_make_the_record_malformed(written: Any) -> None:
    """A time that is none of the interface's is no time: the record is a gap, not a guess."""
    with pytest.raises(msgspec.ValidationError):
        mapped(tweet(created_at=written))


def test_a_repost_has_the_whole_text_and_the_pictures_of_the_original() -> None:
    """The interface cuts a repost's own text; the text of what it repeats stands instead, and nobody is asked for."""
    record = tweet(text="RT @region: Början…", referenced_tweets=[{"type": "retweeted", "id": "9"}])
    original = tweet("9", text="Början och slutet", author_id="5", attachments={"media_keys": ["3_9"]})
    media = [{"media_key": "3_9", "type": "photo", "url": "https://pbs.twimg.com/media/r.jpg"}]
    found = mapped(record, includes={"tweets": [original], "media": media})
    assert (found.post.text, found.post.kind, found.after) == ("Början och slutet", "share", None)
    assert [ref.url for ref in found.media] == ["https://pbs.twimg.com/media/r.jpg?name=orig"]


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ({"type": f"{PROBLEMS}resource-not-found", "detail": "Could not find tweet: [9]."}, GapReason.GONE),
        (
            {"type": "https://api.twitter.com/2/problems/not-authorized-for-resource", "detail": "Sorry"},
            GapReason.REFUSED,
        ),
        (None, GapReason.REFUSED),
    ],
)
def test_errors_beside_the_data_become_troubles(problem: dict[str, str] | None, reason: GapReason) -> None:
    """A shared post that did not come is said with the platform's words; the post itself is there."""
    record = tweet(referenced_tweets=[{"type": "quoted", "id": "9"}])
    errors = {"errors": [{"resource_id": "9", "title": "x", **problem}]} if problem else {}
    found = mapped(record, **errors)
    [(what, why, words)] = found.troubles
    assert (found.post.kind, what, why) == ("quote", "shared post", reason)
    assert problem is None or words == problem["detail"]


def test_the_best_film_is_chosen_and_a_withheld_one_is_named() -> None:
    """Of a film's files the mp4 with the highest bit rate counts; without any, or without medium, it is withheld."""
    variants = [
        {"bit_rate": 632000, "content_type": "video/mp4", "url": "https://video.example/l.mp4"},
        {"content_type": "application/x-mpegURL", "url": "https://video.example/x.m3u8"},
        {"bit_rate": 2176000, "content_type": "video/mp4", "url": "https://video.example/h.mp4"},
    ]
    keys = ["7_1", "7_2", "16_3", "3_4"]
    media = [
        {"media_key": "7_1", "type": "video", "variants": variants, "width": 1280},
        {"media_key": "7_2", "type": "video"},
        {"media_key": "16_3", "type": "animated_gif", "variants": [{**variants[0], "bit_rate": 0}]},
    ]
    errors = [{"resource_id": "3_4", "type": f"{PROBLEMS}resource-not-found", "detail": "Could not find media: [3_4]."}]
    found = mapped(tweet(attachments={"media_keys": keys}), includes={"media": media}, errors=errors)
    assert [ref.url for ref in found.media] == [
        "https://video.example/h.mp4", None, "https://video.example/l.mp4", None,
    ]  # fmt: skip
    assert [ref.kind for ref in found.media] == [MediaKind.VIDEO] * 3 + [MediaKind.IMAGE]
    assert "no address" in found.media[1].withheld
    assert found.media[3].withheld == "Could not find media: [3_4]."
    assert found.post.kind == "video"


def test_a_poll_stands_below_the_text() -> None:
    """Options and votes lie beside the post on the page; they are kept with the text, or their absence is said."""
    record = tweet(text="Vad tycker ni?", attachments={"poll_ids": ["4"]})
    poll = {"id": "4", "options": [{"position": 1, "label": "Ja", "votes": 12}, {"position": 2, "label": "Nej"}]}
    found = mapped(record, includes={"polls": [poll]})
    assert (found.post.kind, found.post.text) == ("poll", "Vad tycker ni?\n\n• Ja (12)\n• Nej")
    assert found.troubles == ()
    [(what, reason, _)] = mapped(record).troubles
    assert (what, reason) == ("poll", GapReason.REFUSED)


def test_an_article_has_its_title() -> None:
    """A long piece is an article with the title the platform gives."""
    assert mapped(tweet(article={"title": "Översiktsplanen"})).post.title == "Översiktsplanen"


def test_an_edited_post_counts_from_its_first_version() -> None:
    """Its id is the newest, its time that of the first version, which the first id holds."""
    first = str((int(datetime(2026, 6, 1, 9, 30, tzinfo=UTC).timestamp() * 1000) - 1_288_834_974_657) << 22 | 5)
    found = mapped(tweet(edit_history_tweet_ids=[first, "2000000000000000001"], conversation_id=first))
    assert found.post.created_at == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    assert found.post.updated_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (found.post.edited, found.history) == (Edited.YES, (first,))
    assert (found.comments_of, first in found.same_as) == (first, True)


def test_replies_of_every_kind_are_mapped() -> None:
    """Own, a person's, and one whose author is not told; deep, edited, with a picture that did not come."""
    answer = {"referenced_tweets": [{"type": "replied_to", "id": "77"}], "conversation_id": "1"}
    users = {"users": [{"id": "5", "name": "Åsa Ek", "username": "asaek"}]}
    person = mapped_reply(tweet("80", author_id="5", **answer), includes=users)
    assert (person.parent_id, person.author_name, person.author_role) == ("77", "Åsa Ek", AuthorRole.PERSON)
    assert (person.permalink, person.hidden) == ("https://x.com/asaek/status/80", None)
    own = mapped_reply(tweet("81", **answer), includes=users)
    assert (own.author_role, own.direction, own.author_name) == (AuthorRole.OWN, Direction.MADE, None)
    nameless = {key: value for key, value in tweet("82", **answer).items() if key != "author_id"}
    assert mapped_reply(nameless).author_role is AuthorRole.UNKNOWN
    top = {**answer, "referenced_tweets": [{"type": "replied_to", "id": "1"}]}
    assert mapped_reply(tweet("83", **top)).parent_id is None
    edited = mapped_reply(tweet("84", edit_history_tweet_ids=["60", "84"], **answer))
    assert edited.edited is Edited.YES
    pictured = tweet("85", attachments={"media_keys": ["3_9"]}, **answer)
    assert mapped_reply(pictured).media_ids == ("85:3_9",)
    [ref] = X.comment_media(msgspec.convert(pictured, Tweet), Origin("stad", NOW, "0" * 64, None, "comments"))
    assert (ref.url, bool(ref.withheld)) == (None, True)


def test_the_post_that_began_the_conversation_is_no_reply() -> None:
    """A search finds it too; it is left out, unlike a broken record, which must be reported."""
    root, answer = tweet("1"), tweet("2", referenced_tweets=[{"type": "replied_to", "id": "1"}], conversation_id="1")
    hint = tweet("3", text='texten säger "replied_to"')
    odd = tweet("4", in_reply_to_user_id="5")
    page = {"data": [root, answer, hint, odd, "skräp", {"text": "utan id"}], "meta": {}}
    _, records = REPLIES.cut(json.dumps(page).encode(), ("data",))
    assert [json.loads(bytes(record)) for record in records] == [answer, odd, "skräp", {"text": "utan id"}]


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": {}}', b'{"meta": {}, "data": 4}', b"\xff"])
def test_a_page_that_is_none_is_malformed(body: bytes) -> None:
    """What is not a page of records is an error, never an empty listing."""
    with pytest.raises(MalformedError):
        PAGE.cut(body, ("data",))


NONE_FOUND = {"errors": [{"type": f"{PROBLEMS}resource-not-found", "detail": "Could not find user with id: [1]."}]}


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (200, {"data": [], "errors": [{"type": f"{PROBLEMS}resource-not-found"}]}, Action.ACCEPT),
        (200, {"meta": {"result_count": 0}}, Action.ACCEPT),
        (200, {"meta": {"result_count": 0}, "errors": [{"detail": "x"}]}, Action.ACCEPT),
        (200, NONE_FOUND, Action.GONE),
        (200, {"errors": [{"type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}]}, Action.REFUSE),
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, Action.RENEW),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, Action.WAIT),
        (429, {"title": "Too Many Requests", "type": "about:blank", "status": 429}, Action.WAIT),
        (429, {"type": f"{PROBLEMS}rate-limit-exceeded", "title": "x"}, Action.WAIT),
        (429, {"type": f"{PROBLEMS}usage-capped", "title": "UsageCapExceeded"}, Action.STOP),
        (402, {"title": "CreditsDepleted", "type": f"{PROBLEMS}credits", "detail": "x"}, Action.STOP),
        (403, {"type": f"{PROBLEMS}client-forbidden", "title": "Client Forbidden"}, Action.REFUSE),
        (403, {"type": f"{PROBLEMS}unsupported-authentication", "title": "x"}, Action.REFUSE),
        (400, {"type": f"{PROBLEMS}invalid-request", "title": "Invalid Request"}, Action.FAIL),
        (503, {"title": "Service Unavailable", "type": "about:blank", "status": 503}, Action.RETRY),
        (500, b"<html>", Action.RETRY),
        (404, {"title": "Not Found", "type": "about:blank", "status": 404}, Action.GONE),
    ],
)
def test_each_answer_has_its_action(status: int, body: Any, action: Action) -> None:
    """The table knows every documented problem, under either host's address."""
    verdict = judge(X_TABLE, status, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert verdict.action is action
    assert action in {Action.ACCEPT, Action.WAIT, Action.RETRY} or verdict.next_step or status == 404


USER = {"data": {"id": OWN_ID, "name": "Exempelstad", "username": "exempelstad"}}


def platform(routes: Mapping[str, Callable[[Call], Reply] | Reply]) -> Callable[[Call], Reply]:
    """Answer by the end of the path; what is not told is empty, or the account."""
    known = {OWN_ID: said(USER), "tweets": said(PAGE_TOKEN), "all": said(PAGE_TOKEN), **routes}

    def answer(call: Call) -> Reply:
        found = known[urlsplit(call.path).path.rpartition("/")[2]]
        return found if isinstance(found, Reply) else found(call)

    return answer


def read(b: Bench, **settings: str) -> list[Item]:
    """Read the account of the test."""
    source = open_source(
        "x",
        account_id="stad",
        settings={"user_id": OWN_ID, "base_url": f"http://{HOST}", **settings},
        credential=BEARER,
        start=START,
        end=END,
        gate=b.gate,
    )
    return list(source.read())


def asked(b: Bench, end: str) -> list[dict[str, str]]:
    """Return the parameters of the calls whose path ends so."""
    calls = (urlsplit(call.path) for call in b.calls)
    return [{k: v[0] for k, v in parse_qs(parts.query).items()} for parts in calls if parts.path.endswith(end)]


def test_conversations_are_asked_for_many_at_a_time(tmp_path: Path) -> None:
    """Each query stays within 1024 characters, names 26 conversations and says from when; the listing has a window."""
    first = 1_999_999_999_999_999_900
    listed = {"data": [tweet(str(first - n)) for n in range(60)], "meta": {}}
    with bench(tmp_path, platform({"tweets": said(listed)})) as b:
        items = read(b)
        searches, [listing] = asked(b, "/search/all"), asked(b, "/tweets")
    assert len([item for item in items if isinstance(item, Thread)]) == 60
    queries = [call["query"] for call in searches]
    assert [len(query.split(" OR ")) for query in queries] == [26, 26, 8]
    assert all(len(query) <= 1024 for query in queries)
    assert {call["start_time"] for call in searches} == {"2026-04-29T22:00:00Z"}
    assert (listing["start_time"], listing["end_time"]) == ("2026-04-29T22:00:00Z", "2026-11-01T23:00:00Z")
    assert "since_id" not in listing
    assert listing["tweet.fields"].startswith("id,text,note_tweet,")
    assert b.slept.count(1.0) >= 2 or sum(b.slept) >= 1.5


def test_the_new_names_are_sent_on_request(tmp_path: Path) -> None:
    """With field_names post every name of the change is sent in its new form."""
    with bench(tmp_path, platform({})) as b:
        read(b, field_names="post")
        [listing] = asked(b, "/tweets")
    assert "tweet" not in "".join([*listing, *listing.values()])
    assert "note_post" in listing["post.fields"]
    assert "referenced_posts.id" in listing["expansions"]


def test_the_end_of_the_listing_s_reach_is_a_gap(tmp_path: Path) -> None:
    """The interface lists 3200 posts; when so many came, older ones may be missing, and that is said once."""
    numbers = iter(range(32))

    def page(_call: Call) -> Reply:
        part = next(numbers)
        data = [tweet(str(1_999_999_999_999_999_900 - part * 100 - n)) for n in range(100)]
        return said({"data": data, "meta": {"next_token": f"t{part}"} if part < 31 else {}})

    with bench(tmp_path, platform({"tweets": page})) as b:
        items = read(b)
    [gap] = [item for item in items if type(item).__name__ == "Gap"]
    assert (gap.what, gap.reason) == ("posts", GapReason.INTERFACE_LIMIT)
    assert "3200" in gap.error


def test_an_own_reply_elsewhere_is_a_thread_of_its_own(tmp_path: Path) -> None:
    """An own answer in an own thread is a comment only; one in another's conversation is kept, with a gap."""
    root = tweet("1999999999999999902", conversation_id="1999999999999999902")
    inside = tweet(
        "1999999999999999903", conversation_id="1999999999999999902", in_reply_to_user_id=OWN_ID,
        referenced_tweets=[{"type": "replied_to", "id": "1999999999999999902"}],
    )  # fmt: skip
    outside = tweet(
        "1999999999999999904", conversation_id="55", in_reply_to_user_id="9", public_metrics={"reply_count": 3},
        referenced_tweets=[{"type": "replied_to", "id": "56"}],
    )  # fmt: skip
    listed, found = {"data": [outside, inside, root], "meta": {}}, {"data": [inside, root], "meta": {}}
    with bench(tmp_path, platform({"tweets": said(listed), "all": said(found)})) as b:
        items = read(b)
        assert len(asked(b, "/search/all")) == 1
    own, other = (item for item in items if isinstance(item, Thread))
    assert (own.post.id, [c.id for c in own.comments]) == (root["id"], [inside["id"]])
    assert (other.post.id, other.post.kind, other.post.in_reply_to) == (outside["id"], "reply", "56")
    assert [(gap.what, gap.reason) for gap in other.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (said(NONE_FOUND), GoneError, "user_id"),
        (
            said({"errors": [{"type": f"{PROBLEMS}not-authorized-for-resource", "detail": "x"}]}),
            RefusedError,
            "protected",
        ),
        (said({"type": f"{PROBLEMS}invalid-request", "title": "Invalid Request"}, 400), MalformedError, "user_id"),
        (said({"title": "Unauthorized", "type": "about:blank"}, 401), RefusedError, "new token"),
        (said({"title": "CreditsDepleted", "detail": "no credits"}, 402), RefusedError, "credits"),
        (Reply(b"<html>borta</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, reply: Reply, error: type[Exception], words: str
) -> None:
    """Wrong or protected account, dead token, no credit, a web page instead: an error with a next step, no capture."""
    with bench(tmp_path, platform({OWN_ID: reply})) as b, pytest.raises(error) as wrong:
        read(b)
    assert words in str(getattr(wrong.value, "next_step", ""))


def test_a_search_that_is_not_allowed_costs_only_the_replies(tmp_path: Path) -> None:
    """The posts come, each thread's gap names the platform's words, and the search is not tried again and again."""
    data = [tweet(str(1_999_999_999_999_999_900 - n)) for n in range(60)]
    refused = said({"title": "Client Forbidden", "type": f"{PROBLEMS}client-forbidden", "detail": "Not enrolled"}, 403)
    with bench(tmp_path, platform({"tweets": said({"data": data, "meta": {}}), "all": refused})) as b:
        found = [item for item in read(b) if isinstance(item, Thread)]
        assert len(asked(b, "/search/all")) <= 6
    assert len(found) == 60
    assert all([gap.reason for gap in thread.gaps] == [GapReason.REFUSED] for thread in found)
    assert "Not enrolled" in found[0].gaps[0].error


def test_a_usage_cap_in_mid_run_keeps_what_there_is(tmp_path: Path) -> None:
    """When the credit is used up, nothing more is asked and everything says so."""
    capped = said({"title": "UsageCapExceeded", "type": f"{PROBLEMS}usage-capped", "detail": "cap"}, 429)
    listed = {"data": [tweet()], "meta": {"next_token": "mer"}}
    with bench(tmp_path, platform({"tweets": said(listed), "all": capped})) as b:
        items = read(b)
        assert len(b.calls) == 3
    assert [item.reason for item in items if isinstance(item, ListingEnd)] == [EndReason.REFUSED]
    assert len([item for item in items if isinstance(item, Thread)]) == 1


class TestConformance(Conformance):
    """The account of the sandbox's city."""

    platform = "x"
    account = "x"
    settings = SETTINGS
    posts_path = r"/users/[0-9]+/tweets"
    comments_path = r"/tweets/search/all"
    longest = 60

    def least_calls(self, truth: Truth) -> int:
        """Profile, a hundred posts and own replies a page, 26 conversations a search, five hundred found a page."""
        posts = truth.posts[::-1]
        batches = [posts[first : first + 26] for first in range(0, len(posts), 26)]
        found = [sum(len(p.comments) + 1 for p in batch) for batch in batches]
        listed = len(posts) + sum(comment.own for comment in truth.comments)
        return 1 - (-listed // 100) + sum(-(-number // 500) for number in found)

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML, FaultKind.RESET, FaultKind.GONE])
    def test_a_lasting_fault_on_comments_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """The posts still come with a gap each, and own answers, which the posts' listing shows, come by themselves.

        Unlike elsewhere: with no thread to hold them, they would be lost though they were given.
        """
        sandbox.misbehave(Fault(kind, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        own = {comment.id for comment in truth.comments if comment.own}
        assert set(got.threads) == {post.id for post in truth.posts} | own
        for post in truth.posts:
            thread = got.threads[post.id]
            short = len(thread.comments) < len(post.comments)
            assert not short or any(gap.what == "comments" for gap in thread.gaps)
        assert {got.threads[key].post.kind for key in own} == {"reply"}

    def test_old_and_new_names_give_the_same(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The setting changes what is sent and what comes, not what is kept."""
        before = self.capture(sandbox, tmp_path / "old").told()
        self.settings = {**SETTINGS, "field_names": "post"}
        got = self.capture(sandbox, tmp_path / "new")
        assert got.told() == before
        assert "edit_history_post_ids" in next(iter(got.threads.values())).post.raw

    def test_edits_are_kept_with_every_earlier_text(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Posts and replies edited twice have all versions; answers of before and after name one comment, one post."""
        truth = sandbox.truth(self.account)
        post = max(truth.posts, key=lambda post: len(post.comments))
        asked_of = next(c for c in post.comments if any(d.parent_id == c.id for d in post.comments))
        for text in ("rättad text", "rättad igen"):
            sandbox.edit_post(self.account, post.id, text)
            sandbox.edit_comment(self.account, asked_of.id, f"svar: {text}")
        got, now = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        self.assert_whole(got, now)
        [thread] = [t for t in got.threads.values() if t.versions]
        comment = next(c for c in thread.comments if c.text == "svar: rättad igen")
        assert thread.post.text.startswith("rättad igen")
        assert (thread.post.edited, comment.edited) == (Edited.YES, Edited.YES)
        assert {v.subject_id for v in thread.versions} == {thread.post.id, comment.id}
        texts = {key: [v.text for v in thread.versions if v.subject_id == key] for key in (thread.post.id, comment.id)}
        assert texts[comment.id] == [asked_of.text, "svar: rättad text"]
        assert [text.partition(" https://t.co/")[0] for text in texts[thread.post.id]][1] == "rättad text"
        assert next(v.created_at for v in thread.versions if v.subject_id == comment.id) == asked_of.created_at
        assert any(c.parent_id == comment.id for c in thread.comments)

    def test_a_reply_to_a_deleted_reply_keeps_its_place_and_a_gap(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """What was deleted in the middle is named once; what hangs below it is all there."""
        post = max(sandbox.truth(self.account).posts, key=lambda post: len(post.comments))
        middle = next(c for c in post.comments if any(d.parent_id == c.id for d in post.comments))
        sandbox.delete_comment(self.account, middle.id)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert (middle.id, GapReason.NOT_LISTED) in {(gap.subject_id, gap.reason) for gap in got.gaps}

    def test_a_token_is_renewed_once_and_kept(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """When the access token runs out in mid-run, a new one is got and kept, and nothing is lost."""
        given, kept = sandbox.tokens[self.account], list[str]()
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=self.comments_path))
        got = self.capture(sandbox, tmp_path, keep=kept.append)
        self.assert_whole(got, sandbox.truth(self.account))
        assert [call.target for call in sandbox.calls].count("/2/oauth2/token") == 1
        [now] = [json.loads(text) for text in kept]
        assert now["refresh_token"] != json.loads(given)["refresh_token"]
        held = gzip.decompress(got.warc.read_bytes()) + repr(got.items).encode()
        assert not [text for text in (*now.values(), *json.loads(given).values()) if str(text).encode() in held]

    def test_a_token_that_cannot_be_kept_is_not_used_up(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The refresh token works once: without a place for the new one it is left alone, the listing is refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=self.comments_path))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.REFUSED
        assert not [call for call in sandbox.calls if call.target == "/2/oauth2/token"]

    def test_a_token_that_never_lived_fails_the_account(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """An app's own token cannot be renewed: the refusal is an error with a next step."""
        sandbox.tokens[self.account] = BEARER
        with pytest.raises(RefusedError) as refused:
            self.capture(sandbox, tmp_path)
        assert refused.value.account_wide
        assert "new token" in refused.value.next_step

    @pytest.mark.parametrize(("kind", "pause"), [(FaultKind.RATE_LIMITED, 30.0), (FaultKind.THROTTLED, 420.0)])
    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, pause: float) -> None:
        """The time of the platform's header is waited for (twice over by a clock that stands), and nothing is lost."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, seconds=30, minutes=7))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert pause <= sum(got.slept) <= 2 * pause + 20

    def test_a_repeated_cursor_ends_as_incomplete(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A listing that leads back to itself fails with a gap, after its records were taken once."""
        sandbox.misbehave(Fault(FaultKind.REPEATED_CURSOR, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.FAILED
        assert [gap.reason for gap in got.gaps if gap.what == "posts"] == [GapReason.INCOMPLETE]

    def test_replies_that_are_counted_but_not_found(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list: completeness shows it."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        posts = [thread for thread in got.threads.values() if thread.post.kind != "reply"]
        assert any(thread.post.platform_comment_count for thread in posts)
        assert not any(thread.comments for thread in posts)


@contextmanager
def library(sandbox: Sandbox) -> Iterator[tweepy.Client]:
    """Give the sandbox to tweepy, under the address it knows."""
    client = tweepy.Client(json.loads(sandbox.tokens["x"])["access_token"])
    with client.session as session:
        session.mount("https://api.twitter.com", SandboxAdapter(sandbox, X_HOST))
        session.mount("https://api.x.com", SandboxAdapter(sandbox, X_HOST))
        yield client


@pytest.fixture(scope="module")
def small() -> Sandbox:
    """A sandbox that only X is on, never entered: it is asked without the network."""
    city = City.generate(seed=7, posts=40, comments_mean=6, only=("x",), start=START, end=END)
    return Sandbox(city, clock=lambda: NOW)


def test_tweepy_reads_what_the_sandbox_serves(small: Sandbox) -> None:
    """The models of an outside client accept profile, posts with what lies beside them, replies and versions."""
    truth = small.truth("x")
    post = max(truth.posts, key=lambda post: len(post.comments))
    with library(small) as client:
        user = client.get_user(id=OWN_ID, user_fields=["public_metrics", "description", "created_at"])
        assert (user.data.name, user.data.created_at.year) == (truth.name, 2012)
        pages = list(
            tweepy.Paginator(
                client.get_users_tweets, OWN_ID, max_results=20, start_time=START, end_time=END,
                tweet_fields=["created_at", "public_metrics", "referenced_tweets", "attachments", "note_tweet"],
                expansions=["author_id", "attachments.media_keys", "referenced_tweets.id"],
                media_fields=["url", "variants", "alt_text"],
            )
        )  # fmt: skip
        found = [one for page in pages for one in page.data or ()]
        every = small.truth("x", datetime(2020, 1, 1, tzinfo=UTC), NOW).comments
        own = {c.id for c in every if c.own and START <= c.created_at < END}
        assert {str(one.id) for one in found} == {p.id for p in truth.posts} | own
        assert all(isinstance(one.created_at, datetime) and one.public_metrics for one in found)
        assert any(medium.type == "video" for page in pages for medium in page.includes.get("media", ()))
        replies = client.search_all_tweets(f"conversation_id:{post.id}", max_results=500, start_time=START)
        assert {str(one.id) for one in replies.data} == {c.id for c in post.comments} | {post.id}
        several = client.get_tweets([post.id, "17"])
        assert [str(one.id) for one in several.data] == [post.id]
        assert several.errors[0]["resource_id"] == "17"


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/2/users/17", 200, "resource-not-found"),
        ("/2/users/exempelstad", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?max_results=101", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?tweet.fields=hittepa", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?pagination_token=abc", 400, "invalid-request"),
        ("/2/tweets/search/all?query=from:nagon", 400, "invalid-request"),
        ("/2/tweets/search/all?query=conversation_id:1&end_time=2026-11-23T02:59:55Z", 400, "invalid-request"),
        ("/2/tweets?ids=" + ",".join(["1"] * 101), 400, "invalid-request"),
        ("/2/finns-inte", 404, "about:blank"),
    ],
)
def test_the_sandbox_refuses_as_the_platform_does(small: Sandbox, path: str, status: int, problem: str) -> None:
    """Wrong ids, sizes, fields, tokens, queries and ends are refused with the platform's problem types."""
    with library(small) as client:
        answer = client.session.get(
            f"https://api.x.com{path}", headers={"Authorization": f"Bearer {client.bearer_token}"}
        )
    assert answer.status_code == status
    document = answer.json()
    said_type = document.get("type") or document["errors"][0]["type"]
    assert said_type.endswith(problem)
    assert int(answer.headers["x-rate-limit-reset"]) > NOW.timestamp()


def test_the_sandbox_s_refresh_token_works_once(small: Sandbox) -> None:
    """A used refresh token is refused, a new one comes with each renewal, and the old access token is dead."""
    given = json.loads(small.tokens["x"])
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": given["client_id"]}
    with library(Sandbox(small.city, clock=lambda: NOW)) as client:
        first = client.session.post("https://api.x.com/2/oauth2/token", data=form)
        again = client.session.post("https://api.x.com/2/oauth2/token", data=form)
        old = client.session.get(
            "https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {given['access_token']}"}
        )
    assert (first.status_code, again.status_code, old.status_code) == (200, 400, 401)
    assert first.json()["refresh_token"] != given["refresh_token"]


def test_the_profile_is_read(tmp_path: Path) -> None:
    """Name, handle, text, counts under either name, and the avatar in its original size."""
    data = {
        "id": OWN_ID, "name": "Exempelstad", "username": "exempelstad", "description": "Officiellt",
        "url": "https://t.co/w",
        "profile_image_url": f"http://{HOST}/bild_normal.png",
        "public_metrics": {"followers_count": 7, "post_count": 9},
    }  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, platform({OWN_ID: said({"data": data}), "bild.png": png})) as b:
        view = read(b)[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.handle, view.profile.followers, view.profile.posts) == ("exempelstad", 7, 9)
    assert (view.profile.url, view.profile.links) == ("https://x.com/exempelstad", ("https://t.co/w",))
    assert view.media[0].file


def test_it_is_registered() -> None:
    """The platform can be named in a spec."""
    assert CONNECTORS["x"] is X


RECORDINGS = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the folder of third-party recordings is not there")


def sample(name: str) -> bytes:
    """Return a recorded body."""
    return (RECORDINGS / "x" / "sns-sdks--python-twitter" / f"{name}.json").read_bytes()


@pytest.mark.shared
@recorded
@pytest.mark.parametrize(
    "name",
    ["searches/search_tweets_query", "timeline/timeline_tweets", "tweet/tweets_resp", "tweet/tweets_by_user_bookmark"],
)
def test_recorded_posts_come_out(name: str) -> None:
    """Every post of a recorded page is mapped as post and as reply, with its text, time, raw object and page token."""
    body = sample(name)
    given = json.loads(body)
    envelope, records = PAGE.cut(body, ("data",))
    around = beside(envelope)
    assert len(records) == len(given["data"]) > 0
    assert envelope["meta"] == given.get("meta", {})
    assert len(around.users) == len(given.get("includes", {}).get("users", []))
    origin = Origin("stad", NOW, "0" * 64, around, "posts")
    for raw, truth in zip(records, given["data"], strict=True):
        post = X.to_post(raw, origin, "posts", "2244994945").post
        assert (post.id, post.created_at) == (truth["id"], datetime.fromisoformat(truth["created_at"]))
        assert post.text == html.unescape(truth["text"])
        assert json.loads(post.raw) == truth
        assert post.author_name is None or post.author_name in {u["name"] for u in given["includes"]["users"]}
        assert mapped_reply({**truth, "in_reply_to_user_id": "1"}).text == post.text


@pytest.mark.shared
@recorded
def test_recorded_quotes_lose_no_record(tmp_path: Path) -> None:
    """A recorded page of others' posts, run as a timeline: each record is a thread or a gap."""
    given = json.loads(sample("tweet/tweet_quote_tweets_resp"))
    page = {"data": given["data"], "includes": given.get("includes", {}), "meta": {}}
    with bench(tmp_path, platform({"tweets": said(page)})) as b:
        source = open_source(
            "x", account_id="stad", settings={"user_id": OWN_ID, "base_url": f"http://{HOST}"}, credential=BEARER,
            start=datetime(2015, 1, 1, tzinfo=UTC), end=END, gate=b.gate,
        )  # fmt: skip
        items = list(source.read())
    threads = {item.post.id for item in items if isinstance(item, Thread)}
    gaps = {item.subject_id for item in items if type(item).__name__ == "Gap"}
    assert threads | gaps == {record["id"] for record in given["data"]}
    assert threads


@pytest.mark.shared
@recorded
def test_the_recorded_account_and_error_are_read() -> None:
    """The profile of 2022 has its counts; the recorded refusal is what the table takes it for."""
    view = X.to_profile(sample("user/user_resp"), Origin("stad", NOW, "0" * 64), {})
    assert (view.profile.handle, view.profile.followers, view.profile.posts) == ("TwitterDev", 514020, 3639)
    assert judge(X_TABLE, 400, sample("streams/delete_error")).action is Action.FAIL


@pytest.mark.shared
@recorded
@pytest.mark.parametrize("name", ["get_users_tweets", "search_all_tweets"])
def test_the_recorded_exchanges_look_like_the_sandbox_s(small: Sandbox, name: str) -> None:
    """Headers and members of a recorded exchange are those that the sandbox gives for the same call."""
    text = (RECORDINGS / "x" / "tweepy--tweepy" / f"test_client_{name}.yaml").read_text()
    recording = YAML(typ="safe").load(text)["interactions"][0]
    body = json.loads(gzip.decompress(recording["response"]["body"]["string"]))
    _, records = PAGE.cut(json.dumps(body).encode(), ("data",))
    assert len(records) == body["meta"]["result_count"]
    post = max(small.truth("x").posts, key=lambda post: len(post.comments))
    path = f"users/{OWN_ID}/tweets" if name == "get_users_tweets" else "tweets/search/all"
    search = {"query": f"conversation_id:{post.id}", "start_time": "2026-01-01T00:00:00Z"}
    with library(small) as client:
        answer = client.session.get(
            f"https://api.x.com/2/{path}", params={} if name == "get_users_tweets" else search,
            headers={"Authorization": f"Bearer {client.bearer_token}"},
        )  # fmt: skip
    headers = {name.lower() for name in recording["response"]["headers"]}
    assert {name.lower() for name in answer.headers} <= headers | {"api-version"}
    ours = answer.json()
    assert ours["meta"].keys() == body["meta"].keys()
    assert set(body["data"][0]) - {"edit_history_tweet_ids"} <= set(ours["data"][0])
