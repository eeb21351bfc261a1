"""What must hold for a store in S3 only: locks, checksums, parts, and what a real server refuses."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import _children
import pytest
from botocore.exceptions import ClientError

from urval.errors import ConfigError, StoreConflictError, StoreError
from urval.store import Put, open_store
from urval.store._s3 import S3Store
from urval.store._uri import S3Place, parse_store_uri

if TYPE_CHECKING:
    from pathlib import Path

    from _s3_server import S3Server

pytest_plugins = ("_s3_server",)
pytestmark = pytest.mark.server
_NUMBERS = itertools.count()
_NOW = datetime.now(UTC).replace(microsecond=0)
_MIB = 1 << 20


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Return the server, with the writer's credentials in the environment."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.fixture
def bucket(server: S3Server) -> str:
    """Return a new bucket without a lock."""
    return server.bucket(f"plain-{next(_NUMBERS)}")


def in_parts(server: S3Server, bucket: str) -> S3Store:
    """Return a store that cuts objects into the smallest parts S3 allows."""
    place = parse_store_uri(server.uri(bucket))
    assert isinstance(place, S3Place)
    return S3Store(place, part_bytes=5 * _MIB)


def versions(server: S3Server, bucket: str, key: str) -> list[dict[str, Any]]:
    """Return what the bucket keeps under a key, also what was replaced."""
    found = server.client().list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    return [version for version in found if version["Key"] == key]


def test_an_object_carries_its_digest(server: S3Server, bucket: str) -> None:
    """An object lies under the URI's prefix with its SHA-256, as the server's checksum and as metadata."""
    open_store(server.uri(f"{bucket}/deep/prefix")).put("a/å", b"one")
    head = server.client().head_object(Bucket=bucket, Key="deep/prefix/a/å", ChecksumMode="ENABLED")
    assert base64.b64decode(head["ChecksumSHA256"]) == hashlib.sha256(b"one").digest()
    assert head["Metadata"] == {"sha256": hashlib.sha256(b"one").hexdigest()}


def test_a_large_object_goes_up_in_parts(server: S3Server, bucket: str, tmp_path: Path) -> None:
    """An object above the part size arrives whole, once only, with its digest; a rerun finds it the same."""
    data = os.urandom(12 * _MIB + 1)
    (tmp_path / "film").write_bytes(data)
    store = in_parts(server, bucket)
    assert store.put("film", tmp_path / "film") is Put.CREATED
    assert store.put("film", tmp_path / "film") is Put.SAME
    with pytest.raises(StoreConflictError):
        store.put("film", data[:-1] + bytes([data[-1] ^ 1]))
    store.fetch("film", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data
    head = server.client().head_object(Bucket=bucket, Key="film", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"].endswith("-3")
    assert head["Metadata"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert server.client().list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_a_kill_in_the_middle_of_parts_leaves_no_object(server: S3Server, bucket: str, tmp_path: Path) -> None:
    """Killed while a large object goes up, the store has no object, and the next run stores it."""
    (tmp_path / "film").write_bytes(os.urandom(6 * _MIB))

    def put(moment: int) -> Put:
        store = in_parts(server, bucket)
        _children.die_at(moment, frozenset({"http.client.send"}))
        return store.put(f"film{moment}", tmp_path / "film")

    for moment in (3, 5, 6):
        assert _children.run(lambda moment=moment: put(moment)) is None
        assert not in_parts(server, bucket).exists(f"film{moment}")
        assert in_parts(server, bucket).put(f"film{moment}", tmp_path / "film") is Put.CREATED


def test_a_listing_goes_over_the_servers_pages(server: S3Server, bucket: str) -> None:
    """More keys than the server lists at once come out complete and sorted; a console's folder markers are left out."""
    expected = [f"many/{number:04}" for number in range(1003)]
    client = server.client()
    for key in expected:
        client.put_object(Bucket=bucket, Key=key, Body=b"")
    client.put_object(Bucket=bucket, Key="marker/", Body=b"")
    store = open_store(server.uri(bucket))
    assert list(store.keys()) == expected
    client.put_object(Bucket=bucket, Key="e\u0301", Body=b"")
    with pytest.raises(StoreError, match="which no run can have put"):
        list(store.keys())


def test_an_object_of_another_program_is_compared_by_its_bytes(server: S3Server, bucket: str) -> None:
    """An object without our digest is the same when its bytes are, and a conflict when they are not."""
    server.client().put_object(Bucket=bucket, Key="a", Body=b"one")
    store = open_store(server.uri(bucket))
    assert store.put("a", b"one") is Put.SAME
    with pytest.raises(StoreConflictError):
        store.put("a", b"two")


def test_bytes_that_differ_from_the_recorded_digest_are_not_given_out(
    server: S3Server, bucket: str, tmp_path: Path
) -> None:
    """An object that does not have the digest recorded with it is an error, and no file is left."""
    server.client().put_object(Bucket=bucket, Key="a", Body=b"one", Metadata={"sha256": "0" * 64})
    store = open_store(server.uri(bucket))
    for deed in (lambda: store.get("a"), lambda: store.fetch("a", tmp_path / "to" / "a")):
        with pytest.raises(StoreError, match="'a' with other bytes than were put"):
            deed()
    assert list((tmp_path / "to").iterdir()) == []


def test_a_lock_keeps_what_was_put(server: S3Server) -> None:
    """With a lock in the URI a version cannot be deleted, bypassed or overwritten until its time has come."""
    bucket = server.bucket(f"locked-{next(_NUMBERS)}", lock=True)
    store = open_store(server.uri(bucket, lock="COMPLIANCE", retain_days="10"), clock=lambda: _NOW)
    store.put("small", b"one")
    place = parse_store_uri(server.uri(bucket, lock="COMPLIANCE", retain_days="10"))
    assert isinstance(place, S3Place)
    S3Store(place, clock=lambda: _NOW, part_bytes=5 * _MIB).put("large", b"\x00" * (5 * _MIB + 1))
    client = server.client()
    for key in ("small", "large"):
        head = client.head_object(Bucket=bucket, Key=key)
        assert (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", _NOW + timedelta(days=10))
        (version,) = versions(server, bucket, key)
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"], BypassGovernanceRetention=True)
        with pytest.raises(StoreConflictError):
            store.put(key, b"two")
        assert len(versions(server, bucket, key)) == 1
    assert store.get("small") == b"one"


def test_the_buckets_own_retention_applies(server: S3Server) -> None:
    """Where the bucket has a default retention, nothing in the URI is needed for objects to be locked."""
    bucket = server.bucket(f"default-{next(_NUMBERS)}", lock=True)
    client = server.client()
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 5}}
    client.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    open_store(server.uri(bucket)).put("a", b"one")
    (version,) = versions(server, bucket, "a")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key="a", VersionId=version["VersionId"])


def test_a_lock_on_a_bucket_without_one_is_told(server: S3Server, bucket: str) -> None:
    """Asking for a lock where the bucket has none stores nothing and says what the bucket needs."""
    store = open_store(server.uri(bucket, lock="GOVERNANCE", retain_days="1"))
    with pytest.raises(StoreError, match="'a' was not stored") as caught:
        store.put("a", b"one")
    assert "needs Object Lock" in caught.value.next_step
    assert not store.exists("a")


def test_a_reader_reads_and_is_told_that_it_cannot_write(
    server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With read-only credentials everything can be read; a put fails in one sentence that says what is needed."""
    open_store(server.uri(bucket)).put("a", b"one")
    for name, value in server.environment(("test-reader", "test-reader-secret")).items():
        monkeypatch.setenv(name, value)
    store = open_store(server.uri(bucket))
    assert (store.get("a"), store.exists("b"), list(store.keys())) == (b"one", False, ["a"])
    for deed in (lambda: store.put("b", b""), lambda: in_parts(server, bucket).put("b", b"\x00" * 6 * _MIB)):
        with pytest.raises(StoreError, match="does not allow it with these credentials; 'b' was not stored") as caught:
            deed()
        assert "put objects" in caught.value.next_step
    assert not store.exists("b")


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (("test-admin", "wrong-secret"), "does not accept the secret key"),
        (("nobody", "wrong-secret"), "does not know the access key"),
    ],
)
def test_wrong_credentials_are_told(
    server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch, identity: tuple[str, str], said: str
) -> None:
    """A wrong key or secret is told by which of the two it is, without repeating either."""
    for name, value in server.environment(identity).items():
        monkeypatch.setenv(name, value)
    store = open_store(server.uri(bucket))
    for deed in (lambda: store.put("a", b""), lambda: store.get("a"), lambda: list(store.keys())):
        with pytest.raises(StoreError, match=said) as caught:
            deed()
        assert identity[0] not in caught.value.diagnostics()
        assert identity[1] not in caught.value.diagnostics()
    with pytest.raises(StoreError, match="credentials"):
        store.exists("a")


def test_no_credentials_are_a_setting_to_correct(
    server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any credentials the message names the variables to set."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ConfigError, match="needs credentials") as caught:
        open_store(server.uri(bucket)).put("a", b"")
    assert "AWS_ACCESS_KEY_ID" in caught.value.next_step


def test_a_bucket_that_does_not_exist_is_told_and_not_made(server: S3Server, tmp_path: Path) -> None:
    """Every operation on a wrong bucket says so; none says "absent", and none creates the bucket."""
    store = open_store(server.uri("mistyped"))
    for deed in (
        lambda: store.put("a", b""),
        lambda: store.get("a"),
        lambda: store.fetch("a", tmp_path / "a"),
        lambda: store.exists("a"),
        lambda: store.size("a"),
        lambda: list(store.keys()),
    ):
        with pytest.raises(StoreError, match="no such bucket"):
            deed()
    assert "mistyped" not in {entry["Name"] for entry in server.client().list_buckets()["Buckets"]}


@pytest.mark.usefixtures("server")
def test_a_server_that_is_not_there_is_told() -> None:
    """An unreachable endpoint is one sentence with the endpoint to check, after the retries."""
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_store("s3://bucket?endpoint=http://127.0.0.1:1&region=us-east-1").put("a", b"")
    assert "endpoint=" in caught.value.next_step


@pytest.mark.usefixtures("server")
def test_a_region_that_is_none_is_told() -> None:
    """A region with a space in it is a setting to correct, not a traceback."""
    with pytest.raises(ConfigError, match="region"):
        open_store("s3://bucket?region=not a region")
