"""How long ``urval --help`` takes, from the start of the process to its end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.measuring import ROOT, Line

_ROUNDS = 7


def lines() -> list[Line]:
    """Run the command as installed a few times; the first, which compiles, does not count."""
    command = [str(Path(sys.executable).with_name("urval")), "--help"]
    taken = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        taken.append(time.perf_counter() - began)
        if "capture" not in done.stdout:
            raise SystemExit("urval --help does not list the commands")
    return [Line("urval --help", median(taken[1:]), 0.4, at_most=True, detail=f"median of {_ROUNDS}", unit="s")]
