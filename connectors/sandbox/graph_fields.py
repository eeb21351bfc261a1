"""The Graph API's language for choosing fields: ``id,comments.filter(stream).limit(25){id,from{name}}``."""

from __future__ import annotations

from dataclasses import dataclass, field

_NAME = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:")


class FieldSyntaxError(ValueError):
    """The text of ``fields`` cannot be read; the message is the platform's."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One chosen field: its name, what its edge is asked for, and the fields chosen inside it (None: the default)."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    inner: tuple[Chosen, ...] | None = None

    @property
    def key(self) -> str:
        """Return the key in the answer: the alias given by ``.as(x)``, or the name."""
        return self.modifiers.get("as", self.name)


def chosen_fields(text: str) -> tuple[Chosen, ...]:
    """Parse a ``fields`` parameter (FieldSyntaxError if it cannot be read)."""
    reader = _Reader(text)
    fields = reader.fields()
    if reader.place != len(text):
        reader.complain("end of string")
    return fields


def written(fields: tuple[Chosen, ...] | None) -> str:
    """Return the ``fields`` parameter that chooses these fields."""
    parts = []
    for one in fields or ():
        modifiers = "".join(f".{name}({value})" for name, value in one.modifiers.items())
        parts.append(one.name + modifiers + ("" if one.inner is None else "{" + written(one.inner) + "}"))
    return ",".join(parts)


class _Reader:
    """A reader by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def fields(self) -> tuple[Chosen, ...]:
        found = [self._field()]
        while self._take(","):
            found.append(self._field())
        return tuple(found)

    def _field(self) -> Chosen:
        name, modifiers = self._name(), {}
        while self._take("."):
            modifier = self._name()
            if not self._take("("):
                self.complain('"("')
            end = self.text.find(")", self.place)
            if end < 0:
                self.complain('")"')
            modifiers[modifier] = self.text[self.place : end]
            self.place = end + 1
        inner = None
        if self._take("{"):
            inner = self.fields()
            if not self._take("}"):
                self.complain('"}"')
        return Chosen(name, modifiers, inner)

    def _name(self) -> str:
        start = self.place
        while self.place < len(self.text) and self.text[self.place] in _NAME:
            self.place += 1
        if start == self.place:
            self.complain("a field name")
        return self.text[start : self.place]

    def _take(self, sign: str) -> bool:
        hit = self.text[self.place : self.place + 1] == sign
        self.place += hit
        return hit

    def complain(self, expected: str) -> None:
        got = f'"{self.text[self.place]}"' if self.place < len(self.text) else "end of string"
        raise FieldSyntaxError(
            f"Syntax error Expected {expected} instead of {got} at character {self.place}: {self.text}"
        )
