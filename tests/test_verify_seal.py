"""The verifier's view of a seal: keys and their times, authorities and theirs, and what cannot be judged."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from _authority import LocalAuthority, authority
from _sample_package import copy_of, whole_package
from _sealing import IDENTITY, add_stamp, keep_stamp, key, seal_copy, sealed_copy, sealed_package, trust
from _tampering import digest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from cryptography.x509 import ReasonFlags
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.package.seal import Authority, Signer, checked_stamp, listing_of, names_of, seal_files, stamp_query
from urval.verify import FolderReader, Level, Status, Trust, parse_allowed_signers, verify_package
from urval.verify.phrases import Phrase
from urval.verify.seal.signature import is_good, parse_signature

if TYPE_CHECKING:
    from pathlib import Path

    from _tampering import Tampering

    from urval.verify import Report

NOW = datetime.now(UTC)


def judged(folder: Path, by: Trust | None = None) -> Report:
    """Return the report on a package's structure, its seal among it."""
    return verify_package(FolderReader(folder), level=Level.STRUCTURE, trust=by)


def unchecked(report: Report) -> dict[str, str]:
    """Return code -> why it was not checked, of the seal's codes."""
    return {
        one.code: one.found
        for one in report.findings
        if one.status is Status.NOT_CHECKED and one.code.startswith("SEA-")
    }


def test_a_whole_seal_passes_and_the_report_says_by_whom_and_when() -> None:
    """With keys and authority from outside nothing of the seal is left open, and key and time stand in the report."""
    report = judged(sealed_package(), trust())
    assert report.failed() == []
    assert unchecked(report) == {}
    assert report.seal is not None
    assert (report.seal.identity, report.seal.key) == (IDENTITY, key().fingerprint)
    assert [one.authority for one in report.seal.stamps] == ["CN=Test TSA,C=SE"]
    made = datetime.fromtimestamp((sealed_package() / "manifest.json.sig.tsr").stat().st_mtime, UTC)
    assert abs(report.seal.stamps[0].at - made) < timedelta(minutes=5)
    for text in (report.to_text("sv"), report.to_text("en"), report.to_json()):
        assert key().fingerprint in text
        assert "CN=Test TSA" in text


def test_without_an_outside_list_the_key_is_not_checked() -> None:
    """The list that lies in the package itself makes no key trusted, nor its certificates an authority."""
    report = judged(sealed_package())
    assert report.failed() == []
    assert unchecked(report) == {"SEA-2": Phrase.NO_KEYS, "SEA-8": Phrase.NO_AUTHORITIES}


def test_the_signed_spec_may_name_the_authority(tmp_path: Path) -> None:
    """An authority that the spec under the signature names is trusted; by another of its policies it is not."""

    def naming(policy: str) -> Path:
        def change(t: Tampering) -> None:
            pem = "".join(f"        {line}\n" for line in authority().ca.decode().splitlines())
            text = (
                f"seal:\n  identity: {IDENTITY}\n  time_stamps:\n    - id: test\n      url: https://tsa.example/\n"
                f"      policy: {policy}\n      certificates: |\n{pem}"
            )
            path = t.path("spec/archive-spec.yaml")
            path.write_text(path.read_text() + text)
            t.manifest["spec"]["sha256"] = digest(path)

        return seal_copy(copy_of(whole_package(), tmp_path / policy), key(), [authority()], change=change)

    report = judged(naming("1.2.3.4.1"))
    assert report.failed() == []
    assert unchecked(report) == {"SEA-2": Phrase.NO_KEYS}
    assert unchecked(judged(naming("1.2.3.9")))["SEA-8"] == Phrase.NO_AUTHORITIES


def stamp(moment: datetime) -> str:
    """Return a time as a list of keys has it."""
    return moment.strftime("%Y%m%d%H%M%SZ")


DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.mark.parametrize(
    ("begins", "ends", "passes"),
    [(-WEEK, None, True), (-WEEK, WEEK, True), (DAY, None, False), (-WEEK, -DAY, False), (None, -DAY, False)],
)
def test_key_outside_its_time_is_found_as_ssh_keygen_finds_it(
    tmp_path: Path, begins: timedelta | None, ends: timedelta | None, passes: bool
) -> None:
    """A seal by a key before or after its time fails SEA-2; ssh-keygen says the same of the same list."""
    times = ",".join(
        f'{name}="{stamp(NOW + span)}"' for name, span in (("valid-after", begins), ("valid-before", ends)) if span
    )
    assert judged(sealed_package(), trust(times=times)).failed() == ([] if passes else ["SEA-2"])
    (tmp_path / "keys").write_bytes(key().line(times=times))
    command = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "keys", "-I", IDENTITY, "-n", "urval-manifest",
               "-s", sealed_package() / "manifest.json.sig"]  # fmt: skip
    with (sealed_package() / "manifest.json").open("rb") as manifest:
        run = subprocess.run(command, stdin=manifest, capture_output=True, check=False)
    assert (run.returncode == 0) is passes


def test_a_stamp_shows_that_an_ended_key_signed_in_time(tmp_path: Path) -> None:
    """With a stamp from before its end an ended key is good; without a stamp nobody can tell, and SEA-2 says so."""
    ended = f'valid-before="{stamp(NOW + DAY)}"'
    assert judged(sealed_package(), trust(times=ended)).failed() == []
    unstamped = seal_copy(copy_of(whole_package(), tmp_path), key(), wanted=1)
    report = judged(unstamped, trust(times=ended))
    assert report.failed() == ["SEA-4"]
    assert unchecked(report) == {"SEA-2": Phrase.UNPROVEN_TIME}


def test_the_list_must_be_for_this_purpose() -> None:
    """A key that is listed for runs alone may not sign a package."""
    other = key().line(namespaces="urval-run")
    assert judged(sealed_package(), Trust(allowed_signers=other)).failed() == ["SEA-2"]


def test_keys_that_cannot_be_used_make_nothing_trusted() -> None:
    """A list that is no list, or a published history that was changed, fails SEA-2 and says why."""
    for by in (Trust(allowed_signers=b"\xff"), Trust(problem="The event 2 of the key history was changed.")):
        report = judged(sealed_package(), by)
        assert report.failed() == ["SEA-2"]
        assert next(one.found for one in report.findings if one.code == "SEA-2")


@pytest.mark.parametrize(
    "line",
    [
        'a namespaces="x",unknown="y" {key}',
        "a cert-authority {key}",
        "* {key}",
        'a valid-after="20260101" {key}',
        'a valid-after="20261301Z" {key}',
        "a ssh-rsa AAAA",
        "a ssh-ed25519 AAAA",
        "a",
        "\x00",
    ],
)
def test_a_line_that_may_mean_more_than_is_read_is_refused(line: str) -> None:
    """A list with a line this verifier does not understand whole is refused, never half read."""
    text = f"# keys\n\n{key().line().decode()}{line.format(key=key().public)}\n"
    with pytest.raises(ValueError, match="line 4 of the list of keys"):
        parse_allowed_signers(text.encode())


def with_stamp(folder: Path, by: LocalAuthority, lists: bytes | None = None) -> Report:
    """Return the report on a package that bears the stamp of an authority that is trusted."""
    add_stamp(folder, by, lists=lists)
    return judged(folder, trust(authorities=by.ca))


def test_an_authority_must_have_been_valid_when_it_stamped(tmp_path: Path) -> None:
    """A certificate that had expired, or was not valid yet, at the stamp's own time fails SEA-3."""
    folder = sealed_copy(tmp_path)
    expired = LocalAuthority(tmp_path / "expired", begins=NOW - 2 * WEEK, ends=NOW - DAY)
    early = LocalAuthority(tmp_path / "early", begins=NOW + DAY)
    for one in (expired, early):
        assert with_stamp(folder, one).failed() == ["SEA-3"]


@pytest.mark.parametrize(
    ("reason", "since", "fails"),
    [
        (None, DAY, False),
        (ReasonFlags.key_compromise, -DAY, True),
        (ReasonFlags.key_compromise, DAY, True),
        (ReasonFlags.superseded, -DAY, True),
        (ReasonFlags.superseded, DAY, False),
    ],
)
def test_a_revoked_authority_is_found(
    tmp_path: Path, reason: ReasonFlags | None, since: timedelta, fails: bool
) -> None:
    """A stamp falls with its authority's certificate: from its revocation on, and always where the key was stolen."""
    lists = authority().revocation(revoked=reason, at=NOW + since)
    assert with_stamp(sealed_copy(tmp_path), authority(), lists).failed() == (["SEA-3"] if fails else [])


def test_a_revocation_list_by_somebody_else_is_found(tmp_path: Path) -> None:
    """A list of revocations that the authority's issuer did not sign fails SEA-3."""
    assert with_stamp(sealed_copy(tmp_path), authority(), authority("Three").revocation()).failed() == ["SEA-3"]


def test_stamps_of_two_authorities_and_of_a_longer_chain_pass(tmp_path: Path) -> None:
    """A second stamp, by an authority with an intermediate whose answer carries two certificates, passes as well."""
    longer = authority("Longer", between=True)
    folder = seal_copy(copy_of(whole_package(), tmp_path), key(), [authority(), longer])
    report = judged(folder, trust(authorities=authority().ca + longer.ca))
    assert report.failed() == []
    assert report.seal is not None
    assert [one.number for one in report.seal.stamps] == [1, 2]
    assert judged(folder, trust()).failed() == ["SEA-8"]


def test_stamps_with_other_digests_pass(tmp_path: Path) -> None:
    """An authority may hash with SHA-384 or SHA-512."""
    folder = sealed_copy(tmp_path)
    for kind in ("sha384", "sha512"):
        answer = authority().stamp((folder / "manifest.json.sig").read_bytes(), digest=kind)
        keep_stamp(folder, answer, authority().chain)
        assert judged(folder, trust()).failed() == []


def test_a_stamp_from_the_future_is_found() -> None:
    """A stamp later than the time of the verification fails SEA-3: somebody's clock is wrong."""
    before = Trust(allowed_signers=key().line(), authorities=authority().ca, now=NOW - timedelta(hours=1))
    assert judged(sealed_package(), before).failed() == ["SEA-3"]


def test_a_fixed_clock_says_nothing_of_times(tmp_path: Path) -> None:
    """Where the times come from a fixed clock (a demonstration), they are not compared with the stamp's."""
    for name, at in (("past", NOW - timedelta(days=400)), ("future", NOW + timedelta(days=400))):
        folder = seal_copy(copy_of(whole_package(), tmp_path / name), key(), [authority()], at=at, clock="fixed")
        assert judged(folder, trust()).failed() == []


def test_without_the_extra_the_seal_is_not_checked() -> None:
    """Where cryptography or rfc3161-client is not installed, the report says what to install; nothing is passed."""
    for absent in ("cryptography", "rfc3161_client"):
        program = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {absent!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from pathlib import Path
from urval.verify import FolderReader, Level, Trust, verify_package
report = verify_package(FolderReader(Path(sys.argv[1])), level=Level.STRUCTURE, trust=Trust(allowed_signers=b""))
print(*(f"{{f.code}}={{f.status}}" for f in report.findings if f.code[:4] == "SEA-"), report.to_text("en"))
"""
        run = subprocess.run(
            [sys.executable, "-c", program, str(sealed_package())], check=True, capture_output=True, text=True
        )
        assert "SEA-2=not_checked" in run.stdout
        assert "SEA-3=not_checked" in run.stdout
        assert "SEA-5=passed" in run.stdout
        assert "pip install 'urval[verify]'" in run.stdout


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_signature_is_never_good(data: st.DataObject) -> None:
    """No change of any byte of the armour leaves a signature that reads and verifies."""
    armour = (sealed_package() / "manifest.json.sig").read_bytes()
    message = (sealed_package() / "manifest.json").read_bytes()
    assert is_good(parse_signature(armour), message)
    place = data.draw(st.integers(0, len(armour) - 1))
    changed = armour[:place] + data.draw(st.binary(max_size=3)) + armour[place + data.draw(st.integers(0, 3)) :]
    try:
        good = changed != armour and is_good(parse_signature(changed), message)
    except ValueError:
        good = False
    assert not good


def test_the_writer_and_ssh_keygen_seal_alike(tmp_path: Path) -> None:
    """What Urval's own writer puts beside a manifest is what ssh-keygen made, byte for byte, and passes as well."""
    private = load_ssh_private_key(key().path.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    folder = sealed_copy(tmp_path)
    signer = Signer(IDENTITY, private)
    files = seal_files(signer, (folder / "manifest.json").read_bytes(), namespace="urval-manifest")
    assert {path: (folder / path).read_bytes() for path in files} == files
    names, query = names_of(1), stamp_query(files["manifest.json.sig"])
    answer = authority().reply(query.as_bytes())
    stamper = Authority(id="test", url="https://tsa.example/", certificates=authority().chain)
    kept = checked_stamp(answer, files["manifest.json.sig"], stamper, nonce=query.nonce)
    written = {names.answer: kept.answer, names.chain: stamper.certificates}
    for path, data in {**written, names.listing: listing_of(written)}.items():
        (folder / path).write_bytes(data)
    assert judged(folder, trust()).failed() == []
