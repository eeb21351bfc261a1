"""What another version of a spec says otherwise, part by part and field by field, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from urval.handbook.rules import block_of
from urval.handbook.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from urval.handbook.page import Language
    from urval.spec import ArchiveSpec, Rule

_LISTS = ("accounts", "rules", "occasions", "terms", "blackouts", "format_policy", "retention", "grounds")
_NAMES = ("id", "thread", "text", "stratum", "handle", "reason", "name", "start", "valid_from")  # the first there is
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field by its name in the file; None: not given."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One part that came, went or changed. ``part`` is its list in the file, or empty for the spec's own fields.

    ``before`` and ``now`` are what only the one or the other handbook page says of a rule.
    """

    part: str
    id: str
    what: Literal["added", "removed", "changed"]
    sentence: str
    fields: tuple[FieldChange, ...] = ()
    before: str = ""
    now: str = ""


def changes(old: ArchiveSpec, new: ArchiveSpec, language: Language) -> tuple[Change, ...]:
    """Return what ``new`` says otherwise than ``old``, in the order of the file."""
    words = Words(language)
    before, now = (spec.model_dump(mode="json", by_alias=True) for spec in (old, new))
    own = _fields({key: value for key, value in before.items() if key not in _LISTS},
                  {key: value for key, value in now.items() if key not in _LISTS})  # fmt: skip
    found = [_changed("", "", own, words)] if own else []
    for part in _LISTS:
        found += _of_list(part, (old, new), (before[part], now[part]), words)
    return tuple(found)


def _of_list(
    part: str, specs: tuple[ArchiveSpec, ArchiveSpec], lists: tuple[list[Any], list[Any]], words: Words
) -> Iterator[Change]:
    old, new = (_named(items) for items in lists)
    for name in [*old, *(one for one in new if one not in old)]:
        told = _apart(
            *(
                _told(spec, items.get(name), listed, words) if part == "rules" else []
                for spec, items, listed in zip(specs, (old, new), lists, strict=True)
            )
        )
        if name not in old or name not in new:
            what: Literal["added", "removed"] = "removed" if name in old else "added"
            sentence = words(f"diff.{what}", what=words(f"what.{part}", id=name))
            yield Change(part, name, what, sentence, before=told[0], now=told[1])
        elif differences := _fields(old[name], new[name]):
            yield _changed(part, name, differences, words, *told)


def _changed(part: str, name: str, fields: tuple[FieldChange, ...], words: Words, *told: str) -> Change:
    what = words(f"what.{part}", id=name) if part else words("diff.whole")
    sentence = words("diff.changed", what=what, changes="; ".join(_field(one, words) for one in fields))
    return Change(part, name, "changed", sentence, fields, *told)


def _field(one: FieldChange, words: Words) -> str:
    if one.old is None:
        return words("diff.set", field=one.field, new=one.new)
    if one.new is None:
        return words("diff.unset", field=one.field, old=one.old)
    return words("diff.from_to", field=one.field, old=one.old, new=one.new)


def _apart(before: list[str], now: list[str]) -> tuple[str, str]:
    """Return the sentences that the other page does not have."""
    return " ".join(one for one in before if one not in now), " ".join(one for one in now if one not in before)


def _told(spec: ArchiveSpec, item: Any, listed: list[Any], words: Words) -> list[str]:
    """Return what the handbook page says of one of the spec's rules, given as plain data."""
    if item is None:
        return []
    rule: Rule = spec.rules[next(place for place, one in enumerate(listed) if one is item)]
    return [one.text for one in block_of(spec, words, rule).sentences]


def _named(items: Iterable[Any]) -> dict[str, Any]:
    """Return items by a name of their own. Of several with one name, as versions of a rule, each has its first day."""
    listed = list(items)
    plain = [_name(item) for item in listed]
    named: dict[str, Any] = {}
    for name, item in zip(plain, listed, strict=True):
        own = name
        if plain.count(name) > 1:
            own = f"{name} ({item.get('version') or item.get('valid_from') or '–'})"
        while own in named:
            own += "’"
        named[own] = item
    return named


def _name(item: Mapping[str, Any]) -> str:
    return next((str(item[key]) for key in _NAMES if item.get(key) is not None), "–")


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    before, now = dict(_flat(old)), dict(_flat(new))
    return tuple(
        FieldChange(name, before.get(name), now.get(name))
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    )


def _flat(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ((f"{name}[{_short(one)}]", _short(_text(item))) for one, item in _named(value).items())
        elif value not in (None, []):
            yield name, _short(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(one)}" for key, one in value.items() if one not in (None, []))
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
