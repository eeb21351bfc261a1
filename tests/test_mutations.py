"""The mutation run: every byte region of every kind of file of a sealed, stamped package; none may be missed.

Each mutant is shown to the verifier's own checks, the cheapest that looks at the file first: the payload's digests
(BAG-3), the tag files' (BAG-4), the listings of the seal (SEA-5). What these pass goes through the whole verification.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from _authority import authority
from _sample_package import copy_of, whole_package
from _sealing import key, seal_copy, trust

from urval.manifest import parse_manifest
from urval.verify import FolderReader, Level, MemoryReader, Verdict, verify_package
from urval.verify.bag import check_digests, check_listing, check_tags
from urval.verify.findings import UNREADABLE, Findings
from urval.verify.layout import MANIFEST, TAG_MANIFEST, TAGGED
from urval.verify.seal.listings import check_listings
from urval.verify.seal.stamp import judge_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGIONS = 64  # of a file of the payload; of the tag files and of the seal, every byte is one

KINDS: dict[str, Callable[[bytes, int, int], bytes]] = {
    "flip": lambda data, at, turn: data[:at] + bytes([data[at] ^ (1 << turn % 8)]) + data[at + 1 :],
    "zero": lambda data, at, _: data[:at] + b"\0" + data[at + 1 :],
    "delete": lambda data, at, _: data[:at] + data[at + 1 :],
    "insert": lambda data, at, turn: data[:at] + bytes([turn % 256]) + data[at:],
    "cut": lambda data, at, _: data[:at],
    "twice": lambda data, at, _: data[:at] + data[max(0, at - 16) : at + 16] + data[at:],
    "swap": lambda data, at, _: data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> MemoryReader:
    """Return a census with its exchanges, sealed and stamped, in memory."""
    scratch = tmp_path_factory.mktemp("mutations")
    lists = authority().revocation()
    folder = seal_copy(copy_of(whole_package(census=True), scratch), key(), [authority()], lists=lists)
    assert verify_package(FolderReader(folder), trust=trust()).failed() == []
    held = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return MemoryReader(folder.name, held)


def mutants(name: str, data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Yield (kind, place, bytes) of the mutants of a file: each region once a kind, or each byte by one kind."""
    if not name.startswith("data/"):
        for at in range(len(data)):
            for kind in (list(KINDS)[at % len(KINDS)], "flip"):
                yield kind, at, KINDS[kind](data, at, at)
        return
    step = max(1, len(data) // REGIONS)
    for at in range(0, len(data), step):
        for turn, (kind, change) in enumerate(KINDS.items()):
            yield kind, at, change(data, at, at + turn)


class Judge:
    """The verifier's checks over one package of which one file is changed."""

    def __init__(self, files: MemoryReader) -> None:
        self._files = {name: files.open(name).read() for name in files.names()}
        self._name = files.name
        self._seal = parse_manifest(self._files[MANIFEST]).seal
        findings = Findings()
        _, self._listed = check_listing(files, files.names(), findings)
        assert findings.has_failed("BAG-2") is False

    def finds(self, name: str, data: bytes) -> bool:
        """Tell whether a change is found."""
        reader = MemoryReader(self._name, {**self._files, name: data})
        findings = Findings()
        if name in self._listed:
            check_digests(reader, {name: self._listed[name]}, findings, lambda *_: None)
            return findings.has_failed("BAG-3") or self._found_in_whole(reader)
        if name in TAGGED or name == TAG_MANIFEST:
            check_tags(reader, findings)
            return findings.has_failed("BAG-4") or self._found_in_whole(reader)
        check_listings(reader, reader.names(), MANIFEST, self._seal, "SEA-5", findings)
        return findings.has_failed("SEA-5") or self._found_in_whole(reader)

    @staticmethod
    def _found_in_whole(reader: MemoryReader) -> bool:
        return verify_package(reader, level=Level.DIGESTS, trust=trust()).verdict is Verdict.NOT_VALID


@pytest.mark.outside
def test_no_mutation_is_missed(files: MemoryReader) -> None:
    """At least 10,000 mutations over all files and kinds, and every one is found."""
    judge = Judge(files)
    made: Counter[str] = Counter()
    missed = []
    for name in files.names():
        whole = files.open(name).read()
        for kind, at, data in mutants(name, whole):
            if data == whole:
                continue
            made[name.split("/")[1] if name.startswith("data/") else name] += 1
            if not judge.finds(name, data):
                missed.append((name, kind, at))
    print(f"\nmutations: {made.total()} over {len(files.names())} files, missed: {len(missed)}")
    print(", ".join(f"{place} {count}" for place, count in sorted(made.items())))
    assert missed == []
    assert made.total() >= 10_000
    assert len(files.names()) > 30


@pytest.mark.outside
def test_no_mutation_of_a_stamp_is_missed_though_it_is_listed_anew(files: MemoryReader) -> None:
    """No byte of a time stamp can be another, also where the listing beside it was made to fit."""
    names = ("manifest.json.sig.tsr", "manifest.json.sig", "seal/tsa.pem")
    stamp, signature, chain = (files.open(name).read() for name in names)
    assert judge_stamp(1, stamp, signature, chain, None, trusted=None).leads_to([authority().root])
    missed = []
    for at in range(len(stamp)):
        try:
            judge_stamp(1, KINDS["flip"](stamp, at, at), signature, chain, None, trusted=None)
        except UNREADABLE:
            continue
        missed.append(at)
    print(f"\nmutations of a stamp: {len(stamp)}, missed: {len(missed)}")
    assert missed == []
