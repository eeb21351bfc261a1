"""A store in which a sample package has its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from urval.manifest import canonical, sha256_hex
from urval.verify import CaptureState, StoreContext

if TYPE_CHECKING:
    from _sample_package import Sample


def store_context(sample: Sample) -> StoreContext:
    """Return a store in which the sample follows on an earlier package, whole and recorded."""
    data = (sample.folder / "manifest.json").read_bytes()
    document = json.loads(data)
    before = document | {"package_id": "before", "period": document["period"] | {"end": document["period"]["start"]}}
    earlier = canonical(before)
    document["previous"] = {"package_id": "before", "manifest_sha256": sha256_hex(earlier)}
    manifest = canonical(document)
    key = f"packages/exempelstad/{document['account']['id']}/{document['period']['id']}/{document['package_id']}/"
    return StoreContext(
        key=key,
        manifest=manifest,
        neighbours=(earlier,),
        capture=CaptureState.WHOLE,
        ledger_problems=(),
        packaged=((document["package_id"], sha256_hex(manifest)),),
        listed=((document["package_id"], sha256_hex(manifest), None),),
    )
