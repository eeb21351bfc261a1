"""The index of the reading room: finds Swedish words in any inflection, follows the store, and is never the truth."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from unicodedata import normalize

import numpy as np
import pytest
from _room_index import TEXTS, index_of, words_store
from _room_package import long_store, marked_store, restricted_store
from _run_store import package_folders, store_copy
from _sample_package import ACCOUNT
from hypothesis import example, given, settings
from hypothesis import strategies as st

from urval.reading_room.index import Index, Query
from urval.reading_room.index._rows import ids_of
from urval.reading_room.index.asking import terms_of
from urval.reading_room.index.words import stemmed, stems_of
from urval.reading_room.results import snippet
from urval.store import DirectoryStore, open_store


@cache
def _words_index() -> Index:
    return index_of(words_store(), Path(mkdtemp(prefix="urval-index-")))


def _found(words: str, **more: object) -> set[str]:
    found = _words_index().search(Query(words=words, most=100, **more))  # type: ignore[arg-type]
    return {one.text for one in found.hits}


@pytest.mark.parametrize("asked", ["kommun", "kommunen", "KOMMUNENS", "kommuner"])
def test_every_inflection_finds_every_other(asked: str) -> None:
    """Kommun, kommunen, kommunens and kommuner are one word, however they are written."""
    assert _found(asked) == set(TEXTS[:3])


def test_swedish_letters_are_letters_of_their_own() -> None:
    """Neither å nor ä is an a: ål does not find al, and å finds itself alone."""
    assert _found("ål") == {TEXTS[3]}
    assert _found("al") == {TEXTS[4]}
    assert _found("å") == {TEXTS[3]}


def test_a_letter_that_came_in_two_parts_is_found_and_marked() -> None:
    """Text with o and a separate diaeresis is found by ö, and the word is marked as it is shown."""
    assert _found("malmö") == {TEXTS[5]} == _found(normalize("NFD", "MALMÖ"))
    marked = [piece.text for piece in snippet(TEXTS[5], terms_of("malmö möte")) if piece.found]
    assert marked == [normalize("NFD", "Möte"), normalize("NFD", "Malmö")]


def test_words_phrases_beginnings_and_what_is_not_wanted() -> None:
    """All words must occur; a phrase in its order; a beginning with *; -word takes away, alone too."""
    assert _found("lördag badet") == set(TEXTS[8:10])
    assert _found('"öppnar på lördag"') == {TEXTS[8]}
    assert _found("pers*") == {TEXTS[1]}
    assert _found("kommun -tack") == {TEXTS[0], TEXTS[2]}
    everything = _found("")
    assert _found("-kommun") == everything - set(TEXTS[:3])


_HOSTILE = (
    '"', "NEAR(tack, 5)", "words:tack", "marks:a1", "tack OR kommun", "^tack", "'; DROP TABLE item; --", "* -", "a1",
    "kcomment", "{words marks}: tack", "tack\x00kommun", "(", '-"', "tack AND",
)  # fmt: skip


@pytest.mark.parametrize("hostile", _HOSTILE)
def test_what_is_asked_is_words_and_never_a_language(hostile: str) -> None:
    """FTS5's operators, column names and marks, and SQL, are only words; the index is there afterwards."""
    assert _found(hostile) <= {text for text in TEXTS if set(stems_of(hostile)) <= set(stems_of(text))}
    assert _found("kommun") == set(TEXTS[:3])


@settings(max_examples=60)
@given(st.text(max_size=60))
@example("İ")
@example("ß ſ ŉ")
def test_whatever_is_asked_has_an_answer(asked: str) -> None:
    """No text that anybody can type is an error."""
    found = _words_index().search(Query(words=asked))
    assert len(found.hits) <= found.count or found.more


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_composed_and_decomposed_text_has_the_same_words(text: str) -> None:
    """Canonically equivalent texts hold the same stems."""
    assert stems_of(normalize("NFD", text)) == stems_of(normalize("NFC", text))


@settings(max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_many_texts_at_once_have_the_stems_of_each(texts: list[str]) -> None:
    """What is indexed in bulk is what is asked for one by one."""
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    assert [told.split(" ") if told else [] for told in map(_single_spaced, stemmed(texts))] == list(
        map(stems_of, texts)
    )


def _single_spaced(text: str) -> str:
    return re.sub(" +", " ", text).strip(" ")


@settings(max_examples=60)
@given(st.text(max_size=900), st.lists(st.sampled_from(["tack", "och", "på*", '"a b"', "x"]), max_size=3))
def test_a_piece_shows_nothing_but_the_text(text: str, words: list[str]) -> None:
    """The pieces of a text are a stretch of it, in order, with … only where it was cut."""
    pieces = [piece.text for piece in snippet(text, terms_of(" ".join(words)))]
    shown = "".join(pieces)
    assert shown.removesuffix("…").removeprefix("…") in text or shown in text


@settings(max_examples=60)
@given(st.lists(st.integers(-(10**16), 10**16), max_size=40), st.integers(1, 2**20 - 1))
def test_ids_are_different_and_in_the_order_of_time(micros: list[int], package: int) -> None:
    """Items of a package get ids in their order of time, all different; those of another package never the same."""
    ids = ids_of(np.array(micros, dtype=np.int64), package).tolist()
    assert len(set(ids)) == len(ids)
    assert [micros[n] for n in np.argsort(ids)] == sorted(micros)
    assert not set(ids) & set(ids_of(np.array(micros, dtype=np.int64), package - 1).tolist())


def test_pages_give_each_hit_once(tmp_path: Path) -> None:
    """Asking for page after page, in either order, gives every item once, in the order of time."""
    index = index_of(long_store(205), tmp_path)
    for oldest_first in (False, True):
        seen, query = [], Query(kind="comment", most=50, oldest_first=oldest_first)
        following: Query | None = query
        while following is not None:
            found = index.search(following)
            seen += found.hits
            following = found.next
        assert len({one.id for one in seen}) == len(seen) == found.count > 200
        times = [one.created_at for one in seen]
        assert times == sorted(times, reverse=not oldest_first)


def test_filters_narrow(tmp_path: Path) -> None:
    """Account, platform, kind, rule, media, question, removed and days each leave what they name, and nothing else."""
    index = index_of(marked_store(), tmp_path)
    everything = index.search(Query(most=100)).hits
    asked = {
        "media": (Query(media=True), lambda one: one.media),
        "question": (Query(question=True), lambda one: "?" in one.text),
        "removed": (Query(removed=True), lambda one: one.removed),
        "kind": (Query(kind="version"), lambda one: one.kind == "version"),
        "rule": (Query(rule="mest"), lambda one: "mest" in one.rules),
        "account": (Query(account=ACCOUNT), lambda _: True),
        "nobody": (Query(account="nobody"), lambda _: False),
        "platform": (Query(platform="facebook"), lambda _: True),
        "other": (Query(platform="x"), lambda _: False),
        "since": (Query(since=datetime(2026, 7, 1, tzinfo=UTC)), lambda one: one.created_at.month >= 7),
        "before": (Query(before=datetime(2026, 7, 1, tzinfo=UTC)), lambda one: one.created_at.month < 7),
    }
    for name, (query, fits) in asked.items():
        found = {one.id for one in index.search(query).hits}
        assert found == {one.id for one in everything if fits(one)}, name
    assert {one.thread_id[:8] for one in index.removed().hits} == {"t1", "removal:"}
    assert {one.kind for one in everything} == {"post", "comment", "version"}


def test_restricted_items_are_neither_found_nor_counted(tmp_path: Path) -> None:
    """A restricted comment, in every package that holds it, is absent without the right, and flagged with it."""
    index = index_of(restricted_store(tmp_path, "t1c1"), tmp_path)
    without, all_of_them = index.search(Query(most=100)), index.search(Query(most=100, restricted=True))
    assert "t1c1" not in {one.item_id for one in without.hits}
    assert {one.item_id for one in all_of_them.hits if one.restricted} == {"t1c1"}
    assert all_of_them.count - without.count == 2


def test_a_restricted_thread_takes_its_comments_along(tmp_path: Path) -> None:
    """Nothing of a restricted thread is found, neither post nor comments."""
    index = index_of(restricted_store(tmp_path, "t1", "thread"), tmp_path)
    assert "t1" not in {one.thread_id for one in index.search(Query(most=100)).hits}


def test_where_nobody_can_say_everything_is_restricted(tmp_path: Path) -> None:
    """A restriction that cannot be read hides the whole account."""
    store = restricted_store(tmp_path, "t1c1")
    (record,) = store.glob("restrictions/*/*/*.json")
    record.write_text("{}")
    index = index_of(store, tmp_path)
    assert index.search(Query()).count == 0
    assert index.search(Query(restricted=True)).count > 0


def test_a_deleted_package_is_forgotten(tmp_path: Path) -> None:
    """What is gone from the store is gone from the index, its words too; what comes back is found again."""
    store = store_copy(tmp_path)
    index = index_of(store, tmp_path)
    both = index.search(Query(words="kommentar")).count
    gone = package_folders(store)[0]
    shutil.move(gone, tmp_path / "kept")
    index.bring_up_to_date(open_store(str(store)))
    assert index.search(Query(words="kommentar")).count * 2 == both
    assert [one.package_id for one in index.packages()] == [package_folders(store)[0].name]
    shutil.rmtree(package_folders(store)[0])
    index.bring_up_to_date(open_store(str(store)))
    assert _words_left(tmp_path / "index.sqlite") == 0
    shutil.move(tmp_path / "kept", gone)
    index.bring_up_to_date(open_store(str(store)))
    assert index.search(Query(words="kommentar")).count * 2 == both


def _words_left(file: Path) -> int:
    with sqlite3.connect(file) as asking:
        asking.execute("CREATE VIRTUAL TABLE temp.left USING fts5vocab(main, word, row)")
        count: int = asking.execute("SELECT count(*) FROM temp.left").fetchone()[0]
    return count


def test_a_damaged_package_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    """A package with other bytes than its manifest names is known with what is wrong; mended, it is indexed."""
    store = store_copy(tmp_path)
    table = package_folders(store)[0] / "data" / "tables" / "comments.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[:-1] + b"\0")
    index = index_of(store, tmp_path)
    first, second = index.packages()
    assert "is not the file that was sealed" in first.problem
    assert not second.problem
    assert {one.package_id for one in index.search(Query(most=100)).hits} == {second.package_id}
    table.write_bytes(whole)
    index.bring_up_to_date(open_store(str(store)))
    assert index.freshness().problems == 0
    assert len({one.package_id for one in index.search(Query(most=100)).hits}) == 2


def test_a_manifest_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A package whose manifest is no manifest is listed with its problem, and the others are indexed."""
    store = store_copy(tmp_path)
    (package_folders(store)[0] / "manifest.json").write_bytes(b"[" * 100_000)
    problems = [one.problem for one in index_of(store, tmp_path).packages()]
    assert problems == ["the package's manifest.json cannot be read", ""]


@pytest.mark.parametrize("spoil", ["foreign", "cut", "other-version", "pages"])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, spoil: str) -> None:
    """A file of another program, cut short, of another version, or with broken pages is thrown away and made anew."""
    index_of(words_store(), tmp_path)
    file = tmp_path / "index.sqlite"
    with sqlite3.connect(file) as closing:
        closing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if spoil == "other-version":
            closing.execute("PRAGMA user_version = 1")
    data = file.read_bytes()
    if spoil == "foreign":
        file.write_bytes(b"no database " * 1000)
    elif spoil == "cut":
        file.write_bytes(data[:5000])
    elif spoil == "pages":
        file.write_bytes(data[:100] + b"\x55" * (len(data) - 100))
    index = index_of(words_store(), tmp_path)
    assert index.search(Query(words="kommun")).count == 3


def test_an_index_that_is_there_is_used_again(tmp_path: Path) -> None:
    """Opening the file again finds everything at once, without the store; only what is new is read."""
    before = index_of(words_store(), tmp_path).freshness()
    again = Index(tmp_path / "index.sqlite")
    assert again.freshness() == before
    assert again.search(Query(words="kommun")).count == 3
    read: list[tuple[int, int]] = []
    again.bring_up_to_date(open_store(str(words_store())), lambda *told: read.append(told))
    assert read == [(0, 0)]


def test_two_rooms_may_share_a_file(tmp_path: Path) -> None:
    """What one index writes, another over the same file reads; one whose file was replaced opens the new one."""
    store = DirectoryStore(words_store())
    one, other = Index(tmp_path / "index.sqlite"), Index(tmp_path / "index.sqlite")
    assert other.search(Query(words="kommun")).count == 0
    one.bring_up_to_date(store)
    assert other.search(Query(words="kommun")).count == 3
    other.throw_away()
    assert one.search(Query(words="kommun")).count == 0
    one.bring_up_to_date(store)
    assert other.search(Query(words="kommun")).count == 3


def test_threads_and_weeks(tmp_path: Path) -> None:
    """Threads are found by number and id; every post and comment is counted in the week it was written in."""
    index = index_of(words_store(), tmp_path)
    (package,) = index.packages()
    threads = index.threads(package.no)
    assert [index.thread(package.no, one.number) for one in threads] == threads
    assert index.thread_of(package.no, "t2") == threads[1]
    assert index.thread(package.no, 99) is None
    assert index.thread_of(package.no, "'--") is None
    weeks = index.weekly(package.archive, package.account)
    assert all(monday.weekday() == 0 for monday, _, _ in weeks)
    assert sum(posts for _, posts, _ in weeks) == len(threads)
    assert sum(comments for _, _, comments in weeks) == sum(one.comments for one in threads)
    assert re.match(r"\d{4}-05-01", package.period.partition("--")[0])
