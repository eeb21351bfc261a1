"""``urval status``: the ledger's account of the year, and ``urval ledger``: what happened to one account."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from urval.cli.archive import FixedTime  # noqa: TC001 - Typer reads it
from urval.cli.output import language, one_line, show, show_json, tell
from urval.errors import ConfigError, UrvalError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from urval.cli.output import Language
    from urval.coverage import Coverage, Register, Standing, Years
    from urval.standings import Standings
    from urval.store import Store

_WIDTH, _WIDEST = 100, 160  # columns
_EVERY = 500  # ledgers between two signs of life

StorePlace = Annotated[str, typer.Argument(envvar="URVAL_STORE", help="A folder, or s3://…", show_default=False)]
SpecPath = Annotated[
    Path | None, typer.Option("--spec", envvar="URVAL_SPEC", help="The archive spec: judge by it.", show_default=False)
]
Year = Annotated[int | None, typer.Option("--year", help="Only this year's occasions.", show_default=False)]
Picture = Annotated[
    Path | None,
    typer.Option("--picture", help="Draw it as SVG; a page for every 200 accounts.", show_default=False),
]
Csv = Annotated[str | None, typer.Option("--csv", help="Write it as CSV to a file, or - .", show_default=False)]
Fresh = Annotated[bool, typer.Option("--fresh", help="Read every ledger of a large store anew.")]
Details = Annotated[bool, typer.Option("--details", help="Also how whole each package is.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Lang = Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)]


def status(
    store: StorePlace,
    spec: SpecPath = None,
    year: Year = None,
    fixed_time: FixedTime = None,
    csv: Csv = None,
    picture: Picture = None,
    lang: Lang = None,
    *,
    fresh: Fresh = False,
    details: Details = False,
    as_json: Json = False,
) -> None:
    """Show which occasions of which accounts are kept, what is red, and what to do next.

    With a spec, every account and occasion is judged: a year with fewer than two that count is red, and so is an
    account closed without its last capture. Without one, the ledgers are listed as they are. The exit status is 1 if
    something is red or a ledger is broken.

    Of more than 2,000 ledgers, those that did not change are taken from memory (XDG_CACHE_HOME, or ~/.cache/urval).
    """
    from urval.coverage import as_json as as_json_data
    from urval.standings import read_register, read_standings
    from urval.store import open_store

    said = language(lang)
    if spec is None and (csv or picture or year):
        raise ConfigError("--csv, --picture and --year need the occasions of a spec", next_step="Give --spec.")
    opened = open_store(store, must_exist=True)
    register = (
        read_register(spec, memory=_memory()) if spec else None
    )  # a wrong spec is told at once, not after reading the store
    file = _memory() / f"{sha256(opened.uri.encode()).hexdigest()}.standings"
    read = read_standings(opened, memory=file, fresh=fresh, progress=_progress)
    if register is None:
        _list(opened, read, details=details, as_json=as_json)
        return
    table, years = _covered(opened, register, read, _now(fixed_time).astimezone(ZoneInfo(register.timezone)), year)
    if as_json:
        show_json(as_json_data(table, years, said, store=store, spec=str(spec)))
    elif csv != "-":
        _show_table(table, years, said, store, str(spec))
    if details and not as_json and csv != "-":
        _show_packages(opened, table)
    _draw(table, years, said, picture)
    _write_csv(table, years, csv)
    _note(read)
    _judge(table, years, said)


def _show_packages(store: Store, table: Coverage) -> None:
    from urval.coverage import Standing
    from urval.standings import with_packages

    show()
    for row in with_packages(store, (Standing(**row) for row in table.ledger.to_pylist())):
        if row.comments is not None:
            show(f"  {row.account}  {row.period}  {_short(row)}")


def _covered(
    store: Store, register: Register, read: Standings, today: datetime, year: int | None
) -> tuple[Coverage, Years]:
    from urval.coverage import chains_of, cover, years_of
    from urval.standings import extras_of

    chains = chains_of(register, extras_of(store, register.archive), today.date())
    table = cover(register, chains, read.table, today.date(), year=year or 0)
    if year and not len(table.account):
        known = f"{register.first_period_start.year} to {today.year}"
        raise ConfigError(f"there is no occasion of {year}", next_step=f"The spec's years are {known}.")
    return table, years_of(table, chains)


def _now(fixed_time: str | None) -> datetime:
    if fixed_time is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(fixed_time)
    except ValueError as error:
        raise ConfigError(
            f"{fixed_time!r} is no RFC 3339 time", next_step="Write it as 2026-11-02T03:00:00+01:00."
        ) from error
    if moment.tzinfo is None:
        raise ConfigError(f"{fixed_time!r} has no time zone", next_step="Write it as 2026-11-02T03:00:00+01:00.")
    return moment


def _memory() -> Path:
    """Return the folder of this user where programs remember what they could read anew."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if base.startswith("/") else "~/.cache").expanduser() / "urval"


def _progress(done: int, of: int) -> None:
    if of > _EVERY and done % _EVERY == 0 and sys.stderr.isatty():
        told = f"  {done}/{of}" if done < of else ""
        print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)  # noqa: T201


def _show_table(table: Coverage, years: Years, said: Language, store: str, spec: str) -> None:
    from urval.coverage import Style, coverage_lines

    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    speaks = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    width = min(shutil.get_terminal_size((_WIDTH, 0)).columns, _WIDEST) if terminal else _WIDTH
    style = Style(
        language=said, width=width, colour=terminal and not os.environ.get("NO_COLOR"), ascii_only=not speaks
    )  # fmt: skip
    lines = coverage_lines(table, years, style, store=store, spec=spec)
    text = "\n".join(lines)
    show(
        text
        if speaks
        else text.encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii")
    )


def _draw(table: Coverage, years: Years, said: Language, picture: Path | None) -> None:
    """Write the pages: FILE.svg, and where there are more FILE-002.svg and so on."""
    if picture is None:
        return
    from urval.coverage import pictures

    pages = pictures(table, years, said)
    for number, page in enumerate(pages, start=1):
        _write(picture if number == 1 else picture.with_stem(f"{picture.stem}-{number:03}"), [page])
    if len(pages) > 1:
        tell(f"{picture}: {len(pages)} pages, the last is {picture.stem}-{len(pages):03}{picture.suffix}")


def _write(file: Path, parts: Iterable[str]) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as written:
            written.writelines(parts)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"cannot write {file}: {reason}", next_step="Check the path.") from error


def _write_csv(table: Coverage, years: Years, csv: str | None) -> None:
    from urval.coverage import as_csv

    if csv == "-":
        for part in as_csv(table, years):
            print(part, end="")  # noqa: T201 - the lines have their ends
    elif csv is not None:
        _write(Path(csv), as_csv(table, years))


def _note(read: Standings) -> None:
    """Say on standard error what was not read this time."""
    if read.remembered:
        tell(
            f"{read.remembered} of {read.table.num_rows} ledgers have not changed since they were last read, and were "
            "taken from memory; --fresh reads all."
        )
    if read.trouble:
        tell(f"What was read cannot be remembered: {read.trouble}")


def _judge(table: Coverage, years: Years, said: Language) -> None:
    from urval.coverage import CellState, red_sentences, words

    broken = table.where(CellState.BROKEN)
    if broken:
        one = table.cell(broken[0])
        raise _broken(one.account, one.slot.period, one.row["problem"])
    if years.any_red:
        red = red_sentences(table, years, said)
        told = words(said)
        raise UrvalError(told["judged"].format(count=len(red), first=red[0]), next_step=told["see"])


def _broken(account: str, period: str, problem: str) -> VerificationError:
    return VerificationError(
        f"the ledger of {account}, {period} is broken: {one_line(problem)}",
        next_step="Restore it from a backup and find out who changed it.",
    )


def _list(store: Store, read: Standings, *, details: bool, as_json: bool) -> None:
    """Show the ledgers as they are; of a small store also how whole each package is."""
    from urval.coverage import Standing
    from urval.standings import ALWAYS_READ, with_packages

    rows = [Standing(**row) for row in read.table.to_pylist()]
    if details or len(rows) <= ALWAYS_READ:
        rows = list(with_packages(store, rows))
    if as_json:
        show_json([row.as_json() for row in rows])
    elif not rows:
        show(f"{store.uri} holds no ledger yet.")
    else:
        _show_rows(rows)
    _note(read)
    broken = [row for row in rows if row.problem]
    if broken:
        raise _broken(broken[0].account, broken[0].period, broken[0].problem)


def _show_rows(rows: Sequence[Standing]) -> None:
    account, period = (max(len(getattr(row, name)) for row in rows) for name in ("account", "period"))
    for row in rows:
        told = f"{row.account:<{account}}  {row.period:<{period}}  {row.state:<9}  {row.at}  {one_line(row.note)}"
        show(told.rstrip())
        if row.comments is not None:
            show(f"    {how_whole(row)}")


def how_whole(row: Standing) -> str:
    """Return what was captured beside the platform's own number, why they differ, and the gaps."""
    comments, gaps = row.comments or {}, row.gaps or {}
    told = f"{comments['captured_total']} comments in {comments['threads']} threads"
    if comments["platform_total"] is not None:
        told += f", the platform counts {comments['platform_total']}"
    reasons = ", ".join(f"{count} {code}" for code, count in comments["by_reason"].items())
    lost = ", ".join(f"{count} {code}" for code, count in sorted(gaps.items()))
    return told + (f": {reasons}" if reasons else "") + (f"; gaps: {lost}" if lost else "; no gaps")


def _short(row: Standing) -> str:
    comments, gaps = row.comments or {}, row.gaps or {}
    platform = comments["platform_total"]
    told = f"{comments['captured_total']}" if platform is None else f"{comments['captured_total']}/{platform}"
    return f"{told} comments, {sum(gaps.values())} gaps"
