"""The look of the static twin: the same templates, with links between files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from urval.reading_room.look import Look
from urval.reading_room.look.look import LANGUAGES
from urval.reading_room.static_twin.links import StaticLinks, relative

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from urval.reading_room.pages import PageOf, View
    from urval.reading_room.room import Here, Language
    from urval.reading_room.static_twin.places import Places, Target


_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


class StaticLook(Look):
    """Renders pages for files. Before each page, :meth:`turn_to` says which; :attr:`view` is what it told last."""

    def __init__(self, places: Places, languages: Sequence[Language], lead: Callable[[Target], Target]) -> None:
        self._places = places
        self._languages = languages
        self._lead = lead
        self._at = ""
        self._one: Target | None = None
        self.view: View | None = None
        self.problem = ""
        super().__init__(StaticLinks(places, "", languages[0], lead), store="STORE")

    def turn_to(self, one: Target, language: Language) -> str:
        """Say which page comes, in which language; return its file."""
        file = self._places.file(one, language)
        self.stand_at(file, language)
        self._one = one
        return file

    def stand_at(self, file: str, language: Language) -> None:
        """Say which file comes, in which language; it is no page of the room."""
        self._one = None
        self._at = file
        self.links = StaticLinks(self._places, file, language, self._lead)
        self.view, self.problem = None, ""

    def page(self, one: PageOf, view: View, here: Here, request: Request) -> str:  # noqa: ARG002 - as on the server
        """Return a page as HTML; its view is kept for the JSON twin."""
        self.view = view
        return self.render(one.template, here, {"view": view, "page_name": one.name})

    def render(self, template: str, here: Here, given: dict[str, Any]) -> str:
        """Return a template as HTML, with links to its JSON twin and to the other language."""
        self.problem = str(given.get("title", "")) if template == "problem.html" else ""
        twin = f"{self._at.removesuffix('.html')}.json"
        more = {
            "twin": relative(twin, self._at) if self.view is not None else None,
            "in_language": {
                code: relative(self._places.file(self._one, code), self._at)
                for code in LANGUAGES if self._one is not None and code in self._languages
            },
        }  # fmt: skip
        page = super().render(template, here, more | given)
        return _FORM.sub("", page)  # what a form asks, only a server answers; archived text is escaped and holds none
