from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
from _loopback import Bench, Call, Reply, bench, said
from conformance import END as CITY_END
from conformance import NOW, Conformance, city
from conformance import START as CITY_START
from hypothesis import given
from hypothesis import strategies as st
from linkedin_api.clients.restli.client import RestliClient
from requests.adapters import BaseAdapter

from connectors import CONNECTORS, open_source
from connectors._linkedin_errors import LINKEDIN_ERRORS
from connectors._little_text import plain
from connectors._responses import Action, judge
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.linkedin import LINKEDIN_HOST, LINKEDIN_SITE
from connectors.sandbox.linkedin_objects import little_text
from urval.errors import ConfigError, GoneError, MalformedError, RefusedError, SourceError, ThrottledError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.sandbox import Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
PAGE, POST = "urn:li:organization:77", "urn:li:share:7400000000000000001"
ACTIVITY = "urn:li:activity:7400000000000000009"
WHEN = 1_780_308_000_000  # 1 June 2026, 10:00 UTC
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
SETTINGS = {"organization_id": "77", "base_url": f"http://{HOST}"}
DENIED = {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED"}
NO_SCOPE = said(
    {**DENIED, "message": "Not enough permissions to access: partnerApiSocialActions.GET_ALL.20260601"}, 403
)


def post(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a post as LinkedIn writes it."""
    told = {"id": f"{POST[:-1]}{number}", "author": PAGE, "commentary": f"Text {number}", "createdAt": WHEN - 9}
    told |= {"publishedAt": WHEN + number, "lastModifiedAt": WHEN + number, "lifecycleState": "PUBLISHED"}
    return {**told, "lifecycleStateInfo": {"isEditedByAuthor": False}, "visibility": "PUBLIC", **more}


def comment(number: int, **more: Any) -> dict[str, Any]:
    """Return a comment as LinkedIn writes it."""
    stamp = {"actor": "urn:li:person:a", "time": WHEN + number}
    told = {"actor": "urn:li:person:a", "commentUrn": name(number), "id": str(number), "object": ACTIVITY}
    return {
        **told,
        "created": stamp,
        "lastModified": stamp,
        "message": {"attributes": [], "text": f"Svar {number}"},
        **more,
    }


def name(number: int) -> str:
    """Return a comment's name."""
    return f"urn:li:comment:({ACTIVITY},{number})"


def listed(records: list[Any]) -> Reply:
    """Return a listing of one page."""
    return said({"paging": {"start": 0, "count": 100, "links": []}, "elements": records})


def counts(number: int | None = 1, **reactions: int) -> dict[str, Any]:
    """Return the counts of a post."""
    kinds = {kind: {"reactionType": kind, "count": count} for kind, count in reactions.items()}
    summary = {} if number is None else {"commentSummary": {"count": number, "topLevelCount": number}}
    return {"reactionSummaries": kinds, "commentsState": "OPEN", "entity": ACTIVITY, **summary}


def site(
    posts: list[Any], comments: dict[str, list[Any]] | None = None, refused: Reply | None = None, **other: Any
) -> Callable[[Call], Reply]:
    """Answer as the page 77 with these posts; ``other`` are whole answers or results by the name of the resource."""

    def answer(call: Call) -> Reply:
        parts = [unquote(part) for part in urlsplit(call.path).path.split("/")[2:]]
        if parts[0] == "socialActions":
            return refused or listed((comments or {}).get(parts[1], []))
        told = {
            "organizations": {"id": 77, "localizedName": "Exempelstad", "vanityName": "exempelstad"},
            "networkSizes": {"firstDegreeSize": 4211}, "posts": listed(posts),
            "organizationalEntityShareStatistics": listed([]),
            "socialMetadata": {one["id"]: counts() for one in posts}, **other,
        }.get(parts[0])  # fmt: skip
        if told is None:
            return said({"status": 404, "code": "NOT_FOUND", "message": "Could not find entity"}, 404)
        if isinstance(told, Reply):
            return told
        several = parts[0] in {"socialMetadata", "images", "videos", "documents"}
        return said({"results": told, "statuses": {}, "errors": other.get("errors", {})} if several else told)

    return answer


def read(b: Bench, **settings: str) -> list[Item]:
    """Read the page of the test."""
    return list(
        open_source(
            "linkedin", account_id="sidan", settings={**SETTINGS, **settings}, credential="AQVtokenAQVtoken",
            start=START, end=END, gate=b.gate,
        ).read()
    )  # fmt: skip


def threads(items: list[Item]) -> dict[str, Thread]:
    """Return the threads among the items by id."""
    return {item.post.id: item for item in items if isinstance(item, Thread)}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Badet \(norra\) öppnar", "Badet (norra) öppnar"),
        (r"{hashtag|\#|park} och {hashtag|#|träd}", "#park och #träd"),
        ("Tack @[Exempelstads \\[nya\\] hamn](urn:li:organization:1)!", "Tack Exempelstads [nya] hamn!"),
        (r"a\\b \n C:\temp", r"a\b \n C:\temp"),
        ("{inget} @ [här] (alls)", "{inget} @ [här] (alls)"),
        ("{hashtag|\\#|halv", "{hashtag|#|halv"),
        ("", ""),
    ],
)
def test_little_text_is_read_as_a_visitor_does(written: str, shown: str) -> None:
    """Escapes, mentions and hashtags become what the page shows; what is not well formed stays."""
    assert plain(written) == shown


@given(st.text(alphabet=st.sampled_from("ab #\\{}|@[]()<>*_~å🌳\n")))
def test_little_text_loses_nothing(text: str) -> None:
    """Whatever is written with LinkedIn's signs comes back as it was."""
    assert plain(little_text(text)) == text


def test_all_of_a_post(tmp_path: Path) -> None:
    """Text, times, edit mark, counts and author of a post; the record keeps LinkedIn's signs and unknown members."""
    given_post = post(
        1, commentary=r"Nu \(igen\) {hashtag|\#|park}", lastModifiedAt=WHEN + 60_000, framtid={"n": 9007199254740993},
        lifecycleStateInfo={"isEditedByAuthor": True},
    )  # fmt: skip
    metadata = {given_post["id"]: counts(3, LIKE=40, EMPATHY=2, INTEREST=0)}
    with bench(tmp_path, site([given_post], socialMetadata=metadata)) as b:
        items = read(b)
        sent = b.calls[0].headers
    assert (sent["LinkedIn-Version"], sent["X-Restli-Protocol-Version"]) == ("202606", "2.0.0")
    told = threads(items)[given_post["id"]].post
    assert (told.text, told.kind, told.title) == ("Nu (igen) #park", "post", None)
    assert told.created_at == datetime(2026, 6, 1, 10, 0, 0, 1000, tzinfo=UTC)
    assert (told.updated_at, told.edited) == (datetime(2026, 6, 1, 10, 1, tzinfo=UTC), Edited.YES)
    assert (told.reactions, told.reaction_count) == ((("LIKE", 40), ("EMPATHY", 2)), 42)
    assert (told.platform_comment_count, told.share_count, told.view_count) == (3, None, None)
    assert (told.author_id, told.author_role, told.direction) == (PAGE, AuthorRole.OWN, Direction.MADE)
    assert told.permalink == f"https://www.linkedin.com/feed/update/{told.id}"
    raw = json.loads(told.raw)
    assert (raw["framtid"]["n"], raw["commentary"]) == (9007199254740993, r"Nu \(igen\) {hashtag|\#|park}")
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.id, view.profile.handle, view.profile.followers) == (PAGE, "exempelstad", 4211)


@pytest.mark.parametrize(
    ("content", "kind", "title", "media"),
    [
        (None, "post", None, []),
        ({"media": {"id": "urn:li:image:A", "altText": "Fyren"}}, "photo", None, [(MediaKind.IMAGE, "Fyren")]),
        ({"media": {"id": "urn:li:video:A", "title": "Film"}}, "video", "Film", [(MediaKind.VIDEO, None)]),
        ({"media": {"id": "urn:li:document:A", "title": "Plan"}}, "document", "Plan", [(MediaKind.FILE, None)]),
        (
            {"multiImage": {"images": [{"id": "urn:li:image:A"}, {"id": "urn:li:image:B", "altText": "b"}]}},
            "photo", None, [(MediaKind.IMAGE, None), (MediaKind.IMAGE, "b")],
        ),
        (
            {"article": {"source": "https://x.example", "title": "Läs", "thumbnail": "urn:li:image:A"}},
            "link", "Läs", [(MediaKind.IMAGE, None)],
        ),
        ({"article": {"source": "https://x.example"}}, "link", None, []),
        ({"poll": {"question": "Bad?", "options": [{"text": "Ja"}]}}, "poll", None, []),
        ({"reference": {"id": "urn:li:event:1"}}, "event", None, []),
        ({"celebration": {"id": "urn:li:celebration:1"}}, "post", None, []),
    ],
)  # fmt: skip
def test_kinds_of_content(
    tmp_path: Path, content: Any, kind: str, title: str | None, media: list[tuple[MediaKind, str | None]]
) -> None:
    """Each kind of content gives its kind of post, and its media by name and description."""
    given_post = post(1, **({"content": content} if content else {}))
    with bench(tmp_path, site([given_post])) as b:
        thread = threads(read(b))[given_post["id"]]
    assert (thread.post.kind, thread.post.title) == (kind, title)
    assert [(m.kind, m.alt_text) for m in thread.media] == media
    assert thread.post.media_ids == tuple(m.id for m in thread.media)


def test_media_have_a_file_or_a_reason(tmp_path: Path) -> None:
    """A picture with address is fetched without the token; each other says in the platform's words what is wrong."""
    urns = [f"urn:li:image:{sign}" for sign in "ABCD"]
    given_post = post(1, content={"multiImage": {"images": [{"id": urn} for urn in urns]}})
    images = {
        urns[0]: {"downloadUrl": f"http://{HOST}/rest/fil/a.png", "status": "AVAILABLE"},
        urns[1]: {"status": "PROCESSING"},
    }
    errors = {urns[2]: {"status": 403, "code": "ACCESS_DENIED", "message": "not yours"}}
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, site([given_post], images=images, errors=errors, fil=png)) as b:
        thread = threads(read(b))[given_post["id"]]
        [fetched] = [call for call in b.calls if "a.png" in call.path]
        [asked] = [call.path for call in b.calls if "/rest/images" in call.path]
    assert asked == f"/rest/images?ids=List({','.join(urn.replace(':', '%3A') for urn in urns)})"
    assert "Authorization" not in fetched.headers
    assert [m.gap for m in thread.media] == [None, *[GapReason.REFUSED] * 3]
    words = [gap.error for gap in thread.gaps if gap.what == "media"]
    assert [bool(re.search(*pair)) for pair in zip(("PROCESSING", "403 not yours", "no address"), words, strict=True)]


def test_a_post_shared_on_names_its_origin(tmp_path: Path) -> None:
    """A reshare is a share with the id of what it shares; a post without edit state or time of publication is read."""
    bare = {key: value for key, value in post(2).items() if key in {"id", "createdAt"}}
    shared = post(1, reshareContext={"parent": "urn:li:share:5", "root": "urn:li:share:4"})
    with bench(tmp_path, site([shared, bare])) as b:
        found = threads(read(b))
    assert (found[shared["id"]].post.kind, found[shared["id"]].post.in_reply_to) == ("share", "urn:li:share:5")
    told = found[bare["id"]].post
    assert (told.text, told.edited, told.updated_at, told.author_id) == ("", Edited.UNKNOWN, None, PAGE)
    assert told.created_at == datetime(2026, 6, 1, 9, 59, 59, 991000, tzinfo=UTC)


def test_who_wrote_a_comment(tmp_path: Path) -> None:
    """The page is own, another page an organisation, a member a person, no name unknown; names are never given."""
    told = [
        comment(1), comment(2, actor=PAGE), comment(3, actor="urn:li:organization:5"), comment(4, actor=None),
        comment(5, commentsSummary={"aggregatedTotalComments": 2}),
    ]  # fmt: skip
    answers = [comment(6, actor=PAGE, parentComment=name(5)), comment(7, parentComment=name(5))]
    given_post = post(1)
    with bench(tmp_path, site([given_post], {given_post["id"]: told, name(5): answers})) as b:
        thread = threads(read(b))[given_post["id"]]
        asked = [call.path for call in b.calls if "socialActions" in call.path]
    assert asked[1].startswith(
        f"/rest/socialActions/urn%3Ali%3Acomment%3A%28{ACTIVITY.replace(':', '%3A')}%2C5%29/comments?"
    )
    ordered = sorted(thread.comments, key=lambda c: c.id)
    assert [(c.author_role, c.parent_id, c.depth, c.is_own_answer) for c in ordered] == [
        (AuthorRole.PERSON, None, 0, False), (AuthorRole.OWN, None, 0, False),
        (AuthorRole.ORGANISATION, None, 0, False), (AuthorRole.UNKNOWN, None, 0, False),
        (AuthorRole.PERSON, None, 0, False), (AuthorRole.OWN, name(5), 1, True), (AuthorRole.PERSON, name(5), 1, False),
    ]  # fmt: skip
    assert {c.author_name for c in thread.comments} == {None}
    assert not thread.gaps


def test_the_edges_of_a_comment(tmp_path: Path) -> None:
    """Names made of their parts, numbers beyond 2^53, changed texts, pictures with and without address, no message."""
    given_post = post(1)
    unnamed = {key: value for key, value in comment(1).items() if key != "commentUrn"}
    told = [
        unnamed | {"id": 9007199254740993},
        comment(2, lastModified={"time": WHEN + 99}, message=None, likesSummary={"totalLikes": 4}),
        comment(3, content=[{"type": "IMAGE", "entity": {"image": "urn:li:image:A"}}]),
    ]
    with bench(tmp_path, site([given_post], {given_post["id"]: told})) as b:
        thread = threads(read(b))[given_post["id"]]
    found = {c.id: c for c in thread.comments}
    assert set(found) == {name(9007199254740993), name(2), name(3)}
    assert (found[name(2)].text, found[name(2)].edited, found[name(2)].reaction_count) == ("", Edited.UNKNOWN, 4)
    assert found[name(2)].updated_at == datetime(2026, 6, 1, 10, 0, 0, 99_000, tzinfo=UTC)
    assert found[name(3)].edited is Edited.NO
    assert [(m.owner_id, m.gap) for m in thread.media] == [(name(3), GapReason.REFUSED)]


@pytest.mark.parametrize(
    "broken", [{"id": POST}, {"id": POST, "createdAt": 10**18}, {"id": POST, "createdAt": "i maj"}]
)
def test_a_post_that_cannot_be_read_is_a_gap(tmp_path: Path, broken: dict[str, Any]) -> None:
    """A missing or impossible time costs that post alone, and the gap names it."""
    with bench(tmp_path, site([broken, post(2)])) as b:
        items = read(b)
    assert set(threads(items)) == {post(2)["id"]}
    assert [(g.what, g.subject_id, g.reason) for g in items if isinstance(g, Gap)] == [
        ("post", POST, GapReason.MALFORMED)
    ]


def test_a_comment_that_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    """A comment without its time is a gap of its thread; the others come."""
    broken = comment(1) | {"created": {}}
    with bench(tmp_path, site([post(1)], {post(1)["id"]: [broken, comment(2)]})) as b:
        thread = threads(read(b))[post(1)["id"]]
    assert [c.id for c in thread.comments] == [name(2)]
    assert [(g.what, g.reason) for g in thread.gaps] == [("comment", GapReason.MALFORMED)]


def test_a_missing_scope_for_comments_costs_the_comments_only(tmp_path: Path) -> None:
    """Posts come, every thread says that its comments were refused, and only one call was spent on learning it."""
    with bench(tmp_path, site([post(n) for n in range(1, 5)], refused=NO_SCOPE)) as b:
        items = read(b)
        assert sum("socialActions" in call.path for call in b.calls) == 1
    found = threads(items)
    assert len(found) == 4
    for thread in found.values():
        assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.REFUSED)]


def test_one_closed_post_does_not_close_the_others(tmp_path: Path) -> None:
    """A refusal about one object, or an answer without elements, concerns one thread only."""
    replies = {
        post(1)["id"]: said(DENIED | {"message": "viewer may not see it"}, 403),
        post(2)["id"]: said({"elements": None}),
    }
    fine = site([post(n) for n in range(1, 4)], {post(3)["id"]: [comment(1)]})

    def answer(call: Call) -> Reply:
        return next(
            (reply for urn, reply in replies.items() if urn.replace(":", "%3A") + "/c" in call.path), None
        ) or fine(call)

    with bench(tmp_path, answer) as b:
        found = threads(read(b))
    assert [len(found[post(n)["id"]].comments) for n in (1, 2, 3)] == [0, 0, 1]
    assert [[g.reason for g in found[post(n)["id"]].gaps] for n in (1, 2, 3)] == [
        [GapReason.REFUSED],
        [GapReason.REFUSED],
        [],
    ]


def test_no_comments_are_asked_for_where_there_are_none(tmp_path: Path) -> None:
    """A count of zero saves the call; a missing count does not, and it is a gap."""
    metadata = {post(1)["id"]: counts(0), post(2)["id"]: counts(None)}
    with bench(tmp_path, site([post(n) for n in (1, 2, 3)], socialMetadata=metadata)) as b:
        found = threads(read(b))
        asked = [unquote(call.path) for call in b.calls if "socialActions" in call.path]
    assert [post(n)["id"] in "".join(asked) for n in (1, 2, 3)] == [False, True, True]
    assert [found[post(n)["id"]].post.platform_comment_count for n in (1, 2, 3)] == [0, None, None]
    assert [[gap.what for gap in found[post(n)["id"]].gaps] for n in (1, 2, 3)] == [[], [], ["counts"]]


def test_a_page_goes_on_without_followers(tmp_path: Path) -> None:
    """The profile stands without what its further calls refuse; a gap of the account says so."""
    with bench(tmp_path, site([post(1)], networkSizes=NO_SCOPE)) as b:
        items = read(b)
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.name, view.profile.followers) == ("Exempelstad", None)
    assert [(g.what, g.reason) for g in items if isinstance(g, Gap)] == [("followers", GapReason.REFUSED)]


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (401, {"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "x"}, Action.STOP),
        (401, {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "x"}, Action.STOP),
        (401, {"status": 401, "serviceErrorCode": 65602, "code": "EXPIRED_ACCESS_TOKEN", "message": "x"}, Action.RENEW),
        (401, {"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "x"}, Action.RENEW),
        (401, {}, Action.STOP),
        (
            403,
            {"status": 403, "serviceErrorCode": 100, "message": "Not enough permissions to access: x"},
            Action.REFUSE,
        ),
        (403, {"status": 403, "message": "https://linkedin.com/feed/update/urn:li:share:1"}, Action.CLOSED),
        (200, {"paging": {}, "elements": None}, Action.CLOSED),
        (200, {"elements": [], "text": '"elements": null'}, Action.ACCEPT),
        (404, {"status": 404, "message": "Not found"}, Action.GONE),
        (
            426,
            {"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version is not active"},
            Action.STOP,
        ),
        (429, {"status": 429, "message": "Resource level throttle APPLICATION DAY limit for calls ..."}, Action.WAIT),
        (429, {"status": 429, "message": "Too many requests"}, Action.WAIT),
        (500, {"status": 500, "message": "Internal Server Error"}, Action.RETRY),
        (400, {"status": 400, "message": "Invalid query parameters"}, Action.FAIL),
    ],
)
def test_what_is_done_about_errors(status: int, body: dict[str, Any], action: Action) -> None:
    """Each documented error leads to its action, by number, by name, or by status alone."""
    verdict = judge(LINKEDIN_ERRORS, status, json.dumps(body).encode())
    assert verdict.action is action
    assert verdict.resets == ("UTC" if "DAY" in json.dumps(body) else "")


@pytest.mark.parametrize(
    ("reply", "error", "hint"),
    [
        (said({"status": 404, "message": "Could not find organization 77"}, 404), GoneError, "base_url"),
        (said({"id": 78, "localizedName": "En annan"}), RefusedError, "organization_id"),
        (
            said({"status": 426, "code": "NONEXISTENT_VERSION", "message": "not active"}, 426),
            RefusedError,
            "api_version",
        ),
        (said({"status": 401, "serviceErrorCode": 65601, "message": "revoked"}, 401), RefusedError, "authorise"),
        (Reply(b"<html>LinkedIn</html>", 200, {"Content-Type": "text/html"}), MalformedError, ""),
        (said({"hej": 1}), MalformedError, ""),
    ],
)
def test_without_its_page_there_is_no_capture(
    tmp_path: Path, reply: Reply, error: type[SourceError], hint: str
) -> None:
    """A wrong id, a dead token, a retired version or a web page end the account with one error and its next step."""
    with bench(tmp_path, lambda _call: reply) as b, pytest.raises(error) as failed:
        read(b)
    assert hint in failed.value.next_step


def test_the_listing_follows_positions(tmp_path: Path) -> None:
    """Without links the listing goes on until an empty page, however short the pages before were."""
    pages = {"0": [post(9), post(8)], "100": [post(7)], "200": []}

    def answer(call: Call) -> Reply:
        if "/rest/posts" not in call.path:
            return site([post(n) for n in (7, 8, 9)])(call)
        start = call.path.rpartition("start=")[2]
        return said({"paging": {"start": int(start), "count": 100}, "elements": pages[start]})

    with bench(tmp_path, answer) as b:
        items = read(b)
        finders = [call for call in b.calls if "/rest/posts" in call.path]
    assert [call.headers["X-RestLi-Method"] for call in finders] == ["FINDER"] * 3
    assert (
        finders[0].path == "/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A77&sortBy=CREATED&count=100&start=0"
    )
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert (end.reason, end.records, end.pages) == (EndReason.EXHAUSTED, 3, 3)
    assert len(threads(items)) == 3


def dma_post(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a post as the data-portability interface writes it."""
    told = post(number, created={"actor": "urn:li:person:a", "time": WHEN - 9}, lastModified={"time": WHEN + number})
    return {key: value for key, value in told.items() if key not in {"createdAt", "lastModifiedAt"}} | more


def dma_site(
    names: Reply, posts: dict[str, Any], comments: dict[str, Any] | None = None, **errors: Any
) -> Callable[[Call], Reply]:
    """Answer as the data-portability interface of the page 77."""

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        resource = parts.path.split("/")[2]
        if resource == "dmaFeedContentsExternal":
            if "postsByAuthor" in parts.query:
                return names
            return said({"elements": [{"commentUrn": key} for key in comments or {}], "metadata": {}})
        told = {"dmaPosts": posts, "dmaComments": comments or {}, "dmaSocialMetadata": {key: counts() for key in posts}}
        if resource in told:
            return said({"results": told[resource], "errors": errors.get(resource, {})})
        return said({"id": 77, "localizedName": "Exempelstad"})

    return answer


def named(*urns: str, **around: Any) -> Reply:
    """Return a finder's page."""
    return said({"elements": [{"id": urn} for urn in urns], **around})


def test_a_post_of_the_data_portability_interface(tmp_path: Path) -> None:
    """Stamps, texts with or without attributes, addresses in the post; a comment named by its id alone."""
    image = {"media": {"image": {"downloadUrl": f"http://{HOST}/a.png", "status": "AVAILABLE"}}, "altText": "Fyren"}
    film = {"title": "Film", "media": {"video": {"status": "PROCESSING"}}}
    posts = {
        post(1)["id"]: dma_post(1, commentary={"text": "Hej (alla)", "attributes": []}, content={"media": image}),
        post(2)["id"]: dma_post(2, commentary=r"Hej \(alla\)", content={"media": film}, publishedAt=None),
        post(3)["id"]: dma_post(
            3, content={"article": {"title": "Läs", "thumbnail": {"downloadUrl": f"http://{HOST}/b.png"}}}
        ),
        post(4)["id"]: dma_post(4, content={"media": {"media": "urn:li:digitalmediaAsset:C"}}),
    }
    told = {name(1): {key: value for key, value in comment(1).items() if key not in {"commentUrn", "actor"}}}
    told[name(1)]["id"] = name(1)
    with bench(tmp_path, dma_site(named(*posts), posts, told)) as b:
        items = read(b, interface="dma")
        assert b.calls[0].headers["LinkedIn-Version"] == "202604"
    found = threads(items)
    first, second, third, fourth = (found[post(n)["id"]] for n in (1, 2, 3, 4))
    assert {first.post.text, second.post.text} == {"Hej (alla)"}
    assert second.post.created_at == datetime(2026, 6, 1, 9, 59, 59, 991000, tzinfo=UTC)
    assert second.post.updated_at == datetime(2026, 6, 1, 10, 0, 0, 2000, tzinfo=UTC)
    assert [(t.post.kind, t.post.title) for t in (first, second, third, fourth)] == [
        ("photo", None), ("video", "Film"), ("link", "Läs"), ("document", None),
    ]  # fmt: skip
    assert [(t.media[0].kind, t.media[0].alt_text) for t in (first, second)] == [
        (MediaKind.IMAGE, "Fyren"), (MediaKind.VIDEO, None),
    ]  # fmt: skip
    assert [bool(t.media[0].source_url) for t in (first, second, third, fourth)] == [True, False, True, False]
    assert [(c.id, c.author_id, c.author_role) for c in first.comments] == [(name(1), None, AuthorRole.UNKNOWN)]


def test_what_is_named_and_not_given_is_a_gap(tmp_path: Path) -> None:
    """An object refused is a gap with its name and the platform's words; one that is just missing is counted."""
    names = named(post(1)["id"], post(2)["id"], post(3)["id"])
    refused = {post(2)["id"]: {"status": 403, "message": "https://linkedin.com/feed/update/x"}}
    with bench(tmp_path, dma_site(names, {post(1)["id"]: dma_post(1)}, dmaPosts=refused)) as b:
        items = read(b, interface="dma")
    assert set(threads(items)) == {post(1)["id"]}
    told = [(g.what, g.subject_id, g.reason, g.error) for g in items if isinstance(g, Gap) and g.what != "followers"]
    assert told == [
        ("post", post(2)["id"], GapReason.MALFORMED, "LinkedIn: 403 https://linkedin.com/feed/update/x"),
        ("posts", None, GapReason.NOT_LISTED, "the platform counts 1 more than it lists"),
    ]


@pytest.mark.parametrize(
    ("around", "end", "pages"),
    [
        ({"metadata": {"paginationCursorMetdata": {"nextPaginationCursor": "x"}}}, EndReason.FAILED, 2),
        ({"metadata": {"paginationCursorMetadata": {"nextPaginationCursor": "x"}}}, EndReason.FAILED, 2),
        ({"metadata": {"nextPaginationCursor": "x"}}, EndReason.FAILED, 2),
        ({"metadata": {"paginationCursorMetdata": {}}, "paging": {"links": []}}, EndReason.EXHAUSTED, 1),
        ({"paging": {"links": [{"rel": "next", "href": "/x"}]}}, EndReason.FAILED, 0),
        ({"metadata": ["x"]}, EndReason.FAILED, 0),
    ],
)
def test_a_finders_listing_ends_only_on_its_own_sign(
    tmp_path: Path, around: dict[str, Any], end: EndReason, pages: int
) -> None:
    """A cursor in any spelling is followed (here it leads back: an error); a next page without one is no end."""
    with bench(tmp_path, dma_site(named(post(1)["id"], **around), {post(1)["id"]: dma_post(1)})) as b:
        items = read(b, interface="dma")
        asked = [call.path for call in b.calls if "postsByAuthor" in call.path]
    [told] = [item for item in items if isinstance(item, ListingEnd)]
    assert told.reason is end
    assert sum("paginationCursor=x" in path for path in asked) == max(0, pages - 1)


def test_the_interface_is_one_of_two(tmp_path: Path) -> None:
    """Any other word is a mistake in the spec."""
    with bench(tmp_path, site([])) as b, pytest.raises(ConfigError) as failed:
        read(b, interface="marketing")
    assert "community, dma" in failed.value.next_step


class _ToSandbox(BaseAdapter):
    """Sends what LinkedIn's own client asks of LinkedIn to the sandbox, without a network."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox, self.asked = sandbox, list[str]()

    def send(self, request: Any, **_options: Any) -> requests.Response:
        """Answer one request."""
        parts = urlsplit(request.url)
        host = parts.netloc.replace(".com", ".exempelstad.example")
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(request.url.partition("/rest")[2])
        asked = Request.parsed(
            request.method, host, unquote(parts.path), parts.query, headers, (request.body or "").encode()
        )
        answer, response = self._sandbox.answer(asked), requests.Response()
        response.status_code, response.url, response.raw = answer.status, request.url, BytesIO(answer.encoded())
        response.headers.update(dict(answer.headers))
        return response

    def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
def linkedins_own() -> Iterator[tuple[Any, dict[str, str], _ToSandbox, Sandbox]]:
    """LinkedIn's own client on the sandbox, what its calls need, and what it asked."""
    sandbox, client = Sandbox(city(), clock=lambda: NOW), RestliClient()
    adapter = _ToSandbox(sandbox)
    client.session.mount("https://", adapter)
    token = json.loads(sandbox.tokens["linkedin"])["access_token"]
    yield client, {"access_token": token, "version_string": "202606"}, adapter, sandbox
    client.session.close()


def test_linkedins_own_client_reads_the_sandbox(linkedins_own: Any) -> None:
    """It finds page, posts, counts, comments and pictures there, and pages through them by position."""
    client, how, _, sandbox = linkedins_own
    under = "/socialActions/{urn}/comments"
    truth = sandbox.truth("linkedin", datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    page = client.get(resource_path="/organizations/{id}", path_keys={"id": 4711001}, **how).entity
    author = {"author": page["$URN"], "sortBy": "CREATED"}
    posts, start = [], 0
    while start is not None:
        found = client.finder(
            resource_path="/posts", finder_name="author", query_params=author | {"start": start, "count": 7}, **how
        )
        posts += found.elements
        start = start + 7 if start + 7 < found.paging.total else None
    assert [p["id"] for p in posts] == [p.id for p in reversed(truth.posts)]
    numbers = client.batch_get(resource_path="/socialMetadata", ids=[p["id"] for p in posts], **how).results
    assert {key: one["commentSummary"]["count"] for key, one in numbers.items()} == {
        p.id: p.claimed for p in truth.posts
    }
    busy = max(truth.posts, key=lambda p: len(p.comments))
    tops = client.get_all(resource_path=under, path_keys={"urn": busy.id}, query_params={"count": 100}, **how).elements
    assert {c["commentUrn"] for c in tops} == {c.id for c in busy.comments if c.parent_id is None}
    images = [p["content"]["media"]["id"] for p in posts if "media" in p.get("content", {})]
    assert {one["status"] for one in client.batch_get(resource_path="/images", ids=images, **how).results.values()} == {
        "AVAILABLE"
    }


def test_names_are_written_as_linkedins_own_client_writes_them(linkedins_own: Any, tmp_path: Path) -> None:
    """The addresses of this connector's calls are those that LinkedIn's client makes for the same objects."""
    client, how, adapter, _ = linkedins_own
    urn, media = name(5), [f"urn:li:image:{sign}" for sign in "AB"]
    client.get_all(resource_path="/socialActions/{urn}/comments", path_keys={"urn": urn}, **how)
    client.batch_get(resource_path="/images", ids=media, **how)
    told = [comment(5, commentsSummary={"totalFirstLevelComments": 1})]
    shown = post(1, content={"multiImage": {"images": [{"id": one} for one in media]}})
    with bench(tmp_path, site([shown], {shown["id"]: told})) as b:
        read(b)
        mine = [call.path.removeprefix("/rest") for call in b.calls]
    path, pictures = adapter.asked
    assert path in {one.partition("?")[0] for one in mine}
    assert pictures in mine


@cache
def small_city() -> City:
    """Return the city of the two suites below."""
    return City.generate(seed=5, posts=20, comments_mean=8, start=CITY_START, end=CITY_END)


class TestLinkedInConformance(Conformance):
    """The company page of the sandbox's city."""

    platform = "linkedin"
    account = "linkedin"
    settings = {  # noqa: RUF012 - never changed
        "organization_id": "4711001", "base_url": f"http://{LINKEDIN_HOST}",
        "token_url": f"http://{LINKEDIN_SITE}/oauth/v2/accessToken",
    }  # fmt: skip
    posts_path = r"/rest/posts\?"
    comments_path = "/comments"
    longest = 10

    def the_city(self) -> City:
        """Return a smaller city than the others': LinkedIn takes several calls for each comment."""
        return small_city()

    def least_calls(self, truth: Truth) -> int:
        """Page, followers, pictures of the page; a hundred posts a page, fifty objects a call for counts and pictures.

        Comments come a hundred a page for each post that has any, answers for each comment that has any: no call of
        LinkedIn's lists those of several.
        """
        calls = 3 + -(-len(truth.posts) // 100) + -(-len(truth.posts) // 50)
        for kind in (":share:", ":ugcPost:"):  # numbers of shows and shares are asked for by kind
            calls += -(-sum(kind in post.id for post in truth.posts) // 50)
        calls += -(-sum(":comment:" not in m.id for p in truth.posts for m in p.media) // 50)
        for told in truth.posts:
            parents = [c.parent_id for c in told.comments]
            calls += -(-parents.count(None) // 100) if told.claimed else 0
            calls += sum(-(-parents.count(parent) // 100) for parent in set(parents) - {None})
        return calls

    @pytest.mark.parametrize("where", ["/rest/posts", "/comments", "/socialMetadata"])
    def test_a_token_that_runs_out_is_renewed(self, sandbox: Sandbox, tmp_path: Path, where: str) -> None:
        """Wherever the token runs out, a new one is fetched, once, and nothing is missing."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=where, nth=1))
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))
        assert sum("/oauth/v2/accessToken" in call.target for call in sandbox.calls) == 1

    def test_a_full_day_is_told_to_end_at_midnight(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """When the day's calls are used up the run stops and says when to go on: at the next midnight, UTC."""
        sandbox.misbehave(Fault(FaultKind.THROTTLED, path=self.posts_path, times=None))
        with pytest.raises(ThrottledError) as waiting:
            self.capture(sandbox, tmp_path)
        midnight = NOW.replace(hour=0) + timedelta(days=1)
        assert timedelta(0) <= timedelta(seconds=waiting.value.wait_seconds) - (midnight - NOW) < timedelta(minutes=10)

    def test_edits_show(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A changed post carries the mark and the new time; what was not changed does not."""
        key = sandbox.truth(self.account).posts[0].id
        sandbox.edit_post(self.account, key, "Ny text (kl. 8) #park")
        got = self.capture(sandbox, tmp_path)
        told = got.threads[key].post
        assert (told.text, told.edited) == ("Ny text (kl. 8) #park", Edited.YES)
        assert {t.post.edited for t in got.threads.values()} == {Edited.YES, Edited.NO}

    def test_shares_and_shows_are_told(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Posts of the last twelve months carry both numbers; without the permission, a gap says so, once."""
        got = self.capture(sandbox, tmp_path / "all").threads
        posts = {post.id: post for post in small_city().account("linkedin").posts}
        assert {key: thread.post.share_count for key, thread in got.items()} == {key: posts[key].shares for key in got}
        assert all(thread.post.view_count for thread in got.values())
        sandbox.misbehave(Fault(FaultKind.PERMISSION, path="ShareStatistics", times=None))
        less = self.capture(sandbox, tmp_path / "less")
        assert {thread.post.share_count for thread in less.threads.values()} == {None}
        assert [(gap.what, gap.reason) for gap in less.gaps] == [("statistics", GapReason.REFUSED)]

    def test_a_removed_comment_takes_its_answers_along(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """LinkedIn no longer counts nor lists it; no gap is left behind."""
        answered = [(p.id, c.parent_id) for p in sandbox.truth(self.account).posts for c in p.comments if c.parent_id]
        post_id, parent = answered[0]
        before = self.capture(sandbox, tmp_path / "before").threads[post_id]
        sandbox.delete_comment(self.account, parent)
        after = self.capture(sandbox, tmp_path / "after").threads[post_id]
        gone = {c.id for c in before.comments if parent in {c.id, c.parent_id}}
        assert {c.id for c in before.comments} - {c.id for c in after.comments} == gone
        assert not after.gaps

    def test_names_are_encoded_as_restli_wants_them(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """On the wire brackets and commas of a list are raw, and those of a name are percent-encoded."""
        targets = re.findall(rb"GET (\S+) HTTP", gzip.decompress(self.capture(sandbox, tmp_path).warc.read_bytes()))
        lists = [t for t in targets if b"ids=" in t]
        assert lists
        assert all(re.fullmatch(rb"[^?]+\?ids=List\((?:[\w%.-]+,)*[\w%.-]+\)", target) for target in lists)
        paths = [t.partition(b"?")[0] for t in targets if b"socialActions" in t]
        assert paths
        assert not [path for path in paths if set(b"(),:") & set(path)]


class TestDmaConformance(TestLinkedInConformance):
    """The same page through the data-portability interface, where finders only name posts and comments."""

    settings = TestLinkedInConformance.settings | {"interface": "dma"}
    posts_path = "/rest/dmaPosts"
    comments_path = "commentsOnEntity"

    def least_calls(self, truth: Truth) -> int:
        """Page; a hundred names a page, fifty objects a call, counts fifty a call; the same for every thread."""
        every = len(small_city().account("linkedin").posts)
        calls = 1 + -(-every // 100) + -(-every // 50) + -(-len(truth.posts) // 50)
        for told in truth.posts:
            parents = [c.parent_id for c in told.comments]
            if told.claimed:
                calls += max(1, -(-parents.count(None) // 100)) + -(-parents.count(None) // 50)
            answers = [parents.count(parent) for parent in set(parents) - {None}]
            calls += sum(-(-count // 100) + -(-count // 50) for count in answers)
        return calls

    @pytest.mark.parametrize("size", [1, 3, 17])
    def test_the_cut_into_pages_changes_nothing(self, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
        """Any size of a finder's page, and of a call for objects, gives the same records."""
        whole = CONNECTORS["linkedin"].variants["dma"]

        def cut(endpoint: Any) -> Any:
            return replace(endpoint, parameters=(("maxPaginationCount", str(size)),), objects_size=max(1, size - 1))

        listings, comments = map(cut, whole.listings), map(cut, whole.comments)
        small = replace(whole, listings=tuple(listings), comments=tuple(comments))
        expected = self.capture(sandbox, tmp_path / "whole").told()
        assert self.capture(sandbox, tmp_path / "cut", connector=small).told() == expected
        assert sum("q=postsByAuthor" in call.target for call in sandbox.calls) > 20 // size

    def test_a_post_deleted_between_two_pages_hides_no_other(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Cursors stay with their item; a post that goes between its name and its content is a gap."""
        whole = CONNECTORS["linkedin"].variants["dma"]
        small = replace(whole, listings=(replace(whole.listings[0], parameters=(("maxPaginationCount", "5"),)),))
        posts = sorted(sandbox.truth(self.account).posts, key=lambda post: post.created_at, reverse=True)
        sandbox.misbehave(Fault(FaultKind.POST_DELETED, path="q=postsByAuthor", nth=2, subject=posts[7].id))
        got = self.capture(sandbox, tmp_path, connector=small)
        assert set(got.threads) == {post.id for post in sandbox.truth(self.account).posts}
        assert [(gap.what, gap.subject_id) for gap in got.gaps if gap.what == "post"] == [("post", posts[7].id)]

    def test_members_without_consent_stay_nameless(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A comment without its author is kept, its author unknown; the others are known by URN."""
        got = self.capture(sandbox, tmp_path)
        roles = {(c.author_id is None, c.author_role) for t in got.threads.values() for c in t.comments}
        assert roles == {(True, AuthorRole.UNKNOWN), (False, AuthorRole.PERSON), (False, AuthorRole.OWN)}

    def test_what_the_interface_does_not_tell_is_said_once(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number of followers is a gap of the account; the method names the interface and its scope."""
        got = self.capture(sandbox, tmp_path)
        assert [(g.what, g.reason) for g in got.gaps] == [("followers", GapReason.INTERFACE_LIMIT)]

    def test_shares_and_shows_are_told(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """This interface's numbers are not asked for: they come with a noise that protects members."""
        got = self.capture(sandbox, tmp_path).threads.values()
        assert {(thread.post.share_count, thread.post.view_count) for thread in got} == {(None, None)}

    def test_edits_show(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A changed post carries the mark and the new time."""
        super().test_edits_show(sandbox, tmp_path)

    @pytest.mark.parametrize("where", ["/rest/dmaPosts", "commentsOnEntity", "/dmaSocialMetadata"])
    def test_a_token_that_runs_out_is_renewed(self, sandbox: Sandbox, tmp_path: Path, where: str) -> None:
        """Wherever the token runs out, a new one is fetched, once, and nothing is missing."""
        super().test_a_token_that_runs_out_is_renewed(sandbox, tmp_path, where)

    def test_names_are_encoded_as_restli_wants_them(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """On the wire brackets and commas of a list are raw, and those of a name are percent-encoded."""
        got = gzip.decompress(self.capture(sandbox, tmp_path).warc.read_bytes())
        lists = [target for target in re.findall(rb"GET (\S+) HTTP", got) if b"ids=" in target]
        assert any(b"dmaComments" in target for target in lists)
        assert all(re.fullmatch(rb"[^?]+\?ids=List\((?:[\w%.-]+,)*[\w%.-]+\)", target) for target in lists)
