"""The protocol of a disposal (gallringsprotokoll) as PDF/A-2a and PDF/UA-1, by Typst."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from urval.package.snapshot.glyphs import Sanitizer, load_fonts
from urval.package.snapshot.pdf import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from urval.disposal import AppliedRule, Executed, Protocol

_FONTS = Path(__file__).with_name("fonts")
_TEMPLATE = Path(__file__).with_name("templates") / "disposal.typ"
_STANDARDS = ("a-2a", "ua-1")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "sv": {
        "title": "Gallringsprotokoll", "plan": "Gallringsplan", "page_of": "sida {page} av {pages}",
        "lead": "Det som anges här har förstörts efter beslut. Protokollet säger vad det var, aldrig vad det innehöll.",
        "archive": "Arkivbildare", "spec": "Arkivspecifikation", "made": "Föreslagen av", "approved": "Godkänd av",
        "things": "Antal gallrade", "capture": "Insamling", "package": "Paket", "removal": "Post i registret",
        "account": "Konto", "period": "Period", "where": "Plats i lagringen", "sha256": "Kontrollsumma (SHA-256)",
        "size": "Omfattning", "files": "{files} filer, {bytes} byte", "decision": "Beslut",
        "decided": "{reference}, {authority}, {date}", "rule": "Regel",
        "ruled": "{rule}: {period} från {since}; fristen gick ut {due}", "method": "Metod",
        "lost": "Det som gått förlorat",
        "stays": "Det som finns kvar", "executed": "Verkställd av", "tombstone": "Gravsten",
        "signatures": "Underskrifter",
        "signed": "Underskrifter på papper behövs bara där kommunens egna regler kräver dem.",
        "planner": "{name}, föreslog", "approver": "{name}, godkände", "executor": "{name}, verkställde",
    },
    "en": {
        "title": "Protocol of disposal", "plan": "Disposal plan", "page_of": "page {page} of {pages}",
        "lead": "What is named here was destroyed by decision. The protocol says what it was, never what it held.",
        "archive": "Archive creator", "spec": "Archive spec", "made": "Proposed by", "approved": "Approved by",
        "things": "Number disposed of", "capture": "Capture", "package": "Package", "removal": "Entry of the register",
        "account": "Account", "period": "Period", "where": "Place in the store", "sha256": "Digest (SHA-256)",
        "size": "Extent", "files": "{files} files, {bytes} bytes", "decision": "Decision",
        "decided": "{reference}, {authority}, {date}", "rule": "Rule",
        "ruled": "{rule}: {period} from {since}; the period ended on {due}", "method": "Method",
        "lost": "What is lost",
        "stays": "What stays", "executed": "Executed by", "tombstone": "Tombstone",
        "signatures": "Signatures",
        "signed": "Signatures on paper are needed only where the body's own rules ask for them.",
        "planner": "{name}, proposed", "approver": "{name}, approved", "executor": "{name}, executed",
    },
}  # fmt: skip


def protocol_pdf(protocol: Protocol, *, language: str, timezone: str) -> bytes:
    """Return the protocol's PDF; the same protocol gives the same bytes. Times are shown in the time zone.

    Raises:
        PackageError: Typst cannot make it.
    """
    fonts = load_fonts((_FONTS,))
    data = _data(protocol, _WORDS["sv" if language == "sv" else "en"], ZoneInfo(timezone))
    data |= {"lang": "sv" if language == "sv" else "en", "fonts": list(fonts.families)}
    with TemporaryDirectory(prefix="urval-protocol-") as name:
        return compiled(data, Path(name), fonts, Sanitizer(fonts), _STANDARDS, _TEMPLATE)


def _data(protocol: Protocol, words: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    last = max(one.executed_at for one in protocol.things).astimezone(UTC)
    executors = dict.fromkeys(one.executed_by for one in protocol.things)
    head = [
        (words["archive"], f"{protocol.archive_name} ({protocol.archive})"),
        (words["plan"], f"{protocol.plan}, SHA-256 {protocol.plan_sha256}"),
        (words["spec"], f"{protocol.spec.id} {protocol.spec.version}, SHA-256 {protocol.spec.sha256}"),
        (words["made"], f"{protocol.made_by}, {_minute(protocol.made_at, zone)}"),
        (words["approved"], f"{protocol.approved_by}, {_minute(protocol.approved_at, zone)}"),
        (words["things"], str(len(protocol.things))),
    ]
    return {
        "title": words["title"], "lead": words["lead"], "archive": protocol.archive_name, "plan": protocol.plan,
        "date": [last.year, last.month, last.day, last.hour, last.minute, last.second],
        "words": dict(words), "head": head, "signed": words["signed"],
        "things": [_thing(one, words, zone) for one in protocol.things],
        "people": [
            words["planner"].format(name=protocol.made_by), words["approver"].format(name=protocol.approved_by),
            *(words["executor"].format(name=name) for name in executors),
        ],
    }  # fmt: skip


def _thing(line: Executed, words: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    thing = line.thing
    facts = [
        (words["account"], thing.account),
        (words["period"], thing.period),
        (words["where"], thing.thing),
        (words["sha256"], thing.sha256),
        (words["size"], words["files"].format(files=thing.files, bytes=thing.bytes)),
        *(fact for rule in thing.rules for fact in _rule(rule, words)),
        (words["lost"], "; ".join(thing.lost)),
        (words["stays"], "; ".join(thing.stays)),
        (words["executed"], f"{line.executed_by}, {_minute(line.executed_at, zone)}"),
        (words["tombstone"], f"{line.tombstone}, SHA-256 {line.tombstone_sha256}"),
    ]
    return {"title": f"{words[thing.kind]} {thing.id}", "facts": facts}


def _rule(rule: AppliedRule, words: Mapping[str, str]) -> list[tuple[str, str]]:
    made = rule.decision
    told = words["decided"].format(reference=made.reference, authority=made.authority, date=made.date)
    ruled = words["ruled"].format(rule=rule.rule, period=rule.period, since=rule.since, due=rule.due)
    return [
        (words["decision"], told),
        (words["rule"], ruled),
        *([(words["method"], rule.method)] if rule.method else []),
    ]


def _minute(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")
