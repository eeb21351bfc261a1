"""The search page: hits with their words marked, what may not be seen left out, and lists to take along."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pyarrow.parquet as pq
from _reading_room import client, json_of, room_over, visitor
from _room_index import FORMULA, TEXTS, words_store
from _room_package import long_store, marked_store, restricted_store
from _run_store import store_copy
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from starlette.testclient import TestClient

from urval.reading_room import Role, create_app
from urval.reading_room.results.tables import safe_cell

if TYPE_CHECKING:
    from pathlib import Path

FIRST = urlencode({"q": '"Kommentar 1 ü"'})  # what the first comment of every thread says


def test_found_words_are_marked_and_the_text_is_inert(tmp_path: Path) -> None:
    """The page marks the words found, in any inflection, and shows archived markup as text."""
    with client(words_store(), tmp_path) as asking:
        page = asking.get("/search?q=tack").text
        told = json_of(asking, "/search.json?q=kommunens")
    assert "&lt;script&gt;alert(&#39;<mark>tack</mark>&#39;)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    marked = {piece["text"] for hit in told["hits"] for piece in hit["pieces"] if piece["found"]}
    assert marked == {"Kommunen", "kommunens", "kommuner"}
    assert told["count"] == 3
    assert not told["more"]


def test_a_hit_leads_to_its_place(tmp_path: Path) -> None:
    """Each hit's link opens the page on which it stands."""
    with client(words_store(), tmp_path) as asking:
        (hit,) = json_of(asking, f"/search.json?{urlencode({'q': 'storgatan'})}")["hits"]
        page = asking.get("/search?q=storgatan").text
        address = f"/packages/{hit['archive']}/{hit['package']}/threads/{hit['number']}?comment={hit['row']}"
        assert f'href="{address}#comment-{hit["row"]}"' in page
        assert f'id="comment-{hit["row"]}"' in asking.get(address).text


def test_following_the_pages_gives_every_hit_once(tmp_path: Path) -> None:
    """From the first page to the last by the link to the next, every comment is shown once."""
    seen: list[tuple[str, int]] = []
    with client(long_store(205), tmp_path) as asking:
        after = None
        while True:
            address = {"kind": "comment", "order": "oldest"} | ({} if after is None else {"after": after})
            told = json_of(asking, f"/search.json?{urlencode(address)}")
            seen += [(hit["package"], hit["row"]) for hit in told["hits"]]
            after = told["after"]
            if after is None:
                break
    assert len(seen) == len(set(seen)) == told["count"] > 200


def test_restricted_items_are_left_out_without_the_right(tmp_path: Path) -> None:
    """A visitor finds no restricted comment on the page, in JSON, or in any list; the log stays empty."""
    store = restricted_store(tmp_path, "t1c1")
    asked = FIRST
    with client(store, tmp_path) as asking:
        told = json_of(asking, f"/search.json?{asked}")
        lists = [asking.get(f"/search.{kind}?{asked}").content for kind in ("csv", "parquet", "pdf")]
    assert {hit["item_id"] for hit in told["hits"]} == {"t2c1", "t3c1"}
    assert b"t1c1" not in lists[0]
    assert "t1c1" not in pq.read_table(io.BytesIO(lists[1])).column("item_id").to_pylist()
    assert "t1c1" not in _words_of(lists[2])
    assert not (tmp_path / "access.jsonl").exists()


def test_with_the_right_they_are_marked_and_logged(tmp_path: Path) -> None:
    """An auditor finds the restricted comment, marked as such, and the log tells that it was shown."""
    with client(restricted_store(tmp_path, "t1c1"), tmp_path, Role.AUDITOR) as asking:
        page = asking.get(f"/search?{FIRST}").text
    assert page.count("restricted by decision") == 2
    logged = [json.loads(line) for line in (tmp_path / "access.jsonl").read_text().splitlines()]
    assert "t1c1" in logged[-1]["what"]


def test_a_restriction_counts_before_the_index_knows_of_it(tmp_path: Path) -> None:
    """What was restricted after the index was made is not shown, as the store is asked again."""
    plain = store_copy(tmp_path / "plain")
    room = room_over(plain, tmp_path)
    restricted = restricted_store(tmp_path, "t1c1")
    (restricted / "restrictions").rename(plain / "restrictions")
    asking = TestClient(create_app(room, visitor=visitor()), base_url="http://127.0.0.1")
    told = asking.get(f"/search.json?{FIRST}").json()
    assert {hit["item_id"] for hit in told["hits"]} == {"t2c1", "t3c1"}
    assert told["count"] == 4


def test_a_csv_holds_every_hit_and_no_formula(tmp_path: Path) -> None:
    """The CSV has all hits with what was asked above them; a text that begins like a formula is none."""
    with client(words_store(), tmp_path) as asking:
        answer = asking.get("/search.csv?q=tack&kind=comment")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    head = [row for row in rows if row[0].startswith("#")]
    assert ["# asked Words: tack"] in head
    assert ["# whole: yes"] in head
    names, *told = rows[len(head) :]
    texts = {row[names.index("text")] for row in told}
    assert texts == {TEXTS[1], "'" + FORMULA, TEXTS[7]}
    assert all("#comment-" in row[names.index("address")] for row in told)


@given(st.text(max_size=30))
def test_no_cell_is_a_formula(text: str) -> None:
    """Whatever a text is, its cell begins with nothing that spreadsheets compute, and holds the text."""
    cell = safe_cell(text)
    assert cell.lstrip()[:1] not in set("=+-@")
    assert cell.endswith(text)


def test_a_parquet_list_says_what_it_is(tmp_path: Path) -> None:
    """The Parquet file has the texts as they are, and its metadata tell what was asked, of which store, and when."""
    with client(words_store(), tmp_path) as asking:
        table = pq.read_table(io.BytesIO(asking.get("/search.parquet?q=tack&kind=comment").content))
    assert set(table.column("text").to_pylist()) == {TEXTS[1], FORMULA, TEXTS[7]}
    about = json.loads((table.schema.metadata or {})[b"urval"])
    assert about["asked Words"] == "tack"
    assert about["rows"] == "3"
    assert about["index compared with the store at"] != "never"


def test_a_pdf_list_is_readable(tmp_path: Path) -> None:
    """The PDF says that it is PDF/A-2a, what was asked, and shows every text."""
    with client(words_store(), tmp_path) as asking:
        data = asking.get("/search.pdf?q=tack&kind=comment&lang=sv").content
    words = _words_of(data)
    assert "Sökträffar" in words
    assert all(text.split()[-1] in words for text in (TEXTS[1], TEXTS[7]))
    assert b"<pdfaid:part>2</pdfaid:part>" in data


def _words_of(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """A day that is none, an account that is none, or too long a question: a clear page, as HTML and as JSON."""
    refused = {
        "since=2026-13-01": 400, "since=2026-02-01&until=2026-01-01": 400, "until=9999-12-31": 400,
        "since=0001-01-01": 400, "since=x": 422, "kind=all": 422, "account=a/../b": 422, f"q={'x' * 401}": 422,
        "after=99999999999999999999": 422, "account=a": 422, "media=perhaps": 422,
    }  # fmt: skip
    with client(words_store(), tmp_path) as asking:
        for asked, status in refused.items():
            page, twin = asking.get(f"/search?{asked}"), asking.get(f"/search.json?{asked}")
            assert page.status_code == twin.status_code == status, asked
            assert twin.json()["title"]


def test_filters_and_empty_answers_are_told(tmp_path: Path) -> None:
    """Chosen filters stay chosen; nothing found, and nothing asked for, are said as such."""
    with client(marked_store(), tmp_path) as asking:
        page = asking.get("/search?removed=1&platform=facebook").text
        told: dict[str, Any] = json_of(asking, "/search.json?removed=1&platform=facebook")
        nothing, no_word = asking.get("/search?q=finnsinte").text, asking.get("/search?q=%2B%2B").text
        start = json_of(asking, "/search.json")
    assert 'name="removed" value="1" checked' in page
    assert '<option value="facebook" selected>' in page
    assert {hit["state"] for hit in told["hits"]} >= {"removed by its author", "removed by the body"}
    assert any(hit["registered"] for hit in told["hits"])
    assert "Nothing was found" in nothing
    assert "That holds no word" in no_word
    assert (start["anything"], start["hits"]) == (False, [])
