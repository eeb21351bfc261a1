"""METS of a delivery: one of the whole, one of each representation (CSIP 2.1.0 and SIP 2.1.0, a superset for 2.2.0)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from urval.package.delivery.markup import CSIP, METS, SIP, XLINK, XSI, below, element, put, to_bytes
from urval.package.delivery.settings import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from xml.etree.ElementTree import Element

    from urval.package.delivery.entries import Entry

CONTENT = "Social media archive"  # no vocabulary has a term for it, hence OTHER with this text
_TYPE = "Datasets"
_XSD = ((METS, "mets.xsd"), (XLINK, "xlink.xsd"), (CSIP, "DILCISExtensionMETS.xsd"))
_XSD_SIP = (SIP, "DILCISExtensionSIPMETS.xsd")
_PRONOM = "https://www.nationalarchives.gov.uk/PRONOM/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody named in the header; ``note_type`` is CSIP's NOTETYPE."""

    role: str
    type: str
    name: str
    note: str | None = None
    note_type: str | None = None
    other_type: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A metadata file and what it is: METS's MDTYPE, the version, and the name where MDTYPE is OTHER."""

    entry: Entry
    type: str
    version: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What every METS of a delivery says alike. Times are xs:dateTime; ``content_created`` is of the files kept."""

    kind: Kind
    profile: str
    created: str
    content_created: str
    agents: Sequence[Agent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one METS file says. Paths of entries are relative to the folder it lies in.

    ``groups`` maps a file group's USE to its files; ``pointers`` the name of each representation to its METS.
    """

    head: Head
    object_id: str
    label: str
    schemas_at: str
    alternatives: Sequence[tuple[str, str]] = ()
    status: str | None = None
    descriptive: Sequence[Metadata] = ()
    provenance: Sequence[Metadata] = ()
    groups: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    pointers: Mapping[str, str] = field(default_factory=dict)


class _Ids:
    """Gives ids; they begin with "ID", which commons-ip wants of files."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self, kind: str) -> str:
        return f"ID-{kind}-{next(self._numbers):06d}"


def write_mets(document: Document) -> bytes:
    """Return the bytes of a METS file."""
    new_id = _Ids()
    root = _root(document)
    root.append(_header(document))
    described = [_reference(root, "dmdSec", one, document, new_id("dmd")) for one in document.descriptive]
    proven: list[str] = []
    if document.provenance:
        section = below(root, "amdSec", ID=new_id("amd"))
        proven = [_reference(section, "digiprovMD", one, document, new_id("prov")) for one in document.provenance]
    groups = _file_section(root, document, proven, new_id)
    _structure(root, document, groups, {"DMDID": described, "ADMID": proven}, new_id)
    return to_bytes(root)


def _root(document: Document) -> Element:
    root = element(
        METS, "mets", OBJID=document.object_id, LABEL=document.label, TYPE=_TYPE, PROFILE=document.head.profile
    )  # fmt: skip
    _state_content(root)
    schemas = (*_XSD, _XSD_SIP) if document.head.kind is Kind.SIP else _XSD
    where = " ".join(f"{namespace} {document.schemas_at}schemas/{file}" for namespace, file in schemas)
    put(root, XSI, "schemaLocation", where)
    return root


def _state_content(target: Element) -> None:
    put(target, CSIP, "CONTENTINFORMATIONTYPE", "OTHER")
    put(target, CSIP, "OTHERCONTENTINFORMATIONTYPE", CONTENT)


def _header(document: Document) -> Element:
    header = element(METS, "metsHdr", CREATEDATE=document.head.created, LASTMODDATE=document.head.created)
    if document.status is not None:
        header.set("RECORDSTATUS", document.status)
    put(header, CSIP, "OAISPACKAGETYPE", document.head.kind)
    for agent in document.head.agents:
        attributes = {"ROLE": agent.role, "TYPE": agent.type}
        if agent.other_type is not None:
            attributes["OTHERTYPE"] = agent.other_type
        made = below(header, "agent", **attributes)
        below(made, "name", agent.name)
        if agent.note is not None:
            note = below(made, "note", agent.note)
            if agent.note_type is not None:
                put(note, CSIP, "NOTETYPE", agent.note_type)
    for kind, text in document.alternatives:
        below(header, "altRecordID", text, TYPE=kind)
    return header


def _reference(parent: Element, tag: str, one: Metadata, document: Document, ident: str) -> str:
    section = below(parent, tag, ID=ident, CREATED=document.head.created, STATUS="CURRENT")
    kind = {"MDTYPE": one.type}
    if one.other is not None:
        kind["OTHERMDTYPE"] = one.other
    if one.version is not None:
        kind["MDTYPEVERSION"] = one.version
    reference = below(section, "mdRef", **kind, **_fixity(one.entry, document.head.created))
    _locate(reference, one.entry.path)
    return ident


def _file_section(root: Element, document: Document, proven: list[str], new_id: _Ids) -> dict[str, str]:
    """Write the file groups; return the id of each by its USE."""
    section = below(root, "fileSec", ID=new_id("files"))
    ids = {}
    for use, entries in document.groups.items():
        ids[use] = new_id("group")
        group = below(section, "fileGrp", ID=ids[use], USE=use)
        if proven:
            group.set("ADMID", " ".join(proven))
        _state_content(group)  # eark-validator asks it of every group (CSIP62, CSIP63)
        created = document.head.content_created if use == "Data" else document.head.created
        for entry in entries:
            file = below(group, "file", ID=new_id("file"), **_fixity(entry, created))
            if document.head.kind is Kind.SIP:
                _state_format(file, entry)
            _locate(below(file, "FLocat"), entry.path)
    return ids


def _state_format(file: Element, entry: Entry) -> None:
    put(file, SIP, "FILEFORMATNAME", entry.format.name)
    if entry.format.puid is not None:
        put(file, SIP, "FORMATREGISTRY", _PRONOM)
        put(file, SIP, "FORMATREGISTRYKEY", entry.format.puid)


def _structure(
    root: Element, document: Document, groups: dict[str, str], metadata: dict[str, list[str]], new_id: _Ids
) -> None:
    structure = below(root, "structMap", ID=new_id("map"), TYPE="PHYSICAL", LABEL="CSIP")
    top = below(structure, "div", ID=new_id("div"), LABEL=document.object_id)
    told = {name: " ".join(ids) for name, ids in metadata.items() if ids}
    below(top, "div", ID=new_id("div"), LABEL="Metadata", **told)
    for use, group in groups.items():
        division = below(top, "div", ID=new_id("div"), LABEL=use)
        below(division, "fptr", FILEID=group)
        for name, path in document.pointers.items() if use == "Representations" else ():
            inner = below(division, "div", ID=new_id("div"), LABEL=f"Representations/{name}")
            pointer = below(inner, "mptr")
            _locate(pointer, path)
            put(pointer, XLINK, "title", group)


def _fixity(entry: Entry, created: str) -> dict[str, str]:
    return {
        "MIMETYPE": entry.format.mime,
        "SIZE": str(entry.size),
        "CREATED": created,
        "CHECKSUM": entry.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _locate(target: Element, path: str) -> None:
    target.set("LOCTYPE", "URL")
    put(target, XLINK, "type", "simple")
    put(target, XLINK, "href", quote(path))
