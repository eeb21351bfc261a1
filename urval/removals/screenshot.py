"""A picture or PDF that shows what was removed, told by its bytes. Not imported by the package: it needs Pillow."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image

from urval.errors import ConfigError
from urval.manifest import sha256_hex
from urval.removals._record import MIMES, SavedFile

_PICTURES: Final = ((b"\x89PNG\r\n\x1a\n", "PNG", "image/png"), (b"\xff\xd8\xff", "JPEG", "image/jpeg"))
_PDF, _PDF_END = b"%PDF-", b"%%EOF"
_TAIL = 1_024  # bytes at the end of a PDF in which its end is marked
_MOST_PIXELS = 80_000_000  # as much as the snapshot shows


def saved_file(data: bytes, name: str) -> SavedFile:
    """Return what the register says of a file. ``name`` is for messages.

    Raises:
        ConfigError: It is neither PNG, JPEG nor PDF, or it is broken or cut off.
    """
    for signature, form, mime in _PICTURES:
        if data.startswith(signature):
            return _entry(data, mime, *_size(data, form, name))
    if data.startswith(_PDF):
        if _PDF_END not in data[-_TAIL:]:
            raise _broken(name, "PDF")
        return _entry(data, "application/pdf", None, None)
    raise ConfigError(
        f"{name} is neither a PNG, a JPEG nor a PDF.", next_step="Save the screenshot as PNG, or print it to a PDF."
    )


def _entry(data: bytes, mime: str, width: int | None, height: int | None) -> SavedFile:
    digest = sha256_hex(data)
    return SavedFile.model_validate(
        {"file": f"{digest}.{MIMES[mime]}", "sha256": digest, "bytes": len(data), "mime": mime, "width": width,
         "height": height}
    )  # fmt: skip


def _size(data: bytes, form: str, name: str) -> tuple[int, int]:
    """Read the picture to its end; its size is looked at before its pixels are."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, where the limit here is stricter, and of odd EXIF
            with Image.open(io.BytesIO(data), formats=(form,)) as picture:
                size = picture.size
                large = size[0] * size[1] > _MOST_PIXELS
                picture.verify()  # each part of a PNG has its checksum, also the last
            if not large:
                with Image.open(io.BytesIO(data), formats=(form,)) as picture:
                    picture.load()
    except Image.DecompressionBombError:
        large = True
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken(name, form) from error
    if large:
        raise ConfigError(
            f"{name} has more than {_MOST_PIXELS // 1_000_000} million pixels, which is more than can be shown.",
            next_step="Cut it into several, or print the page to a PDF.",
        )
    return size


def _broken(name: str, form: str) -> ConfigError:
    return ConfigError(f"{name} is a {form} that is broken or cut off.", next_step="Save it anew and give that.")
