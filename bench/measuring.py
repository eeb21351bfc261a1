"""One measured thing, one process: how it is started, what it reports, how floor and product are compared."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".build" / "bench"  # inputs that are made once, and what the measured things write
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process needed: wall time in seconds, and the peak of its resident memory in bytes.

    ``peak`` is that of the process itself and, added, of the largest of its children.
    """

    seconds: float
    peak: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``at_most`` tells on which side of the bound the figure must lie."""

    name: str
    figure: float
    bound: float
    at_most: bool
    detail: str
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """Tell whether the bound holds."""
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound


def run(module: str, *arguments: object) -> Sample:
    """Run ``python -m bench.<module>`` and return what it measured of itself."""
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Sample(told["seconds"], told["peak"])


def told(work: Callable[[], object]) -> None:
    """Do the work in this process and print wall time and peak memory; imports are done before and not counted."""
    gc.collect()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    peak = _own_peak() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak": peak * _PEAK_UNIT}))


def _own_peak() -> int:
    """Return the peak of this process in the system's unit; Linux counts what started it into ``ru_maxrss``."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def in_turns(rounds: int, *things: tuple[object, ...]) -> list[Sample]:
    """Run the things one after the other, ``rounds`` times over; return the median time and memory of each."""
    samples: list[list[Sample]] = [[] for _ in things]
    for _ in range(rounds):
        for place, (module, *arguments) in enumerate(things):
            samples[place].append(run(str(module), *arguments))
    return [Sample(median(s.seconds for s in taken), round(median(s.peak for s in taken))) for taken in samples]
