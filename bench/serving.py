"""A server that is measured: a process of its own, asked over HTTP from this one."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.measuring import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Server:
    """Where it answers, and when it was started."""

    pid: int
    host: str
    opened: float  # perf_counter when it was started

    def get(self, path: str, *, packed: bool = False) -> tuple[int, bytes, float]:
        """Return status, body as transferred, and seconds."""
        connection = HTTPConnection(self.host, timeout=120)
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} if packed else {})
        answer = connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        connection.close()
        return answer.status, body, took


@contextmanager
def running(command: list[str], environment: dict[str, str], address: str) -> Iterator[Server]:
    """Run a command until the block ends; ``address`` is a pattern of what it prints when it answers."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        said = next((found[0] for line in process.stdout if (found := re.search(address, line))), "")
        if not said:
            raise SystemExit(f"{command} did not start")
        yield Server(process.pid, urlsplit(said).netloc, began)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
