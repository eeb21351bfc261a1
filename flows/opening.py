"""Opening an account's connector: the gate, the WARC it writes, and a cut-off capture that is gone on with."""

from __future__ import annotations

import logging
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._gate import Gate
from connectors._limits import GateSettings
from connectors._registry import open_source
from connectors._replay import Leftover, Recorded, StaleError, take_up
from connectors._warc import WarcFile
from flows.credentials import keeper, resolve
from flows.environment import described
from urval.capture import CaptureIdentity
from urval.errors import MalformedError, SourceError
from urval.source import ProfileView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import TypeAlias

    from flows.run import Run
    from urval.records import AccountProfile
    from urval.source import Source

log = logging.getLogger("flows.opening")
_WARC = "exchanges.warc.gz"


@dataclass(frozen=True, slots=True)
class Opened:
    """A source ready to be read, since when (aware), the WARC of its raw material, what to call when it was read.

    ``finish`` ends the raw material in the capture's folder and returns how many exchanges it holds.
    """

    source: Source
    started_at: datetime
    warc: WarcFile
    finish: Callable[[], int]


if TYPE_CHECKING:
    Opener: TypeAlias = Callable[[Path], AbstractContextManager[Opened]]
    """Opens a source for the time it is read. It puts raw material and media into the folder it is given."""


def identify(run: Run, account_id: str) -> CaptureIdentity:
    """Return what a capture of this account in this run is of."""
    occasion = run.occasion_of(account_id)
    return CaptureIdentity(
        archive_id=run.loaded.spec.archive.id,
        account_id=account_id,
        occasion_id=occasion.id,
        period_id=occasion.period.id,
        period_start=occasion.period.start,
        period_end=occasion.period.end,
        spec_sha256=run.loaded.sha256,
        clock=run.clock_kind,
        attempt=run.attempt(account_id),
    )


def connector_opener(
    run: Run,
    account_id: str,
    *,
    mark: Path | None = None,
    leftover: Leftover | None = None,
) -> Opener:
    """Return an opener of the account's platform, which keeps every exchange in a WARC.

    Args:
        run: The run.
        account_id: The register's id.
        mark: Where is noted how far the capture has come; None: it will not be gone on with.
        leftover: What of a cut-off capture in the same folder is gone on with.

    The source's reading raises StaleError if the leftover turns out to be of no use.
    """

    @contextmanager
    def opened(folder: Path) -> Iterator[Opened]:
        recorded = Recorded(leftover, told=lambda words: log.info("%s: %s", account_id, words))
        with (
            _warc(run, account_id, folder, mark, leftover) as warc,
            _gate(run, folder, warc, recorded) as gate,
        ):

            def finish() -> int:
                gate.close()  # the number of pairs is compared here, before the capture is declared finished
                warc.close()
                return warc.pairs

            try:
                yield Opened(_source(run, account_id, gate), warc.started_at, warc, finish)
            except SourceError as error:
                if recorded.taken and not gate.requests_sent:
                    raise StaleError(f"what an earlier run left leads nowhere ({error.message})") from error
                raise

    return opened


def what_is_left(run: Run, account_id: str, folder: Path, mark: Path) -> Leftover | None:
    """Return what of a cut-off capture in ``folder`` a run can go on with; None if there is nothing.

    Raises:
        StaleError: There is something, but it is of no use.
    """
    info = {"capture-id": identify(run, account_id).capture_id, **_described(run)}
    return take_up(folder / _WARC, mark, info=info, now=run.clock())


def check_profile(run: Run, account_id: str, folder: Path) -> None:
    """Ask for the account's profile, and keep nothing of it: are platform, account and credential still there?

    Args:
        run: The run.
        account_id: The register's id.
        folder: Scratch space for the answers, not yet there.

    Raises:
        SourceError: As reading the account from the start would.
    """
    folder.mkdir()
    with (
        _warc(run, account_id, folder, None, None) as warc,
        _gate(run, folder, warc, Recorded()) as gate,
    ):
        next(iter(_source(run, account_id, gate).read()))


@contextmanager
def unrecorded_gate(run: Run, account_id: str) -> Iterator[Gate]:
    """Give a gate for calls that are no part of a capture; whatever it writes is thrown away."""
    with (
        tempfile.TemporaryDirectory(prefix="urval-ask-") as name,
        _warc(run, account_id, Path(name), None, None) as warc,
        _gate(run, Path(name), warc, Recorded()) as gate,
    ):
        yield gate


def asked_profile(run: Run, account_id: str) -> AccountProfile:
    """Ask for the account's profile, and keep nothing of it.

    Raises:
        ConfigError, SourceError: As reading the account from the start would.
    """
    return asked_page(run, account_id).profile


def asked_page(run: Run, account_id: str) -> ProfileView:
    """Ask for the account's page, the profile with its pictures, and keep no file of it.

    Raises:
        ConfigError, SourceError: As reading the account from the start would.
    """
    with unrecorded_gate(run, account_id) as gate:
        view = next(iter(_source(run, account_id, gate).read()))
    if not isinstance(view, ProfileView):
        raise MalformedError(f"The first thing read of {account_id} is no profile.")
    return view


def _warc(run: Run, account_id: str, folder: Path, mark: Path | None, leftover: Leftover | None) -> WarcFile:
    return WarcFile(
        folder / _WARC,
        capture_id=identify(run, account_id).capture_id,
        clock=run.clock,
        software=_described(run),
        mark=mark,
        leftover=leftover,
    )


def _described(run: Run) -> dict[str, str]:
    return {**described(), "clock": run.clock_kind, "spec-sha256": run.loaded.sha256}


def _gate(run: Run, folder: Path, warc: WarcFile, recorded: Recorded) -> Gate:
    limits = run.loaded.spec.limits
    return Gate(
        GateSettings(max_media_bytes=limits.media_bytes, clock_compared=run.clock_kind == "system"),
        clock=run.clock,
        sleep=run.sleep,
        warc=warc,
        media=folder / "media",
        connect_to=run.connect_to,
        recorded=recorded,
    )


def _source(run: Run, account_id: str, gate: Gate) -> Source:
    account = run.loaded.spec.account(account_id)
    period = run.occasion_of(account_id).period
    return open_source(
        account.platform,
        account_id=account_id,
        settings=account.settings,
        credential=resolve(account.credential),
        keep=keeper(account.credential),
        start=period.start,
        end=period.end,
        gate=gate,
    )
