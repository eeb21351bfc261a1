"""A package into a bucket: ``Store.put_tree`` beside ``client.upload_file`` of boto3 for each file.

``python -m bench.upload floor|product ENDPOINT``: 2,000 files of 10 kB and 4 of 60 MB, as a package has them, to a real
S3 server on this machine. The product looks what is there, digests every file, has the server check each SHA-256,
creates only, and puts what makes the tree last; the floor does none of it, and puts the files one after the other.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import tempfile
from pathlib import Path

import boto3

from bench.measuring import FOLDER, ROOT, Line, in_turns, told
from urval.store import open_store

_FOLDER = FOLDER / "upload"
_SIZES = [10_000] * 2000 + [60_000_000] * 4
_BUCKET = "bench"
_BOUND = 1.2
_ROUNDS = 3


def lines() -> list[Line]:
    """Make the files if they are not there, run a server, and upload in turns."""
    make()
    sys.path.insert(0, str(ROOT / "tests"))
    from _s3_server import running_s3  # noqa: PLC0415 - the server of the tests, which only this line needs

    with tempfile.TemporaryDirectory(prefix="urval-bench-") as name, running_s3(Path(name)) as server:
        os.environ.update(server.environment())
        server.bucket(_BUCKET)
        floor, product = in_turns(
            _ROUNDS, ("upload", "floor", server.endpoint), ("upload", "product", server.endpoint)
        )  # fmt: skip
    detail = f"product {product.seconds:.1f} s, boto3 {floor.seconds:.1f} s, 2,000 files of 10 kB, 4 of 60 MB"
    return [Line("S3 upload", product.seconds / floor.seconds, _BOUND, at_most=True, detail=detail)]


def make() -> None:
    """Write the files unless they are there."""
    done = _FOLDER / "manifest.json"
    if done.exists():
        return
    _FOLDER.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    for number, size in enumerate(_SIZES):
        (_FOLDER / f"{number:04}").write_bytes(rng.randbytes(size))
    done.write_bytes(b"{}")


def floor(endpoint: str) -> None:
    """Upload each file."""
    prefix, client = secrets.token_hex(8), boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    for path in sorted(_FOLDER.iterdir()):
        client.upload_file(str(path), _BUCKET, f"{prefix}/{path.name}")


def product(endpoint: str) -> None:
    """Put the folder as a tree."""
    store = open_store(f"s3://{_BUCKET}?endpoint={endpoint}&region=us-east-1")
    store.put_tree(secrets.token_hex(8), _FOLDER, last="manifest.json")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        told(lambda: {"floor": floor, "product": product}[sys.argv[1]](sys.argv[2]))
    else:
        for line in lines():
            print(f"{line.name}  {line.figure:.2f} {line.unit} (bound {line.bound:.2f})  {line.detail}")
