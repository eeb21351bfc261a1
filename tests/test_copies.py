"""``urval replicate`` and ``urval store repair``: a copy is checked and complete; what is damaged comes back."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import _children
import pytest
from _held_store import held_store, package, place
from _store_versions import versions
from typer.testing import CliRunner

from urval.cli import app
from urval.copies import Outcome, Recorded, keys_of_package, repair, replicate
from urval.errors import ConfigError, StoreError, UrvalError
from urval.holdings import packages, verify_held
from urval.ledger import State, check_chain
from urval.manifest import sha256_hex
from urval.runs import RunPackage, encode, next_run
from urval.store import DirectoryStore, is_crown, ledger_prefix, open_store, read_events, run_prefix
from urval.verify import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from _s3_server import S3Server

    from urval.copies import Repair, Replication
    from urval.ledger import Event
    from urval.runs import RunManifest
    from urval.store import Store

pytest_plugins = ("_s3_server", "_stores")
_NUMBERS = itertools.count()
POSTS, CROWN = "data/tables/posts.parquet", "manifest.json"


@pytest.fixture
def source(tmp_path: Path) -> DirectoryStore:
    """Return a store that holds a capture, a package and their ledger."""
    return held_store(tmp_path)


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Return the server, with the writer's credentials in the environment."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return s3


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def copied(store: Store, to: Store, **more: Any) -> Replication:
    """Replicate as Bo."""
    return replicate(store, to, clock=now, actor="Bo", **more)


def mended(store: Store, copy: Store, *keys: str, confirm: bool = True) -> list[Repair]:
    """Repair as Bo."""
    return repair(store, copy, keys, confirm=confirm, clock=now, actor="Bo")


def content(store: Store) -> dict[str, bytes]:
    """Return everything a store holds."""
    return {key: store.get(key) for key in store.keys("")}


def events(store: Store, state: State) -> list[Event]:
    """Return the events of a state in the ledger, which must be whole."""
    found = read_events(store, ledger_prefix(*place()))
    assert check_chain(found) == []
    return [event for event in found if event.state is state]


def flip(path: Path) -> bytes:
    """Change the last byte of a file past its store, as a failing disk would; return what it was."""
    was = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(was[:-1] + bytes([was[-1] ^ 1]))
    return was


# ---- replicate -------------------------------------------------------------------------------------------------------


def test_a_copy_is_the_store_and_the_second_time_nothing_is_done(source: DirectoryStore, uri: str) -> None:
    """To a folder and to a bucket: all is copied, and said in both ledgers; given again, nothing is done."""
    to = open_store(uri)
    first, second = (copied(source, to) for _ in range(2))
    assert len(first.copied) == len(content(source)) - 1
    assert (first.problems, first.extra, first.events) == ([], [], [ledger_prefix(*place())])
    assert (second.problems, second.copied, second.events) == ([], [], [])
    assert second.same == len(first.copied) + 1
    assert content(to) == content(source)
    (event,) = events(to, State.REPLICATED)
    assert (event.actor, event.refs["to"]) == ("Bo", to.uri)
    of_place = [key for key in first.copied if not key.startswith("ledger/")]
    lines = "".join(f"{sha256_hex(source.get(key))}  {key}\n" for key in sorted(of_place))
    assert (event.refs["objects"], event.refs["tree_sha256"]) == (str(len(of_place)), sha256_hex(lines.encode()))
    report = verify_held(to, next(packages(to)))
    assert report.verdict is not Verdict.NOT_VALID, report.failed()


@pytest.mark.server
def test_a_bucket_comes_back_to_a_folder(source: DirectoryStore, server: S3Server, tmp_path: Path) -> None:
    """From a bucket into a folder every byte arrives; a dry run before says as much and writes nothing."""
    bucket = open_store(
        server.uri(server.bucket(f"back-{next(_NUMBERS)}", lock=True), lock="GOVERNANCE", retain_days="1")
    )
    copied(source, bucket)
    to = open_store(str(tmp_path / "back"))
    dry = copied(bucket, to, dry_run=True)
    assert (len(dry.copied), dry.events, (tmp_path / "back").exists()) == (len(content(bucket)), [], False)
    assert copied(bucket, to).problems == []
    assert content(to) == content(bucket) == content(source)
    assert copied(source, bucket).problems == []  # a copy that is copied on does not write on the ledger


@pytest.mark.parametrize("sealed", [False, True])
def test_the_archive_records_every_objects_digest(tmp_path: Path, sealed: bool) -> None:
    """Of every object of capture, package, seal and ledger it is known which bytes it must have: those it has."""
    source = held_store(tmp_path, sealed=sealed)
    assert sealed == source.exists(f"{package(sealed=sealed)}/manifest.json.sig.tsr")
    recorded = Recorded(source)
    assert {key: recorded.digest(key) for key in source.keys("")} == {
        key: sha256_hex(data) for key, data in content(source).items()
    }


@pytest.mark.parametrize("name", [POSTS, "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", CROWN])
def test_damage_at_the_source_is_found_and_not_copied(source: DirectoryStore, tmp_path: Path, name: str) -> None:
    """A flipped byte anywhere in a package is named, is not copied, and the copy has no package; the rest is there."""
    key = f"{package()}/{name}"
    flip(source.root / key)
    to = open_store(str(tmp_path / "copy"))
    done = copied(source, to)
    damaged = [problem for problem in done.problems if problem.what == "damaged"]
    assert [problem.key for problem in damaged] == [key]
    assert not to.exists(key)
    assert not to.exists(f"{package()}/{CROWN}")
    assert list(packages(to)) == []
    assert any(key.startswith("captures/") and is_crown(key) for key in content(to))
    assert (done.events, events(source, State.REPLICATED)) == ([], [])


def test_what_the_source_has_lost_is_told(source: DirectoryStore, tmp_path: Path) -> None:
    """An object that the archive lists and the store lacks is named, and the package is withheld from the copy."""
    (source.root / package() / POSTS).unlink()
    done = copied(source, open_store(str(tmp_path / "copy")))
    assert [(one.key.removeprefix(f"{package()}/"), one.what) for one in done.problems] == [
        (POSTS, "missing"),
        (CROWN, "withheld"),
    ]


def test_other_bytes_in_the_copy_are_a_finding_and_stay(source: DirectoryStore, uri: str) -> None:
    """Where the copy holds something else under a key it is named, never overwritten, and no event claims the copy."""
    to = open_store(uri)
    key = f"{package()}/{POSTS}"
    to.put(key, b"other")
    to.put("packages/unknown", b"only here")
    done = copied(source, to)
    assert [(one.key.removeprefix(f"{package()}/"), one.what) for one in done.problems] == [
        (POSTS, "conflict"),
        (CROWN, "withheld"),
    ]
    assert (to.get(key), done.extra, done.events) == (b"other", ["packages/unknown"], [])


@pytest.mark.parametrize("moment", [1, 3, 20, 49])
def test_a_killed_replication_goes_on(source: DirectoryStore, tmp_path: Path, moment: int) -> None:
    """Killed anywhere, the copy has no package that is not whole; given again, the rest comes, and only that."""
    to = open_store(str(tmp_path / "copy"))

    def cut_off() -> int:
        _children.die_at(moment, frozenset({"os.link"}))
        return len(copied(source, to).copied)

    assert _children.run(cut_off) is None
    there = content(to)
    assert there.items() <= content(source).items()
    for key in filter(is_crown, there):
        tree = key.rpartition("/")[0]
        assert [one for one in content(source) if one.startswith(tree)] == [
            one for one in there if one.startswith(tree)
        ]
    done = copied(source, to)
    assert (done.problems, done.same, set(done.copied) & set(there)) == ([], len(there), set())
    assert content(to) == content(source)


@pytest.mark.server
def test_a_replication_into_a_bucket_goes_on(source: DirectoryStore, server: S3Server) -> None:
    """Killed on its way into a bucket, it is completed by the same command, and no object has two versions."""
    name = server.bucket(f"cut-{next(_NUMBERS)}", lock=True)

    def cut_off() -> int:
        _children.die_at(40, frozenset({"http.client.send"}))
        return len(copied(source, open_store(server.uri(name))).copied)

    assert _children.run(cut_off) is None
    to = open_store(server.uri(name))
    assert not list(packages(to))
    assert copied(source, to).problems == []
    assert content(to) == content(source)
    assert all(len(versions(server.client(), name, key)) == 1 for key in content(to))


def test_one_account_only(source: DirectoryStore, tmp_path: Path) -> None:
    """With an account named, what concerns it and what concerns all is copied; probes and quarantine never are."""
    for key in (
        "packages/exempelstad/annat/p/i/manifest.json",
        "keys/exempelstad/000001.json",
        "probe/a",
        "quarantine/b",
    ):
        source.put(key, b"{}")
    to = open_store(str(tmp_path / "copy"))
    assert copied(source, to, account=place()[1]).problems == []
    beside = {key for key in content(to) if f"/{place()[1]}/" not in key}
    assert beside == {"keys/exempelstad/000001.json"}


def test_a_store_is_not_its_own_copy(source: DirectoryStore) -> None:
    """Copying or repairing a store from itself is refused."""
    for deed in (lambda: copied(source, source), lambda: mended(source, source, "a")):
        with pytest.raises(ConfigError, match="its"):
            deed()


# ---- repair ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [POSTS, "manifest-sha256.txt", "bag-info.txt", CROWN])
def test_a_flipped_byte_in_a_folder_is_repaired(source: DirectoryStore, tmp_path: Path, name: str) -> None:
    """The right bytes come back, the damaged ones are kept, the ledger tells; and all of it verifies."""
    copy = open_store(str(tmp_path / "copy"))
    copied(source, copy)
    key = f"{package()}/{name}"
    was = flip(source.root / key)
    damaged = source.get(key)
    (dry,) = mended(source, copy, key, confirm=False)
    assert (dry.outcome, source.get(key)) == (Outcome.REPAIRABLE, damaged)
    (one,) = mended(source, copy, key)
    assert (one.outcome, one.found, one.right) == (Outcome.REPAIRED, sha256_hex(damaged), sha256_hex(was))
    assert source.get(key) == was
    assert [source.get(kept) for kept in source.keys("quarantine")] == [damaged]
    (event,) = events(source, State.REPAIRED)
    assert dict(event.refs) == {
        "key": key, "found_sha256": sha256_hex(damaged), "restored_sha256": sha256_hex(was), "from": copy.uri,
    }  # fmt: skip
    assert [again.outcome for again in mended(source, copy, key)] == [Outcome.UNDAMAGED]
    report = verify_held(source, next(packages(source)))
    assert report.verdict is not Verdict.NOT_VALID, report.failed()


@pytest.mark.server
@pytest.mark.parametrize("lock", [True, False])
def test_a_flipped_byte_in_a_bucket_is_repaired(
    source: DirectoryStore, server: S3Server, tmp_path: Path, lock: bool
) -> None:
    """A new version gives the right bytes again; the damaged ones stay as an older version, else in quarantine."""
    name = server.bucket(f"repair-{next(_NUMBERS)}", lock=lock)
    bucket = open_store(server.uri(name))
    copied(source, bucket)
    key = f"{package()}/{POSTS}"
    was = source.get(key)
    damaged = was[:-1] + bytes([was[-1] ^ 1])
    # As a server does that lost a byte: the digest that was recorded stays.
    server.client().put_object(Bucket=name, Key=key, Body=damaged, Metadata={"sha256": sha256_hex(was)})
    with pytest.raises(StoreError, match="other bytes than were put"):
        bucket.get(key)
    spoilt = copied(bucket, open_store(str(tmp_path / "other")))
    assert [(problem.key, problem.what) for problem in spoilt.problems[:1]] == [(key, "damaged")]
    (one,) = mended(bucket, source, key)
    assert (one.outcome, one.found, one.right) == (Outcome.REPAIRED, sha256_hex(damaged), sha256_hex(was))
    assert bucket.get(key) == was
    assert len(versions(server.client(), name, key)) == (3 if lock else 1)
    assert list(bucket.keys("quarantine")) == ([] if lock else [f"quarantine/{sha256_hex(damaged)}"])
    (event,) = events(source, State.REPAIRED)  # the bucket is the copy: it is the original's ledger that tells
    assert (event.refs["key"], event.refs["in"]) == (key, bucket.uri)
    assert copied(source, bucket).problems == []
    assert len(events(bucket, State.REPAIRED)) == 1


def test_a_whole_package_is_repaired_and_nothing_else_touched(source: DirectoryStore, tmp_path: Path) -> None:
    """Of a package with a lost, a damaged and many whole objects, the two come back; the others are the same files."""
    copy = open_store(str(tmp_path / "copy"))
    copied(source, copy)
    keys = keys_of_package(source, copy, package().rpartition("/")[2])
    (source.root / package() / CROWN).unlink()
    flip(source.root / package() / POSTS)
    before = {key: (source.root / key).stat().st_ino for key in keys if (source.root / key).exists()}
    done = mended(source, copy, *keys)
    assert {one.key.removeprefix(f"{package()}/") for one in done if one.outcome is Outcome.REPAIRED} == {CROWN, POSTS}
    after = {key: (source.root / key).stat().st_ino for key in before}
    assert {key for key, number in after.items() if number != before[key]} == {f"{package()}/{POSTS}"}
    assert {one.found for one in done if one.key.endswith(CROWN)} == {"missing"}


SEAL = ["manifest.json.sig", "manifest.json.sig.tsr", "seal/allowed_signers", "seal/sealed.sha256", "seal/tsa.pem"]


@pytest.mark.parametrize("name", SEAL)
def test_a_damaged_seal_is_repaired(tmp_path: Path, name: str) -> None:
    """A flipped byte in a signature, a stamp or what lies beside them is found and comes back."""
    source = held_store(tmp_path, sealed=True)
    copy = open_store(str(tmp_path / "copy"))
    assert copied(source, copy).problems == []
    key = f"{package(sealed=True)}/{name}"
    was = flip(source.root / key)
    (one,) = mended(source, copy, key)
    assert (one.outcome, source.get(key)) == (Outcome.REPAIRED, was)


def test_a_damaged_run_manifest_is_known_by_the_next(source: DirectoryStore, tmp_path: Path) -> None:
    """A run's manifest comes back by the digest that the run after it names; of the newest nothing says it."""
    runs: list[RunManifest] = []
    for name in ("one", "two"):
        listed = RunPackage(account="a", period="p", package_id=name, manifest_sha256="0", signature_sha256=None)
        runs.append(next_run(runs[-1] if runs else None, archive="exempelstad", started_at=now(), ended_at=now(),
                             packages=[listed], seal=None))  # fmt: skip
        source.put(f"{run_prefix('exempelstad', runs[-1].number)}/run.json", encode(runs[-1]))
    copy = open_store(str(tmp_path / "copy"))
    assert copied(source, copy).problems == []
    keys = [f"{run_prefix('exempelstad', number)}/run.json" for number in (1, 2)]
    for key in keys:
        flip(source.root / key)
    assert [one.outcome for one in mended(source, copy, *keys)] == [Outcome.REPAIRED, Outcome.REFUSED]


def test_a_damaged_or_lost_event_is_repaired(source: DirectoryStore, tmp_path: Path) -> None:
    """An event in the middle of the ledger comes back from the copy, and the chain, with the repair, is whole again."""
    copy = open_store(str(tmp_path / "copy"))
    copied(source, copy)
    middle, other = (f"{ledger_prefix(*place())}/{number:06}.json" for number in (2, 4))
    flip(source.root / middle)
    (source.root / other).unlink()
    done = mended(source, copy, middle, other)
    assert [one.outcome for one in done] == [Outcome.REPAIRED, Outcome.REPAIRED]
    assert "ledger could not be told" in done[0].detail
    assert [event.refs["key"] for event in events(source, State.REPAIRED)] == [other]


def test_what_cannot_be_known_is_refused(source: DirectoryStore, tmp_path: Path) -> None:
    """No repair from a damaged copy, of an object it lacks, or of one that nothing records; all stays as it is."""
    copy = open_store(str(tmp_path / "copy"))
    copied(source, copy)
    source.put("occasions/exempelstad/a", b"one")
    both, lost, unknown = f"{package()}/{POSTS}", f"{package()}/bagit.txt", "occasions/exempelstad/a"
    for store in (source, copy):
        assert isinstance(store, DirectoryStore)
        flip(store.root / both)
    (copy.root / lost).unlink()  # type: ignore[attr-defined]
    flip(source.root / lost)
    before = content(source)
    done = mended(source, copy, both, lost, unknown)
    assert [(one.key, one.detail) for one in done] == sorted([
        (both, "the copy is damaged as well"),
        (lost, "the copy does not hold it"),
        (unknown, "nothing records which bytes are right: compare the two by hand"),
    ])  # fmt: skip
    assert content(source) == before


# ---- the commands ----------------------------------------------------------------------------------------------------


def ask(*arguments: object, ends: type[UrvalError] | None = None) -> str:
    """Give a command and return what it printed; it must end well, or with that error."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert (type(done.exception) if done.exception else None) is ends, done.output
    return done.stdout


def test_the_commands_tell_and_end_with_the_right_status(source: DirectoryStore, tmp_path: Path) -> None:
    """Replicating and repairing by command: what was done in words and as JSON; a problem ends with status 1."""
    copy, key = tmp_path / "copy", f"{package()}/{POSTS}"
    assert "would be copied" in ask("replicate", source.root, copy, "--dry-run")
    assert not copy.exists()
    assert "1 ledgers say so now" in ask("replicate", source.root, copy, "--by", "Bo")
    assert json.loads(ask("replicate", source.root, copy, "--json"))["problems"] == []
    assert "undamaged" in ask("store", "repair", source.root, key, "--from", copy)
    flip(source.root / key)
    told = ask("store", "repair", source.root, key, "--from", copy)
    assert "can be repaired" in told
    assert "Give --confirm" in told
    done = json.loads(ask("store", "repair", source.root, "--package", package().rpartition("/")[2],
                          "--from", copy, "--confirm", "--json"))  # fmt: skip
    assert [one["key"] for one in done if one["outcome"] == "repaired"] == [key]
    flip(copy / key)
    assert "conflict" in ask("replicate", source.root, copy, ends=StoreError)
    flip(source.root / key)
    assert "damaged as well" in ask("store", "repair", source.root, key, "--from", copy, ends=StoreError)
    ask("store", "repair", source.root, "--from", copy, ends=ConfigError)
    ask("store", "repair", source.root, "--from", copy, "--package", "none", ends=ConfigError)
    ask("replicate", tmp_path / "absent", copy, ends=StoreError)
