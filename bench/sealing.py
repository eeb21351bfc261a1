"""What the seal adds to a package: the key opened, the manifest signed, the signature stamped, all written to disk.

``python -m bench.sealing``: the authority is OpenSSL on this machine, started anew for each stamp: no network counts;
the answer is checked as the flow checks it. The key is opened once for each package, though a run opens it once.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import ROOT, Line, in_turns, told
from urval.package.seal import Authority, KeyFolder, checked_stamp, listing_of, names_of, seal_files, stamp_query

sys.path.insert(0, str(ROOT / "tests"))
from _authority import authority

_ROUNDS = 7
_PASSPHRASE = "a passphrase for measuring"
_MANIFEST = b'{"format":"urval-package/1"}' + b" " * 8_000


def lines() -> list[Line]:
    """Seal a package some times over, each time in a process of its own."""
    (product,) = in_turns(_ROUNDS, ("sealing", "one"))
    detail = f"median of {_ROUNDS}: key opened, signed, stamped by OpenSSL on this machine"
    return [Line("sealing a package", product.seconds, 1.0, at_most=True, detail=detail, unit="s")]


def seal(keys: KeyFolder, folder: Path) -> None:
    """Seal and stamp a manifest."""
    signer, local = keys.unlock(_PASSPHRASE), authority()
    files = seal_files(signer, _MANIFEST, namespace="urval-manifest")
    signature = files["manifest.json.sig"]
    query = stamp_query(signature)
    answer = local.reply(query.as_bytes())
    who = Authority(id="local", url="", certificates=local.chain)
    names = names_of(1)
    stamped = {names.answer: checked_stamp(answer, signature, who, nonce=query.nonce).answer, names.chain: local.chain}
    for name, data in {**files, **stamped, names.listing: listing_of(stamped)}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory(prefix="urval-bench-") as place:
            held = KeyFolder(Path(place) / "keys", "exempelstad")
            held.create("new", identity="arkivet@exempelstad.example", passphrase=_PASSPHRASE, at=datetime.now(UTC))
            authority()  # made beforehand
            told(lambda: seal(held, Path(place)))
    else:
        for line in lines():
            print(f"{line.name}  {line.figure:.2f} {line.unit} (bound {line.bound:.2f})  {line.detail}")
