"""The small types of a spec: text, names, dates, days of the year. Each refuses with a sentence a person can act on."""

from __future__ import annotations

import re
from datetime import date
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
    if value != "term_mid" and not is_month_day(value):
        raise problem("must be term_mid or a day of the year as MM-DD, for example 10-15")
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


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise problem("is no time zone of the IANA list; write for example Europe/Stockholm")
    return value


def _start(value: Any) -> int | Literal["random"]:
    if value == "random" or (type(value) is int and value >= 1):
        return value  # type: ignore[no-any-return]  # narrowed by the test above
    raise problem("must be random, or a whole number from 1")


def _no_login(value: str) -> str:
    if not re.fullmatch(_WEB_ADDRESS, value):
        raise problem("must be a web address that begins with http:// or https:// and holds no user name")
    return value


def _one(value: Any) -> Any:
    if type(value) is not int or value != 1:  # true == 1 in Python, and is no format
        raise problem("must be 1")
    return value


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


FormatNumber = Annotated[Literal[1], BeforeValidator(_one)]
"""The one format of spec files there is."""

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

Anchor = Annotated[str, AfterValidator(_anchor), _schema(rf"^term_mid$|{_MONTH_DAY}")]
"""What a window is centred on: ``term_mid``, or a day of the year as ``MM-DD``."""

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
