"""Keeping extra occasions in a store: one object each, created once, so that of two who decide the same one loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreConflictError, VerificationError
from urval.periods import ExtraOccasion, decode_extra, encode_extra
from urval.store._keys import occasion_key, occasion_prefix, shown

if TYPE_CHECKING:
    from urval.store._base import Store


def read_extras(store: Store, archive: str, account: str) -> tuple[ExtraOccasion, ...]:
    """Return the extra occasions that were decided for an account, in the order of their days.

    Raises:
        VerificationError: An object among them is no extra occasion, was changed, or lies under another name.
    """
    found = []
    for key in store.keys(occasion_prefix(archive, account)):
        try:
            extra = decode_extra(store.get(key))
        except VerificationError as error:
            raise VerificationError(
                f"{shown(key)} in {store.uri}: {error.message}", next_step=error.next_step
            ) from error
        if occasion_key(archive, account, extra.id) != key:
            raise VerificationError(f"{shown(key)} in {store.uri} holds the occasion {extra.id}: it was moved.")
        found.append(extra)
    return tuple(found)


def put_extra(store: Store, archive: str, account: str, extra: ExtraOccasion) -> None:
    """Keep an extra occasion of an account. The same one again changes nothing.

    Raises:
        ConfigError: Another of its day and kind was decided meanwhile; it stays.
    """
    try:
        store.put(occasion_key(archive, account, extra.id), encode_extra(extra))
    except StoreConflictError as error:
        raise ConfigError(
            f"The extra occasion {extra.id} of {account!r} was decided by somebody else meanwhile.",
            next_step="Nothing was overwritten. Look at it with: urval occasion list",
        ) from error
