"""What makes the package: name, version, the libraries its bytes depend on, the digest of the lock."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

import urval
from urval.manifest import Software, file_sha256

# Only what the bytes depend on: a package must not change because a test tool did.
_LIBRARIES = ("jinja2", "msgspec", "pandas", "pillow", "pyarrow", "rfc8785", "typst", "warcio")
_LOCK = Path(urval.__file__).parents[1] / "requirements.lock"


def describe_software() -> Software:
    """Return the software as installed; the lock's digest only where the repository is used."""
    return Software(
        name="urval",
        version=urval.__version__,
        lock_sha256=file_sha256(_LOCK) if _LOCK.is_file() else None,
        libraries={name: metadata.version(name) for name in _LIBRARIES}
        | {"python": ".".join(platform.python_version_tuple()[:2])},
    )
