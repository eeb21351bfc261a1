from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _loopback import Bench, Call, Reply, bench, said
from conformance import Conformance

from connectors import open_source
from connectors._content import media_in
from connectors.sandbox import BLOG, BLOG_HOST
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox import Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
SITE = {"name": "Exempelstads nyheter", "description": "Om allt", "url": f"http://{HOST}", "home": f"http://{HOST}"}
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def post(number: int, created: str = "2026-06-01T10:00:00", **more: Any) -> dict[str, Any]:
    """Return a post as WordPress writes it."""
    text = {"rendered": f"<p>Text {number} &amp; mer</p>\n", "protected": False}
    told = {"id": number, "date_gmt": created, "modified_gmt": created, "title": {"rendered": f"Titel &#038; {number}"}}
    return {**told, "content": text, "author": 1, "link": f"http://{HOST}/{number}/", "sticky": False, **more}


def comment(number: int, on: int, parent: int = 0, author: int = 0, **more: Any) -> dict[str, Any]:
    """Return a comment as WordPress writes it."""
    told = {"id": number, "post": on, "parent": parent, "author": author, "author_name": "Åsa"}
    return {**told, "date_gmt": "2026-06-02T10:00:00", "content": {"rendered": f"<p>{number}</p>"}, **more}


def listed(records: list[Any]) -> Reply:
    """Return a whole collection on one page."""
    return said(records, X_WP_Total=str(len(records)), X_WP_TotalPages="1" if records else "0")


def site(
    posts: list[Any],
    comments: list[Any] = (),
    users: Reply | None = None,
    closed: frozenset[int] = frozenset(),
    **other: Reply,
) -> Callable[[Call], Reply]:
    """Answer as a site with these posts and comments; asking for comments of a closed post is refused."""

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        name = parts.path.rstrip("/").rpartition("/")[2]
        if name == "comments":
            asked = {int(key) for key in parse_qs(parts.query)["post"][0].split(",")}
            if asked & closed:
                return said({"code": "rest_cannot_read_post", "message": "Sorry."}, 401)
            return listed([c for c in comments if not isinstance(c, dict) or c["post"] in asked])
        known = {"wp-json": said(SITE), "posts": listed(posts), "users": users or listed([{"id": 1}, {"id": 2}])}
        return {**known, **other}.get(name) or said({"code": "rest_no_route", "message": "No route"}, 404)

    return answer


def read(b: Bench, credential: str | None = None) -> list[Item]:
    """Read the site of the test."""
    settings = {"base_url": f"http://{HOST}/"}
    return list(
        open_source(
            "wordpress", account_id="nytt", settings=settings, credential=credential, start=START, end=END, gate=b.gate
        ).read()
    )


def threads(items: list[Item]) -> dict[str, Thread]:
    """Return the threads among the items by id."""
    return {item.post.id: item for item in items if isinstance(item, Thread)}


def test_text_is_kept_as_given(tmp_path: Path) -> None:
    """HTML, entities and line ends of post and comment come through untouched; times are UTC; edits show."""
    given = post(
        1, modified_gmt="2026-06-01T10:00:01", sticky=True, _embedded={"author": [{"id": 1, "name": "Redaktör"}]}
    )
    with bench(tmp_path, site([given], [comment(5, 1)])) as b:
        items = read(b)
    told = threads(items)["1"].post
    assert (told.title, told.text) == ("Titel &#038; 1", "<p>Text 1 &amp; mer</p>\n")
    assert told.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (told.edited, told.pinned, told.kind, told.author_name) == (Edited.YES, True, "article", "Redaktör")
    assert (told.platform_comment_count, told.reaction_count) == (None, None)
    assert threads(items)["1"].comments[0].text == "<p>5</p>"
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.name, view.profile.about) == ("Exempelstads nyheter", "Om allt")


def test_roles_follow_the_sites_users(tmp_path: Path) -> None:
    """A listed user writes for the body, a registered reader and a visitor are persons, a pingback is unknown."""
    told = [
        comment(1, 1),
        comment(2, 1, parent=1, author=2),
        comment(3, 1, author=9),
        comment(4, 1, type="pingback"),
        comment(5, 1, parent=2, author=1),
        comment(6, 1, parent=77),
    ]
    with bench(tmp_path, site([post(1)], told)) as b:
        thread = threads(read(b))["1"]
    roles = {c.id: (c.author_role, c.is_own_answer, c.depth) for c in thread.comments}
    assert roles == {
        "1": (AuthorRole.PERSON, False, 0),
        "2": (AuthorRole.OWN, True, 1),
        "3": (AuthorRole.PERSON, False, 0),
        "4": (AuthorRole.UNKNOWN, False, 0),
        "5": (AuthorRole.OWN, False, 2),
        "6": (AuthorRole.PERSON, False, 1),
    }
    assert [c.direction for c in thread.comments[:2]] == [Direction.RECEIVED, Direction.MADE]
    assert [(g.subject_id, g.reason) for g in thread.gaps] == [("77", GapReason.NOT_LISTED)]


def test_a_closed_list_of_users_leaves_roles_open(tmp_path: Path) -> None:
    """Where the site does not list its users, a registered author is unknown, unless it wrote the post."""
    refused = said({"code": "rest_user_cannot_view", "message": "Sorry, no."}, 401)
    with bench(
        tmp_path, site([post(1)], [comment(1, 1, author=1), comment(2, 1, author=2), comment(3, 1)], refused)
    ) as b:
        items = read(b)
    roles = [c.author_role for c in threads(items)["1"].comments]
    assert roles == [AuthorRole.OWN, AuthorRole.UNKNOWN, AuthorRole.PERSON]
    assert [(g.what, g.reason) for g in items if isinstance(g, Gap)] == [("users", GapReason.REFUSED)]


def test_one_closed_post_does_not_cost_the_others_their_comments(tmp_path: Path) -> None:
    """A batch that is refused because of one post is asked for again in halves, until only that one has a gap."""
    posts = [post(n) for n in range(1, 9)]
    told = [comment(100 + n, n) for n in range(1, 9)]
    with bench(tmp_path, site(posts, told, closed=frozenset({3}))) as b:
        found = threads(read(b))
        assert len([call for call in b.calls if "/comments" in call.path]) == 7
    assert {key: len(thread.comments) for key, thread in found.items()} == {str(n): int(n != 3) for n in range(1, 9)}
    [gap] = [gap for thread in found.values() for gap in thread.gaps]
    assert (gap.thread_id, gap.what, gap.reason) == ("3", "comments", GapReason.REFUSED)


def test_pictures_are_found_and_fetched(tmp_path: Path) -> None:
    """The featured picture and the text's largest candidates are fetched once; what lies inside is refused."""
    text = (
        '<p><img src="/small.png" srcset="/small.png 300w, /large.png 1200w" alt="Plog &amp; snö" width="300"></p>'
        f'<img src="http://{HOST}/featured.png"><img src="http://127.0.0.1:1/inre.png">'
        '<img src="data:image/png;base64,x">'
        "<video controls><source src='/film.mp4'></video><img>"
    )
    featured = {"source_url": f"http://{HOST}/featured.png", "alt_text": "Vapen", "mime_type": "image/png"}
    featured["media_details"] = {"width": 40, "height": 30}
    given = post(1, content={"rendered": text}, _embedded={"wp:featuredmedia": [featured], "author": [{"code": "x"}]})
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    film = Reply(b"\0\0\0\x18ftypmp42", 200, {"Content-Type": "video/mp4"})
    with bench(tmp_path, site([given], **{"featured.png": png, "large.png": png, "film.mp4": film})) as b:
        thread = threads(read(b))["1"]
        assert sum("featured.png" in call.path for call in b.calls) == 1
        assert not any("small" in call.path for call in b.calls)
    told = [(m.kind, m.alt_text, m.width, m.gap, m.mime) for m in thread.media]
    assert told == [
        (MediaKind.IMAGE, "Vapen", 40, None, "image/png"),
        (MediaKind.IMAGE, "Plog & snö", 300, None, "image/png"),
        (MediaKind.IMAGE, None, None, GapReason.REFUSED, None),
        (MediaKind.VIDEO, None, None, None, "video/mp4"),
    ]
    assert thread.post.media_ids == tuple(m.id for m in thread.media)


def test_a_protected_post_is_a_gap(tmp_path: Path) -> None:
    """The post is there, its text is not, and a gap says why."""
    given = post(1, content={"rendered": "", "protected": True})
    with bench(tmp_path, site([given])) as b:
        thread = threads(read(b))["1"]
    assert [(g.what, g.reason) for g in thread.gaps] == [("post", GapReason.REFUSED)]


def test_broken_records_are_gaps(tmp_path: Path) -> None:
    """Posts and comments that cannot be read have a gap each, and the others come."""
    bad = [{"id": 7, "post": 1, "date_gmt": "0000-00-00T00:00:00", "content": {"rendered": "x"}}, comment(8, 1)]
    with bench(tmp_path, site([{"id": 3}, post(1), post(2, "2026-06-01T10:00:00Z")], bad)) as b:
        items = read(b)
    assert [c.id for c in threads(items)["1"].comments] == ["8"]
    assert [(g.what, g.subject_id) for g in threads(items)["1"].gaps] == [("comment", "7")]
    assert [(g.what, g.subject_id) for g in items if isinstance(g, Gap)] == [("post", "3"), ("post", "2")]


def test_a_broken_comment_is_a_gap_of_its_own_thread(tmp_path: Path) -> None:
    """Asked about several posts at once, a broken comment is a gap of the post it names, once, also when answered."""
    told = [comment(7, 1, date_gmt="0000-00-00T00:00:00"), comment(8, 1, parent=7), comment(9, 2)]
    with bench(tmp_path, site([post(1), post(2)], told)) as b:
        items = read(b)
    found = threads(items)
    assert [(g.subject_id, g.reason) for g in found["1"].gaps] == [("7", GapReason.MALFORMED)]
    assert ([c.id for c in found["1"].comments], found["2"].gaps) == (["8"], ())
    assert not [item for item in items if isinstance(item, Gap)]


@pytest.mark.parametrize("posts", [[post(1)], [post(1), post(2)]], ids=["one post asked", "two posts asked"])
def test_a_comment_of_another_post_is_neither_lost_nor_misplaced(tmp_path: Path, posts: list[Any]) -> None:
    """What a site lists under a post it was not asked about is in no thread, and a gap of the account says so."""
    stray = comment(9, 77)

    def answer(call: Call) -> Reply:
        return listed([comment(8, 1), stray]) if "/comments" in call.path else site(posts)(call)

    with bench(tmp_path, answer) as b:
        items = read(b)
    assert [c.id for thread in threads(items).values() for c in thread.comments] == ["8"]
    gaps = [item for item in items if isinstance(item, Gap)]
    assert [(g.thread_id, g.what, g.subject_id) for g in gaps] == [(None, "comment", None)]


def test_a_number_that_stays_short_is_told(tmp_path: Path) -> None:
    """A site that counts a post it lists to nobody gets a gap with the difference, after a second look."""

    def answer(call: Call) -> Reply:
        if "/posts" in call.path:
            return said([post(1)], X_WP_Total="2", X_WP_TotalPages="1")
        return site([post(1)])(call)

    with bench(tmp_path, answer) as b:
        items = read(b)
        assert sum("/posts" in call.path for call in b.calls) == 2
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert (end.reason, end.records, end.pages) == (EndReason.EXHAUSTED, 1, 2)
    [gap] = [item for item in items if isinstance(item, Gap)]
    assert (gap.what, gap.reason, gap.error) == (
        "posts", GapReason.NOT_LISTED, "the platform counts 1 more than it lists",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (said({"code": "rest_no_route", "message": "No route was found"}, 404), GoneError),
        (Reply(b"<html>Webbplats</html>", 200, {"Content-Type": "text/html"}), MalformedError),
        (said({"hej": 1}), MalformedError),
        (said({"code": "rest_login_required", "message": "Log in"}, 401), RefusedError),
        (said({"code": "incorrect_password", "message": "The password is wrong"}, 401), RefusedError),
    ],
)
def test_what_is_no_open_wordpress_fails_clearly(tmp_path: Path, reply: Reply, error: type[Exception]) -> None:
    """Without a profile there is no capture: one typed error, with the account's address in it."""
    with bench(tmp_path, lambda _call: reply) as b, pytest.raises(error) as failed:
        read(b)
    assert HOST in str(failed.value) or "nytt" in str(failed.value)


def test_a_credential_is_sent_as_basic(tmp_path: Path) -> None:
    """user:application password goes into the header, and neither part comes back out."""
    with bench(tmp_path, site([post(1)])) as b:
        items = read(b, "redaktör:abcd EFGH 1234")
        assert all(call.headers["Authorization"].startswith("Basic ") for call in b.calls)
    held = repr(items).encode() + b"".join(repr(record).encode() for record in b.records())
    assert b"EFGH" not in held
    assert b"Basic" not in held


def test_srcset_and_odd_html() -> None:
    """Candidates without widths, broken tags and addresses that are none do no harm."""
    html = (
        '<img src="a.png" srcset="b.png 2x"><img srcset="c.png 10w" src=""><img src="http://[x/d.png"><audio src=e.mp3>'
    )
    found = media_in(html, "https://x.example/p/")
    assert [(named.url, named.kind) for named in found] == [
        ("https://x.example/p/a.png", MediaKind.IMAGE),
        ("https://x.example/p/c.png", MediaKind.IMAGE),
        ("http://[x/d.png", MediaKind.IMAGE),
        ("https://x.example/p/e.mp3", MediaKind.AUDIO),
    ]
    assert media_in("ingen bild", "https://x.example/") == ()
    assert media_in('<img src=x width="99999999999" height="-1">', "https://x.example/")[0].width is None


class TestWordPressConformance(Conformance):
    """The news site of the sandbox's city."""

    platform = "wordpress"
    account = BLOG
    settings = {"base_url": f"http://{BLOG_HOST}"}  # noqa: RUF012 - never changed
    posts_path = "/wp/v2/posts"
    comments_path = "/wp/v2/comments"
    longest = 10

    def least_calls(self, truth: Truth) -> int:
        """Site, users, a hundred posts a page, a hundred comments a page."""
        pages = -(-len(truth.posts) // 100)
        return 2 + pages + max(1, -(-len(truth.comments) // 100))

    def test_site_time_is_no_utc(self, sandbox: Any, tmp_path: Path) -> None:
        """A window whose edges differ between site time and UTC is cut by UTC."""
        posts = sorted(sandbox.truth(self.account).posts, key=lambda p: p.created_at)
        start = posts[3].created_at - timedelta(minutes=30)
        end = posts[-3].created_at + timedelta(minutes=30)
        got = self.capture(sandbox, tmp_path, start=start, end=end)
        assert set(got.threads) == {p.id for p in sandbox.truth(self.account, start, end).posts}
        assert replace(got.ends["posts"], outside_period=0, records=0, pages=0).reason is EndReason.EXHAUSTED
