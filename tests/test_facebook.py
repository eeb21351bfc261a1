from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from _loopback import Bench, Call, Reply, bench, said
from conformance import GraphConformance

from connectors import open_source
from connectors.sandbox import GRAPH_HOST, MAIN, PAGE_IDS, Fault, FaultKind
from urval.errors import ConfigError, RefusedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox import Sandbox, Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
TOKEN = "EAAplantedtoken0123456789"
PAGE = {"id": "100", "name": "Exempelstad", "username": "exempelstad", "website": "https://a.example https://b.example"}
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
EMPTY: dict[str, Any] = {"data": []}


def post(number: int, created: str = "2026-06-01T10:00:00+0000", **more: Any) -> dict[str, Any]:
    """Return a post as the Graph API writes it."""
    return {"id": f"100_{number}", "created_time": created, "message": f"inlägg {number}", **more}


def comment(key: str, parent: str | None = None, author: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a comment as the Graph API writes it."""
    told = {"id": key, "created_time": "2026-06-02T10:00:00+0000", "message": f"svar {key}", **more}
    if parent:
        told["parent"] = {"id": parent}
    if author:
        told["from"] = {"id": author, "name": f"namn {author}"}
    return told


def platform(routes: Mapping[str, Reply]) -> Callable[[Call], Reply]:
    """Answer by the last part of the path; what is not told is an empty list, the Page, or gone."""
    known = {"100": said(PAGE), "published_posts": said(EMPTY), "video_reels": said(EMPTY), **routes}
    gone = said(
        {"error": {"message": "Unsupported get request. does not exist", "code": 100, "error_subcode": 33}}, 400
    )

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path).path.split("/")
        return known.get("/".join(parts[-2:])) or known.get(parts[-1]) or gone

    return answer


def read(b: Bench, **settings: str) -> list[Item]:
    """Read the account of the test."""
    source = open_source(
        "facebook",
        account_id="stad",
        settings={"page_id": "100", "base_url": f"http://{HOST}", **settings},
        credential=TOKEN,
        start=START,
        end=END,
        gate=b.gate,
    )
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def ends(items: list[Item]) -> dict[str, ListingEnd]:
    """Return how each listing ended."""
    return {item.listing: item for item in items if isinstance(item, ListingEnd)}


def test_a_post_is_mapped_whole(tmp_path: Path) -> None:
    """Text, times, reactions by type, counts, hidden flag and raw bytes come through as the platform gave them."""
    given = post(
        1,
        updated_time="2026-06-03T10:00:00+0000",
        story="Exempelstad delade en länk.",
        permalink_url="/100/posts/1",
        timeline_visibility="hidden",
        shares={"count": 3},
        comments={"data": [], "summary": {"total_count": 40}},
        r_like={"data": [], "summary": {"total_count": 5}},
        r_love={"data": [], "summary": {"total_count": 0}},
    )
    with bench(tmp_path, platform({"published_posts": said({"data": [given]})})) as b:
        [thread] = threads(read(b))
    told = thread.post
    assert (told.id, told.text, told.title) == ("100_1", "inlägg 1", "Exempelstad delade en länk.")
    assert told.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert told.permalink == "https://www.facebook.com/100/posts/1"
    assert (told.reactions, told.reaction_count) == ((("LIKE", 5),), 5)
    assert (told.share_count, told.platform_comment_count) == (3, 40)
    assert (told.visibility, told.edited) == (Visibility.HIDDEN, Edited.UNKNOWN)
    assert (told.author_id, told.author_role, told.direction) == ("100", AuthorRole.OWN, Direction.MADE)
    assert '"message": "inl\\u00e4gg 1"' in told.raw
    assert thread.comments == ()
    assert thread.gaps == ()


def test_the_tree_of_comments_is_rebuilt(tmp_path: Path) -> None:
    """Depths, own answers, roles and hidden marks follow from the flat list; a missing parent is a gap, not a loss."""
    inline = [
        comment("1", author="7"),
        comment("2", "1", author="100"),
        comment("3", "2", is_hidden=True),
        comment("4", author="100"),
        comment("5", "4", author="100"),
        comment("6", "999", author="100"),
    ]
    page = {"data": [post(1, comments={"data": inline, "summary": {"total_count": 7}})]}
    with bench(tmp_path, platform({"published_posts": said(page)})) as b:
        [thread] = threads(read(b))
    found = {c.id: c for c in thread.comments}
    assert {key: c.depth for key, c in found.items()} == {"1": 0, "2": 1, "3": 2, "4": 0, "5": 1, "6": 1}
    assert [key for key, c in found.items() if c.is_own_answer] == ["2", "6"]
    assert (found["1"].author_role, found["1"].direction) == (AuthorRole.PERSON, Direction.RECEIVED)
    assert (found["2"].author_role, found["2"].direction) == (AuthorRole.OWN, Direction.MADE)
    assert (found["3"].author_role, found["3"].visibility) == (AuthorRole.UNKNOWN, Visibility.HIDDEN)
    [gap] = thread.gaps
    assert (gap.what, gap.subject_id, gap.reason) == ("comment", "999", GapReason.NOT_LISTED)


def test_a_long_thread_goes_on_after_its_inline_comments(tmp_path: Path) -> None:
    """The first comments come with the post; the rest by calls of a hundred, from where they ended."""
    paging = {"cursors": {"after": "c25"}, "next": f"http://{HOST}/v25.0/100_1/comments?access_token=x&limit=25"}
    page = {"data": [post(1, comments={"data": [comment("1")], "paging": paging, "summary": {"total_count": 3}})]}
    rest = {"data": [comment("1"), comment("2", "1"), comment("3")], "paging": {"cursors": {"after": "z"}}}
    with bench(tmp_path, platform({"published_posts": said(page), "100_1/comments": said(rest)})) as b:
        [thread] = threads(read(b))
        assert [c.id for c in thread.comments] == ["1", "2", "3"]
        [call] = [call for call in b.calls if "/comments" in call.path]
        assert "after=c25" in call.path
        assert "limit=100" in call.path
        assert "filter=stream" in call.path
        assert len(b.calls) == 4


def test_albums_films_and_pictures_of_comments_are_named(tmp_path: Path) -> None:
    """An album gives its parts, not its cover again; a withheld film is a gap; a comment's picture is its own."""

    def image(name: str) -> dict[str, Any]:
        return {"image": {"src": f"http://{HOST}/{name}.png", "width": 4, "height": 3}}

    parts = [{"media": image(f"del{n}"), "media_type": "photo", "description": f"bild {n}"} for n in (1, 2)]
    album = {"data": [{"media_type": "album", "media": image("del1"), "subattachments": {"data": parts}}]}
    film = {"data": [{"media_type": "video", "media": image("poster"), "target": {"id": "55"}}]}
    under = comment("1", attachment={"type": "photo", "media": image("gata")})
    page = {
        "data": [
            post(1, attachments=album, comments={"data": [under]}),
            post(2, attachments=film, full_picture=f"http://{HOST}/poster.png"),
            post(3, full_picture=f"http://{HOST}/borta.png"),
        ]
    }
    reels = {"data": [{"id": "55", "created_time": "2026-06-01T10:00:00+0000"}, {"id": "56", "post_id": "9"} | post(9)]}
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    routes = {f"{name}.png": png for name in ("del1", "del2", "poster", "gata")}
    lists = {"published_posts": said(page), "video_reels": said(reels), "borta.png": Reply(b"", 404)}
    with bench(tmp_path, platform({**routes, **lists})) as b:
        first, second, third, reel = threads(read(b))
    assert [(m.kind, m.alt_text, m.owner_id, m.width) for m in first.media] == [
        (MediaKind.IMAGE, "bild 1", "100_1", 4),
        (MediaKind.IMAGE, "bild 2", "100_1", 4),
        (MediaKind.IMAGE, None, "1", 4),
    ]
    assert first.post.media_ids == ("100_1:1", "100_1:2")
    assert first.comments[0].media_ids == ("1:1",)
    assert {m.sha256 for m in first.media} == {first.media[0].sha256}
    assert [(m.kind, m.gap) for m in second.media] == [(MediaKind.IMAGE, None), (MediaKind.VIDEO, GapReason.REFUSED)]
    assert second.gaps[0].what == "media"
    assert [(m.gap, m.file) for m in third.media] == [(GapReason.GONE, None)]
    assert (reel.post.id, reel.post.kind) == ("100_9", "reel")


def test_the_window_is_half_open_and_pinned_posts_do_not_end_it(tmp_path: Path) -> None:
    """Start counts, end does not, an old pinned post on top stops nothing, and what lies outside is counted."""
    listed = [
        post(1, "2024-01-01T00:00:00+0000"),
        post(2, "2026-11-01T00:00:00+0000"),
        post(3, "2026-10-31T23:59:59+0000"),
        post(4, "2026-05-01T00:00:00+0000"),
        post(5, "2026-04-30T23:59:59+0000"),
        post(3, "2026-10-31T23:59:59+0000"),
    ]
    with bench(tmp_path, platform({"published_posts": said({"data": listed})})) as b:
        items = read(b)
    assert [t.post.id for t in threads(items)] == ["100_3", "100_4"]
    assert ends(items)["posts"] == ListingEnd(
        listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=5, outside_period=3
    )


def test_a_whole_page_before_the_period_ends_the_listing(tmp_path: Path) -> None:
    """Once a whole page is too old, the next one is not asked for."""
    old = {"data": [post(1, "2025-01-01T00:00:00+0000")], "paging": {"next": f"http://{HOST}/v25.0/more"}}
    with bench(tmp_path, platform({"published_posts": said(old)})) as b:
        items = read(b)
        assert not any("more" in call.path for call in b.calls)
    assert ends(items)["posts"].reason is EndReason.WINDOW_REACHED


def test_broken_records_are_gaps_and_the_run_goes_on(tmp_path: Path) -> None:
    """A post or comment without what every one has is a gap with its id, beside the good ones."""
    inline = [comment("1"), {"id": "2", "created_time": "igår"}, {"id": "3", "created_time": "2026-06-01T10:00:00"}, 4]
    listed = [{"id": "100_7"}, post(1, comments={"data": inline}), "skräp", post(2, message=["a"])]
    with bench(tmp_path, platform({"published_posts": said({"data": listed})})) as b:
        items = read(b)
    [thread] = threads(items)
    assert [c.id for c in thread.comments] == ["1"]
    assert [(g.what, g.subject_id) for g in thread.gaps] == [("comment", "2"), ("comment", "3"), ("comment", None)]
    account = [(g.what, g.subject_id, g.reason) for g in items if type(g).__name__ == "Gap"]
    assert account == [("post", key, GapReason.MALFORMED) for key in ("100_7", None, "100_2")]


def test_comments_without_ids_name_the_missing_permission(tmp_path: Path) -> None:
    """Without MODERATE the platform keeps ids back: one gap a thread says so, not one a comment."""
    inline = [{"created_time": "2026-06-02T10:00:00+0000", "message": "hej"}] * 3
    page = {"data": [post(1, comments={"data": inline, "summary": {"total_count": 3}})]}
    with bench(tmp_path, platform({"published_posts": said(page)})) as b:
        [thread] = threads(read(b))
    [gap] = thread.gaps
    assert gap.reason is GapReason.REFUSED
    assert "MODERATE" in gap.error


def test_the_token_of_another_page_is_refused(tmp_path: Path) -> None:
    """A token that leads to another Page ends the account before anything is captured."""
    with bench(tmp_path, platform({"100": said({**PAGE, "id": "200"})})) as b:
        with pytest.raises(RefusedError, match="leads to the Page 200, not to 100") as refused:
            read(b)
        assert refused.value.account_wide
        assert refused.value.next_step


def test_an_alias_is_taken_for_its_page(tmp_path: Path) -> None:
    """With a name instead of a number, the Page's own number is used from the profile on."""
    with bench(tmp_path, platform({"exempelstad": said(PAGE)})) as b:
        view = read(b, page_id="exempelstad")[0]
        assert isinstance(view, ProfileView)
        assert view.profile.links == ("https://a.example", "https://b.example")
        assert "/v25.0/100/published_posts" in b.calls[1].path


def test_a_dead_token_keeps_what_was_captured(tmp_path: Path) -> None:
    """When the token dies while comments are read, the thread stays with a gap and every listing ends as refused."""
    dead = said({"error": {"message": f"Error validating {TOKEN}", "code": 190, "error_subcode": 463}}, 401)
    paging = {"cursors": {"after": "c"}, "next": "http://x.example/"}
    edge = {"data": [comment("1")], "paging": paging}
    listed = {"data": [post(1, comments=edge), post(2, comments=edge)], "paging": {"next": f"http://{HOST}/v25.0/more"}}
    with bench(tmp_path, platform({"published_posts": said(listed), "comments": dead})) as b:
        items = read(b)
        assert len(b.calls) == 3
    assert [len(t.comments) for t in threads(items)] == [1, 1]
    assert [t.gaps[0].reason for t in threads(items)] == [GapReason.REFUSED] * 2
    assert {end.reason for end in ends(items).values()} == {EndReason.REFUSED}
    assert set(ends(items)) == {"posts", "reels"}
    assert TOKEN not in repr(items)


def test_one_refused_edge_does_not_stop_the_other(tmp_path: Path) -> None:
    """A permission that is missing for reels is a gap that names the words of the platform; posts are whole."""
    refused = said({"error": {"message": "(#200) Missing permissions", "code": 200}}, 403)
    with bench(tmp_path, platform({"published_posts": said({"data": [post(1)]}), "video_reels": refused})) as b:
        items = read(b)
    assert len(threads(items)) == 1
    assert {name: end.reason for name, end in ends(items).items()} == {
        "posts": EndReason.EXHAUSTED,
        "reels": EndReason.REFUSED,
    }
    [gap] = [item for item in items if type(item).__name__ == "Gap"]
    assert (gap.what, gap.reason) == ("reels", GapReason.REFUSED)
    assert "(#200) Missing permissions" in gap.error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"platform": "myspace"}, "no connector for the platform 'myspace'"),
        ({"settings": {}}, "lacks the setting 'page_id'"),
        ({"settings": {"page_id": "1", "pageid": "1"}}, "does not know: 'pageid'"),
        ({"settings": {"page_id": "1", "base_url": "graph.facebook.com"}}, "base_url of account stad cannot be used"),
        ({"credential": None}, "has no credential"),
        ({"credential": "kort"}, "4 characters"),
        ({"start": END}, "not a time span"),
        ({"start": datetime(2026, 1, 1)}, "not a time span"),  # noqa: DTZ001 - the mistake under test
    ],
)
def test_wrong_settings_are_one_sentence(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """What a person got wrong is named with the account and a next step, before any request."""
    given: dict[str, Any] = {
        "platform": "facebook", "account_id": "stad", "settings": {"page_id": "1"}, "credential": TOKEN,
        "start": START, "end": END, **change,
    }  # fmt: skip
    with bench(tmp_path, platform({})) as b:
        with pytest.raises(ConfigError, match=words) as wrong:
            open_source(given.pop("platform"), gate=b.gate, **given)
        assert wrong.value.next_step
        assert b.calls == []


class TestFacebookConformance(GraphConformance):
    """The main Page of the sandbox's city."""

    platform = "facebook"
    account = MAIN
    settings = {"page_id": PAGE_IDS[MAIN], "base_url": f"http://{GRAPH_HOST}"}  # noqa: RUF012 - never changed
    posts_path = "/published_posts"
    comments_path = r"^[^?]*/comments"
    longest = 25

    def least_calls(self, truth: Truth) -> int:
        """Profile, a hundred posts a page, reels, and what exceeds 25 comments a hundred a page."""
        return 3 + (len(truth.posts) - 1) // 100 + sum(-(-max(0, len(p.comments) - 25) // 100) for p in truth.posts)

    def test_no_comments_where_forty_are_counted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list; it is the completeness that shows it, not a gap."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        counts = {
            (t.post.platform_comment_count, len(t.comments)) for t in got.threads.values() if t.post.kind != "reel"
        }
        assert counts == {(40, 0)}
        assert not any(gap.what.startswith("comment") for gap in got.gaps)

    def test_a_token_that_expires_keeps_what_there_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """From the third call on the token is dead: what came before stays, both listings end as refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="^graph", nth=3))
        got = self.capture(sandbox, tmp_path)
        assert {end.reason for end in got.ends.values()} == {EndReason.REFUSED}
        assert set(got.ends) == {"posts", "reels"}
        assert len(got.threads) > 10
        assert len([call for call in sandbox.calls if call.host == GRAPH_HOST]) == 3

    def test_a_token_that_never_lived_fails_the_account(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The first refusal is an error with a next step, not an empty capture."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="^graph"))
        with pytest.raises(RefusedError) as refused:
            self.capture(sandbox, tmp_path)
        assert refused.value.account_wide
        assert "new token" in refused.value.next_step

    def test_without_moderation_the_permission_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A token that may not moderate gets comments without ids, and the gaps say what is missing."""
        sandbox.tokens[self.account] = sandbox.tokens_without_moderation[self.account]
        got = self.capture(sandbox, tmp_path)
        assert not any(t.comments for t in got.threads.values())
        assert any("MODERATE" in gap.error for gap in got.gaps)
