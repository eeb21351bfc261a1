"""Turns what pydantic found into sentences with a remedy, and into the places of a file. Never shows a value."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from urval.spec.model import json_schema
from urval.spec.tree import Problem, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from urval.spec.tree import Path, Tree

_KINDS = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number without quotes",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": "must be a list; begin each item with '- '",
    "dict_type": "must be keys with values; indent them below this key",
    "model_type": "must be keys with values; indent them below this key",
    "model_attributes_type": "must be keys with values; indent them below this key",
}
_RULE_LISTS = {("rules",), ("parts",)}
_BOUNDS = {
    "greater_than": ("gt", "must be greater than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
}


class Locator:
    """Finds places and known keys for pydantic's locations, which also name the chosen kind of rule."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._schema = json_schema()

    def path(self, location: tuple[int | str, ...]) -> Path:
        """Return the longest path of the file that the location names."""
        path: Path = ()
        kind_of: Path = ()  # the rule whose kind pydantic has put into the location, where no key stands
        for part in location:
            if path != kind_of and path[-2:-1] in _RULE_LISTS and part == self._kind(path):
                kind_of = path
            elif (*path, part) in self._tree.values:
                path = (*path, part)
        return path

    def _kind(self, path: Path) -> Any:
        rule = _value(self._tree.data, path)
        return rule.get("rule") if isinstance(rule, dict) else None

    def part(self, path: Path) -> dict[str, Any]:
        """Return the JSON Schema of the part of a spec at a path."""
        schema, data = self._resolved(self._schema, self._tree.data), self._tree.data
        for step in path:
            below = schema.get("properties", {}).get(step, {}) if isinstance(step, str) else schema.get("items", {})
            data = _value(data, (step,))
            schema = self._resolved(below, data)
        return schema

    def _resolved(self, schema: dict[str, Any], data: Any) -> dict[str, Any]:
        if "discriminator" in schema:
            kind = data.get("rule") if isinstance(data, dict) else None
            chosen = schema["discriminator"]["mapping"].get(kind) if isinstance(kind, str) else None
            return self._resolved({"$ref": chosen}, data) if chosen else {}
        if "anyOf" in schema:
            return self._resolved(next(one for one in schema["anyOf"] if one.get("type") != "null"), data)
        if "$ref" in schema:
            return dict(self._schema["$defs"][schema["$ref"].rpartition("/")[2]])
        return schema


def problem_of(error: ErrorDetails, locator: Locator, tree: Tree) -> tuple[Path, Problem]:
    """Return the path and the problem that one of pydantic's errors stands for."""
    path = locator.path(error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        name = str(error["loc"][-1])
        text = locator.part(path).get("properties", {}).get(name, {}).get("description", "")
        return (*path, name), Problem(*tree.place(path), f"key {shown(name)} is missing; add it ({_clause(text)})")
    if kind == "extra_forbidden":
        known = list(locator.part(path[:-1]).get("properties", {}))
        return path, Problem(*tree.place(path, key=True), _unknown(str(path[-1]), known))
    if kind == "spec" and context.get("at"):
        return path, Problem(*tree.place((*path, context["at"]), key=True), context["sentence"])
    if kind.startswith("union_tag"):
        return path, _kind_of_rule(path, locator, tree)
    value = _value(tree.data, path)
    if kind == "spec" and path and isinstance(value, dict):  # a whole part does not fit together
        return path, Problem(*tree.place(path), context["sentence"])
    return path, Problem(*tree.place(path), _subject(path) + _predicate(error, value, locator.part(path)))


def _kind_of_rule(path: Path, locator: Locator, tree: Tree) -> Problem:
    names = list(locator.part(path[:-1])["items"]["discriminator"]["mapping"])
    item = _value(tree.data, path)
    if "rule" not in item:
        return Problem(*tree.place(path), f"key 'rule' is missing; add it, one of {', '.join(names)}")
    return Problem(*tree.place((*path, "rule")), "'rule' " + _choice(item["rule"], names))


def _subject(path: Path) -> str:
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if not name:
        return "the file "
    return f"item {path[-1] + 1} of {shown(name)} " if isinstance(path[-1], int) else f"{shown(name)} "


def _predicate(error: ErrorDetails, value: Any, schema: dict[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "spec":
        return str(context["sentence"])
    if kind == "literal_error":
        return _choice(value, [_written(one) for one in schema.get("enum", [schema.get("const")])])
    if kind == "too_short" and context["min_length"] > 1:
        return f"needs at least {context['min_length']} items; add what is missing"
    if kind == "too_short":
        return "must not be empty; add an item, or take the key out if it may be left out"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {context[bound]}"
    return _KINDS.get(kind, "has the wrong form; see archive_specs/schema.json")


def _value(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(data, dict):
            data = data.get(str(step))
        else:
            data = data[step] if isinstance(data, tuple) and isinstance(step, int) else None
    return data


def _written(value: Any) -> str:
    """Return a value as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clause(description: str) -> str:
    text = description.partition(". ")[0].rstrip(".") or "see archive_specs/schema.json"
    return text[:1].lower() + text[1:]


def _unknown(key: str, known: list[str]) -> str:
    near = get_close_matches(key.lower(), known, n=1)
    if near:
        return f"unknown key {shown(key)}; did you mean {near[0]!r}?"
    return (
        f"unknown key {shown(key)}; known here: {', '.join(known)}"
        if known
        else f"unknown key {shown(key)}; take it out"
    )


def _choice(value: Any, options: list[str]) -> str:
    near = get_close_matches(value.lower(), options, n=1) if isinstance(value, str) else []
    if near:
        return f"must be one of {', '.join(options)}; did you mean {near[0]!r}?"
    return f"must be {options[0]}" if len(options) == 1 else f"must be one of {', '.join(options)}"
