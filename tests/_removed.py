"""Entries of the register of removed items, for tests."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from _program import SPEC
from PIL import Image

from urval.removals import Draft, Removal, drafted
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.removals import SavedFile
    from urval.spec import ArchiveSpec

ACCOUNT = "exempelstad-facebook"
NOW = datetime(2026, 9, 3, 13, 0, tzinfo=UTC)
LINK = "https://www.facebook.com/exempelstad/posts/1?comment_id=2"
_BARE = {"link": LINK, "reason": "agitation", "removed_by": "Alva Exempelsson",
         "removed_at": "2026-09-03T14:05+02:00", "text": "Ut med packet!"}  # fmt: skip


@cache
def demo_spec() -> ArchiveSpec:
    """Return the demo's spec, read once."""
    return read_spec(SPEC).spec


def entry(files: Sequence[SavedFile] = (), *, now: datetime = NOW, by: str = "alva", **changes: Any) -> Removal:
    """Return a comment that was removed from the demo's main Page, changed as told."""
    spec = demo_spec()
    return drafted(Draft(**{**_BARE, **changes}), files, spec, spec.account(ACCOUNT), now=now, by=by)


def picture(form: str = "PNG", colour: str = "#0b5563") -> bytes:
    """Return the bytes of a small picture."""
    data = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(data, form)
    return data.getvalue()
