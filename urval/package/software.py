"""What makes a package or a capture: name, version, the libraries its bytes depend on, the digest of the lock."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import urval
from urval.manifest import Software, file_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

# Only what the bytes depend on: a package must not change because a test tool did.
_LIBRARIES = ("jinja2", "msgspec", "pandas", "pillow", "pyarrow", "rfc8785", "typst", "warcio")
_LOCK = Path(urval.__file__).parents[1] / "requirements.lock"


def describe_software() -> Software:
    """Return the software that makes packages, as installed."""
    made = software_with(_LIBRARIES)
    return made.model_copy(update={"libraries": made.libraries | {"python": _python()}})


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def software_with(libraries: Sequence[str]) -> Software:
    """Return Urval as installed with some libraries; the lock's digest only where the repository is used."""
    return Software(
        name="urval",
        version=urval.__version__,
        lock_sha256=file_sha256(_LOCK) if _LOCK.is_file() else None,
        libraries={name: metadata.version(name) for name in libraries},
    )
