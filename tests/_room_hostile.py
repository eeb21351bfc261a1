"""A store whose one package holds texts, names, ids, addresses and pictures that attack whoever shows them."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _authority import authority
from _environment import BODIES, REPLACED, environment_with, host_log, warc_record
from _reviews import package_unseen
from _run_store import ARCHIVE, record
from _sample_package import ACCOUNT, NOW
from _samples import Samples
from _sealing import key, seal_copy

from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.periods import occasion_at
from urval.records import MediaKind, Version
from urval.source import EndReason, ListingEnd, Method, ProfileView, Thread
from urval.spec import parse_spec

if TYPE_CHECKING:
    from urval.records import MediaItem, Post
    from urval.spec import LoadedSpec

MARK = "angrepp"  # the word by which search finds every hostile text
BEACON = "https://beacon.example/"
TEXTS = (
    f"{MARK} <script>alert(1)</script><script src='{BEACON}x.js'></script>",
    f'{MARK} "><img src=x onerror=alert(2)><img src="{BEACON}x.png">',
    f"{MARK} <svg onload=alert(3)><style>@import '{BEACON}x.css'</style></svg><iframe src={BEACON}></iframe>",
    f"{MARK} \u202egnp.exe\u202c \u2066\u2067\u2069 \u200b\u200c\u200d\ufeff \u0007\u001b[31m\u009f",
    f"{MARK} {'x' * 10_000}",
    f"{MARK} {'å' * 3_000} {'😀' * 2_000}",
    f"{MARK} {{{{7*7}}}} {{% for x in ().__class__.__base__.__subclasses__() %}}{{{{x}}}}{{% endfor %}} ${{7*7}}",
    f"{MARK} A\u030a a\u0308 Malmo\u0308 e\u0301 " + "Z" + "\u0351\u0352\u0353" * 200,
    f"{MARK} javascript:alert(4) data:text/html,<script>alert(5)</script> ' OR 1=1 --; DROP TABLE thread; ../../passwd",
    f"{MARK} </textarea></title></style></script><!-- ]]> --> &lt;b&gt; &amp;#x3c; \\u003c %3Cscript%3E",
)
NAME = '"><script>alert(6)</script>\u202e'
LINKS = ("javascript:alert(7)", "data:text/html,<script>alert(8)</script>", f'{BEACON}"><img src=x onerror=alert(9)>')
IDS = ('t"><img src=x onerror=alert(10)>', "../../../etc/passwd", "t';--", "{{7*7}}", "t%2e%2e%2f", "T\u00e5 \u202e t")
_SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="alert(11)"><script>alert(12)</script>'
    f'<image href="{BEACON}svg.png"/><rect width="40" height="40"/></svg>'
)
_SPEC = """\
format: 1
id: exempelstad
version: "2026.1"
valid_from: 2026-01-01
language: sv
timezone: Europe/Stockholm
archive: {id: exempelstad, name: "<script>alert(13)</script>"}
decision: {authority: "<img src=x onerror=alert(14)>", reference: "KS {{7*7}}", date: 2025-12-03}
occasions:
  - {id: var, opens: 05-02, closes: 05-31, period_end: 05-01}
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}
first_period_start: 2025-11-01
accounts:
  - id: exempelstad-facebook
    platform: facebook
    name: '"><script>alert(15)</script>'
    class: main
    purpose: "<svg onload=alert(16)>"
    owner: {name: "<b>Alva</b>", role: "{{7*7}}"}
    settings: {page_id: "100064000000001"}
rules:
  - {id: allt, rule: census, purpose: "</script><script>alert(17)</script>"}
seed: Exempelstad
"""


@cache
def hostile_store() -> Path:
    """Return the store, made once a process by the real builder; only to be read."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-hostile-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    package = seal_copy(_package(scratch), key(), [authority()])
    period = json.loads((package / "manifest.json").read_bytes())["period"]["id"]
    store = scratch / "store"
    shutil.copytree(package, store / "packages" / ARCHIVE / ACCOUNT / period / package.name)
    record(store / "ledger" / ARCHIVE / ACCOUNT / period, package)
    return store


def _package(scratch: Path) -> Path:
    loaded = parse_spec(_SPEC.encode(), "hostile.yaml")
    capture = _capture(scratch / "capture", loaded)
    return package_unseen(capture, loaded, account=ACCOUNT, occasion="2026-host", at=NOW, scratch=scratch)


def _capture(folder: Path, loaded: LoadedSpec) -> Capture:
    (folder / "media").mkdir(parents=True)
    occasion = occasion_at(loaded.spec, "2026-host")
    identity = CaptureIdentity(
        archive_id=ARCHIVE, account_id=ACCOUNT, occasion_id=occasion.id, period_id=occasion.period.id,
        period_start=occasion.period.start, period_end=occasion.period.end, spec_sha256=loaded.sha256, clock="fixed",
    )  # fmt: skip
    method = Method(platform="facebook", interface="Graph API", api_version="v25.0", base_url=None, scopes=())
    samples = Samples(folder / "media")
    threads = [_thread(samples, number) for number in range(len(IDS))]
    profile = replace(
        samples.profile(), account_id=ACCOUNT, avatar_media_id=None, cover_media_id=None, name=NAME, handle=NAME,
        about=" ".join(TEXTS[:4]), url=LINKS[0], links=LINKS, captured_at=NOW,
    )  # fmt: skip
    with CaptureWriter(folder, identity, method) as writer:
        writer.add(ProfileView(profile=profile, media=()))
        for thread in threads:
            writer.add(thread)
        end = ListingEnd(listing="posts", reason=EndReason.EXHAUSTED, pages=1, records=len(threads), outside_period=0)
        writer.add(end)
        (folder / "exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in BODIES))
        writer.finish(
            started_at=NOW, ended_at=NOW, exchanges=len(BODIES),
            environment=environment_with(host_log(len(BODIES)), redactions=REPLACED * len(BODIES)),
        )  # fmt: skip
    return Capture(folder)


def _thread(samples: Samples, number: int) -> Thread:
    post = samples.post(
        IDS[number], TEXTS[number], day=160 + number, account_id=ACCOUNT, author_name=NAME, title=TEXTS[-1 - number],
        permalink=LINKS[number % 3], kind="<b>kind</b>", reactions=(("<script>", 3),), reaction_count=3,
        captured_at=NOW, raw=json.dumps({"id": IDS[number], "text": TEXTS[number]}),
    )  # fmt: skip
    comments = tuple(
        samples.comment(
            f"{IDS[number]}-{place}", post, text, minutes=place, account_id=ACCOUNT, author_name=NAME,
            permalink=LINKS[place % 3], captured_at=NOW, raw=json.dumps({"text": text}),
        )
        for place, text in enumerate(TEXTS)
    )  # fmt: skip
    media = (_svg(samples, post),) if number == 0 else ()
    versions = (_version(post),) if number == 1 else ()
    post = replace(post, media_ids=tuple(one.id for one in media), platform_comment_count=len(comments))
    return Thread(post=post, comments=comments, media=media, gaps=(), versions=versions)


def _svg(samples: Samples, post: Post) -> MediaItem:
    return samples.medium(
        f"m{NAME}", post.id, _SVG.encode(), "image/svg+xml", account_id=ACCOUNT, thread_id=post.id,
        kind=MediaKind.IMAGE, alt_text=TEXTS[1], source_url=LINKS[2], captured_at=NOW,
    )  # fmt: skip


def _version(post: Post) -> Version:
    return Version(
        platform="facebook", account_id=ACCOUNT, thread_id=post.id, subject_id=post.id, number=1, text=TEXTS[2],
        created_at=post.created_at, captured_at=NOW, exchange="0" * 64, raw=json.dumps({"text": TEXTS[2]}),
    )  # fmt: skip
