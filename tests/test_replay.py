"""What is recorded is handed out again as it was, up to the last pair that is whole."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from _loopback import NOW, Call, Reply, serving
from warcio.archiveiterator import ArchiveIterator

from connectors import Gate, GateSettings, WarcFile
from connectors._limits import Auth, Page
from connectors._media import NotStored, StoredMedia
from connectors._replay import KEPT_HOURS, Leftover, Recorded, StaleError, take_up
from connectors._responses import HTTP
from urval.errors import GoneError, RefusedError, SourceError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

HOST = "api.exempelstad.example"
API = f"http://{HOST}"
TOKEN = "planted-token-0123456789"
INFO = {"capture-id": "test", "software": "urval/1", "clock": "fixed"}
ASKED = ("a", "eko", "borta", *["kort"] * 3, "a", "b", "borta.png", *["kort.png"] * 3, "bild")  # retries too
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def answers(call: Call) -> Reply:
    """Answer with pages, a page that echoes the token, a medium, and faults."""
    if "bild" in call.path:
        return Reply(PNG, 200, {"Content-Type": "image/png"})
    if "borta" in call.path:
        return Reply(b"{}", 404)
    if "kort" in call.path:
        return Reply(b'{"half": ', 200, length=4000)
    if "eko" in call.path:
        body = json.dumps({"next": f"{API}/x?access_token={TOKEN}&after=1"}).encode()
        return Reply(body, 200, {"Content-Type": "application/json", "X-Echo": TOKEN, "X-WP-Total": "7"})
    return Reply(json.dumps({"å": call.path}).encode())


@contextmanager
def gate_on(
    folder: Path, answer: Callable[[Call], Reply], leftover: Leftover | None = None, now: datetime = NOW, **limits: bool
) -> Iterator[tuple[Gate, list[Call], list[float]]]:
    """Open a gate that notes in ``mark`` how far it came."""
    slept: list[float] = []
    software = {name: value for name, value in INFO.items() if name != "capture-id"}
    with (
        serving(answer) as (where, calls),
        WarcFile(
            folder / "exchanges.warc.gz", capture_id="test", clock=lambda: now, software=software, mark=folder / "mark",
            leftover=leftover,
        ) as warc,
        Gate(
            GateSettings(retries=2, **limits), clock=lambda: now, sleep=slept.append, warc=warc, media=folder / "media",
            connect_to={HOST: where}, recorded=Recorded(leftover),
        ) as gate,
    ):  # fmt: skip
        yield gate, calls, slept


def walk(gate: Gate) -> list[Page | StoredMedia | NotStored | str]:
    """Ask for everything, as a source would."""
    found: list[Page | StoredMedia | NotStored | str] = []
    for path in ("a", "eko", "borta", "kort", "a", "b"):
        try:
            found.append(gate.get(f"{API}/{path}", table=HTTP))
        except (GoneError, RefusedError) as error:
            found.append(error.diagnostics())
        except Exception as error:  # noqa: BLE001 - whatever it is, the second walk must end in the same
            found.append(f"{type(error).__name__}: {error}")
    return found + [gate.download(f"{API}/{name}") for name in ("borta.png", "kort.png", "bild")]


def left_in(folder: Path, now: datetime = NOW, info: dict[str, str] | None = None) -> Leftover | None:
    """Take up what lies in a folder."""
    return take_up(folder / "exchanges.warc.gz", folder / "mark", info=info or INFO, now=now)


def test_what_was_recorded_is_handed_out_as_it_was(tmp_path: Path) -> None:
    """Pages, media, refusals and cut-off answers are the same objects the second time, with the times of the first."""
    with gate_on(tmp_path, answers) as (gate, calls, slept):
        gate.guard(Auth("Bearer", TOKEN))
        first = walk(gate)
        assert len(calls) == len(ASKED)
        assert slept
    leftover = left_in(tmp_path, NOW + timedelta(hours=48))
    assert leftover is not None
    assert leftover.pairs == len(ASKED)
    assert leftover.started_at == NOW
    later = NOW + timedelta(hours=5)
    with gate_on(tmp_path, lambda _: Reply(status=500), leftover, later) as (gate, calls, slept):
        assert gate.started_at == NOW
        assert gate.clock() == later
        assert walk(gate) == first
        assert gate.clock() == NOW
        assert calls == slept == []
        assert gate.requests_answered == len(ASKED)
        with pytest.raises(TransientError):
            gate.get(f"{API}/new")
        assert gate.clock() == later
    assert TOKEN.encode() not in unpacked(tmp_path / "exchanges.warc.gz")


def unpacked(path: Path) -> bytes:
    """Return what a gzip file holds."""
    with gzip.open(path) as file:
        return file.read()


@pytest.mark.parametrize("last", ["/c", "/bild2", "/eko2"])
def test_a_tail_torn_at_any_byte(tmp_path: Path, last: str) -> None:
    """Where the last pair is torn, the pairs before are taken up, and going on makes the bytes of an untorn file."""
    path = tmp_path / "exchanges.warc.gz"
    with gate_on(tmp_path, answers) as (gate, _, _):
        gate.guard(Auth("Bearer", TOKEN))
        walk(gate)
        before = path.stat().st_size
        ask(gate, last)
    data, pairs = path.read_bytes(), len(ASKED)
    # Every byte near both ends, where records begin and end; every third between.
    ends = [*range(before, before + 80), *range(before + 80, len(data) - 80, 3), *range(len(data) - 80, len(data))]
    for end in ends:
        path.write_bytes(data[:end])
        leftover = left_in(tmp_path)
        assert leftover is not None
        assert (leftover.end, leftover.pairs) == (before, pairs), end
    with gate_on(tmp_path, answers, leftover) as (gate, calls, _):
        gate.guard(Auth("Bearer", TOKEN))
        walk(gate)
        ask(gate, last)
        assert [call.path for call in calls] == [last]
    assert path.read_bytes() == data
    with path.open("rb") as file:
        assert sum(record.rec_type == "response" for record in ArchiveIterator(file)) == pairs + 1


def test_a_pair_whose_metadata_may_be_missing(tmp_path: Path) -> None:
    """Where a file ends too early, its last pair counts only if a metadata record, or another answer, follows it."""
    path = tmp_path / "exchanges.warc.gz"
    sizes = []
    with gate_on(tmp_path, answers) as (gate, _, _):
        for name in ("a", "b", "c"):
            gate.get(f"{API}/{name}")
            sizes.append(path.stat().st_size)
    data = path.read_bytes()
    for end, pairs in ((sizes[1], 1), (sizes[1] + 1, 1), (sizes[2] - 1, 2), (sizes[2], 3)):
        path.write_bytes(data[:end])
        leftover = left_in(tmp_path)
        assert leftover is not None
        assert (leftover.pairs, leftover.end) == (pairs, sizes[pairs - 1])


def ask(gate: Gate, path: str) -> None:
    """Ask for a medium or a page."""
    if "bild" in path:
        assert isinstance(gate.download(f"{API}{path}"), StoredMedia)
    else:
        gate.get(f"{API}{path}")


def test_failures_after_the_last_accepted_answer_are_cut_off(tmp_path: Path) -> None:
    """What was refused at the end is not recorded any more: it is asked for again."""
    with gate_on(tmp_path, answers) as (gate, _, _):
        gate.get(f"{API}/a")
        size = (tmp_path / "exchanges.warc.gz").stat().st_size
        for _ in range(2):
            with pytest.raises(GoneError):
                gate.get(f"{API}/borta")
        gate.download(f"{API}/borta.png")
    leftover = left_in(tmp_path)
    assert leftover is not None
    assert (leftover.pairs, leftover.end) == (1, size)
    with gate_on(tmp_path, answers, leftover) as (gate, calls, _):
        gate.get(f"{API}/a")
        with pytest.raises(GoneError):
            gate.get(f"{API}/borta")
        assert [call.path for call in calls] == ["/borta"]


@pytest.mark.parametrize(
    ("info", "moved", "said"),
    [
        ({"capture-id": "other"}, 0, "another capture id"),
        ({"software": "urval/2"}, 0, "another software"),
        ({"clock": "system"}, 0, "another clock"),
        ({"spec-sha256": "0"}, 0, "another spec sha256"),
        ({}, KEPT_HOURS * 3600 + 1, f"not of the last {KEPT_HOURS} hours"),
        ({}, -1, f"not of the last {KEPT_HOURS} hours"),
    ],
)
def test_what_is_of_something_else_or_too_old_is_refused(
    tmp_path: Path, info: dict[str, str], moved: int, said: str
) -> None:
    """Only the same capture by the same software under the same clock is gone on with, and only for a day."""
    with gate_on(tmp_path, answers) as (gate, _, _):
        gate.get(f"{API}/a")
    with pytest.raises(StaleError, match=said):
        left_in(tmp_path, NOW + timedelta(seconds=moved), INFO | info)


def test_every_changed_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    """A WARC with a byte changed is refused, or taken up to before it: what is handed out is what was recorded."""
    path = tmp_path / "exchanges.warc.gz"
    with gate_on(tmp_path, answers) as (gate, _, _):
        whole = [gate.get(f"{API}/a"), gate.get(f"{API}/b")]
    data = path.read_bytes()
    refused = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            leftover = left_in(tmp_path)
        except StaleError:
            refused += 1
            continue
        recorded = Recorded(leftover)
        for page in whole:
            answer = recorded.answer(page.url)
            assert answer is None or (answer.body, answer.status, answer.at) == (page.body, page.status, page.at)
    assert refused > len(data) / 2


@pytest.mark.parametrize("content", [b"", b"x", b"99999999999999999999", b"-5"])
def test_a_mark_that_is_no_number(tmp_path: Path, content: bytes) -> None:
    """A mark that is empty, broken or beyond the file gives a refusal, or what is whole in the file."""
    with gate_on(tmp_path, answers) as (gate, _, _):
        gate.get(f"{API}/a")
        gate.get(f"{API}/b")
    (tmp_path / "mark").write_bytes(content)
    try:
        leftover = left_in(tmp_path)
    except StaleError:
        assert content in {b"x", b"-5"}
    else:
        assert (leftover.pairs if leftover else 0) == (1 if content.startswith(b"9") else 0)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_cursor_that_is_not_known_any_more(tmp_path: Path, status: int) -> None:
    """Only where recorded answers were taken up does a refused place in a listing mean: start afresh."""
    with gate_on(tmp_path, answers) as (gate, _, _):
        gate.get(f"{API}/a")
    leftover = left_in(tmp_path)
    with gate_on(tmp_path, lambda _: Reply(status=status), leftover) as (gate, _, _):
        gate.get(f"{API}/a")
        with pytest.raises(SourceError):
            gate.get(f"{API}/b")
        with pytest.raises(StaleError):
            gate.get(f"{API}/a?after=x", cursor=True)
    (tmp_path / "fresh").mkdir()
    with (
        gate_on(tmp_path / "fresh", lambda _: Reply(status=status)) as (gate, _, _),
        pytest.raises(SourceError),
    ):
        gate.get(f"{API}/a?after=x", cursor=True)
