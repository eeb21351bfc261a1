"""Putting a delivery together in memory: every document it adds, and where each file of the package goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.package.delivery.described import describe, write_dublin_core, write_finding_aid
from urval.package.delivery.entries import Entry
from urval.package.delivery.happenings import happenings, moment
from urval.package.delivery.layout import BAG, REPRESENTATIONS, origin_of, placed
from urval.package.delivery.mets import Agent, Document, Head, Metadata, write_mets
from urval.package.delivery.notes import agreement, readme
from urval.package.delivery.premis import Whole, write_premis
from urval.package.delivery.settings import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urval.package.delivery.described import Description
    from urval.package.delivery.entries import Sealed
    from urval.package.delivery.settings import DeliverySettings

METS_NAME = "METS.xml"
_PREMIS = "metadata/preservation/premis.xml"
_DC, _EAD = "metadata/descriptive/dc.xml", "metadata/descriptive/ead.xml"
_SCHEMAS = ("DILCISExtensionMETS.xsd", "mets.xsd", "xlink.xsd")
_SCHEMA_SIP = "DILCISExtensionSIPMETS.xsd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery, composed and not yet written.

    Args:
        name: The name of its folder: the package's id.
        documents: Path -> bytes of all that the delivery adds.
        copies: Each file of the package with each place where it goes, sorted by place.
        representations: Name -> number of its files.
    """

    name: str
    documents: Mapping[str, bytes]
    copies: Sequence[tuple[Entry, str]]
    representations: Mapping[str, int]

    @property
    def mets_sha256(self) -> str:
        """Return the hex SHA-256 of the METS of the whole, which names every other file but those of METS below it."""
        return sha256_hex(self.documents[METS_NAME])

    @property
    def files(self) -> int:
        """Return the number of files."""
        return len(self.documents) + len(self.copies)

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(map(len, self.documents.values())) + sum(entry.size for entry, _ in self.copies)


def compose(sealed: Sealed, settings: DeliverySettings) -> Delivery:
    """Return the delivery of a package. The same package, settings, ledger and time give the same bytes."""
    one = describe(sealed, settings)
    copies = placed(sealed.files, sealed.pictured)
    held = {name: _below(f"representations/{name}/", copies) for name in REPRESENTATIONS}
    held = {name: files for name, files in held.items() if files}
    documents: dict[str, bytes] = {}
    for name, files in held.items():
        documents |= _representation(sealed, settings, one, name, files)
    documents |= {
        _DC: write_dublin_core(one),
        _EAD: write_finding_aid(one),
        _PREMIS: _whole_premis(sealed, settings, copies, held),
        "documentation/README.txt": readme(sealed, settings, one),
        "documentation/submission-agreement.txt": agreement(sealed, settings, one),
        **{f"schemas/{name}": _schema(name) for name in _schema_names(settings)},
    }
    documents[METS_NAME] = _whole_mets(sealed, settings, one, documents, copies)
    counts = {name: len(files) for name, files in held.items()}
    return Delivery(name=one.ident, documents=documents, copies=copies, representations=counts)


def _representation(
    sealed: Sealed, settings: DeliverySettings, one: Description, name: str, files: list[Entry]
) -> dict[str, bytes]:
    """Return METS and PREMIS of one representation."""
    folder = f"representations/{name}"
    ident = _ident(one, name)
    whole = Whole(ident, "representation", belongs=(("structural", "represents", one.ident),))
    original = [(entry, origin_of(f"{folder}/{entry.path}") or entry.path, ident) for entry in files]
    premis = write_premis([whole], original)
    document = Document(
        head=_head(sealed, settings),
        object_id=name,
        label=f"{one.title}: {name}",
        schemas_at="../../",
        provenance=[Metadata(Entry.of(_PREMIS, premis), "PREMIS", "3.0")],
        groups={"Data": files},
    )
    return {f"{folder}/{METS_NAME}": write_mets(document), f"{folder}/{_PREMIS}": premis}


def _whole_premis(
    sealed: Sealed, settings: DeliverySettings, copies: Sequence[tuple[Entry, str]], held: Mapping[str, list[Entry]]
) -> bytes:
    manifest = sealed.manifest
    ident = manifest.package_id
    belongs = [
        ("derivation", subtype, link.package_id)
        for subtype, link in (("supplements", manifest.supplements), ("corrects", manifest.corrects))
        if link is not None
    ]
    if manifest.previous is not None:
        belongs.append(("structural", "follows", manifest.previous.package_id))
    wholes = [Whole(ident, "intellectualEntity", ident, tuple(belongs))]
    wholes += [
        Whole(f"{ident}/representations/{name}", "representation", belongs=(("structural", "represents", ident),))
        for name in held
    ]
    tags = [(Entry(place, entry.size, entry.sha256), entry.path, ident) for entry, place in copies if _is_tag(place)]
    return write_premis(wholes, tags, happenings(sealed, settings))


def _whole_mets(
    sealed: Sealed,
    settings: DeliverySettings,
    one: Description,
    documents: Mapping[str, bytes],
    copies: Sequence[tuple[Entry, str]],
) -> bytes:
    made = {path: Entry.of(path, data) for path, data in documents.items()}
    pointers = {
        path.split("/")[1]: path for path in made if path.startswith("representations/") and path.endswith(METS_NAME)
    }
    tags = [Entry(place, entry.size, entry.sha256) for entry, place in copies if _is_tag(place)]
    document = Document(
        head=_head(sealed, settings),
        object_id=one.ident,
        label=one.title,
        schemas_at="",
        status=_status(sealed, settings),
        alternatives=_alternatives(settings, one),
        descriptive=[Metadata(made[_DC], "DC", "1.1"), Metadata(made[_EAD], "EAD", "3")],
        provenance=[
            Metadata(made[_PREMIS], "PREMIS", "3.0"),
            *(Metadata(tag, "OTHER", other="BagIt and Urval") for tag in tags),
        ],
        groups={
            "Documentation": [made[path] for path in sorted(made) if path.startswith("documentation/")],
            "Schemas": [made[path] for path in sorted(made) if path.startswith("schemas/")],
            "Representations": [made[path] for path in pointers.values()],
        },
        pointers=pointers,
    )
    return write_mets(document)


def _head(sealed: Sealed, settings: DeliverySettings) -> Head:
    """Return what every METS of the delivery says alike."""
    return Head(
        kind=settings.kind,
        profile=settings.profile_address,
        created=moment(sealed.now),
        content_created=moment(sealed.manifest.capture.ended_at),
        agents=_agents(sealed, settings),
    )


def _agents(sealed: Sealed, settings: DeliverySettings) -> list[Agent]:
    name, version = sealed.software
    archive = sealed.manifest.archive
    code = archive.organisation_number or archive.id
    agents = [Agent(role="CREATOR", type="OTHER", other_type="SOFTWARE", name=name, note=version, note_type=_VERSION)]
    agents.append(Agent(role="ARCHIVIST", type="ORGANIZATION", name=archive.name, note=code, note_type=_CODE))
    if settings.kind is Kind.SIP:
        submitter, own = settings.submitter or archive.name, settings.submitter_code or code
        agents.append(Agent(role="CREATOR", type="ORGANIZATION", name=submitter, note=own, note_type=_CODE))
        if settings.contact is not None:
            agents.append(Agent(role="CREATOR", type="INDIVIDUAL", name=settings.contact))
    return agents


_VERSION, _CODE = "SOFTWARE VERSION", "IDENTIFICATIONCODE"


def _alternatives(settings: DeliverySettings, one: Description) -> list[tuple[str, str]]:
    pairs = [("SUBMISSIONAGREEMENT", settings.agreement), ("REFERENCECODE", one.reference_code)]
    return [(kind, text) for kind, text in pairs if text is not None]


def _status(sealed: Sealed, settings: DeliverySettings) -> str:
    """Return RECORDSTATUS by SIP's vocabulary. A correction is a delivery of its own: what it corrects stays."""
    if settings.test:
        return "TEST"
    links = (sealed.manifest.supplements, sealed.manifest.corrects)
    return "NEW" if links == (None, None) else "SUPPLEMENT"


def _below(folder: str, copies: Sequence[tuple[Entry, str]]) -> list[Entry]:
    """Return the files that lie below a folder of the delivery, by their paths in it."""
    return [
        Entry(place.removeprefix(folder), entry.size, entry.sha256)
        for entry, place in copies
        if place.startswith(folder)
    ]


def _is_tag(place: str) -> bool:
    return place.startswith(f"{BAG}/")


def _ident(one: Description, name: str) -> str:
    return f"{one.ident}/representations/{name}"


def _schema_names(settings: DeliverySettings) -> list[str]:
    return [*_SCHEMAS, *([_SCHEMA_SIP] if settings.kind is Kind.SIP else [])]


@cache
def _schema(name: str) -> bytes:
    return (resources.files("urval.package.delivery") / "schemas" / name).read_bytes()
