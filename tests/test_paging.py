from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pytest reads fixtures' names only, but keeps the import at run time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from _loopback import Call, Reply, bench, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import GateSettings
from connectors._connector import Endpoint
from connectors._graph_errors import GRAPH
from connectors._listing import Line, Listing
from connectors._paging import CursorLink, End, PageNumber, PageView, cut
from connectors._tree import depths, missing_parents
from connectors._wordpress_errors import WORDPRESS
from urval.errors import IncompleteError, MalformedError, RefusedError
from urval.source import EndReason

if TYPE_CHECKING:
    from collections.abc import Callable

API = "http://api.exempelstad.example"
BASE = {"base_url": API}
CURSOR = Endpoint(
    name="posts", path="/posts", parameters=(("limit", "100"),), records=("data",), paging=CursorLink(), limit="limit"
)
NUMBERED = Endpoint(
    name="posts", path="/posts", parameters=(("per_page", "3"),), records=(), paging=PageNumber(), limit="per_page"
)


def view(envelope: dict, number: int = 1, **headers: str) -> PageView:
    """Return what a rule looks at."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PageView(number=number, envelope=envelope, headers=named)


def test_only_the_platforms_own_signal_ends_a_cursor_listing() -> None:
    """Cursors without a next link are the end; a next link is followed, whatever the page holds."""
    rule = CursorLink()
    assert rule.next(view({"paging": {"cursors": {"after": "x"}}})) == End(EndReason.EXHAUSTED)
    assert rule.next(view({})) == End(EndReason.EXHAUSTED)
    assert rule.next(view({"paging": {"next": "https://g.example/?until&a=1"}})) == "https://g.example/?until&a=1"
    with pytest.raises(MalformedError):
        rule.next(view({"paging": {"next": 7}}))


def test_page_numbers_end_at_the_servers_total() -> None:
    """The header says how many pages there are; without it the page cannot be trusted."""
    rule = PageNumber()
    assert rule.next(view({}, 1, x_wp_totalpages="2", x_wp_total="4")) == "2"
    assert rule.next(view({}, 2, x_wp_totalpages="2", x_wp_total="4")) == End(EndReason.EXHAUSTED)
    assert rule.next(view({}, 1, x_wp_totalpages="0", x_wp_total="0")) == End(EndReason.EXHAUSTED)
    with pytest.raises(MalformedError, match="x-wp-totalpages"):
        rule.next(view({}))


def test_records_are_cut_as_exact_bytes() -> None:
    """A record keeps its spelling, order and blanks; what surrounds it is decoded."""
    body = '{"data":[ {"id": "1",  "å":"\\u00e5"} ,{"z":1.50}],"paging":{"next":null},"n":1}'.encode()
    envelope, records = cut(body, ("data",))
    assert [bytes(record) for record in records] == ['{"id": "1",  "å":"\\u00e5"}'.encode(), b'{"z":1.50}']
    assert envelope == {"paging": {"next": None}, "n": 1}
    nested, [record] = cut(b'{"data":{"comments":[7],"more":true}}', ("data", "comments"))
    assert (nested, bytes(record)) == ({"data": {"more": True}}, b"7")


@pytest.mark.parametrize("body", [b"{}", b'{"data":{}}', b"[]", b'{"data":null}', b"7"])
def test_a_page_without_records_is_malformed(body: bytes) -> None:
    """A missing or misplaced array is an error, never an empty page."""
    with pytest.raises(MalformedError):
        cut(body, ("data",))


def read(listing: Listing) -> list[object]:
    """Return all records of a listing, decoded."""
    return [msgspec.json.decode(raw) for _, records in listing for raw in records]


def cursor_server(cuts: list[list[int]]) -> Callable[[Call], Reply]:
    """Serve records in pages cut as told, some of them empty, linked by opaque tokens."""

    def answer(call: Call) -> Reply:
        at = int(parse_qs(urlsplit(call.path).query).get("after", ["0"])[0])
        paging = {"next": f"{API}/posts?after={at + 1}&until&access_token=t"} if at + 1 < len(cuts) else {"cursors": {}}
        return said({"data": cuts[at] if cuts else [], "paging": paging})

    return answer


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(), max_size=4), max_size=6))
def test_any_cut_into_pages_gives_the_same_records(tmp_path: Path, cuts: list[list[int]]) -> None:
    """Paging loses and repeats nothing, wherever the platform cuts, and costs one call a page."""
    with bench(tmp_path, cursor_server(cuts)) as b:
        listing = Listing(Line(gate=b.gate, auth=None, table=GRAPH), CURSOR, BASE)
        assert read(listing) == [number for page in cuts for number in page]
        assert listing.end is EndReason.EXHAUSTED
        assert listing.pages == len(b.calls) == max(1, len(cuts))
        assert not any("access_token" in call.path for call in b.calls)
        assert all("until" in call.path for call in b.calls[1:])


def test_a_repeated_token_is_an_error(tmp_path: Path) -> None:
    """A link that leads back ends the listing as incomplete, after as many calls as there are different pages."""
    circle = said({"data": [1], "paging": {"next": f"{API}/posts?after=same"}})
    with bench(tmp_path, lambda _call: circle) as b:
        with pytest.raises(IncompleteError, match="repeats itself"):
            read(Listing(Line(gate=b.gate, auth=None, table=GRAPH), CURSOR, BASE))
        assert len(b.calls) == 2


def test_an_endless_listing_is_left(tmp_path: Path) -> None:
    """A platform that always has another page is left at the limit."""
    with (
        bench(tmp_path, cursor_server([[1]] * 50), settings=GateSettings(max_pages=5)) as b,
        pytest.raises(IncompleteError, match="more than 5 pages"),
    ):
        read(Listing(Line(gate=b.gate, auth=None, table=GRAPH), CURSOR, BASE))


def test_a_link_to_another_host_is_not_followed(tmp_path: Path) -> None:
    """The credential goes to the platform only, whatever a paging link says."""
    away = said({"data": [1], "paging": {"next": "http://annan.exempelstad.example/posts"}})
    with bench(tmp_path, lambda _call: away, hosts=("api.exempelstad.example", "annan.exempelstad.example")) as b:
        with pytest.raises(RefusedError, match="another host"):
            read(Listing(Line(gate=b.gate, auth=None, table=GRAPH), CURSOR, BASE))
        assert len(b.calls) == 1


@pytest.mark.parametrize("first", [False, True])
def test_numbered_pages_that_shrink_are_read_again(tmp_path: Path, first: bool) -> None:
    """A record deleted between two pages shifts the rest; the second reading finds the one that slipped through."""
    records = list(range(9 if first else 10))

    def answer(call: Call) -> Reply:
        page = int(parse_qs(urlsplit(call.path).query)["page"][0])
        total = len(records)
        pages = -(-total // 3)
        if page > pages:
            return said({"code": "rest_post_invalid_page_number", "message": "past the end"}, 400)
        reply = said(records[3 * page - 3 : 3 * page], X_WP_Total=str(total), X_WP_TotalPages=str(pages))
        if page == 1 and 0 in records:
            records.remove(0)
        return reply

    with bench(tmp_path, answer) as b:
        found = read(Listing(Line(gate=b.gate, auth=None, table=WORDPRESS), NUMBERED, BASE))
    assert set(found) == set(range(9 if first else 10))


def test_numbered_pages_that_never_settle_are_incomplete(tmp_path: Path) -> None:
    """A listing that shrinks at every reading is not called whole."""
    left = [60]

    def answer(_call: Call) -> Reply:
        left[0] -= 1
        return said([1], X_WP_Total=str(left[0]), X_WP_TotalPages="2")

    with bench(tmp_path, answer) as b, pytest.raises(IncompleteError, match="kept changing"):
        read(Listing(Line(gate=b.gate, auth=None, table=WORDPRESS), NUMBERED, BASE))


parent_maps = st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghxy"))


@given(parent_maps)
def test_depth_is_one_more_than_the_parents(parents: dict[str, str | None]) -> None:
    """Whatever the tree, a root has 0, a child of a missing parent 1, and no ring keeps the walk going."""
    found = depths(parents)
    assert found.keys() == parents.keys()
    for key, parent in parents.items():
        if parent is None:
            assert found[key] == 0
        elif parent not in parents:
            assert found[key] == 1
        elif not _in_ring(parents, key):
            assert found[key] == found[parent] + 1
    assert set(missing_parents(parents)) == {p for p in parents.values() if p is not None and p not in parents}


def _in_ring(parents: dict[str, str | None], key: str) -> bool:
    seen, at = set(), parents.get(key)
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return at is not None


def test_depth_does_not_depend_on_order() -> None:
    """A long chain has the same depths from either end."""
    chain = {str(n): str(n - 1) if n else None for n in range(5000)}
    assert depths(chain) == depths(dict(reversed(chain.items()))) == {str(n): n for n in range(5000)}
