"""What the package is, in the fields of a finding aid: gathered once, written as Dublin Core and as EAD3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from urval.package.delivery.happenings import moment
from urval.package.delivery.markup import DC, EAD, XSI, below, element, one_line, put, to_bytes

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from urval.package.delivery.entries import Sealed
    from urval.package.delivery.settings import DeliverySettings

_WORDS = {
    "sv": {
        "title": "{name} på {platform}, {first} – {last}",
        "extent": "{posts} inlägg, {comments} kommentarer, {media} mediefiler; {files} filer, {bytes} byte",
        "access": (
            "Innehållet har inte sekretessprövats vid leveransen. Det innehåller personuppgifter om dem som skrev och "
            "kommenterade; prövning enligt offentlighets- och sekretesslagen görs innan något lämnas ut."
        ),
        "appraisal": "Urval enligt {spec}, version {version}: {kept} av {frame} trådar bevarade.",
        "decision": "Beslut: {authority}, {reference}, {date}.",
        "method": "Insamlat från {platform} genom {interface} {day}.",
        "purpose": "Kontots ändamål: {purpose}",
        "type": "Konto i sociala medier",
    },
    "en": {
        "title": "{name} on {platform}, {first} – {last}",
        "extent": "{posts} posts, {comments} comments, {media} media files; {files} files, {bytes} bytes",
        "access": (
            "The content was not assessed for secrecy at delivery. It holds personal data of those who wrote and "
            "commented; assess it under the law before anything is given out."
        ),
        "appraisal": "Selected by {spec}, version {version}: {kept} of {frame} threads kept.",
        "decision": "Decision: {authority}, {reference}, {date}.",
        "method": "Captured from {platform} by {interface} on {day}.",
        "purpose": "The account's purpose: {purpose}",
        "type": "Social media account",
    },
}
_LANGUAGES = {"sv": ("swe", "svenska"), "en": ("eng", "English")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The descriptive fields. Days are local dates of the package's time zone, the last one included."""

    ident: str
    title: str
    creator: str
    creator_code: str | None
    first_day: str
    last_day: str
    reference_code: str | None
    classification: str | None
    information_owner: str | None
    url: str | None
    type: str
    extent: str
    size: int
    access: str
    scope: tuple[str, ...]
    appraisal: tuple[str, ...]
    custody: str
    language: str
    language_name: str
    made: str
    maker: str


def describe(sealed: Sealed, settings: DeliverySettings) -> Description:
    """Gather what a finding aid says of the package."""
    manifest, words = sealed.manifest, _WORDS[sealed.language]
    account = manifest.account
    zone = ZoneInfo(manifest.period.timezone)
    first = manifest.period.start.astimezone(zone).date().isoformat()
    last = (manifest.period.end.astimezone(zone).date() - timedelta(days=1)).isoformat()
    code, name = _LANGUAGES[sealed.language]
    return Description(
        ident=manifest.package_id,
        title=words["title"].format(name=account["name"], platform=manifest.source.platform, first=first, last=last),
        creator=manifest.archive.name,
        creator_code=manifest.archive.organisation_number,
        first_day=first,
        last_day=last,
        reference_code=_text(account, "reference_code"),
        classification=_text(account, "classification"),
        information_owner=_text(account, "information_owner"),
        url=_text(account, "url"),
        type=words["type"],
        extent=_extent(sealed, words["extent"]),
        size=sum(entry.size for entry in sealed.files),
        access=settings.access or words["access"],
        scope=(words["purpose"].format(purpose=account["purpose"]), *manifest.cannot_show),
        appraisal=tuple(_appraisal(sealed, words)),
        custody=words["method"].format(
            platform=manifest.source.platform,
            interface=manifest.source.interface,
            day=manifest.capture.ended_at.astimezone(zone).date().isoformat(),
        ),
        language=code,
        language_name=name,
        made=moment(sealed.now),
        maker=" ".join(sealed.software),
    )


def write_dublin_core(one: Description) -> bytes:
    """Return the description as simple Dublin Core."""
    root = element("", "simpledc")
    root.tag = "simpledc"
    days = f"{one.first_day}/{one.last_day}"
    fields: list[tuple[str, str | None]] = [
        ("title", one.title), ("creator", one.creator), ("publisher", one.creator),
        ("contributor", one.information_owner), ("identifier", one.ident), ("identifier", one.reference_code),
        ("source", one.url), ("date", days), ("coverage", days),
        ("type", "Dataset"), ("type", one.type), ("format", one.extent), ("language", one.language),
        ("subject", one.classification), ("description", " ".join((*one.scope, *one.appraisal, one.custody))),
        ("rights", one.access),
    ]  # fmt: skip
    for name, text in fields:
        if text is not None:
            root.append(element(DC, name, one_line(text)))
    return to_bytes(root)


def write_finding_aid(one: Description) -> bytes:
    """Return the description as EAD3: one archival unit at the level of a file, of the archive creator."""
    root = element(EAD, "ead")
    put(root, XSI, "schemaLocation", f"{EAD} https://www.loc.gov/ead/ead3.xsd")
    _control(below(root, "control", countryencoding="iso3166-1", dateencoding="iso8601", langencoding="iso639-2b"), one)
    unit = below(root, "archdesc", level="file")
    _identification(below(unit, "did"), one)
    paragraphs: list[tuple[str, tuple[str, ...]]] = [
        ("accessrestrict", (one.access,)), ("acqinfo", (one.custody,)), ("appraisal", one.appraisal),
        ("scopecontent", one.scope),
    ]  # fmt: skip
    for tag, texts in paragraphs:
        section = below(unit, tag)
        for text in texts:
            below(section, "p", one_line(text))
    return to_bytes(root)


def _control(control: Element, one: Description) -> None:
    below(control, "recordid", one.ident)
    titles = below(below(control, "filedesc"), "titlestmt")
    below(titles, "titleproper", one_line(one.title))
    below(control, "maintenancestatus", value="new")
    below(below(control, "maintenanceagency"), "agencyname", one_line(one.creator))
    declared = below(control, "languagedeclaration")
    below(declared, "language", one.language_name, langcode=one.language)
    below(declared, "script", "Latin", scriptcode="Latn")
    event = below(below(control, "maintenancehistory"), "maintenanceevent")
    below(event, "eventtype", value="created")
    below(event, "eventdatetime", one.made, standarddatetime=one.made)
    below(event, "agenttype", value="machine")
    below(event, "agent", one.maker)


def _identification(did: Element, one: Description) -> None:
    if one.reference_code is not None:
        below(did, "unitid", one_line(one.reference_code), label="reference code")
    below(did, "unitid", one.ident, label="package")
    below(did, "unittitle", one_line(one.title))
    dates = below(below(did, "unitdatestructured", unitdatetype="inclusive"), "daterange")
    below(dates, "fromdate", one.first_day, standarddate=one.first_day)
    below(dates, "todate", one.last_day, standarddate=one.last_day)
    attributes = {} if one.creator_code is None else {"identifier": one.creator_code}
    creator = below(below(did, "origination", label="archive creator"), "corpname", **attributes)
    below(creator, "part", one_line(one.creator))
    space = below(did, "physdescstructured", coverage="whole", physdescstructuredtype="spaceoccupied")
    below(space, "quantity", str(one.size))
    below(space, "unittype", "bytes")
    below(did, "physdesc", one.extent)
    below(below(did, "langmaterial"), "language", one.language_name, langcode=one.language)
    if one.information_owner is not None:
        holder = below(below(did, "repository", label="information owner"), "corpname")
        below(holder, "part", one_line(one.information_owner))


def _extent(sealed: Sealed, words: str) -> str:
    tables = sealed.manifest.tables
    media = sum(entry.path.startswith("data/media/") for entry in sealed.files)
    return words.format(
        posts=tables["posts"].rows, comments=tables["comments"].rows, media=media, files=len(sealed.files),
        bytes=sum(entry.size for entry in sealed.files),
    )  # fmt: skip


def _appraisal(sealed: Sealed, words: dict[str, str]) -> list[str]:
    spec, selection = sealed.manifest.spec, sealed.manifest.selection
    told = [
        words["appraisal"].format(
            spec=spec.id, version=spec.version, kept=selection.kept, frame=selection.frame_size
        )
    ]  # fmt: skip
    if spec.decision is not None:
        told.append(words["decision"].format(**spec.decision.model_dump()))
    return told


def _text(account: dict[str, Any], name: str) -> str | None:
    value = account.get(name)
    return value if isinstance(value, str) and value.strip() else None
