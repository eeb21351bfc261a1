"""A package built from hand-made records by the real builder: forty threads, fifteen or so kept."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from _environment import environment_with
from _reviews import unseen
from PIL import Image
from test_capture import NOW, make_comment, make_gap, make_post

from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.package import Built, PackageRequest, build_package
from urval.package.software import describe_software
from urval.periods import occasion_at
from urval.records import AccountProfile, GapReason, MediaItem, MediaKind
from urval.selection import select
from urval.source import EndReason, ListingEnd, Method, ProfileView, Thread
from urval.spec import parse_spec, read_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.spec import LoadedSpec

SPEC = Path(__file__).parents[1] / "archive_specs" / "exempelstad.yaml"
SECRET_TEXT = "Innehåll"  # stands in every text, with the thread's id, so that a leak of one thread can be told
ACCOUNT = "exempelstad-facebook"
LEADER = "kommundirektoren-facebook"
THREADS = 40


@dataclass(frozen=True)
class Sample:
    """A capture and the package built from it."""

    capture: Capture
    built: Built
    loaded: LoadedSpec


def build_sample(
    folder: Path,
    *,
    census: bool = False,
    secrets: Sequence[str] = (),
    spoil_media: bool = False,
    spec: bytes | None = None,
    clock: str = "fixed",
    began: datetime = NOW,
    ended: datetime = NOW,
    outside: int = 0,
    about: str = "posts",
) -> Sample:
    """Capture, select and package; the leader's account is kept whole."""
    loaded = read_spec(SPEC) if spec is None else parse_spec(spec, "spec")
    account = loaded.spec.account(LEADER if census else ACCOUNT)
    occasion = occasion_at(loaded.spec, "2026-host")
    capture = make_capture(
        folder / "capture", loaded, account.id, clock=clock, began=began, ended=ended, outside=outside, about=about
    )
    if spoil_media:
        kept = next(iter((capture.folder / "media").iterdir()))
        for path in kept.parent.iterdir():
            path.write_bytes(path.read_bytes() + b"x")
    selection = select(loaded.spec, account, occasion.period, capture.table("frame"))
    request = PackageRequest(
        capture=capture,
        loaded=loaded,
        account=account,
        occasion=occasion,
        selection=selection,
        software=describe_software(),
        previous=None,
        review=unseen(capture, loaded, selection, NOW),
        secrets=secrets,
    )
    return Sample(capture, build_package(request, folder), loaded)


def make_capture(
    folder: Path,
    loaded: LoadedSpec,
    account: str,
    *,
    clock: str = "fixed",
    began: datetime = NOW,
    ended: datetime = NOW,
    outside: int = 0,
    about: str = "posts",
) -> Capture:
    """Write a capture with pictures, gaps, nested comments and one gap of the account."""
    (folder / "media").mkdir(parents=True)
    period = occasion_at(loaded.spec, "2026-host").period
    identity = CaptureIdentity(
        archive_id=loaded.spec.archive.id, account_id=account, occasion_id="2026-host", period_id=period.id,
        period_start=period.start, period_end=period.end, spec_sha256=loaded.sha256, clock=clock,
    )  # fmt: skip
    method = Method(
        platform="facebook", interface="Graph API", api_version="v25.0", base_url="https://graph.example", scopes=()
    )
    (folder / "exchanges.warc.gz").write_bytes(b"")
    with CaptureWriter(folder, identity, method) as writer:
        writer.add(_profile(folder, account))
        for number in range(THREADS):
            writer.add(_thread(folder, account, number))
        writer.add(dataclasses.replace(make_gap(about, GapReason.REFUSED, None), account_id=account))
        writer.add(
            ListingEnd(
                listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=THREADS + outside, outside_period=outside
            )
        )
        writer.finish(started_at=began, ended_at=ended, exchanges=0, environment=environment_with())
    return Capture(folder)


def _profile(folder: Path, account: str) -> ProfileView:
    profile = AccountProfile(
        platform="facebook", account_id=account, id="1", handle="exempelstad", name="Exempelstad", about="Kommunen",
        url="https://exempelstad.example", links=("https://exempelstad.example",), avatar_media_id="avatar",
        cover_media_id="cover", followers=1234, likes=1200, posts=None, captured_at=NOW, exchange="a" * 64,
        raw='{"id" : "1"}',
    )  # fmt: skip
    avatar = _picture(folder, account, "avatar", "1", None, MediaKind.AVATAR)
    return ProfileView(profile=profile, media=(avatar, _picture(folder, account, "cover", "1", None, MediaKind.COVER)))


def _thread(folder: Path, account: str, number: int) -> Thread:
    size = number % 7
    created = datetime(2026, 10, 31, 12, tzinfo=UTC) - timedelta(days=4 * number)
    name = f"p{number}"
    post = make_post(
        number, account_id=account, created_at=created, text=f"{SECRET_TEXT}-{name}- å ä ö ❄️",
        media_ids=(f"m{number}",), platform_comment_count=size + (number % 3 == 0),
        raw=f'{{"id" : "{name}", "t": "{SECRET_TEXT}-{name}-"}}',
    )  # fmt: skip
    comments = tuple(
        make_comment(
            name, index, account_id=account, text=f"Kommentar-hemlig {SECRET_TEXT}-{name}-{index}",
            parent_id=f"{name}-c0" if index % 3 == 2 else None, depth=int(index % 3 == 2),
            raw=f'{{"id" : "{name}-c{index}", "t": "{SECRET_TEXT}-{name}-"}}',
        )
        for index in range(size)
    )  # fmt: skip
    picture = _picture(folder, account, f"m{number}", name, name, MediaKind.IMAGE)
    if number % 5:
        return Thread(post=post, comments=comments, media=(picture,))
    lost = dataclasses.replace(picture, sha256=None, file=None, bytes=None, captured_at=None, gap=GapReason.GONE)
    gap = dataclasses.replace(make_gap("media", GapReason.GONE, name), account_id=account, subject_id=picture.id)
    return Thread(post=post, comments=comments, media=(lost,), gaps=(gap,))


def _picture(folder: Path, account: str, name: str, owner: str, thread: str | None, kind: MediaKind) -> MediaItem:
    out = io.BytesIO()
    shade = hashlib.sha256(name.encode()).digest()
    Image.new("RGB", (320, 200), (shade[0], shade[1], shade[2])).save(out, "PNG")
    data = out.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    (folder / "media" / f"{digest}.png").write_bytes(data)
    return MediaItem(
        platform="facebook", account_id=account, id=name, owner_id=owner, thread_id=thread, kind=kind,
        source_url="https://cdn.example/x", alt_text="En bild", mime="image/png", bytes=len(data), sha256=digest,
        file=f"media/{digest}.png", width=320, height=200, captured_at=NOW, gap=None,
    )  # fmt: skip
