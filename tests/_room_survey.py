"""What the tests of overview and accounts share: specs beside a store, and damage done to a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _sample_package import ACCOUNT, chosen_spec

if TYPE_CHECKING:
    from pathlib import Path

EARLIER, LATER = "2025-11-01--2026-05-01", "2026-05-01--2026-11-01"


def spec_file(folder: Path, *, first: str = "2025-11-01", name: str = "", more: int = 0) -> Path:
    """Write a spec whose calendar begins on a day, with another name for the account, and so many more accounts."""
    text = chosen_spec().decode()
    head, account = text.split("accounts:\n", 1)
    entry, rest = account[: account.index("\nrules:") + 1], account[account.index("\nrules:") + 1 :]
    others = "".join(entry.replace(ACCOUNT, f"konto-{number:03}") for number in range(more))
    if name:
        entry = entry.replace("name: Exempelstad", f"name: {name}")
    file = folder / "spec.yaml"
    file.write_text(
        head.replace("first_period_start: 2025-11-01", f"first_period_start: {first}")
        + "accounts:\n" + entry + others + rest,
        encoding="utf-8",
    )  # fmt: skip
    return file


def packages_of(store: Path) -> dict[str, Path]:
    """Return the folder of each period's package."""
    return {path.parent.parent.name: path.parent for path in store.glob("packages/*/*/*/*/manifest.json")}


def damage(file: Path) -> None:
    """Change one byte of a stored file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
