"""Object Lock, legal holds and destruction on a real S3 server, also over its kill -9; the spec's own retention."""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import _children
import pytest
from _program import ROOT
from _store_versions import refuse_everything, versions
from botocore.exceptions import ClientError

from flows.run import open_run
from urval.errors import LockedError, StoreConflictError, StoreError
from urval.spec import StorageRule, after
from urval.store import open_store
from urval.store._retention import LASTING, Terms
from urval.store._s3 import S3Store
from urval.store._uri import S3Place, parse_store_uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from _s3_server import S3Server

    from urval.store import Store

pytest_plugins = ("_s3_server", "_stores")
_NUMBERS = itertools.count()
_NOW = datetime.now(UTC).replace(microsecond=0)
RULE = StorageRule(lock="compliance", keep="P10Y", captures_keep="P1Y")


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Return the server, with the writer's credentials in the environment."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.fixture
def locked(server: S3Server) -> str:
    """Return a new bucket with Object Lock."""
    return server.bucket(f"lock-{next(_NUMBERS)}", lock=True)


def retention(server: S3Server, bucket: str, key: str) -> tuple[Any, Any]:
    """Return mode and end of an object's retention as the server has them; None where it has none."""
    head = server.client().head_object(Bucket=bucket, Key=key)
    return head.get("ObjectLockMode"), head.get("ObjectLockRetainUntilDate")


# ---- compliance ------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_compliance_outlives_kill_nine(
    tmp_path: Path, serve_s3: Callable[[Path], AbstractContextManager[S3Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compliance lock refuses every way of deletion, before and after the server was killed and started again."""
    keys = {"packages/a/b/c/d/data/large": bytes(5 << 20) + b"x", "packages/a/b/c/d/manifest.json": b"{}"}
    with serve_s3(tmp_path) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        server.bucket("arkivet", lock=True)
        place = parse_store_uri(server.uri("arkivet"))
        assert isinstance(place, S3Place)
        small_parts = S3Store(place, storage=RULE, part_bytes=5 << 20)
        for key, data in keys.items():
            small_parts.put(key, data)
        before = {key: versions(server.client(), "arkivet", key) for key in keys}
        assert small_parts.hold("packages/a") == len(keys)
        server.kill()
    with serve_s3(tmp_path) as again:
        store = open_store(again.uri("arkivet"))
        assert {key: store.get(key) for key in store.keys("")} == keys
        assert store.is_held("packages/a/b")
        assert store.release("packages/a") == len(keys)
        for key in keys:
            assert versions(again.client(), "arkivet", key) == before[key]
            refuse_everything(again.client(), "arkivet", key)
            mode, until = retention(again, "arkivet", key)
            assert mode == "COMPLIANCE"
            assert after(_NOW, "P10Y") <= until <= after(datetime.now(UTC), "P10Y")
        with pytest.raises(LockedError, match="locked until") as caught:
            store.delete("packages/a/b/c/d")
        assert caught.value.until is not None
        assert {key: store.get(key) for key in store.keys("")} == keys


@pytest.mark.server
def test_what_is_hidden_behind_a_deletion_marker_comes_back(server: S3Server, locked: str) -> None:
    """A plain deletion hides a locked object and destroys nothing: without its marker the object is there again."""
    store = open_store(server.uri(locked), storage=RULE)
    store.put("packages/a/b", b"one")
    marker = server.client().delete_object(Bucket=locked, Key="packages/a/b")["VersionId"]
    assert not store.exists("packages/a/b")
    server.client().delete_object(Bucket=locked, Key="packages/a/b", VersionId=marker)
    assert store.get("packages/a/b") == b"one"


# ---- hold, release, delete -------------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_hold_stops_destruction_until_it_is_released(server: S3Server, locked: str) -> None:
    """Every version below a prefix is held, no other; a deletion past a governance lock is refused too."""
    store = open_store(server.uri(f"{locked}/deep"))
    for key in ("captures/a/b/data", "captures/a/b/capture.json", "captures/a/bc"):
        store.put(key, b"one")
    assert (store.is_held("captures/a/b"), store.hold("captures/a/b"), store.hold("captures/a/b")) == (False, 2, 2)
    assert store.is_held("captures/a/b/data")
    assert not store.is_held("captures/a/bc")
    with pytest.raises(LockedError, match="legal hold") as caught:
        store.delete("captures/a")
    assert caught.value.until is None
    refuse_everything(server.client(), locked, "deep/captures/a/b/data")
    assert store.release("captures/a/b") == 2
    assert (store.delete("captures/a/b"), store.delete("captures/a/b")) == (2, 0)
    assert list(store.keys()) == ["captures/a/bc"]
    assert versions(server.client(), locked, "deep/captures/a/b/data") == []


@pytest.mark.server
def test_every_version_is_destroyed(server: S3Server, locked: str) -> None:
    """Older versions and deletion markers go with the object; it counts as one."""
    store = open_store(server.uri(locked))
    store.put("captures/a", b"one")
    server.client().put_object(Bucket=locked, Key="captures/a", Body=b"two")
    server.client().delete_object(Bucket=locked, Key="captures/a")
    assert store.delete("captures") == 1
    listed = server.client().list_object_versions(Bucket=locked)
    assert (listed.get("Versions", []), listed.get("DeleteMarkers", [])) == ([], [])


@pytest.mark.server
def test_a_hold_is_not_claimed_where_the_server_does_not_keep_to_it(server: S3Server) -> None:
    """Without Object Lock this server takes a hold and lets the version be deleted; so the store says 0, and False."""
    name = server.bucket(f"versioned-{next(_NUMBERS)}")
    client = server.client()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    store = open_store(server.uri(name))
    store.put("a", b"one")
    (version,) = versions(client, name, "a")
    client.put_object_legal_hold(Bucket=name, Key="a", VersionId=version, LegalHold={"Status": "ON"})
    assert (store.hold("a"), store.is_held("a"), store.release("a")) == (0, False, 0)
    client.delete_object(Bucket=name, Key="a", VersionId=version)
    assert not store.exists("a")


def test_destruction_in_any_store(store: Store) -> None:
    """What lies below a prefix goes, one key or many, and nothing beside it; a hold needs something to hold."""
    for key in ("t/x/manifest.json", "t/x/data/a", "t/xy", "u"):
        store.put(key, b"one")
    assert store.locked("t/x") == ""
    assert store.delete("t/x") == 2
    assert (store.delete("u"), store.delete("u")) == (1, 0)
    assert list(store.keys()) == ["t/xy"]
    for deed in (store.hold, store.release):
        with pytest.raises(StoreError, match="holds nothing under"):
            deed("t/x")
    assert store.put("t/x/manifest.json", b"two") == "created"


def test_an_interrupted_destruction_leaves_no_tree(tmp_path: Path) -> None:
    """Killed in the middle, the tree is none any more, and the same deletion ends it; empty folders go too."""
    for moment in (1, 2, 3):
        store = open_store(str(tmp_path / f"store{moment}"))
        for key in ("captures/a/b/c/id/a", "captures/a/b/c/id/capture.json", "captures/a/b/c/id/z/z"):
            store.put(key, b"one")

        def destroy(moment: int = moment, store: Store = store) -> int:
            _children.die_at(moment, frozenset({"os.remove"}))
            return store.delete("captures/a")

        assert _children.run(destroy) is None
        assert store.exists("captures/a/b/c/id/capture.json") == (moment == 1)
        store.delete("captures/a")
        assert list(store.keys()) == []
        assert sorted(path.name for path in (tmp_path / f"store{moment}").iterdir()) == [".urval-staging"]


# ---- the spec's retention --------------------------------------------------------------------------------------------


@pytest.mark.server
def test_the_specs_retention_is_what_objects_get(server: S3Server, locked: str) -> None:
    """Packages and ledger get 'keep', captures 'captures_keep', and without that none of their own."""
    store = open_store(server.uri(locked), storage=RULE, clock=lambda: _NOW)
    free = open_store(server.uri(locked), storage=StorageRule(lock="governance", keep="P1M"), clock=lambda: _NOW)
    store.put("packages/a", b"")
    store.put("captures/a", b"")
    free.put("ledger/b", b"")
    free.put("captures/b", b"")
    assert retention(server, locked, "packages/a") == ("COMPLIANCE", after(_NOW, "P10Y"))
    assert retention(server, locked, "captures/a") == ("COMPLIANCE", after(_NOW, "P1Y"))
    assert retention(server, locked, "ledger/b") == ("GOVERNANCE", after(_NOW, "P1M"))
    assert retention(server, locked, "captures/b") == (None, None)
    assert free.delete("captures/b") == 1
    with pytest.raises(LockedError):
        free.delete("ledger")
    with pytest.raises(StoreConflictError):
        store.put("packages/a", b"other")


@pytest.mark.server
def test_a_run_stores_under_its_specs_lock(server: S3Server, locked: str, tmp_path: Path) -> None:
    """What a run puts has the retention of the spec it was opened with; nothing else needs to be said."""
    spec = tmp_path / "spec.yaml"
    text = (ROOT / "archive_specs" / "exempelstad.yaml").read_text(encoding="utf-8")
    spec.write_text(f"{text}\nstorage: {{lock: compliance, keep: P3Y}}\n", encoding="utf-8")
    run = open_run(str(spec), server.uri(locked), "2026-host", ahead=True)
    run.store.put("ledger/a", b"one")
    run.store.put("captures/a", b"one")
    mode, until = retention(server, locked, "ledger/a")
    assert mode == "COMPLIANCE"
    assert after(_NOW, "P3Y") <= until <= after(datetime.now(UTC), "P3Y")
    assert retention(server, locked, "captures/a") == (None, None)


@pytest.mark.parametrize(
    ("lock", "days", "key", "expected"),
    [
        (None, None, "packages/a", ("COMPLIANCE", after(_NOW, "P10Y"))),
        ("GOVERNANCE", 9000, "packages/a", ("COMPLIANCE", _NOW + timedelta(days=9000))),
        ("GOVERNANCE", 10, "packages/a", ("COMPLIANCE", after(_NOW, "P10Y"))),
        ("GOVERNANCE", 10, "captures/a", ("COMPLIANCE", after(_NOW, "P1Y"))),
        ("GOVERNANCE", 10, "probe/a", None),
    ],
)
def test_the_stricter_of_spec_and_uri_counts(lock: str | None, days: int | None, key: str, expected: object) -> None:
    """Mode and length are the stricter of the two, each by itself; probes get neither."""
    assert Terms(lock, days, RULE).of(key, _NOW) == expected


def test_what_spec_and_uri_say_otherwise_is_told(caplog: pytest.LogCaptureFixture, server: S3Server) -> None:
    """Opening a store says in which spec and URI differ, and what counts; and that a folder has no lock."""
    caplog.set_level(logging.WARNING, "urval.store")
    open_store(server.uri("any", lock="GOVERNANCE", retain_days="10"), storage=RULE)
    assert [record.getMessage() for record in caplog.records] == [
        "The spec asks for the lock compliance, the store's URI for governance; compliance counts.",
        "The spec says keep P10Y, the store's URI retain_days=10; the longer counts.",
        "The spec says captures_keep P1Y, the store's URI retain_days=10; the longer counts.",
    ]
    caplog.clear()
    open_store(server.uri("any"), storage=RULE)
    assert caplog.records == []
    open_store("/nowhere", storage=RULE)
    assert "a folder has none" in caplog.text


def test_kinds_that_a_disposal_may_cover_are_not_locked_as_packages_are() -> None:
    """Captures, the register of removed items and what was attached hold people's words: no lasting lock for them."""
    assert LASTING.isdisjoint({"captures", "removals", "reviews", "observations", "probe", "quarantine"})


@pytest.mark.parametrize(
    ("moment", "duration", "expected"),
    [
        ("2026-01-31T10:00:00+00:00", "P1M", "2026-02-28T10:00:00+00:00"),
        ("2028-02-29T10:00:00+00:00", "P1Y", "2029-02-28T10:00:00+00:00"),
        ("2026-11-30T10:00:00+00:00", "P1Y14M2W1D", "2029-02-14T10:00:00+00:00"),
    ],
)
def test_durations_count_by_the_calendar(moment: str, duration: str, expected: str) -> None:
    """Years and months go by the calendar, to the last day where a month is shorter; then weeks and days."""
    assert after(datetime.fromisoformat(moment), duration) == datetime.fromisoformat(expected)


@pytest.mark.server
def test_a_lock_that_credentials_may_not_set_is_told(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader can neither hold nor destroy, and is told so in a sentence; nothing is changed."""
    name = server.bucket(f"lock-{next(_NUMBERS)}", lock=True)
    open_store(server.uri(name)).put("a", b"one")
    for key, value in server.environment(("test-reader", "test-reader-secret")).items():
        monkeypatch.setenv(key, value)
    reader = open_store(server.uri(name))
    for deed in (reader.hold, reader.delete):
        with pytest.raises(StoreError, match="does not allow it with these credentials"):
            deed("a")
    with pytest.raises(ClientError):
        server.client(("test-reader", "test-reader-secret")).put_object(Bucket=name, Key="b", Body=b"")
    assert versions(server.client(), name, "a")
