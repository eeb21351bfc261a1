from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from _x_samples import (
    NONE_FOUND,
    OWN_ID,
    PROBLEMS,
    mapped,
    mapped_reply,
    tweet,
)
from conformance import NOW

from connectors._connector import Origin
from connectors._responses import Action, judge
from connectors._x_errors import X_TABLE
from connectors._x_objects import Tweet
from connectors._x_pages import PAGE, REPLIES
from connectors.x import X
from urval.errors import MalformedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind


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
    assert found.troubles == ()
    bare = mapped(record, includes={"tweets": [original]})
    assert (bare.media, [what for what, _, _ in bare.troubles]) == ((), ["media"])
    assert bare.troubles[0][1] is GapReason.INTERFACE_LIMIT


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
