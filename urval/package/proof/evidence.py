"""What the sheet of a proof says of the proof: package, digests, rows, seal; and why the thread was kept."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.errors import PackageError
from urval.manifest import sha256_hex
from urval.review import ADD, told_change
from urval.selection.phrases import KINDS
from urval.spec import REMOVALS, REVIEW

if TYPE_CHECKING:
    from datetime import datetime

    from urval.package.proof.making import Proof
    from urval.package.snapshot.labels import Labels
    from urval.spec import ArchiveSpec

_SHOWN_TABLES = ("posts", "comments")


def evidence_rows(proof: Proof, proof_name: str, labels: Labels) -> list[tuple[str, str]]:
    """Return term and words of each thing that ties the sheet to the proof file and the package."""
    subject, manifest = proof.subject, proof.manifest
    tables = [table for table in _SHOWN_TABLES if proof.of(table)]
    size = manifest.tables[subject.table].rows
    row = labels.say(
        "row_line", number=labels.number(subject.index + 1), size=labels.number(size), table=subject.table,
        index=subject.index,
    )  # fmt: skip
    file = labels.say(
        "file_line", name=proof_name, rows=labels.number(len(proof.rows)), bytes=labels.number(len(proof.data))
    )
    return [
        (labels["package"], manifest.package_id),
        (labels["manifest"], proof.manifest_sha256),
        (labels["row"], row),
        *((labels.say("root", table=table), manifest.tables[table].merkle_root) for table in tables),
        (labels["file"], file),
        (labels["file_digest"], sha256_hex(proof.data)),
        *_seal_rows(proof, labels),
    ]


def _seal_rows(proof: Proof, labels: Labels) -> list[tuple[str, str]]:
    seal = proof.manifest.seal
    if seal is None or proof.seal is None:
        return []
    stamps = [_stamp(stamp["response"]) for stamp in proof.seal["stamps"]]
    told = [labels.say("stamp_line", time=labels.time(at), authority=name) for at, name in stamps]
    return [
        (labels["signed"], seal.identity),
        (labels["key"], seal.key),
        *((labels["stamp"], line) for line in told or [labels["no_stamp"]]),
    ]


def _stamp(response: str) -> tuple[datetime, str]:
    """Return the aware time a stamp states, and the name of the authority's certificate."""
    from cryptography import x509  # noqa: PLC0415 - only a sealed package needs it
    from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - as above

    try:
        found = decode_timestamp_response(base64.b64decode(response))
        (signer,) = found.signed_data.signer_infos
        held = [x509.load_der_x509_certificate(one) for one in found.signed_data.certificates]
        names = [one.subject.rfc4514_string() for one in held if one.serial_number == signer.serial_number]
        return found.tst_info.gen_time, next(iter(names), signer.issuer.rfc4514_string())
    except ValueError as error:
        raise PackageError(
            "a time stamp of the package cannot be read", next_step="See what is wrong with it: urval verify."
        ) from error


def kept_because(proof: Proof, spec: ArchiveSpec, labels: Labels) -> list[str]:
    """Return why the thread was kept, one sentence a rule, from its row of the selection."""
    found = proof.of("selection")
    if not found:
        return []
    values = found[0].values
    chances = values.get("probabilities") or [""] * len(values["rules"])
    told = []
    for rule, chance in zip(values["rules"], chances, strict=True):
        line = _rule(rule, proof, spec, labels)
        told.append(labels.say("why_chance", rule=line, chance=chance) if chance else line)
    return told


def _rule(name: str, proof: Proof, spec: ArchiveSpec, labels: Labels) -> str:
    zone = ZoneInfo(spec.timezone)
    if name == REVIEW:
        added = (one for one in proof.manifest.review.changes if one.action == ADD and one.thread == proof.item.post)
        return next((told_change(one, labels.language, zone) for one in added), name)
    if name == REMOVALS:
        return labels["why_removals"]
    day = proof.manifest.period.end.astimezone(zone).date()
    for rule in spec.rules:
        if rule.id == name and rule.in_force(day):
            line = labels.say("why_rule", kind=KINDS[labels.language][rule.rule], id=name)
            return labels.say("why_purpose", rule=line, purpose=rule.purpose) if rule.purpose else line
    return name
