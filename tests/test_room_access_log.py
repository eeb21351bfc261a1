"""The access log: chained, durable, honest about what was torn, and read by administrators alone."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from _reading_room import json_of, room_over, visitor
from _room_access import FEW, browser_of
from _run_store import run_store

from urval.errors import StoreError
from urval.reading_room import Role, create_app
from urval.reading_room.access.chain import read_chain
from urval.reading_room.access.log import AccessLog
from urval.reading_room.access.restrictions import Restrictions
from urval.reading_room.faults import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

ALVA = visitor(Role.AUDITOR)


@contextmanager
def reading(folder: Path, role: Role) -> Iterator[TestClient]:
    """Give a browser at a room whose access log is in a folder."""
    room = room_over(run_store(), folder)
    yield browser_of(create_app(room, visitor=visitor(role), groups=FEW))
    room.close()


@pytest.fixture
def log(tmp_path: Path) -> AccessLog:
    """Give a log of five entries."""
    made = AccessLog(tmp_path / "state" / "access.jsonl")
    for number in range(5):
        made.append(ALVA, "view", f"thread {number}")
    return made


def test_each_entry_names_the_one_before(log: AccessLog) -> None:
    """Five entries are a whole chain; the file is its owner's alone; a head that was noted is found again."""
    chain = read_chain(log.file)
    log.append(ALVA, "view", "later")
    assert (chain.whole, chain.entries, chain.torn, chain.unfinished) == (True, 5, 0, False)
    assert read_chain(log.file, noted=chain.head).noted_at == 5
    assert log.file.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(log.file.read_bytes().splitlines()[0])) == {
        "format", "seq", "at", "by", "role", "known_by", "act", "what", "previous"
    }  # fmt: skip


@pytest.mark.parametrize("number", range(5))
def test_a_changed_entry_is_found(log: AccessLog, number: int) -> None:
    """Any entry but the last that is changed breaks the chain; the last one no longer has the noted digest."""
    head = read_chain(log.file).head
    lines = log.file.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b'"Alva"', b'"Berit"')
    log.file.write_bytes(b"".join(lines))
    assert read_chain(log.file).whole == (number == 4)
    assert not read_chain(log.file, noted=head).whole


@pytest.mark.parametrize("order", [[0, 1, 3, 4], [1, 2, 3, 4], [0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4], [0, 1, 2, 4]])
def test_missing_moved_and_doubled_entries_are_found(log: AccessLog, order: list[int]) -> None:
    """Taking out, moving or doubling an entry breaks the chain."""
    lines = log.file.read_bytes().splitlines(keepends=True)
    log.file.write_bytes(b"".join(lines[one] for one in order))
    assert not read_chain(log.file).whole


def test_a_cut_tail_is_seen_by_the_noted_head_alone(log: AccessLog) -> None:
    """What is cut off at the end leaves a whole chain: only the digest from the minutes shows it."""
    head = read_chain(log.file).head
    log.file.write_bytes(b"".join(log.file.read_bytes().splitlines(keepends=True)[:3]))
    assert read_chain(log.file).whole
    cut = read_chain(log.file, noted=head)
    assert "cut off" in cut.problems[0].sentence()


def test_a_stop_in_any_byte_of_a_line_is_told(log: AccessLog) -> None:
    """Wherever the writing of a line was stopped, the next entry tells of what is torn, and the chain is whole."""
    whole = log.file.read_bytes()
    begin = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(begin, len(whole) + 1):
        log.file.write_bytes(whole[:cut])
        torn = begin < cut < len(whole) - 1  # without its end, the line is still an entry
        assert read_chain(log.file).unfinished == torn
        log.append(ALVA, "view", "after")
        chain = read_chain(log.file)
        assert (chain.whole, chain.torn, chain.entries) == (True, int(torn), 5 if cut < len(whole) - 1 else 6)


def test_a_stop_while_telling_of_a_stop(log: AccessLog) -> None:
    """Two torn lines after one another are told of together; taking one of them away is found."""
    log.file.write_bytes(log.file.read_bytes() + b'{"torn"\n{"and again')
    log.append(ALVA, "view", "after")
    assert (read_chain(log.file).whole, read_chain(log.file).torn) == (True, 1)
    log.file.write_bytes(log.file.read_bytes().replace(b'{"and again\n', b""))
    assert not read_chain(log.file).whole


def test_what_was_never_told_of_is_found(log: AccessLog) -> None:
    """A line between entries that none of them tells of breaks the chain."""
    lines = log.file.read_bytes().splitlines(keepends=True)
    log.file.write_bytes(b"".join([*lines[:2], b"strange\n", *lines[2:]]))
    assert not read_chain(log.file).whole


def test_many_write_at_once(log: AccessLog) -> None:
    """Writers that know nothing of one another, as two processes, make one chain."""

    def write(name: str) -> None:
        own = AccessLog(log.file)
        for _ in range(15):
            own.append(visitor(name=name), "view", "a thread")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c", "d")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    chain = read_chain(log.file)
    assert (chain.whole, chain.entries) == (True, 65)


def test_a_long_entry_is_kept_short_and_one_line(log: AccessLog) -> None:
    """Line ends and lengths from outside do not make other entries."""
    log.append(visitor(name='x"}\n{"seq":1'), "view", "a\nb" + "c" * 100_000)
    log.append(ALVA, "view", "after")
    assert (read_chain(log.file).whole, read_chain(log.file).entries) == (True, 7)
    assert log.file.stat().st_size < 10_000


def test_what_cannot_be_logged_is_not_shown(tmp_path: Path) -> None:
    """Where the log cannot be written, pages of restricted things answer 503 and show nothing of them."""
    (tmp_path / "access.jsonl").mkdir()
    with pytest.raises(UnavailableError):
        AccessLog(tmp_path / "access.jsonl").append(ALVA, "view", "x")
    with reading(tmp_path, Role.ADMINISTRATOR) as asking:
        page = asking.get("/access-log")
        assert page.status_code == 503
        assert "the access log cannot be written" in page.text
        assert "<table" not in page.text
        assert asking.get("/packages").status_code == 200


def test_the_page_is_for_administrators(tmp_path: Path) -> None:
    """Others are told which role it takes; that an administrator read it is in it."""
    with reading(tmp_path, Role.ARCHIVIST) as asking:
        refused = asking.get("/access-log.json")
        assert refused.status_code == 403
        assert "administrator" in refused.json()["title"]
    with reading(tmp_path, Role.ADMINISTRATOR) as asking:
        told = json_of(asking, "/access-log.json")
    assert [(one["by"], one["act"]) for one in told["lines"]] == [("Alva", "read_access_log")]
    assert (told["whole"], told["problems"]) == (True, [])


def test_the_page_pages_filters_and_checks(tmp_path: Path) -> None:
    """Newest first, fifty a page, by a part of a name and by act; a noted head is found or missed; a break is red."""
    log = AccessLog(tmp_path / "access.jsonl")
    for number in range(60):
        log.append(visitor(name="Berit" if number % 3 else "<b>Åke</b>"), "view", f"<script>{number}</script>")
    head = read_chain(log.file).head
    with reading(tmp_path, Role.ADMINISTRATOR) as asking:
        first, last = json_of(asking, "/access-log.json"), json_of(asking, "/access-log.json?page=2")
        assert [one["number"] for one in first["lines"]] == list(range(61, 11, -1))
        assert last["lines"][-1]["number"] == 1
        assert json_of(asking, "/access-log.json?by=ÅKE")["matching"] == 20
        assert json_of(asking, "/access-log.json?act=read_access_log")["matching"] == 4
        assert json_of(asking, f"/access-log.json?noted={head}")["noted_at"] == 60
        assert json_of(asking, "/access-log.json?page=999")["page"] == 2
        for wrong in ("page=0", "noted=x", "act=A'--", f"by={'a' * 201}"):
            json_of(asking, f"/access-log.json?{wrong}", 422)
        page = asking.get("/access-log").text
        assert "The chain is whole" in page
        assert "<script>4" not in page
        assert "Åtkomstlogg" in asking.get("/access-log?lang=sv").text
        log.file.write_bytes(log.file.read_bytes().replace(b"Berit", b"Berta", 1))
        broken = asking.get("/access-log?lang=en").text
    assert "The log is broken" in broken
    assert 'role="alert"' in broken


class _Store:
    """A store whose list of restrictions cannot be read."""

    uri = "memory:"

    def keys(self, prefix: str) -> Iterator[str]:
        raise StoreError(f"{prefix} cannot be listed")


def test_where_nobody_can_say_everything_is_restricted() -> None:
    """A store that does not answer restricts every item; asking about many accounts does not fill the memory."""
    restrictions = Restrictions(_Store())  # type: ignore[arg-type]
    assert restrictions.of("a", "b").covers("anything")
    for number in range(3000):
        restrictions.of("a", str(number))
    assert len(restrictions._known) <= 2000
