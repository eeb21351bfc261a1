"""Extra occasions: what people decided for one account beside the spec's calendar, as it is written down.

Source: requirements R05 (an extra capture when the page looks otherwise) and R06 (before an account is closed).
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias, get_args

from urval.errors import ConfigError, VerificationError

FORMAT = "urval-occasion/1"

# Control characters, half characters, line and paragraph separators; and what turns the direction of writing around.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FIRST_YEAR, _LAST_YEAR = 1990, 2999  # as the days of a spec

ExtraKind: TypeAlias = Literal["change", "closing", "extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraOccasion:
    """One extra occasion of one account: it covers the time up to ``day``, a local day that is itself not covered.

    ``kind`` says why there is one: the page looks otherwise, the account is to be closed, or something else;
    ``decided_at`` is aware, and kept in UTC; ``changes`` names what of the page differs (avatar, cover, name, about,
    links).

    Raises:
        ConfigError: The kind is unknown, the day absurd, reason or decider are missing, ``decided_at`` has no time
            zone, or a text is not one line of plain text.
    """

    day: date
    kind: ExtraKind
    reason: str
    decided_by: str
    decided_at: datetime
    changes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would say nothing."""
        if self.kind not in get_args(ExtraKind):
            raise ConfigError(
                f"{self.kind!r} is no kind of extra occasion.", next_step=f"Choose {', '.join(get_args(ExtraKind))}."
            )
        if not _FIRST_YEAR <= self.day.year <= _LAST_YEAR:
            raise ConfigError(f"The day {self.day} of an extra occasion does not lie in the years of social media.")
        if not (self.reason.strip() and self.decided_by.strip()):
            raise ConfigError(
                f"The extra occasion {self.id} needs a reason, and somebody who decided it.",
                next_step="Say in one sentence why it is made, and by whom.",
            )
        if self.decided_at.utcoffset() is None:
            raise ConfigError(f"The extra occasion {self.id} was decided at a time without a time zone.")
        # In UTC, because times of two zones are never equal in the hour that comes twice.
        object.__setattr__(self, "decided_at", self.decided_at.astimezone(UTC))
        if not all(map(_plain, (self.reason, self.decided_by, *self.changes))):
            raise ConfigError(
                f"A text of the extra occasion {self.id} holds a control character or a line break.",
                next_step="Type it again, on one line.",
            )

    @property
    def id(self) -> str:
        """Its name: ``2026-10-15-change``."""
        return f"{self.day.isoformat()}-{self.kind}"


def encode_extra(extra: ExtraOccasion) -> bytes:
    """Return the occasion as canonical JSON (RFC 8785), UTF-8: equal occasions give equal bytes."""
    body = {
        "format": FORMAT,
        "day": extra.day.isoformat(),
        "kind": extra.kind,
        "reason": extra.reason,
        "decided_by": extra.decided_by,
        "decided_at": extra.decided_at.isoformat().replace("+00:00", "Z"),
        "changes": list(extra.changes),
    }
    # Of text under ASCII keys alone, this is what RFC 8785 asks for; the format's tests compare the two.
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_extra(data: bytes) -> ExtraOccasion:
    """Parse the bytes of :func:`encode_extra`; other spellings of the same are refused.

    Raises:
        VerificationError: The bytes are no extra occasion of this format.
    """
    try:
        extra = _from_body(json.loads(data))
        same = encode_extra(extra) == data
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, ConfigError) as error:
        raise VerificationError("It is no extra occasion that Urval wrote.", next_step=_RESTORE) from error
    if not same:
        raise VerificationError(f"The extra occasion {extra.id} was changed after it was decided.", next_step=_RESTORE)
    return extra


_RESTORE = "Restore the object from a backup and find out who changed it."


def _from_body(body: dict[str, Any]) -> ExtraOccasion:
    """Build the occasion; what is spelt otherwise survives until :func:`decode_extra` compares the bytes."""
    return ExtraOccasion(
        day=date.fromisoformat(body["day"]),
        kind=body["kind"],
        reason=_text(body["reason"]),
        decided_by=_text(body["decided_by"]),
        decided_at=datetime.fromisoformat(body["decided_at"]),
        changes=tuple(_text(name) for name in body["changes"]),
    )


def _plain(text: str) -> bool:
    return not any(char in _TURNING or unicodedata.category(char) in _REFUSED for char in text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
