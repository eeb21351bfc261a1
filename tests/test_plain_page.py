"""Plain HTML pages are read without a parser; what is found in them is what the parser finds."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from _sample_package import whole_package
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.verify import pages
from urval.verify.pages import Page
from urval.verify.plain_page import plain_tags

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = frozenset({"data/snapshot/index.html", "data/media/a.png"})
_PIECES = st.sampled_from([
    "<p>", "</p>", "text", "&amp;", "&copy", '<p class="a b">', '<a href="#t1">', '<a href="javascript:x">',
    '<article data-thread-id="t&amp;1">', '<article data-thread-id="t&copy1">', '<div data-comment-id="c1">',
    "<div data-comment-id='c2'>", '<DIV data-comment-id="c3">', '<p data-comment-id="c4" data-comment-id="c5">',
    "<title>", "</title>", "<title>a</title>", "<!DOCTYPE html>", "<!-- x -->", "<!--", "-->", "<script>", "</script>",
    "<style>", "</style>", "<textarea>", '<img src="../media/a.png">', '<img src="http://x.example/">', "<", ">",
    '"', '<p data-comment-id="a>b">', '<p\ndata-comment-id="c6">', "<br/>", "<hr />", "\0", "\r", "å😀", "]]>",
    "<![CDATA[", "<?x?>", '<p onclick="x">', "<p data-thread-id>", "<svg>", '<p title="&#60;b&#62;">', "</p >",
    "</>", '<time datetime="2026-05-03T04:13:24+02:00">', '<time datetime="x&y">', '<li class="comment d0" ',
    '<li class="comment d0" data-comment-id="c7">', '<li class="x" data-comment-id="c8" class="y">', "<li<p>",
    ' data-comment-id="c9">', '<li data-comment-id="c&amp;10">', '<p dir="ltr" class="l-p">', "</P>", '<br class="a">',
    '<p dir="ltr" dir="rtl">', '<li class="comment d0" data-comment-id="\t">',
])  # fmt: skip


def read(data: bytes) -> tuple[object, ...]:
    """Return everything that reading a page finds, or that it is refused."""
    page = Page("data/snapshot/threads/0001.html", NAMES)
    try:
        page.read(BytesIO(data))
    except ValueError:
        return ("refused",)
    return (page.threads, page.stray_comments, page.faults)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], tuple[object, ...]]:
    """Return a way to read a page by the parser alone."""

    def by_parser(data: bytes) -> tuple[object, ...]:
        with monkeypatch.context() as patch:
            patch.setattr(pages, "PLAIN_BYTES", -1)
            return read(data)

    return by_parser


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=12))
def test_both_ways_of_reading_find_the_same(pieces: list[str]) -> None:
    """Whatever a page is put together of, it is told alike, or left to the parser."""
    data = "".join(pieces).encode()
    if plain_tags(data) is not None:
        with pytest.MonkeyPatch.context() as patch:
            quick = read(data)
            patch.setattr(pages, "PLAIN_BYTES", -1)
            assert quick == read(data)


def test_our_own_pages_are_plain(parsed: Callable[[bytes], tuple[object, ...]]) -> None:
    """Every page of a package is read the quick way, and the parser finds the same in it."""
    found = sorted(whole_package().folder.glob("data/snapshot/**/*.html"))
    assert len(found) >= 2
    for path in found:
        data = path.read_bytes()
        assert plain_tags(data) is not None
        assert read(data) == parsed(data)
