"""How an account's page looked at an earlier capture, as the store has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from urval.capture import PageLook
from urval.errors import MalformedError

if TYPE_CHECKING:
    from flows.run import Run

_PARTS = 6  # captures/<archive>/<account>/<period>/<capture id>/capture.json


def look_before(run: Run, account_id: str) -> PageLook | None:
    """Return how the page looked at the account's last capture of an earlier period than the run's; None without one.

    Raises:
        MalformedError: That capture's description cannot be read.
    """
    return _newest_look(run, account_id, before=run.place(account_id)[2])


def last_look(run: Run, account_id: str) -> PageLook | None:
    """Return how the page looked at the account's last capture of any period; None without one.

    Raises:
        MalformedError: That capture's description cannot be read.
    """
    return _newest_look(run, account_id, before=None)


def _newest_look(run: Run, account_id: str, *, before: str | None) -> PageLook | None:
    archive = run.loaded.spec.archive.id
    found = [key for key in run.store.keys(f"captures/{archive}/{account_id}") if _is_capture(key)]
    periods = sorted({key.split("/")[3] for key in found if before is None or key.split("/")[3] < before})
    if not periods:
        return None
    documents = [_document(run, key) for key in found if key.split("/")[3] == periods[-1]]
    newest = max(documents, key=lambda one: str(one["ended_at"]))
    return None if newest.get("look") is None else PageLook.from_json(newest["look"])


def _is_capture(key: str) -> bool:
    parts = key.split("/")
    return len(parts) == _PARTS and parts[-1] == "capture.json"


def _document(run: Run, key: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(run.store.get(key))
        _ = value["ended_at"]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError(
            f"{key} in {run.store.uri} is no description of a capture", next_step="Restore it from another copy."
        ) from error
    return value
