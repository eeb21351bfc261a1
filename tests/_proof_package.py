"""A sealed package of the fictional city's threads, for proofs: pictures, answers, hidden and hostile things."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _authority import authority
from _environment import BODIES, REPLACED, environment_with, host_log, warc_record
from _reviews import package_unseen
from _samples import CAPTURED, Samples, city
from _sealing import key, seal_copy

from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.periods import occasion_at
from urval.source import EndReason, ListingEnd, Method, ProfileView, Thread
from urval.spec import parse_spec

if TYPE_CHECKING:
    from urval.spec import LoadedSpec

ACCOUNT = "exempelstad-facebook"
BRIDGE = "100_2001"  # a post with a picture, answers, a hidden comment
FILM = "100_2004"
HOSTILE = "100_2006"
HOSTILE_TEXT = (
    '#set text(red) *fet* $x^2$ @ref <a> \\ "#eval" `kod` <script>alert(1)</script> '
    "\u202ebakvänt\u202c \U00016a4f\ue000 " + "å" * 300
)
_SPEC = """\
format: 1
id: exempelstad
version: "2026.1"
valid_from: 2025-01-01
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
  - {id: allt, rule: census, purpose: "Allt som huvudkontot skriver och får bevaras"}
  - {id: utan, rule: exclude, reason: Sekretess, threads: [{id: "100_2005"}]}
seed: Exempelstad
"""


def city_threads(folder: Path) -> list[Thread]:
    """Return the city's threads, one whose text tries everything, and one with more comments than a sheet shows."""
    samples = Samples(folder)
    hostile = samples.post(HOSTILE, HOSTILE_TEXT, day=95, title="#heading[Rubrik] ]#", permalink="https://x.example/#]")
    odd = samples.comment('c"\\é]#', hostile, HOSTILE_TEXT, author_name="#strong[Mallory] \u0007")
    long = samples.post("100_2007", "Vad tycker ni om den nya bron?", day=96, platform_comment_count=90)
    many = [samples.comment(f"m{n}", long, f"Åsikt nummer {n}.", minutes=n) for n in range(89)]
    many.append(samples.answer("m89", many[-1], long, "Tack för alla svar!", minutes=500))
    threads = [*city(samples), Thread(post=hostile, comments=(odd,)), Thread(post=long, comments=tuple(many))]
    return [_of_account(thread) for thread in threads]


def _of_account(thread: Thread) -> Thread:
    """Return a thread of the spec's account."""
    post = replace(thread.post, account_id=ACCOUNT)
    return Thread(
        post=post,
        comments=tuple(replace(one, account_id=ACCOUNT) for one in thread.comments),
        media=tuple(replace(one, account_id=ACCOUNT, thread_id=post.id) for one in thread.media),
        gaps=tuple(replace(one, account_id=ACCOUNT) for one in thread.gaps),
    )


@cache
def city_package() -> Path:
    """Return the sealed and stamped package, made once a process; alter copies only."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-proof-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    return seal_copy(_unsealed(scratch), key(), [authority()])


def _unsealed(scratch: Path) -> Path:
    loaded = parse_spec(_SPEC.encode(), "city.yaml")
    capture = _capture(scratch / "capture", loaded)
    return package_unseen(capture, loaded, account=ACCOUNT, occasion="2026-var", at=CAPTURED, scratch=scratch)


def _capture(folder: Path, loaded: LoadedSpec) -> Capture:
    (folder / "media").mkdir(parents=True)
    occasion = occasion_at(loaded.spec, "2026-var")
    identity = CaptureIdentity(
        archive_id="exempelstad", account_id=ACCOUNT, occasion_id=occasion.id, period_id=occasion.period.id,
        period_start=occasion.period.start, period_end=occasion.period.end, spec_sha256=loaded.sha256, clock="fixed",
    )  # fmt: skip
    method = Method(platform="facebook", interface="Graph API", api_version="v25.0", base_url=None, scopes=())
    threads = city_threads(folder / "media")
    for painted in (folder / "media").glob("paint-*"):
        painted.unlink()
    profile = replace(Samples(folder).profile(), account_id=ACCOUNT, avatar_media_id=None, cover_media_id=None)
    with CaptureWriter(folder, identity, method) as writer:
        writer.add(ProfileView(profile=profile, media=()))
        for thread in threads:
            writer.add(thread)
        end = ListingEnd(listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=len(threads), outside_period=0)
        writer.add(end)
        (folder / "exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in BODIES))
        writer.finish(
            started_at=CAPTURED, ended_at=CAPTURED, exchanges=len(BODIES),
            environment=environment_with(host_log(len(BODIES)), redactions=REPLACED * len(BODIES)),
        )  # fmt: skip
    return Capture(folder)
