"""The rendering a person looks at: HTML and PDF/A from the same document data, marked as rendered from data."""

from urval.package.snapshot.render import render_snapshot
from urval.package.snapshot.view import (
    AccountEntry,
    AttachedView,
    CaptureLine,
    FrameCounts,
    SnapshotResult,
    SnapshotView,
    Volume,
)

__all__ = [
    "AccountEntry",
    "AttachedView",
    "CaptureLine",
    "FrameCounts",
    "SnapshotResult",
    "SnapshotView",
    "Volume",
    "render_snapshot",
]
