"""Readers of account-export files: what the account's owner ordered from the platform, one file a platform.

An explicit list, no folder scan. Every reader tells its own export by the members it holds; exactly one must fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.exports.bluesky import READER as BLUESKY
from connectors.exports.facebook import READER as FACEBOOK
from connectors.exports.instagram import READER as INSTAGRAM
from connectors.exports.linkedin import READER as LINKEDIN
from connectors.exports.mastodon import READER as MASTODON
from connectors.exports.tiktok import READER as TIKTOK
from connectors.exports.x import READER as X
from connectors.exports.youtube import READER as YOUTUBE
from urval.errors import ConfigError

if TYPE_CHECKING:
    from connectors.exports._archive import Archive
    from connectors.exports._reader import ExportReader

READERS: Final[tuple[ExportReader, ...]] = (
    FACEBOOK, INSTAGRAM, X, YOUTUBE, LINKEDIN, TIKTOK, MASTODON, BLUESKY,
)  # fmt: skip


def detect(archive: Archive) -> ExportReader:
    """Return the reader whose export this is.

    Raises:
        ConfigError: None knows it, or more than one does.
    """
    fitting = [reader for reader in READERS if reader.recognises(archive)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ConfigError(
            f"{archive.path.name} looks like several exports at once: {', '.join(reader.name for reader in fitting)}",
            next_step="Import each platform's file by itself, as it was downloaded.",
        )
    if archive.find(".html") and not archive.find(".json", ".csv"):
        raise ConfigError(
            f"{archive.path.name} holds web pages, not data", next_step="Order the export again, in the format JSON."
        )
    known = "; ".join(f"{reader.name} ({reader.looks_for})" for reader in READERS)
    raise ConfigError(f"{archive.path.name} is no account export that Urval knows", next_step=f"It looks for: {known}.")
