"""A picture of the account's public page as a visitor without a log-in sees it, on a wide screen and on a phone.

The pictures are media of the account: they stand beside the profile's, and say by which browser they were taken, when,
and of which address. What could not be taken is a gap. Which platforms' pages a browser may visit, and why, is said by
``Connector.page_view``.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from connectors import _address as address
from connectors._page_proxy import PageProxy
from urval.records import Gap, GapReason, MediaItem, MediaKind
from urval.source import PageView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from urval.records import AccountProfile

WHAT: Final = "page_view"
HIGHEST: Final = 16_000  # pixels; beyond 16,384 Chromium repeats what it drew
_PROGRAM: Final = Path(__file__).with_name("_page_shot.py")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_NEEDED: Final = ("PATH", "HOME", "PLAYWRIGHT_BROWSERS_PATH", "SYSTEMROOT")  # nothing else: secrets lie in variables
_REASONS: Final = {401: GapReason.REFUSED, 403: GapReason.REFUSED, 404: GapReason.GONE, 410: GapReason.GONE}


@dataclass(frozen=True, slots=True)
class _Screen:
    kind: MediaKind
    width: int  # pixels
    height: int

    def words(self) -> dict[str, Any]:
        return {
            "name": self.kind.value, "width": self.width, "height": self.height,
            "phone": self.kind is MediaKind.PAGE_PHONE,
        }  # fmt: skip


_SCREENS: Final = (_Screen(MediaKind.PAGE_DESKTOP, 1280, 900), _Screen(MediaKind.PAGE_PHONE, 390, 844))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCamera:
    """What taking a picture needs beside the page: where files go, the time, and how the browser is set."""

    media: Path  # folder of the capture's media
    clock: Callable[[], datetime]  # aware
    timezone: str  # IANA name
    locale: str  # BCP 47
    connect_to: Mapping[str, str]
    own: frozenset[str]  # authorities named in the spec, which may lie in an inner network
    environment: Mapping[str, str]  # of this process; the browser gets what it needs of it
    screens: tuple[str, ...] = ("desktop", "phone")
    seconds: float = 150.0  # for all pictures of the page; then the browser is ended

    def take(self, profile: AccountProfile) -> Iterator[PageView | Gap]:
        """Yield the pictures of the account's page, and a gap for each that could not be taken."""
        at = self.clock()
        if not profile.url:
            yield missing(profile.account_id, None, GapReason.INTERFACE_LIMIT, "the platform names no address", at)
            return
        try:
            target = address.target_of(profile.url)
        except ValueError as error:
            yield missing(profile.account_id, None, GapReason.REFUSED, str(error), at)
            return
        with (
            TemporaryDirectory(prefix="urval-page-", ignore_cleanup_errors=True) as name,
            PageProxy(own=self.own, connect_to=self.connect_to) as proxy,
        ):
            folder = Path(name)
            done = self._photographed(folder, target.url, proxy.port)
            if target.authority in proxy.refused:
                done = {"error": f"{target.host} lies in an inner network, or outside the run", "refused": True}
            yield from self._results(folder, profile, target.url, done, at)

    def _wanted(self) -> list[_Screen]:
        return [screen for screen in _SCREENS if screen.kind.value.removeprefix("page_") in self.screens]

    def _photographed(self, folder: Path, url: str, port: int) -> dict[str, Any]:
        """Run the browser in a process of its own, and return what it says it did."""
        job = {"url": url, "proxy": port, "timezone": self.timezone, "locale": self.locale,
               "highest": HIGHEST, "screens": [screen.words() for screen in self._wanted()]}  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        home = Path(self.environment.get("HOME", folder))
        given = {name: self.environment[name] for name in _NEEDED if name in self.environment}
        given.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(home / ".cache" / "ms-playwright"))
        given |= {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
        late = ""
        # -P: this folder's files must not stand in for the standard library's.
        with subprocess.Popen(  # noqa: S603 - fixed program, own folder
            [sys.executable, "-P", str(_PROGRAM), str(folder)], env=given, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                _, said = process.communicate(timeout=self.seconds)
            except subprocess.TimeoutExpired:
                late, said = f"the browser was ended after {self.seconds:g} seconds", b""
            finally:
                _end(process)
        done = folder / "done.json"
        found: dict[str, Any] = json.loads(done.read_bytes()) if done.is_file() else {"browser": "", "screens": {}}
        told = said.decode("utf-8", "replace").strip().splitlines()
        found["error"] = late or found.get("error") or (told[-1][:300] if told else "the browser gave no picture")
        return found

    def _results(
        self, folder: Path, profile: AccountProfile, url: str, done: dict[str, Any], at: datetime
    ) -> Iterator[PageView | Gap]:
        media: list[MediaItem] = []
        gaps: list[Gap] = []
        for screen in self._wanted():
            made = {} if done.get("refused") else done["screens"].get(screen.kind.value, {})
            path = folder / f"{screen.kind.value}.png"
            data = path.read_bytes() if "url" in made and path.is_file() else b""
            if data.startswith(_PNG):
                words = _words(done["browser"], screen, made)
                media.append(self._kept(profile, screen, data, made["url"], words, at))
                continue
            reason = GapReason.REFUSED if done.get("refused") else _REASONS.get(made.get("status", 0))
            words = f"{screen.width} px: {made.get('error') or done['error']}"
            gaps.append(missing(profile.account_id, url, reason or GapReason.UNREACHABLE, words, at))
        if media:
            yield PageView(media=tuple(media))
        yield from gaps

    def _kept(
        self, profile: AccountProfile, screen: _Screen, data: bytes, url: str, words: str, at: datetime
    ) -> MediaItem:
        digest = hashlib.sha256(data).hexdigest()
        (self.media / f"{digest}.png").write_bytes(data)
        width, height = struct.unpack(">II", data[16:24])
        return MediaItem(
            platform=profile.platform, account_id=profile.account_id, id=f"{profile.id}:{screen.kind.value}",
            owner_id=profile.id, thread_id=None, kind=screen.kind, source_url=address.without_credentials(url),
            alt_text=words, mime="image/png", bytes=len(data), sha256=digest, file=f"media/{digest}.png",
            width=width, height=height, captured_at=at, gap=None,
        )  # fmt: skip


def missing(account_id: str, url: str | None, reason: GapReason, words: str, at: datetime) -> Gap:
    """Return the gap that stands for a picture of the page."""
    shown = address.without_credentials(url) if url else None
    return Gap(account_id=account_id, thread_id=None, what=WHAT, subject_id=shown, reason=reason, error=words,
               first_tried_at=at, last_tried_at=at)  # fmt: skip


def _words(browser: str, screen: _Screen, made: dict[str, Any]) -> str:
    """Say by what the picture was taken, and whether the page went on below it."""
    full = int(made["full_height"])
    cut = f", the first {HIGHEST} of {full} px in height" if full > HIGHEST else ""
    return f"{browser}, {screen.width} px{cut}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and every process it started, whose group bears its id."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # all had ended
