"""What a key may be, and where things lie in a store. Keys fit every kind of store, so that stores can be copied."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STAGING = ".urval-staging"  # where a directory store keeps what is not finished; never a key
# The file that makes a tree: put last, destroyed first. Elsewhere in a tree no file has such a name.
CROWNS = frozenset({"manifest.json", "capture.json", "removal.json", "run.json"})
_MAX_KEY_BYTES = 1024  # S3
_MAX_PART_BYTES = 255  # ext4, XFS and most other file systems
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control, surrogate, line and paragraph separators
_SHOWN = 160


def check_key(key: str) -> str:
    """Return the key if it may name an object (or, without a trailing slash, a prefix).

    Raises:
        ConfigError: The key is absolute, climbs, has an empty part, a backslash or a control character, is not NFC, is
            longer than 1024 bytes, has a part longer than 255 bytes, or lies in the folder for unfinished work.
    """
    reason = _refusal(key)
    if reason:
        raise ConfigError(f"The store key {shown(key)} {reason}.", next_step="Correct the id the key is made of.")
    return key


def shown(text: str) -> str:
    """Return untrusted text for a message: quoted, control characters escaped, cut to one line's length."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def is_crown(key: str) -> bool:
    """Tell whether the object makes the tree it lies in exist."""
    return key.rpartition("/")[2] in CROWNS


def crowns_first(keys: Iterable[str]) -> list[str]:
    """Return keys in the order in which they may be destroyed: what an interruption leaves is no tree."""
    return sorted(keys, key=lambda key: (not is_crown(key), key))


def package_prefix(archive: str, account: str, period: str, package_id: str) -> str:
    """Return where a package lies; its ``manifest.json`` is put last."""
    return _joined("packages", archive, account, period, package_id)


def capture_prefix(archive: str, account: str, period: str, capture_id: str) -> str:
    """Return where a whole capture lies; its ``capture.json`` is put last."""
    return _joined("captures", archive, account, period, capture_id)


def ledger_prefix(archive: str, account: str, period: str) -> str:
    """Return where the events of one account and period lie."""
    return _joined("ledger", archive, account, period)


def occasion_prefix(archive: str, account: str) -> str:
    """Return where the extra occasions of one account lie."""
    return _joined("occasions", archive, account)


def occasion_key(archive: str, account: str, occasion_id: str) -> str:
    """Return where one extra occasion of an account lies: ``…/2026-10-15-change.json``."""
    return _joined("occasions", archive, account, f"{occasion_id}.json")


def removal_prefix(archive: str, account: str, removal_id: str | None = None) -> str:
    """Return where an entry of the register of removed items lies, its ``removal.json`` put last; or all of them."""
    return _joined("removals", archive, account, *(() if removal_id is None else (removal_id,)))


def observation_prefix(archive: str, account: str, period: str) -> str:
    """Return where the observations of what vanished from an account's period lie, one a local day."""
    return _joined("observations", archive, account, period)


def review_key(archive: str, account: str, period: str, name: str) -> str:
    """Return where a file that was attached in a review lies: ``…/<sha256>.png``."""
    return _joined("reviews", archive, account, period, name)


def key_prefix(archive: str) -> str:
    """Return where the history of an archive's seal keys lies: ``…/000001.json``."""
    return _joined("keys", archive)


def run_prefix(archive: str, number: int | None = None) -> str:
    """Return where a run's manifest lies, its ``run.json`` put last; or all of the archive."""
    return _joined("runs", archive, *(() if number is None else (f"{number:06}",)))


def disposal_key(archive: str, plan: str, name: str) -> str:
    """Return where a part of a disposal lies: ``plan.json``, ``approval.json``, ``protocol.json``, ``protocol.pdf``."""
    return _joined("disposals", archive, plan, name)


def tombstone_key(archive: str, account: str, period: str, name: str) -> str:
    """Return where the tombstone of a thing lies: ``…/capture-<id>.json``; ``period`` is its ledger's."""
    return _joined("tombstones", archive, account, period, f"{name}.json")


def hold_key(archive: str, hold: str, *, release: bool = False) -> str:
    """Return where a hold lies, or its release."""
    return _joined("holds", archive, f"{hold}.release.json" if release else f"{hold}.json")


def restriction_key(archive: str, account: str, restriction: str, *, lifted: bool = False) -> str:
    """Return where a restriction of access lies, or that it was lifted."""
    return _joined("restrictions", archive, account, f"{restriction}.lifted.json" if lifted else f"{restriction}.json")


def delivery_key(archive: str, account: str, period: str, package_id: str, name: str) -> str:
    """Return where an e-archive's receipt for a package, or the record of it, lies: ``<sha256>.delivery.json``."""
    return _joined("deliveries", archive, account, period, package_id, name)


def tree_files(folder: Path, prefix: str, last: str) -> dict[str, Path]:
    """Return the key of every file below a folder, in the order of the keys.

    Raises:
        StoreError: The folder cannot be read, holds a link or something else that is no file, or has no file ``last``.
        ConfigError: A file's name makes no key.
    """
    check_key(prefix)
    files: dict[str, Path] = {}
    try:
        for path in _walk(folder):
            files[check_key(f"{prefix}/{path.relative_to(folder).as_posix()}")] = path
    except OSError as error:
        raise StoreError(f"The folder {shown(str(folder))} cannot be read: {error.strerror}.") from error
    if f"{prefix}/{last}" not in files:
        raise StoreError(f"The folder {shown(str(folder))} is not finished: it has no {last}.")
    return dict(sorted(files.items()))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():  # not rglob, which passes over what it may not read
        if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            raise StoreError(
                f"{shown(str(entry))} is neither a file nor a folder, so it cannot be stored.",
                next_step="Replace links and devices by the files they stand for.",
            )
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


def _refusal(key: str) -> str:
    parts = key.split("/")
    plain = key.isascii() and key.isprintable()  # nearly all are, and listings are long
    rules = (
        (not all(parts), "is absolute or has an empty part"),
        (".." in parts or "." in parts, "climbs out of its place"),
        ("\\" in key, "holds a backslash"),
        (
            not plain and any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in key),
            "holds a control character",
        ),
        (not unicodedata.is_normalized("NFC", key), "is not in Unicode's composed form (NFC)"),
        (parts[0] == STAGING, "lies in the folder for unfinished work"),
    )
    for broken, reason in rules:
        if broken:
            return reason
    if len(key.encode()) > _MAX_KEY_BYTES:
        return f"is longer than {_MAX_KEY_BYTES} bytes"
    if any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        return f"has a part longer than {_MAX_PART_BYTES} bytes"
    return ""


def _joined(*parts: str) -> str:
    for part in parts:
        if "/" in part:
            raise ConfigError(f"The id {shown(part)} holds a slash.", next_step="Correct the id.")
    return check_key("/".join(parts))
