"""The small types of a spec: text, names, dates, days of the year. Each refuses with a sentence a person can act on."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_YEAR, _LAST_YEAR = 1990, 2999  # outside lies a typing error, not an archive of social media
_ID = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
_WORD = r"^[a-z][a-z0-9_]{0,39}$"
_MONTH_DAY = r"^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
_WEEK = r"^W(?:0[1-9]|[1-4][0-9]|5[0-3])$"
_NTH_WEEKDAY = r"^(?:0[1-9]|1[0-2])-(?:mon|tue|wed|thu|fri|sat|sun)-(?:[1-4]|last)$"
_DURATION = r"^P(?=\d)(?:\d{1,3}Y)?(?:\d{1,3}M)?(?:\d{1,3}W)?(?:\d{1,5}D)?$"
_CREDENTIAL = r"^(?:env:[A-Za-z_][A-Za-z0-9_]*|block:[a-z0-9][a-z0-9-]*|file:/[A-Za-z0-9._/-]+)$"
_WEB_ADDRESS = r"^https?://[^\s/@]+(?:/\S*)?$"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


class Part(BaseModel):
    """Base of the spec's parts: immutable, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, serialize_by_alias=True
    )


def problem(sentence: str, *, at: str = "") -> PydanticCustomError:
    """Return the error a validator raises: one sentence, never the value. ``at`` names the key it concerns."""
    return PydanticCustomError("spec", "{sentence}", {"sentence": sentence, "at": at})


def is_month_day(text: str) -> bool:
    """Tell whether text is a day that every year has, as ``MM-DD``."""
    if not re.fullmatch(_MONTH_DAY, text):
        return False
    try:
        date(2001, int(text[:2]), int(text[3:]))  # a year without 29 February
    except ValueError:
        return False
    return True


def _matching(pattern: str, sentence: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise problem(sentence)
        return value

    return check


def _text(value: str) -> str:
    if not value.strip():
        raise problem("must not be empty; write the text, or leave the key out if it may be")
    if _CONTROL.search(value):
        raise problem("holds an invisible control character; type the text again")
    return value


def _month_day(value: str) -> str:
    if not is_month_day(value):
        raise problem("must be a day that every year has, as MM-DD, for example 06-15")
    return value


def _anchor(value: str) -> str:
    if value == "term_mid" or is_month_day(value) or re.fullmatch(_WEEK, value) or re.fullmatch(_NTH_WEEKDAY, value):
        return value
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        _iso_date(value)
        return value
    raise problem("must be term_mid, a day as 10-15, a date as 2026-10-15, a week as W42, or a weekday as 10-tue-2")


def _duration(value: str) -> str:
    if not re.fullmatch(_DURATION, value):
        raise problem("must be a period of years, months, weeks or days (ISO 8601), as P2Y or P18M")
    return value


def _iso_date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise problem("is no day of the calendar; write a date as YYYY-MM-DD") from None
    if type(value) is not date:
        raise problem("must be a date as YYYY-MM-DD")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise problem(f"must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


@cache
def _zones() -> frozenset[str]:
    """Return the names of all time zones, listed once: that reads hundreds of files."""
    return frozenset(available_timezones())


def _timezone(value: str) -> str:
    known = _zones()
    if value not in known:
        near = get_close_matches(value[:64], sorted(known), n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "write for example Europe/Stockholm"
        raise problem(f"is no time zone of the IANA list; {remedy}")
    return value


def _start(value: Any) -> int | Literal["random"]:
    if value == "random" or (type(value) is int and value >= 1):
        return value  # type: ignore[no-any-return]  # narrowed by the test above
    raise problem("must be random, or a whole number from 1")


def _no_login(value: str) -> str:
    if not re.fullmatch(_WEB_ADDRESS, value):
        raise problem("must be a web address that begins with http:// or https:// and holds no user name")
    return value


def _of(kind: type, *, sentence: str) -> Callable[[Any], Any]:
    """Return a check of the type, for literals: true == 1 in Python, but not to a person."""

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise problem(sentence)
        return value

    return check


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


FormatNumber = Annotated[Literal[1], BeforeValidator(_of(int, sentence="must be 1"))]
"""The one format of spec files there is."""

Persons = Annotated[Literal[1, 2], BeforeValidator(_of(int, sentence="must be one of 1, 2"))]
"""How many people."""

No = Annotated[Literal[False], BeforeValidator(_of(bool, sentence="must be false"))]
"""What is always false, and can be written down."""

Text = Annotated[str, AfterValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
"""Text for people, kept as given; not blank, no control characters."""

Id = Annotated[
    str,
    AfterValidator(
        _matching(_ID, "must be lower-case letters a-z, digits and hyphens, at most 63, as it names folders")
    ),
    _schema(_ID),
]
"""A name that becomes part of keys and folder names: a-z, 0-9 and inner hyphens, at most 63 characters."""

Word = Annotated[
    str,
    AfterValidator(_matching(_WORD, "must be one lower-case word of letters a-z, digits and underscores")),
    _schema(_WORD),
]
"""One lower-case word, as the names of platforms and settings."""

MonthDay = Annotated[str, AfterValidator(_month_day), _schema(_MONTH_DAY)]
"""A day of every year, ``MM-DD``, local to the spec's time zone. 29 February is none."""

Anchor = Annotated[
    str,
    AfterValidator(_anchor),
    _schema(rf"^term_mid$|{_MONTH_DAY}|^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$|{_WEEK}|{_NTH_WEEKDAY}"),
]
"""What a window is centred on: ``term_mid``, ``MM-DD``, ``YYYY-MM-DD``, ``W42`` or ``10-tue-2``."""

Duration = Annotated[str, AfterValidator(_duration), _schema(_DURATION)]
"""A period of ISO 8601 in years, months, weeks and days: ``P2Y``."""

IsoDate = Annotated[date, BeforeValidator(_iso_date), WithJsonSchema({"type": "string", "format": "date"})]
"""A day of the calendar, ``YYYY-MM-DD``."""

Timezone = Annotated[str, AfterValidator(_timezone), WithJsonSchema({"type": "string"})]
"""A name of the IANA time zone list."""

Start = Annotated[
    int | Literal["random"],
    PlainValidator(_start),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "random"}]}),
]
"""Where a systematic choice begins: drawn from the seed, or a position from 1."""

Credential = Annotated[
    str,
    AfterValidator(
        _matching(
            _CREDENTIAL,
            "must be a reference to where the credential lies, env:NAME, block:NAME or file:/PATH, never itself",
        )
    ),
    _schema(_CREDENTIAL),
]
"""A reference to a credential: an environment variable or a Prefect block. Never the credential."""

WebAddress = Annotated[str, AfterValidator(_no_login), _schema(_WEB_ADDRESS)]
"""An http or https address without user name and password."""
