"""The ``urval`` command in a process of its own that has imported already: each is forked from one that waits.

Starting Python and importing Arrow and the rest takes a second of a core, and the tests give commands by the hundred.
What a command sees is what a fresh process sees: its arguments, environment, folder and pipes, and nothing that an
earlier command did. Captures are not started so: they make bytes, and every one shall have a hash seed of its own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SECONDS = 600
_TO_END = ExitStack()
# What nearly every command imports sooner or later; Prefect is not among it, as it reads its settings on import.
_PARTS = (
    "urval.cli", "pyarrow.dataset", "pyarrow.parquet", "pyarrow.compute", "requests", "boto3", "connectors",
    "flows.run", "flows.plan", "flows.reviewing", "flows.stages", "urval.coverage", "urval.package", "urval.verify",
    "urval.store",
)  # fmt: skip


def run_warm(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as ``subprocess.run`` would."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_SECONDS)
        line.connect(_address())
        asked = json.dumps({"arguments": arguments, "environment": environment}).encode()
        socket.send_fds(line, [len(asked).to_bytes(8, "big")], [out.fileno(), err.fileno()])
        line.sendall(asked)
        status = int(line.makefile("rb").read() or -signal.SIGKILL)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(["urval", *arguments], status, *told)


@cache
def _address() -> str:
    """Return where the waiting process listens, started when it is first asked for; ``conftest.py`` ends it."""
    folder = _TO_END.enter_context(tempfile.TemporaryDirectory(prefix="urval-warm-"))
    address = f"{folder}/line"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("URVAL_", "PREFECT_"))}
    process = subprocess.Popen(
        [sys.executable, __file__, address], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=environment | {"LANG": "C.UTF-8", "COLUMNS": "200", "HOME": folder},
    )  # fmt: skip
    _TO_END.callback(process.wait)
    _TO_END.callback(process.terminate)
    assert process.stdout is not None
    with process.stdout as ready:
        assert ready.readline() == b"ready\n"
    return address


def end_warm_start() -> None:
    """End the waiting process, if there is one."""
    _TO_END.close()


def wait(address: str) -> None:
    """Import, then fork for every command that is asked for; never returns but in the forked process."""
    from importlib import import_module

    sys.path[0] = str(ROOT)
    from urval.cli.lean import keep_pandas_out

    keep_pandas_out()
    for name in _PARTS:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(8)
        print("ready", flush=True)
        while True:
            line, _ = server.accept()
            if not os.fork():
                server.close()
                break
            line.close()
    serve(line)


def serve(line: socket.socket) -> None:
    """Fork once more for the command itself, and tell its status when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, descriptors, _, _ = socket.recv_fds(line, 8, 2)
    asked = json.loads(line.makefile("rb").read(int.from_bytes(length, "big")))
    command = os.fork()
    if command:
        _, status = os.waitpid(command, 0)
        line.sendall(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    line.close()
    for place, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["urval", *asked["arguments"]]
    from urval.cli import main

    main()


if __name__ == "__main__":
    wait(sys.argv[1])
