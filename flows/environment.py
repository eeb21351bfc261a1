"""The environment of a capture: what reads, on what. With the log of the exchanges it makes the environment log.

Nothing here tells one machine from another that has the same software: no name, no address, no path, no user.
"""

from __future__ import annotations

import platform
import ssl
from functools import cache
from typing import TYPE_CHECKING

import urval
from urval.manifest import Environment
from urval.package.software import software_with

if TYPE_CHECKING:
    from connectors._environment import EnvironmentLog
    from urval.manifest import Software

# What a capture's bytes depend on: who speaks HTTP, whom it trusts, who reads JSON, who writes the WARC.
_LIBRARIES = ("certifi", "msgspec", "requests", "urllib3", "warcio")


@cache
def _software() -> Software:
    return software_with(_LIBRARIES)


@cache
def _surroundings() -> dict[str, str]:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "openssl": ssl.OPENSSL_VERSION,
        "system": _system(),
    }


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    parts = (platform.system(), release.get("ID", ""), release.get("VERSION_ID", ""))
    return " ".join(" ".join(parts).split())


def environment_of(log: EnvironmentLog) -> Environment:
    """Return the environment log of a capture whose exchanges are in ``log``."""
    return Environment(software=_software(), **_surroundings(), redactions=log.redactions, hosts=log.hosts())


def described() -> dict[str, str]:
    """Return the same software as names and values for a warcinfo record: who goes on with a WARC must be of it."""
    software = _software()
    return {
        "software": f"urval/{urval.__version__}",
        "lock-sha256": str(software.lock_sha256),
        "libraries": ", ".join(f"{name} {version}" for name, version in sorted(software.libraries.items())),
        **_surroundings(),
    }
