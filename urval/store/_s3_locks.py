"""Versions in a bucket: legal holds, and the destruction of what is neither held nor under retention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from urval.errors import LockedError
from urval.store._keys import crowns_first, shown
from urval.store._s3_faults import MISSING, UNLOCKED, error_code

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object. A marker says that the object was deleted, and holds nothing."""

    name: str
    id: str
    marker: bool


def has_lock(client: S3Client, bucket: str) -> bool:
    """Return whether the bucket has Object Lock.

    Asked because a server may take a legal hold where there is no Object Lock, and not keep to it (SeaweedFS 4.48).
    """
    try:
        answer = client.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in UNLOCKED:
            return False
        raise
    return answer["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"


def versions_of(client: S3Client, bucket: str, name: str) -> list[Version]:
    """Return every version and marker of the object of that name, and of all that lie below it, in order of names."""
    found = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=name):
        found += [Version(one["Key"], one["VersionId"], marker=False) for one in page.get("Versions", [])]
        found += [Version(one["Key"], one["VersionId"], marker=True) for one in page.get("DeleteMarkers", [])]
    ours = [one for one in found if one.name == name or one.name.startswith(f"{name}/")]
    return sorted(ours, key=lambda one: (one.name, one.marker, one.id))


def set_hold(client: S3Client, bucket: str, versions: list[Version], *, on: bool) -> int:
    """Put a legal hold on each version, or take it off; return on how many."""
    whole = [one for one in versions if not one.marker]
    for one in whole:
        client.put_object_legal_hold(
            Bucket=bucket, Key=one.name, VersionId=one.id, LegalHold={"Status": "ON" if on else "OFF"}
        )
    return len(whole)


def lock_of(client: S3Client, bucket: str, version: Version) -> tuple[datetime | None, bool]:
    """Return until when (aware) a version is under retention, None if it is not; and whether it is held."""
    if version.marker:
        return None, False
    try:
        head = client.head_object(Bucket=bucket, Key=version.name, VersionId=version.id)
    except ClientError as error:
        if error_code(error) in MISSING:
            return None, False  # another process destroyed it
        raise
    return head.get("ObjectLockRetainUntilDate"), head.get("ObjectLockLegalHoldStatus") == "ON"


def refuse_locked(client: S3Client, bucket: str, versions: list[Version], *, now: datetime, store: str) -> None:
    """Refuse what may not be destroyed, by the first version held, else by the retention that lasts longest.

    Raises:
        LockedError: One is held, or under retention.
    """
    last: tuple[datetime, str] | None = None
    for one in versions:
        until, held = lock_of(client, bucket, one)
        if held:
            raise LockedError(
                f"The store {store} holds {shown(one.name)} under a legal hold; nothing was destroyed.",
                until=None,
                next_step="Release the hold first, if the reason for it has gone.",
            )
        if until is not None and until > now and (last is None or until > last[0]):
            last = until, one.name
    if last is not None:
        raise LockedError(
            f"The store {store} keeps {shown(last[1])} locked until {last[0].isoformat(timespec='seconds')}; nothing "
            "was destroyed.",
            until=last[0],
            next_step="Wait until then; retention is never bypassed.",
        )


def destroy(client: S3Client, bucket: str, versions: list[Version]) -> int:
    """Delete each version, those that make a tree first, markers last; return how many objects that were."""
    named = {name: [one for one in versions if one.name == name] for name in {one.name for one in versions}}
    for name in crowns_first(named):
        for one in named[name]:
            client.delete_object(Bucket=bucket, Key=name, VersionId=one.id)
    return sum(any(not one.marker for one in of) for of in named.values())
