"""The archivist's desk of the reading room, done with the flows: what ``urval review`` and ``urval moderate`` do."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows import moderation, review_acts
from flows.notes import ledger_of
from flows.reviewing import sitting, state_of
from flows.run import open_run
from flows.waiting_reviews import waiting as waiting_rows
from urval.cli.desk_packaging import PackagingJobs, package
from urval.cli.desk_pictures import SmallPictures, stored
from urval.cli.desk_proposals import ProposalReader
from urval.errors import ConfigError, StoreError, UrvalError
from urval.ledger import digest
from urval.reading_room.desk import Place, RegisterAccount, Registered, WaitingProposal
from urval.reading_room.faults import ConflictError, NotHereError, PageError
from urval.review import review_state
from urval.spec import read_spec
from urval.store import capture_prefix, review_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.reviewing import Sitting
    from flows.run import Run
    from flows.waiting_reviews import Waiting
    from urval.reading_room.desk import LayoutView, Looked, Packaging, Proposed
    from urval.reading_room.room import Language
    from urval.removals import Draft
    from urval.spec import LoadedSpec


class ArchiveDesk:
    """The desk over one store and its archive specs. See :class:`urval.reading_room.desk.Desk`."""

    def __init__(self, store: str, specs: Sequence[Path], *, fixed_time: str | None = None) -> None:
        """Read the specs once, so that a wrong one is told when the room starts.

        Raises:
            ConfigError: A spec is wrong.
        """
        self._store, self._specs, self._fixed_time = store, list(specs), fixed_time
        self._reader, self._small, self._jobs = ProposalReader(), SmallPictures(), PackagingJobs()
        self._counts: dict[Place, tuple[str, WaitingProposal]] = {}
        self._read: dict[Path, tuple[tuple[int, int], LoadedSpec]] = {}
        self._runs: dict[tuple[str, str, bool], Run] = {}
        self._loaded()

    def waiting(self) -> list[WaitingProposal]:
        """Return the proposals that wait, the longest waiting first."""
        found: dict[tuple[str, str, str], WaitingProposal] = {}
        for path, loaded in self._loaded():
            archive = loaded.spec.archive.id
            for row in waiting_rows(str(path), self._store, fixed_time=self._fixed_time):
                one = self._waiting(loaded, row)
                before = found.get((archive, row.account, row.period))
                if before is None or before.problem:
                    found[archive, row.account, row.period] = one
        return sorted(found.values(), key=lambda one: (one.since, one.account, one.occasion))

    def _waiting(self, loaded: LoadedSpec, row: Waiting) -> WaitingProposal:
        """Return a row with its counts, which are made once for each state of the ledger."""
        place = Place(loaded.spec.archive.id, row.account, row.occasion)
        told = _told(loaded, row)
        try:
            run = self._run(place)
            newest = digest(ledger_of(run, place.account)[-1])
            known = self._counts.get(place)
            if known is None or known[0] != newest:
                with sitting(run, place.account) as one:
                    known = self._counts[place] = (newest, _counted(told, one))
        except UrvalError as error:
            return replace(told, problem=error.message)
        return replace(known[1], days=row.days)

    def proposed(self, place: Place, language: Language) -> Proposed:
        """Return a proposal as it stands.

        Raises:
            NotHereError: Nothing was ever proposed there.
        """
        run = self._run(place)
        if review_state(ledger_of(run, place.account)) is None:
            raise NotHereError(
                f"nothing is proposed for {place.account}, {place.occasion}",
                next_step="A capture ends with a proposal: urval capture",
            )
        return self._reader.read(run, place, language).proposed

    def picture(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return a picture of the proposal's capture made small."""
        run = self._run(place)
        read = self._reader.read(run, place, "sv")
        if sha256 not in read.keys:
            raise NotHereError("the capture has no such picture")
        return self._small.of(run.store, read.keys[sha256], sha256, top=sha256 in read.whole_pages)

    def attachment(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return an attached view."""
        run = self._run(place)
        mime, key = self._attached(run, place, sha256)
        return mime, stored(run.store, key, sha256)

    def attachment_picture(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return the top of an attached picture made small."""
        run = self._run(place)
        mime, key = self._attached(run, place, sha256)
        if mime != "image/png":
            raise NotHereError("of a PDF no small picture is shown")
        return self._small.of(run.store, key, sha256, top=True)

    def _attached(self, run: Run, place: Place, sha256: str) -> tuple[str, str]:
        state = state_of(run, place.account, ledger_of(run, place.account))
        one = next((one for one in state.attachments if one.sha256 == sha256), None)
        if one is None:
            raise NotHereError("nothing of this digest is attached")
        return one.mime, review_key(*run.place(place.account), Path(one.file).name)

    def change(self, place: Place, looked: Looked, action: str, thread: str, reason: str) -> None:
        """Add a thread, or take one out."""
        with self._acting(place, looked) as run:
            review_acts.change(run, place.account, action, thread, reason=reason, looked=looked.proposal)

    def attach(self, place: Place, looked: Looked, view: LayoutView) -> None:
        """Attach a view of the layout."""
        with self._acting(place, looked) as run:
            review_acts.attach(
                run, place.account, view.data, caption=view.caption, taken_by=view.taken_by, taken_at=view.taken_at,
                looked=looked.proposal,
            )  # fmt: skip

    def send_back(self, place: Place, looked: Looked, reason: str) -> None:
        """Send the proposal back."""
        with self._acting(place, looked) as run:
            review_acts.send_back(run, place.account, reason=reason, looked=looked.proposal)

    def approve(self, place: Place, looked: Looked) -> bool:
        """Approve, and tell whether it may be packaged."""
        with self._acting(place, looked) as run:
            approved = review_acts.approve(run, place.account, looked=looked.proposal)
        return len(approved.state.valid(approved.digest)) >= approved.persons

    @contextmanager
    def _acting(self, place: Place, looked: Looked) -> Iterator[Run]:
        """Open a run of who acts; a refusal because another came first becomes a conflict."""
        run = self._run(place, by=looked.by)
        before = len(ledger_of(run, place.account))
        try:
            yield run
        except (PageError, StoreError):
            raise
        except UrvalError as error:
            if len(ledger_of(run, place.account)) == before and self._stands(run, place) == looked.proposal:
                raise
            raise ConflictError(error.message, next_step=error.next_step) from error

    def _stands(self, run: Run, place: Place) -> str:
        with sitting(run, place.account) as one:
            return one.proposal.digest

    def package(self, place: Place, by: str) -> None:
        """Begin to package what was approved."""
        run = self._run(place, by=by)
        self._jobs.start(place, lambda: package(run, place.account))

    def packaging(self, place: Place) -> Packaging:
        """Return how the packaging goes."""
        return self._jobs.of(place)

    def accounts(self) -> list[RegisterAccount]:
        """Return the accounts of the specs; of one that several specs have, as the last of them says."""
        found = {
            (spec.archive.id, account.id): RegisterAccount(
                archive=spec.archive.id, archive_name=spec.archive.name, account=account.id, name=account.name,
                platform=account.platform, timezone=spec.timezone, limit=spec.limits.media_bytes,
            )
            for _, loaded in self._loaded() for spec in (loaded.spec,) for account in spec.accounts
        }  # fmt: skip
        return list(found.values())

    def register(self, archive: str, account: str, draft: Draft, files: Sequence[bytes], by: str) -> Registered:
        """Take an entry into the register of removed items."""
        path = next((path for path, one in reversed(self._loaded()) if _has(one, archive, account)), None)
        if path is None:
            raise NotHereError(f"no archive spec that was given has the account {account} of {archive}")
        register = moderation.open_register(str(path), self._store, fixed_time=self._fixed_time, actor=by)
        with tempfile.TemporaryDirectory(prefix="urval-intake-") as name:
            paths = []
            for number, data in enumerate(files, 1):
                paths.append(Path(name) / f"{number}")
                paths[-1].write_bytes(data)
            entered = moderation.enter(register, account, draft, paths)
        last = entered.new and moderation.had_its_last_capture(register, account)
        return Registered(entry=entered.entry.id, new=entered.new, alike=entered.alike, last=last)

    def _loaded(self) -> list[tuple[Path, LoadedSpec]]:
        return [(path, self._spec(path)) for path in self._specs]

    def _spec(self, path: Path) -> LoadedSpec:
        """Return a spec as its file is now, read anew only where the file is another."""
        try:
            found = path.stat()
        except OSError:
            return read_spec(path)  # says what is wrong with it
        known, stamp = self._read.get(path), (found.st_mtime_ns, found.st_size)
        if known is None or known[0] != stamp:
            known = self._read[path] = (stamp, read_spec(path))
        return known[1]

    def _run(self, place: Place, *, by: str = "") -> Run:
        """Open a run with the spec that the proposal's capture was made with; without ``by`` only to look.

        Raises:
            NotHereError: No spec has the account, or the account has no such occasion.
        """
        specs = [(path, one) for path, one in self._loaded() if _has(one, place.archive, place.account)]
        if not specs:
            raise NotHereError(
                f"no archive spec that was given has the account {place.account} of {place.archive}",
                next_step="Start the reading room with --spec, once for each archive spec.",
            )
        runs = [self._opened(path, one, place, by) for path, one in specs]
        return next((run for run in runs if len(runs) > 1 and _captured_with(run, place.account)), runs[-1])

    def _opened(self, path: Path, loaded: LoadedSpec, place: Place, by: str) -> Run:
        """Return a run; the store, once opened, is that of all runs of the spec and occasion."""
        key = (loaded.sha256, place.occasion, not by)
        try:
            if key not in self._runs:
                self._runs[key] = open_run(
                    str(path), self._store, place.occasion, fixed_time=self._fixed_time, dry=not by, ahead=True
                )
        except ConfigError as error:
            if by:
                raise
            raise NotHereError(error.message, next_step=error.next_step) from error
        run = replace(self._runs[key], actor=by or "unknown", extras={})
        if not run.takes_part(place.account):
            raise NotHereError(f"{place.account} has no occasion {place.occasion}")
        return run


def _told(loaded: LoadedSpec, row: Waiting) -> WaitingProposal:
    start, _, end = row.period.partition("--")
    names = {account.id: account.name for account in loaded.spec.accounts}
    return WaitingProposal(
        archive=loaded.spec.archive.id, account=row.account, account_name=names.get(row.account, row.account),
        occasion=row.occasion, start=start, end=end, since=datetime.fromisoformat(row.since), days=row.days,
        approvals=row.approvals, approved_by=(), persons=row.persons, changes=row.changes,
        attachments=row.attachments, kept=None, frame=None, supplements=row.supplements, corrects=row.corrects,
    )  # fmt: skip


def _counted(told: WaitingProposal, one: Sitting) -> WaitingProposal:
    given, selection = one.proposal.state.valid(one.proposal.digest), one.proposal.selection
    by = tuple(entry.approval.by for entry in given)
    return replace(told, approvals=len(given), approved_by=by, kept=selection.kept, frame=selection.table.num_rows)


def _has(loaded: LoadedSpec, archive: str, account: str) -> bool:
    spec = loaded.spec
    return spec.archive.id == archive and any(one.id == account for one in spec.accounts)


def _captured_with(run: Run, account_id: str) -> bool:
    """Tell whether the capture of the newest proposal was made with the run's spec."""
    try:
        refs = state_of(run, account_id, ledger_of(run, account_id)).proposal.refs
        key = f"{capture_prefix(*run.place(account_id), refs['capture'])}/capture.json"
        return bool(json.loads(run.store.get(key))["spec_sha256"] == run.loaded.sha256)
    except (UrvalError, ValueError, KeyError):
        return False  # opening the proposal says what is wrong
