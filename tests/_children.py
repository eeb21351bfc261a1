"""Running a piece of a test in a forked process: to kill it, to take rights from it, or to race it."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def start(action: Callable[[], Any]) -> tuple[int, int]:
    """Fork a child that runs ``action``; return its process id and the pipe its outcome comes through."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        outcome = _outcome(action)
        os.write(writer, pickle.dumps(outcome))
    finally:
        os._exit(0)  # never back into pytest


def finish(child: int, reader: int) -> Any:
    """Wait for a child and return what its action returned, or the name and texts of the error it raised.

    None for a child that was killed.
    """
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None


def run(action: Callable[[], Any]) -> Any:
    """Run ``action`` in a child and return its outcome."""
    return finish(*start(action))


def die_at(moment: int, events: frozenset[str]) -> None:
    """Make this process kill itself (SIGKILL) just before the nth of the named audit events."""
    left = moment

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event in events:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - any error is the outcome
        return type(error).__name__, getattr(error, "message", repr(error)), getattr(error, "next_step", "")
