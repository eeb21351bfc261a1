"""Setting one document with Typst: PDF/A-2a and PDF/UA-1, with the fonts that packages are set with, read as files."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

STANDARDS = ["a-2a", "ua-1"]


class SettingError(Exception):
    """Typst refuses to set the document, in its own words."""


def typesetter(what: str) -> Callable[[Traversable, dict[str, Any]], bytes]:
    """Return what sets a template with data as PDF; the same of both gives the same bytes.

    What is returned raises SettingError.

    Args:
        what: What is to be set, to begin a sentence with: "The seal sheet".

    Raises:
        ConfigError: Typst is not installed.
    """
    try:
        import typst  # noqa: PLC0415 - only the extras "verify", "browse" and "run" have it
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{what} needs typst, which is not installed.", next_step="Install it: pip install 'urval[verify]'"
        ) from error

    compiled: Callable[..., bytes] = typst.compile

    def set_it(template: Traversable, data: dict[str, Any]) -> bytes:
        with as_file(files("urval") / "package" / "fonts") as fonts:
            try:
                return compiled(
                    template.read_bytes(),
                    format="pdf",
                    pdf_standards=STANDARDS,
                    sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
                    ignore_system_fonts=True,
                    font_paths=[str(fonts)],
                )
            except typst.TypstError as error:
                raise SettingError(str(error)) from error

    return set_it
