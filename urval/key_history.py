"""The history of an archive's seal keys: which key was valid when, as a hash chain that everybody may read. Pure.

Private keys are never part of it. From it comes the list that ``ssh-keygen -Y verify`` takes (``allowed_signers``):
each key with the time from which and until which it was the archive's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime  # noqa: TC002 - pydantic reads the annotations

from urval.errors import ConfigError, VerificationError
from urval.manifest import Part, canonical, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "urval-key/1"
NAMESPACES = ("urval-manifest", "urval-run", "urval-key")


class KeyEvent(Part):
    """One line of the history: a key comes (``new``), replaces another (``rotate``), or the last one ends (``retire``).

    ``public_key`` is ``ssh-ed25519 AAAA…`` and ``fingerprint`` what ``ssh-keygen -l`` prints, both empty where a key
    ends without another. ``at`` is when the key before ended and this one began; where that key was lost or stolen,
    ``ended_at`` is the earlier time from which it proves nothing. ``previous`` is the hex SHA-256 of the event before.
    """

    format: Literal["urval-key/1"]
    archive: str
    number: int
    act: Literal["new", "rotate", "retire"]
    identity: str
    public_key: str
    fingerprint: str
    at: AwareDatetime
    ended_at: AwareDatetime | None
    reason: str
    previous: str | None


@dataclass(frozen=True, slots=True)
class Validity:
    """One key and when it was the archive's: from ``begins`` on, before ``ends`` (None: until further notice)."""

    identity: str
    public_key: str
    fingerprint: str
    begins: datetime
    ends: datetime | None


def encode(event: KeyEvent) -> bytes:
    """Return the event as canonical JSON."""
    return canonical(event)


def decode(data: bytes) -> KeyEvent:
    """Parse the bytes of :func:`encode`.

    Raises:
        VerificationError: They are no such event, or spelt otherwise.
    """
    try:
        event = KeyEvent.model_validate(json.loads(data))
        whole = encode(event) == data
    except (ValueError, RecursionError) as error:
        raise VerificationError("An event of the key history cannot be read.", next_step=_RESTORE) from error
    if not whole:
        raise VerificationError(f"The event {event.number} of the key history was changed.", next_step=_RESTORE)
    return event


def check_chain(events: Sequence[KeyEvent]) -> list[str]:
    """Return what is wrong with a history, one sentence each; nothing when it is whole."""
    problems = []
    for place, event in enumerate(events, start=1):
        before = events[place - 2] if place > 1 else None
        if event.number != place:
            problems.append(f"The event {place} of the key history says it is number {event.number}.")
        if event.previous != (sha256_hex(encode(before)) if before else None):
            problems.append(f"The event {place} of the key history does not follow from the one before it.")
        if (event.act == "new") != (before is None or before.act == "retire"):
            problems.append(f"The event {place} of the key history is out of order: {event.act}.")
        if before is not None and event.at < before.at:
            problems.append(f"The event {place} of the key history is earlier than the one before it.")
    return problems


def next_event(
    events: Sequence[KeyEvent],
    act: Literal["new", "rotate", "retire"],
    *,
    archive: str,
    identity: str,
    at: datetime,
    public_key: str = "",
    fingerprint: str = "",
    ended_at: datetime | None = None,
    reason: str = "",
) -> KeyEvent:
    """Return the event that comes next.

    Raises:
        ConfigError: It does not fit the history: a first key when there is one, a rotation without any.
    """
    event = KeyEvent(
        format="urval-key/1",
        archive=archive,
        number=len(events) + 1,
        act=act,
        identity=identity,
        public_key=public_key,
        fingerprint=fingerprint,
        at=at.astimezone(UTC),
        ended_at=None if ended_at is None else ended_at.astimezone(UTC),
        reason=reason,
        previous=sha256_hex(encode(events[-1])) if events else None,
    )
    problems = check_chain([*events, event])
    if problems:
        step = "See which keys there are with: urval keys show. A key that is there is replaced with: urval keys rotate"
        raise ConfigError(problems[0], next_step=step)
    return event


def validities(events: Sequence[KeyEvent]) -> list[Validity]:
    """Return every key of a history with its time, oldest first."""
    found = []
    for place, event in enumerate(events):
        if event.act == "retire":
            continue
        after = events[place + 1] if place + 1 < len(events) else None
        ends = None if after is None else after.ended_at or after.at
        found.append(Validity(event.identity, event.public_key, event.fingerprint, event.at, ends))
    return found


def allowed_signers(events: Sequence[KeyEvent]) -> bytes:
    """Return the list for ``ssh-keygen -Y verify -f``: a line a key, with its times in UTC (OpenSSH 9.1 or later)."""
    return "".join(_line(one) for one in validities(events)).encode()


def signer_line(identity: str, public_key: str) -> bytes:
    """Return the line of one key without times, which every ``ssh-keygen`` reads: what lies beside a seal."""
    return f'{identity} namespaces="{",".join(NAMESPACES)}" {public_key}\n'.encode()


def _line(one: Validity) -> str:
    times = f'valid-after="{_stamp(one.begins)}"'
    if one.ends is not None:
        times += f',valid-before="{_stamp(one.ends)}"'
    return f'{one.identity} namespaces="{",".join(NAMESPACES)}",{times} {one.public_key}\n'


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")


_RESTORE = "Restore it from a backup and find out who changed it."
