"""The seal of a document, clause by clause; of a package's manifest (SEA-1 to SEA-8) or of a run's (RUN-2 to RUN-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole
from urval.verify.seal.facts import SealFacts
from urval.verify.seal.listings import SEAL_BYTES, StampFiles, check_listings, stamps_in
from urval.verify.seal.signature import is_good, parse_signature
from urval.verify.seal.signers import parse_allowed_signers, those_for

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from urval.manifest import SealRef
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader
    from urval.verify.seal.stamp import GoodStamp
    from urval.verify.seal.trust import Trust

TOLERANCE = timedelta(minutes=5)  # between the clocks of the archive and of an authority
SOON = timedelta(days=7)  # from the last approval to the stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKind:
    """What is sealed: the document's file, the purpose of the signature, and the code of each clause."""

    document: str
    namespace: str
    signature: str
    key: str
    stamps: str
    number: str
    listings: str
    times: str
    soon: str | None
    authority: str

    @property
    def codes(self) -> tuple[str, ...]:
        """Return every code."""
        found = (self.signature, self.key, self.stamps, self.number, self.listings, self.times, self.authority)
        return (*found, self.soon) if self.soon else found


MANIFEST_SEAL = SealKind(
    document="manifest.json", namespace="urval-manifest", signature="SEA-1", key="SEA-2", stamps="SEA-3",
    number="SEA-4", listings="SEA-5", times="SEA-6", soon="SEA-7", authority="SEA-8",
)  # fmt: skip
RUN_SEAL = SealKind(
    document="run.json", namespace="urval-run", signature="RUN-2", key="RUN-3", stamps="RUN-4", number="RUN-5",
    listings="RUN-6", times="RUN-7", soon=None, authority="RUN-8",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A document and what it says of its seal.

    Attributes:
        data: Its bytes.
        seal: Who must have signed it; None where nobody did.
        moments: (name, aware time) of what the document says happened before it was sealed.
        last: The last of what was decided: in whose time the key must have been valid where no stamp says more.
        fixed_clock: Its times come from a fixed clock, and say nothing (``capture.clock``).
        authorities: (certificates as PEM, policy) of each authority that the signed spec names.
    """

    data: bytes
    seal: SealRef | None
    moments: Sequence[tuple[str, datetime]]
    last: datetime
    fixed_clock: bool = False
    authorities: Sequence[tuple[bytes, str | None]] = ()


def check_seal(
    kind: SealKind, reader: PackageReader, names: Collection[str], sealed: Sealed, trust: Trust, findings: Findings
) -> SealFacts | None:
    """Check a seal. Return what it says; None where there is no good signature."""
    check_listings(reader, names, kind.document, sealed.seal, kind.listings, findings)
    if sealed.seal is None:
        _check_unsigned(kind, names, trust, findings)
        return None
    return _SealCheck(kind, reader, names, sealed, sealed.seal, trust, findings).check()


def _check_unsigned(kind: SealKind, names: Collection[str], trust: Trust, findings: Findings) -> None:
    """Check a document that does not say it is signed: there is no signature, and nobody expects one."""
    signature = f"{kind.document}.sig"
    if signature in names:
        findings.fail(kind.signature, signature, expected=Phrase.ABSENT, found=Phrase.PRESENT)
    if trust.signed:
        findings.fail(kind.key, kind.document, expected=Phrase.SIGNED, found=Phrase.NOT_SIGNED)
    elif trust.allowed_signers is not None:
        findings.skip(Phrase.NOT_SIGNED, kind.key)
    findings.done(*kind.codes)


class _SealCheck:
    """The check of one seal under way."""

    def __init__(
        self, kind: SealKind, reader: PackageReader, names: Collection[str], sealed: Sealed, seal: SealRef,
        trust: Trust, findings: Findings,
    ) -> None:  # fmt: skip
        self._kind, self._reader, self._names = kind, reader, names
        self._sealed, self._seal, self._trust, self._findings = sealed, seal, trust, findings
        self._stamps = stamps_in(names, kind.document)
        self._answers = [one for one in self._stamps if one.answer in names]
        self._good: list[GoodStamp] = []

    def check(self) -> SealFacts | None:
        """Check all but the listings."""
        kind, findings = self._kind, self._findings
        if len(self._answers) < self._seal.stamps:
            findings.fail(kind.number, expected=self._seal.stamps, found=len(self._answers))
        findings.done(kind.number)
        rest = [code for code in kind.codes if code not in {kind.signature, kind.number, kind.listings}]
        signature = None
        try:
            signature = self._check_signature()
            for one in self._answers if signature is not None else ():
                self._check_stamp(one, signature or b"")
        except ImportError:  # the extra is not installed
            findings.skip(Phrase.NOT_INSTALLED, *rest, *([kind.signature] if signature is None else ()))
            return None
        if signature is None:
            findings.skip(Phrase.NOT_READABLE_ABOVE, *rest)
            return None
        findings.done(kind.stamps)
        self._check_key()
        self._check_times()
        self._check_authorities()
        stamps = tuple(one.facts for one in self._good)
        return SealFacts(identity=self._seal.identity, key=self._seal.key, stamps=stamps)

    def _check_signature(self) -> bytes | None:
        """Check the signature; return the bytes of its file where it is good."""
        name, code = f"{self._kind.document}.sig", self._kind.signature
        with self._findings.reading(name, code):
            armour = read_whole(self._reader, name, SEAL_BYTES)
            found = parse_signature(armour)
            self._findings.expect(code, name, expected=self._seal.key, found=found.fingerprint)
            self._findings.expect(code, name, expected=self._kind.namespace, found=found.namespace)
            if not is_good(found, self._sealed.data):
                self._findings.fail(code, name, expected=Phrase.GOOD_SIGNATURE, found=Phrase.OTHER_BYTES)
            if not self._findings.has_failed(code):
                return armour
        return None

    def _check_stamp(self, files: StampFiles, signature: bytes) -> None:
        from urval.verify.seal.stamp import judge_stamp  # noqa: PLC0415 - only the extra "verify" has what it needs

        code = self._kind.stamps
        with self._findings.reading(files.answer, code):
            answer, kept = (read_whole(self._reader, name, SEAL_BYTES) for name in (files.answer, files.chain))
            lists = read_whole(self._reader, files.lists, SEAL_BYTES) if files.lists in self._names else None
            trusted = self._trust.authorities
            good = judge_stamp(files.number, answer, signature, kept, lists, trusted=trusted)
            now = self._trust.now
            if now is not None and good.facts.at > now + TOLERANCE:
                self._findings.fail(code, files.answer, expected=now.isoformat(), found=good.facts.at.isoformat())
                return
            self._good.append(good)

    def _check_key(self) -> None:
        """Check whether the key is the archive's, by a list that comes from elsewhere."""
        code, listed = self._kind.key, self._trust.allowed_signers
        if self._trust.problem:
            self._findings.fail(code, self._trust.keys_from, found=self._trust.problem)
            return
        if listed is None:
            self._findings.skip(Phrase.NO_KEYS, code)
            return
        named = f"{self._seal.identity} {self._seal.key}"
        with self._findings.reading(self._trust.keys_from, code):
            signers = those_for(
                parse_allowed_signers(listed), self._seal.identity, self._kind.namespace, self._seal.key
            )
            proven = min((one.facts.at for one in self._good), default=None)
            at = proven or self._sealed.last
            if not signers:
                self._findings.fail(code, self._trust.keys_from, expected=named, found=Phrase.MISSING)
            elif not any(one.was_valid(at) for one in signers):
                self._findings.fail(code, named, expected=Phrase.VALID_THEN, found=at.isoformat())
            elif proven is None and not any(one.ends is None for one in signers):
                self._findings.skip(Phrase.UNPROVEN_TIME, code)

    def _check_times(self) -> None:
        """Compare what the document says of times with when it was stamped."""
        kind = self._kind
        first = min((one.facts.at for one in self._good), default=None)
        if first is None and self._answers:
            self._findings.skip(Phrase.NOT_READABLE_ABOVE, kind.times, *((kind.soon,) if kind.soon else ()))
        elif first is not None and not self._sealed.fixed_clock:
            for name, moment in self._sealed.moments:
                if moment > first + TOLERANCE:
                    self._findings.fail(kind.times, name, expected=Phrase.NOT_LATER, found=moment.isoformat())
            if kind.soon and first > self._sealed.last + SOON:
                last = self._sealed.last.isoformat()
                self._findings.fail(kind.soon, last, expected=Phrase.WITHIN_A_WEEK, found=first.isoformat())
        self._findings.done(kind.times, *((kind.soon,) if kind.soon else ()))

    def _check_authorities(self) -> None:
        """Check whether the stamps are by authorities that something outside them names."""
        code, given = self._kind.authority, self._trust.authorities
        if len(self._good) < len(self._answers):
            self._findings.skip(Phrase.NOT_READABLE_ABOVE, code)
        with self._findings.reading("", code):
            for one in self._good:
                if given is not None and not _leads(one, given, None):
                    self._findings.fail(code, one.facts.authority, expected=Phrase.TRUSTED, found=Phrase.NOT_TRUSTED)
                elif given is None and not any(_leads(one, *named) for named in self._sealed.authorities):
                    self._findings.skip(Phrase.NO_AUTHORITIES, code)


def _leads(stamp: GoodStamp, pem: bytes, policy: str | None) -> bool:
    from urval.verify.seal.chain import certificates  # noqa: PLC0415 - only the extra "verify" has what it needs

    return stamp.leads_to(certificates(pem)) and policy in {None, stamp.facts.policy}
