"""The reading room over 100 packages with 1,000,000 comments: index, memory, start, and how long pages take.

``python -m bench.reading_room`` prints the lines; ``build`` makes the index in a process of its own. Pages are asked
for over HTTP, one connection, from the process that ``urval browse`` starts; the same queries are asked of Datasette
over the same rows (a table with an FTS5 index of the texts, newest first), in turns, each as an HTML page of 20 rows.
Datasette comes from PyPI into an environment of its own below ``.build/bench``.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import venv
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.measuring import FOLDER, Line, in_turns, told
from bench.room_queries import QUERIES
from bench.room_store import ACCOUNTS, ARCHIVE, COMMENTS, LONG, PERIODS, THREADS, make, place
from bench.serving import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASE = FOLDER / "reading-room"
_DATASETTE = "datasette==0.65.5"
_RECORDS = ACCOUNTS * PERIODS * (THREADS + COMMENTS)
_ROUNDS = 3
_STARTS = 7  # the first come right after an index of half a gigabyte was written


def lines() -> list[Line]:
    """Make the store if it is not there; measure."""
    store = make()
    (built,) = in_turns(1, ("reading_room", "build"))
    shutil.rmtree(_BASE / "home", ignore_errors=True)
    with _room(store) as room:
        _wait_for_index(room)
        _ask_all(room)
        peak = _peak(room.pid)
    started = [_started(store) for _ in range(_STARTS)]
    with _room(store) as room:
        _until_answered(room)
        first = _p95([_fine(room, "/") for _ in range(100)])
        weight, of_what = _weight(room)
        thread = _thread(room)
        ours, theirs = _in_turns(room)
    return [
        *_of_index(built.seconds, peak, started),
        Line("room, first page", first * 1000, 100, at_most=True, detail="p95 of 100", unit="ms"),
        *_of_search(ours, theirs),
        *thread,
        Line("room, page weight", weight / 1000, 150, at_most=True, detail=of_what, unit="kB"),
    ]


def _of_index(built: float, peak: int, started: list[float]) -> list[Line]:
    told_of_start = f"until the first page is there; median of {_STARTS}, the slowest {max(started):.1f} s"
    rate, records = _RECORDS / built / 1000, f"{_RECORDS:,} records in {built:.1f} s"
    made = "the server's peak, index made and searched"
    return [
        Line("room, index", rate, 50, at_most=False, detail=records, unit="k/s"),
        Line("room, memory", peak / 1e6, 500, at_most=True, detail=made, unit="MB"),
        Line("room, start with an index", median(started), 2.0, at_most=True, detail=told_of_start, unit="s"),
    ]


def _of_search(ours: list[float], theirs: list[float]) -> list[Line]:
    slowest = f"median {median(ours) * 1000:.0f} ms, slowest {max(ours) * 1000:.0f} ms"
    asked = f"p95; {len(QUERIES)} queries, {_ROUNDS} times; {slowest}"
    other = f"Datasette {_p95(theirs) * 1000:.0f} ms (median {median(theirs) * 1000:.0f} ms)"
    ratio = f"p95 {_p95(ours) * 1000:.0f} ms, {other}"
    return [
        Line("room, search", _p95(ours) * 1000, 150, at_most=True, detail=asked, unit="ms"),
        Line("room, search, beside Datasette", _p95(ours) / _p95(theirs), 1.0, at_most=True, detail=ratio),
    ]


@contextmanager
def _room(store: Path) -> Iterator[Server]:
    """Run ``urval browse`` over the store, its index and log below the bench's folder."""
    home = _BASE / "home"
    command = [sys.executable, "-m", "urval.cli", "browse", str(store), "--port", "0"]
    environment = os.environ | {"XDG_CACHE_HOME": str(home / "cache"), "XDG_STATE_HOME": str(home / "state")}
    with running(command, environment, r"http://127\.0\.0\.1:\d+") as server:
        yield server


def _started(store: Path) -> float:
    """Return the seconds from starting the process until its first page is there."""
    with _room(store) as room:
        return _until_answered(room) - room.opened


def _until_answered(server: Server) -> float:
    until = time.perf_counter() + 120
    while time.perf_counter() < until:
        try:
            if server.get("/")[0] == 200:
                return time.perf_counter()
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the server does not answer")


def _wait_for_index(room: Server) -> None:
    _until_answered(room)
    until = time.perf_counter() + 900
    while time.perf_counter() < until:
        if b'"compared_at":null' not in room.get("/search.json")[1]:
            return
        time.sleep(1)
    raise SystemExit("the index is not made")


def _fine(server: Server, path: str) -> float:
    status, body, took = server.get(path)
    if status != 200:
        raise SystemExit(f"{path}: {status} {body[:300]!r}")
    return took


def _ask_all(room: Server) -> list[float]:
    return [_fine(room, f"/search?{urlencode({'q': words, **narrowed})}") for words, narrowed in QUERIES]


def _thread(room: Server) -> list[Line]:
    """Ask for the thread of 5,000 comments, where there is such a page."""
    path = f"/packages/{ARCHIVE}/{place((PERIODS - 1) * ACCOUNTS)[2]}/threads/1"
    if room.get(path)[0] == 404:
        return []
    took = _p95([_fine(room, path) for _ in range(20)])
    return [
        Line(
            "room, thread of 5,000 comments",
            took * 1000,
            300,
            at_most=True,
            detail=f"p95 of 20; {LONG} comments",
            unit="ms",
        )
    ]


def _weight(room: Server) -> tuple[float, str]:
    """Return the bytes of the heaviest of some pages with all that it loads but pictures, as transferred."""
    found = {}
    for path in ("/", "/packages", "/search?q=kommun", f"/packages/{ARCHIVE}/{place(90)[2]}/threads/1"):
        status, page, _ = room.get(path, packed=True)
        if status != 200:
            continue
        html = gzip.decompress(page).decode()
        loaded = set(re.findall(r'(?:href|src)="(/assets/[^"]+\.(?:css|js))"', html))
        bodies = {path: room.get(path, packed=True)[1] for path in loaded}
        fonts = set()
        for name, body in bodies.items():
            if name.endswith(".css"):
                fonts |= set(re.findall(r'url\("([^"]+\.woff2)"\)', gzip.decompress(body).decode()))
        sizes = [len(page), *map(len, bodies.values()), *(len(room.get(f"/assets/{f}", packed=True)[1]) for f in fonts)]
        found[path] = sum(sizes)
    heaviest = max(found, key=lambda path: found[path])
    return found[heaviest], f"{heaviest}: page, style, script and fonts, packed"


def _in_turns(room: Server) -> tuple[list[float], list[float]]:
    """Ask every query of the room and of Datasette, in turns; the first round warms both and is not counted."""
    ours: list[float] = []
    theirs: list[float] = []
    with _datasette() as other:
        for turn in range(_ROUNDS + 1):
            for words, narrowed in QUERIES:
                own = _fine(room, f"/search?{urlencode({'q': words, **narrowed})}")
                same = _fine(other, f"/rows/item?{urlencode(_asked(words, narrowed))}")
                if turn:
                    ours.append(own)
                    theirs.append(same)
    return ours, theirs


def _asked(words: str, narrowed: dict[str, str]) -> dict[str, str]:
    """Return the same query for Datasette."""
    asked = {"_search": words, "_searchmode": "raw", "_size": "20", "_sort_desc": "created_at"}
    names = {"platform": "platform", "since": "created_at__gte", "until": "created_at__lte"}
    asked |= {names[key]: value for key, value in narrowed.items() if key in names}
    return asked | ({"account": narrowed["account"].partition("/")[2]} if "account" in narrowed else {})


@contextmanager
def _datasette() -> Iterator[Server]:
    home = _BASE / "datasette"
    program = home / "bin" / "datasette"
    if not program.exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "-q", _DATASETTE], check=True)
    rows = _rows()
    command = [str(program), "serve", str(rows), "--port", "0", "--setting", "sql_time_limit_ms", "60000",
               "--setting", "suggest_facets", "off", "--setting", "num_sql_threads", "3"]  # fmt: skip
    with running(command, dict(os.environ), r"http://127\.0\.0\.1:\d+") as server:
        _until_answered(server)
        yield server


def _rows() -> Path:
    """Write the rows of the room's index as a table with an FTS5 index of the texts, as sqlite-utils makes one."""
    file = _BASE / "rows.db"
    if file.exists():
        return file
    (index,) = (_BASE / "home" / "cache").rglob("index.sqlite")
    half = file.with_suffix(".half")
    half.unlink(missing_ok=True)
    with sqlite3.connect(half) as made:
        made.execute("ATTACH ? AS room", (str(index),))
        made.executescript("""
            CREATE TABLE item (id INTEGER PRIMARY KEY, account TEXT, platform TEXT, kind INTEGER, author TEXT,
                created_at TEXT, text TEXT);
            INSERT INTO item SELECT item.id, package.account, account.platform, item.kind, item.author,
                strftime('%Y-%m-%dT%H:%M:%S', item.created / 1000000, 'unixepoch'), item.text
                FROM room.item JOIN room.package ON package.no = item.package
                JOIN room.account ON account.no = package.account_no;
            CREATE INDEX item_created ON item (created_at);
            CREATE INDEX item_account ON item (account);
            CREATE INDEX item_platform ON item (platform);
            CREATE VIRTUAL TABLE item_fts USING fts5 (text, content = 'item', content_rowid = 'id');
            INSERT INTO item_fts (item_fts) VALUES ('rebuild');
            INSERT INTO item_fts (item_fts) VALUES ('optimize');
        """)
    half.rename(file)
    return file


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def build() -> None:
    """Make the index."""
    from urval.reading_room.index import Index  # noqa: PLC0415 - imports are not counted, and needed here alone
    from urval.store import open_store  # noqa: PLC0415 - likewise

    shutil.rmtree(_BASE / "index", ignore_errors=True)
    index, store = Index(_BASE / "index" / "index.sqlite"), open_store(str(make()), must_exist=True)
    told(lambda: index.bring_up_to_date(store))
    if index.freshness().indexed != ACCOUNTS * PERIODS or index.freshness().problems:
        raise SystemExit(f"not every package was indexed: {index.freshness()}")


if __name__ == "__main__":
    if sys.argv[1:] == ["build"]:
        build()
    else:
        for line in lines():
            verdict = "ok " if line.holds else "NOT"
            print(f"{line.name:34} {line.figure:8.2f} {line.unit} (bound {line.bound:g})  {verdict}  {line.detail}")
