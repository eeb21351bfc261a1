"""From a package request to the snapshot: what the rendering is told, and where it finds the media."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import PackageError
from urval.manifest import SnapshotRef, VolumeRef
from urval.package.describe import completeness_totals, gap_counts, instant
from urval.package.snapshot import (
    AccountEntry,
    CaptureLine,
    FrameCounts,
    SnapshotView,
    render_snapshot,
)
from urval.package.statements import statements_for
from urval.records import AccountProfile, Completeness, Gap, MediaItem, MediaKind
from urval.selection import explain_many

if TYPE_CHECKING:
    from pathlib import Path

    from urval.package.build import PackageRequest


# As the platforms write themselves; any other platform is shown by the register's word for it.
_PLATFORM_NAMES = {
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
        compose_view(request, kept, package_id), request.capture.threads(kept), media_file=media_file, out=out
    )
    shown = [thread for volume in result.volumes for thread in volume.threads]
    if shown != kept:
        raise PackageError(f"the snapshot shows {len(shown)} threads, {len(kept)} were kept")
    return SnapshotRef(
        threads=len(shown),
        pdf_standards=list(request.loaded.spec.format_policy.pdf),
        volumes=[
            VolumeRef(file=f"data/snapshot/{volume.file}", threads=list(volume.threads)) for volume in result.volumes
        ],
        fonts=dict(result.fonts),
        unrenderable=result.unrenderable,
    )


def compose_view(request: PackageRequest, kept: list[str], package_id: str) -> SnapshotView:
    """Return what the snapshot shows beside the threads."""
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
        platform_name=_PLATFORM_NAMES.get(request.account.platform, request.account.platform),
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
        why=explain_many(spec, request.account, period, request.capture.table("frame"), kept, spec.language),
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
        pdf_standards=spec.format_policy.pdf,
    )
