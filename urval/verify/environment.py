"""The environment log beside the rest of the manifest: ENV-1 of docs/format.md, section 9."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.manifest import HostLog, Manifest
    from urval.verify.findings import Findings

_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_environment(manifest: Manifest, findings: Findings) -> None:
    """ENV-1: the environment log is in order and agrees with the capture."""
    log, capture = manifest.environment, manifest.capture
    names = [host.host for host in log.hosts]
    if not _is_sorted(names):
        findings.fail("ENV-1", "environment.hosts", expected=Phrase.ORDER, found=", ".join(names))
    exchanged = 0 if manifest.source.export is not None else capture.exchanges  # a file is read without any
    total = sum(host.exchanges for host in log.hosts)
    findings.expect("ENV-1", "environment.hosts", expected=exchanged, found=total)
    if log.redactions < 0 or (log.redactions and not exchanged):
        findings.fail("ENV-1", "environment.redactions", expected=0, found=log.redactions)
    for host in log.hosts:
        for part, right in _parts(host, fixed=capture.clock == "fixed"):
            if not right:
                subject = f"environment.hosts: {host.host}: {part}"
                findings.fail("ENV-1", subject, expected=Phrase.A_LOG_THAT_CAN_BE, found=str(getattr(host, part)))
    findings.done("ENV-1")


def _parts(host: HostLog, *, fixed: bool) -> list[tuple[str, bool]]:
    """Return each part of a host's log, and whether it can be."""
    clock = host.clock_offset
    ticked = clock is None or (
        not fixed
        and 1 <= clock.measured <= host.exchanges
        and clock.min_ms <= clock.max_ms
        and clock.longest_wait_ms >= 0
    )
    digests = all(map(_DIGEST.fullmatch, host.tls_certificates)) and _is_sorted(host.tls_certificates)
    return [
        ("exchanges", host.exchanges >= 1),
        ("api_versions", _is_sorted(host.api_versions)),
        ("clock_offset", ticked),
        ("tls_versions", _is_sorted(host.tls_versions) and bool(host.tls_versions) == bool(host.tls_certificates)),
        ("tls_certificates", digests),
    ]


def _is_sorted(texts: Sequence[str]) -> bool:
    return list(texts) == sorted(set(texts))
