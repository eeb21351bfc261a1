"""The coverage table as data: JSON with everything, CSV with one line an account and occasion."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from urval.coverage.todo import needs, waiting
from urval.coverage.years import VERDICTS, red_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.coverage.table import Cell, Coverage
    from urval.coverage.words import Language
    from urval.coverage.years import Years

HEADER = (
    *("archive", "account", "in_spec", "occasion", "kind", "period", "opens", "closes", "state", "counted"),
    *("days_late", "state_at", "approved_by", "approved_at", "note", "problem"),
    *("year", "year_counted", "year_expected", "year_verdict"),
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: Coverage, years: Years) -> Iterator[str]:
    """Yield the lines of a CSV (RFC 4180), the header first.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: the ledger's reasons may hold a
    platform's words.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    places = {account: number for number, account in enumerate(table.accounts)}
    for cell in table.cells():
        writer.writerow([_safe(value) for value in _line(table, years, cell, places[cell.account])])
        if out.tell() > 1 << 16:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _line(table: Coverage, years: Years, cell: Cell, place: int) -> tuple[Any, ...]:
    slot, said = cell.slot, cell.row
    return (
        table.register.archive, cell.account, _yes(cell.listed), slot.id, slot.kind, slot.period, slot.opens or "",
        slot.closes or "", cell.state, _yes(cell.counted), cell.late, said.get("at", ""), said.get("approved_by", ""),
        said.get("approved_at", ""), said.get("note", ""), said.get("problem", ""), *_year(years, place, slot.year),
    )  # fmt: skip


def _year(years: Years, place: int, year: int) -> tuple[Any, ...]:
    if year not in years.years:
        return ("", "", "", "")
    at = years.years.index(year)
    counted, expected = int(years.counted[place, at]), int(years.expected[place, at])
    return year, counted, expected, VERDICTS[years.verdict[place, at]]


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _safe(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_json(table: Coverage, years: Years, language: Language, *, store: str, spec: str) -> dict[str, Any]:
    """Return the whole table as plain data; sentences are in the given language."""
    accounts = [
        {"id": account, "in_spec": place < table.listed, "cells": [], "years": _years(years, place)}
        for place, account in enumerate(table.accounts)
    ]
    by_id: dict[str, list[dict[str, Any]]] = {one["id"]: one["cells"] for one in accounts}  # type: ignore[misc]  # as built
    for cell in table.cells():
        by_id[cell.account].append(_cell(cell))
    register = table.register
    return {
        "archive": register.archive,
        "spec": {"id": register.spec, "version": register.version},
        "today": table.today.isoformat(),
        "accounts": accounts,
        "states": waiting(table),
        "red": red_sentences(table, years, language),
        "todo": [
            {"kind": one.kind, "occasion": one.occasion, "accounts": list(one.accounts), "sentence": one.sentence,
             "command": one.command}
            for one in needs(table, language, store=store, spec=spec)
        ],
    }  # fmt: skip


def _years(years: Years, place: int) -> list[dict[str, Any]]:
    return [
        dict(zip(("year", "counted", "expected", "verdict"), map(_plain, _year(years, place, year)), strict=True))
        for year in years.years
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _cell(cell: Cell) -> dict[str, Any]:
    slot = cell.slot
    return {
        "occasion": slot.id,
        "kind": slot.kind,
        "period": slot.period,
        "opens": slot.opens.isoformat() if slot.opens else None,
        "closes": slot.closes.isoformat() if slot.closes else None,
        "state": str(cell.state),
        "counted": cell.counted,
        "days_late": cell.late,
        "ledger": {name: value for name, value in cell.row.items() if name not in {"archive", "account", "period"}},
    }
