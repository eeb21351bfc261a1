"""The sheet of a proof: the thread as PDF/A for a reader who has nothing else, and what ties it to the proof file.

It shows what the proof's rows hold, and pictures whose digests are in those rows; nothing else of the package.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from urval.errors import ConfigError, PackageError
from urval.manifest import sha256_hex
from urval.package.proof.evidence import evidence_rows, kept_because
from urval.package.proof.reading import read_small
from urval.package.proof.thread import completeness_of_proof, put_media, thread_of
from urval.package.proof.words import WORDS
from urval.package.rendering import PLATFORM_NAMES
from urval.package.snapshot import AccountEntry, CaptureLine, FrameCounts, SnapshotView
from urval.package.snapshot.document import DocumentMaker, ThreadDoc
from urval.package.snapshot.glyphs import Sanitizer, load_fonts
from urval.package.snapshot.labels import Labels
from urval.package.snapshot.pdf import Renditions, compiled, row_sizes, thread_data
from urval.package.snapshot.render import FONTS
from urval.spec import parse_spec

if TYPE_CHECKING:
    from datetime import datetime

    from urval.package.proof.making import Proof
    from urval.package.proof.reading import PackageFiles
    from urval.package.snapshot.view import Language
    from urval.source import Thread
    from urval.spec import ArchiveSpec

TEMPLATE = Path(__file__).parents[1] / "snapshot" / "templates" / "proof.typ"
MOST_COMMENTS = 60  # some six pages; the proof file holds them all
# mm: pictures, so that a short thread fits on one page: of one row, all rows together, and in a comment.
_HIGHEST, _ALBUM_HIGHEST, _COMMENT_HIGHEST = 34.0, 44.0, 26.0
_STANDARDS = ("a-2a", "ua-1")
_DIGEST_SHORT = 16


class _Labels(Labels):
    """The words of the snapshot and of the sheet; every time is told local and in UTC."""

    def __init__(self, language: Language, timezone: str) -> None:
        super().__init__(language, timezone)
        self.words = {**self.words, **WORDS[language]}

    def time(self, moment: datetime) -> str:
        """Return local day and minute, and the same in UTC."""
        local, utc = moment.astimezone(self._zone), moment.astimezone(UTC)
        told = f"{utc:%H:%M}" if local.date() == utc.date() else f"{utc:%Y-%m-%d %H:%M}"
        return self.say("utc", day=self.day(moment), local=f"{local:%H:%M}", utc=told)


def thread_sheet(files: PackageFiles, proof: Proof, *, proof_name: str, language: Language | None = None) -> bytes:
    """Return the PDF (PDF/A-2a, PDF/UA-1) of the thread in a proof; the same proof gives the same bytes.

    Args:
        files: The package, for its spec and pictures.
        proof: A proof of a whole thread.
        proof_name: The proof file's name, as the sheet shall call it.
        language: Of the sheet's own words; None: the package's.

    Raises:
        PackageError: The spec or a picture is not what the manifest or its row states, or Typst refuses.
    """
    spec = _spec(files, proof)
    thread, fonts = thread_of(files, proof), load_fonts((FONTS,))
    labels = _Labels(language or spec.language, spec.timezone)
    with TemporaryDirectory(prefix="urval-sheet-") as name:
        folder = Path(name)
        placed = put_media(files, thread, folder)
        maker = DocumentMaker(_view(proof, spec, labels, thread), labels, has_file=lambda item: item.file in placed)
        shown, note = _shortened(maker.thread(thread, 1), thread, proof, labels)
        highest = min(_HIGHEST, _ALBUM_HIGHEST / (len(row_sizes(len(shown.pictures))) or 1))
        data = thread_data(shown, Renditions(folder, placed.get), highest=highest, in_comments=_COMMENT_HIGHEST)
        document = _document(proof, spec, labels, data, note) | {
            "evidence": evidence_rows(proof, proof_name, labels),
            "fonts": list(fonts.families),
        }
        return compiled(document, folder, fonts, Sanitizer(fonts), _STANDARDS, TEMPLATE)


def _spec(files: PackageFiles, proof: Proof) -> ArchiveSpec:
    name = "data/spec/archive-spec.yaml"
    data = read_small(files, name)
    try:
        if sha256_hex(data) == proof.manifest.spec.sha256:
            return parse_spec(data, name).spec
    except ConfigError as error:
        raise PackageError(f"{name} cannot be read", next_step="See what is wrong: urval verify.") from error
    raise PackageError(f"{name} is not the spec that the manifest names", next_step="See: urval verify.")


def _view(proof: Proof, spec: ArchiveSpec, labels: Labels, thread: Thread) -> SnapshotView:
    """Return what the document of a thread rests on, with nothing but what the proof holds."""
    manifest, count = proof.manifest, completeness_of_proof(proof)
    platform = thread.post.platform
    return SnapshotView(
        language=labels.language,
        timezone=spec.timezone,
        archive_name=manifest.archive.name,
        account=AccountEntry(name=str(manifest.account.get("name", manifest.account["id"]))),
        platform_name=PLATFORM_NAMES.get(platform, platform),
        profile=None,
        period_start=manifest.period.start,
        period_end=manifest.period.end,
        occasion=manifest.occasion.id,
        capture=CaptureLine(
            interface=manifest.source.interface,
            api_version=manifest.source.api_version,
            captured_at=manifest.capture.ended_at,
            digest=manifest.capture.sha256,
        ),
        why={thread.post.id: kept_because(proof, spec, labels)},
        completeness={} if count is None else {thread.post.id: count},
        counts=FrameCounts(frame=0, kept=0, dropped=0, excluded=0),
        document_date=manifest.capture.ended_at,
    )


def _shortened(document: ThreadDoc, thread: Thread, proof: Proof, labels: Labels) -> tuple[ThreadDoc, str]:
    """Return the thread with as many comments as the sheet shows, and the sentence that says so where some are not."""
    comments = document.comments
    if len(comments) <= MOST_COMMENTS:
        return document, ""
    parents = {one.id: one.parent_id for one in thread.comments}
    wanted, one = set[str](), proof.item.comment
    while one is not None and one not in wanted:  # the comment that the proof is of, and those it answers
        wanted.add(one)
        one = parents.get(one)
    first = {comment.id for comment in comments[:MOST_COMMENTS]}
    shown = tuple(comment for comment in comments if comment.id in first | wanted)
    told = labels["some_subject"] if wanted - first else ""
    note = labels.say("some", shown=labels.number(len(shown)), all=labels.number(len(comments)), subject=told)
    return replace(document, comments=shown), note


def _document(proof: Proof, spec: ArchiveSpec, labels: Labels, data: dict[str, Any], note: str) -> dict[str, Any]:
    manifest, words = proof.manifest, dict(labels.words)
    account = str(manifest.account.get("name", manifest.account["id"]))
    platform = str(manifest.account.get("platform", manifest.source.platform))
    platform = PLATFORM_NAMES.get(platform, platform)
    date, source = manifest.capture.ended_at.astimezone(UTC), manifest.source
    via = f"{platform}, {source.interface}{f' {source.api_version}' if source.api_version else ''}"
    captured = labels.say("captured_line", time=labels.time(manifest.capture.ended_at), source=via)
    return {
        "lang": labels.language,
        "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
        "words": words,
        "front": {
            "title": labels.say("title", account=account, platform=platform),
            "sort": labels["sort" if proof.item.comment is None else "sort_comment"],
            "archive": manifest.archive.name,
            "account": account,
            "platform": platform,
            "foot": labels.say("foot", package=manifest.package_id, digest=sha256_hex(proof.data)[:_DIGEST_SHORT]),
            "avatar": None,
        },
        "facts": [
            (labels["archive"], manifest.archive.name),
            (labels["account"], f"{account}, {platform} ({manifest.account['id']})"),
            *([(labels["address"], data["address"])] if data["address"] else []),
            (labels["id"], data["id"]),
            *([(labels["comment_id"], proof.item.comment)] if proof.item.comment else []),
            (labels["published"], data["time"]),
            (labels["captured"], captured),
            (labels["times"], labels.say("zone_line", timezone=spec.timezone)),
        ],
        "thread": data,
        "subject": proof.item.comment or "",
        "note": note,
        "sealed": manifest.seal is not None,
    }
