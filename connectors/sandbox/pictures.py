"""The city's pictures as bytes: each a scene and a variant, painted on first use and then remembered.

The bytes depend on the scene, the variant, the size and the installed Pillow, on nothing else. Cities of any size draw
on the same few hundred pictures, so a large city costs no more painting than a small one.
"""

from __future__ import annotations

import hashlib
import io
import random
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

from connectors.sandbox.painting import marks, outdoors, paper, town
from connectors.sandbox.painting.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIANTS = 5  # seeded variations of a scene
_JPEG_QUALITY = 80

SCENES: Mapping[str, Callable[[Canvas, random.Random], None]] = {
    "beach": outdoors.beach,
    "care": town.care,
    "harbour": outdoors.harbour,
    "harbour_night": outdoors.harbour_night,
    "library": paper.library,
    "lunch": paper.lunch,
    "map": paper.map_of_town,
    "park": outdoors.park,
    "plan": paper.plan,
    "pool": town.pool,
    "poster": paper.poster,
    "recycling": town.recycling,
    "roadwork": town.roadwork,
    "school": town.school,
    "stage": town.stage,
    "townhall": town.townhall,
    "winter_street": outdoors.winter_street,
}
_MARKS: Mapping[str, tuple[Callable[[Canvas, random.Random], None], int, int]] = {
    "arms": (marks.arms, 720, 720),
    "portrait": (marks.portrait, 720, 720),
    "skyline": (marks.skyline, 1640, 624),
}
_ALT_TEXTS: Mapping[str, str] = {
    "arms": "Exempelstads vapen: en fyr över vågor",
    "beach": "Badplats med brygga, parasoller och badande",
    "care": "Trädgård med äppelträd och dukat kaffebord",
    "harbour": "Segelbåtar i hamnen framför husen på kajen",
    "harbour_night": "Hamnen på kvällen med tänd fyr",
    "library": "Barn som läser framför bokhyllor",
    "lunch": "Skollunch på en röd bricka",
    "map": "Karta med en markerad plats",
    "park": "Människor som promenerar i parken",
    "plan": "Illustrationsplan med hus, träd och kaj",
    "pool": "Simmare i simhallen",
    "portrait": "Tecknat porträtt av kommundirektören",
    "poster": "Affisch med stora bokstäver",
    "recycling": "Behållare för glas, papper, plast och metall",
    "roadwork": "Grävmaskin på en avstängd gata",
    "school": "Skolgård med klätterställning och barn",
    "skyline": "Exempelstad sett från vattnet i soluppgång",
    "stage": "Publik framför en scen på kvällen",
    "townhall": "Rådhuset med klocktorn vid torget",
    "winter_street": "Plogbil på en snöig gata mellan trähus",
}


@dataclass(frozen=True, slots=True, order=True)
class Picture:
    """Names a picture: a scene, its variant, and whether it is served as PNG rather than JPEG."""

    scene: str
    variant: int = 0
    png: bool = False

    @property
    def alt_text(self) -> str:
        """Describe the picture in Swedish."""
        return _ALT_TEXTS[self.scene]

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return _MARKS[self.scene][1:] if self.scene in _MARKS else (1200, 800)

    @property
    def suffix(self) -> str:
        """Return the file name's ending without the dot."""
        return "png" if self.png else "jpg"

    @property
    def mime(self) -> str:
        """Return the media type."""
        return "image/png" if self.png else "image/jpeg"

    def paint(self, width: int = 0) -> bytes:
        """Return the file's bytes, scaled down to ``width`` pixels if given."""
        return _encoded(self, width)


@lru_cache(maxsize=512)
def _encoded(picture: Picture, width: int) -> bytes:
    image = _painted(picture.scene, picture.variant)
    if width and width < image.width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    if picture.png:
        image.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", compress_level=9)
    else:
        image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling=2, optimize=True, progressive=False)
    return file.getvalue()


@lru_cache(maxsize=16)
def _painted(scene: str, variant: int) -> Image.Image:
    painter, width, height = _MARKS[scene] if scene in _MARKS else (SCENES[scene], 1200, 800)
    canvas = Canvas(width, height)
    painter(canvas, random.Random(f"{scene}/{variant}"))
    return canvas.finished()


def film(key: str, *, kilobytes: int = 24) -> bytes:
    """Return a small MP4 box structure (ftyp, free, mdat) whose content follows from ``key``. It cannot be played."""
    brand = b"isom" + struct.pack(">I", 0x200) + b"isomiso2mp41"
    content = hashlib.shake_256(key.encode()).digest(kilobytes * 1024)
    boxes = ((b"ftyp", brand), (b"free", b""), (b"mdat", content))
    return b"".join(struct.pack(">I", len(body) + 8) + kind + body for kind, body in boxes)
