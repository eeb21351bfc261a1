"""What a snapshot is told beside the threads, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from urval.records import AccountProfile, Completeness, Gap, MediaItem

Language: TypeAlias = Literal["sv", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """The account's entry in the register, as far as the snapshot shows it. Empty text: not told."""

    name: str
    purpose: str = ""
    account_class: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLine:
    """Where the content came from; printed in the footer of every page. ``digest`` is the capture's hex SHA-256."""

    interface: str  # "Graph API", "WordPress REST API" …
    api_version: str | None
    captured_at: datetime  # aware
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCounts:
    """Threads in the frame; kept + dropped + excluded = frame."""

    frame: int
    kept: int
    dropped: int
    excluded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedView:
    """A view of the layout that a person attached in the review. ``file`` is relative to the package's ``data/``."""

    file: str
    path: Path  # where its bytes are at hand
    sha256: str
    mime: str  # image/png | application/pdf
    caption: str
    taken_by: str
    taken_at: datetime  # aware
    attached_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotView:
    """Everything the snapshot shows that is not a thread.

    Times are aware; they are shown in ``timezone`` (an IANA name) with their UTC offset. ``why`` gives, per thread id,
    the words for the rules that kept it. ``profile`` is None when the platform would not give it.
    """

    language: Language
    timezone: str
    archive_name: str
    account: AccountEntry
    platform_name: str  # as shown: "Facebook"
    profile: AccountProfile | None
    avatar: MediaItem | None = None
    cover: MediaItem | None = None
    period_start: datetime
    period_end: datetime  # not included
    occasion: str
    capture: CaptureLine
    why: Mapping[str, list[str]]
    completeness: Mapping[str, Completeness]
    page_views: tuple[MediaItem, ...] = ()  # pictures of the account's public page
    attached: tuple[AttachedView, ...] = ()  # what a person attached in the review
    gaps: tuple[Gap, ...] = ()  # of the account as a whole
    counts: FrameCounts
    document_date: datetime
    package_id: str | None = None
    cannot_show: tuple[str, ...] = ()  # in the snapshot's language; empty: the general statements
    pdf_standards: tuple[str, ...] = ("a-2a", "ua-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One PDF file, relative to the snapshot's folder, the threads in it in order, and its pages."""

    file: str
    threads: tuple[str, ...]
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotResult:
    """What was written. ``unrenderable`` counts the code points shown as ``[U+XXXX]`` in the PDFs."""

    volumes: tuple[Volume, ...]
    fonts: Mapping[str, str] = field(default_factory=dict)  # file name -> hex SHA-256
    unrenderable: int = 0
    pages: int = 0  # of all PDFs
    html_pages: int = 0
