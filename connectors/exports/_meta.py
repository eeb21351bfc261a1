r"""What the exports of Facebook and Instagram share: broken text, labels in the account's language, media by address.

Both write each byte of a text's UTF-8 as a character of its own (``\u00c3\u00a5`` for å). Newer files may be right, so
each string is repaired by itself and kept where that fails. Labels are translated, so times and texts are told by
their shape where a label is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._text import mended_json
from connectors.exports._reader import medium
from connectors.exports._times import instant_of
from urval.errors import MalformedError
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem

_FILMS: Final = (".mp4", ".mov", ".webm", ".m4v", ".avi")
_SOUNDS: Final = (".mp3", ".m4a", ".aac", ".wav", ".ogg")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_HANDLE: Final = re.compile(r"[A-Za-z0-9._]{1,30}", re.ASCII)

# In English, Swedish, German, French, Danish, Norwegian, Finnish, Dutch, Spanish, Italian; letter case apart.
COMMENT: Final = frozenset({"comment", "kommentar", "commentaire", "kommentti", "opmerking", "reactie", "comentario",
                            "commento"})  # fmt: skip
USERNAME: Final = frozenset({"username", "användarnamn", "benutzername", "nom d'utilisateur", "nom d’utilisateur",
                             "nom de profil", "brugernavn", "brukernavn", "käyttäjänimi", "käyttäjätunnus",
                             "gebruikersnaam", "nombre de usuario", "nome utente"})  # fmt: skip
NAME: Final = frozenset({"name", "namn", "nom", "navn", "nimi", "naam", "nombre", "nome"})
ABOUT: Final = frozenset({"bio", "biografi", "biographie", "biografie", "steckbrief", "esittely", "biografía",
                          "biografia"})  # fmt: skip
WEBSITE: Final = frozenset({"website", "webbplats", "webseite", "site web", "hjemmeside", "nettsted", "verkkosivusto",
                            "sitio web", "sito web"})  # fmt: skip


def repaired(text: str) -> str:
    """Return a text whose characters are the bytes of its UTF-8 as the text, and any other as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def decoded(raw: msgspec.Raw | bytes) -> dict[str, Any]:
    """Return an entry with all its texts and labels repaired.

    Raises:
        msgspec.DecodeError: It is no JSON.
        MalformedError: It is no object.
    """
    value = _repaired(msgspec.json.decode(mended_json(bytes(raw))))
    if not isinstance(value, dict):
        raise MalformedError("an entry is no object")
    return value


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return repaired(value)
    if isinstance(value, list):
        return [_repaired(one) for one in value]
    if isinstance(value, dict):
        return {repaired(key): _repaired(one) for key, one in value.items()}
    return value


def labelled(values: Mapping[str, Any], labels: frozenset[str]) -> str | None:
    """Return the value that stands under one of some labels in a ``string_map_data``, if it is not empty."""
    for label, held in values.items():
        if label.casefold() in labels and isinstance(held, dict) and held.get("value"):
            return str(held["value"])
    return None


def comment_of(values: Mapping[str, Any]) -> str | None:
    """Return the comment in a ``string_map_data``: by its label, else the one value that is no account's name."""
    if (known := labelled(values, COMMENT)) is not None:
        return known
    texts = [str(held["value"]) for held in values.values() if isinstance(held, dict) and held.get("value")]
    plain = [text for text in texts if not _HANDLE.fullmatch(text)]
    return next(iter(plain or texts), None)


def time_of(*places: Any) -> datetime:
    """Return the first time among some values, as aware UTC; zero and nothing are none.

    Raises:
        MalformedError: None of them is one.
    """
    for value in places:
        if value:
            return instant_of(value)
    raise MalformedError("an entry has no time")


def label_texts(values: Any) -> Iterator[tuple[str, str]]:
    """Yield (label, value) of the newer ``label_values``, those in ``dict`` and ``vec`` inside as well."""
    for held in values if isinstance(values, list) else ():
        if isinstance(held, dict):
            value = held.get("value") or held.get("href")
            if isinstance(value, str) and value:
                yield str(held.get("label", "")), value
            for inner in ("dict", "vec"):
                yield from label_texts(held.get(inner))


def longest_text(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the longest value that is no address; labels are translated, so they do not tell."""
    return max((value for _, value in pairs if not _ADDRESS.match(value)), key=len, default="")


def is_address(text: str) -> bool:
    """Tell whether a text is a web address."""
    return _ADDRESS.match(text) is not None


class Files:
    """The media files of an export by the address its JSON gives them, which starts at another folder at times."""

    def __init__(self, archive: Archive, job: Import, platform: str) -> None:
        self._archive, self._job, self._platform = archive, job, platform
        self._by_base: dict[str, list[str]] = {}
        for name in archive.names:
            self._by_base.setdefault(name.rpartition("/")[2], []).append(name)

    def member(self, uri: str) -> str | None:
        """Return the member that an address means."""
        path = uri.lstrip("/")
        for name in self._by_base.get(path.rpartition("/")[2], ()):
            if f"/{name}".endswith(f"/{path}") or f"/{path}".endswith(f"/{name}"):
                return name
        return None

    def keep(
        self, owner_id: str, thread_id: str | None, named: Iterable[Mapping[str, Any]], kind: MediaKind | None = None
    ) -> tuple[list[MediaItem], list[Gap]]:
        """Keep the media of a post, in order; each is an object with ``uri``."""
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        for number, entry in enumerate(named, 1):
            uri = str(entry["uri"])
            away = is_address(uri)
            item, missed = medium(
                self._archive, self._job, self._platform, id=f"{owner_id}:{kind or number}", owner_id=owner_id,
                thread_id=thread_id, kind=kind or kind_of(uri), member=None if away else self.member(uri),
                source_url=uri if away else None, alt_text=entry.get("description") or None,
                missing="the export gives an address, not the file" if away else f"the export does not hold {uri}",
            )  # fmt: skip
            items.append(item)
            gaps += missed
        return items, gaps


def kind_of(uri: str) -> MediaKind:
    """Return what a file is by its name's ending."""
    name = uri.partition("?")[0].lower()
    if name.endswith(_FILMS):
        return MediaKind.VIDEO
    return MediaKind.AUDIO if name.endswith(_SOUNDS) else MediaKind.IMAGE


def base_of(uri: str) -> str:
    """Return the file name in an address: what stays the same when the export is ordered again."""
    return uri.partition("?")[0].rpartition("/")[2]
