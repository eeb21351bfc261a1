"""Where each page of the room lies in the static twin: its file, by its name and parameters.

::

    sv/packages/<archive>/<package>/index.html      a page that others stand below
    sv/packages/<archive>/<package>/threads/0001.html, 0001-2.html    a page, and its second page
    files/<archive>/<package>/data/…                files of packages, once for all languages
    assets/…                                        style, fonts, icon
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from urval.errors import UrvalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from urval.reading_room.pages import PageOf, Pages

# What only a server can do, shows only to whoever has a role, or makes anew of what lies in the twin as it is.
SERVED_ONLY = frozenset({
    "search", "search_csv", "search_parquet", "search_pdf", "verifications", "verify", "verification", "sheet",
    "proof", "raw", "package_zip", "reviews", "review", "register", "access_log", "login", "logout", "callback",
    "signed_out",
})  # fmt: skip
ALL_THREADS = "static_threads"  # the twin's own page: there is no search, so everything is listed once
_HELD = re.compile(r"\{([a-z_0-9]+)(:path)?\}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A page or a file of the room: its name and its parameters, sorted by name."""

    name: str
    parameters: tuple[tuple[str, str], ...] = field(default=())

    @property
    def given(self) -> dict[str, str]:
        """Return the parameters by name."""
        return dict(self.parameters)


def target(name: str, parameters: Mapping[str, Any]) -> Target:
    """Return a target; parameters that say nothing (none, empty, the first page) are left out.

    What a snapshot shows, and what is offered for saving, are files of the package as any other.
    """
    if name == "snapshot_file":
        return target("file", {**parameters, "path": f"data/{parameters['path']}"})
    said = {key: str(value) for key, value in parameters.items() if value not in {None, ""}}
    if said.get("page") == "1":
        del said["page"]
    if name == "file":
        said.pop("save", None)
    return Target(name, tuple(sorted(said.items())))


class Places:
    """The files of the twin: of every registered page and file that needs no server."""

    def __init__(self, groups: Iterable[Pages]) -> None:
        groups = list(groups)
        self.pages: dict[str, PageOf] = {one.name: one for group in groups for one in group.all}
        self._paths = {name: path for group in groups for name, path in group.addresses.items()}
        forms = {route.name for group in groups for route in group.routes if "POST" in route.options.get("methods", ())}
        self._left_out = forms | SERVED_ONLY | {f"{name}.json" for name in SERVED_ONLY}

    def has(self, name: str) -> bool:
        """Tell whether the twin has a page or file of this name."""
        return name in {"asset", ALL_THREADS} or (name in self._paths and name not in self._left_out)

    def address(self, one: Target) -> tuple[str, str]:
        """Return a target's path on the server, and its query.

        Raises:
            UrvalError: There is no page of this name in the twin, or a parameter of its path is missing or unsafe.
        """
        if not self.has(one.name):
            raise UrvalError(f"the static twin has no page named {one.name}")
        path, given = self._paths[one.name], one.given
        held = {key: bool(is_path) for key, is_path in _HELD.findall(path)}
        for key, is_path in held.items():
            value = given.get(key, "")
            parts = value.split("/") if is_path else [value]
            if not all(_SAFE.fullmatch(part) for part in parts):
                raise UrvalError(f"{value!r} is no safe name of a file, so {one.name} has no place in the static twin")
            path = path.replace(f"{{{key}:path}}" if is_path else f"{{{key}}}", value)
        return path, urlencode([pair for pair in one.parameters if pair[0] not in held])

    def file(self, one: Target, language: str) -> str:
        """Return where a target lies, from the twin's root, with ``/`` between folders.

        Raises:
            UrvalError: See :meth:`address`.
        """
        if one.name == "asset":
            return f"assets/{one.given['name']}"
        if one.name == ALL_THREADS:
            return _of_month(one.given, language)
        twin = one.name.endswith(".json")
        page = self.pages.get(one.name.removesuffix(".json"))
        if page is None:
            return self._of_bytes(one)
        path, query = self.address(Target(page.name, one.parameters))
        stem = "/".join(part.zfill(_DIGITS) if part.isdigit() else part for part in path.strip("/").split("/"))
        if self._has_pages_below(page.path):
            stem = f"{stem}/index".lstrip("/")
        return f"{language}/{stem}{_marked(query)}{'.json' if twin else '.html'}"

    def _of_bytes(self, one: Target) -> str:
        path, query = self.address(one)
        given = one.given
        if one.name == "file":
            return f"files/{given['archive']}/{given['package']}/{given['path']}"
        if one.name == "thumbnail":
            return f"files/{given['archive']}/{given['package']}/thumbnails/{given['path']}.webp"
        stem, dot, ending = path.strip("/").rpartition(".")
        return f"files/{stem}{_marked(query)}{dot}{ending}" if dot else f"files/{ending}{_marked(query)}"

    def _has_pages_below(self, path: str) -> bool:
        below = f"{path.rstrip('/')}/"
        return any(other.path.startswith(below) for other in self.pages.values() if self.has(other.name))


def _marked(query: str) -> str:
    """Return what a file's name ends with: its page, else a part of the digest of what was asked."""
    if not query:
        return ""
    page = re.fullmatch(r"page=(\d{1,9})", query)
    return f"-{page[1]}" if page else f"-{hashlib.sha256(query.encode()).hexdigest()[:12]}"


def _of_month(given: Mapping[str, str], language: str) -> str:
    month, page = given.get("month"), given.get("page")
    return f"{language}/threads{f'/{month}' if month else ''}{f'-{page}' if page else ''}.html"
