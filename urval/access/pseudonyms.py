"""Pseudonyms by a keyed hash: the same person gets the same one under one key, another under another. Pure.

A person is the platform's id of the author, or, where the platform gave none, the name as it compares. HMAC-SHA-256;
without the key nobody can tell whether a pseudonym is a given person's.
"""

from __future__ import annotations

import hmac
from typing import Final

from urval.errors import ConfigError
from urval.records import same_person

METHOD: Final = "urval-pseudonym/1"
_KEY_BYTES = 32
_DIGITS = 16  # of hex: 64 bits


class Pseudonyms:
    """Pseudonyms of one platform under one key.

    Raises:
        ConfigError: The key is shorter than 32 bytes.
    """

    def __init__(self, key: bytes, platform: str) -> None:
        if len(key) < _KEY_BYTES:
            raise ConfigError(
                f"the key of the pseudonyms has {len(key)} bytes, and needs {_KEY_BYTES}",
                next_step="Make one that only you can read: (umask 077; head -c 32 /dev/urandom > FILE)",
            )
        self._key = key
        self._platform = platform

    @property
    def check(self) -> str:
        """Return a mark by which two copies can be told to be made with the same key; it does not give the key away."""
        return self._hash("key", "")

    def person(self, author_id: str | None, name: str | None) -> str | None:
        """Return the pseudonym of an author; None where neither id nor name is known."""
        if author_id:
            return f"person-{self._hash('id', author_id)}"
        return f"person-{self._hash('name', same_person(name))}" if name and same_person(name) else None

    def item(self, item_id: str) -> str:
        """Return what stands for the id of something that a person wrote: the platform's may name the person."""
        return f"item-{self._hash('item', item_id)}"

    def _hash(self, kind: str, value: str) -> str:
        text = f"{METHOD}\0{self._platform}\0{kind}\0{value}"
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:_DIGITS]
