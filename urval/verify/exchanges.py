"""What the exchanges in the WARC say of replacements and hosts: RAW-3 and RAW-4 of docs/format.md, section 9."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from urval.manifest import ClockOffset, HostLog
from urval.verify.phrases import Phrase
from urval.verify.warc import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.manifest import Environment
    from urval.verify.findings import Findings
    from urval.verify.warc import Exchange

_PARTS: Final = ("target", "request-headers", "response-headers", "body")
_COUNT = re.compile(r"[1-9][0-9]{0,14}")
_ORIGINAL = re.compile(r"[0-9a-f]{64}|withheld")
_NUMBER = re.compile(r"-?[0-9]{1,15}")
_VERSIONS: Final = frozenset({
    "api-version", "facebook-api-version", "linkedin-version", "x-api-version", "x-restli-protocol-version",
})  # fmt: skip
_VERSION = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(slots=True)
class _Host:
    exchanges: int = 0
    versions: set[str] = field(default_factory=set)
    offsets: list[tuple[int, int]] = field(default_factory=list)  # milliseconds: offset, wait
    tls_versions: set[str] = field(default_factory=set)
    certificates: set[str] = field(default_factory=set)

    def add(self, exchange: Exchange) -> None:
        """Take in an exchange of this host."""
        self.exchanges += 1
        self.versions |= {f"{n}: {v}" for n, v in exchange.headers if n in _VERSIONS and _VERSION.fullmatch(v)}
        noted = dict(exchange.notes)
        clock = (noted.get("clock-offset-ms", ""), noted.get("clock-wait-ms", ""))
        if all(map(_NUMBER.fullmatch, clock)):
            self.offsets.append((int(clock[0]), int(clock[1])))
        if "tls-certificate-sha256" in noted:
            self.tls_versions.add(noted.get("tls-version", ""))
            self.certificates.add(noted["tls-certificate-sha256"])

    def log(self, name: str) -> HostLog:
        """Return what the manifest must say of this host."""
        offsets = [offset for offset, _ in self.offsets]
        clock = ClockOffset(
            measured=len(offsets), min_ms=min(offsets), max_ms=max(offsets),
            longest_wait_ms=max(wait for _, wait in self.offsets),
        ) if offsets else None  # fmt: skip
        return HostLog(
            host=name, exchanges=self.exchanges, api_versions=sorted(self.versions), clock_offset=clock,
            tls_versions=sorted(self.tls_versions), tls_certificates=sorted(self.certificates),
        )  # fmt: skip


class ExchangeChecks:
    """Takes in the exchanges of a WARC one by one, and compares them with the manifest's environment log."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._hosts: dict[str, _Host] = {}
        self._replaced = 0

    def take(self, exchange: Exchange) -> None:
        """Check the notes of one exchange, and count it.

        Raises:
            ValueError: Its target is no address.
        """
        self._hosts.setdefault(urlsplit(exchange.target).hostname or "", _Host()).add(exchange)
        for count in self._counts(exchange):
            self._replaced += count

    def _counts(self, exchange: Exchange) -> Iterator[int]:
        """Yield how many places of each part were replaced; what is not noted as it must be fails RAW-3."""
        noted: dict[str, list[str]] = {}
        for name, value in exchange.notes:
            noted.setdefault(name, []).append(value)
        for part in _PARTS:
            counts, originals = noted.get(f"redacted-{part}", []), noted.get(f"original-{part}-sha256", [])
            if not counts and not originals:
                continue
            one = len(counts) == len(originals) == 1 and noted.get("redacted-with") == [MARK.decode()]
            right = one and bool(_COUNT.fullmatch(counts[0])) and bool(_ORIGINAL.fullmatch(originals[0]))
            count = int(counts[0]) if right else 0
            names = noted.get(f"redacted-{part.removesuffix('s')}", []) if part.endswith("-headers") else [""] * count
            if not right or count > exchange.marks[part] or len(names) != count:
                told = f"{part}: {', '.join((*counts, *originals))}"
                self._findings.fail("RAW-3", exchange.target, expected=Phrase.A_NOTE_OF_REPLACEMENT, found=told)
            yield count

    def compare(self, stated: Environment) -> None:
        """Compare what was counted with what the manifest states."""
        self._findings.expect("RAW-3", "environment.redactions", expected=self._replaced, found=stated.redactions)
        told = {host.host: host for host in stated.hosts}
        for name in sorted(self._hosts.keys() | told.keys()):
            expected = self._hosts[name].log(name).model_dump_json() if name in self._hosts else Phrase.ABSENT
            found = told[name].model_dump_json() if name in told else Phrase.ABSENT
            self._findings.expect("RAW-4", f"environment.hosts: {name}", expected=expected, found=found)
