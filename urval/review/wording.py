"""What a person writes beside an act: one line that can be shown."""

from __future__ import annotations

import unicodedata

from urval.errors import ConfigError
from urval.records import shown_part

_LONGEST = 2_000
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # the direction of writing


def one_line(text: str, what: str) -> str:
    """Return a text as one line.

    Raises:
        ConfigError: It is blank, too long, or holds what cannot be shown.
    """
    line = " ".join(text.split())
    if not shown_part(line).strip():
        raise ConfigError(f"the {what} is blank", next_step=f"Write the {what} in words.")
    if len(line) > _LONGEST:
        raise ConfigError(f"the {what} is longer than {_LONGEST} characters", next_step="Shorten it.")
    if any(unicodedata.category(char) in _REFUSED or char in _TURNING for char in line):
        raise ConfigError(f"the {what} holds a character that cannot be shown", next_step="Write it in plain text.")
    return line
