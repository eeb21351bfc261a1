"""The history of an archive's seal keys in a store, for everybody to read; private keys never come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import VerificationError
from urval.key_history import allowed_signers, check_chain, decode, encode
from urval.store._keys import key_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urval.key_history import KeyEvent
    from urval.store._base import Store


def put_key_history(store: Store, archive: str, events: Sequence[KeyEvent], signatures: Mapping[int, bytes]) -> None:
    """Publish a history in the store: what is there already stays, what is new comes after it.

    Args:
        store: The store.
        archive: The archive creator's id.
        events: The history, whole.
        signatures: Number of an event -> the signature of the key before over it.

    Raises:
        StoreConflictError: The store holds another history of this archive.
    """
    for event in events:
        key = f"{key_prefix(archive)}/{event.number:06}.json"
        if event.number in signatures:
            store.put(f"{key}.sig", signatures[event.number])
        store.put(key, encode(event))


def read_key_history(store: Store, archive: str) -> list[KeyEvent]:
    """Return the history a store holds, oldest first; empty where there is none.

    Raises:
        VerificationError: It is no unbroken chain, or an event was changed.
    """
    keys = [key for key in store.keys(key_prefix(archive)) if key.endswith(".json")]
    events = [decode(store.get(key)) for key in keys]
    problems = check_chain(events)
    if problems:
        raise VerificationError(problems[0], next_step="Restore it from a backup and find out who changed it.")
    return events


def read_allowed_signers(store: Store, archive: str) -> bytes | None:
    """Return the list of keys that ``ssh-keygen -Y verify -f`` takes, None where the store holds no history.

    Raises:
        VerificationError: See :func:`read_key_history`.
    """
    events = read_key_history(store, archive)
    return allowed_signers(events) if events else None
