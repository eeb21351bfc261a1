"""The seal of what is stored: the key that signs, and the authorities that stamp the time.

The signature is made before the package is stored, and is the same each time. Stamps come after it, each as files of
their own, so that an authority that does not answer delays nothing: the package is signed and unstamped, and every
later run, or ``urval seal``, asks again.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._time_stamp import ask
from flows.credentials import resolve
from urval.errors import ConfigError, SourceError
from urval.package.seal import (
    Authority,
    KeyFolder,
    Signer,
    checked_stamp,
    listing_of,
    names_of,
    seal_files,
    stamp_query,
)
from urval.store import put_key_history

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.run import Run
    from urval.package.seal import StampNames
    from urval.spec import ArchiveSpec
    from urval.spec.sealing import SealRule, TimeStampAuthority
    from urval.store import Store

KEYS = "URVAL_KEYS"
MANIFEST, RUN = "manifest.json", "run.json"
NAMESPACE = {MANIFEST: "urval-manifest", RUN: "urval-run"}
log = logging.getLogger("flows.sealing")


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stamp beside a document: its number, from 1, the authority's id, the bytes of its answer."""

    number: int
    authority: str
    answer: bytes


def key_folder(archive: str, folder: Path | None = None) -> KeyFolder:
    """Return the keys of an archive: below the folder given, else ``URVAL_KEYS``, else the user's own."""
    place = folder or Path(os.environ.get(KEYS) or Path.home() / ".config" / "urval" / "keys")
    return KeyFolder(place, archive)


def signer_of(spec: ArchiveSpec) -> Signer | None:
    """Return the unlocked key that the spec's packages are signed with; None where the spec has none sign them.

    Raises:
        ConfigError: There is no key, its passphrase is missing or wrong, or it is another identity's than the spec's.
    """
    if spec.seal is None:
        return None
    keys = key_folder(spec.archive.id)
    signer = _unlocked(keys, keys.newest(), resolve(spec.seal.passphrase) or "")
    if signer.identity != spec.seal.identity:
        raise ConfigError(
            f"the newest seal key of {spec.archive.id} is {signer.identity}'s, and the spec names {spec.seal.identity}",
            next_step="Correct 'identity' of the spec's 'seal', or give: urval keys rotate",
        )
    return signer


@lru_cache(maxsize=4)
def _unlocked(keys: KeyFolder, _newest: str, passphrase: str) -> Signer:
    """Open a key once in a process: its passphrase is made slow to try on purpose."""
    return keys.unlock(passphrase)


def publish_keys(spec: ArchiveSpec, store: Store) -> None:
    """Put the history of the archive's keys into the store, where everybody may read it."""
    keys = key_folder(spec.archive.id)
    put_key_history(store, spec.archive.id, keys.history(), keys.signatures())


def write_seal(signer: Signer, folder: Path, name: str = MANIFEST) -> None:
    """Sign the document that lies in a folder, and write the files of the seal beside it."""
    for path, data in _seal_files(signer, (folder / name).read_bytes(), name).items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)


def put_seal(signer: Signer, store: Store, prefix: str, name: str) -> None:
    """Sign the document that lies in the store, and put the files of the seal beside it."""
    for path, data in _seal_files(signer, store.get(f"{prefix}/{name}"), name).items():
        store.put(f"{prefix}/{path}", data)


def _seal_files(signer: Signer, document: bytes, name: str) -> dict[str, bytes]:
    return seal_files(signer, document, name=name, namespace=NAMESPACE[name])


def add_stamps(run: Run, rule: SealRule, wanted: int, prefix: str, name: str = MANIFEST) -> Iterator[Stamped]:
    """Yield the stamps of a signed document, and add those it lacks.

    A stamp whose other files a killed run did not write gets them now. One that is whole and of an authority the spec
    names no more is left alone, and not told.

    Args:
        run: The run, with the store and the ways to the authorities.
        rule: The spec's, with the authorities.
        wanted: How many stamps the document shall have, each by another authority.
        prefix: Where the document lies.
        name: The document's file name.

    Raises:
        SourceError: No authority that is left gave a stamp; the sentence names each and why.
    """
    store = run.store
    signature = store.get(f"{prefix}/{name}.sig")
    left = {one.id: _authority(one) for one in rule.time_stamps}
    for number in range(1, wanted + 1):
        names = names_of(number, name)
        if store.exists(f"{prefix}/{names.listing}"):
            chain = store.get(f"{prefix}/{names.chain}")
            authority = next((one for one in left.values() if one.certificates == chain), None)
            if authority is None:
                continue
            answer = store.get(f"{prefix}/{names.answer}")
        else:
            authority, answer = _new(run, signature, left, f"{prefix}/{names.answer}")
            for path, data in _stamp_files(names, answer, authority).items():
                store.put(f"{prefix}/{path}", data)
        del left[authority.id]
        yield Stamped(number, authority.id, answer)


def lacking(store: Store, prefix: str, wanted: int, name: str = MANIFEST) -> int:
    """Return how many of the stamps a document shall have are not whole beside it."""
    return sum(not store.exists(f"{prefix}/{names_of(number, name).listing}") for number in range(1, wanted + 1))


def _new(run: Run, signature: bytes, left: dict[str, Authority], key: str) -> tuple[Authority, bytes]:
    """Get a stamp and store it; one that a killed run stored is taken up."""
    if run.store.exists(key):
        answer = run.store.get(key)
        return _whose(answer, signature, left), answer
    authority, answer = _asked(signature, left, run.connect_to)
    run.store.put(key, answer)
    return authority, answer


def _stamp_files(names: StampNames, answer: bytes, authority: Authority) -> dict[str, bytes]:
    files = {names.answer: answer, names.chain: authority.certificates}
    if authority.revocation:
        files[names.revocation] = authority.revocation
    return {**files, names.listing: listing_of(files)}


def _authority(one: TimeStampAuthority) -> Authority:
    return Authority(
        id=one.id,
        url=one.url,
        certificates=one.certificates.encode(),
        revocation=one.revocation.encode() if one.revocation else None,
        policy=one.policy,
    )


def _whose(answer: bytes, signature: bytes, left: dict[str, Authority]) -> Authority:
    """Return which authority a kept stamp is of."""
    for authority in left.values():
        try:
            checked_stamp(answer, signature, authority, nonce=None)
        except SourceError:
            continue
        return authority
    raise SourceError(
        "a time stamp that is kept is of no authority the spec names",
        next_step="Give: urval verify. Name the authority in 'time_stamps' of the spec again, if it is one of yours.",
    )


def _asked(signature: bytes, left: dict[str, Authority], connect_to: Mapping[str, str]) -> tuple[Authority, bytes]:
    """Ask one authority after another until one gives a stamp."""
    refusals = []
    for authority in left.values():
        query = stamp_query(signature)
        try:
            answer = ask(authority.url, query.as_bytes(), connect_to=connect_to)
            checked_stamp(answer, signature, authority, nonce=query.nonce)
        except SourceError as error:
            refusals.append(error.message)
        else:
            return authority, answer
    words = "; ".join(refusals) or "no authority is left that has not stamped it"
    raise SourceError(words, next_step="It stays signed. Add the stamp later with: urval seal")
