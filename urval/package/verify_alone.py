"""Check a package with Python (3.8 or later), openssl and ssh-keygen alone.

usage: python3 data/verify.py [KEYS [CA]]     in the folder of the package
  KEYS  the archive's list of keys (allowed_signers), got from the archive itself; else the one in the package
  CA    certificates of the time-stamp authority (PEM), got from it; else those in the package
One line a check. Exit status: 0 all hold, 1 one does not. What each means: docs/format.md of Urval.
"""
# ruff: noqa: T201, S603 - it prints, and starts the two tools that are the reader's own

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path.cwd() if Path("manifest.json").exists() else Path(__file__).resolve().parent.parent
TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest.json")
LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)\n")


def digest(name: str) -> str:
    """Return the hex SHA-256 of a file; none of a link or of what is not there."""
    path, found = ROOT / name, hashlib.sha256()
    if path.is_symlink() or not path.is_file():
        return "none"
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def files_below(name: str) -> list[str]:
    """Return every file below a folder, sorted as the listings are."""
    paths = (path for path in (ROOT / name).rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted((path.relative_to(ROOT).as_posix() for path in paths), key=str.encode)


def listing_fault(listing: str, names: list[str]) -> str:
    """Return what is wrong with a listing that must name these files and no other, in this order; else nothing."""
    text = (ROOT / listing).read_bytes().decode("utf-8")
    lines = LINE.findall(text)
    if "".join(f"{found}  {name}\n" for found, name in lines) != text:
        return "not written as sha256sum does"
    listed = [name for _, name in lines]
    if listed != names:
        return "lists other files than are there: " + ", ".join(sorted(set(listed) ^ set(names))[:3])
    wrong = [name for found, name in lines if digest(name) != found]
    return "changed: " + ", ".join(wrong[:3]) if wrong else ""


def merkle_root(leaves: list[bytes]) -> bytes:
    """Return the RFC 6962 tree head over leaf hashes."""
    if len(leaves) < 2:  # noqa: PLR2004 - no leaf, or one
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def table_fault(name: str, rows: int, root: str) -> str:
    """Return what is wrong with a table's rows, else nothing."""
    with (ROOT / "data" / "tables" / f"{name}.jsonl").open("rb") as file:
        leaves = [hashlib.sha256(b"\x00" + line[:-1]).digest() for line in file if line[-1:] == b"\n"]
    if len(leaves) != rows:
        return f"{len(leaves)} rows, not {rows}"
    return "" if merkle_root(leaves).hex() == root else "other rows than the manifest's"


def run(*command: str, given: str = "") -> tuple[bool, str]:
    """Run a tool in the folder; return whether it succeeded and what it said, on one line."""
    data = (ROOT / given).read_bytes() if given else b""
    try:
        out, same = subprocess.PIPE, subprocess.STDOUT
        done = subprocess.run(command, input=data, cwd=str(ROOT), check=False, stdout=out, stderr=same)
    except OSError:
        return False, f"{command[0]} is not installed"
    return done.returncode == 0, " ".join(done.stdout.decode("utf-8", "replace").split())


def signature_fault(seal: dict[str, str], keys: str) -> str:
    """Return what is wrong with the signature, else nothing."""
    good, said = run(
        "ssh-keygen", "-Y", "verify", "-f", keys, "-I", seal["identity"], "-n", "urval-manifest",
        "-s", "manifest.json.sig", given="manifest.json",
    )  # fmt: skip
    whole = good and said.endswith(f" {seal['key']}")
    return "" if whole else f"not by {seal['identity']} {seal['key']}: {said[-200:]}"


def stamp_fault(part: str, authority: str) -> str:
    """Return what is wrong with a time stamp, else nothing; print the time it states."""
    answer = f"manifest.json.sig{part}.tsr"
    good, said = run(
        "openssl", "ts", "-verify", "-data", "manifest.json.sig", "-in", answer, "-CAfile", authority,
        "-no_check_time",
    )  # fmt: skip
    stated = re.search(r"Time stamp: (.*? GMT)", run("openssl", "ts", "-reply", "-in", answer, "-text")[1])
    if good and stated:
        print(f"    stamp   {answer} states {stated[1]}")
    return "" if good and stated else said[-200:]


def checks(keys: str, authority: str) -> list[tuple[str, str]]:
    """Return (what was checked, what is wrong with it) of everything."""
    manifest = json.loads((ROOT / "manifest.json").read_bytes().decode("utf-8"))
    seal, stamps = manifest["seal"], sorted(path.name[17:-4] for path in ROOT.glob("manifest.json.sig*.tsr"))
    found = [
        ("tag files (BAG-4)", listing_fault("tagmanifest-sha256.txt", list(TAGS))),
        ("payload (BAG-2, BAG-3)", listing_fault("manifest-sha256.txt", files_below("data"))),
        *((f"table {n} (TAB-3, TAB-4)", table_fault(n, t["rows"], t["merkle_root"]))
          for n, t in sorted(manifest["tables"].items())),
    ]  # fmt: skip
    known = {*TAGS, "tagmanifest-sha256.txt"}
    if seal:
        listings = {"seal/sealed.sha256": ["manifest.json.sig", "seal/allowed_signers"]}
        for part in stamps:
            lists = [name for name in (f"seal/tsa{part}.crl.pem",) if (ROOT / name).exists()]
            listings[f"seal/stamped{part}.sha256"] = [f"manifest.json.sig{part}.tsr", f"seal/tsa{part}.pem", *lists]
        found += [(f"{name} (SEA-5)", listing_fault(name, names)) for name, names in listings.items()]
        found.append((f"signature by {seal['key']} (SEA-1)", signature_fault(seal, keys)))
        found += [(f"time stamp{p} (SEA-3)", stamp_fault(p, authority or f"seal/tsa{p}.pem")) for p in stamps]
        known |= {*listings, *(name for names in listings.values() for name in names)}
    others = [name for name in files_below(".") if not name.startswith("data/") and name not in known]
    return [*found, ("no other file (BAG-6)", ", ".join(others[:3]))]


def main() -> int:
    """Print one line a check; return the exit status."""
    if len(sys.argv) > 3 or sys.argv[1:2] in (["-h"], ["--help"]):  # noqa: PLR2004 - KEYS and CA
        print(__doc__)
        return 2
    keys, authority = ([str(Path(one).resolve()) for one in sys.argv[1:]] + ["", ""])[:2]
    try:
        found = checks(keys or "seal/allowed_signers", authority)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        found = [("the package can be read", f"{type(error).__name__}: {error}")]
    for what, fault in found:
        print(f"{'FAILED' if fault else 'ok':6}  {what}{': ' if fault else ''}{ascii(fault)[1:-1]}")
    if not (ROOT / "manifest.json.sig").exists():
        print("not checked: who made it; the package is not signed. Ask the archive for the digest of manifest.json.")
    elif not keys:
        print("not checked: whose key it is; the list of keys used lies in the package. Get KEYS from the archive.")
    return 1 if any(fault for _, fault in found) else 0


if __name__ == "__main__":
    sys.exit(main())
