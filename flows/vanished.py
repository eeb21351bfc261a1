"""A light look at a period that is captured already: what is gone since, and whether the register knows of it.

The period is read again through the connector, ids are compared, and an observation with ids only is kept (requirement
R09). No media are taken, and nothing becomes a capture.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.opening import connector_opener
from flows.scratch import scratch
from urval.capture import Capture
from urval.errors import ConfigError
from urval.removals import (
    Finding,
    Gone,
    Held,
    Observation,
    Seen,
    entries_of,
    judge,
    vanished_in,
)
from urval.store import put_observation, read_observations, read_removals

if TYPE_CHECKING:
    from pathlib import Path

    from flows.run import Run
    from urval.removals import Vanished
    from urval.store import Store

log = logging.getLogger("flows.vanished")
_PARTS = 6  # captures/<archive>/<account>/<period>/<capture id>/capture.json
_NO_MEDIA = 1  # byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something that is gone: since which local day it is missed, on how many days, and its entry's id, if any.

    ``since`` is empty where it was marked as gone when it was captured.
    """

    finding: Finding
    since: str
    days: int
    confirmed: bool
    entry: str | None

    @property
    def to_act_on(self) -> bool:
        """Whether somebody must act: it is gone for certain, and the register does not know of it."""
        return self.confirmed and self.entry is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The outcome: how much was compared, what is gone, and which threads could not be judged (``*``: none)."""

    account_id: str
    period: str
    occasion: str
    day: str
    kept: bool  # False: the day has another observation, which stays
    posts: int
    comments: int
    rows: tuple[Row, ...]
    uncertain: tuple[str, ...]

    @property
    def findings(self) -> list[Row]:
        """Return the rows on which somebody must act."""
        return [row for row in self.rows if row.to_act_on]


def last_captured(store: Store, archive: str, account_id: str) -> str:
    """Return the id of the occasion of the account's newest captured period.

    Raises:
        ConfigError: The account has no capture.
    """
    keys = _captures(store, f"captures/{archive}/{account_id}")
    if not keys:
        raise ConfigError(
            f"the store holds no capture of {account_id} to compare with", next_step="Capture first: urval capture."
        )
    newest = max(keys, key=lambda key: key.split("/")[3].partition("--")[2])
    return str(json.loads(store.get(newest))["occasion_id"])


def look_again(run: Run, account_id: str) -> Look:
    """Read the account's captured period of this run again, and say what is gone.

    Raises:
        ConfigError: The period was not captured, or from an export file.
        SourceError: The platform cannot be read.
        StoreError, VerificationError: The store refuses, or something in it was changed.
    """
    with scratch(run, account_id) as folder:
        capture = _captured(run, account_id, folder / "held")
        held, at_capture = Held.of(capture), vanished_in(capture)
        seen = _read_again(run, account_id, folder / "again")
    archive, _, period = run.place(account_id)
    fresh = Observation(
        format="urval-observation/1", archive=archive, account=account_id, period=period, day=str(run.today()),
        observed_at=run.clock(), observed_by=run.actor, capture=str(capture.info.document["capture_id"]),
        capture_sha256=capture.info.sha256, posts=len(held.posts), comments=len(held.comments),
        missing=seen.missing(held), uncertain=sorted(seen.uncertain),
    )  # fmt: skip
    kept = put_observation(run.store, fresh)
    looks = [one for one in read_observations(run.store, archive, account_id, period) if one.day != fresh.day]
    rows = _rows(run, account_id, held, at_capture, judge([*looks, fresh]))
    return Look(
        account_id=account_id, period=period, occasion=run.occasion_id, day=fresh.day, kept=kept, posts=fresh.posts,
        comments=fresh.comments, rows=rows, uncertain=tuple(fresh.uncertain),
    )  # fmt: skip


def _rows(
    run: Run, account_id: str, held: Held, at_capture: list[Finding], vanished: list[Vanished]
) -> tuple[Row, ...]:
    """Return what is gone with its entry in the register; one entry is not counted for two things."""
    found = [*at_capture, *(_finding(one, held) for one in vanished)]
    entries = entries_of(found, read_removals(run.store, run.loaded.spec.archive.id, account_id))
    judged = [("", 0, one.how is Gone.DELETED_BY_US) for one in at_capture]
    judged += [(one.since, one.days, one.confirmed) for one in vanished]
    return tuple(
        Row(finding=one, since=since, days=days, confirmed=sure, entry=entries[place].id if place in entries else None)
        for place, (one, (since, days, sure)) in enumerate(zip(found, judged, strict=True))
    )


def _finding(one: Vanished, held: Held) -> Finding:
    name, thread = one.missing.id, one.missing.thread
    link = held.posts.get(name) if one.missing.what == "post" else held.comments[name].link
    return Finding(
        what=one.missing.what, id=name, thread_id=thread, link=link, thread_link=held.posts.get(thread),
        how=Gone(one.missing.sign.value),
    )  # fmt: skip


def _read_again(run: Run, account_id: str, folder: Path) -> Seen:
    """Read the period to its end, without media.

    Raises:
        SourceError: Nothing (more) of the account can be had.
    """
    spec = run.loaded.spec
    limits = spec.limits.model_copy(update={"media_bytes": _NO_MEDIA})
    light = replace(run, loaded=replace(run.loaded, spec=spec.model_copy(update={"limits": limits})))
    (folder / "media").mkdir(parents=True)
    seen = Seen()
    with connector_opener(light, account_id)(folder) as opened:
        for item in opened.source.read():
            seen.take(item)
        if opened.source.died is not None:
            raise opened.source.died
    return seen


def _captured(run: Run, account_id: str, folder: Path) -> Capture:
    """Fetch the tables of the newest capture of the run's period."""
    keys = _captures(run.store, "/".join(("captures", *run.place(account_id))))
    if not keys:
        raise ConfigError(
            f"the store holds no capture of {account_id} for {run.place(account_id)[2]}",
            next_step="Name an occasion that was captured: --occasion ID.",
        )
    documents = {key: json.loads(run.store.get(key)) for key in keys}
    newest = max(keys, key=lambda key: str(documents[key]["ended_at"]))
    if documents[newest]["method"].get("export") is not None:
        raise ConfigError(
            f"{account_id} was imported from an export file for {run.place(account_id)[2]}, and ids of the two differ",
            next_step="Look again after the next capture through the platform's interface.",
        )
    prefix = newest.removesuffix("/capture.json")
    for key in (newest, *run.store.keys(f"{prefix}/records")):
        run.store.fetch(key, folder / key.removeprefix(f"{prefix}/"))
    return Capture(folder)


def _captures(store: Store, below: str) -> list[str]:
    keys = (key for key in store.keys(below) if key.endswith("/capture.json"))
    return [key for key in keys if len(key.split("/")) == _PARTS]
