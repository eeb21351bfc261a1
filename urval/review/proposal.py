"""What a review is about: the selection with the changes in it, and the one digest that stands for all of it. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.manifest import canonical, sha256_hex
from urval.records import SELECTION_SCHEMA, row_lines
from urval.review.state import ADD, REMOVE
from urval.selection import Verdict, select
from urval.spec import REMOVALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from urval.periods import Occasion
    from urval.review.state import ReviewState
    from urval.selection import Selection
    from urval.spec import Account, LoadedSpec

_ROWS_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True)
class Subject:
    """What a proposal is made of beside the review's acts."""

    loaded: LoadedSpec
    account: Account
    occasion: Occasion
    frame: pa.Table
    capture_sha256: str  # of capture.json
    packaged: frozenset[str] = frozenset()  # threads that packages of this period hold already


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it stands: what would be packaged if it were approved now."""

    state: ReviewState
    selection: Selection
    digest: str
    persons: int
    mandatory: frozenset[str]  # ids of the rules whose threads nobody may take out
    packaged: frozenset[str] = frozenset()  # threads that packages of this period hold already

    def decision(self, thread: str) -> tuple[Verdict, tuple[str, ...]] | None:
        """Return what became of a thread, and by which rules; None where the frame has no such thread."""
        index = self.selection.table["thread_id"].index(thread).as_py()
        if index < 0:
            return None
        row = self.selection.table.slice(index, 1).to_pylist()[0]
        return Verdict(row["decision"]), tuple(row["rules"])


def propose(subject: Subject, state: ReviewState) -> Proposal:
    """Select again, with what people added and removed.

    Raises:
        MalformedError: The frame is none.
        ConfigError: A rule that must name threads names none.
    """
    spec, occasion = subject.loaded.spec, subject.occasion
    selection = select(
        spec,
        subject.account,
        occasion.period,
        subject.frame,
        kind=occasion.kind,
        added=state.threads(ADD),
        removed=state.threads(REMOVE),
        supplement=state.supplements is not None,
    )
    digest = proposal_sha256(
        capture=subject.capture_sha256,
        spec=subject.loaded.sha256,
        selection=selection_sha256(selection.table),
        attachments=[one.sha256 for one in state.attachments],
        supplements=state.supplements.package_id if state.supplements else None,
        corrects=state.corrects.package_id if state.corrects else None,
    )
    rules = spec.rules_for(subject.account, occasion.period.end_day, occasion.kind)
    mandatory = frozenset({REMOVALS, *(rule.id for rule in rules if rule.rule == "mandatory")})
    return Proposal(state, selection, digest, spec.review.persons, mandatory, subject.packaged)


def proposal_sha256(
    *,
    capture: str,
    spec: str,
    selection: str,
    attachments: Iterable[str],
    supplements: str | None,
    corrects: str | None = None,
) -> str:
    """Return the digest of a proposal (docs/format.md, REV-1); all parts but the package ids are hex SHA-256."""
    return sha256_hex(
        canonical(
            {
                "capture": capture,
                "spec": spec,
                "selection": selection,
                "attachments": sorted(attachments),
                "supplements": supplements,
                "corrects": corrects,
            }
        )
    )


def selection_sha256(table: pa.Table) -> str:
    """Return the digest that ``tables/selection.jsonl`` will have."""
    digest = hashlib.sha256()
    for batch in table.select(SELECTION_SCHEMA.names).cast(SELECTION_SCHEMA).to_batches(max_chunksize=_ROWS_AT_ONCE):
        digest.update(row_lines(batch))
    return digest.hexdigest()
