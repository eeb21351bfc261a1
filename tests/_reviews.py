"""The review of a package that a test builds without a store: approved unseen, as a demonstration's is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval import review
from urval.manifest import Approval, Review

if TYPE_CHECKING:
    from datetime import datetime

    from urval.capture import Capture
    from urval.selection import Selection
    from urval.spec import LoadedSpec


def unseen(capture: Capture, loaded: LoadedSpec, selection: Selection, at: datetime) -> Review:
    """Return the review of a proposal that nobody looked at, approved by the run at an aware time."""
    digest = review.proposal_sha256(
        capture=capture.info.sha256,
        spec=loaded.sha256,
        selection=review.selection_sha256(selection.table),
        attachments=(),
        supplements=None,
    )
    return Review(
        proposal_sha256=digest,
        proposed_at=at,
        looked_at=False,
        persons=1,
        approvals=[Approval(by="test", role=review.RUN, at=at)],
        changes=[],
        attachments=[],
    )
