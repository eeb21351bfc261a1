"""Pages from views and templates."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

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
    """Renders pages; ``links`` gives their addresses."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def page(self, one: PageOf, view: View, here: Here, request: Request) -> str:
        """Return a page of the running room as HTML."""
        query = dict(request.query_params)
        return self.render(one.template, here, {
            "view": view,
            "page_name": one.name,
            "twin": self.links(f"{one.name}.json", **request.path_params, **query),
            "in_language": {
                code: f"{request.url.path}?{urlencode(query | {'lang': code})}" for code in LANGUAGES
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
            store=here.room.store.uri,
            **{"page_name": "", "twin": None, "in_language": {}, "form_token": "", "form_field": FIELD} | given,
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


@cache
def assets() -> dict[str, tuple[str, bytes]]:
    """Return the files a browser fetches: name with a part of its digest -> (media type, bytes)."""
    folder = files("urval.reading_room.look").joinpath("assets")
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2",
             "svg": "image/svg+xml"}  # fmt: skip
    found = {}
    for name in ("style.css", "room.js", "icon.svg", *_FONTS):
        data = folder.joinpath(*name.split("/")).read_bytes()
        if name == "style.css":
            for font in _FONTS:
                data = data.replace(font.encode(), asset_name(font).encode())
        found[_marked(name, data)] = (kinds[name.rpartition(".")[2]], data)
    return found


_FONTS = ("fonts/source-sans-3-latin-wght-normal.woff2", "fonts/source-serif-4-latin-wght-normal.woff2")


@cache
def asset_name(name: str) -> str:
    """Return the name of an asset in addresses: it changes with the bytes, so that browsers may keep it for ever."""
    if name in _FONTS:
        folder = files("urval.reading_room.look").joinpath("assets")
        return _marked(name, folder.joinpath(*name.split("/")).read_bytes())
    return next(one for one in assets() if one.startswith(f"{name.partition('.')[0]}."))


def _marked(name: str, data: bytes) -> str:
    stem, _, ending = name.rpartition("/")[2].rpartition(".")
    return f"{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{ending}"
