"""A proposal as one page of HTML that needs nothing else: no script, no address, pictures inside it. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from urval.review.telling import Teller, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urval.review.view import ReviewView
    from urval.review.words import Language

_HERE = Path(__file__).parent / "templates"
_EXCERPT = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Pictures as ``data:`` addresses: of threads by id, of the account's page by kind, of attached views by digest."""

    threads: Mapping[str, str]
    page: Mapping[str, str]
    attached: Mapping[str, str]
    left: int = 0  # how many were left out, to keep the page small


def render_page(view: ReviewView, pictures: Pictures, language: Language) -> str:
    """Return the page. It may be opened from disk, sent, and printed."""
    style = (_HERE / "review.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    teller = Teller(view, language)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("review.html.j2").render(
        view=view,
        tell=teller,
        w=teller.words,
        shown=shown,
        pictures=pictures,
        language=language,
        excerpt=_EXCERPT,
        style=Markup(style),  # noqa: S704 - our own file
        style_digest=digest,
    )
