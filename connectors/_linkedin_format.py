"""How Rest.li answers a call for several objects: a map by name, and another of those it could not give."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from connectors._formats import Format, is_json
from connectors._text import mended_json
from urval.errors import MalformedError

_URN = "urn:"  # what the objects are named by; any other member of the map is none
_NOTHING: Final = msgspec.Raw(b"")


class Named(msgspec.Struct, omit_defaults=True):
    """One object of such an answer: its value as received, or why there is none."""

    key: str
    value: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Batch(msgspec.Struct):
    results: dict[str, msgspec.Raw]
    errors: dict[str, msgspec.Raw] = {}


_BATCH = msgspec.json.Decoder(_Batch)
_NAMED = msgspec.json.Decoder(Named)
_ENCODER = msgspec.json.Encoder()


def named(raw: msgspec.Raw) -> Named:
    """Return a record of such an answer, decoded."""
    return _NAMED.decode(raw)


def key_of(raw: msgspec.Raw) -> str:
    """Return the name of the object that a record is about."""
    return _NAMED.decode(raw).key


def reason_in(raw: msgspec.Raw) -> str:
    """Return why an object could not be had, in the platform's words."""
    failure = msgspec.json.decode(raw, type=_Failure)
    return f"LinkedIn: {failure.status} {failure.message}".strip()


class _Failure(msgspec.Struct, gc=False):
    status: int | None = None
    message: str = ""


def _cut_batch(body: bytes, _place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split an answer into one record for each object asked about; nothing surrounds them."""
    try:
        batch = _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(f"The answer for several objects cannot be read: {error}.") from error
    told = [Named(key=key, value=value) for key, value in batch.results.items() if key.startswith(_URN)]
    told += [Named(key=key, error=error) for key, error in batch.errors.items() if key not in batch.results]
    return {}, [msgspec.Raw(_ENCODER.encode(one)) for one in told]


def _cut_values(body: bytes, place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split an answer into the objects themselves; what could not be had stays named."""
    envelope, records = _cut_batch(body, place)
    return envelope, [named(record).value or record for record in records]


BATCH: Final = Format(accept="application/json", well_formed=is_json, cut=_cut_batch, mended=mended_json)
VALUES: Final = Format(accept="application/json", well_formed=is_json, cut=_cut_values, mended=mended_json)
