"""Breaking the store around a package: section 10 of docs/format.md."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from urval.manifest import canonical
from urval.verify import CaptureState, StoreContext

if TYPE_CHECKING:
    from collections.abc import Callable

STORE_VECTORS: dict[str, list[Callable[[StoreContext], StoreContext]]] = {
    "STO-1": [
        lambda c: replace(c, key=c.key.replace("/2026-05-01", "/2025-05-01")),
        lambda c: replace(c, key="packages/x"),
    ],
    "STO-2": [
        lambda c: replace(c, neighbours=()),
        lambda c: replace(c, neighbours=tuple(_changed(data, archive={"id": "annan"}) for data in c.neighbours or ())),
        lambda c: _with_previous(c, archive={"id": "annan"}),
        lambda c: _with_previous(c, period={"end": "2026-06-30T22:00:00Z"}),
        lambda c: _with_previous(c, package_id="another"),
    ],
    "STO-3": [
        lambda c: _with_previous(c, period={"end": "2026-03-31T22:00:00Z"}),
        lambda c: _renewed(c, previous=None),
        lambda c: _beside(c, start="2026-06-30T22:00:00Z"),
    ],
    "STO-4": [
        lambda c: replace(c, capture=CaptureState.MISSING),
        lambda c: replace(c, capture=CaptureState.DAMAGED),
    ],
    "STO-5": [
        lambda c: replace(c, ledger_problems=("event 3 does not name event 2",)),
        lambda c: replace(c, packaged=()),
        lambda c: replace(c, packaged=((c.packaged[0][0], "0" * 64),)),
        lambda c: replace(c, sealed=((c.packaged[0][0], "0" * 64),)),
    ],
    "STO-6": [
        lambda c: replace(c, listed=((c.packaged[0][0], "0" * 64, None),)),
        lambda c: replace(c, listed=((*c.packaged[0], "0" * 64),)),
    ],
    "COR-1": [
        lambda c: _correcting(c, reason=" "),
        lambda c: _correcting(c, manifest_sha256="0" * 64),
        lambda c: _correcting(c, package_id="another"),
        lambda c: _correcting(c, {"account": {"id": "annat"}}),
        lambda c: _correcting(c, {"period": {"id": "2025-05-01--2025-11-01"}}),
    ],
}


def _changed(data: bytes, **changes: Any) -> bytes:
    document = json.loads(data)
    for name, value in changes.items():
        document[name] = document[name] | value if isinstance(value, dict) and document[name] else value
    return canonical(document)


def _renewed(context: StoreContext, **changes: Any) -> StoreContext:
    """Return the context with another manifest, recorded in the ledger."""
    data = _changed(context.manifest, **changes)
    package = json.loads(data)["package_id"]
    digest = hashlib.sha256(data).hexdigest()
    return replace(context, manifest=data, packaged=((package, digest),), listed=((package, digest, None),))


def _with_previous(context: StoreContext, **changes: Any) -> StoreContext:
    """Return the context with another package before, rightly named by its digest."""
    before = json.loads((context.neighbours or (b"",))[0])["package_id"]
    data = _changed((context.neighbours or (b"",))[0], **changes)
    previous = {"package_id": before, "manifest_sha256": hashlib.sha256(data).hexdigest()}
    return replace(_renewed(context, previous=previous), neighbours=(data,))


def _beside(context: StoreContext, *, start: str) -> StoreContext:
    """Return the context with one more package, which covers some of the same days."""
    document = json.loads(context.manifest)
    document |= {"package_id": "beside", "period": document["period"] | {"start": start}}
    return replace(context, neighbours=(*(context.neighbours or ()), canonical(document)))


def _correcting(context: StoreContext, other: dict[str, Any] | None = None, **stated: str) -> StoreContext:
    """Return the context with a package that corrects one beside it; ``other`` and ``stated`` are what is wrong."""
    first = _changed(context.manifest, package_id="first", **(other or {}))
    corrects = {"package_id": "first", "manifest_sha256": hashlib.sha256(first).hexdigest(), "reason": "Fel tråd"}
    made = _renewed(context, corrects=corrects | stated)
    return replace(made, neighbours=(*(context.neighbours or ()), first))
