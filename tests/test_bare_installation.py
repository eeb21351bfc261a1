"""The wheel alone, without Prefect, HTTP client or connectors: it verifies, and says what it cannot do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from _built import build_sample

ROOT = Path(__file__).parents[1]
# An import hook stands for what is not installed: the libraries of the extra "run", and the folders beside the wheel.
HOOK = """
import sys
ABSENT = {"prefect", "fastapi", "requests", "warcio", "typst", "jinja2", "PIL", "fontTools", "boto3"}
ABSENT |= {"flows", "connectors"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from urval.cli import main
main()
"""


def urval(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command where only the wheel is installed."""
    return subprocess.run(
        [sys.executable, "-c", HOOK, *map(str, arguments)], cwd=ROOT, text=True, capture_output=True, check=False
    )


def test_it_verifies(tmp_path: Path) -> None:
    """A package is judged at every level, and a damaged one is found."""
    package = build_sample(tmp_path).built.folder
    run = urval("verify", package)
    assert run.returncode == 0, run.stderr
    assert "VALID AS FAR AS CHECKED" in run.stdout
    (package / "data" / "README.txt").write_bytes(b"other")
    assert urval("verify", package).returncode == 1


@pytest.mark.parametrize(
    "command", [["capture", "--spec", "x", "--store", "y"], ["plan", "--spec", "x", "--store", "y"]]
)
def test_it_says_what_it_cannot_do(command: list[str]) -> None:
    """A command that needs the repository names what is missing and where to get it, without a traceback."""
    run = urval(*command)
    assert run.returncode == 2
    assert "not installed here" in run.stderr
    assert "Clone the repository" in run.stderr
    assert "Traceback" not in run.stderr
