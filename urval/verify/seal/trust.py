"""What the verifier is told from outside the package: keys, authorities, the time now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a seal is judged by. Nothing in it comes from the package; what is None leaves its clauses *not checked*.

    Attributes:
        allowed_signers: The list of the archive's keys (OpenSSH, ``allowed_signers``).
        keys_from: Where the list comes from, in words, for the report.
        signed: A seal is expected: an unsigned package then fails. True where a person named a list of keys.
        problem: Why the list cannot be used, in words: then no key is trusted. Empty where all is well.
        authorities: The certificates of trusted time-stamp authorities (PEM), roots or intermediates.
        now: The aware time of the verification; no stamp may be later.
    """

    allowed_signers: bytes | None = None
    keys_from: str = ""
    signed: bool = False
    problem: str = ""
    authorities: bytes | None = None
    now: datetime | None = None
