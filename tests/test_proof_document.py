"""The documented procedure: sixty lines of Python that judge a proof with openssl and ssh-keygen, and no Urval."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _authority import authority
from _proof_package import BRIDGE, city_package
from _sample_package import whole_package
from _sealing import key, sealed_package

from urval.manifest import canonical
from urval.package.proof import Item, make_proof
from urval.verify import FolderReader

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = Path(__file__).parents[1] / "docs" / "proof.md"


@cache
def program() -> str:
    """Return the lines of the document."""
    (found,) = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return found


def proof(package: Path, item: Item, **options: bool) -> dict[str, Any]:
    """Return a proof as a value, to alter."""
    return json.loads(make_proof(FolderReader(package), item, **options).data)


def check(folder: Path, value: dict[str, Any], *keys: bytes) -> subprocess.CompletedProcess[str]:
    """Run the procedure in an empty environment, without a site or anything of ours on its path."""
    (folder / "check.py").write_text(program(), "utf-8")
    (folder / "proof.json").write_bytes(canonical(value))
    for data in keys:
        (folder / "keys").write_bytes(data)
    command = [sys.executable, "-I", "-S", "-W", "error", "check.py", "proof.json", *["keys" for _ in keys]]
    return subprocess.run(command, cwd=folder, env={}, text=True, capture_output=True, check=False)


def test_sixty_lines_of_the_standard_library() -> None:
    """The procedure has sixty lines at most, fits the page, and imports nothing but the standard library."""
    lines = program().splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 120
    imported = re.findall(r"^(?:import|from) (.+?)(?: import .*)?$", program(), re.MULTILINE)
    names = {name.strip() for part in imported for name in part.split(",")}
    assert names <= sys.stdlib_module_names


def test_good_proofs_pass(tmp_path: Path) -> None:
    """A whole thread and a comment by itself are good, by the list of keys given or the one in the file."""
    listed = key().line(times='valid-after="20200101Z",valid-before="20991231Z"')
    for value in (proof(city_package(), Item(BRIDGE)), proof(city_package(), Item(BRIDGE, "c6"), alone=True)):
        done = check(tmp_path, value, listed)
        assert (done.returncode, done.stderr) == (0, "")
        assert key().fingerprint in done.stdout
    assert "Köp billiga klockor" in done.stdout
    assert check(tmp_path, proof(city_package(), Item(BRIDGE))).returncode == 0


def _text(value: dict[str, Any]) -> None:
    value["rows"][0]["line"] = value["rows"][0]["line"].replace("84 meter", "85 meter")


def _path(value: dict[str, Any]) -> None:
    value["nodes"][0] = value["nodes"][0][::-1]


def _index(value: dict[str, Any]) -> None:
    value["rows"][0]["index"] += 1


def _size(value: dict[str, Any]) -> None:
    value["sizes"]["posts"] += 1


def _sizes(value: dict[str, Any]) -> None:
    manifest = json.loads(value["manifest"])
    value["sizes"]["posts"] = manifest["tables"]["posts"]["rows"] = 9
    value["manifest"] = canonical(manifest).decode()


def _fewer(value: dict[str, Any]) -> None:
    value["rows"].remove(next(row for row in value["rows"] if row["table"] == "comments"))


def _manifest(value: dict[str, Any]) -> None:
    manifest = json.loads(value["manifest"])
    manifest["archive"]["name"] = "Annanstad"
    value["manifest"] = canonical(manifest).decode()


def _other_manifest(value: dict[str, Any]) -> None:
    value["manifest"] = _of_another()["manifest"]


def _signature(value: dict[str, Any]) -> None:
    value["seal"]["signature"] = _of_another()["seal"]["signature"]


def _stamp(value: dict[str, Any]) -> None:
    value["seal"]["stamps"][0]["response"] = _of_another()["seal"]["stamps"][0]["response"]


def _authority(value: dict[str, Any]) -> None:
    value["seal"]["stamps"][0]["certificates"] = authority("Annan").chain.decode()


def _unsigned(value: dict[str, Any]) -> None:
    value["seal"] = None


def _of_another() -> dict[str, Any]:
    return proof(sealed_package(), Item("t3"))


TAMPERED: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_text, "row 0 of posts is not in the package"), (_path, "is not in the package"), (_index, "row 1 of posts"),
    (_size, "another size of the table posts"), (_sizes, "is not in the package|path"),
    (_fewer, "comments are missing"),
    (_manifest, "ssh-keygen: .*incorrect signature"), (_other_manifest, "another size|not in the package"),
    (_signature, "openssl"), (_stamp, "openssl"), (_authority, "openssl"), (_unsigned, "not signed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), TAMPERED, ids=[change.__name__ for change, _ in TAMPERED])
def test_tampered_proof_fails(tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str) -> None:
    """A proof with another text, path, place, size, manifest, signature or stamp is not good, and it says why."""
    value = proof(city_package(), Item(BRIDGE))
    change(value)
    done = check(tmp_path, value, key().line())
    assert done.returncode == 1
    assert "GOOD:" not in done.stdout
    assert re.search(f"NOT GOOD: .*({said})", done.stderr, re.DOTALL), done.stderr


def test_other_signer_fails(tmp_path: Path) -> None:
    """A seal by somebody else's key is refused: by the list of keys given, and by the key the manifest names."""
    other = key("other")
    value = proof(city_package(), Item(BRIDGE))
    assert "ssh-keygen" in check(tmp_path, value, other.line()).stderr
    document = tmp_path / "manifest.json"
    document.write_text(value["manifest"], "utf-8")
    other.sign(document, "urval-manifest")
    signature = (tmp_path / "manifest.json.sig").read_bytes()
    value["seal"]["signature"], value["seal"]["allowed_signers"] = signature.decode(), other.line().decode()
    value["seal"]["stamps"] = []
    assert "signed by another key than the manifest names" in check(tmp_path, value).stderr
    value = proof(whole_package().folder, Item("t3"))
    assert "not signed" in check(tmp_path, value).stderr
