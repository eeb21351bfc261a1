"""The private keys of an archive's seal: one folder outside the store, each key encrypted as OpenSSH does.

Below the folder, for each archive: ``000001.json`` (the public history, see :mod:`urval.key_history`), ``000001.key``
(the private key, mode 0600, readable by ``ssh-keygen -y``), and from the second on ``000002.json.sig``, the signature
of the key before, so that who knows the first key can follow to the last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_ssh_private_key,
)

from urval.errors import ConfigError
from urval.key_history import KeyEvent, check_chain, decode, encode, next_event, signer_line
from urval.manifest import SealRef, file_sha256
from urval.package.seal.sshsig import fingerprint, public_line, signature

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

SHORTEST = 12  # characters of a passphrase
KEY_NAMESPACE = "urval-key"
_EVENTS = "[0-9]" * 6 + ".json"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that is unlocked. ``secrets`` are the texts that must stand in no package."""

    identity: str
    key: Ed25519PrivateKey
    secrets: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return the key's fingerprint, ``SHA256:…``."""
        return fingerprint(self.key.public_key())

    def sign(self, data: bytes, namespace: str) -> bytes:
        """Return the armoured signature over data for one purpose."""
        return signature(self.key, data, namespace)

    def reference(self, stamps: int) -> SealRef:
        """Return what a manifest says of the seal it will get."""
        return SealRef(identity=self.identity, key=self.fingerprint, stamps=stamps)

    def line(self) -> bytes:
        """Return the line that ``ssh-keygen -Y verify -f`` takes."""
        return signer_line(self.identity, public_line(self.key.public_key()))


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The keys of one archive, in ``place/<archive>``."""

    place: Path
    archive: str

    @property
    def folder(self) -> Path:
        """Return where they lie."""
        return self.place / self.archive

    def newest(self) -> str:
        """Return the digest of the newest event; "" where there is none."""
        paths = sorted(self.folder.glob(_EVENTS))
        return file_sha256(paths[-1]) if paths else ""

    def history(self) -> list[KeyEvent]:
        """Return the history, oldest first; empty where there is none.

        Raises:
            VerificationError: An event of it was changed.
            ConfigError: It is no unbroken chain.
        """
        paths = sorted(self.folder.glob(_EVENTS))
        events = [decode(path.read_bytes()) for path in paths]
        problems = check_chain(events)
        if problems:
            raise ConfigError(problems[0], next_step=f"Restore {self.folder} from a backup.")
        return events

    def signatures(self) -> dict[int, bytes]:
        """Return number -> the signature of the key before, for each event that bears one."""
        return {int(path.name[:6]): path.read_bytes() for path in sorted(self.folder.glob(f"{_EVENTS}.sig"))}

    def create(
        self, act: Literal["new", "rotate"], *, identity: str, passphrase: str, at: datetime,
        ended_at: datetime | None = None, reason: str = "", before: Signer | None = None,
    ) -> KeyEvent:  # fmt: skip
        """Make a key; ``before`` is the one it replaces, whose signature leads to it, where it is not lost.

        Raises:
            ConfigError: The passphrase is too short, the history does not allow it, or the folder cannot be written.
        """
        if len(passphrase) < SHORTEST:
            raise ConfigError(
                f"the passphrase of a seal key needs {SHORTEST} characters at least",
                next_step="Choose a longer one, and keep it apart from the key.",
            )
        key = Ed25519PrivateKey.generate()
        event = next_event(
            self.history(), act, archive=self.archive, identity=identity, at=at, ended_at=ended_at, reason=reason,
            public_key=public_line(key.public_key()), fingerprint=fingerprint(key.public_key()),
        )  # fmt: skip
        sealed = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(passphrase.encode()))
        self._write(f"{event.number:06}.key", sealed)
        self._record(event, before)
        return event

    def retire(self, *, at: datetime, ended_at: datetime | None, reason: str, before: Signer | None) -> KeyEvent:
        """End the newest key without another.

        Raises:
            ConfigError: There is none, or the folder cannot be written.
        """
        events = self.history()
        identity = events[-1].identity if events else ""
        event = next_event(
            events, "retire", archive=self.archive, identity=identity, at=at, ended_at=ended_at, reason=reason
        )
        self._record(event, before)
        return event

    def unlock(self, passphrase: str) -> Signer:
        """Return the newest key, ready to sign.

        Raises:
            ConfigError: There is no key, it cannot be read, or the passphrase is wrong.
        """
        events = self.history()
        if not events or events[-1].act == "retire":
            raise ConfigError(
                f"there is no seal key of {self.archive} in {self.folder}",
                next_step="Make one with: urval keys new --spec FILE. Or name the folder with URVAL_KEYS.",
            )
        path = self.folder / f"{events[-1].number:06}.key"
        try:
            key = load_ssh_private_key(path.read_bytes(), passphrase.encode())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            cause = error.strerror if isinstance(error, OSError) else "the passphrase is wrong, or the file is damaged"
            raise ConfigError(
                f"the seal key {path} cannot be opened: {cause}",
                next_step="Set URVAL_KEY_PASSPHRASE, or what 'passphrase' of the spec's 'seal' refers to.",
            ) from error
        if not isinstance(key, Ed25519PrivateKey) or fingerprint(key.public_key()) != events[-1].fingerprint:
            raise ConfigError(
                f"the seal key {path} is not the one its history names",
                next_step=f"Restore {self.folder} from a backup.",
            )
        return Signer(events[-1].identity, key, (passphrase,))

    def _record(self, event: KeyEvent, before: Signer | None) -> None:
        data = encode(event)
        if before is not None:
            self._write(f"{event.number:06}.json.sig", before.sign(data, KEY_NAMESPACE))
        self._write(f"{event.number:06}.json", data)

    def _write(self, name: str, data: bytes) -> None:
        """Create a file that only its owner reads; one that is there stays."""
        path = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written: {error.strerror}",
                next_step="Name a folder of your own with --keys, or set a file aside that a stopped command left.",
            ) from error
