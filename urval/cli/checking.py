"""What ``urval spec check`` says: everything that is wrong with a spec, or in a few lines what a correct one holds."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors._registry import account_faults, reads_files_only
from urval.errors import ConfigError
from urval.periods import occasions_for
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from urval.spec import Account, ArchiveSpec, LoadedSpec


def checked(path: Path) -> LoadedSpec:
    """Read an archive spec and check the settings of its accounts as well.

    Raises:
        ConfigError: With everything that is wrong, each with line, column and remedy.
    """
    return read_spec(path, account_check=_faults)


def _faults(account: Account) -> Iterator[tuple[tuple[str, ...], str]]:
    if _by_files_only(account):
        return
    for fault in account_faults(account.platform, account_id=account.id, settings=account.settings):
        yield fault.key, f"{fault.error.message} {fault.error.next_step}".rstrip(".")


def _by_files_only(account: Account) -> bool:
    try:
        return reads_files_only(account.platform, account_id=account.id, settings=account.settings)
    except ConfigError:
        return False  # an unknown platform, which is told as a fault


def summary(spec: ArchiveSpec) -> list[str]:
    """Return what a correct spec holds: accounts and rules, this year's occasions, and what it allows."""
    platforms = Counter(account.platform for account in spec.accounts)
    versions, rules = len(spec.rules), len({rule.id for rule in spec.rules})
    year = datetime.now(ZoneInfo(spec.timezone)).year
    occasions = [
        f"{one.id} from {one.opens} to {one.closes}" for one in occasions_for(spec, first_year=year, last_year=year)
    ]
    lines = [
        f"Spec {spec.id}, version {spec.version}: {_count(len(spec.accounts), 'account')} "
        f"({', '.join(f'{name} {count}' for name, count in sorted(platforms.items()))}), {_count(rules, 'rule')}"
        + (f" in {versions} versions." if versions > rules else "."),
        f"Occasions of {year}: {'; '.join(occasions) or 'none'}.",
        _allows(spec),
    ]
    if files := [account.id for account in spec.accounts if _by_files_only(account)]:
        lines.append(f"Without settings, so only by 'urval import' of an export file: {', '.join(files)}.")
    return lines


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _allows(spec: ArchiveSpec) -> str:
    decision = spec.decision
    if decision is None:
        return "It names no decision, so it runs dry only: it shows what would be kept, and makes no package."
    return f"It makes packages, by decision {decision.reference} of {decision.date} ({decision.authority})."
