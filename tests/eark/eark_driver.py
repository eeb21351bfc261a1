"""Runs eark-validator over packages without a network, in a process of its own; prints one JSON line a package.

usage: python eark_driver.py VERSION=PACKAGE...     VERSION is V2.0.4 or V2.1.0

The validator fetches four vocabularies when it is imported, though its wheel holds them: they are served from there. It
does not compare checksums, nor look into the METS of representations; commons-ip does both.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import urllib.request
from pathlib import Path


def serve_vocabularies() -> None:
    """Answer what the validator asks of the network from its own wheel."""
    spec = importlib.util.find_spec("eark_validator")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "ipxml" / "resources" / "vocabs"

    def from_wheel(address: object, *_args: object, **_named: object) -> io.BytesIO:
        return io.BytesIO((folder / str(address).rsplit("/", 1)[-1]).read_bytes())

    urllib.request.urlopen = from_wheel  # type: ignore[assignment]


def main() -> None:
    """Judge every package named."""
    serve_vocabularies()
    from eark_validator.packages import PackageValidator
    from eark_validator.specifications.specification import SpecificationVersion

    for argument in sys.argv[1:]:
        version, _, package = argument.partition("=")
        report = PackageValidator(Path(package), SpecificationVersion(version)).validation_report
        print(json.dumps(json.loads(report.model_dump_json())))


if __name__ == "__main__":
    main()
