"""The store: where packages, captures and ledgers live. A directory, or an S3 bucket.

Objects are created only if absent, and never changed. A tree (a package, a capture) exists when its last file does.
Layout: ``packages/<archive>/<account>/<period>/<package-id>/…``, ``captures/…`` alike, ``ledger/…/000001.json``;
``occasions/<archive>/<account>/<day>-<kind>.json`` for the extra ones that people decided.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreError
from urval.store._base import Put, Store
from urval.store._directory import DirectoryStore
from urval.store._keys import (
    capture_prefix,
    check_key,
    ledger_prefix,
    observation_prefix,
    occasion_key,
    package_prefix,
    removal_prefix,
    review_key,
)
from urval.store._ledger import append_event, inspect_events, read_events
from urval.store._occasions import put_extra, read_extras
from urval.store._removals import put_observation, put_removal, read_observations, read_removals, registers
from urval.store._uri import parse_store_uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = [
    "DirectoryStore",
    "Put",
    "Store",
    "append_event",
    "capture_prefix",
    "check_key",
    "inspect_events",
    "ledger_prefix",
    "observation_prefix",
    "occasion_key",
    "open_store",
    "package_prefix",
    "put_extra",
    "put_observation",
    "put_removal",
    "read_events",
    "read_extras",
    "read_observations",
    "read_removals",
    "registers",
    "removal_prefix",
    "review_key",
]


def open_store(uri: str, *, must_exist: bool = False, clock: Callable[[], datetime] | None = None) -> Store:
    """Open the store a URI names. Nothing is written; a directory comes into being with the first object.

    Args:
        uri: A folder, ``file:///folder``, or ``s3://bucket/prefix`` with the parameters ``endpoint``, ``region``, and
            ``lock`` (GOVERNANCE, COMPLIANCE) with ``retain_days`` where the bucket has no default retention.
        must_exist: Refuse a folder that does not exist: for those who only read.
        clock: Gives the aware time from which retention counts; the system's clock by default.

    Raises:
        ConfigError: The URI is wrong or holds credentials, or boto3 is not installed.
        StoreError: The folder does not exist but must.
    """
    place = parse_store_uri(uri)
    if isinstance(place, Path):
        store = DirectoryStore(place)
        if must_exist and not store.root.is_dir():
            raise StoreError(f"There is no store at {store.uri}.", next_step="Check the path.")
        return store
    try:
        from urval.store._s3 import S3Store, system_clock  # noqa: PLC0415 - an installation that only verifies has no boto3
    except ModuleNotFoundError as error:
        raise ConfigError(
            "A store in S3 needs boto3, which is not installed.", next_step="Install it with: pip install 'urval[run]'"
        ) from error
    return S3Store(place, clock=clock or system_clock)
