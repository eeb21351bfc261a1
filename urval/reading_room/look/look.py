"""Pages from views and templates."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from urval.reading_room.access.forms import FIELD, token_of
from urval.reading_room.look.filters import filters
from urval.reading_room.look.translations import translations

if TYPE_CHECKING:
    from starlette.requests import Request

    from urval.reading_room.links import Links
    from urval.reading_room.pages import PageOf, View
    from urval.reading_room.room import Here, Language

LANGUAGES: dict[Language, str] = {"sv": "Svenska", "en": "English"}


class Look:
    """Renders pages; ``links`` gives their addresses, ``store`` is what the store is called, where not its address."""

    def __init__(self, links: Links, *, store: str = "") -> None:
        self.links, self.store = links, store

    def page(self, one: PageOf, view: View, here: Here, request: Request) -> str:
        """Return a page of the running room as HTML."""
        query = dict(request.query_params)
        return self.render(one.template, here, {
            "view": view,
            "page_name": one.name,
            "twin": self.links(f"{one.name}.json", **query | request.path_params),
            "in_language": {  # a form that was refused is answered under its own address: the page's is another
                code: self.links(one.name, **query | request.path_params | {"lang": code}) for code in LANGUAGES
            },
            "form_token": token_of(request),
            "form_field": FIELD,
        })  # fmt: skip

    def render(self, template: str, here: Here, given: dict[str, Any]) -> str:
        """Return a template as HTML; ``given`` is what it is given beside what every page has."""
        return environment(here.language, here.room.settings.timezone).get_template(template).render(
            url=self.links,
            here=here,
            visitor=here.visitor,
            lang=here.language,
            languages=LANGUAGES,
            freshness=here.room.index.freshness(),
            now=datetime.now(UTC),
            **{"store": self.store or here.room.store.uri, "page_name": "", "twin": None}
            | {"in_language": {}, "form_token": "", "form_field": FIELD} | given,
        )  # fmt: skip


@cache
def environment(language: Language, timezone: str) -> Environment:
    """Return the templates' surroundings for a language; everything is escaped."""
    made = Environment(
        loader=PackageLoader("urval.reading_room.look"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )  # fmt: skip
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= filters(language, timezone)
    made.globals["asset"] = asset_name
    return made


_FONTS = ("source-sans-3-latin-wght-normal.woff2", "source-serif-4-latin-wght-normal.woff2")
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
}


@cache
def assets() -> dict[str, tuple[str, bytes]]:
    """Return the files a browser fetches: name with a part of its digest -> (media type, bytes).

    A name changes with the bytes, so that browsers may keep the file for ever. The style is one file of many parts.
    """
    folder = files("urval.reading_room.look").joinpath("assets")
    found = {name: folder.joinpath(name).read_bytes() for name in ("room.js", "icon.svg")}
    found |= {name: folder.joinpath("fonts", name).read_bytes() for name in _FONTS}
    parts = sorted(folder.joinpath("style").iterdir(), key=lambda one: one.name)
    style = b"".join(part.read_bytes() for part in parts)
    for font in _FONTS:
        style = style.replace(f"fonts/{font}".encode(), _marked(font, found[font]).encode())
    found["style.css"] = style
    return {_marked(name, data): (_KINDS[name.rpartition(".")[2]], data) for name, data in found.items()}


@cache
def asset_name(name: str) -> str:
    """Return the name of an asset in addresses."""
    stem, _, ending = name.rpartition(".")
    return next(one for one in assets() if one.startswith(f"{stem}.") and one.endswith(f".{ending}"))


def _marked(name: str, data: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{ending}"
