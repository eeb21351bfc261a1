"""Creating objects in a bucket: whole in one request, large ones in parts; never over what is there."""

from __future__ import annotations

import base64
import hashlib
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from urval.store._files import check_announced, opened

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 64 << 20  # larger objects go up in parts of this size
_MAX_PARTS = 10_000


def upload(
    client: S3Client,
    settings: dict[str, Any],
    source: bytes | Path,
    *,
    digest: str,
    size: int,
    part_bytes: int = PART_BYTES,
    condition: dict[str, Any],
) -> None:
    """Put an object whose SHA-256 the server checks, of each part or of the whole.

    Args:
        client: The bucket's client.
        settings: Bucket, key, metadata, retention, as the requests that begin an object take them.
        source: The bytes, or the file that holds them.
        digest: Their hex SHA-256.
        size: Their number.
        part_bytes: What is larger goes up in parts of this size.
        condition: ``IfNoneMatch`` for an object that must not be there yet; empty where a new version is meant.

    Raises:
        ClientError, BotoCoreError: The server refuses, or cannot be reached.
        StoreError: The file cannot be read, or changed meanwhile.
    """
    with opened(source) as data:
        if size > part_bytes:
            _in_parts(client, settings, data, digest, max(part_bytes, -(-size // _MAX_PARTS)), condition)
        else:
            checksum = base64_of(bytes.fromhex(digest))
            client.put_object(**settings, Body=data, ChecksumSHA256=checksum, **condition)


def _in_parts(
    client: S3Client, settings: dict[str, Any], data: Any, digest: str, part_bytes: int, condition: dict[str, Any]
) -> None:
    begun = client.create_multipart_upload(**settings, ChecksumAlgorithm="SHA256")
    target = {"Bucket": settings["Bucket"], "Key": settings["Key"], "UploadId": begun["UploadId"]}
    with ExitStack() as undo:
        undo.callback(_abort, client, target)
        parts, found = _parts(client, target, data, part_bytes)
        check_announced(settings["Key"], found, digest)
        client.complete_multipart_upload(**target, MultipartUpload={"Parts": parts}, **condition)
        undo.pop_all()


def _parts(
    client: S3Client, target: dict[str, Any], data: Any, part_bytes: int
) -> tuple[list[CompletedPartTypeDef], str]:
    whole = hashlib.sha256()
    parts: list[CompletedPartTypeDef] = []
    while block := data.read(part_bytes):
        whole.update(block)
        checksum = base64_of(hashlib.sha256(block).digest())
        number = len(parts) + 1
        done = client.upload_part(**target, PartNumber=number, Body=block, ChecksumSHA256=checksum)
        parts.append({"PartNumber": number, "ETag": done["ETag"], "ChecksumSHA256": checksum})
    return parts, whole.hexdigest()


def _abort(client: S3Client, target: dict[str, Any]) -> None:
    # What made the upload fail is told; that its parts could not be removed as well helps nobody.
    with suppress(ClientError, BotoCoreError):
        client.abort_multipart_upload(**target)


def base64_of(digest: bytes) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def hex_of(checksum: str) -> str:
    """Return an object's base64 checksum as hex, "" for one over parts (``…-3``)."""
    return "" if "-" in checksum else base64.b64decode(checksum).hex()
