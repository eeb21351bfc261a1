"""Composing the manifest from the parts of a package. Pure but for reading the capture's small tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval import manifest as m
from urval.package.readme import readme
from urval.package.statements import statements_for
from urval.records import Completeness, Gap

if TYPE_CHECKING:
    from urval.capture import Capture
    from urval.package.build import PackageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageParts:
    """What the steps of the build have made so far."""

    kept: list[str]  # ids of the kept threads, oldest first
    package_id: str
    selection_sha256: str
    tables: dict[str, m.TableRef]
    snapshot: m.SnapshotRef
    whole: bool


def compose_manifest(request: PackageRequest, parts: PackageParts, payload: m.Payload) -> m.Manifest:
    """Return the manifest of the package (docs/format.md section 2)."""
    spec, period = request.loaded.spec, request.occasion.period
    totals, gaps = completeness_totals(request.capture, parts.kept), gap_counts(request.capture, parts.kept)
    return m.Manifest(
        format=m.FORMAT,
        package_id=parts.package_id,
        archive=m.Archive(**spec.archive.model_dump()),
        account=request.account.model_dump(mode="json", by_alias=True),
        occasion=_occasion(request),
        period=m.Period(id=period.id, start=period.start, end=period.end, timezone=spec.timezone),
        source=m.SourceMethod(**request.capture.info.document["method"]),
        capture=_capture(request, whole=parts.whole),
        software=request.software,
        environment=request.capture.environment,
        spec=m.SpecRef(
            id=spec.id,
            version=spec.version,
            sha256=request.loaded.sha256,
            decision=m.Decision(**spec.decision.model_dump(mode="json")) if spec.decision else None,
        ),
        selection=_selection(request, parts.selection_sha256),
        tables=parts.tables,
        snapshot=parts.snapshot,
        completeness=totals,
        gaps=gaps,
        review=request.review,
        previous=request.previous,
        supplements=request.supplements,
        corrects=request.corrects,
        seal=request.seal,
        cannot_show=statements_for(request, totals, gaps),
        payload=payload,
    )


def _occasion(request: PackageRequest) -> m.Occasion:
    occasion, ended = request.occasion, instant(request.capture.info.document["ended_at"])
    return m.Occasion(
        id=occasion.id,
        kind=occasion.kind,
        opens=occasion.opens.isoformat(),
        closes=occasion.closes.isoformat(),
        days_late=request.days_late(ended),
        in_blackout=request.in_blackout(ended),
    )


def _capture(request: PackageRequest, *, whole: bool) -> m.CaptureRef:
    document = request.capture.info.document
    return m.CaptureRef(
        id=document["capture_id"],
        sha256=request.capture.info.sha256,
        started_at=instant(document["started_at"]),
        ended_at=instant(document["ended_at"]),
        clock=document["clock"],
        exchanges=document["exchanges"],
        whole_in_package=whole,
    )


def _selection(request: PackageRequest, selection_sha256: str) -> m.SelectionRef:
    selection = request.selection
    return m.SelectionRef(
        unit="thread",
        frame_size=selection.table.num_rows,
        frame_sha256=selection.frame_sha256,
        seed=selection.seed,
        selection_sha256=selection_sha256,
        kept=selection.kept,
        dropped=selection.dropped,
        excluded=selection.excluded,
        by_rule=dict(selection.by_rule),
        claims=dict(selection.claims),
        substitutes=[
            m.Substitute(rule=rule, lost=lost, substitute=taken) for rule, lost, taken in selection.substitutes
        ],
    )


def describe_readme(request: PackageRequest, parts: PackageParts) -> str:
    """Return the text of ``data/README.txt``."""
    zone = ZoneInfo(request.loaded.spec.timezone)
    period = request.occasion.period
    ended = instant(request.capture.info.document["ended_at"])
    return readme(
        {
            "package_id": parts.package_id,
            "archive": request.loaded.spec.archive.name,
            "account": f"{request.account.name} ({request.account.id})",
            "platform": request.account.platform,
            "start": period.start.astimezone(zone).date().isoformat(),
            "end": period.end.astimezone(zone).date().isoformat(),
            "captured": ended.astimezone(zone).isoformat(timespec="seconds"),
            "identity": request.seal.identity if request.seal else "",
            "key": request.seal.key if request.seal else "",
        }
    )


def completeness_totals(capture: Capture, kept: list[str]) -> m.CompletenessTotals:
    """Return the sums over the kept threads (docs/format.md, CMP-3)."""
    wanted = set(kept)
    rows = [row for row in capture.records(Completeness) if row.thread_id in wanted]
    stated = [row.platform_count for row in rows if row.platform_count is not None]
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(dict(row.reasons))
    return m.CompletenessTotals(
        threads=len(rows),
        threads_equal=sum(row.difference == 0 for row in rows),
        platform_total=sum(stated) if stated else None,
        captured_total=sum(row.captured_count for row in rows),
        by_reason=dict(sorted(reasons.items())),
    )


def gap_counts(capture: Capture, kept: list[str]) -> dict[str, int]:
    """Return reason -> number of gaps of the account and of the kept threads."""
    wanted = {None, *kept}
    counts = Counter(gap.reason.value for gap in capture.records(Gap) if gap.thread_id in wanted)
    return dict(sorted(counts.items()))


def instant(text: str) -> datetime:
    """Return the aware UTC time of an RFC 3339 text."""
    return datetime.fromisoformat(text).astimezone(UTC)
