"""Looking at accounts' pages between captures: where one looks otherwise, an extra occasion is decided.

Source: requirement R05 (an extra capture when avatar, cover, name, text or links change).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors._registry import reads_files_only
from flows.looks import last_look
from flows.occasions import add_extra, begun_occasions, events_of, extras_of, skipped_by, waits_for_capture
from flows.opening import asked_page
from flows.run import typed_faults
from urval.capture import changed_fields, look_of
from urval.errors import ConfigError, UrvalError
from urval.periods import end_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.run import Run
    from urval.periods import ExtraOccasion, Occasion

log = logging.getLogger("flows.page_changes")


def look_for_changes(run: Run, account_ids: Sequence[str], *, dry: bool = False) -> list[dict[str, Any]]:
    """Look at each account's page, and decide an occasion of today where it differs from the last capture.

    One account's fault does not keep the others from being looked at. Nothing of the page is kept but the names of
    what differs: the occasion's capture keeps it.

    Args:
        run: The run.
        account_ids: The register's ids.
        dry: Decide nothing.

    Returns:
        A row an account, as plain data. ``result`` is ``same``; ``changed`` (an occasion was decided, or would be);
        ``waiting`` (an occasion that will show it waits already, or was left out by a person); ``unknown`` (there is
        nothing to compare with); ``closed``, ``not opened``, ``files only``; or ``failed``. ``detail`` is a sentence.

    Raises:
        ConfigError: An account is not in the spec.
    """
    for account_id in account_ids:
        run.loaded.spec.account(account_id)
    return [_looked_at(run, account_id, dry=dry) for account_id in account_ids]


def _looked_at(run: Run, account_id: str, *, dry: bool) -> dict[str, Any]:
    try:
        with typed_faults():
            return _compared(run, account_id, dry=dry)
    except UrvalError as error:
        log.error("%s: %s", account_id, error.message)  # noqa: TRY400 - a typed error needs no trace
        return _row(account_id, "failed", detail=error.diagnostics())


def _compared(run: Run, account_id: str, *, dry: bool) -> dict[str, Any]:
    extras = extras_of(run, account_id)
    begun = begun_occasions(run, account_id, extras)
    if row := _without_page(run, account_id, extras, begun):
        return row
    before = last_look(run, account_id)
    if before is None:
        return _row(account_id, "unknown", detail="It was never captured, so there is nothing to compare with.")
    log.info("%s: looking at its page", account_id)
    page = asked_page(replace(run, occasion_id=begun[-1].id), account_id)
    changes = changed_fields(before, look_of(page.profile, page.media))
    if not changes:
        return _row(account_id, "same")
    if words := _known(run, account_id, begun, extras, changes):
        return _row(account_id, "waiting", changes, detail=words)
    return _decided(run, account_id, changes, dry=dry)


def _without_page(
    run: Run, account_id: str, extras: Sequence[ExtraOccasion], begun: Sequence[Occasion]
) -> dict[str, Any] | None:
    """Return the row of an account that has no page to look at, and None for one that has."""
    account = run.loaded.spec.account(account_id)
    end = end_of(account, extras)
    if end is not None and end <= run.today():
        return _row(
            account_id, "closed", detail=f"It closes on {end}; what it still has is the occasion {end}-closing."
        )
    if not begun:
        return _row(account_id, "not opened", detail="No period of it has begun.")
    if reads_files_only(account.platform, account_id=account_id, settings=account.settings):
        return _row(account_id, "files only", detail="It has no settings: its page is in its export file only.")
    return None


def _known(
    run: Run,
    account_id: str,
    begun: Sequence[Occasion],
    extras: Sequence[ExtraOccasion],
    changes: tuple[str, ...],
) -> str:
    """Say which occasion will show the change when it is captured, or was decided against; nothing if there is none."""
    decided = {one.id: set(one.changes) for one in extras}
    for occasion in reversed([one for one in begun if one.period.end_day <= run.today()]):
        events = events_of(run, account_id, occasion)
        if waits_for_capture(events):
            return f"The occasion {occasion.id} waits to be captured, and will show it."
        left_out = skipped_by(events)
        if left_out is None:
            return ""  # captured: the look compared with is of that day or later
        if set(changes) <= decided.get(occasion.id, set()):
            return f"The occasion {occasion.id} was left out, by {left_out.actor}: {left_out.reason}"
    return ""


def _decided(run: Run, account_id: str, changes: tuple[str, ...], *, dry: bool) -> dict[str, Any]:
    if dry:
        return _row(account_id, "changed", changes, detail="Nothing was decided: this was a dry run.")
    reason = f"The page looks otherwise than at the last capture: {', '.join(changes)}."
    try:
        extra = add_extra(run, account_id, "change", run.today(), reason=reason, changes=changes)
    except ConfigError as error:
        return _row(account_id, "waiting", changes, detail=error.message)  # what there is for today covers it
    return _row(account_id, "changed", changes, occasion=extra.id, detail="It is due now: capture it.")


def _row(
    account_id: str, result: str, changes: tuple[str, ...] = (), *, occasion: str | None = None, detail: str = ""
) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "result": result,
        "changes": list(changes),
        "occasion": occasion,
        "detail": detail,
    }
