"""What made a capture or a package, and what was measured while a platform was read (docs/format.md, section 9)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of the manifest's parts: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Software(Part):
    """What made the package. ``lock_sha256`` is the digest of requirements.lock, where there is one."""

    name: str
    version: str
    lock_sha256: str | None
    libraries: dict[str, str]


class ClockOffset(Part):
    """The capture's clock minus the ``Date`` headers of a host's answers, in milliseconds, of ``measured`` answers.

    Taken when the headers had come. ``Date`` has whole seconds and was written at some moment of the wait, so what the
    clocks really differed by lies between the number less (the wait + 1 s) and the number.
    """

    measured: int
    min_ms: int
    max_ms: int
    longest_wait_ms: int


class HostLog(Part):
    """What was seen of one host, by the exchanges that are in the WARC.

    ``api_versions`` are headers of its answers, as ``name: value``; ``tls_certificates`` the hex SHA-256 of each
    certificate (DER) it showed. Lists are sorted. Without TLS both lists of it are empty.
    """

    host: str
    exchanges: int
    api_versions: list[str]
    clock_offset: ClockOffset | None  # None: no answer could be compared, or the clock was fixed
    tls_versions: list[str]
    tls_certificates: list[str]


class Environment(Part):
    """The environment log of the capture: what read the platform, on what, and what it measured on the way.

    ``redactions`` counts the places from which secrets were removed, over all exchanges.
    """

    software: Software
    python: str
    openssl: str
    system: str
    redactions: int
    hosts: list[HostLog]
