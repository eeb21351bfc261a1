"""What all tests share: in CI, a skipped test fails the run, those on third-party recordings excepted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _keys import give_key
from _prefect_server import end_shared_server
from _warm_start import end_warm_start

if TYPE_CHECKING:
    import pytest

_skipped: list[str] = []


def pytest_sessionstart() -> None:
    """Give the city's seal key to every run of the tests."""
    give_key()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every skipped test that is not marked ``shared``."""
    if report.skipped and not hasattr(report, "wasxfail") and "shared" not in report.keywords:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what the tests started for all of them, and turn skipped tests into a failed run where CI=true."""
    end_shared_server()
    end_warm_start()
    if os.environ.get("CI") == "true" and _skipped:
        print("\nskipped in CI:", *_skipped, sep="\n  ")
        session.exitstatus = 1
