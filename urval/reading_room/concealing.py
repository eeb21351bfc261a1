"""Telling whether a text or an entry is about an item that is restricted by decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.removals import thread_id_of

if TYPE_CHECKING:
    from urval.reading_room.access.restrictions import Restricted
    from urval.removals import Removal


def names_restricted(restricted: Restricted, *texts: str | None) -> bool:
    """Tell whether a text names a restricted item; any does where nobody can say what is restricted."""
    said = [text for text in texts if text]
    return bool(restricted.problem and said) or any(item and item in text for item in restricted.items for text in said)


def covers_entry(restricted: Restricted, entry: Removal) -> bool:
    """Tell whether an entry of the register is restricted: by itself, or because the item it saves is."""
    if restricted.covers(thread_id_of(entry)):
        return True
    return names_restricted(restricted, entry.on_post) or (
        entry.item is not None and restricted.covers(entry.item, entry.on_post)
    )
