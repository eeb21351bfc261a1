"""The verification of one proof file (docs/proof.md), as numbered steps.

1. The file parses as ``urval-proof/1``, and its bytes are the canonical JSON of that (PRF-1).
2. The manifest in it parses and is canonical (PRF-3).
3. Every row leads to the manifest's tree head of its table (PRF-2).
4. The row that the proof is about is in it; a thread said to be whole is whole (PRF-7).
5. The manifest's signature, the key, the time stamps (PRF-4 to PRF-6, PRF-8).

Nothing else of the package is needed. What is wrong in a proof is a finding, whatever it is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from urval.manifest import canonical, parse_manifest
from urval.merkle import root_from_path
from urval.verify.codes import PROOF_CODES, Level
from urval.verify.findings import Findings
from urval.verify.layout import MIB
from urval.verify.lines import parse_object
from urval.verify.phrases import Phrase
from urval.verify.proof_seal import check_proof_seal
from urval.verify.seal import Trust

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.verify.report import Report
    from urval.verify.seal import SealFacts

MOST_BYTES = 64 * MIB
_LONGEST_PATH = 64
# The column by which a row belongs to a thread.
_OF_THREAD = {
    "posts": "id",
    "comments": "post_id",
    "versions": "thread_id",
    "media": "thread_id",
    "gaps": "thread_id",
    "completeness": "thread_id",
    "selection": "thread_id",
}
_NOTHING = Trust()
_Count = Annotated[int, Field(strict=True, ge=0)]
_Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ProofSubject(_Part):
    """What the proof is about: a post or a comment, by itself or with its whole thread."""

    table: Literal["posts", "comments"]
    id: str
    whole_thread: bool


class ProofRow(_Part):
    """One row: its table, its index from 0, its line, and the places in ``nodes`` of the hashes of its way up."""

    table: str
    index: _Count
    line: str
    path: list[_Count] = Field(max_length=_LONGEST_PATH)


class ProofStamp(_Part):
    """One time stamp over the signature: the authority's response in base64, its certificates, its revocation list."""

    response: str
    certificates: str
    revocation: str | None


class ProofSeal(_Part):
    """Signature and keys as the package holds them, and every time stamp."""

    signature: str
    allowed_signers: str
    stamps: list[ProofStamp] = Field(max_length=1000)


class ProofFile(_Part):
    """A proof file, as docs/proof.md describes it."""

    format: Literal["urval-proof/1"]
    subject: ProofSubject
    manifest: str
    sizes: dict[str, _Count]
    rows: list[ProofRow]
    nodes: list[_Hash]
    seal: ProofSeal | None


def is_proof(data: bytes) -> bool:
    """Tell whether bytes may be meant as a proof file: whether they begin as a JSON object does."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def verify_proof(data: bytes, name: str, trust: Trust = _NOTHING) -> Report:
    """Verify one proof file.

    Args:
        data: The file's bytes.
        name: Its name, for the report.
        trust: The keys and authorities that whoever checks trusts; where there are none, PRF-5 and PRF-6 are *not
            checked* to the end.
    """
    findings = Findings(PROOF_CODES)
    facts: SealFacts | None = None
    proof = _read(data, findings)
    if proof is not None:
        stated = _manifest(proof, findings)
        if stated is None:
            findings.skip(Phrase.NOT_READABLE_ABOVE, *(code for code in PROOF_CODES if code not in {"PRF-1", "PRF-3"}))
        else:
            _check_rows(proof, stated, findings)
            _check_subject(proof, findings)
            facts = check_proof_seal(proof, stated, trust, findings)
    return replace(findings.finish(name, Level.FULL), seal=facts)


def _read(data: bytes, findings: Findings) -> ProofFile | None:
    proof: ProofFile | None = None
    with findings.reading("", *PROOF_CODES):
        if len(data) > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES} bytes")
        found = ProofFile.model_validate(json.loads(data.decode()))
        if canonical(found) != data:
            findings.fail("PRF-1", found=Phrase.NOT_CANONICAL)
        used = {place for row in found.rows for place in row.path}
        if used != set(range(len(found.nodes))) or set(found.sizes) != {row.table for row in found.rows}:
            findings.fail("PRF-1", "nodes, sizes", found=Phrase.NOT_THE_ROWS)
        proof = found
    return proof  # noqa: RET504 - the guard above may end without it


def _manifest(proof: ProofFile, findings: Findings) -> Manifest | None:
    manifest: Manifest | None = None
    with findings.reading("manifest", "PRF-3"):
        data = proof.manifest.encode()
        parsed = parse_manifest(data)
        if canonical(parsed) != data:
            findings.fail("PRF-3", "manifest", found=Phrase.NOT_CANONICAL)
        manifest = parsed
    return manifest  # noqa: RET504 - the guard above may end without it


def _check_rows(proof: ProofFile, manifest: Manifest, findings: Findings) -> None:
    """PRF-2: every row's way ends at the manifest's tree head, in a tree of the manifest's size."""
    with findings.reading("rows", "PRF-2"):
        nodes = [bytes.fromhex(node) for node in proof.nodes]
        for table, size in proof.sizes.items():
            stated = manifest.tables.get(table)
            findings.expect("PRF-2", f"sizes.{table}", expected=stated.rows if stated else Phrase.ABSENT, found=size)
        for row in proof.rows:
            stated = manifest.tables.get(row.table)
            if stated is None:
                continue  # told above
            try:
                path = [nodes[place] for place in row.path]
                root = root_from_path(row.line.encode(), row.index, stated.rows, path)
            except (ValueError, IndexError) as error:
                findings.fail("PRF-2", _named(row), expected=stated.merkle_root, found=str(error))
            else:
                findings.expect("PRF-2", _named(row), expected=stated.merkle_root, found=root)


def _check_subject(proof: ProofFile, findings: Findings) -> None:
    """PRF-7: the subject's row is there, once; all rows are of its thread; of a whole thread, every comment."""
    with findings.reading("subject", "PRF-7"):
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in proof.rows:
            rows.setdefault(row.table, []).append(parse_object(row.line.encode()))
        places = [(row.table, row.index) for row in proof.rows]
        if len(set(places)) != len(places):
            findings.fail("PRF-7", "rows", expected=Phrase.ONE, found=Phrase.MORE_THAN_ONE)
        subject = proof.subject
        own = [row for row in rows.get(subject.table, ()) if row["id"] == subject.id]
        findings.expect("PRF-7", subject.id, expected=1, found=len(own))
        if len(own) == 1:
            thread = own[0][_OF_THREAD[subject.table]]
            _check_thread(rows, thread, whole=subject.whole_thread, findings=findings)


def _check_thread(rows: dict[str, list[dict[str, Any]]], thread: str, *, whole: bool, findings: Findings) -> None:
    for table, listed in rows.items():
        for row in listed:
            findings.expect("PRF-7", table, expected=thread, found=row[_OF_THREAD[table]])
    if whole:
        stated = [row["captured_count"] for row in rows.get("completeness", ())]
        findings.expect("PRF-7", "comments", expected=stated, found=[len(rows.get("comments", ()))])
        findings.expect("PRF-7", "posts", expected=1, found=len(rows.get("posts", ())))
    else:
        findings.expect("PRF-7", "rows", expected=1, found=sum(len(listed) for listed in rows.values()))


def _named(row: ProofRow) -> str:
    return f"{row.table}[{row.index}]"
