"""YAML text as plain data with the line and column of every key and value.

Only what an inert data file needs is read: mappings, sequences, scalars of YAML 1.2's core schema. Anchors, aliases,
tags, merge keys, directives and a second document are problems, as is a key given twice. Nothing is recursive, and
depth and number of nodes are bounded, so that a hostile file costs little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]  # line and column, both from 1

_MAX_DEPTH = 16  # the model itself is 5 deep
_MAX_NODES = 500_000  # a register of 10,000 accounts
_MAX_INT_DIGITS = 18
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INT = re.compile(rf"[-+]?[0-9]{{1,{_MAX_INT_DIGITS}}}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where, and a sentence with its remedy."""

    line: int
    column: int
    sentence: str


@dataclass(slots=True)
class Tree:
    """What a YAML text says. Sequences are tuples. ``unreadable`` are paths whose value stands for a problem."""

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[Path] = field(default_factory=set)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return the place of a path's value or key, or of the nearest thing around it."""
        while path:
            found = (self.keys.get(path) if key else None) or self.values.get(path)
            if found:
                return found
            path = path[:-1]
        return self.values.get((), (1, 1))


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been read. ``lost`` is true below a key that cannot be used."""

    path: Path
    items: dict[str, Any] | list[Any]
    lost: bool
    key: str | None = None
    key_lost: bool = False

    def wants_key(self) -> bool:
        return isinstance(self.items, dict) and self.key is None


class _Stop(Exception):  # noqa: N818 - not an error: it ends the reading after a recorded problem
    pass


def shown(key: str) -> str:
    """Return a key in quotes, short enough for a sentence."""
    longest = 40
    return repr(key if len(key) <= longest else key[:longest] + "…")


def read_tree(text: str) -> Tree:
    """Read YAML text. Whatever is wrong is in the tree's problems; reading goes on where it can."""
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _Stop:
        pass
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        builder.report(place, f"is not YAML: {_plain(error.problem)}; check quotes, colons and indentation here")
    except (YAMLError, ValueError, IndexError, OverflowError):  # the parser's own slips on hostile text
        builder.report((1, 1), "is not YAML; check quotes, colons and indentation")
    return builder.tree


def _plain(words: str | None) -> str:
    return " ".join((words or "cannot be read").split()).rstrip(".")


class _Builder:
    def __init__(self) -> None:
        self.tree = Tree()
        self._open: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def report(self, place: Place, sentence: str) -> None:
        self.tree.problems.append(Problem(*place, sentence))

    def take(self, event: Any) -> None:
        """Take the parser's next event."""
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self._document(event, place)
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._end()
        elif isinstance(event, (AliasEvent, ScalarEvent, MappingStartEvent, SequenceStartEvent)):
            self._count(place)
            broken = self._forbidden(event, place)
            if self._open and self._open[-1].wants_key():
                self._key(event, place)
            else:
                self._value(event, place, broken=broken)

    def _document(self, event: DocumentStartEvent, place: Place) -> None:
        self._documents += 1
        if self._documents > 1:
            self.report(place, "a second document begins here; keep one spec in one file")
            raise _Stop
        if event.version or event.tags:
            self.report((1, 1), "a line that begins with % is not allowed; take it out")

    def _count(self, place: Place) -> None:
        self._nodes += 1
        if len(self._open) >= _MAX_DEPTH or self._nodes > _MAX_NODES:
            what = "is nested too deeply" if len(self._open) >= _MAX_DEPTH else "holds too many values"
            self.report(place, f"the file {what}; a spec needs far less")
            self.tree.unreadable.add(())
            raise _Stop

    def _forbidden(self, event: Any, place: Place) -> bool:
        """Report what makes YAML more than data; tell whether the value cannot be used."""
        if isinstance(event, AliasEvent):
            self.report(place, "a reference with * is not allowed; write the value out in each place")
            return True
        if event.anchor is not None:
            self.report(place, "an anchor with & is not allowed; write the value out in each place")
        if event.tag is not None:
            self.report(place, "a tag with ! is not allowed; take it out, and put text in quotes")
            return True
        return False

    def _key(self, event: Any, place: Place) -> None:
        parent = self._open[-1]
        if not isinstance(event, ScalarEvent):
            self.report(place, "a key must be a single word; write 'key: value'")
            if not isinstance(event, AliasEvent):
                self._open.append(_Open(parent.path, {} if isinstance(event, MappingStartEvent) else [], lost=True))
                return
            parent.key, parent.key_lost = "", True
            return
        parent.key, parent.key_lost = event.value, parent.lost
        path = (*parent.path, event.value)
        if event.value == "<<":
            self.report(place, "a merge key << is not allowed; write the keys out")
            parent.key_lost = True
        elif not parent.lost and path in self.tree.keys:
            first = self.tree.keys[path][0]
            self.report(place, f"key {shown(event.value)} is given twice, first in line {first}; keep one of them")
            parent.key_lost = True
        elif not parent.lost:
            self.tree.keys[path] = place

    def _value(self, event: Any, place: Place, *, broken: bool) -> None:
        path, lost = self._path()
        if isinstance(event, ScalarEvent) and event.value == "" and event.implicit[0]:
            place = self.tree.keys.get(path, place)  # an empty value has no place of its own but the next line
        if not lost:
            self.tree.values[path] = place
            if broken:
                self.tree.unreadable.add(path)
        if isinstance(event, MappingStartEvent):
            self._open.append(_Open(path, {}, lost))
        elif isinstance(event, SequenceStartEvent):
            self._open.append(_Open(path, [], lost))
        else:
            self._put(None if isinstance(event, AliasEvent) else _scalar(event))

    def _path(self) -> tuple[Path, bool]:
        if not self._open:
            return (), False
        parent = self._open[-1]
        if isinstance(parent.items, dict):
            return (*parent.path, parent.key or ""), parent.lost or parent.key_lost
        return (*parent.path, len(parent.items)), parent.lost

    def _end(self) -> None:
        done = self._open.pop()
        if done.lost and self._open and self._open[-1].wants_key():  # a mapping or sequence in a key's place
            self._open[-1].key, self._open[-1].key_lost = "", True
            return
        self._put(done.items if isinstance(done.items, dict) else tuple(done.items))

    def _put(self, value: Any) -> None:
        if not self._open:
            self.tree.data = value
            return
        parent = self._open[-1]
        if isinstance(parent.items, list):
            parent.items.append(value)
            return
        if not parent.key_lost and parent.key is not None:
            parent.items[parent.key] = value
        parent.key, parent.key_lost = None, False


def _scalar(event: ScalarEvent) -> str | int | float | bool | None:
    """Resolve a scalar by YAML 1.2's core schema; quoted and block scalars are text, and so are dates."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def scalars(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every scalar of plain data with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from scalars(value, (*path, key))
    elif isinstance(data, tuple):
        for index, value in enumerate(data):
            yield from scalars(value, (*path, index))
    else:
        yield path, data
