"""The register of removed items as the store has it: entries by day, and the files that go with them, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import VerificationError
from urval.manifest import sha256_hex
from urval.reading_room.faults import DamagedError, NotHereError
from urval.removals import parse_removal
from urval.store import removal_prefix

if TYPE_CHECKING:
    from urval.removals import Removal, SavedFile
    from urval.store import Store

_ENTRY = "removal.json"
_DEPTH = 5  # removals/<archive>/<account>/<id>/removal.json
_LARGEST = 8 << 20  # bytes of an entry: its text is at most one MiB
_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry lies. Its id begins with the local day of the removal."""

    entry: str
    archive: str
    account: str


def places(store: Store) -> list[Place]:
    """Return where the entries of all registers lie, newest removal first; nothing is read."""
    parts = (key.split("/") for key in store.keys("removals"))
    found = (Place(part[3], part[1], part[2]) for part in parts if len(part) == _DEPTH and part[4] == _ENTRY)
    return sorted(found, reverse=True)


def read_entry(store: Store, place: Place) -> Removal:
    """Return an entry.

    Raises:
        NotHereError: There is none.
        DamagedError: It cannot be read, was changed, or lies under another id.
    """
    key = f"{removal_prefix(place.archive, place.account, place.entry)}/{_ENTRY}"
    if not store.exists(key):
        raise NotHereError("there is no such entry in the register of removed items", next_step="See the register.")
    if store.size(key) > _LARGEST:
        raise DamagedError("the entry is larger than any entry can be", next_step=_STEP)
    try:
        entry = parse_removal(store.get(key))
    except VerificationError as error:
        raise DamagedError(error.message, next_step=error.next_step) from error
    if Place(entry.id, entry.archive, entry.account) != place:
        raise DamagedError("the entry lies under another account or id than its own: it was moved", next_step=_STEP)
    return entry


def read_file(store: Store, entry: Removal, name: str) -> tuple[SavedFile, bytes]:
    """Return a file of an entry, which is the one that was entered.

    Raises:
        NotHereError: The entry has no such file.
        DamagedError: The store lacks it, or holds other bytes, or it is not what the entry says it is.
    """
    saved = next((one for one in entry.files if one.file == name), None)
    if saved is None:
        raise NotHereError("the entry has no such file", next_step="See the entry's page.")
    key = f"{removal_prefix(entry.archive, entry.account, entry.id)}/{saved.file}"
    if not store.exists(key) or store.size(key) != saved.bytes:
        raise DamagedError("the file is missing, or of another size than the entry says", next_step=_STEP)
    data = store.get(key)
    if sha256_hex(data) != saved.sha256 or not data.startswith(_MAGIC[saved.mime]):
        raise DamagedError("the file is not the one that was entered", next_step=_STEP)
    return saved, data


_STEP = "Restore it from another copy of the store, and find out who changed it."
