"""Section 1 of docs/format.md: the bag (RFC 8493)."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.verify.layout import (
    LISTING_BYTES,
    MANIFEST,
    NEEDED,
    PAYLOAD_MANIFEST,
    TAG_BYTES,
    TAG_MANIFEST,
    TAGGED,
    is_of_the_format,
    leaves_the_package,
)
from urval.verify.phrases import Phrase
from urval.verify.reader import digests_of, read_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")


def check_names(reader: PackageReader, findings: Findings) -> list[str]:
    """BAG-6, as far as names go. Return the plain files."""
    plain = []
    for name in reader.names():
        if reader.is_link(name):
            findings.fail("BAG-6", name, expected=Phrase.ABSENT, found=Phrase.A_LINK)
        elif not is_of_the_format(name):
            findings.fail("BAG-6", name, expected=Phrase.ABSENT, found=Phrase.NOT_OF_THE_FORMAT)
            plain.append(name)
        else:
            plain.append(name)
    for name in NEEDED:
        if name not in plain:
            findings.fail("BAG-6", name, expected=Phrase.PRESENT, found=Phrase.MISSING)
    findings.done("BAG-6")
    return plain


def check_declaration(reader: PackageReader, findings: Findings) -> None:
    """BAG-1: ``bagit.txt``."""
    with findings.reading("bagit.txt", "BAG-1"):
        if read_whole(reader, "bagit.txt", len(_BAGIT)) != _BAGIT:
            findings.fail("BAG-1", "bagit.txt", found=Phrase.NOT_CANONICAL)


def check_listing(reader: PackageReader, plain: list[str], findings: Findings) -> tuple[bytes, dict[str, str]]:
    """BAG-2: ``manifest-sha256.txt``. Return its bytes and path -> listed digest."""
    data, listed = b"", {}
    with findings.reading(PAYLOAD_MANIFEST, "BAG-2"):
        data = read_whole(reader, PAYLOAD_MANIFEST, LISTING_BYTES)
        listed = _parse_listing(data, findings)
        present = {name for name in plain if name.startswith("data/")}
        for name in sorted(present - listed.keys()):
            findings.fail("BAG-2", name, expected=Phrase.PRESENT, found=Phrase.NOT_LISTED)
        for name in sorted(listed.keys() - present):
            findings.fail("BAG-2", name, expected=Phrase.PRESENT, found=Phrase.MISSING)
    return data, listed


def _parse_listing(data: bytes, findings: Findings) -> dict[str, str]:
    listed: dict[str, str] = {}
    before = b""
    lines = data.decode("utf-8").split("\n")
    if lines.pop() != "":
        findings.fail("BAG-2", PAYLOAD_MANIFEST, found=Phrase.NOT_CANONICAL)
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            findings.fail("BAG-2", f"{PAYLOAD_MANIFEST}:{number}", found=Phrase.NOT_CANONICAL)
            continue
        digest, path = match.groups()
        if leaves_the_package(path):
            findings.fail("BAG-6", path, expected=Phrase.ABSENT, found=Phrase.OUTSIDE)
            continue
        if path.encode() <= before:
            findings.fail("BAG-2", path, expected=Phrase.ORDER)
        before = path.encode()
        listed[path] = digest
    return listed


def check_digests(
    reader: PackageReader, listed: dict[str, str], findings: Findings, progress: Callable[[str, int, int], None]
) -> dict[str, str | None]:
    """BAG-3: the payload's digests. Return path -> digest found, of every listed file that is there."""
    sizes = _sizes(reader, listed)
    names = sorted(sizes, key=lambda name: (-sizes[name], name))  # large ones first keeps both threads busy
    total, read = sum(sizes.values()), 0

    def told(size: int) -> None:
        nonlocal read
        read += size
        progress("digests", read, total)

    found = digests_of(reader, names, told)
    for name, digest in listed.items():
        if name not in found:
            findings.fail("BAG-3", name, expected=digest, found=Phrase.MISSING)
        elif found[name] is None:
            findings.fail("BAG-3", name, expected=digest, found=Phrase.UNREADABLE)
        else:
            findings.expect("BAG-3", name, expected=digest, found=found[name])
    findings.done("BAG-3")
    return found


def _sizes(reader: PackageReader, listed: dict[str, str]) -> dict[str, int]:
    sizes = {}
    for name in listed:
        try:
            sizes[name] = reader.size(name)
        except OSError:  # not there: check_digests says so
            continue
    return sizes


def check_tags(reader: PackageReader, findings: Findings) -> None:
    """BAG-4: ``tagmanifest-sha256.txt``."""
    with findings.reading(TAG_MANIFEST, "BAG-4"):
        written = read_whole(reader, TAG_MANIFEST, TAG_BYTES)
        lines = [f"{sha256_hex(read_whole(reader, name, LISTING_BYTES))}  {name}\n" for name in TAGGED]
        if written != "".join(lines).encode():
            stated = set(written.decode("utf-8", "replace").splitlines(keepends=True))
            wrong = [line[66:-1] for line in lines if line not in stated]
            for name in wrong or [TAG_MANIFEST]:
                findings.fail("BAG-4", name, found=Phrase.NOT_CANONICAL)


def check_bag_info(reader: PackageReader, manifest: Manifest, findings: Findings) -> None:
    """BAG-5: ``bag-info.txt``."""
    with findings.reading("bag-info.txt", "BAG-5"):
        written = read_whole(reader, "bag-info.txt", TAG_BYTES).decode("utf-8")
        expected = "".join(f"{label}: {value}\n" for label, value in _info(manifest))
        if written != expected:
            pairs = zip(expected.split("\n"), [*written.split("\n"), *[""] * 8], strict=False)
            should, has = next(((a, b) for a, b in pairs if a != b), ("", written[-80:]))
            findings.fail("BAG-5", "bag-info.txt", expected=should, found=has)


def tag_files(manifest: Manifest, manifest_sha256: str) -> dict[str, bytes]:
    """Return the bytes that ``bagit.txt``, ``bag-info.txt`` and ``tagmanifest-sha256.txt`` must have in a package."""
    info = "".join(f"{label}: {value}\n" for label, value in _info(manifest)).encode()
    digests = {
        "bag-info.txt": sha256_hex(info),
        "bagit.txt": sha256_hex(_BAGIT),
        PAYLOAD_MANIFEST: manifest.payload.manifest_sha256,
        MANIFEST: manifest_sha256,
    }
    tags = "".join(f"{digests[name]}  {name}\n" for name in TAGGED)
    return {"bag-info.txt": info, "bagit.txt": _BAGIT, TAG_MANIFEST: tags.encode()}


def _info(manifest: Manifest) -> list[tuple[str, str]]:
    payload, software = manifest.payload, manifest.software
    return [
        ("Source-Organization", manifest.archive.name),
        ("External-Identifier", manifest.package_id),
        ("External-Description", f"Urval package of {manifest.account['id']}, {manifest.period.id}"),
        ("Bagging-Date", manifest.capture.ended_at.astimezone(UTC).strftime("%Y-%m-%d")),
        ("Payload-Oxum", f"{payload.bytes}.{payload.files}"),
        ("Bag-Software-Agent", f"{software.name} {software.version}"),
    ]
