"""The fixtures ``uri`` and ``store``: an empty store of each kind."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from urval.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from urval.store import Store

_NUMBERS = itertools.count()


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.server)])
def uri(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URI of an empty store of each kind."""
    if request.param == "directory":
        return str(tmp_path / "store")
    server = request.getfixturevalue("s3")
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return server.uri(f"{server.bucket(f'battery-{next(_NUMBERS)}')}/prefix/å")


@pytest.fixture
def store(uri: str) -> Store:
    """Return an empty store of each kind."""
    return open_store(uri)
