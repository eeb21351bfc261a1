"""Sealing packages with the tools that anybody has: ssh-keygen and openssl, not the writer's own code."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _authority import LocalAuthority, authority
from _sample_package import copy_of, whole_package
from _tampering import Tampering

from urval.verify import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IDENTITY = "arkiv@exempelstad.example"
NAMESPACES = "urval-manifest,urval-run,urval-key"


@dataclass(frozen=True)
class Key:
    """A key of ``ssh-keygen``, without a passphrase."""

    path: Path
    identity: str

    @property
    def public(self) -> str:
        """Return ``ssh-ed25519 AAAA…``."""
        return " ".join(self.path.with_suffix(".pub").read_text().split()[:2])

    @property
    def fingerprint(self) -> str:
        """Return what ``ssh-keygen -l`` prints."""
        run = subprocess.run(["ssh-keygen", "-lf", self.path], check=True, capture_output=True, text=True)
        return run.stdout.split()[1]

    def line(self, *, times: str = "", namespaces: str = NAMESPACES) -> bytes:
        """Return the line of a list of keys."""
        return f'{self.identity} namespaces="{namespaces}"{"," if times else ""}{times} {self.public}\n'.encode()

    def sign(self, document: Path, namespace: str) -> None:
        """Write the signature of a file beside it."""
        document.with_name(f"{document.name}.sig").unlink(missing_ok=True)
        command = ["ssh-keygen", "-Y", "sign", "-f", self.path, "-n", namespace, document]
        subprocess.run(command, check=True, capture_output=True)


@cache
def key(name: str = "one", identity: str = IDENTITY) -> Key:
    """Return a key that is made once a process."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-key-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    path = scratch / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return Key(path, identity)


def write_seal(folder: Path, by: Key, document: str = "manifest.json", namespace: str = "urval-manifest") -> None:
    """Sign a document and write what lies beside its signature."""
    by.sign(folder / document, namespace)
    (folder / "seal").mkdir(exist_ok=True)
    (folder / "seal" / "allowed_signers").write_bytes(by.line())
    write_listing(folder, "seal/sealed.sha256", [f"{document}.sig", "seal/allowed_signers"])


def add_stamp(
    folder: Path, by: LocalAuthority, number: int = 1, *, lists: bytes | None = None, document: str = "manifest.json"
) -> None:
    """Stamp the signature and write what lies beside the stamp."""
    answer = by.stamp((folder / f"{document}.sig").read_bytes())
    keep_stamp(folder, answer, by.chain, number, lists=lists, document=document)


def keep_stamp(
    folder: Path, answer: bytes, chain: bytes, number: int = 1, *, lists: bytes | None = None,
    document: str = "manifest.json",
) -> None:  # fmt: skip
    """Write a stamp, its chain and revocation list, and the listing of these."""
    part = "" if number == 1 else f".{number}"
    files = {f"{document}.sig{part}.tsr": answer, f"seal/tsa{part}.pem": chain}
    if lists is not None:
        files[f"seal/tsa{part}.crl.pem"] = lists
    for name, data in files.items():
        (folder / name).write_bytes(data)
    write_listing(folder, f"seal/stamped{part}.sha256", list(files))


def write_listing(folder: Path, listing: str, names: Sequence[str]) -> None:
    """Write a listing as ``sha256sum`` does."""
    digests = ((hashlib.sha256((folder / name).read_bytes()).hexdigest(), name) for name in names)
    (folder / listing).write_text("".join(f"{digest}  {name}\n" for digest, name in digests))


def date(t: Tampering, at: datetime, *, clock: str = "system") -> None:
    """Let capture, proposal and approvals have happened in the hour before ``at``."""
    stated = [at - timedelta(minutes=minutes) for minutes in (50, 40, 30, 10)]
    started, ended, proposed, approved = (one.isoformat().replace("+00:00", "Z") for one in stated)
    t.manifest["capture"] |= {"started_at": started, "ended_at": ended, "clock": clock}
    t.manifest["review"]["proposed_at"] = proposed
    for one in (*t.manifest["review"]["approvals"], *t.manifest["review"]["changes"]):
        one["at"] = approved


def seal_copy(
    folder: Path, by: Key, stampers: Sequence[LocalAuthority] = (), *,
    wanted: int | None = None, at: datetime | None = None, clock: str = "system",
    change: Callable[[Tampering], None] = lambda _: None, lists: bytes | None = None,
) -> Path:  # fmt: skip
    """Make a copy of a package one that is sealed: its manifest names the key, and the seal's files lie beside it."""
    for name in (*folder.glob("manifest.json.sig*"), *folder.glob("seal/*")):
        name.unlink()
    t = Tampering(folder)
    t.manifest["seal"] = {
        "identity": by.identity,
        "key": by.fingerprint,
        "stamps": len(stampers) if wanted is None else wanted,
    }
    date(t, at or datetime.now(UTC), clock=clock)
    change(t)
    sealed = t.seal()
    write_seal(sealed, by)
    for number, stamper in enumerate(stampers, 1):
        add_stamp(sealed, stamper, number, lists=lists)
    return sealed


@cache
def sealed_package() -> Path:
    """Return a sealed and stamped package that is made once a process; alter copies only."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-sealed-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    return seal_copy(copy_of(whole_package(), scratch), key(), [authority()])


def sealed_copy(scratch: Path) -> Path:
    """Return a copy of the sealed package, to alter."""
    return Path(shutil.copytree(sealed_package(), scratch / sealed_package().name))


def trust(by: Key | None = None, *, times: str = "", authorities: bytes | None = None) -> Trust:
    """Return trust in a key and an authority, those of the sealed package where not told."""
    listed = (by or key()).line(times=times)
    return Trust(
        allowed_signers=listed,
        keys_from="keys",
        signed=True,
        authorities=authority().ca if authorities is None else authorities,
        now=datetime.now(UTC),
    )
