from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import TYPE_CHECKING, Any, ClassVar

import feedparser
import pytest
from _loopback import Bench, Call, Reply, bench
from conformance import NOW, Conformance, city

from connectors import open_source
from connectors._feed_entries import instant
from connectors._feed_format import FEED_FORMAT, feed_of
from connectors._feed_xml import parsed, repaired
from connectors.sandbox import Fault, FaultKind, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.native_ids import FEED_HOST
from urval.errors import GoneError, MalformedError, RefusedError, SourceError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox import Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
ADDRESS = f"http://{HOST}/feed/"
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
NAMES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:egen="urn:egen"'
)
OLD = (
    "<item><guid isPermaLink='false'>gammal</guid><title>Gammal</title>"
    "<pubDate>Mon, 06 Apr 2026 10:00:00 +0200</pubDate></item>"
)


def rss(*items: str, head: str = "") -> bytes:
    """Return an RSS feed; an entry older than the period is its last."""
    told = f"<title>Pressrum</title><link>http://{HOST}/</link><description>Om allt</description>{head}"
    return (
        f'<?xml version="1.0"?><rss version="2.0" {NAMES}><channel>{told}{"".join(items)}{OLD}</channel></rss>'.encode()
    )


def item(number: int = 1, **elements: str) -> str:
    """Return an RSS entry; ``elements`` replace or add, by name without colon (``dc_date``)."""
    told = {
        "title": f"Titel {number}", "link": f"http://{HOST}/{number}", "guid": f"http://{HOST}/?p={number}",
        "pubDate": "Mon, 01 Jun 2026 12:00:00 +0200", "description": f"Text {number}", **elements,
    }  # fmt: skip
    parts = [
        text if text.startswith("<") else f"<{name.replace('_', ':')}>{text}</{name.replace('_', ':')}>"
        for name, text in told.items() if text
    ]  # fmt: skip
    return f"<item>{''.join(parts)}</item>"


def atom(*entries: str, head: str = "") -> bytes:
    """Return an Atom feed."""
    told = f'<id>tag:x,2026:f</id><title>Pressrum</title><link href="http://{HOST}/"/>'
    told += head + "".join(entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMES} xml:lang="sv">{told}</feed>'.encode()


def served(body: bytes, **more: Reply) -> Callable[[Call], Reply]:
    """Answer with a feed; ``more`` are other answers by the last part of their address."""
    page = Reply(body, 200, {"Content-Type": "application/xml"})
    return lambda call: more.get(call.path.rpartition("/")[2].replace(".", "_"), page)


def read(b: Bench, address: str = ADDRESS) -> list[Item]:
    """Read the feed of the test."""
    return list(
        open_source(
            "feed", account_id="press", settings={"base_url": address}, credential=None, start=START, end=END,
            gate=b.gate,
        ).read()
    )  # fmt: skip


def threads(items: list[Item]) -> dict[str, Thread]:
    """Return the threads among the items by id."""
    return {found.post.id: found for found in items if isinstance(found, Thread)}


def gaps(items: list[Item]) -> list[tuple[str, str | None, GapReason]]:
    """Return the account's gaps, but for the one that every feed has."""
    told = [(gap.what, gap.subject_id, gap.reason) for gap in items if isinstance(gap, Gap)]
    told.remove(("comments", None, GapReason.INTERFACE_LIMIT))
    return told


def test_all_of_an_rss_entry(tmp_path: Path) -> None:
    """Id, link, times in UTC, full text as given, author, language, media once each; every element is in the record."""
    shown = "<p>Hela <b>texten</b> &amp; mer</p><img src='/a.png' alt='Fyren' width='30'><img src='b.png'>"
    one = item(
        1, content_encoded=f"<content:encoded><![CDATA[{shown}]]></content:encoded>", dc_creator="Redaktionen",
        enclosure=f'<enclosure url="http://{HOST}/ljud.mp3" type="audio/mpeg" length="3"/>',
        media=f'<media:content url="http://{HOST}/a.png" medium="image" width="40" height="30"/>',
        egen='<egen:sak a="1" egen:b="2">x<inre/>y</egen:sak>',
    )  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    mp3 = Reply(b"ID3", 200, {"Content-Type": "audio/mpeg"})
    body = rss(one, head="<language>sv-SE</language>")
    with bench(tmp_path, served(body, a_png=png, b_png=png, ljud_mp3=mp3)) as b:
        items = read(b)
        assert sum("a.png" in call.path for call in b.calls) == 1
    [thread] = threads(items).values()
    told = thread.post
    assert (told.id, told.permalink, told.kind) == (f"http://{HOST}/?p=1", f"http://{HOST}/1", "article")
    assert (told.title, told.text, told.language) == ("Titel 1", shown, "sv-SE")
    assert (told.created_at, told.updated_at) == (datetime(2026, 6, 1, 10, tzinfo=UTC), None)
    assert (told.edited, told.author_name, told.platform_comment_count) == (Edited.UNKNOWN, "Redaktionen", None)
    assert (told.author_role, told.direction) == (AuthorRole.OWN, Direction.MADE)
    assert [(m.kind, m.alt_text, m.width, m.mime) for m in thread.media] == [
        (MediaKind.AUDIO, None, None, "audio/mpeg"), (MediaKind.IMAGE, None, 40, "image/png"),
        (MediaKind.IMAGE, None, None, "image/png"),
    ]  # fmt: skip
    record = json.loads(told.raw)
    assert record["xml"] == one
    own = next(part for part in record["entry"]["content"] if part["name"] == "{urn:egen}sak")
    assert own["attributes"] == {"a": "1", "{urn:egen}b": "2"}
    assert own["content"] == ["x", {"name": "inre"}, "y"]
    assert gaps(items) == []


def test_all_of_an_atom_entry(tmp_path: Path) -> None:
    """Id, link, published and updated, XHTML written as HTML, plain text escaped, relative addresses completed."""
    entries = (
        (
            '<entry xml:base="/nytt/"><id>urn:1</id><title type="html">A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title>'
            '<link rel="self" href="/f"/><link href="1.html"/><published>2026-06-01T12:00:00+02:00</published>'
            "<updated>2026-06-02T10:00:00.5Z</updated><author><name>Åsa</name></author>"
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">5 &lt; 6 <em>och</em><img src="a.png"/>'
            "</div></content></entry>"
        ),
        (
            '<entry xml:lang="en"><id>urn:2</id><title>1 &lt; 2</title><updated>2026-06-03T10:00:00Z</updated>'
            "<summary>Kort</summary><content>Hej &lt;alla&gt;</content>"
            '<link rel="enclosure" href="/c.pdf" type="application/pdf"/></entry>'
        ),
        (
            "<entry><id>urn:3</id><title/><published>2026-06-04T10:00:00Z</published><updated>2026-06-04T10:00:00Z</updated>"
            "</entry>"
        ),
    )
    with bench(tmp_path, served(atom(*entries))) as b:
        items = read(b)
    one, two, three = (threads(items)[f"urn:{number}"] for number in (1, 2, 3))
    assert (one.post.title, one.post.permalink) == ("A &amp; <b>B</b>", f"http://{HOST}/nytt/1.html")
    assert one.post.text == '5 &lt; 6 <em>och</em><img src="a.png"/>'
    assert (one.post.created_at, one.post.updated_at) == (
        datetime(2026, 6, 1, 10, tzinfo=UTC), datetime(2026, 6, 2, 10, 0, 0, 500_000, tzinfo=UTC),
    )  # fmt: skip
    assert [m.source_url for m in one.media] == [f"http://{HOST}/nytt/a.png"]
    assert (two.post.title, two.post.text, two.post.language) == ("1 &lt; 2", "Hej &lt;alla&gt;", "en")
    assert (two.media[0].kind, two.media[0].source_url) == (MediaKind.FILE, f"http://{HOST}/c.pdf")
    assert [t.post.edited for t in (one, two, three)] == [Edited.YES, Edited.NO, Edited.NO]
    assert (three.post.title, three.post.text, three.post.language) == (None, "", "sv")
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.id, view.profile.name, view.profile.url) == ("tag:x,2026:f", "Pressrum", f"http://{HOST}/")


def test_rss_1_and_its_dates(tmp_path: Path) -> None:
    """RSS 1.0 keeps its entries beside the channel and dates them by Dublin Core."""
    body = (
        b'<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Arkiv</title><link>http://x.example/</link></channel>'
        b'<item rdf:about="http://x.example/1"><title>Ett</title><link>http://x.example/1</link>'
        b"<description>T</description><dc:date>2026-06-01T10:00+00:00</dc:date></item></rdf:RDF>"
    )
    with bench(tmp_path, served(body)) as b:
        [thread] = threads(read(b)).values()
    assert (thread.post.id, thread.post.title, thread.post.text) == ("http://x.example/1", "Ett", "T")
    assert thread.post.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_comments_that_a_feed_counts_are_explained(tmp_path: Path) -> None:
    """A count of comments is kept, and the thread says that a feed gives none, unless there are none."""
    with bench(tmp_path, served(rss(item(1, slash_comments="3"), item(2, slash_comments="0")))) as b:
        one, two = threads(read(b)).values()
    assert (one.post.platform_comment_count, two.post.platform_comment_count) == (3, 0)
    assert [(gap.what, gap.reason) for gap in one.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]
    assert not two.gaps


@pytest.mark.parametrize(
    ("broken", "subject"),
    [
        (item(1, pubDate=""), f"http://{HOST}/?p=1"),
        (item(1, pubDate="i maj"), f"http://{HOST}/?p=1"),
        (item(1, pubDate="2026-13-01T10:00:00Z"), f"http://{HOST}/?p=1"),
        (item(1, guid="", link=""), None),
    ],
)
def test_an_entry_without_time_or_id_is_a_gap(tmp_path: Path, broken: str, subject: str | None) -> None:
    """It is lost alone, with its id where it has one."""
    with bench(tmp_path, served(rss(broken, item(2)))) as b:
        items = read(b)
    assert set(threads(items)) == {f"http://{HOST}/?p=2"}
    assert gaps(items) == [("post", subject, GapReason.MALFORMED)]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Mon, 01 Jun 2026 12:00:00 +0200", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("1 Jun 2026 10:00 GMT", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("Mon, 01 Jun 2026 10:00:00 -0000", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("Mon, 01 Jun 2026 06:00:00 EDT", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00.25Z", datetime(2026, 6, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("20260601T100000Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
    ],
)
def test_times_in_many_forms(text: str, when: datetime) -> None:
    """RFC 822, RFC 3339 and their usual relaxations; without zone it is UTC."""
    assert instant(text) == when


LAUGHS = '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "laughs": f"{LAUGHS}]><rss><channel><title>&i;</title></channel></rss>".encode(),
    "file": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
    "parameter": b'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd">%x;]><rss><channel/></rss>',
    "deep": b"<rss><channel>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</channel></rss>",
    "many": b"<rss><channel>" + b"<a/>" * 200_001 + b"</channel></rss>",
    "html": b"<!DOCTYPE html><html><head><title>Fel</title></head></html>",
    "other": b"<sitemap><channel/></sitemap>",
    "half": rss(item(1))[:300],
    "json": b'{"items": []}',
    "nothing": b"",
    "bytes": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_safe_feed_is_refused_at_once(body: bytes) -> None:
    """Declared entities, depth, and whatever is no feed: refused, before and after repair, without much work."""
    before = time.monotonic()
    for tried in (body, repaired(body)):
        assert not FEED_FORMAT.well_formed(tried)
        with pytest.raises(MalformedError):
            feed_of(tried)
    assert time.monotonic() - before < 20


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (rss(item(1, title="Smörgås")).decode().encode("windows-1252"), "Smörgås"),  # says nothing, so UTF-8
        (rss(item(1, title="Smörgås")).replace(b"?>", b' encoding="iso-8859-1"?>', 1), "SmÃ¶rgÃ¥s"),
        (rss(item(1, title="Å€")).decode().replace("?>", ' encoding="windows-1252"?>', 1).encode("cp1252"), "Å€"),
        (rss(item(1, title="Å")).decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "Å"),
        (rss(item(1, title="日本")).decode().replace("?>", ' encoding="shift_jis"?>', 1).encode("shift_jis"), "日本"),
        (b"\xef\xbb\xbf \n" + rss(item(1, title="Å")), "Å"),
        (rss(item(1, title="Sm&ouml;r&nbsp;&okaend; & br&ouml;d")), "Smör\xa0&okaend; & bröd"),
        (rss(item(1, title="Sk\x0bog\x00&#0;&#x1F;")), "Sk�og���"),
        (rss(item(1, title="<title><![CDATA[A & B &nbsp; <i>]]></title>", link="/?a=1&b=2")), "A & B &nbsp; <i>"),
        (rss(item(1, title="Å")).replace(b"?>", b' encoding="okand-1"?>', 1), "Å"),
    ],
    ids=["cp1252", "latin1", "told", "utf16", "shift_jis", "bom", "entities", "controls", "cdata", "unknown"],
)  # fmt: skip
def test_broken_feeds_are_mended(tmp_path: Path, body: bytes, title: str) -> None:
    """A wrong encoding, undeclared entities, bare ampersands and forbidden characters do not cost the feed."""
    with bench(tmp_path, served(body)) as b:
        [thread] = threads(read(b)).values()
    assert thread.post.title == title


def test_an_external_dtd_is_left_alone(tmp_path: Path) -> None:
    """The old RSS 0.91 names a DTD: it is not fetched, and its entities are known anyway."""
    head = (
        b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://api.exempelstad.example/rss.dtd">'
    )
    body = rss(item(1, title="Br&ouml;d")).replace(b"?>", b"?>" + head, 1)
    with bench(tmp_path, served(body)) as b:
        [thread] = threads(read(b)).values()
        assert not [call for call in b.calls if "dtd" in call.path]
    assert thread.post.title == "Bröd"


@pytest.mark.parametrize(
    ("entries", "end", "told"),
    [
        ((item(1), OLD), EndReason.EXHAUSTED, []),
        ((item(1),), EndReason.EXHAUSTED, [("posts", None, GapReason.INTERFACE_LIMIT)]),
        ((), EndReason.EXHAUSTED, [("posts", None, GapReason.INTERFACE_LIMIT)]),
    ],
)
def test_a_feed_that_does_not_reach_back_says_so(
    tmp_path: Path, entries: tuple[str, ...], end: EndReason, told: list[Any]
) -> None:
    """Unless an entry older than the period is shown, earlier ones of the period may be missing."""
    body = rss().replace(OLD.encode(), "".join(entries).encode())
    with bench(tmp_path, served(body)) as b:
        items = read(b)
    assert [found.reason for found in items if isinstance(found, ListingEnd)] == [end]
    assert gaps(items) == told


@pytest.mark.parametrize(
    ("link", "calls"),
    [
        ('<atom:link rel="next" href="/feed/?sida=2"/>', 3),
        (f'<atom:link rel="self" href="{ADDRESS}"/><atom:link rel="next" href="?sida=2"/>', 3),
        ('<atom:link rel="prev-archive" href="/2026/05.xml"/>', 3),
        ('<atom:link rel="prev" href="/feed/?sida=0"/><link>/feed/?sida=2</link>', 2),
    ],
)
def test_only_announced_pages_are_asked_for(tmp_path: Path, link: str, calls: int) -> None:
    """``next`` and ``prev-archive`` are followed, also relative; nothing else is tried."""

    def answer(call: Call) -> Reply:
        first = call.path == "/feed/"
        body = rss(item(1), head=link).replace(OLD.encode(), b"") if first else rss(item(2))
        return Reply(body, 200, {"Content-Type": "text/xml"})

    with bench(tmp_path, answer) as b:
        items = read(b)
        assert len(b.calls) == calls
    assert len(threads(items)) == calls - 1


def test_a_page_on_another_host_is_not_followed(tmp_path: Path) -> None:
    """What was read is kept, and the listing ends as refused."""
    body = rss(item(1), head='<atom:link rel="next" href="http://annan.example/feed"/>')
    with bench(tmp_path, served(body)) as b:
        items = read(b)
    [end] = [found for found in items if isinstance(found, ListingEnd)]
    assert (len(threads(items)), end.reason) == (1, EndReason.REFUSED)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"", 301, {"Location": f"{ADDRESS}rss/"}), RefusedError),
        (Reply(b"Not Found", 404, {"Content-Type": "text/html"}), GoneError),
        (Reply(b"", 401, {}), RefusedError),
        (Reply(b"<!DOCTYPE html><html></html>", 200, {"Content-Type": "text/html"}), MalformedError),
    ],
)
def test_what_is_no_feed_fails_clearly(tmp_path: Path, reply: Reply, error: type[SourceError]) -> None:
    """Without the feed there is no capture: one typed error with its next step."""
    with bench(tmp_path, lambda _call: reply) as b, pytest.raises(error) as failed:
        read(b)
    assert "base_url" in failed.value.next_step or "credential" in failed.value.next_step


def _agree(body: bytes) -> int:
    """Compare what the connector reads of a feed with what feedparser reads; return the number of entries."""
    mine, theirs = feed_of(body), feedparser.parse(body)
    assert not theirs.bozo
    assert len(mine.records) == len(theirs.entries)
    from connectors import _feed_entries as entries

    for record, entry in zip(mine.records, theirs.entries, strict=True):
        assert record.id == entry.get("id", entry.get("link"))
        assert entries.permalink(record.entry) == entry.get("link")
        assert entries.title(record.entry) == entry.title
        published, updated = entries.times(record.entry)
        assert published.timetuple()[:6] == (entry.get("published_parsed") or entry.updated_parsed)[:6]
        if updated is not None:
            assert updated.timetuple()[:6] == entry.updated_parsed[:6]
        assert entries.author(record.entry) == entry.get("author")
    return len(mine.records)


@pytest.mark.parametrize("path", ["/feed/", "/feed/atom/", "/feed/rdf/"])
def test_feedparser_reads_the_same(path: str) -> None:
    """The sandbox's feeds are feeds to another reader too: it finds the same entries, ids, links, titles and times."""
    sandbox = Sandbox(city(), clock=lambda: NOW)
    answer = sandbox.answer(Request.parsed("GET", FEED_HOST, path, "antal=100", {}))
    assert _agree(answer.encoded()) == len(city().account("feed").posts)


def test_feedparser_reads_hand_written_feeds_the_same() -> None:
    """The same for what the sandbox does not write: dates in other forms, ids that are no addresses."""
    told = item(2, guid='<guid isPermaLink="false">abc</guid>', pubDate="", dc_date="2026-06-01T10:00:00+02:00")
    assert _agree(rss(item(1, author="a@x.example"), told)) == 3
    entry = "<entry><id>urn:1</id><title>A</title><link href='http://x.example/1'/><updated>2026-06-01T10:00:00Z</updated></entry>"
    assert _agree(atom(entry)) == 1


def test_an_unchanged_feed_is_told_by_its_tag() -> None:
    """The sandbox answers as servers of feeds do: tag and time of change, and 304 to who knows the tag."""
    sandbox = Sandbox(city(), clock=lambda: NOW)
    first = sandbox.answer(Request.parsed("GET", FEED_HOST, "/feed/", "", {}))
    headers = dict(first.headers)
    assert headers["Last-Modified"].endswith("GMT")
    again = sandbox.answer(Request.parsed("GET", FEED_HOST, "/feed/", "", {"if-none-match": headers["ETag"]}))
    assert (again.status, again.encoded()) == (304, b"")
    sandbox.edit_post("feed", city().account("feed").posts[-1].id, "Nytt")
    changed = sandbox.answer(Request.parsed("GET", FEED_HOST, "/feed/", "", {"if-none-match": headers["ETag"]}))
    assert changed.status == 200


def test_the_place_of_an_entry_is_exact() -> None:
    """The XML kept of an entry is the slice of the feed, also with tags that close themselves."""
    body = rss(item(1, title="Å <![CDATA[</item>]]>", egen="<egen:tom a='x>y'/>"), "<item/>")
    document = parsed(body)
    channel = document.root.children()[0]
    assert [document.written(one)[:6] for one in channel.children("item")] == ["<item>", "<item/", "<item>"]
    assert document.written(channel.children("item")[0]).endswith("</item>")
    assert document.written(channel.children("item")[1]) == "<item/>"


class TestRssConformance(Conformance):
    """The press room of the sandbox's city, as RSS 2.0. Faults befall its second page: the first is also the profile.

    A feed has no comments: what the suite does to them must leave no trace.
    """

    platform = "feed"
    account = "feed"
    kind: ClassVar[str] = "/feed/"
    settings: ClassVar[dict[str, str]] = {"base_url": f"http://{FEED_HOST}/feed/"}
    posts_path = r"[?&]fore="
    comments_path = "a feed has no comments"
    longest = -1

    def least_calls(self, truth: Truth) -> int:
        """The feed once for its head and once for its entries, and its further pages of ten."""
        shown = sum(post.created_at >= truth.posts[0].created_at for post in self.the_city().account("feed").posts)
        return 1 + -(-shown // 10)

    def sized(self, size: int) -> dict[str, str]:
        """Return settings for a feed cut into pages of another size: the site decides it, no parameter of ours."""
        return {"base_url": f"http://{FEED_HOST}{self.kind}?antal={size}"}

    def test_everything_there_is_comes_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Entries and media equal the truth, over several pages; the end reasons are there, comments are not."""
        truth = sandbox.truth(self.account)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, truth)
        view = got.items[0]
        assert isinstance(view, ProfileView)
        assert view.profile.name == truth.name
        assert [m.sha256 for m in view.media] == [m.sha256 for m in truth.profile_media]
        assert {end.reason for end in got.ends.values()} == {EndReason.EXHAUSTED}
        assert got.ends["posts"].pages == 2
        assert [gap.what for gap in got.gaps] == ["comments"]

    @pytest.mark.parametrize("size", [1, 3, 17])
    def test_the_cut_into_pages_changes_nothing(self, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
        """Any page size of the site gives the same records."""
        expected = self.capture(sandbox, tmp_path / "whole").told()
        other = type(self)()
        other.settings = self.sized(size)
        assert other.capture(sandbox, tmp_path / "cut").told() == expected

    def test_a_post_deleted_between_two_pages_hides_no_other(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Whatever is still there has come out, where the site's pages begin below an entry and so do not shift."""
        other = type(self)()
        other.settings = self.sized(5)
        newest = max(sandbox.truth(self.account).posts, key=lambda post: post.created_at)
        sandbox.misbehave(Fault(FaultKind.POST_DELETED, path=r"antal=5$", nth=2, subject=newest.id))
        got = other.capture(sandbox, tmp_path)
        assert set(got.threads) >= {post.id for post in sandbox.truth(self.account).posts}

    def test_a_feed_without_pages_says_that_more_may_be_missing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Ten entries are all it shows: they come, and a gap says that earlier ones may have been there."""
        other = type(self)()
        other.settings = {"base_url": f"http://{FEED_HOST}/nyast/"}
        got = other.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        assert 0 < len(got.threads) < len(truth.posts)
        assert ("posts", GapReason.INTERFACE_LIMIT) in {(gap.what, gap.reason) for gap in got.gaps}

    def test_the_address_is_used_as_it_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The slash at the end of the address stays: without it the site redirects, which is refused."""
        assert "/feed/" in self.settings["base_url"]
        other = type(self)()
        other.settings = {"base_url": f"http://{FEED_HOST}/feed"}
        with pytest.raises(RefusedError) as failed:
            other.capture(sandbox, tmp_path)
        assert "redirects" in failed.value.next_step

    def test_removed_comments_are_no_storm_of_gaps(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """There is one gap about comments, however many entries there are."""
        got = self.capture(sandbox, tmp_path)
        assert len(got.threads) > 10
        assert [(gap.what, gap.reason) for gap in got.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]


class TestAtomConformance(TestRssConformance):
    """The same press room as Atom, which also tells of changes."""

    kind = "/feed/atom/"
    settings: ClassVar[dict[str, str]] = {"base_url": f"http://{FEED_HOST}/feed/atom/"}

    def test_edits_show(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A changed entry carries mark, text and time; the others do not."""
        key = sandbox.truth(self.account).posts[0].id
        sandbox.edit_post(self.account, key, "Ändrad & ny")
        got = self.capture(sandbox, tmp_path)
        told = got.threads[key].post
        assert (told.text, told.edited) == ("<p>Ändrad &amp; ny</p>", Edited.YES)
        assert told.updated_at == NOW
        assert Edited.NO in {thread.post.edited for thread in got.threads.values()}

    def test_rss_and_atom_agree(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Both forms give the same posts, but for the raw record and the time of change."""
        bare: dict[str, Any] = {
            "exchange": "",
            "raw": "",
            "updated_at": None,
            "edited": Edited.UNKNOWN,
            "language": None,
        }
        mine = [replace(t.post, **bare) for t in self.capture(sandbox, tmp_path / "atom").threads.values()]
        rss_posts = TestRssConformance().capture(sandbox, tmp_path / "rss").threads.values()
        assert mine == [replace(t.post, **bare) for t in rss_posts]
        assert max(post.created_at for post in mine) - min(post.created_at for post in mine) > timedelta(days=30)
