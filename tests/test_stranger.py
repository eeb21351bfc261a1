"""A stranger in thirty years: the lines of README.txt and the package's own verify.py, with ordinary tools alone."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _authority import LocalAuthority, authority
from _sample_package import build_sample, copy_of, whole_package
from _sealing import IDENTITY, add_stamp, key, write_seal
from _tampering import Tampering

from urval.manifest import SealRef
from urval.package import verify_alone

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = ("sh", "sha256sum", "ssh-keygen", "openssl", "find", "wc", "grep")


@cache
def built() -> Path:
    """Return a package of the real builder, which names the key in its README, sealed and stamped."""
    import atexit
    import tempfile

    scratch = Path(tempfile.mkdtemp(prefix="urval-stranger-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    seal = SealRef(identity=IDENTITY, key=key().fingerprint, stamps=1)
    folder = build_sample(scratch, seal=seal).folder
    write_seal(folder, key())
    add_stamp(folder, authority())
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package, to alter."""
    return Path(shutil.copytree(built(), tmp_path / built().name))


def lines_of(folder: Path) -> str:
    """Return the lines of README.txt that a stranger types."""
    text = (folder / "data" / "README.txt").read_text(encoding="utf-8")
    lines = text[text.index("    set -e\n") :].split("\n\n")[0].splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines) + "\n"


def bare(folder: Path, script: str, tools: tuple[str, ...] = TOOLS, **given: Path) -> tuple[int, str]:
    """Run lines of a shell where nothing is installed but the tools named, there is no network and no environment."""
    tools_folder = folder.parent / "bin"
    tools_folder.mkdir(exist_ok=True)
    for tool in tools:
        link = tools_folder / tool
        if not link.exists():
            link.symlink_to(shutil.which(tool) or tool)
    environment = {"PATH": str(tools_folder), "HOME": "/nonexistent"} | {
        name: str(path) for name, path in given.items()
    }
    away = [shutil.which("unshare"), "--map-root-user", "--net"]
    away = away if subprocess.run([*away, "true"], capture_output=True, check=False).returncode == 0 else []
    command = [*away, tools_folder / "sh", "-c", script]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.mark.outside
def test_the_lines_of_the_readme(copy: Path, tmp_path: Path) -> None:
    """Ten lines with sha256sum, ssh-keygen and openssl verify a whole package and tell when it was stamped."""
    script = lines_of(copy)
    assert len(script.splitlines()) <= 10
    assert "\n" in (copy / "data" / "README.txt").read_text(encoding="utf-8")
    assert key().fingerprint in (copy / "data" / "README.txt").read_text(encoding="utf-8")
    status, said = bare(copy, script)
    print(said)
    assert status == 0, said
    assert f'Good "urval-manifest" signature for {IDENTITY} with ED25519 key {key().fingerprint}' in said
    assert "Verification: OK" in said
    assert "Time stamp: " in said
    (tmp_path / "keys").write_bytes(key().line())
    (tmp_path / "ca").write_bytes(authority().ca)
    assert bare(copy, script, KEYS=tmp_path / "keys", CA=tmp_path / "ca")[0] == 0
    (tmp_path / "others").write_bytes(key("other").line())
    assert bare(copy, script, KEYS=tmp_path / "others")[0] != 0
    assert bare(copy, script, CA=tmp_path / "others")[0] != 0


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = path.read_bytes()
    at = len(data) // 2
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def consistent(folder: Path) -> None:
    """Rewrite payload, bag and manifest together."""
    t = Tampering(folder)
    rows = t.rows("comments")
    rows[0]["text"] = "Något annat"
    t.write("comments", rows)
    t.seal()


def another_stamp(folder: Path) -> None:
    """Put a stamp over something else, and list it."""
    from _sealing import keep_stamp

    keep_stamp(folder, authority().stamp(b"x"), authority().chain)


TAMPERINGS: list[Callable[[Path], None]] = [
    lambda folder: flip(folder / "data" / "tables" / "comments.jsonl"),
    lambda folder: flip(folder / "manifest.json"),
    lambda folder: flip(folder / "manifest.json.sig"),
    lambda folder: flip(folder / "manifest.json.sig.tsr"),
    lambda folder: flip(folder / "bag-info.txt"),
    lambda folder: flip(folder / "seal" / "tsa.pem"),
    lambda folder: (folder / "data" / "spec" / "schema.json").unlink(),
    lambda folder: (folder / "data" / "media" / "extra.txt").touch(),
    lambda folder: (folder / "data" / "link").symlink_to("/etc/passwd"),
    lambda folder: key("other").sign(folder / "manifest.json", "urval-manifest"),
    consistent,
    another_stamp,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=range(len(TAMPERINGS)))
def test_both_find_tampering(copy: Path, tamper: Callable[[Path], None]) -> None:
    """After any tampering the lines of the README do not go through, nor does verify.py."""
    script = lines_of(copy)
    tamper(copy)
    assert bare(copy, script)[0] != 0
    status, said = alone(copy)
    assert status == 1
    assert "FAILED" in said


def alone(folder: Path, *arguments: Path) -> tuple[int, str]:
    """Run the package's own program, with a Python that sees nothing but its standard library."""
    command = [sys.executable, "-I", "-S", "data/verify.py", *map(str, arguments)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout


@pytest.mark.outside
def test_the_program_in_the_package(copy: Path, tmp_path: Path) -> None:
    """It prints one line a check, all hold, and it says that the keys it used lie in the package."""
    status, said = alone(copy)
    print(said)
    assert status == 0
    assert "FAILED" not in said
    for code in ("BAG-2", "BAG-4", "BAG-6", "TAB-4", "SEA-1", "SEA-3", "SEA-5"):
        assert code in said
    assert "states " in said
    assert "whose key it is" in said
    (tmp_path / "keys").write_bytes(key().line())
    (tmp_path / "ca").write_bytes(authority().ca)
    status, said = alone(copy, tmp_path / "keys", tmp_path / "ca")
    assert (status, "not checked" in said) == (0, False)
    (tmp_path / "others").write_bytes(key("other").line())
    assert alone(copy, tmp_path / "others")[0] == 1
    assert alone(copy, tmp_path / "keys", tmp_path / "others")[0] == 1


def test_an_unsigned_package(tmp_path: Path) -> None:
    """An unsigned one is checked as far as it goes, and both say that nobody signed it."""
    folder = copy_of(whole_package(), tmp_path)
    assert bare(folder, lines_of(folder))[0] == 0
    assert "inte undertecknat" in (folder / "data" / "README.txt").read_text(encoding="utf-8")
    status, said = alone(folder)
    assert (status, "not signed" in said) == (0, True)
    t = Tampering(folder)
    t.manifest["tables"]["posts"]["rows"] += 1
    t.seal()
    assert "table posts" in alone(folder)[1].split("FAILED")[1]


def test_the_certificates_may_have_expired(copy: Path, tmp_path: Path) -> None:
    """A stamp outlives its authority's certificates: both look at the signature, and tell the time it states."""
    now = datetime.now(UTC)
    gone = LocalAuthority(tmp_path / "gone", begins=now - timedelta(days=9), ends=now - timedelta(days=1))
    add_stamp(copy, gone)
    assert bare(copy, lines_of(copy))[0] == 0
    assert alone(copy)[0] == 0


def test_without_the_tools_the_program_says_so(copy: Path) -> None:
    """Where openssl or ssh-keygen is missing, a line says which, and the status is not 0."""
    command = [sys.executable, "-I", "-S", "data/verify.py"]
    run = subprocess.run(command, cwd=copy, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "ssh-keygen is not installed" in run.stdout
    assert "openssl is not installed" in run.stdout


@pytest.mark.parametrize("name", ["manifest.json", "manifest-sha256.txt", "seal/sealed.sha256"])
@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{" * 100_000])
def test_the_program_never_ends_in_a_traceback(copy: Path, name: str, data: bytes) -> None:
    """Whatever a file holds, there is a line for it."""
    (copy / name).write_bytes(data)
    assert alone(copy)[0] == 1


def test_the_program_is_short_and_old_enough() -> None:
    """At most 150 lines, for Python 3.8, of the standard library alone, and the same in every package."""
    source = Path(verify_alone.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 150
    tree = ast.parse(source, feature_version=(3, 8))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {name.name for node in imports if isinstance(node, ast.Import) for name in node.names}
    named |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
    assert named <= {"__future__", "hashlib", "json", "re", "subprocess", "sys", "pathlib"}
    assert (built() / "data" / "verify.py").read_text(encoding="utf-8") == source
    manifest = json.loads((built() / "manifest.json").read_text())
    assert manifest["seal"]["identity"] == IDENTITY
