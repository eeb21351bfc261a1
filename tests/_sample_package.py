"""Two small real packages made by the real builder: one of a selection, one of a census with its WARC."""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _environment import BODIES, REPLACED, environment_with, host_log, warc_record
from _reviews import looked_at, unseen
from PIL import Image

from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.package import PackageRequest, build_package
from urval.package.software import describe_software
from urval.periods import occasion_at
from urval.records import (
    AccountProfile,
    AuthorRole,
    Comment,
    Direction,
    Edited,
    Gap,
    GapReason,
    MediaItem,
    MediaKind,
    Post,
    Version,
    Visibility,
)
from urval.selection import select
from urval.source import EndReason, ListingEnd, Method, ProfileView, Thread
from urval.spec import parse_spec

if TYPE_CHECKING:
    import pyarrow as pa

    from urval.manifest import SealRef
    from urval.spec import LoadedSpec

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ACCOUNT = "exempelstad-facebook"
PROFILE_EXCHANGE, POSTS_EXCHANGE, COMMENTS_EXCHANGE = (hashlib.sha256(body).hexdigest() for body in BODIES)

_SPEC = """\
format: 1
id: exempelstad
version: "2026.1"
valid_from: 2026-01-01
language: sv
timezone: Europe/Stockholm
archive: {id: exempelstad, name: Exempelstads kommun}
decision: {authority: Kommunstyrelsen, reference: KS 2025/0417, date: 2025-12-03}
occasions:
  - {id: var, opens: 05-02, closes: 05-31, period_end: 05-01}
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}
first_period_start: 2025-11-01
accounts:
  - id: exempelstad-facebook
    platform: facebook
    name: Exempelstad
    class: main
    purpose: Berätta om kommunens service.
    owner: {name: Alva Exempelsson, role: kommunikatör}
    settings: {page_id: "100064000000001"}
rules:
"""
_CENSUS = "  - {id: allt, rule: census}\nseed: Exempelstad\n"
_CHOSEN = """\
  - id: bedomda
    rule: judgement
    threads:
      - {id: t1, reason: Typiskt, decided_by: Alva, decided_at: 2026-10-01}
      - {id: t2, reason: Typiskt, decided_by: Alva, decided_at: 2026-10-01}
      - {id: t3, reason: Typiskt, decided_by: Alva, decided_at: 2026-10-01}
  - {id: mest, rule: fat, metric: comments, top_k: 1}
  - {id: undantag, rule: exclude, reason: Sekretess, threads: [{id: t6}]}
seed: Exempelstad
"""


@dataclass(frozen=True)
class Sample:
    """A package in a folder, and the frame of its capture."""

    folder: Path
    frame: pa.Table
    capture: Path


def whole_package(*, census: bool = False, reviewed: bool = False) -> Sample:
    """Return a sample that is built once a process; alter copies only."""
    return _built(census, reviewed)


@cache
def _built(census: bool, reviewed: bool) -> Sample:
    scratch = Path(tempfile.mkdtemp(prefix="urval-sample-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    return build_sample(scratch, census=census, reviewed=reviewed)


def copy_of(one: Sample, scratch: Path) -> Path:
    """Return a copy of a sample's package, to alter."""
    return Path(shutil.copytree(one.folder, scratch / one.folder.name))


def files_of(folder: Path) -> list[Path]:
    """Return the files of a package, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def build_sample(scratch: Path, *, census: bool = False, reviewed: bool = False, seal: SealRef | None = None) -> Sample:
    """Capture seven threads, select, and package; ``reviewed`` by a person, with changes and attached views.

    ``seal`` is who shall sign the package; whoever calls does.
    """
    loaded = parse_spec((_SPEC + (_CENSUS if census else _CHOSEN)).encode(), "sample.yaml")
    occasion = occasion_at(loaded.spec, "2026-host")
    folder = scratch / "capture"
    capture = capture_sample(folder, loaded)
    frame = capture.table("frame")
    account = loaded.spec.account(ACCOUNT)
    changes = {"t4": "add", "t2": "remove"} if reviewed else {}
    added = [thread for thread, action in changes.items() if action == "add"]
    removed = [thread for thread, action in changes.items() if action == "remove"]
    selection = select(loaded.spec, account, occasion.period, frame, added=added, removed=removed)
    if reviewed:
        review = looked_at(capture, loaded, selection, NOW, changes=changes, folder=scratch / "attached")
    else:
        review = unseen(capture, loaded, selection, NOW)
    built = build_package(
        PackageRequest(
            capture=capture,
            loaded=loaded,
            account=account,
            occasion=occasion,
            selection=selection,
            software=describe_software(),
            previous=None,
            review=review,
            attachments=scratch / "attached" if reviewed else None,
            seal=seal,
        ),
        scratch,
    )
    return Sample(built.folder, frame, folder)


def chosen_spec(*, more: str = "", persons: int = 1) -> bytes:
    """Return the archive spec of the selection, with further rules, and so many people to approve."""
    return (_SPEC + more + _CHOSEN + f"review: {{persons: {persons}}}\n").encode()


def capture_sample(folder: Path, loaded: LoadedSpec) -> Capture:
    """Capture seven threads into a folder."""
    occasion = occasion_at(loaded.spec, "2026-host")
    identity = CaptureIdentity(
        archive_id="exempelstad",
        account_id=ACCOUNT,
        occasion_id=occasion.id,
        period_id=occasion.period.id,
        period_start=occasion.period.start,
        period_end=occasion.period.end,
        spec_sha256=loaded.sha256,
        clock="fixed",
    )
    method = Method(platform="facebook", interface="Graph API", api_version="v25.0", base_url=None, scopes=("x",))
    with CaptureWriter(folder, identity, method) as writer:
        for item in _items(folder):
            writer.add(item)
        (folder / "exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in BODIES))
        writer.finish(
            started_at=NOW - timedelta(minutes=5),
            ended_at=NOW,
            exchanges=len(BODIES),
            environment=environment_with(host_log(len(BODIES)), redactions=REPLACED * len(BODIES)),
        )
    return Capture(folder)


def _items(folder: Path) -> list[ProfileView | Thread | Gap | ListingEnd]:
    (folder / "media").mkdir(parents=True)
    cover = _picture(folder, "cover", MediaKind.COVER, None, (90, 30))
    avatar = _picture(folder, "avatar", MediaKind.AVATAR, None, (30, 30))
    profile = AccountProfile(
        platform="facebook", account_id=ACCOUNT, id="100064000000001", handle="exempelstad", name="Exempelstad",
        about="Hej!", url=None, links=("https://exempelstad.example",), avatar_media_id="avatar",
        cover_media_id="cover", followers=12, likes=11, posts=7, captured_at=NOW, exchange=PROFILE_EXCHANGE,
        raw='{"id": "100064000000001"}',
    )  # fmt: skip
    account_gap = Gap(
        account_id=ACCOUNT, thread_id=None, what="posts", subject_id="reels", reason=GapReason.REFUSED,
        error="(#10) missing permission", first_tried_at=NOW, last_tried_at=NOW,
    )  # fmt: skip
    threads = [_thread(folder, number) for number in range(1, 8)]
    end = ListingEnd(listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=7, outside_period=0)
    return [ProfileView(profile=profile, media=(cover, avatar)), account_gap, *threads, end]


def _thread(folder: Path, number: int) -> Thread:
    post_id = f"t{number}"
    comments = [
        _comment(post_id, place, None if place % 3 else f"{post_id}c1") for place in range(1, 1 + number % 4 * 2)
    ]
    media: list[MediaItem] = []
    gaps: list[Gap] = []
    if number == 1:
        media = [_picture(folder, "t1m1", MediaKind.IMAGE, post_id, (40, 40)), _missing("t1m2", post_id)]
        comments.append(_comment(post_id, 9, "t1c-gone"))
        gaps = [_gap(post_id, "media", "t1m2", GapReason.GONE), _gap(post_id, "comment", "t1c-gone", GapReason.GONE)]
    stated = {1: len(comments) + 2, 2: None, 3: len(comments)}.get(number, len(comments))
    post = Post(
        platform="facebook", account_id=ACCOUNT, id=post_id, permalink=None, kind="post", title=None,
        text=f"Inlägg {number}: <script>alert(1)</script> é 😀", language=None,
        created_at=datetime(2026, 5 + number % 5, 3 + number, 12, tzinfo=UTC), updated_at=None,
        edited=Edited.UNKNOWN, author_id="1", author_name="Exempelstad", author_role=AuthorRole.OWN,
        direction=Direction.MADE, in_reply_to=None, pinned=False, media_ids=tuple(item.id for item in media),
        reactions=(("LIKE", 3), ("LOVE", 1)), reaction_count=4, share_count=None, view_count=None,
        platform_comment_count=stated, visibility=Visibility.VISIBLE, captured_at=NOW, exchange=POSTS_EXCHANGE,
        raw=json.dumps({"id": post_id, "okänt": [number]}, ensure_ascii=False),
    )  # fmt: skip
    versions = tuple(_version(post_id, place) for place in range(2)) if number == 1 else ()
    return Thread(post=post, comments=tuple(comments), media=tuple(media), gaps=tuple(gaps), versions=versions)


def _version(post_id: str, number: int) -> Version:
    return Version(
        platform="facebook", account_id=ACCOUNT, thread_id=post_id, subject_id=post_id, number=number,
        text=f"Tidigare lydelse {number}", created_at=datetime(2026, 5, 1, number, tzinfo=UTC), captured_at=NOW,
        exchange=POSTS_EXCHANGE, raw=json.dumps({"id": post_id, "lydelse": number}),
    )  # fmt: skip


def _comment(post_id: str, place: int, parent: str | None) -> Comment:
    return Comment(
        platform="facebook", account_id=ACCOUNT, post_id=post_id, id=f"{post_id}c{place}", parent_id=parent,
        depth=0 if parent is None else 1, permalink=None, text=f"Kommentar {place} ü", language=None,
        created_at=datetime(2026, 10, 20, 12, place, tzinfo=UTC), updated_at=None, edited=Edited.NO, author_id=None,
        author_name=None, author_role=AuthorRole.PERSON, direction=Direction.RECEIVED, is_own_answer=False,
        hidden=False, visibility=Visibility.VISIBLE, media_ids=(), reaction_count=0, platform_reply_count=None,
        captured_at=NOW, exchange=COMMENTS_EXCHANGE, raw=json.dumps({"id": f"{post_id}c{place}"}),
    )  # fmt: skip


def _picture(folder: Path, name: str, kind: MediaKind, thread: str | None, size: tuple[int, int]) -> MediaItem:
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, (name.encode() * 5000)[: size[0] * size[1] * 3]).save(buffer, "PNG")
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    (folder / "media" / f"{digest}.png").write_bytes(data)
    return MediaItem(
        platform="facebook", account_id=ACCOUNT, id=name, owner_id=thread or "100064000000001", thread_id=thread,
        kind=kind, source_url=f"https://cdn.example/{name}.png", alt_text=None, mime="image/png", bytes=len(data),
        sha256=digest, file=f"media/{digest}.png", width=size[0], height=size[1], captured_at=NOW, gap=None,
    )  # fmt: skip


def _missing(name: str, thread: str) -> MediaItem:
    return MediaItem(
        platform="facebook", account_id=ACCOUNT, id=name, owner_id=thread, thread_id=thread, kind=MediaKind.VIDEO,
        source_url=None, alt_text=None, mime=None, bytes=None, sha256=None, file=None, width=None, height=None,
        captured_at=None, gap=GapReason.GONE,
    )  # fmt: skip


def _gap(thread: str, what: str, subject: str, reason: GapReason) -> Gap:
    return Gap(
        account_id=ACCOUNT, thread_id=thread, what=what, subject_id=subject, reason=reason, error="borta",
        first_tried_at=NOW, last_tried_at=NOW,
    )  # fmt: skip
