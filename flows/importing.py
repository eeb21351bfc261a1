"""An account's capture made from the export its owner ordered; then the same stages as after any other capture.

Everything that can be wrong with the file is found before the store is touched: what it is, whose it is, whether it is
safe to read. No engine is needed: the file lies on this machine, and there is one account.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors._warc import WarcFile
from connectors.exports import detect
from connectors.exports._archive import ArchiveLimits, open_archive
from connectors.exports._reader import Import
from connectors.exports._source import ExportSource
from flows.environment import described
from flows.opening import Opened, identify
from flows.run_manifests import close_run
from flows.scratch import SCRATCH
from flows.stages import archive_account
from urval.errors import ConfigError, SourceError, StoreError
from urval.holdings import package_of
from urval.store import capture_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.exports._archive import Archive
    from connectors.exports._reader import ExportReader
    from flows.opening import Opener
    from flows.packaging import Outcome
    from flows.run import Run
    from urval.spec import Account

log = logging.getLogger("flows.importing")


def import_export(run: Run, account_id: str, file: Path, *, dry: bool = False, approve_unseen: bool = False) -> Outcome:
    """Take one account through all stages, with an export file as its source.

    Args:
        run: The run.
        account_id: The register's id of the account whose export it is.
        file: The file as downloaded, or the folder it was unpacked into.
        dry: Read and select, but store nothing.
        approve_unseen: Approve the proposal without looking at it, which the package will say.

    Returns:
        The outcome, as of a capture.

    Raises:
        ConfigError: The file is none, is not safe to read, is no export that is known, or is of another platform or
            account; or the store holds a capture of the period that was made another way.
    """
    account = run.loaded.spec.account(account_id)
    with _opened(run, file) as (archive, reader):
        _check_whose(account, archive, reader)
        _check_store(run, account_id, archive)
        log.info("%s: reading %s, %s", account_id, file.name, reader.name)
        started_at = run.clock()
        outcome = archive_account(
            run,
            account_id,
            dry=dry,
            opener=_opener(run, account_id, archive, reader),
            approve_unseen=approve_unseen,
        )
    if outcome.package is not None:
        close_run(run, started_at)
    return outcome


@contextmanager
def _opened(run: Run, file: Path) -> Iterator[tuple[Archive, ExportReader]]:
    limits = ArchiveLimits(max_medium_bytes=run.loaded.spec.limits.media_bytes)
    scratch = Path(os.environ.get(SCRATCH, tempfile.gettempdir()))
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        archive = open_archive(file, limits, scratch=scratch)
    except SourceError as error:
        raise ConfigError(error.message, next_step=error.next_step) from error
    except OSError as error:
        raise StoreError(
            f"{file.name} cannot be unpacked in {scratch}: {error.strerror or error}",
            next_step=f"Free space there, or set {SCRATCH} to a folder with more.",
        ) from error
    with archive:
        yield archive, _known(archive)


def _known(archive: Archive) -> ExportReader:
    try:
        return detect(archive)
    except SourceError as error:
        raise ConfigError(
            f"{archive.path.name} cannot be read: {error.message}",
            next_step="Order the export again from the platform and import the file as it was downloaded.",
        ) from error


def _check_whose(account: Account, archive: Archive, reader: ExportReader) -> None:
    name = archive.path.name
    if reader.platform != account.platform:
        raise ConfigError(
            f"{name} is of {reader.platform} ({reader.name}), and account {account.id} is on {account.platform}",
            next_step="Name the account it is of: --account ID.",
        )
    told = {_plain(text) for text in reader.owner(archive)}
    path = urlsplit(account.url or "").path.rstrip("/").rpartition("/")[2]
    known = {
        _plain(text) for text in (account.handle, account.name, account.url, path, *account.settings.values()) if text
    }
    if told and told.isdisjoint(known):
        raise ConfigError(
            f"{name} is not of account {account.id}: nothing it says of its owner is in the register's entry",
            next_step="Name the account it is of, or correct handle, url or settings of the entry in the spec.",
        )


def _plain(text: str) -> str:
    return text.strip().removeprefix("@").rstrip("/").casefold()


def _check_store(run: Run, account_id: str, archive: Archive) -> None:
    """Refuse to go on from a capture of the period that came from somewhere else than this file."""
    if package_of(run.store, run.place(account_id)) is not None:
        return  # which is what the outcome will say
    prefix = capture_prefix(*run.place(account_id), identify(run, account_id).capture_id)
    if not run.store.tree_exists(prefix, "capture.json"):
        return
    method = json.loads(run.store.get(f"{prefix}/capture.json"))["method"]
    if (method.get("export") or {}).get("sha256") != archive.sha256:
        raise ConfigError(
            f"the store holds a capture of {account_id} for {run.place(account_id)[2]} already, "
            f"by {method['interface']}",
            next_step="Give urval capture to go on from it; a period is captured once.",
        )


def _opener(run: Run, account_id: str, archive: Archive, reader: ExportReader) -> Opener:
    @contextmanager
    def opened(folder: Path) -> Iterator[Opened]:
        identity, started = identify(run, account_id), run.clock()
        job = Import(
            account_id=account_id, start=identity.period_start, end=identity.period_end, media=folder / "media",
            at=started,
        )  # fmt: skip
        with WarcFile(
            folder / "exchanges.warc.gz", capture_id=identity.capture_id, clock=run.clock, software=described()
        ) as warc:
            source = ExportSource(reader, archive, job, warc)

            def finish() -> int:
                kept = source.finish()
                warc.close()
                return kept

            yield Opened(source, started, warc, finish)

    return opened
