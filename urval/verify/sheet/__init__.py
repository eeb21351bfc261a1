"""The seal sheet: one printable page of what a verification found, for the minutes or a binder (PDF/A-2a, PDF/UA-1).

Needs Typst (the extra "verify"). The fonts are those that packages are set with, read as files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from urval.errors import VerificationError
from urval.verify.phrases import in_language
from urval.verify.report import Status, Verdict, shown, verdict_words
from urval.verify.sheet.words import WORDS
from urval.verify.typesetting import SettingError, typesetter

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from urval.manifest import Manifest
    from urval.verify.report import Finding, Report

_TEMPLATE = files("urval") / "verify" / "sheet" / "sheet.typ"
_FONTS = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Symbols 2")
_SAFE = re.compile("[^\u0020-\u024f\u2010-\u2026\u2190-\u2193]")
_ONE_PAGE = re.compile(rb"/Type\s*/Pages\s*/Count 1\b")
_GROUP = 4
_LINES = {Status.FAILED: 4, Status.NOT_CHECKED: 4}  # of findings of a kind; the rest are counted
_LONGEST = 92  # characters of one line of a finding, so that the page stays one
_LONGEST_SAFE = 180  # characters of any text once what fonts lack is replaced
_SUBJECT = 40  # characters of what a finding is about
_NAME = 90  # characters of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSource:
    """What a sheet is made of.

    Attributes:
        report: The report on the package.
        manifest: Its manifest.
        manifest_sha256: The hex SHA-256 of ``manifest.json``.
        now: The aware time of the verification.
        software: The program and its version.
        keys_from: Where the list of keys came from; empty where there was none.
        run: (number, hex SHA-256 of ``run.json``) of the run that lists it, where one is known.
    """

    report: Report
    manifest: Manifest
    manifest_sha256: str
    now: datetime
    software: str
    keys_from: str = ""
    run: tuple[int, str] | None = None


def seal_sheet(source: SheetSource, language: str = "sv") -> bytes:
    """Return the sheet as PDF, in ``sv`` or ``en``; the same source gives the same bytes.

    Raises:
        ConfigError: Typst is not installed.
        VerificationError: Typst refuses to set the page.
    """
    set_it = typesetter("The seal sheet")
    data, refusal = _data(source, "sv" if language == "sv" else "en"), ""
    # Again where a font lacks a character, with all such replaced; and smaller, until one page holds it.
    for safe, scale in ((False, 1.0), (True, 1.0), (True, 0.9), (True, 0.8), (True, 0.7)):
        try:
            pdf = set_it(_TEMPLATE, {**(_safe(data) if safe else data), "scale": scale})
        except SettingError as error:
            refusal = str(error)
        else:
            if _ONE_PAGE.search(pdf):
                return pdf
    raise VerificationError(f"The seal sheet cannot be set on one page. {shown(refusal)}")


def _data(source: SheetSource, language: str) -> dict[str, Any]:
    words, report, manifest = WORDS[language], source.report, source.manifest
    stamp = report.seal.first if report.seal else None
    zone = _zone(manifest.period.timezone)
    date = source.now.astimezone(UTC)
    return {
        "lang": language,
        "fonts": list(_FONTS),
        "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
        "words": words,
        "verdict": {"word": verdict_words(report.verdict, language), "mood": _MOODS[report.verdict]},
        "level": verdict_words(report.level, language),
        "counts": report.counts,
        "checked": f"{_time(source.now, zone)} {words['by']} {source.software}",
        "package_id": _name(manifest.package_id),
        "about": _about(manifest, words, zone),
        "digest": _grouped(source.manifest_sha256),
        "signature": _signature(source, words),
        "stamp": stamp and [
            [words["stamp_at"], _time(stamp.at, zone)],
            [words["authority"], _name(stamp.authority)],
            [words["serial"], _name(stamp.serial)],
        ],
        "run": source.run and {"number": source.run[0], "digest": _grouped(source.run[1])},
        "faults": _lines(report, Status.FAILED, words, language),
        "open": _lines(report, Status.NOT_CHECKED, words, language),
        "commands": _commands(manifest),
        "format": manifest.format,
    }  # fmt: skip


_MOODS = {
    Verdict.VALID: "good",
    Verdict.VALID_AS_FAR_AS_CHECKED: "fair",
    Verdict.NOT_VALID: "bad",
}


def _about(manifest: Manifest, words: dict[str, Any], zone: tzinfo) -> list[list[str]]:
    archive, period, tables = manifest.archive, manifest.period, manifest.tables
    counts = [f"{tables[name].rows} {words[name]}" for name in ("posts", "comments", "media") if name in tables]
    held = f"{', '.join(counts)} ({words['of_frame'].format(frame=manifest.selection.frame_size)})"
    spec, decision = manifest.spec, manifest.spec.decision
    name = manifest.account.get("name") or manifest.account.get("id")
    rows = [
        [words["archive"], " · ".join(filter(None, (archive.name, archive.organisation_number)))],
        [words["account"], f"{name} · {manifest.account.get('platform')} · {manifest.account.get('id')}"],
        [words["period"], f"{_day(period.start, zone)} {words['until']} {_day(period.end, zone)}"],
        [words["captured"], _time(manifest.capture.ended_at, zone)],
        [words["holds"], held],
    ]
    if decision:
        rows.append(
            [
                words["decision"],
                f"{decision.reference}, {decision.authority} {decision.date} ({spec.id} {spec.version})",
            ]
        )
    return [[label, _name(text)] for label, text in rows]


def _signature(source: SheetSource, words: dict[str, Any]) -> list[list[str]] | None:
    seal = source.report.seal
    if seal is None:
        return None
    origin = source.keys_from or words["no_keys"]
    return [[words["signer"], _name(seal.identity)], [words["key"], seal.key], [words["keys_from"], _name(origin)]]


def _lines(report: Report, status: Status, words: dict[str, Any], language: str) -> list[list[str]]:
    """Return [codes, text] of the findings of a status: those with the same reason on one line."""
    found: dict[str, list[str]] = {}
    for one in report.findings:
        if one.status is status:
            text = _fault(one, report, language) if status is Status.FAILED else in_language(one.found, language)
            codes = found.setdefault(text, [])
            if one.code not in codes:
                codes.append(one.code)
    lines = [[_codes(codes), _cut(text, _LONGEST)] for text, codes in found.items()]
    most = _LINES[status]
    if len(lines) > most:
        lines = [*lines[: most - 1], ["", words["more"].format(count=len(lines) - most + 1)]]
    return lines


def _fault(one: Finding, report: Report, language: str) -> str:
    text = report.codes[one.code].message(language)
    return f"{_cut(shown(one.subject), _SUBJECT)}: {text}" if one.subject else text


def _codes(codes: list[str]) -> str:
    """Return codes shortly: the first and how many more."""
    return ", ".join(codes) if len(codes) <= 3 else f"{codes[0]} … {codes[-1]} ({len(codes)})"  # noqa: PLR2004 - that many fit


def _commands(manifest: Manifest) -> list[str]:
    commands = ["sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt", "python3 data/verify.py KEYS CA"]
    if manifest.seal is not None:
        who = f"-I {_name(manifest.seal.identity)} -n urval-manifest"
        commands[1:1] = [
            f"ssh-keygen -Y verify -f KEYS {who} -s manifest.json.sig < manifest.json",
            "openssl ts -verify -data manifest.json.sig -in manifest.json.sig.tsr -CAfile CA -no_check_time",
        ]
    return [*commands, "urval verify . --keys KEYS --tsa-ca CA"]


def _grouped(digest: str) -> list[str]:
    return [digest[at : at + _GROUP] for at in range(0, len(digest), _GROUP)]


def _name(text: str) -> str:
    return _cut(shown(text), _NAME)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # MAN-5 says so
        return UTC


def _day(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _time(moment: datetime, zone: tzinfo) -> str:
    """Return local and universal time."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} ({moment.astimezone(UTC):%H:%M:%S} UTC)"


def _safe(value: Any) -> Any:
    """Return a JSON value with every character that the Latin font may lack as ``[U+XXXX]``; keys are ours and stay."""
    if isinstance(value, str):
        return _cut(_SAFE.sub(lambda match: f"[U+{ord(match[0]):04X}]", value), _LONGEST_SAFE)
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    return [_safe(item) for item in value] if isinstance(value, list) else value
