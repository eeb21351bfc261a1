"""A view of the layout that a person attaches: a PNG or a PDF, told by its bytes. Pure."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Literal

from PIL import Image

from urval.errors import ConfigError
from urval.manifest import Attachment, sha256_hex

if TYPE_CHECKING:
    from datetime import datetime

Mime = Literal["image/png", "application/pdf"]
ENDINGS: dict[str, str] = {"image/png": "png", "application/pdf": "pdf"}
_PNG, _PDF, _PDF_END = b"\x89PNG\r\n\x1a\n", b"%PDF-", b"%%EOF"
_TAIL = 1_024  # bytes at the end of a PDF in which its end is marked
_MOST_PIXELS = 80_000_000  # as much as the snapshot shows


def attachment_of(
    data: bytes, *, limit: int, caption: str, taken_by: str, taken_at: datetime, attached_by: str
) -> Attachment:
    """Return the entry of a file that a person attaches. ``limit`` is in bytes, ``taken_at`` aware.

    Raises:
        ConfigError: It is neither PNG nor PDF, is cut off or broken, or larger than the limit.
    """
    if len(data) > limit:
        raise ConfigError(
            f"the file has {len(data)} bytes, and the archive spec takes no more than {limit}",
            next_step="Attach a smaller one, or raise limits.media_bytes in the spec.",
        )
    mime, digest = _mime(data), sha256_hex(data)
    return Attachment(
        file=f"data/review/{digest}.{ENDINGS[mime]}",
        sha256=digest,
        bytes=len(data),
        mime=mime,
        caption=caption,
        taken_by=taken_by,
        taken_at=taken_at,
        attached_by=attached_by,
    )


def _mime(data: bytes) -> Mime:
    if data.startswith(_PNG):
        _check_png(data)
        return "image/png"
    if data.startswith(_PDF):
        if _PDF_END not in data[-_TAIL:]:
            raise ConfigError("the PDF is cut off: it has no end", next_step="Save it anew and attach that.")
        return "application/pdf"
    raise ConfigError(
        "the file is neither a PNG nor a PDF", next_step="Save the screenshot as PNG, or print the page to a PDF."
    )


def _check_png(data: bytes) -> None:
    """Read the picture to its end; the size is looked at before its pixels are."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is stricter
            with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                large = picture.width * picture.height > _MOST_PIXELS
                picture.verify()  # every chunk's checksum, to the end
            if not large:
                with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                    picture.load()  # every pixel
    except Image.DecompressionBombError:
        large = True
    except (OSError, SyntaxError, ValueError) as error:
        raise ConfigError("the PNG is broken or cut off", next_step="Save it anew and attach that.") from error
    if large:
        raise ConfigError(
            f"the picture has more than {_MOST_PIXELS // 1_000_000} million pixels, which is more than can be shown",
            next_step="Cut it into several, or print the page to a PDF.",
        )
