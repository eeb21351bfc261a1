"""How long what is put stays locked: as the archive spec says, and as the store's URI says; the stricter counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from urval.spec import StorageRule
    from urval.store._uri import S3Place

# Kinds of keys that are kept as long as packages are. What else there is (captures, removals, reviews, observations,
# access copies) holds personal data that a disposal decision may cover: it gets the captures' time, or none.
LASTING = frozenset({
    "packages", "ledger", "keys", "runs", "occasions", "holds", "restrictions", "tombstones", "disposals", "protocols",
    "deliveries",
})  # fmt: skip
PROBE, QUARANTINE = "probe", "quarantine"  # what is no part of the archive: tries, and damaged bytes kept aside
NOT_ARCHIVE = frozenset({PROBE, QUARANTINE})
_MODES = {"governance": "GOVERNANCE", "compliance": "COMPLIANCE"}


@dataclass(frozen=True, slots=True)
class Terms:
    """The retention a URI and a spec ask for; either may ask for none."""

    lock: str | None = None  # of the URI: GOVERNANCE | COMPLIANCE
    days: int | None = None
    storage: StorageRule | None = None

    def of(self, key: str, now: datetime) -> tuple[str, datetime] | None:
        """Return mode and end of the retention of an object put ``now`` (aware); None: it gets none of its own."""
        kind = key.partition("/")[0]
        asked = []
        if self.lock is not None and self.days is not None and kind != PROBE:
            asked.append((self.lock, now + timedelta(days=self.days)))
        keep = self._keep(kind)
        if self.storage is not None and keep is not None:
            from urval.spec import after  # noqa: PLC0415 - those who only read need no specs

            asked.append((_MODES[self.storage.lock], after(now, keep)))
        if not asked:
            return None
        mode = "COMPLIANCE" if any(one == "COMPLIANCE" for one, _ in asked) else "GOVERNANCE"
        return mode, max(until for _, until in asked)

    def _keep(self, kind: str) -> str | None:
        if self.storage is None or kind in NOT_ARCHIVE:
            return None
        return self.storage.keep if kind in LASTING else self.storage.captures_keep

    def conflicts(self, now: datetime) -> list[str]:
        """Return in what URI and spec differ, one sentence each, with what counts."""
        if self.storage is None or self.lock is None or self.days is None:
            return []
        told = []
        if _MODES[self.storage.lock] != self.lock:
            told.append(f"The spec asks for the lock {self.storage.lock}, the store's URI for {self.lock.lower()}; "
                        "compliance counts.")  # fmt: skip
        for name, kind in (("keep", "packages"), ("captures_keep", "captures")):
            keep, by_uri = self._keep(kind), now + timedelta(days=self.days)
            until = Terms(storage=self.storage).of(kind, now)
            if until is None or until[1] != by_uri:
                told.append(f"The spec says {name} {keep or 'nothing'}, the store's URI retain_days={self.days}; "
                            f"{'the longer' if keep else 'what the URI says'} counts.")  # fmt: skip
        return told


def terms_of(place: S3Place, storage: StorageRule | None) -> Terms:
    """Return the terms of a place in S3 under a spec's rule of storage."""
    return Terms(place.lock, place.retain_days, storage)
