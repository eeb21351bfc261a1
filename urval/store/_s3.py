"""A store in an S3 bucket: objects, and what concerns their versions: holds, destruction, repair."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from urval.errors import LockedError
from urval.store._files import check_announced, copy, digest_of, size_of
from urval.store._keys import shown
from urval.store._retention import QUARANTINE
from urval.store._s3_faults import MISSING, error_code
from urval.store._s3_locks import destroy, has_lock, lock_of, refuse_locked, set_hold, versions_of
from urval.store._s3_objects import S3Objects, client_of, system_clock

if TYPE_CHECKING:
    from urval.store._files import Sink

__all__ = ["S3Store", "client_of", "system_clock"]


class S3Store(S3Objects):
    """Objects in a bucket, below an optional prefix. Credentials come from boto3's standard chain."""

    def digest(self, key: str) -> str | None:
        """Return the SHA-256 of an object as the server gives it; see :meth:`Store.digest`."""
        with self._told(f"{shown(key)} was not read"):
            self._see_bucket()
            return self._raw_digest(key)

    def restore(self, key: str, source: Path, *, sha256: str) -> str:
        """Put a new version over the damaged one; see :meth:`Store.restore`."""
        found, size = digest_of(source), size_of(source)
        check_announced(key, found, sha256)
        with self._told(f"{shown(key)} was not restored"):
            self._see_bucket()
            kept = self._kept_aside(key)
            self._create(key, source, found, size)
        return kept

    def _raw_digest(self, key: str, sink: Sink | None = None) -> str | None:
        """Return the digest of an object without any check, and copy it where told; None where there is none."""
        try:
            answer = self._client.get_object(Bucket=self._place.bucket, Key=self._name(key))
        except ClientError as error:
            if error_code(error) in MISSING:
                return None
            raise
        return copy(answer["Body"], sink or _Nowhere())

    def _kept_aside(self, key: str) -> str:
        """See to it that the damaged bytes stay, and return where."""
        if not self.exists(key):
            return ""
        if self._client.get_bucket_versioning(Bucket=self._place.bucket).get("Status") == "Enabled":
            return "an older version of the object"
        with tempfile.NamedTemporaryFile(prefix="urval-repair-") as file:
            found = self._raw_digest(key, file)
            file.flush()
            self.put(f"{QUARANTINE}/{found}", Path(file.name))
        return f"{QUARANTINE}/{found}"

    def hold(self, prefix: str) -> int:
        """Hold every version below a prefix; see :meth:`Store.hold`."""
        return self._set_hold(prefix, on=True)

    def release(self, prefix: str) -> int:
        """Release every version below a prefix; see :meth:`Store.release`."""
        return self._set_hold(prefix, on=False)

    def is_held(self, prefix: str) -> bool:
        """Return whether a version below a prefix is held by the server; see :meth:`Store.is_held`."""
        bucket = self._place.bucket
        with self._told(f"{shown(prefix)} was not looked up"):
            self._see_bucket()
            if not has_lock(self._client, bucket):
                return False
            versions = versions_of(self._client, bucket, self._name(prefix))
            return any(lock_of(self._client, bucket, one)[1] for one in versions)

    def locked(self, prefix: str) -> str:
        """Return why :meth:`delete` would be refused; see :meth:`Store.locked`."""
        bucket = self._place.bucket
        with self._told(f"{shown(prefix)} was not looked up"):
            self._see_bucket()
            if not has_lock(self._client, bucket):
                return ""
            versions = versions_of(self._client, bucket, self._name(prefix))
            try:
                refuse_locked(self._client, bucket, versions, now=system_clock(), store=self.uri)
            except LockedError as error:
                return f"until {error.until.isoformat(timespec='seconds')}" if error.until else "a legal hold"
            return ""

    def delete(self, prefix: str) -> int:
        """Destroy every version below a prefix; see :meth:`Store.delete`."""
        bucket = self._place.bucket
        with self._told(f"{shown(prefix)} was not destroyed, or not wholly"):
            self._see_bucket()
            versions = versions_of(self._client, bucket, self._name(prefix))
            if has_lock(self._client, bucket):
                refuse_locked(self._client, bucket, versions, now=system_clock(), store=self.uri)
            return destroy(self._client, bucket, versions)

    def _set_hold(self, prefix: str, *, on: bool) -> int:
        bucket = self._place.bucket
        with self._told(f"the hold on {shown(prefix)} was not {'placed' if on else 'released'} everywhere"):
            self._see_bucket()
            versions = versions_of(self._client, bucket, self._name(prefix))
            if all(one.marker for one in versions):
                raise self._missing(prefix)
            return set_hold(self._client, bucket, versions, on=on) if has_lock(self._client, bucket) else 0


class _Nowhere:
    """Where bytes go that are only counted."""

    def write(self, _block: bytes, /) -> None:
        """Take one block."""
