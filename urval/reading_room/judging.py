"""Verifying a package, an account or an archive of a store step by step, as ``urval verify`` does. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from urval.disposed import disposed_packages
from urval.errors import StoreError, VerificationError
from urval.held_runs import archives_with_runs, listed_in, newest_run, trust_of, verify_held_runs
from urval.holdings import Held, lost_packages, package_prefixes, verify_held
from urval.manifest import parse_manifest, sha256_hex
from urval.reading_room.faults import NotHereError
from urval.verify import Level, Status, Trust
from urval.verify.phrases import Phrase
from urval.verify.report import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from urval.store import Store
    from urval.verify import Finding, Report

    Progress: TypeAlias = Callable[[str, int, int], None]  # the step, how much of it is done, of how much

_LISTED = 20  # failures of one code that are kept of one report
_PART = 2  # packages/<archive>/<account>/…


class ClosedError(Exception):
    """The room is being closed: what runs ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be verified, and how deep: a package by its id, or an account, or the whole of an archive."""

    archive: str
    account: str | None = None
    package: str | None = None
    level: Level = Level.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing a verification has to say: a report, with the package it is on, or what changes otherwise."""

    report: Report | None = None
    held: tuple[str, str] | None = None  # key prefix, hex SHA-256 of manifest.json
    gone: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


def judged(store: Store, asked: Asked, trust: Trust | None, progress: Progress) -> Iterator[Said]:
    """Yield what a verification finds, as it goes.

    Raises:
        NotHereError: There is no such package, or none of the account or archive.
        StoreError: The store cannot be reached.
    """
    trust = replace(trust or Trust(), now=datetime.now(UTC))
    prefixes = [one for one in package_prefixes(store, archive=asked.archive) if _is_of(one, asked)]
    yield Said(changes={"packages": len(prefixes)})
    if asked.package is not None and not prefixes:
        raise NotHereError(
            f"the package {asked.package} is not in the store",
            next_step="See the ledger of its account: it tells what happened to it.",
        )
    listed = listed_in(store, asked.archive) if asked.level is Level.FULL else None
    held: list[tuple[str, str]] = []
    for number, prefix in enumerate(prefixes, 1):
        yield Said(changes={"package_no": number, "step": "", "done": 0, "of": 0})
        progress("", 0, 0)
        try:
            one = _held(store, prefix)
            report = verify_held(store, one, level=asked.level, trust=trust, listed=listed, progress=progress)
        except StoreError:
            if asked.package is not None or store.exists(f"{prefix}/manifest.json"):
                raise
            yield Said(gone=prefix.rpartition("/")[2])
            continue
        held.append((one.prefix, one.manifest_sha256))
        yield Said(report=report, held=held[-1])
    if asked.package is None:
        yield from _around(store, asked, trust, held, progress)


def _around(
    store: Store, asked: Asked, trust: Trust, held: list[tuple[str, str]], progress: Progress
) -> Iterator[Said]:
    """Look at what lies around the packages: the run manifests, what is lost, what was disposed of."""
    progress("runs", 0, 0)
    gone = [one for one in disposed_packages(store, account=asked.account) if one[0].split("/")[1] == asked.archive]
    if asked.archive in archives_with_runs(store):
        yield Said(report=verify_held_runs(
            store, asked.archive, held, trust=trust_of(store, asked.archive, trust, datetime.now(UTC)),
            level=asked.level, disposed={(prefix.rsplit("/", 1)[1], stone.sha256) for prefix, stone in gone},
            account=asked.account,
        ))  # fmt: skip
    progress("ledgers", 0, 0)
    unread, lost = "", []
    try:
        lost = [one for one in lost_packages(store, account=asked.account) if one.split("/")[1] == asked.archive]
    except VerificationError as error:
        unread = error.message
    if not (held or gone or lost or unread):
        raise NotHereError(f"there is no package of {asked.account or asked.archive} in the store")
    yield Said(changes={
        "lost": tuple(lost), "unread": unread, "newest_run": newest_run(store, asked.archive),
        "disposed": tuple((prefix, stone.references, stone.executed_at) for prefix, stone in gone),
    })  # fmt: skip


def _is_of(prefix: str, asked: Asked) -> bool:
    parts = prefix.split("/")
    return asked.account in {None, parts[_PART]} and asked.package in {None, parts[-1]}


def _held(store: Store, prefix: str) -> Held:
    data = store.get(f"{prefix}/manifest.json")
    try:
        manifest = parse_manifest(data)
    except (ValueError, RecursionError):
        manifest = None  # verifying says what is wrong with it
    return Held(prefix, manifest, sha256_hex(data))


_FIXED = frozenset({"", *Phrase})
_SAME: dict[Finding, Finding] = {}  # findings without data: the same in every report, so kept once


def trimmed(report: Report, room: int) -> tuple[Report, int]:
    """Return a report that takes little memory, and how many findings it lacks; its verdict is the same.

    Each code keeps its first finding of each outcome, and further ones as long as there is ``room``.
    """
    kept: list[Finding] = []
    seen: Counter[tuple[str, Status]] = Counter()
    for finding in report.findings:
        seen[finding.code, finding.status] += 1
        more = seen[finding.code, finding.status] - 1
        if more and (more >= _LISTED or room <= 0):
            continue
        room -= 1 if more else 0
        kept.append(_small(finding))
    return replace(report, findings=tuple(kept)), len(report.findings) - len(kept)


def _small(finding: Finding) -> Finding:
    if finding.found in _FIXED and not finding.subject and not finding.expected:
        return _SAME.setdefault(finding, finding)
    return replace(
        finding, subject=shown(finding.subject), expected=shown(finding.expected), found=shown(finding.found)
    )
