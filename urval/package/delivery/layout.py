"""Where the files of a sealed package lie in a delivery, and how they come back.

::

    <package id>/
      METS.xml
      metadata/descriptive/dc.xml, ead.xml
      metadata/preservation/premis.xml
      metadata/other/bag/…                 everything of the package outside data/: tag files, manifest.json, seal
      documentation/README.txt, …
      schemas/*.xsd
      representations/data/…               tables, media, spec and whatever has no other place
      representations/rendering/…          snapshot, views of the review, and the pictures that the pages show once more
      representations/raw/…                the raw objects and exchanges
        METS.xml   metadata/preservation/premis.xml   data/<path in the package below data/>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urval.package.delivery.entries import Entry

DATA, RENDERING, RAW = "data", "rendering", "raw"
REPRESENTATIONS = (DATA, RENDERING, RAW)
BAG = "metadata/other/bag"
_BY_FOLDER = {"snapshot": RENDERING, "review": RENDERING, "raw": RAW}
_PAYLOAD = "data/"


def representation_of(path: str) -> str | None:
    """Return the representation a file of the package belongs to; None for what lies outside ``data/``."""
    if not path.startswith(_PAYLOAD):
        return None
    folder, slash, _ = path.removeprefix(_PAYLOAD).partition("/")
    return _BY_FOLDER.get(folder, DATA) if slash else DATA


def place_of(path: str) -> str:
    """Return where a file of the package lies in the delivery."""
    representation = representation_of(path)
    return f"{BAG}/{path}" if representation is None else _in(representation, path)


def places_of(path: str, pictured: frozenset[str]) -> list[str]:
    """Return every place of a file: pictures that the pages show lie a second time beside them."""
    places = [place_of(path)]
    if path in pictured and representation_of(path) != RENDERING:
        places.append(_in(RENDERING, path))
    return places


def placed(files: Iterable[Entry], pictured: frozenset[str]) -> list[tuple[Entry, str]]:
    """Return each file with each of its places, sorted by place."""
    pairs = [(entry, place) for entry in files for place in places_of(entry.path, pictured)]
    return sorted(pairs, key=lambda pair: pair[1].encode())


def origin_of(place: str) -> str | None:
    """Return which file of the package lies at a place; None for what the delivery added."""
    if place.startswith(f"{BAG}/"):
        return place.removeprefix(f"{BAG}/")
    for name in REPRESENTATIONS:
        start = f"representations/{name}/data/"
        if place.startswith(start):
            return _PAYLOAD + place.removeprefix(start)
    return None


def _in(representation: str, path: str) -> str:
    return f"representations/{representation}/data/{path.removeprefix(_PAYLOAD)}"
