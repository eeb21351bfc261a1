"""A store of 100 packages with 1,000,000 comments, for the reading room: ten accounts, ten half years each.

Derived from the package of a million comments that the builder makes for ``bench.verifying``: each package takes 20 of
its threads, at times of its own half year, with ids of its own, and so many words after each text that the whole has
the vocabulary of a large archive (Swedish compounds, some common, most rare). Listing, tag files and manifest are made
anew, so that every digest is right. Left out is what the reading room's index and threads do not read: JSON Lines,
snapshot and raw objects. One thread, the first of the newest package of the first account, has 5,000 comments.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import verifying
from bench.measuring import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS, PERIODS, THREADS, COMMENTS = 10, 10, 20, 10_000
LONG = 5_000  # comments of one thread
_BASE = FOLDER / "reading-room"
STORE = _BASE / "store"
ARCHIVE = "exempelstad"
PLATFORMS = ("facebook", "instagram", "youtube", "linkedin", "threads")
_DAY = 86_400_000_000  # microseconds
_HEADS = """
    skol gat bygg vatten sop snö bad bibliotek kultur idrott äldre barn buss cykel gång park trafik bostad
    miljö energi el fjärrvärme avlopp brand räddning tand hälso social ungdom förskole lärar elev mat torg
    marknad hamn båt sjö skog träd gräs lek sand väg bro tunnel järnväg stations flyg turist närings företags
    arbets sommar vinter höst vår natt morgon kvälls helg jul påsk val medborgar kommun region nämnd styrelse
    budget skatte avgifts taxe beslut ärende klagomåls fråge samråds detaljplane mark fastighets hyres lokal
    hall museum konst musik teater film dans kör förenings ledar personal chef sjukhus vård omsorg
""".split()  # noqa: SIM905 - a line for each word would be long
_TAILS = """
    väg plan hus dag bidrag kö plats linje tid bad gård skola hall karta avgift nämnd chef grupp möte fråga
    svar arbete projekt stöd kurs lista fel olycka buller ljus belysning skylt bänk kärl röjning sandning
    sopning målning renovering utredning rapport budget satsning besparing höjning sänkning öppning stängning
    invigning fest marknad lopp vandring visning utställning konsert läger lov tjänst
""".split()  # noqa: SIM905 - a line for each word would be long
_ENDINGS = ("", "en", "et", "ar", "arna", "s", "ens", "er", "erna")


def make() -> Path:
    """Make the store unless it is there; return it."""
    if (_BASE / "done").exists():
        return STORE
    shutil.rmtree(_BASE, ignore_errors=True)
    whole = verifying.make_package(verifying._MILLION)  # noqa: SLF001 - the same package, built once
    tables = {path.stem: pq.read_table(path) for path in (whole / "data" / "tables").glob("*.parquet")}
    manifest = json.loads((whole / "manifest.json").read_bytes())
    words = np.array(_vocabulary())
    for number in range(ACCOUNTS * PERIODS):
        _package(number, tables, manifest, words)
    (_BASE / "done").touch()
    return STORE


def place(number: int) -> tuple[str, str, str]:
    """Return account, period and package id of a package."""
    account, half = number % ACCOUNTS, number // ACCOUNTS
    start, end = _half(half), _half(half + 1)
    name, period = f"{PLATFORMS[account % len(PLATFORMS)]}-{account}", f"{start:%Y-%m-%d}--{end:%Y-%m-%d}"
    return name, period, f"{name}_{period}_{number:012x}"


def _half(number: int) -> datetime:
    """Return when a half year begins: 1 November 2021 for the first."""
    months = 10 + 6 * number
    return datetime(2021 + months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _vocabulary() -> list[str]:
    made = [head + tail + ending for head, tail, ending in product(_HEADS, _TAILS, _ENDINGS)]
    np.random.default_rng(1).shuffle(made)
    return made


def _package(number: int, tables: dict[str, pa.Table], manifest: dict[str, Any], words: Any) -> None:
    account, period, package_id = place(number)
    folder = STORE / "packages" / ARCHIVE / account / period / package_id
    (folder / "data" / "tables").mkdir(parents=True)
    rng = np.random.default_rng(number)
    platform = PLATFORMS[int(account.rpartition("-")[2]) % len(PLATFORMS)]
    for name, table in _rows(number, tables, rng, words).items():
        for column, value in (("platform", platform), ("account_id", account)):
            if column in table.column_names:
                at = table.column_names.index(column)
                same = pa.array([value] * table.num_rows, pa.string())
                table = table.set_column(at, table.schema.field(column), same)  # noqa: PLW2901 - the same, altered
        pq.write_table(table, folder / "data" / "tables" / f"{name}.parquet", compression="zstd")
    half = number // ACCOUNTS
    document = json.loads(json.dumps(manifest))
    document["package_id"] = package_id
    document["archive"]["id"] = ARCHIVE
    document["account"] |= {"id": account, "platform": platform, "name": f"Konto {account}"}
    document["period"] |= {
        "id": period,
        "start": f"{_half(half):%Y-%m-%dT%H:%M:%SZ}",
        "end": f"{_half(half + 1):%Y-%m-%dT%H:%M:%SZ}",
    }
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    verifying._list(folder)  # noqa: SLF001 - as the other bench does


def _rows(number: int, tables: dict[str, pa.Table], rng: np.random.Generator, words: Any) -> dict[str, pa.Table]:
    """Return the tables of a package: 20 posts and their 10,000 comments, later tables cut to their threads."""
    posts = tables["posts"].slice(number * THREADS, THREADS)
    old = posts.column("id").to_pylist()
    comments = tables["comments"].filter(pc.is_in(tables["comments"].column("post_id"), pa.array(old)))
    if comments.num_rows != COMMENTS:
        raise SystemExit(f"{comments.num_rows} comments, not {COMMENTS}")
    starts = np.array([round(_half(number // ACCOUNTS).timestamp() * 1e6) + (n * 9 + 1) * _DAY for n in range(THREADS)])
    first = posts.column("created_at").cast(pa.int64()).to_numpy()
    shift = dict(zip(old, (starts - first).tolist(), strict=True))
    owners = comments.column("post_id").to_pylist()
    if number == (PERIODS - 1) * ACCOUNTS:
        into = dict(zip(old, [old[0]] * (LONG * THREADS // COMMENTS) + old[LONG * THREADS // COMMENTS :], strict=True))
        owners = [into[one] for one in owners]
    made = comments.column("created_at").cast(pa.int64()).to_numpy() + np.array([shift[one] for one in owners])
    names: dict[str, Any] = {"post_id": [f"{number}-{one}" for one in owners]}
    names |= {
        key: [one and f"{number}-{one}" for one in comments.column(key).to_pylist()] for key in ("id", "parent_id")
    }
    comments = _with(comments, names | {"created_at": made, "text": _longer(comments, rng, words)})
    posts = _with(
        posts, {"id": [f"{number}-{one}" for one in old], "created_at": starts, "text": _longer(posts, rng, words)}
    )
    selection = tables["selection"].filter(pc.is_in(tables["selection"].column("thread_id"), pa.array(old)))
    selection = _with(
        selection, {"thread_id": [f"{number}-{one}" for one in selection.column("thread_id").to_pylist()]}
    )
    empty = {name: tables[name].slice(0, 0) for name in ("gaps", "media", "versions", "completeness")}
    return {"posts": posts, "comments": comments, "selection": selection, "profile": tables["profile"], **empty}


def _longer(table: pa.Table, rng: np.random.Generator, words: Any) -> list[str]:
    """Return the texts with some words more each, common ones often and rare ones seldom (Zipf)."""
    counts = rng.integers(3, 12, table.num_rows)
    places = rng.zipf(1.15, int(counts.sum())) % len(words)
    more, at = words[places], 0
    told = []
    for text, count in zip(table.column("text").to_pylist(), counts.tolist(), strict=True):
        told.append(f"{text} {' '.join(more[at : at + count])}")
        at += count
    return told


def _with(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    for name, values in columns.items():
        field = table.schema.field(name)
        array = pa.array(values).cast(field.type) if name == "created_at" else pa.array(values, field.type)
        table = table.set_column(table.column_names.index(name), field, array)
    return table
