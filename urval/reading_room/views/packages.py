"""Packages: the list of them, each in plain words, and the threads of each."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from urval.errors import UrvalError
from urval.manifest import Manifest
from urval.reading_room.damage import Damage, damage_of
from urval.reading_room.objects import PackageObjects
from urval.reading_room.packaged import (
    ChainLink,
    Disagreement,
    FilesOf,
    RuleLine,
    SealLine,
    chain_of,
    disagreements,
    files_of,
    rules_of,
    seal_of,
)
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.threads.guarded import Guard, guard
from urval.reading_room.threads.listed import THREADS_A_PAGE, ThreadLine, thread_lines

pages = Pages()

Page = Annotated[int, Query(ge=1, le=10**6)]


class PackageLine(View):
    """One package in a list. ``threads`` were kept of ``frame``; the period is in local days, the end not included."""

    archive: str
    account: str
    account_name: str
    package_id: str
    start: str
    end: str
    captured_at: datetime | None
    threads: int | None
    frame: int | None
    comments: int | None
    gaps: int
    signed: bool
    problem: str
    adds_to: str  # the package it supplements, empty where none
    corrects: str


class PackagesView(View):
    """The packages of the store, by archive, account and period."""

    packages: list[PackageLine]


@pages.page("/packages", name="packages", template="packages.html")
def packages(here: AskedHere) -> PackagesView:
    """List every package that the index knows."""
    lines = []
    for one in here.room.index.packages():
        said = one.manifest
        start, _, end = one.period.partition("--")
        lines.append(PackageLine(
            archive=one.archive, account=one.account, account_name=said.account["name"] if said else one.account,
            package_id=one.package_id, start=start, end=end, captured_at=said.capture.ended_at if said else None,
            threads=said.selection.kept if said else None, frame=said.selection.frame_size if said else None,
            comments=said.completeness.captured_total if said else None,
            gaps=sum(said.gaps.values()) if said else 0, signed=bool(said and said.seal), problem=one.problem,
            adds_to=said.supplements.package_id if said and said.supplements else "",
            corrects=said.corrects.package_id if said and said.corrects else "",
        ))  # fmt: skip
    return PackagesView(packages=lines)


class GapLine(View):
    """What could not be had. ``thread`` is empty where it concerns the account; ``error`` is the platform's words."""

    thread: str
    what: str
    subject: str
    reason: str
    error: str
    first_tried_at: datetime
    last_tried_at: datetime


class PackageView(View):
    """A package: its manifest as the store has it, and what is said beside it.

    ``disagreements`` and ``damage`` must be seen: who names another manifest, and what cannot be read. Of ``gaps``
    there are 200 at most; ``gap_count`` is how many there are. ``restricted``: something in the package is under
    restriction, so that tables and renderings are not for everybody.
    """

    archive: str
    account: str
    account_name: str
    package: str
    start: str  # local days of the period, the end not included
    end: str
    timezone: str
    manifest: Manifest
    manifest_sha256: str
    disagreements: list[Disagreement]
    damage: list[Damage]
    rules: list[RuleLine]
    gaps: list[GapLine]
    gap_count: int
    chain: list[ChainLink]
    seal: SealLine | None
    files: FilesOf
    restricted: bool
    whole_for_visitor: bool


_GAPS = 200


@pages.page("/packages/{archive}/{package}", name="package", template="package.html")
def package(here: AskedHere, archive: Slug, package: Slug, files: Page = 1) -> PackageView:
    """Tell what a package is, how it came about, what is in it and what is not."""
    indexed = here.room.indexed(archive, package)
    opened = here.room.package(archive, package)
    held = guard(here, opened)
    restricted = held.holds_restricted()
    if restricted and here.visitor.sees_restricted:
        held.shows("the package's page")
    start, _, end = indexed.period.partition("--")
    rules, contents = rules_of(opened, here.language), files_of(opened, files)
    gaps, damage = _gaps(opened, held)
    return PackageView(
        archive=archive, account=indexed.account, account_name=str(opened.manifest.account["name"]), package=package,
        start=start, end=end, timezone=opened.manifest.period.timezone,
        manifest=_shown(opened.manifest, held), manifest_sha256=opened.manifest_sha256,
        disagreements=disagreements(here.room, opened, indexed.manifest_sha256),
        damage=[*([rules.damage] if rules.damage else []), *damage],
        rules=rules.lines(), gaps=gaps[:_GAPS], gap_count=len(gaps), chain=chain_of(here.room, opened),
        seal=seal_of(opened, contents.beside), files=contents, restricted=restricted,
        whole_for_visitor=not restricted or here.visitor.sees_restricted,
    )  # fmt: skip


def _shown(manifest: Manifest, held: Guard) -> Manifest:
    """Return the manifest without the reasons that a person gave for a thread that this visitor may not see."""
    changes = [
        one.model_copy(update={"reason": ""}) if held.hides(one.thread) else one for one in manifest.review.changes
    ]
    return manifest.model_copy(update={"review": manifest.review.model_copy(update={"changes": changes})})


def _gaps(opened: PackageObjects, held: Guard) -> tuple[list[GapLine], list[Damage]]:
    """Return the gaps that this visitor may see, and why there are none where the table cannot be shown."""
    try:
        rows = opened.table("gaps").to_pylist()
    except UrvalError as error:
        return [], [damage_of(error)]
    shown = [row for row in rows if not held.hides(row["subject_id"] or "", row["thread_id"])]
    return [gap_line(row) for row in shown], []


def gap_line(row: dict[str, Any]) -> GapLine:
    """Return a row of the gaps table as it is told."""
    return GapLine(
        thread=row["thread_id"] or "", what=row["what"], subject=row["subject_id"] or "", reason=row["reason"],
        error=row["error"], first_tried_at=row["first_tried_at"], last_tried_at=row["last_tried_at"],
    )  # fmt: skip


class ThreadsView(View):
    """The threads of a package, 50 a page, by their numbers."""

    archive: str
    account: str
    account_name: str
    package: str
    start: str
    end: str
    count: int
    page: int
    pages: int
    threads: list[ThreadLine]
    rule_names: dict[str, str]  # id -> what kind of rule it is, in words
    damage: list[Damage]


@pages.page("/packages/{archive}/{package}/threads", name="threads", template="threads.html")
def threads(here: AskedHere, archive: Slug, package: Slug, page: Page = 1) -> ThreadsView:
    """List the threads of a package."""
    opened = here.room.package(archive, package)
    held = guard(here, opened)
    listed = thread_lines(opened, held, page)
    if here.visitor.sees_restricted and any(one.restricted for one in listed.lines):
        held.shows(f"list of threads, page {page}")
    rules = rules_of(opened, here.language)
    named = sorted({name for one in listed.lines for name in one.rules})
    start, _, end = opened.place[2].partition("--")
    return ThreadsView(
        archive=archive, account=opened.place[1], account_name=str(opened.manifest.account["name"]), package=package,
        start=start, end=end, count=listed.count, page=page, pages=max(1, -(-listed.count // THREADS_A_PAGE)),
        threads=listed.lines, rule_names={name: rules.line(name).heading for name in named},
        damage=[*([rules.damage] if rules.damage else []), *listed.damage],
    )  # fmt: skip
