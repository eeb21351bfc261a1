"""The folder of a static twin: made whole beside its place, then put there at once."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from urval.errors import ConfigError, UrvalError

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = "urval-twin.json"
FORMAT = "urval-twin/1"


def check_place(folder: Path, store_uri: str) -> Path:
    """Return where the twin shall stand, with links followed.

    Raises:
        ConfigError: There is something else, or it would lie in the store.
    """
    place = folder.resolve()
    store = Path(store_uri)
    if "://" not in store_uri and (place.is_relative_to(store.resolve()) or store.resolve().is_relative_to(place)):
        raise ConfigError("a static twin is never written into the store", next_step="Name another folder.")
    if place.exists() and not (place.is_dir() and (not any(place.iterdir()) or _is_twin(place))):
        raise ConfigError(
            f"{folder} holds something else than a static twin; nothing was written",
            next_step="Name a new folder, or one that an earlier export made.",
        )
    return place


@contextmanager
def made_beside(place: Path) -> Iterator[Path]:
    """Give a new folder beside a place; put it there when the block ends well, remove it where it does not.

    An earlier twin stands until the new one is whole.

    Raises:
        UrvalError: The folder cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        yield fresh
        fresh.chmod(0o755)
        _swap(fresh, place)
    except OSError as error:
        if error.errno is None:  # no word of the file system's: a fault of ours
            raise
        raise _unwritable(place, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, place: Path) -> None:
    if not place.exists() or not any(place.iterdir()):
        os.replace(fresh, place)  # noqa: PTH105 - takes the place of an empty folder too
        return
    before = Path(tempfile.mkdtemp(prefix=f".{place.name}.before.", dir=place.parent))
    os.replace(place, before)  # noqa: PTH105
    try:
        os.replace(fresh, place)  # noqa: PTH105
    except OSError:
        os.replace(before, place)  # noqa: PTH105 - what was there stands again
        raise
    shutil.rmtree(before, ignore_errors=True)


def _is_twin(place: Path) -> bool:
    try:
        said = json.loads((place / MARKER).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("format") == FORMAT


def _unwritable(place: Path, error: OSError) -> UrvalError:
    return UrvalError(
        f"the static twin cannot be written to {place}: {error.strerror}; what was there is as it was",
        next_step="Make room, or name another folder.",
    )
