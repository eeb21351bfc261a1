"""A delivery describes a sealed package, lists every file of itself, and gives the package back byte for byte."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from _delivering import AT, HOSTILE, composed, deliver, hostile, read, settings
from _program import tree
from _sample_package import whole_package
from _sealing import sealed_copy, sealed_package
from hypothesis import given
from hypothesis import strategies as st

from urval.errors import ConfigError, PackageError, StoreError
from urval.ledger import State, next_event
from urval.package.delivery import Kind, compose, origin_of, place_of, write_delivery
from urval.package.delivery.markup import CSIP, DC, EAD, METS, PREMIS, XLINK, XSI, clean, element, one_line, to_bytes
from urval.verify import FolderReader, Verdict, verify_package

if TYPE_CHECKING:
    from pathlib import Path

M, P = f"{{{METS}}}", f"{{{PREMIS}}}"
NAMES = {"m": METS, "p": PREMIS, "dc": DC, "ead": EAD}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SIP of the sealed and stamped package."""
    return deliver(sealed_package(), tmp_path_factory.mktemp("sip")).path


def test_the_sealed_package_comes_back_by_the_commands_of_the_readme(delivered: Path, tmp_path: Path) -> None:
    """The commands in README.txt rebuild the bag with its seal, byte for byte, and it verifies as before."""
    package = sealed_package()
    here = tmp_path / "received" / delivered.name
    shutil.copytree(delivered, here)
    text = (here / "documentation" / "README.txt").read_text(encoding="utf-8")
    commands = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(commands)], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "data/tables/posts.jsonl: OK" in done.stdout
    rebuilt = tmp_path / "received" / f"{package.name}.bag" / package.name
    assert tree(rebuilt) == tree(package)
    assert verify_package(FolderReader(rebuilt)).verdict is not Verdict.NOT_VALID
    assert (rebuilt / "manifest.json.sig.tsr").is_file()


def test_the_readme_tells_where_each_file_lies(delivered: Path) -> None:
    """Every file of the package stands in README.txt with its digest and a place that holds those bytes."""
    text = (delivered / "documentation" / "README.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line.count("\t") == 2]
    assert {path for _, path, _ in rows} == set(tree(sealed_package()))
    for digest, path, place in rows:
        assert hashlib.sha256((delivered / place).read_bytes()).hexdigest() == digest, place
        assert origin_of(place) == path


def test_mets_lists_every_file_with_its_size_and_digest(delivered: Path) -> None:
    """METS of the whole and of the representations list every file but the topmost METS, each truly."""
    listed: dict[str, ET.Element] = {}
    for mets in [delivered / "METS.xml", *delivered.glob("representations/*/METS.xml")]:
        root = ET.parse(mets).getroot()
        told = [(file, file.find(f"{M}FLocat")) for file in root.iter(f"{M}file")]
        told += [(one, one) for one in root.iter(f"{M}mdRef")]
        for about, where in told:
            path = mets.parent / unquote(where.get(f"{{{XLINK}}}href"))
            listed[path.relative_to(delivered).as_posix()] = about
    files = tree(delivered)
    assert set(listed) == set(files) - {"METS.xml"}
    for path, about in listed.items():
        assert about.get("CHECKSUM") == files[path], path
        assert about.get("CHECKSUMTYPE") == "SHA-256"
        assert int(about.get("SIZE")) == (delivered / path).stat().st_size
        assert about.get("MIMETYPE").count("/") == 1


def test_every_representation_has_what_belongs_to_it(delivered: Path) -> None:
    """Tables, spec and media are in data, snapshot with its pictures in rendering, raw objects in raw, seal beside."""
    places = set(tree(delivered))
    for path in (
        "representations/data/data/tables/posts.parquet",
        "representations/data/data/spec/archive-spec.yaml",
        "representations/data/data/README.txt",
        "representations/rendering/data/snapshot/snapshot-001.pdf",
        "representations/raw/data/raw/objects.jsonl.gz",
        "metadata/other/bag/manifest.json.sig.tsr",
        "metadata/other/bag/seal/allowed_signers",
    ):
        assert path in places, path
    media = sorted(path.name for path in (sealed_package() / "data" / "media").iterdir())
    for page in (delivered / "representations/rendering/data/snapshot").rglob("*.html"):
        for name in media:
            if name in page.read_text(encoding="utf-8"):
                assert (delivered / "representations/rendering/data/media" / name).is_file()
    assert place_of("data/new/file.bin") == "representations/data/data/new/file.bin"


def test_the_package_is_not_touched(tmp_path: Path) -> None:
    """Delivering changes no byte, name or time of the package."""
    package = sealed_copy(tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in package.rglob("*")}
    digests = tree(package)
    deliver(package, tmp_path / "out")
    assert {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in package.rglob("*")} == before
    assert tree(package) == digests


def test_the_same_package_settings_and_clock_give_the_same_bytes(delivered: Path, tmp_path: Path) -> None:
    """Made again elsewhere, folder and zip have the same bytes; a second time in the same place changes nothing."""
    package = sealed_copy(tmp_path)
    again = deliver(package, tmp_path / "out")
    assert tree(again.path) == tree(delivered)
    assert not deliver(package, tmp_path / "out").new
    first, second = (deliver(package, tmp_path / name, as_zip=True) for name in "ab")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.zip_sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest()


def test_a_zip_holds_the_folder_plainly(delivered: Path, tmp_path: Path) -> None:
    """A zip has one folder at its root, fixed times, no compression, nothing of zip64, and the same files."""
    made = deliver(sealed_package(), tmp_path, as_zip=True).path
    with zipfile.ZipFile(made) as archive:
        members = archive.infolist()
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    assert {one.filename.split("/")[0] for one in members} == {delivered.name}
    assert {one.date_time for one in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.compress_type for one in members} == {zipfile.ZIP_STORED}
    assert {one.extra for one in members} == {b""}
    assert [one.filename for one in members] == sorted(one.filename for one in members)
    assert tree(tmp_path / "unpacked" / delivered.name) == tree(delivered)


def test_a_zip_that_would_need_zip64_is_refused(tmp_path: Path) -> None:
    """What a plain zip cannot hold is refused in words before anything is written."""
    sealed = read(sealed_package())
    delivery = composed(sealed)
    entry, place = delivery.copies[0]
    large = replace(delivery, copies=[(replace(entry, size=5 << 30), place), *delivery.copies[1:]])
    with pytest.raises(PackageError, match="too large for a plain zip"):
        write_delivery(large, sealed_package(), tmp_path / "out", as_zip=True)
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Where another delivery, or anything else, has the name, nothing is changed and nothing is left behind."""
    first = deliver(sealed_package(), tmp_path)
    before = tree(tmp_path)
    with pytest.raises(ConfigError, match="another delivery"):
        deliver(sealed_package(), tmp_path, contact="Alva")
    (tmp_path / f"{first.path.name}.zip").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="another delivery"):
        deliver(sealed_package(), tmp_path, as_zip=True)
    assert tree(tmp_path) == before | {f"{first.path.name}.zip": hashlib.sha256(b"mine").hexdigest()}


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_file_that_changed_since_it_was_verified_is_not_delivered(tmp_path: Path, as_zip: bool) -> None:
    """A file that changes between verification and copying stops the delivery, and nothing is left behind."""
    package = sealed_copy(tmp_path)
    delivery = composed(read(package))
    target = package / "data" / "raw" / "objects.jsonl.gz"
    target.write_bytes(b"x" * target.stat().st_size)
    with pytest.raises(PackageError, match=r"objects\.jsonl\.gz"):
        write_delivery(delivery, package, tmp_path / "out", as_zip=as_zip)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A delivery into what is no folder, or into the package, is refused in one sentence."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written"):
        deliver(sealed_package(), tmp_path / "file")
    package = sealed_copy(tmp_path)
    with pytest.raises(ConfigError, match="in the package itself"):
        deliver(package, package / "out")
    assert not (package / "out").exists()


@given(st.text())
def test_any_text_becomes_xml_that_gives_it_back(text: str) -> None:
    """Any text can be written, parses again as what ``clean`` made of it, and holds nothing that cannot be seen."""
    document = to_bytes(element(DC, "title", text, note=text))
    root = ET.fromstring(document)
    assert root.text == (clean(text) or None)
    assert root.get("note") == one_line(text)
    assert not any(char < " " and char not in "\t\n" for char in clean(text))


def test_what_xml_cannot_hold_is_shown() -> None:
    """Control characters in the package's texts stand as [U+XXXX]; what could break out of XML stands as text."""
    documents = composed(hostile(read(sealed_package()))).documents
    for path, data in documents.items():
        if path.endswith((".xml", ".txt")):
            assert not any(byte in data for byte in (b"\x00", b"\x1b", "\u0085".encode())), path
    root = ET.fromstring(documents["metadata/descriptive/dc.xml"])
    assert root.findtext("dc:creator", namespaces=NAMES) == one_line(HOSTILE)
    assert "[U+0000][U+001B][2J[U+0085][U+FFFE]" in one_line(HOSTILE)
    assert "<b>&amp; ]]>" in one_line(HOSTILE)


@pytest.mark.parametrize("wrong", ["", "  ", "a\nb", "\x1b[2J", "half \udcff"])
def test_settings_that_nobody_can_see_are_refused(wrong: str) -> None:
    """A setting that is blank, or holds a control or half a character, is refused with the next step."""
    with pytest.raises(ConfigError) as caught:
        settings(agreement=wrong)
    assert caught.value.next_step


def test_a_profile_is_an_address_and_a_submitter_has_a_code() -> None:
    """A profile that is no web address, and a submitter without code or the other way round, are refused."""
    for wrong in ({"profile": "E-ARK-SIP"}, {"profile": "https://a b"}, {"submitter": "X"}, {"submitter_code": "1"}):
        with pytest.raises(ConfigError):
            settings(**wrong)


def test_the_header_names_agents_agreement_and_status(delivered: Path) -> None:
    """METS names software, archive creator, who delivers, the agreement and the record's status."""
    header = ET.parse(delivered / "METS.xml").getroot().find(f"{M}metsHdr")
    agents = [(one.get("ROLE"), one.get("TYPE"), one.findtext(f"{M}name")) for one in header.findall(f"{M}agent")]
    assert agents == [
        ("CREATOR", "OTHER", "Urval"),
        ("ARCHIVIST", "ORGANIZATION", "Exempelstads kommun"),
        ("CREATOR", "ORGANIZATION", "Exempelstads kommun"),
    ]
    assert header.get("RECORDSTATUS") == "NEW"
    assert header.get(f"{{{CSIP}}}OAISPACKAGETYPE") == "SIP"
    told = {one.get("TYPE"): one.text for one in header.findall(f"{M}altRecordID")}
    assert told["SUBMISSIONAGREEMENT"] == "RA 13-2011/5329; 2012-04-12"


def test_settings_reach_the_header() -> None:
    """Profile, submitter, contact and test delivery stand in METS as they were set, in every METS alike."""
    more = {
        "profile": "https://example.org/p.xml",
        "submitter": "Nämnden",
        "submitter_code": "212000-1",
        "contact": "Bo",
    }
    delivery = compose(read(sealed_package()), settings(test=True, **more))
    profiles = {
        ET.fromstring(data).get("PROFILE") for name, data in delivery.documents.items() if name.endswith("METS.xml")
    }
    assert profiles == {"https://example.org/p.xml"}
    header = ET.fromstring(delivery.documents["METS.xml"]).find(f"{M}metsHdr")
    assert header.get("RECORDSTATUS") == "TEST"
    assert [one.findtext(f"{M}name") for one in header.findall(f"{M}agent")][2:] == ["Nämnden", "Bo"]
    assert header.findall(f"{M}agent")[2].findtext(f"{M}note") == "212000-1"


def test_a_supplement_says_that_it_adds_to_another() -> None:
    """A package that supplements another is delivered as a supplement, and PREMIS names the other."""
    sealed = read(sealed_package())
    link = {"package_id": "the-first", "manifest_sha256": "0" * 64}
    document = sealed.manifest.model_dump() | {"supplements": link}
    delivery = composed(replace(sealed, manifest=type(sealed.manifest).model_validate(document)))
    header = ET.fromstring(delivery.documents["METS.xml"]).find(f"{M}metsHdr")
    assert header.get("RECORDSTATUS") == "SUPPLEMENT"
    premis = delivery.documents["metadata/preservation/premis.xml"].decode()
    assert "supplements" in premis
    assert "the-first" in premis


def test_the_description_has_the_fields_of_a_finding_aid(delivered: Path) -> None:
    """Dublin Core and EAD3 name creator, period, extent, language, restriction and the package's id."""
    manifest = read(sealed_package()).manifest
    dc = ET.parse(delivered / "metadata/descriptive/dc.xml").getroot()
    assert dc.findtext("dc:identifier", namespaces=NAMES) == manifest.package_id
    assert dc.findtext("dc:date", namespaces=NAMES) == "2026-05-01/2026-10-31"
    assert dc.findtext("dc:language", namespaces=NAMES) == "swe"
    assert "sekretess" in dc.findtext("dc:rights", namespaces=NAMES)
    unit = ET.parse(delivered / "metadata/descriptive/ead.xml").getroot().find("ead:archdesc", NAMES)
    assert unit.findtext("ead:did/ead:origination/ead:corpname/ead:part", namespaces=NAMES) == manifest.archive.name
    assert (
        unit.find("ead:did/ead:unitdatestructured/ead:daterange/ead:todate", NAMES).get("standarddate") == "2026-10-31"
    )
    assert int(unit.findtext("ead:did/ead:physdescstructured/ead:quantity", namespaces=NAMES)) == sum(
        path.stat().st_size for path in sealed_package().rglob("*") if path.is_file()
    )
    assert unit.findtext("ead:accessrestrict/ead:p", namespaces=NAMES)


def test_reference_code_and_restriction_are_told() -> None:
    """The register entry's reference code and the restriction that was set stand in EAD, METS and the agreement."""
    sealed = read(sealed_package())
    account = sealed.manifest.account | {"reference_code": "SE/EX/KS/F9A", "classification": "1.4"}
    manifest = sealed.manifest.model_copy(update={"account": account})
    delivery = compose(replace(sealed, manifest=manifest), settings(access="Sekretess i 50 år"))
    for path in ("metadata/descriptive/ead.xml", "METS.xml", "documentation/submission-agreement.txt"):
        assert b"SE/EX/KS/F9A" in delivery.documents[path], path
    for path in (
        "metadata/descriptive/ead.xml",
        "metadata/descriptive/dc.xml",
        "documentation/submission-agreement.txt",
    ):
        assert "Sekretess i 50 år".encode() in delivery.documents[path], path


def test_premis_links_events_to_the_package_and_to_agents(delivered: Path) -> None:
    """Every event of PREMIS names an agent and an object that are described, and files belong to what is described."""
    root = ET.parse(delivered / "metadata/preservation/premis.xml").getroot()
    objects = {
        one.findtext("p:objectIdentifier/p:objectIdentifierValue", namespaces=NAMES) for one in root.iter(f"{P}object")
    }
    agents = {
        one.findtext("p:agentIdentifier/p:agentIdentifierValue", namespaces=NAMES) for one in root.iter(f"{P}agent")
    }
    events = root.findall("p:event", NAMES)
    assert [one.findtext("p:eventType", namespaces=NAMES) for one in events] == [
        "capture", "appraisal", "appraisal", "validation", "information package creation",
    ]  # fmt: skip
    for one in events:
        assert one.findtext(".//p:linkingObjectIdentifierValue", namespaces=NAMES) in objects
        linked = {value.text for value in one.iter(f"{P}linkingAgentIdentifierValue")}
        assert linked
        assert linked <= agents
    related = {value.text for value in root.iter(f"{P}relatedObjectIdentifierValue")}
    assert related <= objects
    assert {one.get(f"{{{XSI}}}type") for one in root.iter(f"{P}object")} == {
        "premis:intellectualEntity", "premis:representation", "premis:file",
    }  # fmt: skip


def test_premis_of_a_representation_has_every_file(delivered: Path) -> None:
    """PREMIS of each representation has one object a file, with size and digest, and the name it has in the package."""
    for name in ("data", "rendering", "raw"):
        folder = delivered / "representations" / name
        root = ET.parse(folder / "metadata/preservation/premis.xml").getroot()
        files = [one for one in root.iter(f"{P}object") if one.get(f"{{{XSI}}}type") == "premis:file"]
        told = {
            one.findtext("p:objectIdentifier/p:objectIdentifierValue", namespaces=NAMES): one.findtext(
                ".//p:messageDigest", namespaces=NAMES
            )
            for one in files
        }
        assert told == {f"data/{path}": digest for path, digest in tree(folder / "data").items()}
        assert all(one.findtext("p:originalName", namespaces=NAMES).startswith("data/") for one in files)


def test_the_ledger_is_told_in_premis() -> None:
    """Packaging, sealing, time stamp, hold and restriction of this package become events; another's do not."""
    sealed = read(sealed_package())
    mine, other = {"package": sealed.manifest.package_id}, {"package": "other"}
    events = []
    for state, refs, reason in (
        (State.CAPTURED, {}, ""), (State.PROPOSED, {}, ""), (State.APPROVED, {}, ""), (State.PACKAGED, mine, ""),
        (State.SEALED, mine, ""), (State.STAMPED, mine | {"authority": "Tidsstämplaren"}, ""),
        (State.RESTRICTED, mine, "Skyddade uppgifter"), (State.VERIFIED, other, ""),
    ):  # fmt: skip
        at = AT - timedelta(hours=10 - len(events))
        events.append(next_event(events, state, at=at, actor="alva", role="archivist", reason=reason, refs=refs))
    delivery = composed(replace(sealed, events=events))
    root = ET.fromstring(delivery.documents["metadata/preservation/premis.xml"])
    told = [one.findtext(".//p:eventOutcome", namespaces=NAMES) for one in root.findall("p:event", NAMES)]
    assert [text for text in told if text and "ledger" in text] == [
        "event 4 of the ledger: packaged", "event 5 of the ledger: sealed", "event 6 of the ledger: stamped",
        "event 7 of the ledger: restricted",
    ]  # fmt: skip
    text = delivery.documents["metadata/preservation/premis.xml"].decode()
    assert "Tidsstämplaren" in text
    assert "reason: Skyddade uppgifter" in text


def test_an_unsigned_package_is_delivered(tmp_path: Path) -> None:
    """A package without a seal is delivered as it is, as an AIP without what belongs to a SIP."""
    package = whole_package().folder
    path = deliver(package, tmp_path, Kind.AIP).path
    assert not (path / "metadata/other/bag/manifest.json.sig").exists()
    assert not (path / "schemas/DILCISExtensionSIPMETS.xsd").exists()
    root = ET.parse(path / "METS.xml").getroot()
    assert [one.get("ROLE") for one in root.iter(f"{M}agent")] == ["CREATOR", "ARCHIVIST"]
