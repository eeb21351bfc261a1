"""Small renditions of pictures for lists: made of checked bytes, kept in the cache under the picture's digest."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from PIL import Image, ImageOps

from urval.reading_room.faults import NotHereError

if TYPE_CHECKING:
    from pathlib import Path

    from urval.reading_room.objects import PackageObjects

SIDE = 320  # pixels, the longer side
_MOST_BYTES = 64 << 20  # of the picture
_MOST_PIXELS = 80_000_000  # of the picture, unpacked
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def thumbnail(package: PackageObjects, path: str, cache: Path) -> bytes:
    """Return a picture of the package as WebP, at most 320 pixels a side.

    Raises:
        NotHereError: There is no such picture, or it cannot be made smaller: it is none, or too large.
        DamagedError: It is not as it was sealed.
    """
    digest = package.listed.get(path)
    if digest is None:
        raise NotHereError(f"the package lists no file {path!r}")
    kept = cache / "thumbnails" / digest[:2] / f"{digest}.webp"
    if kept.is_file():
        return kept.read_bytes()
    made = _smaller(package.read(path, most=_MOST_BYTES))
    with suppress(OSError):  # a cache that cannot be written only costs time
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_suffix(f".{uuid4().hex}.new")
        beside.write_bytes(made)
        beside.replace(kept)
    return made


def _smaller(data: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise NotHereError("the picture is too large to be made smaller here")
                picture.draft("RGB", (SIDE * 2, SIDE * 2))
                small = ImageOps.exif_transpose(picture)
                small.thumbnail((SIDE, SIDE))
                into = io.BytesIO()
                small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB").save(
                    into, "WEBP", quality=80
                )
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError,
            Image.DecompressionBombWarning) as error:  # fmt: skip
        raise NotHereError("the picture cannot be decoded") from error
    return into.getvalue()
