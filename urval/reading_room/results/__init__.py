"""Results of a search: the words found, cut out of the text, and lists to take along as CSV, Parquet and PDF."""

from urval.reading_room.results.asked import Asked
from urval.reading_room.results.listing import MOST, Listing, Row
from urval.reading_room.results.snippets import Piece, snippet
from urval.reading_room.results.tables import as_csv, as_parquet

__all__ = ["MOST", "Asked", "Listing", "Piece", "Row", "as_csv", "as_parquet", "snippet"]
