"""A store in an S3 bucket: create-only by conditional put, every object with its SHA-256, under Object Lock if asked.

boto3 is imported here and nowhere else. A killed multipart upload leaves no object, but parts that are paid for: give
the bucket a lifecycle rule that aborts incomplete multipart uploads.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from urval.errors import StoreError
from urval.store._base import Put, Store
from urval.store._files import arriving, check_announced, copy, digest_of, opened, size_of
from urval.store._keys import check_key, shown
from urval.store._s3_faults import BUSY, MISSING, TAKEN, client_fault, error_code, way_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, GetObjectOutputTypeDef

    from urval.store._uri import S3Place

PART_BYTES = 64 << 20  # larger objects go up in parts of this size
_MAX_PARTS = 10_000
_TRIES = 5


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class S3Store(Store):
    """Objects in a bucket, below an optional prefix. Credentials come from boto3's standard chain."""

    def __init__(
        self, place: S3Place, *, clock: Callable[[], datetime] = system_clock, part_bytes: int = PART_BYTES
    ) -> None:
        self.uri = f"s3://{place.bucket}/{place.prefix}".rstrip("/")
        self._place = place
        self._base = f"{place.prefix}/" if place.prefix else ""
        self._clock = clock
        self._part_bytes = part_bytes
        self._bucket_seen = False
        with self._told("it was not opened"):
            self._client = _client(place)

    def put(self, key: str, source: bytes | Path, *, sha256: str | None = None) -> Put:
        """Create the object; see :meth:`Store.put`."""
        name = self._name(key)
        digest, size = digest_of(source), size_of(source)
        check_announced(key, digest, sha256)
        with self._told(f"{shown(key)} was not stored"):
            self._see_bucket()
            for _ in range(_TRIES):
                try:
                    self._create(name, source, digest, size)
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
        name = self._name(key)
        with self._told(f"{shown(key)} was not looked up"):
            self._see_bucket()
            try:
                self._client.head_object(Bucket=self._place.bucket, Key=name)
            except ClientError as error:
                if error_code(error) in MISSING:
                    return False
                raise
            return True

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

    def _holds(self, key: str, sha256: str, size: int) -> bool:
        head = self._head(key)
        if head["ContentLength"] != size:
            return False
        recorded = head["Metadata"].get("sha256") or _hex(head.get("ChecksumSHA256", ""))
        if not recorded:  # put by another program
            recorded = hashlib.sha256(self.get(key)).hexdigest()
        return bool(recorded == sha256)

    def _create(self, name: str, source: bytes | Path, digest: str, size: int) -> None:
        settings = {"Bucket": self._place.bucket, "Key": name, "Metadata": {"sha256": digest}, **self._retention()}
        with opened(source) as data:
            if size > self._part_bytes:
                self._create_in_parts(settings, data, digest, size)
            else:
                self._client.put_object(
                    **settings, Body=data, IfNoneMatch="*", ChecksumSHA256=_base64(bytes.fromhex(digest))
                )

    def _create_in_parts(self, settings: dict[str, Any], data: Any, digest: str, size: int) -> None:
        begun = self._client.create_multipart_upload(**settings, ChecksumAlgorithm="SHA256")
        upload = {"Bucket": settings["Bucket"], "Key": settings["Key"], "UploadId": begun["UploadId"]}
        with ExitStack() as undo:
            undo.callback(self._abort, upload)
            parts, found = self._upload_parts(upload, data, max(self._part_bytes, -(-size // _MAX_PARTS)))
            check_announced(settings["Key"], found, digest)
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
            undo.pop_all()

    def _upload_parts(
        self, upload: dict[str, Any], data: Any, part_bytes: int
    ) -> tuple[list[CompletedPartTypeDef], str]:
        whole = hashlib.sha256()
        parts: list[CompletedPartTypeDef] = []
        while block := data.read(part_bytes):
            whole.update(block)
            checksum = _base64(hashlib.sha256(block).digest())
            number = len(parts) + 1
            done = self._client.upload_part(**upload, PartNumber=number, Body=block, ChecksumSHA256=checksum)
            parts.append({"PartNumber": number, "ETag": done["ETag"], "ChecksumSHA256": checksum})
        return parts, whole.hexdigest()

    def _abort(self, upload: dict[str, Any]) -> None:
        # What made the upload fail is told; that its parts could not be removed as well helps nobody.
        with suppress(ClientError, BotoCoreError):
            self._client.abort_multipart_upload(**upload)

    def _retention(self) -> dict[str, Any]:
        if self._place.lock is None or self._place.retain_days is None:
            return {}
        until = self._clock() + timedelta(days=self._place.retain_days)
        return {"ObjectLockMode": self._place.lock, "ObjectLockRetainUntilDate": until}

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
        name = self._name(key)
        with self._told(f"{shown(key)} was not looked up"):
            self._see_bucket()
            try:
                return dict(self._client.head_object(Bucket=self._place.bucket, Key=name, ChecksumMode="ENABLED"))
            except ClientError as error:
                if error_code(error) in MISSING:
                    raise self._missing(key) from error
                raise

    def _see_bucket(self) -> None:
        """Raise where there is no bucket: a put may create one (SeaweedFS), a look-up would only say "absent"."""
        if self._bucket_seen:
            return
        try:
            self._client.head_bucket(Bucket=self._place.bucket)
        except ClientError as error:
            if error_code(error) in MISSING:
                raise StoreError(
                    f"The store {self.uri} has no such bucket.",
                    next_step="Correct the bucket's name, or have it created with Object Lock.",
                ) from error
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


def _client(place: S3Place) -> S3Client:
    config = Config(
        connect_timeout=10,
        read_timeout=120,
        retries={"mode": "standard", "total_max_attempts": 4},  # SlowDown, 5xx, lost connections
        s3={"addressing_style": "path"} if place.endpoint else None,  # own servers seldom have a name for each bucket
    )
    return boto3.session.Session().client(
        "s3", endpoint_url=place.endpoint, region_name=place.region or None, config=config
    )


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _hex(checksum: str) -> str:
    """Return an object's base64 checksum as hex, "" for one over parts (``…-3``)."""
    return "" if "-" in checksum else base64.b64decode(checksum).hex()
