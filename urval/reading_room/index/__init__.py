"""The index: what makes finding quick. Built from the packages in the store, never the truth."""

from urval.reading_room.index.index import Freshness, Index, IndexedPackage, IndexedThread

__all__ = ["Freshness", "Index", "IndexedPackage", "IndexedThread"]
