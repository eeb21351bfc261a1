"""The pages' words. English is in the templates; Swedish in ``locale/sv/*.po``, one file a part of the room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from urval.reading_room.room import Language


class Translations:
    """What Jinja's i18n extension asks. A message without a translation is shown in English."""

    def __init__(self, messages: dict[str, tuple[str, ...]]) -> None:
        self.messages = messages

    def gettext(self, message: str) -> str:
        """Return a message in the language."""
        return self.messages.get(message, (message,))[0]

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return a message about so many things; Swedish has two forms, as English."""
        forms = self.messages.get(singular, (singular, plural))
        return forms[0] if n == 1 else forms[-1]


@cache
def translations(language: Language) -> Translations:
    """Return the words of a language."""
    if language == "en":
        return Translations({})
    found: dict[str, tuple[str, ...]] = {}
    folder = files("urval.reading_room.look").joinpath("locale", language)
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".po"):
            for message in read_po(BytesIO(file.read_bytes()), locale=language, abort_invalid=True):
                one = message.id if isinstance(message.id, str) else message.id[0]
                said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                # a part that has the singular alone does not take the plural from another
                if one and said and all(said) and len(said) >= len(found.get(one, ())):
                    found[one] = said
    return Translations(found)
