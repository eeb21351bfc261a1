"""What all ways of breaking a package share: their register, and sealing a copy but for one part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from _tampering import digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _tampering import Tampering


@dataclass(frozen=True)
class Vector:
    """One way to break a package: the code that must fail, what to alter, and which sample to begin with."""

    code: str
    alter: Callable[[Tampering], None]
    census: bool
    reviewed: bool
    frame: bool  # whether the verifier is given the frame
    sealed: bool = False  # begins with the sealed package, and leaves the folder finished

    @property
    def name(self) -> str:
        """Return what a test report calls it."""
        return f"{self.code}-{self.alter.__name__}"


VECTORS: list[Vector] = []


def breaks(
    code: str, *, census: bool = False, reviewed: bool = False, frame: bool = True, sealed: bool = False
) -> Callable[[Callable[[Tampering], None]], Callable[[Tampering], None]]:
    """Enter a function into ``VECTORS``."""

    def enter(alter: Callable[[Tampering], None]) -> Callable[[Tampering], None]:
        VECTORS.append(Vector(code, alter, census, reviewed, frame, sealed))
        return alter

    return enter


def line_of(row: dict[str, Any]) -> bytes:
    """Return a row as a line of JSON Lines."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def seal_but(t: Tampering, part: str) -> Path:
    """Seal now, and keep ``part`` (and what comes before it) as it will be left by the caller."""
    t.folder = t.seal()
    t.leave |= {"id", part, "folder"} | ({"payload"} if part == "listing" else set())
    return t.folder


def relist(t: Tampering, change: Callable[[str], str]) -> None:
    """Change the payload's listing, and seal around it."""
    path = seal_but(t, "listing") / "manifest-sha256.txt"
    path.write_bytes(change(path.read_text()).encode())
    t.manifest["payload"]["manifest_sha256"] = digest(path)
