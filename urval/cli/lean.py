"""Keeps pandas out of the process: Arrow would load it when it first makes a column, half a second of every command.

No part of Urval needs it: columns go from Arrow to NumPy and to plain Python.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _WithoutPandas(MetaPathFinder):
    """Says of pandas, and of nothing else, that it is not installed."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse pandas; leave every other module to the finders that follow."""
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is kept out of this process", name=fullname)
        return None


def keep_pandas_out() -> None:
    """Let Arrow believe, from now on and in this process alone, that pandas is not installed."""
    sys.meta_path.insert(0, _WithoutPandas())
