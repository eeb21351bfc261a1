"""Making a capture: from the store if it lies there, else by reading a source into a folder and storing that.

A source is opened by whoever calls: the account's connector here, a reader of an export file elsewhere. A connector's
capture that was cut off is gone on with (``connectors/_replay``); what it needs for that lies in the scratch folder.
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from connectors._replay import StaleError
from flows.credentials import secrets_of
from flows.environment import environment_of
from flows.feasibility import refuse_hopeless
from flows.looks import look_before
from flows.moderation import registered_removals
from flows.opening import Opened, check_profile, connector_opener, identify, what_is_left
from flows.page_view import page_views
from flows.scratch import UNFINISHED
from urval.capture import Capture, CaptureWriter
from urval.errors import PackageError, StoreError
from urval.package.secret_scan import files_with_secrets
from urval.source import ProfileView, Thread
from urval.store import capture_prefix

if TYPE_CHECKING:
    from pathlib import Path

    from connectors._replay import Leftover
    from flows.opening import Opener
    from flows.run import Run
    from urval.source import Source

__all__ = ["Opened", "capture_from", "identify", "obtain_capture", "refuse_leaks", "stored_capture"]
log = logging.getLogger("flows.capturing")
_TELL_EVERY = 50  # threads between two lines of progress


def obtain_capture(run: Run, account_id: str, folder: Path, *, dry: bool, opener: Opener | None = None) -> Capture:
    """Return the capture of this account, period and spec: from the store, or made now and (unless dry) stored.

    Args:
        run: The run.
        account_id: The register's id.
        folder: Scratch space; the capture lies in ``folder/capture`` afterwards.
        dry: Store nothing, and leave nothing behind for a later run.
        opener: Opens another source than the account's connector; what it broke off is begun anew.

    Raises:
        UrvalError: As :func:`stored_capture` and :func:`capture_from` do; StoreError.
    """
    capture = stored_capture(run, account_id, folder)
    if capture is not None:
        log.info("%s: captured before, going on from there", account_id)
        return capture
    prefix = capture_prefix(*run.place(account_id), identify(run, account_id).capture_id)
    if dry and opener is None:
        refuse_hopeless(run, account_id)
    if dry or opener is not None:
        capture = capture_from(run, account_id, folder / "capture", opener or connector_opener(run, account_id))
        if not dry:
            run.store.put_tree(prefix, folder / "capture", last="capture.json")
        return capture
    unfinished = folder / UNFINISHED
    try:
        if _resumed(run, account_id, unfinished) is None:
            refuse_hopeless(run, account_id)  # one that was begun may go on: it has spent some of its days
            _afresh(run, account_id, unfinished)
    except (StoreError, PackageError):
        shutil.rmtree(unfinished, ignore_errors=True)  # a full disk is freed, and a secret is not kept
        raise
    run.store.put_tree(prefix, unfinished / "capture", last="capture.json")
    (unfinished / "capture").rename(folder / "capture")
    shutil.rmtree(unfinished)
    return Capture(folder / "capture")


def _resumed(run: Run, account_id: str, unfinished: Path) -> Capture | None:
    """Go on with a capture that was cut off; None if there is none, or if it is of no use, which is told."""
    folder, mark = unfinished / "capture", unfinished / "mark"
    try:
        leftover = what_is_left(run, account_id, folder, mark)
        if leftover is None:
            return None
        check_profile(run, account_id, unfinished.with_name("profile"))
        _tidy(folder, leftover)
        opener = connector_opener(run, account_id, mark=mark, leftover=leftover)
        return capture_from(run, account_id, folder, opener)
    except StaleError as error:
        log.warning("%s: %s; starting afresh", account_id, error.message)
        return None


def _afresh(run: Run, account_id: str, unfinished: Path) -> Capture:
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    opener = connector_opener(run, account_id, mark=unfinished / "mark")
    return capture_from(run, account_id, unfinished / "capture", opener)


def _tidy(folder: Path, leftover: Leftover) -> None:
    """Remove from a cut-off capture all but its exchanges and the media they name."""
    shutil.rmtree(folder / "records", ignore_errors=True)
    (folder / "capture.json").unlink(missing_ok=True)
    for path in (folder / "media").iterdir():
        if path.relative_to(folder).as_posix() not in leftover.media:
            path.unlink()


def stored_capture(run: Run, account_id: str, folder: Path, name: str | None = None) -> Capture | None:
    """Fetch the capture of this account, period and spec from the store into ``folder``; None if there is none.

    ``name`` is the id of the one that is meant, where it is not the newest attempt's.

    Raises:
        MalformedError: It is not what was captured any more; a package made from it could never be made right.
    """
    prefix = capture_prefix(*run.place(account_id), name or identify(run, account_id).capture_id)
    if not run.store.tree_exists(prefix, "capture.json"):
        return None
    run.store.fetch_tree(prefix, folder / "capture")
    capture = Capture(folder / "capture")
    capture.require_unchanged()
    return capture


def capture_from(run: Run, account_id: str, folder: Path, opener: Opener) -> Capture:
    """Read a source to its end into ``folder``, which becomes a capture. Nothing is stored.

    Args:
        run: The run.
        account_id: The register's id.
        folder: Where to; made if it is not there.
        opener: Opens the source.

    Raises:
        PackageError: A secret in use stands in what was captured.
        UrvalError: Whatever the source could not go on with, and ConfigError for a credential that is not set.
    """
    (folder / "media").mkdir(parents=True, exist_ok=True)
    with (
        opener(folder) as opened,
        CaptureWriter(
            folder, identify(run, account_id), opened.source.method, before=look_before(run, account_id)
        ) as writer,
    ):
        needed = opened.source.method.export is None  # an export file is read without the account's credential
        secrets = secrets_of(run.loaded.spec.account(account_id), needed=needed)
        threads, page = _read(account_id, opened.source, writer)
        if opened.source.died is not None:
            # A package without the rest would be final; with the capture left as it is, the next run goes on from here.
            raise opened.source.died
        for thread in registered_removals(run, account_id, folder, opened.warc):
            writer.add(thread)
            threads += 1
        exchanges = opened.finish()
        if page is not None and needed:
            for item in page_views(run, account_id, page.profile, folder / "media"):
                writer.add(item)
        writer.finish(
            started_at=opened.started_at,
            ended_at=run.clock(),
            exchanges=exchanges,
            environment=environment_of(opened.warc.log),
        )
    # A token that was renewed meanwhile is another text than before.
    refuse_leaks(folder, (*secrets, *secrets_of(run.loaded.spec.account(account_id), needed=needed)))
    log.info("%s: captured %d threads in %d exchanges", account_id, threads, exchanges)
    return Capture(folder)


def _read(account_id: str, source: Source, writer: CaptureWriter) -> tuple[int, ProfileView | None]:
    """Write every item of the source; tell how far it is. Return the number of threads, and the account's page."""
    threads, page = 0, None
    for item in source.read():
        writer.add(item)
        page = item if isinstance(item, ProfileView) else page
        if isinstance(item, Thread):
            threads += 1
            if threads % _TELL_EVERY == 0:
                log.info("%s: %d threads captured", account_id, threads)
    return threads, page


def refuse_leaks(folder: Path, secrets: tuple[str, ...]) -> None:
    """Look through everything captured for the secrets in use.

    Raises:
        PackageError: One was found.
    """
    leaks = files_with_secrets(folder, secrets)
    if leaks:
        raise PackageError(
            f"a secret in use stands in {len(leaks)} file(s) of the capture, first {leaks[0]}; nothing was stored",
            next_step="Revoke the credential, and report the platform's answer that repeats it.",
        )
