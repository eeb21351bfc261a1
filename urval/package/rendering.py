"""From a package request to the snapshot: what the rendering is told, and where it finds the media."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.errors import PackageError
from urval.manifest import SnapshotRef, VolumeRef
from urval.package.describe import completeness_totals, gap_counts, instant
from urval.package.snapshot import (
    AccountEntry,
    AttachedView,
    CaptureLine,
    FrameCounts,
    SnapshotView,
    render_snapshot,
)
from urval.package.statements import statements_for
from urval.records import AccountProfile, Completeness, Gap, MediaItem, MediaKind
from urval.review import ADD, told_change
from urval.selection import explain_many

if TYPE_CHECKING:
    from pathlib import Path

    from urval.package.build import PackageRequest
    from urval.spec import FormatPolicy


# As the platforms write themselves; any other platform is shown by the register's word for it.
PLATFORM_NAMES = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "feed": "RSS/Atom",
    "linkedin": "LinkedIn",
    "threads": "Threads",
    "wordpress": "WordPress",
    "x": "X",
    "mastodon": "Mastodon",
    "youtube": "YouTube",
    "tiktok": "TikTok",
}


def write_snapshot(request: PackageRequest, kept: list[str], data: Path, package_id: str) -> SnapshotRef:
    """Render the kept threads into ``data/snapshot`` and return the manifest's entry.

    Raises:
        PackageError: The rendering does not hold exactly the kept threads.
    """
    out = data / "snapshot"
    out.mkdir()

    def media_file(item: MediaItem) -> Path | None:
        return None if item.file is None else data / item.file

    result = render_snapshot(
        compose_view(request, kept, package_id, data), request.capture.threads(kept), media_file=media_file, out=out
    )
    shown = [thread for volume in result.volumes for thread in volume.threads]
    if shown != kept:
        raise PackageError(f"the snapshot shows {len(shown)} threads, {len(kept)} were kept")
    return SnapshotRef(
        threads=len(shown),
        pdf_standards=list(request.pdf_standards()),
        volumes=[
            VolumeRef(file=f"data/snapshot/{volume.file}", threads=list(volume.threads)) for volume in result.volumes
        ],
        fonts=dict(result.fonts),
        unrenderable=result.unrenderable,
    )


def _formats(request: PackageRequest) -> FormatPolicy:
    """Return the format policy of the local day on which the capture ended."""
    spec = request.loaded.spec
    return spec.formats_on(
        instant(request.capture.info.document["ended_at"]).astimezone(ZoneInfo(spec.timezone)).date()
    )


def compose_view(request: PackageRequest, kept: list[str], package_id: str, data: Path) -> SnapshotView:
    """Return what the snapshot shows beside the threads. ``data`` is the package's folder of that name."""
    spec, document = request.loaded.spec, request.capture.info.document
    period, selection = request.occasion.period, request.selection
    profile = next(iter(request.capture.records(AccountProfile)), None)
    own = {item.kind: item for item in request.capture.records(MediaItem) if item.thread_id is None}
    wanted = set(kept)
    return SnapshotView(
        language=spec.language,
        timezone=spec.timezone,
        archive_name=spec.archive.name,
        account=AccountEntry(
            name=request.account.name,
            purpose=request.account.purpose,
            account_class=request.account.account_class,
            owner=request.account.owner.name,
        ),
        platform_name=PLATFORM_NAMES.get(request.account.platform, request.account.platform),
        profile=profile,
        avatar=own.get(MediaKind.AVATAR),
        cover=own.get(MediaKind.COVER),
        page_views=tuple(own[kind] for kind in (MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE) if kind in own),
        period_start=period.start,
        period_end=period.end,
        occasion=request.occasion.id,
        capture=CaptureLine(
            interface=document["method"]["interface"],
            api_version=document["method"]["api_version"],
            captured_at=instant(document["ended_at"]),
            digest=request.capture.info.sha256,
        ),
        why=_why(request, kept),
        completeness={row.thread_id: row for row in request.capture.records(Completeness) if row.thread_id in wanted},
        gaps=tuple(gap for gap in request.capture.records(Gap) if gap.thread_id is None),
        counts=FrameCounts(
            frame=selection.table.num_rows, kept=selection.kept, dropped=selection.dropped, excluded=selection.excluded
        ),
        document_date=instant(document["ended_at"]),
        package_id=package_id,
        cannot_show=tuple(
            statements_for(
                request,
                completeness_totals(request.capture, kept),
                gap_counts(request.capture, kept),
            )
        ),
        pdf_standards=request.pdf_standards(),
        attached=_attached(request, data),
    )


def _why(request: PackageRequest, kept: list[str]) -> dict[str, list[str]]:
    """Return for each kept thread what the rules say that named it, or the person who added it."""
    spec, occasion = request.loaded.spec, request.occasion
    added = {change.thread: change for change in request.review.changes if change.action == ADD}
    by_rule = [thread for thread in kept if thread not in added]
    frame = request.capture.table("frame")
    why = explain_many(spec, request.account, occasion.period, frame, by_rule, spec.language, kind=occasion.kind)
    zone = ZoneInfo(spec.timezone)
    return why | {thread: [told_change(change, spec.language, zone)] for thread, change in added.items()}


def _attached(request: PackageRequest, data: Path) -> tuple[AttachedView, ...]:
    """Return what was attached in the review; its files lie in the package already."""
    return tuple(
        AttachedView(
            file=one.file.removeprefix("data/"),
            path=data.parent / one.file,
            sha256=one.sha256,
            mime=one.mime,
            caption=one.caption,
            taken_by=one.taken_by,
            taken_at=one.taken_at,
            attached_by=one.attached_by,
        )
        for one in request.review.attachments
    )
