"""The account on Mastodon: name, text, links, pictures, and whether it is still there. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from connectors._connector import MappedProfile, MediaRef
from connectors._mastodon_objects import Account
from urval.errors import RefusedError
from urval.records import AccountProfile, GapReason, MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors._connector import Origin

_LINK = re.compile(r'href="([^"]+)"')


def to_profile(body: bytes, origin: Origin, _settings: Mapping[str, str]) -> MappedProfile:
    """Map the answer about the account.

    Raises:
        RefusedError: The server has suspended it.
    """
    account = msgspec.json.decode(body, type=Account, strict=False)
    if account.suspended:
        raise RefusedError(
            f"The account {account.acct} is suspended at its server.",
            account_wide=True,
            next_step="Ask the server's administrators; what they removed cannot be read.",
        )
    named = ((MediaKind.AVATAR, account.avatar), (MediaKind.COVER, account.header))
    refs = {
        kind: MediaRef(id=f"{account.id}:{kind}", url=url, kind=kind)
        for kind, url in named
        if url and not url.endswith("/missing.png")
    }
    profile = AccountProfile(
        platform="mastodon", account_id=origin.account_id, id=account.id, handle=account.acct or account.username,
        name=account.shown_name() or "", about=account.note, url=account.url,
        links=tuple(link for line in account.fields for link in _LINK.findall(line.value)),
        avatar_media_id=refs[MediaKind.AVATAR].id if MediaKind.AVATAR in refs else None,
        cover_media_id=refs[MediaKind.COVER].id if MediaKind.COVER in refs else None,
        followers=account.followers_count, likes=None, posts=account.statuses_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    moved = account.moved and (account.moved.url or account.moved.acct)
    words = f"the account moved to {moved}: what it wrote there is not here"
    return MappedProfile(
        profile=profile, media=tuple(refs.values()), authors=frozenset({account.id}),
        troubles=(("posts", GapReason.GONE, words),) if moved else (),
    )  # fmt: skip
