"""What all tests share: in CI, a skipped test fails the run, those on third-party recordings excepted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every skipped test that is not marked ``shared``."""
    if report.skipped and not hasattr(report, "wasxfail") and "shared" not in report.keywords:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn skipped tests into a failed run where CI=true."""
    if os.environ.get("CI") == "true" and _skipped:
        print("\nskipped in CI:", *_skipped, sep="\n  ")
        session.exitstatus = 1
