"""Pictures made fit for the PDF: upright, sRGB, without transparency, at most 1600 pixels on the long edge.

The originals are untouched; they lie in ``data/media`` and the HTML shows them. A picture that cannot be read, or is
so large that reading it would exhaust memory, gets a frame in the PDF instead.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps

if TYPE_CHECKING:
    from pathlib import Path

LONG_EDGE = 1600  # pixels; 240 to the inch over the width of the page
_MOST_PIXELS = 80_000_000
_FEW_COLOURS = 256
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture for the PDF: its file name in the work folder, and its size in pixels."""

    name: str
    width: int
    height: int


def rendition(source: Path, folder: Path, stem: str, *, long_edge: int = LONG_EDGE) -> Rendition | None:
    """Write the picture for the PDF into a folder; None if the bytes are no readable picture of a sane size."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF blocks in pictures that show well
            with Image.open(source, formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    return None
                upright = _upright(picture, long_edge)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return _saved(upright, folder, stem)


def cut(source: Path, folder: Path, stem: str, *, firsts: int, first: float, rest: float) -> list[Rendition]:
    """Write a long picture in pieces, from its top; empty if the bytes are no readable picture of a sane size.

    ``first`` is the height of the ``firsts`` first pieces, ``rest`` that of the others, as parts of the width.
    """
    try:
        with Image.open(source, formats=("PNG",)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return []
            whole = _srgb(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return []
    pieces: list[Rendition] = []
    top = 0
    while top < whole.height:
        low = min(whole.height, top + max(1, round(whole.width * (first if len(pieces) < firsts else rest))))
        piece = whole.crop((0, top, whole.width, low))
        pieces.append(_saved(piece, folder, f"{stem}-{len(pieces)}"))
        top = low
    return pieces


def _saved(picture: Image.Image, folder: Path, stem: str) -> Rendition:
    graphic = picture.getcolors(_FEW_COLOURS) is not None
    name = f"{stem}.png" if graphic else f"{stem}.jpg"
    if graphic:
        picture.save(folder / name, "PNG")
    else:
        picture.save(folder / name, "JPEG", quality=82, subsampling=0)
    return Rendition(name, picture.width, picture.height)


def _upright(picture: Image.Image, long_edge: int) -> Image.Image:
    picture.draft("RGB", (long_edge, long_edge))
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((long_edge, long_edge), Image.Resampling.LANCZOS)
    return _srgb(turned)


def _srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I"):  # 16 bits of grey; Pillow would clip them to white
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    if profile and picture.mode in {"RGB", "CMYK"}:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, given, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile: the numbers are taken as they are
        if converted is not None:
            picture = converted
    # A fresh picture carries no metadata of the original into the PDF.
    plain = Image.new("RGB", picture.size)
    plain.paste(picture.convert("RGB"))
    return plain
