"""The program on a real S3 server with Object Lock: a whole run into a bucket, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from typing import TYPE_CHECKING

import pytest
from _program import ACCOUNTS, city_program, tree

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from _prefect_server import PrefectServer
    from _program import Program
    from _s3_server import S3Server

pytest_plugins = ("_prefect_server", "_s3_server")
pytestmark = pytest.mark.server
_NUMBERS = itertools.count()
_READER = ("test-reader", "test-reader-secret")
_SMALLEST = "exempelstad-nyheter"


@pytest.fixture(scope="module")
def city(s3: S3Server, prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Give a program that reaches the sandbox, the Prefect server and, with the writer's credentials, the bucket."""
    with city_program(tmp_path_factory.mktemp("city")) as (program, _):
        program.environment.update(s3.environment(), PREFECT_API_URL=prefect_server.api)
        yield program


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    """Return a bucket with Object Lock, whose default retention locks whatever is put."""
    name = s3.bucket("arkivet", lock=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}}
    s3.client().put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    return name


@pytest.fixture(scope="module")
def uri(s3: S3Server, bucket: str, city: Program) -> str:
    """Return the store in the bucket after a run into it."""
    place = f"s3://{bucket}/sociala medier?endpoint={s3.endpoint}"
    run = into(city, place)
    assert run.returncode == 0, run.stdout + run.stderr
    return place


def into(city: Program, uri: str, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Capture the city into a store; a later ``--store`` counts."""
    return city.capture("--store", uri, *more, **environment)


def objects(s3: S3Server, bucket: str) -> dict[str, list[str]]:
    """Return key -> versions of everything in a bucket."""
    found: dict[str, list[str]] = {}
    for page in s3.client().get_paginator("list_object_versions").paginate(Bucket=bucket):
        assert page.get("DeleteMarkers", []) == []
        for version in page.get("Versions", []):
            found.setdefault(version["Key"], []).append(version["VersionId"])
    return found


def test_the_bucket_holds_what_a_folder_would(s3: S3Server, bucket: str, city: Program, uri: str) -> None:
    """What a run puts into a bucket is, stamps apart, byte for byte what one into a folder makes; each exists once."""
    assert uri
    run = city.capture()
    assert run.returncode == 0, run.stderr
    held = objects(s3, bucket)
    digests = {
        key.removeprefix("sociala medier/"): hashlib.sha256(
            s3.client().get_object(Bucket=bucket, Key=key)["Body"].read()
        ).hexdigest()
        for key in held
    }
    made = tree(city.store)
    assert digests.keys() == made.keys()
    # A stamp bears the time at which it was given, and the ledger names its digest.
    other = {key for key in made if made[key] != digests[key]}
    stamps = {key for key in made if key.endswith((".tsr", "seal/stamped.sha256"))}
    assert stamps <= other
    assert {key.rpartition("/")[2] for key in other - stamps} == {"000007.json", "000008.json"}  # stamped, verified
    assert all(key.startswith("ledger/") for key in other - stamps)
    assert all(len(versions) == 1 for versions in held.values())


def test_everything_is_locked(s3: S3Server, bucket: str, uri: str) -> None:
    """Every object, captures and ledger too, is under the bucket's retention."""
    assert uri
    for key in objects(s3, bucket):
        assert s3.client().head_object(Bucket=bucket, Key=key)["ObjectLockMode"] == "COMPLIANCE", key


def test_the_store_in_the_bucket_verifies(city: Program, uri: str) -> None:
    """``urval verify s3://…`` passes every check on every package."""
    run = city.run("verify", uri, "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    reports = [report for report in json.loads(run.stdout) if not report["package"].startswith("runs/")]
    assert [report["verdict"] for report in reports] == ["valid"] * 3
    assert all(report["counts"]["not_checked"] == 0 for report in reports)


def test_status_reads_the_ledger_in_the_bucket(city: Program, uri: str) -> None:
    """``urval status s3://…`` names every account, verified."""
    run = city.run("status", uri, "--json")
    assert run.returncode == 0, run.stderr
    assert {row["account"]: row["state"] for row in json.loads(run.stdout)} == dict.fromkeys(ACCOUNTS, "verified")


def test_a_second_run_does_nothing(s3: S3Server, bucket: str, city: Program, uri: str) -> None:
    """Given again, the command says that there is nothing to do, and the bucket has not one version more."""
    before = objects(s3, bucket)
    run = into(city, uri)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("nothing to do") == 3
    assert objects(s3, bucket) == before


def told(run: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check that a run ended with status 1 and text a person can use."""
    text = run.stdout + run.stderr
    assert run.returncode == 1, text
    assert "Traceback" not in text
    assert "fault in Urval" not in text
    for word in words:
        assert word in text, text


def test_credentials_that_may_only_read_are_told(s3: S3Server, city: Program) -> None:
    """With a reader's credentials the run names bucket and remedy, and nothing was written."""
    name = s3.bucket(f"lasbar-{next(_NUMBERS)}", lock=True)
    run = into(city, f"s3://{name}?endpoint={s3.endpoint}", "--account", _SMALLEST, **s3.environment(_READER))
    told(run, f"s3://{name} does not allow it with these credentials", "may list, read and put objects")
    assert objects(s3, name) == {}


def test_a_bucket_that_does_not_exist_is_told(s3: S3Server, city: Program) -> None:
    """A mistyped bucket is named before anything is captured, and not made."""
    run = into(city, f"s3://arkivett?endpoint={s3.endpoint}")
    told(run, "s3://arkivett has no such bucket", "Correct the bucket's name")
    assert "arkivett" not in {entry["Name"] for entry in s3.client().list_buckets()["Buckets"]}
    assert "captured" not in run.stderr


@pytest.mark.parametrize("command", ["capture", "verify", "status", "plan"])
def test_an_endpoint_nobody_answers_is_told(city: Program, command: str) -> None:
    """Every command that needs the store ends in less than a minute with the endpoint to check."""
    uri = "s3://arkivet?endpoint=http://127.0.0.1:1"
    begun = time.monotonic()
    if command == "capture":
        run = into(city, uri)
    elif command == "plan":
        run = city.run("plan", *city.arguments(), "--store", uri)
    else:
        run = city.run(command, uri)
    told(run, "s3://arkivet cannot be reached", "endpoint=")
    assert time.monotonic() - begun < 60
