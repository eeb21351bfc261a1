"""Starting verifications in a reading room as a visitor does, and stores that can be held up."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from _reading_room import json_of

from urval.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from urval.reading_room.verifying import Job, Verifications

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


def asked(asking: TestClient, target: str, level: str = "full", status: int = 303) -> str:
    """Send the form; return where it leads."""
    found = _TOKEN.search(asking.get("/verifications").text)
    token = found[1] if found else ""
    answer = asking.post("/verifications", data={"token": token, "target": target, "level": level})
    assert answer.status_code == status, answer.text[:500]
    return answer.headers.get("location", "")


def verified(asking: TestClient, target: str, level: str = "full") -> Any:
    """Verify, wait for the end, and return what the page's twin tells."""
    address = asked(asking, target, level)
    of: Verifications = asking.app.state.room.verifications  # type: ignore[attr-defined]
    job: Job = of.wait(int(address.rpartition("/")[2]), 60)
    assert job.ended
    return json_of(asking, f"{address}.json")


class HeldUp(DirectoryStore):
    """A store that answers nobody who asks for a run manifest until it is let go."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reached, self.let_go = threading.Event(), threading.Event()

    def get(self, key: str) -> bytes:
        """Return an object's bytes, some of them late."""
        if key.startswith("runs/"):
            self.reached.set()
            assert self.let_go.wait(30)
        return super().get(key)
