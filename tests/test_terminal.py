"""What the command prints: its version, its list of commands, and progress on a terminal and elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

from _program import program

from urval import __version__

if TYPE_CHECKING:
    from pathlib import Path

_WORK = """
import logging
from urval.cli.output import tell_progress
with tell_progress():
    logging.getLogger("urval").info("%s: [bold]step[/bold] :smile:", "an account")
print("result")
"""


def test_version_and_list_of_commands(tmp_path: Path) -> None:
    """``--version`` names the version; no line of the list of commands is cut off."""
    made = program(tmp_path, COLUMNS="80")
    told = made.run("--version")
    assert (told.returncode, told.stdout) == (0, f"urval {__version__}\n")
    for words in ((), ("spec",)):
        listed = made.run(*words, "--help")
        assert listed.returncode == 0, listed.stderr
        assert "..." not in listed.stdout.partition("Commands:")[2]


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    """Each step is one line on standard error, as it was given; results alone are on standard output."""
    run = subprocess.run([sys.executable, "-c", _WORK], capture_output=True, text=True, check=True)
    assert run.stderr == "  an account: [bold]step[/bold] :smile:\n"
    assert run.stdout == "result\n"


def test_progress_on_a_terminal_lives_and_leaves_only_the_lines() -> None:
    """A terminal shows the time that passes, which is wiped at the end; the steps stand as they were given."""
    terminal, other_end = pty.openpty()
    try:
        environment = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"}
        run = subprocess.run(
            [sys.executable, "-c", _WORK], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=other_end,
            env=environment, check=True,
        )  # fmt: skip
        shown = os.read(terminal, 65536).decode()
    finally:
        os.close(terminal)
        os.close(other_end)
    assert run.stdout == b"result\n"
    assert "  an account: [bold]step[/bold] :smile:" in shown
    assert "0:00:00" in shown
    assert shown.rstrip().endswith("\x1b[2K")
