"""Runs: which packages came with which run, and how the runs form a chain."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from urval.errors import VerificationError
from urval.held_runs import RUN, archives_with_runs
from urval.manifest import sha256_hex
from urval.reading_room.faults import NotHereError
from urval.reading_room.pages import AskedHere, Number, Pages, Slug, View
from urval.reading_room.room import Here
from urval.runs import NUMBER_DIGITS, RunManifest, RunPackage, decode
from urval.store import Store, run_prefix

pages = Pages()
_SHOWN = 50  # runs of an archive on one page
_LARGEST = 64 << 20  # bytes of a run.json; what is larger is not read
_DEPTH = 4  # runs/<archive>/<number>/run.json
Page = Annotated[int, Query(ge=1, le=100_000)]


class RunLine(View):
    """One run. ``sha256`` is what belongs in the minutes.

    ``signed``: a signature lies beside it; ``names_signer``: it says who signs. ``problem`` is empty, ``unreadable``,
    ``misplaced`` (it says another number or archive), or ``unchained`` (it does not follow from the run before).
    """

    archive: str
    number: int
    sha256: str
    started_at: datetime | None
    ended_at: datetime | None
    packages: int
    signed: bool
    names_signer: bool
    stamps: int
    problem: str


class RunsOf(View):
    """The runs of an archive, newest first, one page of them."""

    archive: str
    runs: list[RunLine]
    all: int


class RunsView(View):
    """The runs of every archive of the store."""

    archives: list[RunsOf]
    page: int
    pages: int


@pages.page("/runs", name="runs", template="runs.html")
def runs(here: AskedHere, page: Page = 1) -> RunsView:
    """List the runs, newest first."""
    found, most = [], 1
    for archive in archives_with_runs(here.room.store):
        numbers = _numbers(here.room.store, archive)
        chosen = numbers[(page - 1) * _SHOWN : page * _SHOWN]
        lines = [_line(here.room.store, archive, number) for number in chosen]
        found.append(RunsOf(archive=archive, runs=lines, all=len(numbers)))
        most = max(most, -(-len(numbers) // _SHOWN))
    return RunsView(archives=found, page=page, pages=most)


class ListedPackage(View):
    """A package that a run lists. ``there``: the index knows it, with the digest that the run names."""

    account: str
    period: str
    package_id: str
    manifest_sha256: str
    there: bool
    same: bool


class RunView(RunLine):
    """One run whole: its packages, the run before it, and who says to have signed it."""

    listed: list[ListedPackage]
    previous_number: int | None
    previous_sha256: str | None
    identity: str
    key: str
    wanted_stamps: int
    newest: bool


@pages.page("/runs/{archive}/{number}", name="run", template="run.html")
def run(here: AskedHere, archive: Slug, number: Number) -> RunView:
    """Tell what a run lists, and what it follows."""
    store = here.room.store
    numbers = _numbers(store, archive)
    if number not in numbers:
        raise NotHereError(f"there is no run {number} of {archive} in the store", next_step="See the list of runs.")
    line, made = _line(store, archive, number), _read(store, archive, number)[0]
    seal = made.seal if made else None
    return RunView(
        **line.model_dump(), listed=[_listed(here, archive, one) for one in made.packages] if made else [],
        previous_number=made.previous.number if made and made.previous else None,
        previous_sha256=made.previous.sha256 if made and made.previous else None,
        identity=seal.identity if seal else "", key=seal.key if seal else "",
        wanted_stamps=seal.stamps if seal else 0, newest=number == numbers[0],
    )  # fmt: skip


def _listed(here: Here, archive: str, one: RunPackage) -> ListedPackage:
    known = here.room.index.package(archive, one.package_id)
    return ListedPackage(
        account=one.account, period=one.period, package_id=one.package_id, manifest_sha256=one.manifest_sha256,
        there=known is not None, same=known is not None and known.manifest_sha256 == one.manifest_sha256,
    )  # fmt: skip


def _numbers(store: Store, archive: str) -> list[int]:
    """Return the numbers of an archive's runs, newest first."""
    parts = (key.split("/") for key in store.keys(run_prefix(archive)) if key.endswith(f"/{RUN}"))
    names = [part[2] for part in parts if len(part) == _DEPTH]
    return sorted((int(name) for name in names if len(name) == NUMBER_DIGITS and name.isdecimal()), reverse=True)


def _line(store: Store, archive: str, number: int) -> RunLine:
    made, digest = _read(store, archive, number)
    names = [key.rpartition("/")[2] for key in store.keys(run_prefix(archive, number))]
    return RunLine(
        archive=archive, number=number, sha256=digest, started_at=made.started_at if made else None,
        ended_at=made.ended_at if made else None, packages=len(made.packages) if made else 0,
        signed=f"{RUN}.sig" in names, names_signer=bool(made and made.seal),
        stamps=sum(name.startswith(f"{RUN}.sig") and name.endswith(".tsr") for name in names),
        problem=_problem(store, archive, number, made),
    )  # fmt: skip


def _read(store: Store, archive: str, number: int) -> tuple[RunManifest | None, str]:
    """Return a run, None where it cannot be read, and the hex SHA-256 of its bytes."""
    key = f"{run_prefix(archive, number)}/{RUN}"
    if not store.exists(key) or store.size(key) > _LARGEST:
        return None, ""
    data = store.get(key)
    try:
        return decode(data), sha256_hex(data)
    except VerificationError:
        return None, sha256_hex(data)


def _problem(store: Store, archive: str, number: int, made: RunManifest | None) -> str:
    if made is None:
        return "unreadable"
    if (made.archive, made.number) != (archive, number):
        return "misplaced"
    if number == 1:
        return "" if made.previous is None else "unchained"
    before = _read(store, archive, number - 1)[1]
    said = made.previous
    return "" if said is not None and before and (said.number, said.sha256) == (number - 1, before) else "unchained"
