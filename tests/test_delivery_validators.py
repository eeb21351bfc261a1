"""What eark-validator and commons-ip say: an AIP passes both; of a SIP they say the known contradictions, no more."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from _delivering import composed, deliver, hostile, read
from _sealing import sealed_package

from urval.package.delivery import Kind, write_delivery

sys.path.insert(0, str(Path(__file__).with_name("eark")))
import eark_judges as judges

pytestmark = pytest.mark.outside
PROFILE_210 = "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml"
PROFILE_220 = "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml"
# eark-validator tests every CREATOR agent as if it were the software, and looks for an attribute without its namespace.
EARK_OF_A_SIP = [("CSIP12", "Error"), ("CSIP13", "Error"), ("CSIP16", "Error"), ("SIP14", "Error"), ("SIP14", "Error")]
# commons-ip wants the versioned address of the version it was asked for.
COMMONS_OF_A_SIP = {"2.0.4": [], "2.1.0": [("SIP2", "MUST")], "2.2.0": [("SIP2", "MUST")]}


@dataclass(frozen=True)
class Verdicts:
    """What was delivered, by name, and what each judge said of it."""

    by_commons: dict[tuple[str, str], judges.Judgement]
    by_eark: dict[tuple[str, str], judges.Judgement]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """Make every delivery, and let both judges look at them: one start a judge and version."""
    lacking = judges.missing()
    assert not lacking, f"The outside judges of deliveries cannot run: this machine lacks {lacking}."
    made = deliveries(tmp_path_factory.mktemp("delivered"))
    names = {
        "2.0.4": ["aip", "sip"],
        "2.1.0": ["aip", "sip", "sip-210", "tampered", "unlisted", "hostile", "zip"],
        "2.2.0": ["aip", "sip", "sip-220"],
    }
    by_commons = {
        (version, name): one
        for version, of in names.items()
        for name, one in zip(of, judges.commons_ip(version, [made[name] for name in of]), strict=True)
    }
    asked = [(version, name) for version in judges.EARK_VERSIONS for name in ("aip", "sip", "hostile")]
    told = judges.eark([(version, made[name]) for version, name in asked])
    return Verdicts(by_commons, dict(zip(asked, told, strict=True)))


def deliveries(scratch: Path) -> dict[str, Path]:
    """Deliver the sealed and stamped package in every way there is."""
    package = sealed_package()
    made = {
        "aip": deliver(package, scratch / "aip", Kind.AIP),
        "sip": deliver(package, scratch / "sip"),
        "sip-210": deliver(package, scratch / "sip-210", profile=PROFILE_210),
        "sip-220": deliver(package, scratch / "sip-220", profile=PROFILE_220),
        "zip": deliver(package, scratch / "zip", Kind.AIP, as_zip=True),
        "hostile": write_delivery(composed(hostile(read(package)), Kind.AIP), package, scratch / "hostile"),
    }
    paths = {name: one.path for name, one in made.items()}
    for name in ("tampered", "unlisted"):
        paths[name] = scratch / name / paths["aip"].name
        shutil.copytree(paths["aip"], paths[name])
    page = paths["tampered"] / "representations/rendering/data/snapshot/index.html"
    page.write_bytes(page.read_bytes().replace(b"<main>", b"<mein>"))
    (paths["unlisted"] / "representations/data/data/extra.txt").write_bytes(b"x")
    return paths


@pytest.mark.parametrize("version", judges.COMMONS_VERSIONS)
def test_commons_ip_accepts_an_aip(verdicts: Verdicts, version: str) -> None:
    """An AIP of a sealed package is valid by commons-ip, with no error and no warning."""
    one = verdicts.by_commons[version, "aip"]
    assert one.valid
    assert one.found == ()


@pytest.mark.parametrize("version", judges.EARK_VERSIONS)
@pytest.mark.parametrize("name", ["aip", "hostile"])
def test_eark_validator_accepts_an_aip(verdicts: Verdicts, version: str, name: str) -> None:
    """An AIP is valid by eark-validator, with no error and no warning, whatever the texts in it are."""
    one = verdicts.by_eark[version, name]
    assert one.valid
    assert one.found == ()


@pytest.mark.parametrize("name", ["hostile", "zip"])
def test_commons_ip_accepts_hostile_texts_and_a_zip(verdicts: Verdicts, name: str) -> None:
    """Texts that would break XML, and the form of a zip, change nothing for commons-ip."""
    one = verdicts.by_commons["2.1.0", name]
    assert one.valid
    assert one.found == ()


@pytest.mark.parametrize("version", judges.COMMONS_VERSIONS)
def test_commons_ip_finds_only_the_profile_of_a_sip(verdicts: Verdicts, version: str) -> None:
    """Of a SIP commons-ip says exactly what is known: the profile's address is not that of the version asked for."""
    one = verdicts.by_commons[version, "sip"]
    assert list(one.found) == COMMONS_OF_A_SIP[version]
    assert one.valid == (not one.found)


@pytest.mark.parametrize("version", ["2.1.0", "2.2.0"])
def test_commons_ip_accepts_a_sip_with_the_versioned_profile(verdicts: Verdicts, version: str) -> None:
    """With the address commons-ip wants as PROFILE the same SIP is valid: the profile is a setting."""
    one = verdicts.by_commons[version, f"sip-{version.replace('.', '')}"]
    assert one.valid
    assert one.found == ()


@pytest.mark.parametrize("version", judges.EARK_VERSIONS)
def test_eark_validator_says_of_a_sip_what_is_known(verdicts: Verdicts, version: str) -> None:
    """Of a SIP eark-validator gives exactly the five known errors about agents, and nothing else."""
    one = verdicts.by_eark[version, "sip"]
    assert list(one.found) == EARK_OF_A_SIP
    assert not one.valid


def test_commons_ip_finds_a_changed_file(verdicts: Verdicts) -> None:
    """One byte changed in a file is found by the checksum METS states."""
    one = verdicts.by_commons["2.1.0", "tampered"]
    assert not one.valid
    assert one.found == (("CSIP71", "MUST"),)


def test_commons_ip_finds_a_file_that_no_mets_lists(verdicts: Verdicts) -> None:
    """A file added to a delivery is found, so METS lists every file."""
    one = verdicts.by_commons["2.1.0", "unlisted"]
    assert [rule for rule, _ in one.found] == ["CSIP66"]
