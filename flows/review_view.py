"""What a reviewer is shown of a proposal: read from capture, selection, ledger and register; pictures made small."""

from __future__ import annotations

import base64
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from urval.package.describe import completeness_totals, gap_counts, instant
from urval.package.snapshot.document import gap_line
from urval.package.snapshot.labels import Labels
from urval.package.snapshot.pictures import cut, rendition
from urval.records import Gap, MediaItem, MediaKind
from urval.removals import unregistered
from urval.review import ADD, REMOVE, told_change
from urval.review.page import Pictures
from urval.review.view import ReviewView, RuleLine, ThreadLine
from urval.selection import explain_many
from urval.store import read_removals, review_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.reviewing import Sitting
    from flows.run import Run
    from urval.capture import Capture
    from urval.removals import Finding
    from urval.review import Given, Proposal
    from urval.review.words import Language
    from urval.selection import Selection

LONG_EDGE = 320  # pixels of a picture on the page
_TALLEST = 1.4  # of a picture of a whole page, as part of its width: its top is shown
MOST_BYTES = 16 << 20  # of all pictures on the page, as text
_HEAD, _WHOLE = (MediaKind.COVER, MediaKind.AVATAR), (MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE)
_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
_FRAME = ("thread_id", "created_at", "kind", "text", "comments", "whole")


def _rule_lines(selection: Selection) -> tuple[RuleLine, ...]:
    return tuple(
        RuleLine(id=rule, claim=selection.claims.get(rule, ""), threads=count)
        for rule, count in selection.by_rule.items()
    )


def view_of(run: Run, account_id: str, one: Sitting, language: Language) -> ReviewView:
    """Return what is shown of a proposal, its reasons in ``language``.

    Raises:
        VerificationError: The register of removed items cannot be read.
    """
    account, occasion = run.loaded.spec.account(account_id), run.occasion_of(account_id)
    state, selection, document = one.proposal.state, one.proposal.selection, one.capture.info.document
    labels = Labels(language, run.loaded.spec.timezone)
    given, threads = state.valid(one.proposal.digest), _threads(run, account_id, one, language)
    kept = [thread.id for thread in threads if thread.decision == "kept"]
    totals, gaps = completeness_totals(one.capture, kept), gap_counts(one.capture, kept)
    removals = read_removals(run.store, run.loaded.spec.archive.id, account_id)
    return ReviewView(
        archive=run.loaded.spec.archive.name,
        account=account_id,
        account_name=account.name,
        platform=account.platform,
        occasion=occasion.id,
        occasion_kind=occasion.kind,
        period=occasion.period.id,
        start=occasion.period.id.split("--")[0],
        end=occasion.period.end_day.isoformat(),
        timezone=run.loaded.spec.timezone,
        captured_at=instant(document["ended_at"]),
        capture=document["capture_id"],
        capture_sha256=one.capture.info.sha256,
        stands=_stands(one.proposal, given),
        since=state.proposal.at,
        returned=state.returned,
        supplements=state.supplements.package_id if state.supplements else None,
        corrects=f"{state.corrects.package_id}: {state.corrects.reason}" if state.corrects else None,
        proposal=one.proposal.digest,
        persons=one.proposal.persons,
        approvals=tuple({**entry.approval.model_dump(), "looked_at": entry.looked_at} for entry in given),
        frame=selection.table.num_rows,
        kept=selection.kept,
        dropped=selection.dropped,
        excluded=selection.excluded,
        rules=_rule_lines(selection),
        missing=tuple(selection.missing),
        substitutes=tuple(selection.substitutes),
        completeness=totals.model_dump(),
        differences=tuple(
            labels.say(f"count.{code}", count=labels.number(abs(count))) for code, count in totals.by_reason.items()
        ),
        gaps=gaps,
        gap_words=tuple(f"{labels.number(count)} × {labels.coded('gap', reason)}" for reason, count in gaps.items()),
        account_gaps=tuple(gap_line(gap, labels) for gap in one.capture.records(Gap) if gap.thread_id is None),
        look=_look(document),
        vanished=tuple(map(_told_finding, unregistered(one.capture, removals))),
        changes=tuple(change.model_dump() for change in state.changes),
        attachments=tuple(attachment.model_dump() for attachment in state.attachments),
        threads=threads,
    )


def _stands(proposal: Proposal, given: tuple[Given, ...]) -> str:
    if not proposal.state.is_open:
        return str(proposal.state.stands)
    return "approved" if len(given) >= proposal.persons else "proposed"


def _threads(run: Run, account_id: str, one: Sitting, language: Language) -> tuple[ThreadLine, ...]:
    """Return every thread of the frame, newest first."""
    spec, occasion, state = run.loaded.spec, run.occasion_of(account_id), one.proposal.state
    frame = one.capture.table("frame")
    rows = {row["thread_id"]: row for row in frame.select(list(_FRAME)).to_pylist()}
    why = explain_many(
        spec, spec.account(account_id), occasion.period, frame, list(rows), language, kind=occasion.kind,
        added=state.threads(ADD), removed=state.threads(REMOVE), supplement=state.supplements is not None,
    )  # fmt: skip
    zone = ZoneInfo(spec.timezone)
    for change in state.changes:
        why[change.thread] = [told_change(change, language, zone), *why[change.thread][1:]]
    lines = [
        _thread(row, rows[row["thread_id"]], why[row["thread_id"]]) for row in one.proposal.selection.table.to_pylist()
    ]
    return tuple(sorted(lines, key=lambda line: (line.created_at, line.id), reverse=True))


def _thread(row: Mapping[str, Any], of_frame: Mapping[str, Any], why: list[str]) -> ThreadLine:
    chances = zip(row["rules"], row["probabilities"], strict=True)
    return ThreadLine(
        id=row["thread_id"],
        decision=row["decision"],
        rules=tuple(row["rules"]),
        chances=tuple(f"{rule}: {chance}" for rule, chance in chances if chance),
        created_at=of_frame["created_at"],
        kind=of_frame["kind"],
        text=of_frame["text"],
        comments=of_frame["comments"],
        whole=of_frame["whole"],
        why=tuple(why),
    )


def _look(document: Mapping[str, Any]) -> tuple[str, ...] | None:
    changes = document.get("look_changes")
    return None if changes is None else tuple(changes)


def _told_finding(finding: Finding) -> str:
    return " ".join(filter(None, (finding.what, finding.id, finding.link or finding.thread_link, f"({finding.how})")))


# ---- pictures ------------------------------------------------------------------------------------------------------


@contextmanager
def _small() -> Iterator[_Small]:
    with tempfile.TemporaryDirectory(prefix="urval-small-") as name:
        yield _Small(Path(name))


class _Small:
    """Makes pictures small and counts what they come to; beyond the bound it makes no more, and counts those."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self._bytes = 0
        self.left = 0

    def top_of(self, path: Path) -> str | None:
        """Return the top of a picture of a whole page, as :meth:`of` does."""
        pieces = cut(path, self._folder, "top", firsts=1, first=_TALLEST, rest=1e6)
        address = self.of(self._folder / pieces[0].name, long_edge=round(LONG_EDGE * _TALLEST)) if pieces else None
        for piece in pieces:
            (self._folder / piece.name).unlink()
        return address

    def of(self, path: Path, *, long_edge: int = LONG_EDGE) -> str | None:
        """Return a picture as a ``data:`` address; None where it cannot be read or there is no room for it."""
        if self._bytes >= MOST_BYTES:
            self.left += 1
            return None
        self._made += 1
        made = rendition(path, self._folder, f"s{self._made}", long_edge=long_edge)
        if made is None:
            return None
        file = self._folder / made.name
        text = base64.b64encode(file.read_bytes()).decode()
        file.unlink()
        self._bytes += len(text)
        return f"data:{_TYPES[file.suffix]};base64,{text}"


def pictures_of(run: Run, account_id: str, one: Sitting, view: ReviewView) -> Pictures:
    """Return the pictures of the page: the account's own, the attached ones, then of each thread the first.

    The sitting must have the capture whole.
    """
    with _small() as small:
        own, first = _first_pictures(one.capture)
        page = {kind.value: small.of(own[kind]) for kind in _HEAD if kind in own}
        page |= {kind.value: small.top_of(own[kind]) for kind in _WHOLE if kind in own}
        attached = {item["sha256"]: _attached(run, account_id, item, small) for item in view.attachments}
        shown = [thread.id for decision in ("kept", "dropped", "excluded") for thread in view.of(decision)]
        threads = {thread: small.of(first[thread]) for thread in shown if thread in first}
        return Pictures(threads=_made(threads), page=_made(page), attached=_made(attached), left=small.left)


def _made(pictures: Mapping[str, str | None]) -> dict[str, str]:
    return {name: address for name, address in pictures.items() if address is not None}


def _attached(run: Run, account_id: str, item: Mapping[str, Any], small: _Small) -> str | None:
    if item["mime"] != "image/png":
        return None
    with tempfile.TemporaryDirectory(prefix="urval-attached-") as name:
        path = Path(name) / "view.png"
        run.store.fetch(review_key(*run.place(account_id), Path(item["file"]).name), path)
        return small.top_of(path)


def _first_pictures(capture: Capture) -> tuple[dict[MediaKind, Path], dict[str, Path]]:
    """Return the pictures of the account's page by kind, and the first picture of each thread."""
    own: dict[MediaKind, Path] = {}
    first: dict[str, Path] = {}
    for item in capture.records(MediaItem):
        if item.file is None:
            continue
        path = capture.folder / item.file
        if item.thread_id is None:
            own.setdefault(item.kind, path)
        elif item.kind is MediaKind.IMAGE:
            first.setdefault(item.thread_id, path)
    return own, first
