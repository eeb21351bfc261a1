"""Every error Urval raises on purpose, typed by what can be done about it.

::

    UrvalError                  exit status 1
    ├── ConfigError             exit status 2: the spec, a setting or an argument is wrong; a person corrects it
    ├── SourceError             a source could not give what was asked
    │   ├── TransientError      try again, with growing pauses
    │   ├── ThrottledError      wait as told, then try again
    │   ├── RefusedError        token, permission or privacy: a gap; ends the account when the token is dead
    │   ├── GoneError           the thing does not exist (any more): a gap
    │   ├── MalformedError      the answer is not what the platform documents: a gap
    │   └── IncompleteError     a collection ended before the platform said so: a gap
    ├── StoreError              the store refused, is full, is read-only or holds something else under the key
    │   ├── StoreConflictError  other bytes lie under the key; nothing was overwritten
    │   └── LockedError         retention or a legal hold forbids the deletion; nothing was deleted
    ├── PackageError            a package cannot be built truthfully
    └── VerificationError       a package cannot be judged at all (findings are results, not errors)

Only these cross a module's border. A message is one sentence that names the thing; ``next_step`` says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class UrvalError(Exception):
    """Base of all errors of the project: one sentence, and the next step for a person."""

    exit_status = 1

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def diagnostics(self) -> str:
        """Return the text for a person: the sentence, then what to do next where that is known."""
        return f"{self.message}\n{self.next_step}" if self.next_step else self.message


class ConfigError(UrvalError):
    """The spec, a setting, an argument or a credential reference is wrong."""

    exit_status = 2


class SourceError(UrvalError):
    """A source could not give what was asked. ``platform_error`` keeps the platform's own words, secrets removed."""

    def __init__(self, message: str, *, next_step: str = "", platform_error: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.platform_error = platform_error


class TransientError(SourceError):
    """A passing fault: a reset connection, a 5xx, a cut-off body."""


class ThrottledError(SourceError):
    """The platform asks us to wait ``wait_seconds``."""

    def __init__(self, message: str, *, wait_seconds: float, next_step: str = "", platform_error: str = "") -> None:
        super().__init__(message, next_step=next_step, platform_error=platform_error)
        self.wait_seconds = wait_seconds


class RefusedError(SourceError):
    """Not allowed. ``account_wide`` is true when nothing more of the account can be had (a dead token).

    ``particular`` is true when the thing itself is closed to everybody (comments turned off), whatever the credential.
    """

    def __init__(
        self,
        message: str,
        *,
        account_wide: bool = False,
        particular: bool = False,
        next_step: str = "",
        platform_error: str = "",
    ) -> None:
        super().__init__(message, next_step=next_step, platform_error=platform_error)
        self.account_wide, self.particular = account_wide, particular


class GoneError(SourceError):
    """The thing asked for does not exist, or no longer exists."""


class MalformedError(SourceError):
    """The answer is not what the platform documents."""


class IncompleteError(SourceError):
    """A collection ended without the platform's own end signal."""


class StoreError(UrvalError):
    """The store refused, is full, cannot be written, or cannot be reached."""


class StoreConflictError(StoreError):
    """The store already holds other bytes under the key. Nothing was overwritten."""


class LockedError(StoreError):
    """An object is under retention until ``until`` (aware), or, where that is None, under a legal hold."""

    def __init__(self, message: str, *, until: datetime | None, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.until = until


class PackageError(UrvalError):
    """A package cannot be built truthfully: a secret in it, a record out of place, a lost medium."""


class VerificationError(UrvalError):
    """A package cannot be judged at all. What is wrong *in* a package is a finding, never this error."""
