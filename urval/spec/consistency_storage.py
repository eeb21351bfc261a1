"""What must hold between the lock on what is stored and the rules of disposal: what is due must not be locked still."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from urval.spec.retention import RetentionRule
from urval.spec.storage import StorageRule, after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.spec.draft import Draft
    from urval.spec.tree import Path

_STORAGE, _RETENTION = TypeAdapter(StorageRule), TypeAdapter(RetentionRule)
_START = datetime(2001, 1, 1, tzinfo=UTC)  # any moment will do to see which of two periods is longer
_IN_PACKAGES = frozenset({"snapshot", "selected", "manifest"})
_IN_CAPTURES = frozenset({"unselected_raw", "removed_item", "private_message"})


def storage_problems(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield each period of the lock that outlasts what a rule disposes of so long after the capture."""
    try:
        storage = _STORAGE.validate_python(draft.data.get("storage"))
    except ValidationError:
        return  # absent, or told elsewhere
    for _, item in draft.mappings("retention"):
        try:
            rule = _RETENTION.validate_python(item)
        except ValidationError:
            continue
        if rule.action != "dispose" or rule.trigger != "captured_at" or rule.period is None:
            continue
        for key, kinds, lasts in (
            ("keep", _IN_PACKAGES, storage.keep),
            ("captures_keep", _IN_CAPTURES, storage.captures_keep),
        ):
            if rule.record_class in kinds and lasts is not None and after(_START, lasts) > after(_START, rule.period):
                yield (
                    ("storage", key),
                    f"{key!r} locks longer than the rule of disposal {rule.id!r} allows ({rule.period}); shorten it",
                )
