"""The index: what makes finding quick. Built from the packages in the store, never the truth."""

from urval.reading_room.index.asking import Term
from urval.reading_room.index.index import Freshness, Index, IndexedAccount, IndexedPackage, IndexedThread
from urval.reading_room.index.searching import COUNTED, Hit, Hits, Query

__all__ = [
    "COUNTED",
    "Freshness",
    "Hit",
    "Hits",
    "Index",
    "IndexedAccount",
    "IndexedPackage",
    "IndexedThread",
    "Query",
    "Term",
]
