"""Pictures, films and sounds as Instagram and Threads give them: one in a post, or several as its children."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors._connector import MediaRef
from connectors._graph import Paging  # noqa: TC001 - msgspec reads the annotations
from urval.errors import RefusedError
from urval.records import GapReason, MediaKind

_FLAGGED = "the platform gives no file: the medium is flagged for copyright, or its file was never given out"
CUT: Final = (("media", GapReason.INCOMPLETE, "the album came without all of its parts"),)
_KINDS = {"VIDEO": MediaKind.VIDEO, "AUDIO": MediaKind.AUDIO}
_NAMES = {MediaKind.VIDEO: "film", MediaKind.AUDIO: "sound"}


def require_number(user_id: str, account_id: str, next_step: str) -> None:
    """Refuse an account that is not given by its number: a name, or ``me``, says not whose posts these are.

    Raises:
        RefusedError: It is no number.
    """
    if not user_id.isdecimal():
        raise RefusedError(
            f"The account {account_id} is given as {user_id!r}; only its number says whose posts these are.",
            account_wide=True,
            next_step=next_step,
        )


class Part(msgspec.Struct):
    """One picture, film or sound."""

    id: str = ""
    media_type: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    alt_text: str | None = None

    def files(self) -> list[MediaRef]:
        """Return the files of it: of a film its still too."""
        kind = _KINDS.get(self.media_type or "", MediaKind.IMAGE)
        url = self.media_url or None
        file = MediaRef(
            id=f"{self.id}:{_NAMES.get(kind, '1')}",
            url=url,
            kind=kind,
            alt_text=self.alt_text or None,
            withheld="" if url else _FLAGGED,
        )
        if kind is MediaKind.IMAGE or not self.thumbnail_url:
            return [file]
        return [MediaRef(id=f"{self.id}:1", url=self.thumbnail_url, kind=MediaKind.IMAGE), file]


class Parts(msgspec.Struct):
    """The parts of an album; 20 are the most, so there is no second page."""

    data: list[Part] = []
    paging: Paging | None = None

    def is_cut(self) -> bool:
        """Tell whether there are more parts than came."""
        return self.paging is not None and self.paging.next is not None
