"""The seal key of the fictional city, made once a test process, in a folder that goes with it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from urval.package.seal import KeyFolder

ARCHIVE, IDENTITY, PASSPHRASE = "exempelstad", "arkivet@exempelstad.example", "en lösenfras för proven"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def key_place() -> Path:
    """Return the folder that ``URVAL_KEYS`` names, with one key of the city."""
    place = Path(tempfile.mkdtemp(prefix="urval-test-keys-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    KeyFolder(place, ARCHIVE).create("new", identity=IDENTITY, passphrase=PASSPHRASE, at=SINCE)
    return place


def give_key() -> None:
    """Put the city's key and its passphrase where runs of this process, and of those it starts, look for them."""
    os.environ["URVAL_KEYS"], os.environ["URVAL_KEY_PASSPHRASE"] = str(key_place()), PASSPHRASE
