"""The store: where packages, captures and ledgers live. A directory, or an S3 bucket.

Objects are created only if absent, and never changed. A tree (a package, a capture) exists when its last file does.
Layout: ``packages/<archive>/<account>/<period>/<package-id>/…``, ``captures/…`` alike, ``ledger/…/000001.json``;
``occasions/<archive>/<account>/<day>-<kind>.json`` for the extra ones that people decided.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreError
from urval.store._base import Put, Store
from urval.store._check import DIRECTORY_TRIES, Answer, Line, StoreCheck, check_directory
from urval.store._directory import DirectoryStore
from urval.store._disposals import (
    plans,
    put_record,
    read_approval,
    read_holds,
    read_plan,
    read_protocol,
    read_record,
    read_tombstones,
    tombstone_of,
)
from urval.store._key_history import put_key_history, read_allowed_signers, read_key_history
from urval.store._keys import (
    capture_prefix,
    check_key,
    delivery_key,
    disposal_key,
    hold_key,
    is_crown,
    key_prefix,
    ledger_prefix,
    observation_prefix,
    occasion_key,
    package_prefix,
    removal_prefix,
    restriction_key,
    review_key,
    run_prefix,
)
from urval.store._ledger import append_event, inspect_events, read_events
from urval.store._occasions import put_extra, read_extras
from urval.store._removals import put_observation, put_removal, read_observations, read_removals, registers
from urval.store._retention import NOT_ARCHIVE
from urval.store._uri import parse_store_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from urval.spec import StorageRule

log = logging.getLogger("urval.store")

__all__ = [
    "NOT_ARCHIVE",
    "Answer",
    "DirectoryStore",
    "Line",
    "Put",
    "Store",
    "StoreCheck",
    "append_event",
    "capture_prefix",
    "check_key",
    "check_store",
    "delivery_key",
    "disposal_key",
    "hold_key",
    "inspect_events",
    "is_crown",
    "key_prefix",
    "ledger_prefix",
    "observation_prefix",
    "occasion_key",
    "open_store",
    "package_prefix",
    "plans",
    "put_extra",
    "put_key_history",
    "put_observation",
    "put_record",
    "put_removal",
    "read_allowed_signers",
    "read_approval",
    "read_events",
    "read_extras",
    "read_holds",
    "read_key_history",
    "read_observations",
    "read_plan",
    "read_protocol",
    "read_record",
    "read_removals",
    "read_tombstones",
    "registers",
    "removal_prefix",
    "restriction_key",
    "review_key",
    "run_prefix",
    "tombstone_of",
]


def check_store(
    uri: str, *, storage: StorageRule | None = None, compliance: bool = False, dry_run: bool = False
) -> StoreCheck | tuple[str, ...]:
    """Say what a store really enforces, by trying with throw-away objects; on a dry run only what would be tried.

    Args:
        uri: As for :func:`open_store`; a folder must exist.
        storage: The archive spec's lock, which the store must be able to keep.
        compliance: Of a bucket: try a compliance lock too. Its object stays for a minute, and is named.
        dry_run: Touch nothing.

    Raises:
        ConfigError: As :func:`open_store`.
        StoreError: There is no such store, or it cannot be written.
    """
    place = parse_store_uri(uri)
    if isinstance(place, Path):
        opened = open_store(uri, must_exist=True)
        assert isinstance(opened, DirectoryStore)  # noqa: S101 - what a path opens
        return DIRECTORY_TRIES if dry_run else check_directory(opened, storage=storage)
    with _boto3_needed():
        from urval.store._check_s3 import COMPLIANCE_TRY, S3_TRIES, check_s3  # noqa: PLC0415 - as in open_store
    if dry_run:
        return (*S3_TRIES, COMPLIANCE_TRY) if compliance else S3_TRIES
    return check_s3(place, storage=storage, compliance=compliance)


@contextmanager
def _boto3_needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigError(
            "A store in S3 needs boto3, which is not installed.", next_step="Install it with: pip install 'urval[run]'"
        ) from error


def open_store(
    uri: str,
    *,
    must_exist: bool = False,
    clock: Callable[[], datetime] | None = None,
    storage: StorageRule | None = None,
) -> Store:
    """Open the store a URI names. Nothing is written; a directory comes into being with the first object.

    Args:
        uri: A folder, ``file:///folder``, or ``s3://bucket/prefix`` with the parameters ``endpoint``, ``region``, and
            ``lock`` (GOVERNANCE, COMPLIANCE) with ``retain_days`` where the bucket has no default retention.
        must_exist: Refuse a folder that does not exist: for those who only read.
        clock: Gives the aware time from which retention counts; the system's clock by default.
        storage: The archive spec's lock and times; where the URI asks for a lock as well, the stricter counts, and the
            difference is logged. A folder cannot lock: that is logged too.

    Raises:
        ConfigError: The URI is wrong or holds credentials, or boto3 is not installed.
        StoreError: The folder does not exist but must.
    """
    place = parse_store_uri(uri)
    if isinstance(place, Path):
        store = DirectoryStore(place)
        if must_exist and not store.root.is_dir():
            raise StoreError(f"There is no store at {store.uri}.", next_step="Check the path.")
        if storage is not None:
            log.warning("the spec asks for a lock, and a folder has none: %s", store.uri)
        return store
    with _boto3_needed():
        from urval.store._s3 import S3Store, system_clock  # noqa: PLC0415 - an installation that only verifies has no boto3
    opened = S3Store(place, clock=clock or system_clock, storage=storage)
    for told in opened.terms.conflicts(system_clock()):
        log.warning("%s", told)
    return opened
