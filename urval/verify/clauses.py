"""What a clause of docs/format.md is to the verifier: its code, how much it weighs, at which level it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a failure means: an error makes the package not valid, a warning does not."""

    ERROR = "error"  # a MUST of docs/format.md
    WARNING = "warning"  # a SHOULD


class Level(StrEnum):
    """How deep a verification goes; each level includes the one before it."""

    STRUCTURE = "structure"
    DIGESTS = "digests"
    FULL = "full"

    def includes(self, other: Level) -> bool:
        """Tell whether what is checked at ``other`` is checked at this level."""
        order = list(Level)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Code:
    """One clause: its stable code, severity, level, and what it demands, in Swedish and English."""

    code: str
    severity: Severity
    level: Level
    sv: str
    en: str

    def message(self, language: str) -> str:
        """Return the demand in ``sv`` or ``en``."""
        return self.sv if language == "sv" else self.en


def must(level: Level, code: str, sv: str, en: str) -> Code:
    """Return a clause whose failure makes a package not valid."""
    return Code(code, Severity.ERROR, level, sv, en)


def should(level: Level, code: str, sv: str, en: str) -> Code:
    """Return a clause whose failure is a warning."""
    return Code(code, Severity.WARNING, level, sv, en)
