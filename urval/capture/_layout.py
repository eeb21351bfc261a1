"""What lies where in a capture, and who it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from urval.manifest import file_sha256, sha256_hex
from urval.records import (
    COMMENT_SCHEMA,
    COMPLETENESS_SCHEMA,
    FRAME_SCHEMA,
    GAP_SCHEMA,
    MEDIA_SCHEMA,
    POST_SCHEMA,
    PROFILE_SCHEMA,
    VERSION_SCHEMA,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

FORMAT = "urval-capture/1"
SCHEMAS: dict[str, pa.Schema] = {
    "profile": PROFILE_SCHEMA,
    "posts": POST_SCHEMA,
    "comments": COMMENT_SCHEMA,
    "media": MEDIA_SCHEMA,
    "versions": VERSION_SCHEMA,
    "gaps": GAP_SCHEMA,
    "completeness": COMPLETENESS_SCHEMA,
    "frame": FRAME_SCHEMA,
}
ROWS_PER_GROUP = 16_384  # rows held before they are written: bounds memory, and a reader's unit of skipping


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureIdentity:
    """What a capture is of. Instants are aware; ``period_*`` is half-open; ``clock`` is ``system`` or ``fixed``."""

    archive_id: str
    account_id: str
    occasion_id: str
    period_id: str
    period_start: datetime
    period_end: datetime
    spec_sha256: str
    clock: str
    attempt: int = 1  # another one after the archivist sent a proposal back

    @property
    def capture_id(self) -> str:
        """Return the id: readable, and the same for the same account, period, spec and attempt."""
        text = f"{self.archive_id}\n{self.account_id}\n{self.period_id}\n{self.spec_sha256}"
        text += f"\n{self.attempt}" if self.attempt > 1 else ""
        return f"{self.account_id}_{self.period_id}_{sha256_hex(text.encode())[:12]}"


@dataclass(frozen=True, slots=True)
class CaptureInfo:
    """``capture.json`` as read, and its hex SHA-256."""

    document: dict[str, Any]
    sha256: str


def instant(moment: datetime) -> str:
    """Return an aware time as RFC 3339 text in UTC, ending in ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return name -> sha256 and size of every file in the capture, ``capture.json`` itself excepted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        for path in files
        if path != folder / "capture.json"
    }
