"""``pip install urval[verify]``: the wheel and what that extra needs, in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from _authority import authority
from _sealing import key, sealed_package
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


def needed(requires: list[str], extra: str) -> set[str]:
    """Return the names of everything that requirements with an extra come to, as installed here."""
    found: set[str] = set()
    pending = [(text, extra) for text in requires]
    while pending:
        text, wanted = pending.pop()
        one = Requirement(text)
        if one.marker is not None and not one.marker.evaluate({"extra": wanted}):
            continue
        name = canonicalize_name(one.name)
        if name in found and not one.extras:
            continue
        found.add(name)
        below = metadata.distribution(name).requires or []
        pending += [(line, own) for own in ("", *one.extras) for line in below]
    return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Return the Python of a virtual environment that holds the wheel and its closure alone, and their names.

    The closure's files are linked from where they are installed, as no network is at hand.
    """
    scratch = tmp_path_factory.mktemp("extra")
    subprocess.run([sys.executable, "-c", _BUILD, scratch], cwd=ROOT, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", scratch / "venv"], check=True)
    (site,) = (scratch / "venv").glob("lib/python*/site-packages")
    (wheel,) = scratch.glob("urval-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
        (description,) = (name for name in packed.namelist() if name.endswith("METADATA"))
        requires = metadata.PathDistribution(site / Path(description).parent).requires or []
    names = needed(requires, "verify")
    for name in names:
        files = metadata.distribution(name).files or []
        for top in {path.parts[0] for path in files if path.parts[0] not in {"..", "__pycache__"}}:
            target = Path(str(metadata.distribution(name).locate_file(top)))
            if target.exists() and not (site / top).exists():
                (site / top).symlink_to(target)
    return scratch / "venv" / "bin" / "python", names


def test_the_extra_pulls_in_neither_engine_nor_connector(bare: tuple[Path, set[str]]) -> None:
    """The closure of the extra has what checks seals, and nothing that captures."""
    python, names = bare
    assert {"cryptography", "rfc3161-client", "typst", "pyarrow", "boto3"} <= names
    assert not names & {"prefect", "requests", "warcio", "fastapi", "playwright", "pillow", "jinja2", "bcrypt"}
    program = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    absent = ["prefect", "requests", "flows", "connectors", "warcio", "PIL", "jinja2", "fontTools"]
    run = subprocess.run([python, "-I", "-c", program, *absent], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_it_verifies_a_sealed_package_and_prints_the_sheet(bare: tuple[Path, set[str]], tmp_path: Path) -> None:
    """With keys and authority from outside the seal is checked whole; of a store that is not there it speaks."""
    python, _ = bare
    (tmp_path / "keys").write_bytes(key().line())
    (tmp_path / "ca").write_bytes(authority().ca)
    command = [python, "-I", "-m", "urval.cli", "verify", sealed_package(), "--language", "en", "--level", "digests",
               "--keys", tmp_path / "keys", "--tsa-ca", tmp_path / "ca", "--sheet", tmp_path / "sheet.pdf"]  # fmt: skip
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "time-stamped" in run.stdout
    assert "SEA-" not in run.stdout  # none failed, none was left open
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")
    (tmp_path / "keys").write_bytes(key("other").line())
    run = subprocess.run(command[:-2], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "SEA-2  failed" in run.stdout
