"""For every code of docs/format.md, ways to break a package or its store so that this code fails, and no other."""

import _vectors_bag
import _vectors_environment
import _vectors_references
import _vectors_review
import _vectors_seal
import _vectors_selection
import _vectors_snapshot
import _vectors_tables
from _vector import VECTORS, Vector
from _vectors_store import STORE_VECTORS

# Importing a part enters its functions into VECTORS.
PARTS = (
    _vectors_bag, _vectors_tables, _vectors_references, _vectors_selection, _vectors_snapshot, _vectors_environment,
    _vectors_review, _vectors_seal,
)  # fmt: skip

__all__ = ["PARTS", "STORE_VECTORS", "VECTORS", "Vector"]
