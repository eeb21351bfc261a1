"""The fictional city's time-stamp authority (RFC 3161): ``openssl ts`` behind HTTP, with a key that everybody may know.

It tells the machine's own time, as a real authority does, whatever the city's clock says. Where there is no openssl it
is out of order, and what was to be stamped stays unstamped.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Final

from connectors.sandbox.answers import STAMP_HOST, Answer, Request

_HERE: Final = Path(__file__).parent / "authority"
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"
_SECONDS: Final = 30
CERTIFICATES: Final = _HERE / "root.pem"

__all__ = ["CERTIFICATES", "STAMP_HOST", "TimeStamps"]


class TimeStamps:
    """Answers time-stamp requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # the serial number is in a file
        self._serial = 0

    def answer(self, request: Request) -> Answer:
        """Return a stamp over the digest that is asked for."""
        if request.method != "POST" or request.headers.get("content-type") != _QUERY:
            return Answer(415, [("Content-Type", "text/plain")], body=b"POST a time-stamp query\n")
        with self._lock, tempfile.TemporaryDirectory(prefix="urval-sandbox-") as name:
            self._serial += 1
            reply = _stamp(Path(name), request.body, self._serial)
        if reply is None:
            return Answer(503, [("Content-Type", "text/plain")], body=b"out of order\n")
        return Answer(200, [("Content-Type", _REPLY)], body=reply)


def _stamp(folder: Path, query: bytes, serial: int) -> bytes | None:
    """Return the DER bytes of the answer; None where openssl is missing or makes none."""
    program = shutil.which("openssl")
    if program is None:
        return None
    for name in ("signer.cnf", "signer.pem", "signer.key"):
        shutil.copyfile(_HERE / name, folder / name)
    (folder / "serial").write_text(f"{serial:08X}\n", encoding="ascii")
    (folder / "query.tsq").write_bytes(query)
    command = [program, "ts", "-reply", "-config", "signer.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - fixed words
    reply = folder / "reply.tsr"
    return reply.read_bytes() if reply.is_file() else None
