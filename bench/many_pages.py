"""The peak memory of a capture beside that of one with ten times as many pages, platform by platform.

``python -m bench.many_pages TASK`` captures in a process of its own; TASK is JSON, the sandbox runs in the caller's
process and is reached over HTTP. The capture is the product's: gate, WARC, media, walk, the capture's tables. No thread
has more than 150 comments, because a thread is held whole; what grows is how many there are.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bench.measuring import FOLDER, Line, run, told
from bench.platforms import city_of, plain, suite
from connectors import Gate, GateSettings, WarcFile
from connectors._registry import open_source
from connectors.sandbox import Sandbox
from flows.environment import environment_of
from urval.capture import CaptureIdentity, CaptureWriter

if TYPE_CHECKING:
    from bench.measuring import Sample
    from connectors.sandbox.model import CityPost

_PLATFORMS = ("instagram", "facebook")  # answers inside their comments; answers in one stream with them
_POSTS, _MEAN, _MOST = 300, 90.0, 150  # some 18,000 comments: more than the 16,384 rows the writer holds
_TIMES = 10
_MEGABYTE = 1e6


def lines() -> list[Line]:
    """Compare the peaks."""
    return [_line(platform) for platform in _PLATFORMS]


def _line(platform: str) -> Line:
    small, few, _ = _measured(platform, _POSTS)
    large, many, comments = _measured(platform, _POSTS * _TIMES)
    detail = f"peak {large.peak / _MEGABYTE:.0f} MB, {many} pages, {comments} comments; "
    detail += f"{small.peak / _MEGABYTE:.0f} MB, {few} pages"
    return Line(f"ten times the pages, {platform}", large.peak / small.peak, 1.2, at_most=True, detail=detail)


def _measured(platform: str, posts: int) -> tuple[Sample, int, int]:
    tried, now = suite(platform), import_module("conformance").NOW
    city = city_of(tried.account, posts, _MEAN, _shortened)
    with Sandbox(city, clock=lambda: now) as sandbox:
        task = {
            "platform": platform, "settings": tried.settings, "credential": tried.credential(sandbox),
            "connect_to": sandbox.connect_to, "start": city.start, "end": city.end, "now": now,
        }  # fmt: skip
        sample = run("many_pages", json.dumps(task, default=datetime.isoformat))
        pages = len(tried.interface_calls(sandbox))
    inside = (post for post in city.accounts[0].posts if city.start <= post.created_at < city.end)
    return sample, pages, sum(len(post.comments) for post in inside)


def _shortened(post: CityPost) -> CityPost:
    return plain(replace(post, comments=post.comments[:_MOST]))


def _captured(task: dict[str, Any]) -> None:
    start, end, now = (datetime.fromisoformat(task[name]) for name in ("start", "end", "now"))
    folder = FOLDER / "many-pages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    identity = CaptureIdentity(
        archive_id="bench", account_id="bench", occasion_id="bench", period_id="bench", period_start=start,
        period_end=end, spec_sha256="0" * 64, clock="fixed",
    )  # fmt: skip
    with (
        WarcFile(folder / "exchanges.warc.gz", capture_id="bench", clock=lambda: now, software={}) as warc,
        Gate(
            GateSettings(), clock=lambda: now, sleep=_at_once, warc=warc, media=folder / "media",
            connect_to=task["connect_to"],
        ) as gate,
    ):  # fmt: skip
        source = open_source(
            task["platform"], account_id="bench", settings=task["settings"], credential=task["credential"],
            start=start, end=end, gate=gate,
        )  # fmt: skip
        with CaptureWriter(folder, identity, source.method) as writer:
            for item in source.read():
                writer.add(item)
            log = environment_of(warc.log)
            writer.finish(started_at=now, ended_at=now, exchanges=gate.requests_answered, environment=log)


def _at_once(_seconds: float) -> None:
    """Wait for nothing: the pace that a platform's allowance sets is no part of what is measured."""


if __name__ == "__main__":
    told(lambda: _captured(json.loads(sys.argv[1])))
