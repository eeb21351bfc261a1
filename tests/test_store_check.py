"""``urval store check``: what each kind of store is found to enforce, and that nothing is left behind."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from _program import ROOT
from _store_versions import versions
from typer.testing import CliRunner

from urval.cli.stores import app
from urval.errors import ConfigError, StoreError
from urval.spec import StorageRule
from urval.store import Answer, StoreCheck, check_store, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from _s3_server import S3Server

pytest_plugins = ("_s3_server",)
SPECS = ROOT / "archive_specs"
_NUMBERS = itertools.count()
COMPLIANCE = StorageRule(lock="compliance", keep="P10Y", captures_keep="P1Y")


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Return the server, with the writer's credentials in the environment."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return s3


def answers(found: StoreCheck | tuple[str, ...]) -> dict[str, str]:
    """Return name -> answer of what was found by trying."""
    assert isinstance(found, StoreCheck)
    return {line.name: str(line.answer) for line in found.lines}


def left(server: S3Server, bucket: str) -> list[str]:
    """Return every key of a bucket that has a version or a marker, in order."""
    listed = server.client().list_object_versions(Bucket=bucket)
    return sorted({one["Key"] for kind in ("Versions", "DeleteMarkers") for one in listed.get(kind, [])})


ALWAYS = {
    "create_once": "yes",
    "create_once_in_parts": "yes",
    "sha256": "yes",
    "read_after_write": "yes",
    "listing_order": "no",  # SeaweedFS 4.48; the store sorts
    "clock": "yes",
}


@pytest.mark.server
@pytest.mark.parametrize(
    ("kind", "expected", "failed"),
    [
        ("plain", {"versioning": "no", "object_lock": "no", "governance": "no", "legal_hold": "no"}, 3),
        ("versioned", {"versioning": "yes", "object_lock": "no", "governance": "no", "legal_hold": "no"}, 2),
        ("locked", {"versioning": "yes", "object_lock": "yes", "governance": "yes", "legal_hold": "yes"}, 0),
    ],
)
def test_a_bucket_is_found_to_be_what_it_is(server: S3Server, kind: str, expected: dict[str, str], failed: int) -> None:
    """Without Object Lock, with versioning only, and with a lock: each answer is the true one, and nothing stays."""
    name = server.bucket(f"{kind}-{next(_NUMBERS)}", lock=kind == "locked")
    if kind == "versioned":
        server.client().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    open_store(server.uri(f"{name}/deep")).put("packages/a", b"one")
    found = check_store(server.uri(f"{name}/deep"), storage=COMPLIANCE)
    assert answers(found) == ALWAYS | expected | {"default_retention": "no", "compliance": "cannot tell"}
    assert isinstance(found, StoreCheck)
    assert (len(found.failed), found.left) == (failed, ())
    assert left(server, name) == ["deep/packages/a"]
    if kind == "plain":
        relaxed = check_store(server.uri(name))
        assert isinstance(relaxed, StoreCheck)
        assert relaxed.failed == ()  # nobody asked for a lock


@pytest.mark.server
def test_compliance_is_tried_when_told(server: S3Server) -> None:
    """A compliance lock is found to refuse deletion and shortening; its object is named, with its end."""
    name = server.bucket(f"tried-{next(_NUMBERS)}", lock=True)
    found = check_store(server.uri(name), storage=COMPLIANCE, compliance=True)
    assert isinstance(found, StoreCheck)
    told = answers(found)
    assert (told["compliance"], told["compliance_shortening"], found.failed) == ("yes", "yes", ())
    (key,) = left(server, name)
    assert found.left[0].startswith(f"{key} (locked until ")
    assert key.startswith("probe/")
    (version,) = versions(server.client(), name, key)
    until = server.client().head_object(Bucket=name, Key=key, VersionId=version)["ObjectLockRetainUntilDate"]
    assert until.timestamp() - server.client().head_object(Bucket=name, Key=key)["LastModified"].timestamp() <= 61


@pytest.mark.server
def test_a_default_retention_does_not_keep_the_probes(server: S3Server) -> None:
    """Where the bucket locks for years by itself, the probes go all the same; what it means for captures is told."""
    name = server.bucket(f"default-{next(_NUMBERS)}", lock=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}}
    server.client().put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    found = check_store(server.uri(name), storage=StorageRule(lock="compliance", keep="P10Y"))
    assert isinstance(found, StoreCheck)
    assert [line.name for line in found.failed] == ["default_retention"]
    assert "disposal would be refused" in found.failed[0].means
    assert (found.left, left(server, name)) == ((), [])
    assert answers(check_store(server.uri(name), storage=COMPLIANCE))["default_retention"] == "yes"


@pytest.mark.server
def test_a_bucket_that_cannot_be_tried_is_told(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that is not there, and credentials that may not write, are one sentence, not a row of 'no'."""
    with pytest.raises(StoreError, match="has no such bucket"):
        check_store(server.uri("mistyped"))
    name = server.bucket(f"reader-{next(_NUMBERS)}", lock=True)
    for key, value in server.environment(("test-reader", "test-reader-secret")).items():
        monkeypatch.setenv(key, value)
    with pytest.raises(StoreError, match="does not allow it with these credentials; it was not checked"):
        check_store(server.uri(name))
    assert left(server, name) == []


def test_a_directory_says_what_it_cannot(tmp_path: Path) -> None:
    """A folder creates once and syncs; it locks nothing, and says so; its permissions are looked at."""
    (tmp_path / "store").mkdir(mode=0o777)
    (tmp_path / "store").chmod(0o775)
    store = open_store(str(tmp_path / "store"))
    store.put("packages/a", b"one")
    found = check_store(str(tmp_path / "store"))
    assert isinstance(found, StoreCheck)
    told = answers(found)
    assert [told[name] for name in ("create_once", "tree_once", "read_after_write")] == ["yes"] * 3
    assert [told[name] for name in ("object_lock", "legal_hold", "permissions")] == ["no"] * 3
    assert (found.failed, list(store.keys(""))) == ((), ["packages/a"])
    (demanded,) = [line for line in found.lines if line.name == "permissions"]
    assert "its group" in demanded.means
    asked = check_store(str(tmp_path / "store"), storage=COMPLIANCE)
    assert isinstance(asked, StoreCheck)
    assert [(line.name, line.answer) for line in asked.failed] == [("object_lock", Answer.NO)]


def ask(*arguments: str) -> Any:
    """Give ``urval store`` and return its result."""
    return CliRunner().invoke(app, list(arguments))


def test_the_command_tells_and_ends_with_the_right_status(tmp_path: Path) -> None:
    """Status 0 and plain lines where all that is relied on holds, 1 where the spec's lock is not kept; JSON alike."""
    store = tmp_path / "store"
    store.mkdir()
    fine = ask("check", str(store))
    assert fine.exit_code == 0, fine.output
    assert "A directory cannot lock" in fine.output
    spec = tmp_path / "spec.yaml"
    text = (SPECS / "exempelstad.yaml").read_text(encoding="utf-8")
    spec.write_text(f"{text}\nstorage: {{lock: compliance, keep: P10Y}}\n", encoding="utf-8")
    refused = ask("check", str(store), "--spec", str(spec), "--json")
    assert isinstance(refused.exception, StoreError)
    told = json.loads(refused.stdout)
    assert (told["holds"], [line["name"] for line in told["lines"] if line["fails"]]) == (False, ["object_lock"])
    assert isinstance(ask("check", str(tmp_path / "absent")).exception, StoreError)
    assert isinstance(ask("check", "ftp://x").exception, ConfigError)


def test_a_dry_run_touches_nothing(tmp_path: Path) -> None:
    """What would be tried is told, of a folder and of a bucket that is not even there."""
    (tmp_path / "store").mkdir()
    for place in (str(tmp_path / "store"), "s3://nowhere?endpoint=http://127.0.0.1:1"):
        told = ask("check", place, "--dry-run", "--compliance")
        assert told.exit_code == 0, told.output
        assert "Nothing was touched." in told.output
    assert "compliance" in told.output
    assert list((tmp_path / "store").iterdir()) == []
