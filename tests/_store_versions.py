"""Versions in a bucket, looked at and attacked past the store, as an administrator could."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError


def versions(client: Any, bucket: str, key: str) -> list[str]:
    """Return the ids of what the bucket keeps under a key."""
    found = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    return [version["VersionId"] for version in found if version["Key"] == key]


def refuse_everything(client: Any, bucket: str, key: str) -> None:
    """Try every way to get rid of the versions of a key; each must be refused, and every version still be there."""
    before = versions(client, bucket, key)
    assert before
    for version in before:
        of = {"Bucket": bucket, "Key": key, "VersionId": version}
        for more in ({}, {"BypassGovernanceRetention": True}):
            with pytest.raises(ClientError, match="AccessDenied"):
                client.delete_object(**of, **more)
        batch = {"Objects": [{"Key": key, "VersionId": version}]}
        answer = client.delete_objects(Bucket=bucket, Delete=batch, BypassGovernanceRetention=True)
        assert [error["Code"] for error in answer["Errors"]] == ["AccessDenied"]
        if client.head_object(**of).get("ObjectLockMode") == "COMPLIANCE":
            for mode in ("COMPLIANCE", "GOVERNANCE"):
                sooner = {"Mode": mode, "RetainUntilDate": datetime.now(UTC) + timedelta(seconds=2)}
                with pytest.raises(ClientError, match="AccessDenied"):
                    client.put_object_retention(**of, Retention=sooner, BypassGovernanceRetention=True)
    with pytest.raises(ClientError):
        client.delete_bucket(Bucket=bucket)
    assert versions(client, bucket, key) == before
