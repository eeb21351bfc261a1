"""What a run does with a fault of its own: one account ends, the others do not notice, and the ledger says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from _program import SPEC, TIME, city_program

from flows.run import connect_to, open_run
from flows.stages import archive_account, ledger_of
from urval.errors import ConfigError
from urval.ledger import State

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fault_ends_one_account_as_an_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody foresaw becomes the account's outcome and a ledger event; the next account is archived."""
    faults = [RuntimeError("the clock fell off the wall")]

    def clock() -> datetime:
        if faults:
            raise faults.pop()
        return datetime.fromisoformat(TIME)

    with city_program(tmp_path) as (program, _):
        for name in ("URVAL_CONNECT_TO", "URVAL_SCRATCH", "URVAL_SANDBOX_TOKEN", "URVAL_SANDBOX_TOKEN_LEADER"):
            monkeypatch.setenv(name, program.environment[name])
        run = replace(open_run(str(SPEC), str(program.store), "2026-host", fixed_time=TIME), clock=clock)
        first = archive_account(run, "exempelstad-nyheter", approve_unseen=True)
        second = archive_account(run, "kommundirektoren-facebook", approve_unseen=True)
    assert first.state == "failed"
    assert "fault in Urval (RuntimeError: the clock fell off the wall)" in first.detail
    assert "report it" in first.detail
    assert [event.state for event in ledger_of(run, "exempelstad-nyheter")] == [State.FAILED]
    assert second.state == "done"


@pytest.mark.parametrize("text", ["a", "a=b", "a=b:", "a=b:c", "=b:1", "a=b:1,c"])
def test_a_wrong_connect_to_is_told(text: str) -> None:
    """What is not ``name=host:port,…`` is a setting to correct."""
    with pytest.raises(ConfigError, match="URVAL_CONNECT_TO"):
        connect_to(text)


def test_connect_to_takes_names_and_ports() -> None:
    """Blanks and empty parts do not matter."""
    assert connect_to("a=b:1, c=[::1]:2,") == {"a": "b:1", "c": "[::1]:2"}
