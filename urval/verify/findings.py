"""Collecting findings while the checks run. A code nobody spoke of comes out as *not checked*."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from urval.errors import UrvalError
from urval.verify.codes import CODES, Level
from urval.verify.phrases import Phrase
from urval.verify.report import Finding, Report, Status, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urval.verify.codes import Code

CAP = 100  # failures listed per code; the rest are counted

# What reading hostile bytes can raise: Python's standard library, pydantic (a ValueError), Arrow, our own readers.
UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RecursionError,
    EOFError,
    zlib.error,
    pa.ArrowException,
    AttributeError,
    UrvalError,
)


class Findings:
    """The findings so far. Checks call :meth:`fail` per fault and :meth:`done` when a code was checked to the end.

    ``codes`` are those of the kind of thing judged: of a package, unless told otherwise.
    """

    def __init__(self, codes: Mapping[str, Code] = CODES) -> None:
        self._codes = codes
        self._failed: dict[str, list[Finding]] = {}
        self._more: dict[str, int] = {}
        self._done: set[str] = set()
        self._noted: dict[str, Finding] = {}
        self._skipped: dict[str, str] = {}

    def fail(self, code: str, subject: str = "", *, expected: object = "", found: object = "") -> None:
        """Record a failure of a code."""
        listed = self._failed.setdefault(code, [])
        if len(listed) < CAP:
            listed.append(self._finding(code, Status.FAILED, subject, str(expected), str(found)))
        else:
            self._more[code] = self._more.get(code, 0) + 1

    def expect(self, code: str, subject: str, *, expected: object, found: object) -> None:
        """Record a failure unless found is what was expected."""
        if expected != found:
            self.fail(code, subject, expected=expected, found=found)

    def note(self, code: str, subject: str, *, found: object) -> None:
        """Say how a code came to pass, where that is worth a line. It passes if it is done and nothing failed."""
        self._noted[code] = self._finding(code, Status.PASSED, subject, "", str(found))

    def done(self, *codes: str) -> None:
        """Record that codes were checked to the end: those without a failure have passed."""
        self._done.update(codes)

    def skip(self, reason: Phrase, *codes: str) -> None:
        """Record that codes were not checked, or not to the end, and why."""
        for code in codes:
            self._skipped.setdefault(code, reason)

    def has_failed(self, code: str) -> bool:
        """Tell whether a code has failed so far."""
        return code in self._failed

    @contextmanager
    def reading(self, subject: str, *codes: str) -> Iterator[None]:
        """Guard a check that reads hostile bytes: what cannot be read fails the first code and leaves the rest.

        On a clean end all codes are done. A code that had failed before stays failed.
        """
        try:
            yield
        except UNREADABLE as error:
            self.fail(codes[0], subject, expected="", found=reason_of(error))
            self.skip(Phrase.NOT_READABLE_ABOVE, *codes[1:])
        else:
            self.done(*codes)

    def finish(self, package: str, level: Level) -> Report:
        """Return the report: every code of the table at least once."""
        findings = [finding for code in self._codes for finding in self.of(code, level)]
        return Report(package, level, tuple(findings), self._codes)

    def of(self, code: str, level: Level = Level.FULL) -> list[Finding]:
        """Return the findings of one code, at least one."""
        listed = list(self._failed.get(code, ()))
        if self._more.get(code):
            listed.append(self._finding(code, Status.FAILED, "", str(self._more[code]), Phrase.MORE))
        if code in self._skipped:
            listed.append(self._finding(code, Status.NOT_CHECKED, "", "", self._skipped[code]))
        elif not listed and code in self._done:
            listed.append(self._noted.get(code) or self._finding(code, Status.PASSED, "", "", ""))
        elif not listed:
            reason = Phrase.NOT_REACHED if level.includes(self._codes[code].level) else Phrase.LEVEL
            listed.append(self._finding(code, Status.NOT_CHECKED, "", "", reason))
        return listed

    def _finding(self, code: str, status: Status, subject: str, expected: str, found: str) -> Finding:
        return Finding(
            code=code,
            status=status,
            severity=self._codes[code].severity,
            subject=subject,
            expected=str(expected),
            found=str(found),
            message=self._codes[code].en,
        )


def reason_of(error: BaseException) -> str:
    """Return an error as one short line that is safe to show."""
    first = str(error).partition("\n")[0]
    return shown(f"{type(error).__name__}: {first}") if first else type(error).__name__
