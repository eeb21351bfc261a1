"""The files of a seal: which there are, and the listings that ``sha256sum -c`` takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole
from urval.verify.seal.signers import parse_allowed_signers

if TYPE_CHECKING:
    from collections.abc import Collection

    from urval.manifest import SealRef
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

SEAL_BYTES = 4 << 20  # any file of a seal; a revocation list is the largest
SIGNERS = "seal/allowed_signers"
SEALED = "seal/sealed.sha256"
_NUMBERED = re.compile(
    r"[a-z]+\.json\.sig(?:\.([0-9]+))?\.tsr|seal/(?:tsa|stamped)(?:\.([0-9]+))?\.(?:pem|crl\.pem|sha256)"
)


@dataclass(frozen=True, slots=True)
class StampFiles:
    """Where the k-th stamp over a document's signature lies."""

    number: int
    answer: str
    chain: str
    lists: str
    listing: str


def stamp_files(number: int, document: str) -> StampFiles:
    """Return the paths of the stamp of a number, from 1."""
    part = "" if number == 1 else f".{number}"
    return StampFiles(
        number=number,
        answer=f"{document}.sig{part}.tsr",
        chain=f"seal/tsa{part}.pem",
        lists=f"seal/tsa{part}.crl.pem",
        listing=f"seal/stamped{part}.sha256",
    )


def stamps_in(names: Collection[str], document: str) -> list[StampFiles]:
    """Return the stamps of which there is any file, by number."""
    matches = (_NUMBERED.fullmatch(name) for name in names)
    numbers = {int(match[1] or match[2] or 1) for match in matches if match}
    return [stamp_files(number, document) for number in sorted(numbers)]


def seal_names(names: Collection[str], document: str) -> list[str]:
    """Return those of the names that belong to a seal, the signature apart."""
    return [name for name in names if name.startswith((f"{document}.sig.", "seal/"))]


def check_listings(
    reader: PackageReader, names: Collection[str], document: str, seal: SealRef | None, code: str, findings: Findings
) -> None:
    """SEA-5 or RUN-6: the listings are there, canonical and right, and no other file of a seal is.

    A package that is not sealed has none.
    """
    present = set(seal_names(names, document))
    if seal is None:
        for name in sorted(present):
            findings.fail(code, name, expected=Phrase.ABSENT, found=Phrase.PRESENT)
        findings.done(code)
        return
    wanted = {SEALED: [f"{document}.sig", SIGNERS]}
    stamps = stamps_in(names, document)
    for place, one in enumerate(stamps, 1):
        lists = [one.lists] if one.lists in present else []
        wanted[one.listing] = [one.answer, one.chain, *lists]
        if one.number != place:
            findings.fail(code, one.listing, expected=place, found=one.number)
    for listing, listed in wanted.items():
        _check_listing(reader, listing, listed, code, findings)
    known = {*wanted, *(name for listed in wanted.values() for name in listed)}
    for name in sorted(present - known):
        findings.fail(code, name, expected=Phrase.ABSENT, found=Phrase.PRESENT)
    _check_signers(reader, seal, code, findings)


def _check_listing(reader: PackageReader, listing: str, listed: list[str], code: str, findings: Findings) -> None:
    with findings.reading(listing, code):
        written = read_whole(reader, listing, SEAL_BYTES).decode("utf-8")
        lines = [f"{sha256_hex(read_whole(reader, name, SEAL_BYTES))}  {name}\n" for name in listed]
        if written != "".join(lines):
            stated = set(written.splitlines(keepends=True))
            wrong = [name for name, line in zip(listed, lines, strict=True) if line not in stated]
            for name in wrong or [listing]:
                findings.fail(code, name, expected=listing, found=Phrase.NOT_CANONICAL)


def _check_signers(reader: PackageReader, seal: SealRef, code: str, findings: Findings) -> None:
    """Look whether the list kept beside the seal names the key; whom to trust it does not say."""
    with findings.reading(SIGNERS, code):
        signers = parse_allowed_signers(read_whole(reader, SIGNERS, SEAL_BYTES))
        if not any(seal.identity in one.identities and seal.key == one.key for one in signers):
            findings.fail(code, SIGNERS, expected=f"{seal.identity} {seal.key}", found=Phrase.MISSING)
