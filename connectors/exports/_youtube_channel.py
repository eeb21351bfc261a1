"""Which members of a Takeout are YouTube's, and whose channel it is.

One login may have several channels; a Takeout holds the entries of all of them in the same tables.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from connectors.exports._csv import Row, rows, tables_in
from connectors.exports._youtube_tables import CHANNELS, VIDEOS
from urval.records import AccountProfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import


def channels_in(archive: Archive) -> dict[str, Row]:
    """Return the channels of the login by their ids.

    Raises:
        SourceError: A table cannot be read.
    """
    found: dict[str, Row] = {}
    for name in tables_in(archive, CHANNELS):
        for row in rows(archive, name, CHANNELS):
            if isinstance(row, Row) and row.fields["id"]:
                found.setdefault(row.fields["id"], row)
    return found


def own_channel(archive: Archive, channels: Mapping[str, Row]) -> str | None:
    """Return the channel of the account: of several that one login has, the one with the most videos."""
    if len(channels) < 2:  # noqa: PLR2004 - nothing to choose
        return next(iter(channels), None)
    counts = Counter(dict.fromkeys(channels, 0))
    for name in tables_in(archive, VIDEOS):
        told = (row.fields.get("channel", "") for row in rows(archive, name, VIDEOS) if isinstance(row, Row))
        counts.update(channel for channel in told if channel in channels)
    return counts.most_common(1)[0][0]


def film_names(archive: Archive) -> Iterator[str]:
    """Yield the members of the export's YouTube folder: films of other products are not ours to read."""
    folders = {name.rpartition("/")[0].rpartition("/")[0] for name in tables_in(archive, VIDEOS)}
    for name in archive.names:
        if any(not folder or name.startswith(f"{folder}/") for folder in folders):
            yield name


def profile_of(job: Import, key: str, row: Row) -> AccountProfile:
    """Return the channel's page as far as the export tells it: no pictures, no numbers."""
    return AccountProfile(
        platform="youtube", account_id=job.account_id, id=key, handle=None, name=row.fields["title"],
        about=row.fields.get("text") or None, url=f"https://www.youtube.com/channel/{key}", links=(),
        avatar_media_id=None, cover_media_id=None, followers=None, likes=None, posts=None, captured_at=job.at,
        exchange=hashlib.sha256(row.raw.encode()).hexdigest(), raw=row.raw,
    )  # fmt: skip
