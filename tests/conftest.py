"""What all tests share: in CI, a skipped test fails the run, those on third-party recordings excepted."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from _keys import give_key
from _warm_start import end_warm_start

if TYPE_CHECKING:
    import pytest

_skipped: list[str] = []
_outside: list[tuple[str, str]] = []  # test, what the outside programs said in it
# What takes a minute or more, longest first: begun at the end, one of these would leave a processor idle.
_LONG = (
    "test_interrupted", "test_year", "test_prefect", "test_demo", "test_page_view", "test_disk_full",
    "test_room_browser", "test_s3_end_to_end", "test_resume", "test_plan", "test_import", "test_room_play",
    "test_room_static", "test_wordpress_live", "test_mutations", "test_delivery_validators",
    "test_all_platforms", "test_moderate_program", "test_verify_hostile", "test_resume_faults", "test_snapshot",
)  # fmt: skip


def pytest_sessionstart() -> None:
    """Give the city's seal key to every run of the tests."""
    give_key()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, each as a whole; ``make test`` lets the processors take them in this order."""
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every skipped test that is not marked ``shared``, and what outside programs said to those marked so."""
    if report.skipped and not hasattr(report, "wasxfail") and "shared" not in report.keywords:
        _skipped.append(report.nodeid)
    if report.when == "call" and "outside" in report.keywords and report.capstdout.strip():
        _outside.append((report.nodeid, report.capstdout.strip()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Put what bagit, veraPDF, the E-ARK validators, warcio, openssl and ssh-keygen said at the end of the log."""
    if _outside:
        terminalreporter.section("what outside validators say")
    for test, said in sorted(_outside):
        terminalreporter.write_line(test, bold=True)
        terminalreporter.write_line(said)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what the tests started for all of them, and turn skipped tests into a failed run where CI=true."""
    if prefect := sys.modules.get("_prefect_server"):  # not imported here: some test files name it as their plugin
        prefect.end_shared_server()
    end_warm_start()
    if os.environ.get("CI") == "true" and _skipped:
        print("\nskipped in CI:", *_skipped, sep="\n  ")
        session.exitstatus = 1
