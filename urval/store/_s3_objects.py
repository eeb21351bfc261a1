"""Objects in an S3 bucket: create-only by conditional put, each with its SHA-256, under Object Lock if asked.

boto3 is imported here and nowhere else. A killed multipart upload leaves no object, but parts that are paid for: give
the bucket a lifecycle rule that aborts incomplete multipart uploads.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from urval.errors import StoreError
from urval.store._base import Put, Store
from urval.store._files import arriving, check_announced, copy, digest_of, size_of
from urval.store._keys import check_key, shown
from urval.store._retention import terms_of
from urval.store._s3_faults import BUSY, MISSING, TAKEN, client_fault, error_code, no_bucket, way_fault
from urval.store._s3_upload import PART_BYTES, hex_of, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

    from urval.spec import StorageRule
    from urval.store._uri import S3Place

_TRIES = 5
_THREADS = 8  # objects of a tree that go up at a time; boto3 keeps ten connections


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class S3Objects(Store):
    """Objects in a bucket, below an optional prefix. Credentials come from boto3's standard chain."""

    def __init__(
        self,
        place: S3Place,
        *,
        clock: Callable[[], datetime] = system_clock,
        part_bytes: int = PART_BYTES,
        storage: StorageRule | None = None,
    ) -> None:
        self.uri = f"s3://{place.bucket}/{place.prefix}".rstrip("/")
        self._place = place
        self._base = f"{place.prefix}/" if place.prefix else ""
        self.terms = terms_of(place, storage)
        self._clock = clock
        self._part_bytes = part_bytes
        self._bucket_seen = False
        with self._told("it was not opened"):
            self._client = client_of(place)

    def put(self, key: str, source: bytes | Path, *, sha256: str | None = None) -> Put:
        """Create the object; see :meth:`Store.put`."""
        self._name(key)
        digest, size = digest_of(source), size_of(source)
        check_announced(key, digest, sha256)
        with self._told(f"{shown(key)} was not stored"):
            self._see_bucket()
            for _ in range(_TRIES):
                try:
                    self._create(key, source, digest, size, IfNoneMatch="*")
                except ClientError as error:
                    if error_code(error) in TAKEN:
                        return self._settle(key, digest, size)
                    if error_code(error) not in BUSY:
                        raise
                else:
                    return Put.CREATED
        raise StoreError(f"The store {self.uri} is busy with {shown(key)}.", next_step="Run the same command again.")

    def get(self, key: str) -> bytes:
        """Return an object's bytes, checked against its recorded digest."""
        with self._told(f"{shown(key)} was not read"):
            answer = self._answer(key)
            data = answer["Body"].read()
        self._check_recorded(key, answer, hashlib.sha256(data).hexdigest())
        return data

    def fetch(self, key: str, to: Path) -> None:
        """Copy an object to a file; see :meth:`Store.fetch`."""
        with self._told(f"{shown(key)} was not read"):
            answer = self._answer(key)
            with arriving(to) as file:
                self._check_recorded(key, answer, copy(answer["Body"], file))

    def exists(self, key: str) -> bool:
        """Return whether there is an object under the key."""
        return self._head_if_there(key) is not None

    def size(self, key: str) -> int:
        """Return an object's size in bytes."""
        return int(self._head(key)["ContentLength"])

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below a prefix, sorted; all of them are held, since not every server lists them in order."""
        start = self._base + (f"{check_key(prefix)}/" if prefix else "")
        with self._told("its keys were not listed"):
            self._see_bucket()
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._place.bucket, Prefix=start)
            listed = [
                self._listed(entry["Key"].removeprefix(self._base))
                for page in pages
                for entry in page.get("Contents", [])
                if not (entry["Key"].endswith("/") and entry["Size"] == 0)  # a console's folder marker
            ]
        yield from sorted(listed)

    def recorded(self, key: str) -> str | None:
        """Return the digest recorded as the object's metadata, or as the server's checksum of the whole."""
        return _recorded(self._head(key))

    def holds(self, key: str, sha256: str) -> bool:
        """Return whether the object was put with this digest; see :meth:`Store.holds`."""
        head = self._head_if_there(key)
        return head is not None and (_recorded(head) or self._read_digest(key)) == sha256

    def _put_all(self, files: Mapping[str, Path]) -> None:
        """Put small objects several at a time; a large one holds a part in memory, so those go one after the other."""
        small = [key for key, path in files.items() if size_of(path) <= self._part_bytes]
        pool = ThreadPoolExecutor(_THREADS)
        try:
            for _ in pool.map(lambda key: self.put(key, files[key]), small):
                pass
        finally:
            pool.shutdown(cancel_futures=True)  # after a fault the others of the tree would be in vain
        super()._put_all({key: files[key] for key in files.keys() - set(small)})

    def _holds(self, key: str, sha256: str, size: int) -> bool:
        head = self._head(key)
        if head["ContentLength"] != size:
            return False
        return (_recorded(head) or self._read_digest(key)) == sha256

    def _read_digest(self, key: str) -> str:
        """Return the digest of an object that another program put, without one."""
        return hashlib.sha256(self.get(key)).hexdigest()

    def _create(self, key: str, source: bytes | Path, digest: str, size: int, **condition: Any) -> None:
        settings = {"Bucket": self._place.bucket, "Key": self._name(key), "Metadata": {"sha256": digest}}
        upload(
            self._client,
            settings | self._retention(key),
            source,
            digest=digest,
            size=size,
            part_bytes=self._part_bytes,
            condition=condition,
        )

    def _retention(self, key: str) -> dict[str, Any]:
        retention = self.terms.of(key, self._clock())
        if retention is None:
            return {}
        return {"ObjectLockMode": retention[0], "ObjectLockRetainUntilDate": retention[1]}

    def _answer(self, key: str) -> GetObjectOutputTypeDef:
        name = self._name(key)
        self._see_bucket()
        try:
            return self._client.get_object(Bucket=self._place.bucket, Key=name, ChecksumMode="ENABLED")
        except ClientError as error:
            if error_code(error) in MISSING:
                raise self._missing(key) from error
            raise

    def _head(self, key: str) -> dict[str, Any]:
        head = self._head_if_there(key)
        if head is None:
            raise self._missing(key)
        return head

    def _head_if_there(self, key: str) -> dict[str, Any] | None:
        name = self._name(key)
        with self._told(f"{shown(key)} was not looked up"):
            self._see_bucket()
            try:
                return dict(self._client.head_object(Bucket=self._place.bucket, Key=name, ChecksumMode="ENABLED"))
            except ClientError as error:
                if error_code(error) in MISSING:
                    return None
                raise

    def _see_bucket(self) -> None:
        """Raise where there is no bucket: a put may create one (SeaweedFS), a look-up would only say "absent"."""
        if self._bucket_seen:
            return
        try:
            self._client.head_bucket(Bucket=self._place.bucket)
        except ClientError as error:
            if error_code(error) in MISSING:
                raise no_bucket(self.uri) from error
            return  # this answer has no body: the request itself will be told why
        self._bucket_seen = True

    def _check_recorded(self, key: str, answer: GetObjectOutputTypeDef, found: str) -> None:
        recorded = answer["Metadata"].get("sha256")
        if recorded is not None and recorded != found:
            raise StoreError(
                f"The store {self.uri} gave {shown(key)} with other bytes than were put.",
                next_step="Read it again; if it stays so, restore the object from a copy and verify the store.",
            )

    def _name(self, key: str) -> str:
        return check_key(self._base + check_key(key))

    @contextmanager
    def _told(self, deed: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise client_fault(error, f"The store {self.uri}", deed) from error
        except BotoCoreError as error:
            raise way_fault(error, f"The store {self.uri}", deed) from error


def _recorded(head: Mapping[str, Any]) -> str | None:
    """Return the digest an object was put with: as metadata, else as the server's checksum of the whole."""
    return head["Metadata"].get("sha256") or hex_of(head.get("ChecksumSHA256", "")) or None


def client_of(place: S3Place) -> S3Client:
    """Return a client for the place, with credentials from boto3's standard chain."""
    config = Config(
        connect_timeout=10,
        read_timeout=120,
        retries={"mode": "standard", "total_max_attempts": 4},  # SlowDown, 5xx, lost connections
        s3={"addressing_style": "path"} if place.endpoint else None,  # own servers seldom have a name for each bucket
    )
    return boto3.session.Session().client(
        "s3", endpoint_url=place.endpoint, region_name=place.region or None, config=config
    )
