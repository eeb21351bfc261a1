"""The port every store fits, and what all kinds of store do alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreConflictError, StoreError
from urval.store._files import digest_of, size_of
from urval.store._keys import check_key, shown, tree_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Put(StrEnum):
    """What a put did."""

    CREATED = "created"
    SAME = "same"  # the identical bytes were there already


class Store(ABC):
    """Objects under keys, created once and never changed.

    Every method may raise StoreError (the store is full, read-only, unreachable, or lacks the object) and ConfigError
    (a key is no key; credentials are missing). ``uri`` names the store in messages and holds no secret.
    """

    uri: str

    @abstractmethod
    def put(self, key: str, source: bytes | Path, *, sha256: str | None = None) -> Put:
        """Create the object, whole or not at all; durable when this returns.

        Args:
            key: Where it shall lie.
            source: Its bytes, or the file that holds them (no link).
            sha256: What the caller believes the hex SHA-256 to be; other bytes are refused.

        Raises:
            StoreConflictError: The key holds other bytes. Nothing was overwritten.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Return an object's bytes, checked against the digest recorded with it where there is one."""

    @abstractmethod
    def fetch(self, key: str, to: Path) -> None:
        """Copy an object to a file, which appears whole and checked or not at all; an older file gives way."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether there is an object under the key."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Return an object's size in bytes."""

    @abstractmethod
    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below a prefix (whole parts: ``a/b`` is not below ``a/bc``; "" is the whole store), sorted."""

    def stamps(self, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
        """Yield every prefix ``depth`` parts below a prefix that holds objects, sorted, each with its stamp.

        A stamp changes when an object directly below is created or removed. An empty one says nothing yet: look
        yourself. Whether bytes were changed behind the store's back, no stamp tells. This one is made of the number of
        keys and the last key.
        """
        parts = depth + (prefix.count("/") + 1 if prefix else 0)
        found: dict[str, tuple[int, str]] = {}
        for key in self.keys(prefix):
            split = key.split("/")
            if len(split) > parts:
                place = "/".join(split[:parts])
                found[place] = (found.get(place, (0, ""))[0] + 1, key)
        yield from ((place, f"{count} {last}") for place, (count, last) in sorted(found.items()))

    @abstractmethod
    def _holds(self, key: str, sha256: str, size: int) -> bool:
        """Return whether the object under an existing key has this digest and size."""

    def put_tree(self, prefix: str, folder: Path, *, last: str) -> None:
        """Put every file of a folder under the prefix, ``last`` at the end: without it the tree does not exist.

        A tree that is there already and identical is left alone; one that was interrupted is completed.

        Raises:
            StoreConflictError: The store holds something else under the prefix. Nothing was changed.
        """
        files = tree_files(folder, prefix, last)
        crown = f"{prefix}/{last}"
        stored = set(self.keys(prefix))
        for key in sorted(stored - files.keys()):
            raise self._conflict(key, "which is not in the folder to be stored")
        absent = [key for key in files if key not in stored and key != crown]
        if absent and crown in stored:
            raise self._conflict(crown, f"but has lost {shown(absent[0])}, which belongs to it")
        for key in sorted(stored):
            if not self._holds(key, digest_of(files[key]), size_of(files[key])):
                raise self._conflict(key, "with other bytes")
        self._put_all({key: files[key] for key in absent})
        if crown not in stored:
            self.put(crown, files[crown])

    def _put_all(self, files: Mapping[str, Path]) -> None:
        """Put files under their keys, in any order; all are durable when this returns."""
        for key, path in files.items():
            self.put(key, path)

    def tree_exists(self, prefix: str, last: str) -> bool:
        """Return whether the tree is complete."""
        return self.exists(f"{prefix}/{last}")

    def holds(self, key: str, sha256: str) -> bool:
        """Return whether there is an object of this hex digest under the key.

        In a bucket by the digest that the server checked when the object was put; in a directory by reading it.
        """
        return self.exists(key) and self._holds(key, sha256, self.size(key))

    @abstractmethod
    def recorded(self, key: str) -> str | None:
        """Return the hex SHA-256 recorded beside an object when it was put; None where there is none (a directory)."""

    @abstractmethod
    def digest(self, key: str) -> str | None:
        """Return the hex SHA-256 of an object's bytes as they are, damaged or not; None where there is no object."""

    @abstractmethod
    def restore(self, key: str, source: Path, *, sha256: str) -> str:
        """Put right bytes in the place of a damaged or missing object: for a repair, and nothing else.

        The damaged bytes are kept: in a directory below ``quarantine/``; in a bucket as the older version, or, where it
        has no versioning, below ``quarantine/``.

        Args:
            key: The damaged object's.
            source: A file of the right bytes.
            sha256: Their hex digest; other bytes are refused.

        Returns:
            Where the damaged bytes are kept, in words; "" where there were none.

        Raises:
            StoreError: The store refuses; the object is as before, or missing where a directory was interrupted.
        """

    @abstractmethod
    def hold(self, prefix: str) -> int:
        """Put a legal hold on every version of every object below a prefix; no version can be deleted until released.

        The prefix is a package's, a capture's …, or the key of one object. Given again it changes nothing.

        Returns:
            How many versions the store itself now refuses to delete. 0: this store cannot enforce a hold (a directory,
            a bucket without Object Lock), so only the record below ``holds/`` holds.

        Raises:
            StoreError: There is nothing below the prefix, or the server refused; give it again.
        """

    @abstractmethod
    def release(self, prefix: str) -> int:
        """Take the legal hold off every version below a prefix; retention stays. Returns and raises as :meth:`hold`."""

    @abstractmethod
    def is_held(self, prefix: str) -> bool:
        """Return whether a version below a prefix (or of the one key) is under a legal hold that the store enforces.

        Always False where it enforces none: look into the records below ``holds/`` as well.
        """

    def locked(self, prefix: str) -> str:
        """Return why the store would refuse to destroy what lies below a prefix, and until when; "" if it would not."""
        check_key(prefix)
        return ""

    @abstractmethod
    def delete(self, prefix: str) -> int:
        """Destroy every version of every object below a prefix, or of the one key: for a decided disposal only.

        Looks at all of them first, and destroys nothing where one is locked or held; retention is never bypassed. What
        makes a tree (``manifest.json``, ``capture.json`` …) goes first, so that what an interruption leaves is no
        package; given again it destroys the rest.

        Returns:
            How many objects were destroyed (keys, not versions); 0 where there is nothing (any more).

        Raises:
            LockedError: A version is under retention or a legal hold; the sentence says until when. Nothing is gone.
            StoreError: The server or the disk refused in the middle; give it again.
        """

    def fetch_tree(self, prefix: str, folder: Path) -> None:
        """Copy every object below the prefix into a folder, in the order of the keys."""
        check_key(prefix)
        found = False
        for key in self.keys(prefix):
            self.fetch(key, folder.joinpath(*key.removeprefix(f"{prefix}/").split("/")))
            found = True
        if not found:
            raise self._missing(prefix)

    def _settle(self, key: str, sha256: str, size: int) -> Put:
        """Return SAME for a key that is taken by the identical bytes; raise the conflict otherwise."""
        if self._holds(key, sha256, size):
            return Put.SAME
        raise self._conflict(key, "with other bytes")

    def _conflict(self, key: str, how: str) -> StoreConflictError:
        return StoreConflictError(
            f"The store {self.uri} already holds {shown(key)} {how}.",
            next_step="Nothing was overwritten. Compare the two; what is stored stays, a correction gets a new id.",
        )

    def _missing(self, key: str) -> StoreError:
        return StoreError(
            f"The store {self.uri} holds nothing under {shown(key)}.", next_step="Check the name and the store."
        )

    def _listed(self, key: str) -> str:
        """Return a key found in the store; one that is no key was not put by us and must be looked at."""
        try:
            return check_key(key)
        except ConfigError as error:
            raise StoreError(
                f"The store {self.uri} holds {shown(key)}, which no run can have put there.",
                next_step="Find out where it comes from and move it out of the store.",
            ) from error
