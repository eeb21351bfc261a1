"""Proposals as the desk reads them: once for each state of their ledger, with the pictures of their capture."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.notes import ledger_of
from flows.review_view import view_of
from flows.reviewing import sitting
from urval.ledger import State, digest
from urval.package.snapshot.labels import Labels
from urval.reading_room.desk import CapturedPicture, Proposed
from urval.records import MediaItem, MediaKind
from urval.removals import unregistered
from urval.store import capture_prefix, read_removals, removal_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.reviewing import Sitting
    from flows.run import Run
    from urval.reading_room.desk import Place
    from urval.reading_room.room import Language
    from urval.spec.sealing import SealRule

_KEPT = 6  # proposals in memory
_OF_PAGE = frozenset({MediaKind.COVER, MediaKind.AVATAR, MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE})


@dataclass(frozen=True, slots=True)
class ReadProposal:
    """A proposal, and the store keys of its pictures by digest."""

    proposed: Proposed
    keys: Mapping[str, str]
    whole_pages: frozenset[str]  # digests of pictures of whole pages, of which the top is shown


class ProposalReader:
    """Reads proposals, and keeps the newest few in memory; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: OrderedDict[tuple[object, ...], ReadProposal] = OrderedDict()

    def read(self, run: Run, place: Place, language: Language) -> ReadProposal:
        """Return a proposal as its ledger stands now.

        Raises:
            UrvalError: As :func:`flows.reviewing.sitting`.
        """
        events = ledger_of(run, place.account)
        removals = sum(1 for _ in run.store.keys(removal_prefix(place.archive, place.account)))
        key = (place, language, run.loaded.sha256, digest(events[-1]) if events else "", removals)
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        with sitting(run, place.account) as one:
            made = _read_proposal(run, place, one, language)
        with self._lock:
            self._read[key] = made
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return made


def _read_proposal(run: Run, place: Place, one: Sitting, language: Language) -> ReadProposal:
    view = view_of(run, place.account, one, language)
    labels = Labels(language, run.loaded.spec.timezone)
    pictures, keys, whole_pages = _pictures(run, place, one)
    proposed = Proposed(
        view=view,
        mandatory=one.proposal.mandatory,
        packaged=one.proposal.packaged,
        changed_by=one.proposal.state.changed_by,
        pictures=pictures,
        kinds={thread.kind: labels.coded("kind", thread.kind) for thread in view.threads},
        limit=run.loaded.spec.limits.media_bytes,
        steps=_steps(run.loaded.spec.seal),
        vanished=tuple(unregistered(one.capture, read_removals(run.store, place.archive, place.account))),
        events=tuple(one.events),
    )
    return ReadProposal(proposed, keys, whole_pages)


def _steps(seal: SealRule | None) -> tuple[str, ...]:
    """Return the states from the approval to the end, as the spec has the package sealed."""
    sealing = () if seal is None else (State.SEALED, State.STAMPED) if seal.stamps else (State.SEALED,)
    return (State.APPROVED, State.PACKAGED, *sealing, State.VERIFIED)


def _pictures(
    run: Run, place: Place, one: Sitting
) -> tuple[dict[str, tuple[CapturedPicture, ...]], dict[str, str], frozenset[str]]:
    """Return the pictures by owner, and where each lies."""
    prefix = capture_prefix(*run.place(place.account), one.capture.info.document["capture_id"])
    found: dict[str, list[CapturedPicture]] = {}
    keys: dict[str, str] = {}
    whole = set()
    for item in one.capture.records(MediaItem):
        of_page = item.thread_id is None and item.kind in _OF_PAGE
        if item.file is None or item.sha256 is None or not (of_page or item.kind is MediaKind.IMAGE):
            continue
        keys[item.sha256] = f"{prefix}/{item.file}"
        if item.kind in {MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE}:
            whole.add(item.sha256)
        owner = item.thread_id or ""
        told = CapturedPicture(sha256=item.sha256, owner=owner, kind=str(item.kind), alt=item.alt_text or "")
        found.setdefault(owner, []).append(told)
    return {owner: tuple(several) for owner, several in found.items()}, keys, frozenset(whole)
