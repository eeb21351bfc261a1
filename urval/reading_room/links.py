"""Addresses of pages by their names: of a running reading room here; the static twin has its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from urval.errors import UrvalError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HELD = re.compile(r"\{([a-z_0-9]+)(?::path)?\}")


class Links(Protocol):
    """Gives the address of a page, or of an asset."""

    def __call__(self, name: str, /, **parameters: Any) -> str:
        """Return the address of the page of this name; parameters that the path does not hold become the query."""
        ...

    def has(self, name: str) -> bool:
        """Tell whether there is a page of this name: the static twin has no search, say."""
        ...


class LiveLinks:
    """Addresses on the server, from its root."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._paths = {name: (path, frozenset(_HELD.findall(path))) for name, path in addresses.items()}

    def __call__(self, name: str, /, **parameters: Any) -> str:
        """Return the address of a page."""
        if name not in self._paths:
            raise UrvalError(f"there is no page named {name}")
        path, held = self._paths[name]
        for key in held:
            value = quote(str(parameters[key]), safe="/" if f"{{{key}:path}}" in path else "")
            path = path.replace(f"{{{key}:path}}", value).replace(f"{{{key}}}", value)
        query = {key: value for key, value in parameters.items() if key not in held and value not in {None, ""}}
        return f"{path}?{urlencode(query, doseq=True)}" if query else path

    def has(self, name: str) -> bool:
        """Tell whether there is a page of this name."""
        return name in self._paths
