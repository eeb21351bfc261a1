"""Verification: start one, watch it, read what was found, print the seal sheet."""

import shlex
from datetime import datetime
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from urval.errors import VerificationError
from urval.reading_room.access import Role
from urval.reading_room.faults import BadRequestError, ConflictError
from urval.reading_room.judging import Asked
from urval.reading_room.pages import AskedHere, Number, Pages, Target, View
from urval.reading_room.reported import ReportView, report_view, touches_restricted, without_restricted
from urval.reading_room.room import Here
from urval.reading_room.sealed_sheet import sheet_of
from urval.reading_room.verifying import Job, Stage
from urval.verify import Level, Report
from urval.verify.report import verdict_words

pages = Pages()
_SLUG = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$"
_LISTED = 300  # packages to choose from; any other is verified from its own page
_SHOWN = 50  # reports that are shown on one page
_PARTS = 3  # archive/account/package
Name = Annotated[str | None, Query(pattern=_SLUG)]
Page = Annotated[int, Query(ge=1, le=10_000)]


class VerificationLine(View):
    """One verification in the list. ``stage`` is waiting, running, done or failed; ``verdict`` is there once done."""

    number: int
    archive: str
    account: str | None
    package: str | None
    level: str
    level_words: str
    stage: str
    asked_at: datetime
    ended_at: datetime | None
    verdict: str | None
    verdict_words: str


class Choice(View):
    """What can be verified: ``target`` is ``archive[/account[/package]]``."""

    target: str
    words: str
    chosen: bool


class VerificationsView(View):
    """The verifications since the room was opened, newest first, and what can be verified."""

    verifications: list[VerificationLine]
    archives: list[Choice]
    accounts: list[Choice]
    packages: list[Choice]
    more_packages: int


@pages.page("/verifications", name="verifications", template="verifications.html")
def verifications(
    here: AskedHere, archive: Name = None, account: Name = None, package: Name = None
) -> VerificationsView:
    """List the verifications, with the form that starts one; the parameters choose what the form is set to."""
    wanted = "/".join(part for part in (archive, account, package) if part)
    known = here.room.index.packages()
    names = {f"{one.archive}/{one.account}": one.manifest.account["name"] if one.manifest else one.account
             for one in known}  # fmt: skip
    newest = sorted(known, key=lambda one: (one.period.partition("--")[2], one.package_id), reverse=True)
    targets = {f"{one.archive}/{one.account}/{one.package_id}": f"{names[f'{one.archive}/{one.account}']}, "
               f"{one.period.replace('--', ' – ')} ({one.package_id})" for one in newest}  # fmt: skip
    listed = dict(list(targets.items())[:_LISTED])
    if wanted in targets:
        listed[wanted] = targets[wanted]
    return VerificationsView(
        verifications=[_listed(job, here.language) for job in here.room.verifications.all()],
        archives=[_choice(one, one, wanted) for one in sorted({one.archive for one in known})],
        accounts=[_choice(target, f"{name} ({target})", wanted) for target, name in sorted(names.items())],
        packages=[_choice(target, words, wanted) for target, words in listed.items()],
        more_packages=len(targets) - len(listed),
    )  # fmt: skip


def _choice(target: str, words: str, wanted: str) -> Choice:
    return Choice(target=target, words=words, chosen=target == wanted)


def _listed(job: Job, language: str) -> VerificationLine:
    asked = job.asked
    return VerificationLine(
        number=job.number, archive=asked.archive, account=asked.account, package=asked.package, level=asked.level,
        level_words=verdict_words(asked.level, language), stage=job.stage, asked_at=job.asked_at, ended_at=job.ended_at,
        verdict=job.verdict, verdict_words=verdict_words(job.verdict, language) if job.verdict else "",
    )  # fmt: skip


@pages.act("/verifications", name="verify", role=Role.VISITOR)
def verify(
    here: AskedHere, target: Annotated[str, Form(max_length=620)], level: Annotated[Level, Form()] = Level.FULL
) -> Target:
    """Start the verification of ``archive[/account[/package]]``; the same asked while it runs leads to that one."""
    parts = target.split("/")
    known = here.room.index.packages(archive=parts[0])
    fits = [one for one in known if [one.archive, one.account, one.package_id][: len(parts)] == parts]
    if len(parts) > _PARTS or not fits:
        raise BadRequestError(
            f"there is nothing to verify under {target!r}",
            next_step="Choose in the list; what was stored just now is there within a minute.",
        )
    account, package = (*parts[1:], None, None)[:2]
    job = here.room.verifications.start(Asked(archive=parts[0], account=account, package=package, level=level))
    return Target("verification", {"number": job.number})


class Lost(View):
    """A package that is not there: its id, account and period, by its key."""

    account: str
    period: str
    package_id: str


class Disposed(Lost):
    """A package that was disposed of: under which decision, and when."""

    decision: str
    at: datetime


class VerificationView(VerificationLine):
    """A verification: how far it is, and what it found.

    ``step`` is what is being done (digests, tables, snapshot, runs, ledgers), ``done`` ``of`` how much of it; ``part``
    is how far the whole is, from 0 to 1. ``problem`` says why it could not be finished. ``reports`` are of one page;
    those of packages that are not valid come first.
    """

    started_at: datetime | None
    step: str
    done: int
    of: int
    package_no: int
    packages: int
    part: float
    problem: str
    next_step: str
    reports: list[ReportView]
    by_verdict: dict[str, int]
    page: int
    pages: int
    left_out: int
    lost: list[Lost]
    gone: list[str]
    disposed: list[Disposed]
    unread: str
    newest_run: tuple[str, str] | None
    has_sheet: bool
    command: str
    keys_given: bool


@pages.page("/verifications/{number}", name="verification", template="verification.html")
def verification(here: AskedHere, number: Number, page: Page = 1) -> VerificationView:
    """Tell how far a verification is, and what it found."""
    job = here.room.verifications.of(number)
    reports = _reports(here, job)
    order = sorted(range(len(reports)), key=lambda place: _RANK[reports[place][0].verdict])
    shown = [reports[place] for place in order[(page - 1) * _SHOWN : page * _SHOWN]]
    verdicts = [report.verdict for report, _, _ in reports]
    return VerificationView(
        **_listed(job, here.language).model_dump(), started_at=job.started_at, step=job.step, done=job.done, of=job.of,
        package_no=job.package_no, packages=job.packages, part=_part(job), problem=job.problem,
        next_step=job.next_step, reports=[_report(here, *one) for one in shown],
        by_verdict={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        page=page, pages=max(1, -(-len(reports) // _SHOWN)), left_out=job.left_out,
        lost=[_lost(prefix) for prefix in job.lost], gone=list(job.gone),
        disposed=[Disposed(**_lost(prefix).model_dump(), decision=decision, at=at)
                  for prefix, decision, at in job.disposed],
        unread=job.unread, newest_run=job.newest_run,
        has_sheet=job.stage is Stage.DONE and job.asked.package is not None and bool(job.held),
        command=_command(here, job), keys_given=here.room.settings.trust is not None,
    )  # fmt: skip


_RANK = {"not_valid": 0, "valid_as_far_as_checked": 1, "valid": 2}


def _lost(prefix: str) -> Lost:
    _, _, account, period, package = prefix.split("/")
    return Lost(account=account, period=period, package_id=package)


def _reports(here: Here, job: Job) -> list[tuple[Report, str, str]]:
    """Return each report, its package's key prefix and manifest digest, without what the visitor may not see."""
    held = [*job.held, *[("", "")] * (len(job.reports) - len(job.held))]
    found = []
    touched = False
    for report, (prefix, digest) in zip(job.reports, held, strict=True):
        told = report
        if prefix:
            restricted = here.room.restrictions.of(job.asked.archive, prefix.split("/")[2])
            if not here.visitor.sees_restricted:
                told = without_restricted(report, restricted)
            else:
                touched = touched or touches_restricted(report, restricted)
        found.append((told, prefix, digest))
    if touched:
        here.log_restricted(f"findings of verification {job.number} on restricted items")
    return found


def _report(here: Here, report: Report, prefix: str, digest: str) -> ReportView:
    archive = prefix.split("/")[1] if prefix else report.package.partition("/")[2]
    indexed = bool(prefix) and here.room.index.package(archive, prefix.rpartition("/")[2]) is not None
    return report_view(report, archive=archive, manifest=digest, indexed=indexed, language=here.language)


def _part(job: Job) -> float:
    """Return how far the whole verification is, from 0 to 1: by packages, and within one by what it has done."""
    if job.ended:
        return 1.0
    weights = {"": 0.0, "digests": 0.0, "tables": 0.3, "snapshot": 0.6, "runs": 1.0, "ledgers": 1.0}
    inner = weights.get(job.step, 0.0) + (0.3 * job.done / job.of if job.of else 0.0)
    return round(min(1.0, (max(0, job.package_no - 1) + min(1.0, inner)) / max(1, job.packages)), 3)


def _command(here: Here, job: Job) -> str:
    """Return the command that does the same: of a package, with all others of its account."""
    given = ["urval", "verify", here.room.store.uri]
    account = job.asked.account
    parts = [*given, *(("--account", account) if account else ()), "--level", job.asked.level]
    if here.room.settings.trust is not None and here.room.settings.trust.keys_from:
        parts += ["--keys", here.room.settings.trust.keys_from]
    return shlex.join(parts)


@pages.get("/verifications/{number}/sheet.pdf", name="sheet", response_class=Response)
def sheet(here: AskedHere, number: Number) -> Response:
    """Return the seal sheet of the package that was verified, as PDF/A."""
    job = here.room.verifications.of(number)
    if job.stage is not Stage.DONE or job.asked.package is None or not job.held:
        raise ConflictError(
            "a seal sheet is of one package whose verification is done",
            next_step="Verify the package alone, then print the sheet.",
        )
    report, prefix, digest = _reports(here, job)[0]
    if job.ended_at is None:
        raise VerificationError("the verification has no end")
    pdf = sheet_of(
        here.room.store, prefix, report, manifest_sha256=digest, at=job.ended_at, trust=here.room.settings.trust,
        language=here.language,
    )  # fmt: skip
    name = f'attachment; filename="seal-sheet-{job.asked.package}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": name})
