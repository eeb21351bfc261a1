"""The fixtures of the tests on captures that are cut off: a city, an undisturbed capture of it, and a bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from _cut_off import Bench, cut_off_bench

from connectors.sandbox import MAIN, City

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def cut_off_city() -> City:
    """Make a city whose main Page has two pages of posts, and a post with several pages of comments."""
    start, end = City.demo().start, City.demo().end
    return City.generate(seed=1, posts=130, comments_mean=9, start=start, end=end, only=(MAIN,))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, cut_off_city: City) -> tuple[list[str], dict[str, str]]:
    """Return the calls and the stored files of a capture that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, cut_off_bench(folder, patch, cut_off_city) as made:
        made.capture()
        return made.targets(), made.stored()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_off_city: City) -> Iterator[Bench]:
    """Give a sandbox and an empty store."""
    with cut_off_bench(tmp_path, monkeypatch, cut_off_city) as made:
        yield made
