"""``urval status`` over 10,000 accounts and 20 occasions: the whole process, from a store of 900,000 events.

``python -m bench.status`` prints the lines. The store is made once (three to six real, chained events a ledger; a
minute or two) and kept below ``.build/bench``. Warm is the bound: what a person waits for who asks every day. Cold is
the first time, or ``--fresh``: every event is read and every chain checked, and it is told, not bound.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

from bench.measuring import FOLDER, ROOT, Line
from urval.ledger import State, encode, next_event
from urval.periods import all_occasions
from urval.spec import parse_spec

if TYPE_CHECKING:
    from pathlib import Path

    from urval.ledger import Event
    from urval.periods import Occasion

ACCOUNTS, OCCASIONS = 10_000, 20
_BASE = FOLDER / "status"
_TODAY = "2026-12-01T09:00:00+01:00"
_ROUNDS = 5
_BOUND = 2.0
_WAY = (State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.PACKAGED, State.VERIFIED)
_CALENDAR = """\
format: 1
id: stor
version: "1"
valid_from: 2016-01-01
language: sv
archive: {id: stor, name: En stor region}
occasions:
  - {id: var, opens: 05-02, closes: 05-31, period_end: 05-01}
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}
first_period_start: 2016-11-01
rules:
  - {id: allt, rule: census}
seed: stor
accounts:
"""
_ACCOUNT = (
    "  - {{id: {name}, platform: facebook, name: Konto {number}, class: unit, purpose: Berätta., "
    "owner: {{name: A, role: B}}, opened: {opened}}}\n"
)


def lines() -> list[Line]:
    """Make the store if it is not there; ask once cold, and several times warm."""
    spec, store = make()
    shutil.rmtree(_BASE / "cache", ignore_errors=True)
    cold = _ask(spec, store)
    warm = sorted(_ask(spec, store) for _ in range(_ROUNDS))
    told = f"best {warm[0]:.2f} s, worst {warm[-1]:.2f} s; cold, all chains checked, {cold:.0f} s"
    return [Line("status, 10,000 accounts, warm", warm[_ROUNDS // 2], _BOUND, at_most=True, detail=told, unit="s")]


def make() -> tuple[Path, Path]:
    """Return the spec and the store, made if they are not there whole."""
    spec, store = _BASE / "stor.yaml", _BASE / "store"
    done = _BASE / "done"
    if not done.exists():
        shutil.rmtree(_BASE, ignore_errors=True)
        _BASE.mkdir(parents=True)
        spec.write_text(_CALENDAR + "".join(map(_account, range(ACCOUNTS))), "utf-8")
        with get_context("fork").Pool(os.cpu_count()) as pool:
            events = sum(pool.imap_unordered(_fill, range(ACCOUNTS), chunksize=100))
        done.write_text(str(events))
        print(f"made {events} events", file=sys.stderr)
    return spec, store


def _ask(spec: Path, store: Path) -> float:
    command = [sys.executable, "-m", "urval.cli", "status", str(store), "--spec", str(spec), "--fixed-time", _TODAY]
    environment = os.environ | {"XDG_CACHE_HOME": str(_BASE / "cache")}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in {0, 1} or "coverage on" not in done.stdout:  # some years are red
        raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    return seconds


def _account(number: int) -> str:
    return _ACCOUNT.format(name=_name(number), number=number, opened=date(2010, 1, 1) + timedelta(days=number % 2000))


def _name(number: int) -> str:
    return f"konto-{number:05}"


@cache
def _occasions() -> list[Occasion]:
    spec = parse_spec((_CALENDAR + _account(0)).encode(), "calendar").spec
    return [one for one, _ in zip(all_occasions(spec), range(OCCASIONS), strict=False)]


def _fill(number: int) -> int:
    """Write the ledgers of one account: most are whole, some late, some still under way."""
    written = 0
    for place, occasion in enumerate(_occasions()):
        events = _events(number, place, occasion)
        folder = _BASE / "store" / "ledger" / "stor" / _name(number) / occasion.period.id
        folder.mkdir(parents=True)
        for event in events:
            (folder / f"{event.seq:06}.json").write_bytes(encode(event))
        written += len(events)
    return written


def _events(number: int, place: int, occasion: Occasion) -> list[Event]:
    under_way = place == OCCASIONS - 1 or (number + place) % 500 == 0
    length = 3 + number % 3 if under_way else 5 + number % 2
    late = 40 if (number + place) % 50 == 0 else 0
    at = datetime(occasion.opens.year, occasion.opens.month, 3, 8, tzinfo=UTC) + timedelta(days=late)
    events: list[Event] = []
    for step, state in enumerate(_WAY[:length]):
        refs = (
            {"occasion": occasion.id}
            if step == 0
            else {"capture": f"c-{number:05}-{place:02}", "package": _name(number)}
        )
        events.append(next_event(events, state, at=at + timedelta(minutes=step), actor="urval", role="run", refs=refs))
    return events


if __name__ == "__main__":
    for line in lines():
        print(f"{line.name}  {line.figure:.2f} {line.unit} (bound {line.bound:.2f})  {line.detail}")
