"""Section 8 of docs/format.md: the archive spec as used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urval.manifest import sha256_hex
from urval.spec import parse_spec
from urval.verify.layout import SPEC, SPEC_BYTES
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.spec import ArchiveSpec, LoadedSpec
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader


def read_spec(reader: PackageReader, manifest: Manifest, findings: Findings) -> LoadedSpec | None:
    """SPC-1. Return the spec, or None when it cannot be read."""
    loaded = None
    with findings.reading(SPEC, "SPC-1"):
        data = read_whole(reader, SPEC, SPEC_BYTES)
        findings.expect("SPC-1", SPEC, expected=manifest.spec.sha256, found=sha256_hex(data))
        loaded = parse_spec(data, SPEC)
        for name, expected, found in _pairs(loaded.spec, manifest):
            findings.expect("SPC-1", name, expected=expected, found=found)
    return loaded


def _pairs(spec: ArchiveSpec, manifest: Manifest) -> list[tuple[str, Any, Any]]:
    """Return (name, what the spec says, what the manifest says)."""
    decision = None if manifest.spec.decision is None else manifest.spec.decision.model_dump(mode="json")
    entry = next((one for one in spec.accounts if one.id == manifest.account["id"]), None)
    return [
        ("spec.id", spec.id, manifest.spec.id),
        ("spec.version", spec.version, manifest.spec.version),
        ("spec.decision", None if spec.decision is None else spec.decision.model_dump(mode="json"), decision),
        ("archive", spec.archive.model_dump(mode="json"), manifest.archive.model_dump(mode="json")),
        ("period.timezone", spec.timezone, manifest.period.timezone),
        ("account", Phrase.MISSING if entry is None else entry.model_dump(mode="json"), manifest.account),
    ]
