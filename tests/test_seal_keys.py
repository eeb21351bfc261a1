"""The seal's keys and signatures: what ssh-keygen reads and makes, and a history in which every key has its time."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from _keys import ARCHIVE, IDENTITY, PASSPHRASE, key_place
from _program import SPEC, program
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.errors import ConfigError, StoreConflictError, VerificationError
from urval.key_history import allowed_signers, check_chain, decode, encode, next_event, validities
from urval.package.seal import (
    KEY_NAMESPACE,
    KeyFolder,
    Signer,
    fingerprint,
    listing_of,
    public_line,
    seal_files,
    signature,
)
from urval.store import DirectoryStore, put_key_history, read_allowed_signers, read_key_history

if TYPE_CHECKING:
    from pathlib import Path

T0 = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)


def ssh_keygen(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen."""
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=given, capture_output=True, check=False)


def verified(
    folder: Path, signers: bytes, data: bytes, signed: bytes, namespace: str, at: datetime | None = None
) -> bool:
    """Tell whether ssh-keygen takes a signature, by a list of keys, at a time."""
    (folder / "signers").write_bytes(signers)
    (folder / "sig").write_bytes(signed)
    when = [f"-Overify-time={at:%Y%m%d%H%M%S}Z"] if at else []
    run = ssh_keygen(
        "-Y",
        "verify",
        "-f",
        folder / "signers",
        "-I",
        IDENTITY,
        "-n",
        namespace,
        "-s",
        folder / "sig",
        *when,
        given=data,
    )
    return run.returncode == 0


def made(folder: Path) -> tuple[KeyFolder, list[datetime]]:
    """Return a folder with three keys, the second ended before its time was up, and when each began."""
    keys, begins = KeyFolder(folder, ARCHIVE), [T0 + timedelta(days=365 * year) for year in range(3)]
    keys.create("new", identity=IDENTITY, passphrase=PASSPHRASE, at=begins[0])
    keys.create(
        "rotate",
        identity=IDENTITY,
        passphrase=PASSPHRASE,
        at=begins[1],
        reason="every year",
        before=keys.unlock(PASSPHRASE),
    )
    keys.create(
        "rotate", identity=IDENTITY, passphrase="en annan lösenfras", at=begins[2], reason="stolen",
        ended_at=begins[2] - timedelta(days=30), before=keys.unlock(PASSPHRASE),
    )  # fmt: skip
    return keys, begins


@given(data=st.binary(max_size=300), namespace=st.sampled_from(["urval-manifest", "urval-run", "file"]))
@settings(max_examples=10, deadline=None)
def test_a_signature_is_what_ssh_keygen_makes(data: bytes, namespace: str) -> None:
    """With the same key, the same bytes and the same purpose, ours and ssh-keygen's are equal, byte for byte."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        key, file = Path(name) / "key", Path(name) / "file"
        key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        key.chmod(0o600)
        file.write_bytes(data)
        assert ssh_keygen("-Y", "sign", "-f", key, "-n", namespace, file).returncode == 0
        assert file.with_name("file.sig").read_bytes() == signature(KEY, data, namespace)


def test_a_fingerprint_is_what_ssh_keygen_prints(tmp_path: Path) -> None:
    """The fingerprint that manifests name can be compared by eye with what ssh-keygen says of the public key."""
    (tmp_path / "key.pub").write_text(public_line(KEY.public_key()) + "\n")
    said = ssh_keygen("-l", "-f", tmp_path / "key.pub").stdout.decode()
    assert fingerprint(KEY.public_key()) in said


def test_the_files_of_a_seal_are_checked_with_ordinary_tools(tmp_path: Path) -> None:
    """The listing passes sha256sum, the signature ssh-keygen, and sealing again gives the same files."""
    signer, document = Signer(IDENTITY, KEY), b'{"a":1}'
    files = seal_files(signer, document, namespace="urval-manifest")
    assert files == seal_files(signer, document, namespace="urval-manifest")
    assert list(files) == ["manifest.json.sig", "seal/allowed_signers", "seal/sealed.sha256"]
    (tmp_path / "seal").mkdir()
    for path, data in files.items():
        (tmp_path / path).write_bytes(data)
    run = subprocess.run(["sha256sum", "--check", "--strict", "seal/sealed.sha256"], cwd=tmp_path, check=False)
    assert run.returncode == 0
    signers, signed = files["seal/allowed_signers"], files["manifest.json.sig"]
    assert verified(tmp_path, signers, document, signed, "urval-manifest")
    assert not verified(tmp_path, signers, document + b" ", signed, "urval-manifest")
    assert not verified(tmp_path, signers, document, signed, "file")
    assert listing_of({}) == b""


def test_a_key_is_encrypted_at_rest_and_opens_in_ssh_keygen(tmp_path: Path) -> None:
    """The file is its owner's alone, opens with the passphrase in ssh-keygen as here, and with no other."""
    keys, _ = made(tmp_path)
    path = keys.folder / "000001.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert (
        ssh_keygen("-y", "-P", PASSPHRASE, "-f", path).stdout.decode().split()[:2]
        == keys.history()[0].public_key.split()
    )
    assert ssh_keygen("-y", "-P", "wrong", "-f", path).returncode != 0
    with pytest.raises(ConfigError, match="the passphrase is wrong"):
        keys.unlock(PASSPHRASE)  # the newest one has another
    assert keys.unlock("en annan lösenfras").fingerprint == keys.history()[2].fingerprint


def test_each_key_counts_in_its_time_only(tmp_path: Path) -> None:
    """By the published list ssh-keygen takes a signature in the key's time, not before, after, or once it is lost."""
    keys, begins = made(tmp_path)
    signers = allowed_signers(keys.history())
    second = validities(keys.history())[1]
    assert second.ends == begins[2] - timedelta(days=30)
    signed = Signer(IDENTITY, _second(keys)).sign(b"data", "urval-manifest")
    day = timedelta(days=1)
    cases = {begins[1] - day: False, begins[1] + day: True, second.ends - day: True, second.ends + day: False}
    for at, expected in cases.items():
        assert verified(tmp_path, signers, b"data", signed, "urval-manifest", at) is expected, at


def _second(keys: KeyFolder) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    key = load_ssh_private_key((keys.folder / "000002.key").read_bytes(), PASSPHRASE.encode())
    assert isinstance(key, Ed25519PrivateKey)
    return key


def test_the_first_key_leads_to_the_last(tmp_path: Path) -> None:
    """Each new key's event is signed by the key before it, for this purpose alone."""
    keys, begins = made(tmp_path)
    events, signed = keys.history(), keys.signatures()
    assert sorted(signed) == [2, 3]
    for number in signed:
        at = begins[number - 2] + timedelta(days=1)
        list_ = allowed_signers(events[: number - 1])
        assert verified(tmp_path, list_, encode(events[number - 1]), signed[number], KEY_NAMESPACE, at)


def test_a_history_tells_every_change(tmp_path: Path) -> None:
    """A changed, dropped, moved or added event is found; what the order does not allow is refused."""
    events = made(tmp_path)[0].history()
    assert check_chain(events) == []
    assert check_chain(events[1:])
    assert check_chain([events[0], events[2]])
    assert check_chain([*events, events[2]])
    changed = json.loads(encode(events[1]))
    changed["reason"] = "another"
    assert check_chain(
        [events[0], decode(json.dumps(changed, separators=(",", ":"), sort_keys=True).encode()), events[2]]
    )
    with pytest.raises(VerificationError, match="was changed"):
        decode(encode(events[0]) + b" ")
    with pytest.raises(VerificationError, match="cannot be read"):
        decode(b"{}")
    for act, before in (("new", events), ("rotate", []), ("retire", [])):
        with pytest.raises(ConfigError, match="out of order"):
            next_event(before, act, archive=ARCHIVE, identity=IDENTITY, at=T0 + timedelta(days=9999))
    with pytest.raises(ConfigError, match="earlier than the one before"):
        next_event(events, "rotate", archive=ARCHIVE, identity=IDENTITY, at=T0)


def test_a_retired_key_signs_no_more_and_a_first_one_may_follow(tmp_path: Path) -> None:
    """After the end of the newest key nothing is signed until there is a new one."""
    keys = KeyFolder(tmp_path, ARCHIVE)
    with pytest.raises(ConfigError, match="there is no seal key"):
        keys.unlock(PASSPHRASE)
    keys.create("new", identity=IDENTITY, passphrase=PASSPHRASE, at=T0)
    keys.retire(at=T0 + timedelta(days=1), ended_at=None, reason="the city merges", before=keys.unlock(PASSPHRASE))
    assert validities(keys.history())[0].ends == T0 + timedelta(days=1)
    with pytest.raises(ConfigError, match="there is no seal key"):
        keys.unlock(PASSPHRASE)
    keys.create("new", identity=IDENTITY, passphrase=PASSPHRASE, at=T0 + timedelta(days=2))
    assert keys.unlock(PASSPHRASE).fingerprint == keys.history()[2].fingerprint


def test_a_key_that_is_not_its_historys_is_refused(tmp_path: Path) -> None:
    """A key file put in the place of another does not sign."""
    keys, _ = made(tmp_path)
    other = KeyFolder(tmp_path / "other", ARCHIVE)
    other.create("new", identity=IDENTITY, passphrase="en annan lösenfras", at=T0)
    (keys.folder / "000003.key").write_bytes((other.folder / "000001.key").read_bytes())
    with pytest.raises(ConfigError, match="is not the one its history names"):
        keys.unlock("en annan lösenfras")


def test_the_history_in_a_store_grows_and_never_changes(tmp_path: Path) -> None:
    """A store takes the history again and again, longer each time; another history of the archive is refused."""
    keys, store = made(tmp_path / "keys")[0], DirectoryStore(tmp_path / "store")
    assert read_allowed_signers(store, ARCHIVE) is None
    events, signed = keys.history(), keys.signatures()
    for count in (1, 2, 2, 3):
        put_key_history(store, ARCHIVE, events[:count], signed)
        assert read_key_history(store, ARCHIVE) == events[:count]
    assert read_allowed_signers(store, ARCHIVE) == allowed_signers(events)
    other = KeyFolder(tmp_path / "other", ARCHIVE)
    other.create("new", identity=IDENTITY, passphrase=PASSPHRASE, at=T0)
    with pytest.raises(StoreConflictError):
        put_key_history(store, ARCHIVE, other.history(), {})


def test_keys_are_made_shown_and_replaced_by_the_command(tmp_path: Path) -> None:
    """The command makes a key, refuses a second first one, replaces it, and prints the list for ssh-keygen."""
    urval = program(tmp_path, URVAL_KEYS=str(tmp_path / "keys"), URVAL_KEY_PASSPHRASE=PASSPHRASE)
    given_spec = ("--spec", SPEC)
    empty = urval.run("keys", "show", *given_spec)
    assert (empty.returncode, "Make one with: urval keys new" in empty.stderr) == (2, True)
    short = urval.run("keys", "new", *given_spec, URVAL_KEY_PASSPHRASE="short")
    assert (short.returncode, "12 characters at least" in short.stderr) == (2, True)
    first = urval.run("keys", "new", *given_spec, "--at", "2026-01-01T00:00:00Z")
    assert first.returncode == 0, first.stderr
    assert PASSPHRASE not in first.stdout + first.stderr
    again = urval.run("keys", "new", *given_spec)
    assert (again.returncode, "urval keys rotate" in again.stderr) == (2, True)
    assert urval.run("keys", "rotate", *given_spec, "--reason", "varje år").returncode == 0
    shown = urval.run("keys", "show", *given_spec)
    assert shown.stdout.count("SHA256:") == 2
    assert "valid now" in shown.stdout.splitlines()[1]
    listed = urval.run("keys", "show", "--allowed-signers", *given_spec).stdout
    assert listed.splitlines()[0].startswith(
        f'{IDENTITY} namespaces="urval-manifest,urval-run,urval-key",valid-after="20260101'
    )


def test_the_tests_own_key_opens() -> None:
    """What every run of these tests signs with is a key as the command makes it."""
    assert KeyFolder(key_place(), ARCHIVE).unlock(PASSPHRASE).identity == IDENTITY
