"""The seal sheet: one page with what a stranger needs, in two languages, PDF/A and PDF/UA, whatever a package holds."""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _authority import authority
from _run_store import ARCHIVE, package_folders, run_folder, run_store, store_copy
from _sample_package import ACCOUNT
from _sealing import key, sealed_copy, sealed_package, trust
from pypdf import PdfReader
from typer.testing import CliRunner

from urval.cli import app
from urval.errors import ConfigError, VerificationError
from urval.manifest import parse_manifest, sha256_hex
from urval.verify import CODES, Finding, FolderReader, Level, Report, Status, verify_package
from urval.verify.sheet import SheetSource, seal_sheet

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

if TYPE_CHECKING:
    from urval.manifest import Manifest

NOW = datetime.now(UTC)


def grouped(digest: str) -> list[str]:
    """Return a digest in groups of four."""
    return [digest[at : at + 4] for at in range(0, 64, 4)]


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF of one page, words apart by one space."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().split())


def manifest_of(folder: Path) -> Manifest:
    """Return a package's manifest."""
    return parse_manifest((folder / "manifest.json").read_bytes())


def source_of(report: Report, manifest: Manifest, **more: object) -> SheetSource:
    """Return what a sheet is made of."""
    given = {"manifest_sha256": "0123456789abcdef" * 4, "now": NOW, "software": "urval 0.1.0"} | more
    return SheetSource(report=report, manifest=manifest, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "words"), [("sv", "GILTIGT Nivå: allt"), ("en", "VALID Level: full")])
def test_the_sheet_of_a_package_in_its_store(tmp_path: Path, language: str, words: str) -> None:
    """It names archive, account, period, counts, digests in groups of four, key, stamp, run, verdict and commands."""
    store = store_copy(tmp_path)
    package, newer = package_folders(store)
    for gone in (newer, run_folder(store, 2), store / "ledger" / ARCHIVE / ACCOUNT / newer.parent.name):
        shutil.rmtree(gone)
    ca, keys, sheet = tmp_path / "ca.pem", tmp_path / "keys", tmp_path / "sheet.pdf"
    ca.write_bytes(authority().ca)
    keys.write_bytes(key().line())
    command = ["verify", str(store), "--tsa-ca", str(ca), "--keys", str(keys), "--language", language]
    run = CliRunner().invoke(app, [*command, "--sheet", str(sheet)])
    assert run.exit_code == 0, run.output
    text = text_of(sheet.read_bytes())
    assert words in text
    assert package.name in text
    for part in ("Exempelstads kommun", "Exempelstad · facebook", "2025-11-01", "2026-05-01", "KS 2025/0417"):
        assert part in text
    manifest = (package / "manifest.json").read_bytes()
    for part in grouped(sha256_hex(manifest)) + grouped(sha256_hex((run_folder(store, 1) / "run.json").read_bytes())):
        assert part in text
    assert key().fingerprint in text.replace("\u200b", "")
    assert "CN=Test TSA,C=SE" in text
    assert f"KEYS -I {key().identity} -n urval-manifest" in text
    again = CliRunner().invoke(app, [*command, "--sheet", str(sheet)])
    assert isinstance(again.exception, ConfigError)  # it is not overwritten


def test_the_sheet_says_what_is_open_and_what_failed(tmp_path: Path) -> None:
    """Alone, without keys, the sheet says what was not checked; of a damaged package it says what failed."""
    report = verify_package(FolderReader(sealed_package()), level=Level.DIGESTS)
    text = text_of(seal_sheet(source_of(report, manifest_of(sealed_package())), "en"))
    assert "VALID AS FAR AS CHECKED Level: digests" in text
    assert "SEA-2 no list of the archive's keys" in text
    assert "No run is known" in text
    assert "no list from outside" in text
    folder = sealed_copy(tmp_path)
    (folder / "data" / "README.txt").write_text("x")
    bad = verify_package(FolderReader(folder), level=Level.DIGESTS, trust=trust())
    text = text_of(seal_sheet(source_of(bad, manifest_of(folder)), "sv"))
    assert "INTE GILTIGT Nivå: kontrollsummor" in text
    assert "BAG-3 data/README.txt:" in text


def test_the_sheet_stays_one_page_whatever_is_in_it() -> None:
    """A hundred failures, long names, other scripts, controls, characters no font has: one page, always the same."""
    whole = verify_package(FolderReader(sealed_package()), level=Level.STRUCTURE)
    faults = tuple(
        Finding(
            code=code, status=status, severity=clause.severity, subject="\u202e\x1b[2J" + "långt-namn " * 30,
            expected="", found=f"{code} \U0010fffd\ue000 " * 20, message=clause.en,
        )
        for code, clause in CODES.items() for status in (Status.FAILED, Status.NOT_CHECKED)
    )  # fmt: skip
    report = replace(whole, findings=faults)
    manifest = manifest_of(sealed_package())
    names = {"name": "Ψ אב 漢字 \U0001fae9 " * 40}
    manifest = manifest.model_copy(
        update={"archive": manifest.archive.model_copy(update=names), "account": manifest.account | names}
    )
    source = source_of(report, manifest, keys_from="/" * 300, run=(123456, "f" * 64))
    for language in ("sv", "en"):
        first = seal_sheet(source, language)
        assert "[U+6F22]" in text_of(first).replace(" ", "")
        assert seal_sheet(source, language) == first


def test_verapdf_accepts_the_sheet(tmp_path: Path) -> None:
    """The sheet conforms to PDF/A-2a and PDF/UA-1, says veraPDF."""
    if lacking := verapdf.missing():
        assert os.environ.get("CI") != "true", f"veraPDF needs {lacking}"
        pytest.skip(f"veraPDF needs {lacking}")
    report = verify_package(FolderReader(sealed_package()), level=Level.STRUCTURE, trust=trust())
    path = tmp_path / "sheet.pdf"
    path.write_bytes(seal_sheet(source_of(report, manifest_of(sealed_package()), run=(1, "a" * 64)), "sv"))
    verdicts = verapdf.judge([path])
    assert [(one.flavour, one.compliant, one.failures) for one in verdicts] == [("2a", True, {}), ("ua1", True, {})]
    assert path.stat().st_size < 200_000


def test_a_sheet_is_of_one_readable_package(tmp_path: Path) -> None:
    """Of several packages, or of a manifest that cannot be read, there is none, and the sentence says why."""
    run = CliRunner().invoke(app, ["verify", str(run_store()), "--sheet", str(tmp_path / "a.pdf")])
    assert isinstance(run.exception, ConfigError)
    assert "holds 2" in str(run.exception)
    folder = sealed_copy(tmp_path)
    (folder / "manifest.json").write_bytes(b"{")
    run = CliRunner().invoke(app, ["verify", str(folder), "--level", "structure", "--sheet", str(tmp_path / "a.pdf")])
    assert isinstance(run.exception, VerificationError)
    assert not (tmp_path / "a.pdf").exists()
