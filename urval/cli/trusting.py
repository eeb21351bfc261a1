"""What ``urval verify`` is told from outside: keys, authorities, digests of runs; and what a store's runs say of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from urval.store import Store
    from urval.verify import Level, Report, Trust

_LARGEST = 1 << 20  # bytes of a file of keys or certificates
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END CERTIFICATE-----")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def trust_in(keys: Path | None, authorities: Path | None) -> Trust:
    """Return what seals are judged by, from the files a person named.

    Args:
        keys: The archive's list of keys (OpenSSH, ``allowed_signers``), got elsewhere than from the package.
        authorities: Certificates of time-stamp authorities (PEM).

    Raises:
        ConfigError: A file cannot be read, or is no such list.
    """
    from urval.verify import Trust, parse_allowed_signers

    listed = _read(keys, "--keys") if keys else None
    if keys and listed is not None:
        try:
            if not parse_allowed_signers(listed):
                raise ConfigError(f"{keys} holds no key", next_step="Get the list from the archive itself.")
        except ValueError as error:
            raise ConfigError(
                f"{keys} is no list of keys that can be used: {error}",
                next_step='A line is: IDENTITY namespaces="urval-manifest,urval-run" ssh-ed25519 AAAA…',
            ) from error
    certificates = _read(authorities, "--tsa-ca") if authorities else None
    if authorities and certificates is not None and not _CERTIFICATE.search(certificates):
        raise ConfigError(f"{authorities} holds no certificate in PEM form", next_step="See: openssl x509 -in FILE")
    return Trust(
        allowed_signers=listed,
        keys_from=str(keys or ""),
        signed=listed is not None,
        authorities=certificates,
        now=datetime.now(UTC),
    )


def anchors_in(given: Sequence[str]) -> list[str]:
    """Return digests of runs as typed or copied from minutes: in lower case, without spaces and colons.

    Raises:
        ConfigError: One is no SHA-256.
    """
    found = [re.sub(r"[\s:]", "", one).lower() for one in given]
    for one, text in zip(found, given, strict=True):
        if not _DIGEST.fullmatch(one):
            raise ConfigError(f"{text} is no SHA-256", next_step="Give the 64 characters (0-9, a-f) of a run's digest.")
    return found


def run_reports(
    store: Store, account: str | None, level: Level, trust: Trust, anchors: Sequence[str]
) -> Iterator[Report]:
    """Yield a report on the run manifests of each archive that has some, or of all where a run is looked for."""
    from urval.disposed import disposed_packages
    from urval.held_runs import archives_with_runs, trust_of, verify_held_runs
    from urval.holdings import packages

    held = [(one.prefix, one.manifest_sha256) for one in packages(store, account=account)]
    gone = {(prefix.rsplit("/", 1)[1], stone.sha256) for prefix, stone in disposed_packages(store, account=account)}
    archives = set(archives_with_runs(store))
    if anchors:
        archives |= {prefix.split("/")[1] for prefix, _ in held}
    for archive in sorted(archives):
        own = [(prefix, digest) for prefix, digest in held if prefix.split("/")[1] == archive]
        yield verify_held_runs(
            store,
            archive,
            own,
            trust=trust_of(store, archive, trust, datetime.now(UTC)),
            level=level,
            disposed=gone,
            account=account,
            anchors=anchors,
        )


def _read(path: Path, option: str) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{path} is larger than {option} takes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", next_step=f"Check {option}.") from error
