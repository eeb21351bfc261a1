"""The tables of a YouTube Takeout, what their cells say, and which film file belongs to which video. Pure.

Headers are English in every export seen; the German ones are from memory. ``Comment Text`` has three forms: plain text,
``{"takeoutSegments":[{"text":…}]}`` (2023), and fragments ``{"text":…},{"text":…}`` without brackets (since June 2024).

Source: purarue/google_takeout_parser (forms of 2023 and 2024), public readers of videos.csv; as of November 2026.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.exports._csv import Table
from urval.errors import MalformedError
from urval.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CHANNEL, _VIDEO = ("Channel ID", "Kanal-ID"), ("Video ID", "Video-ID")
COMMENTS: Final = Table(
    columns={
        "id": ("Comment ID", "Kommentar-ID"), "channel": _CHANNEL, "video": _VIDEO, "post": ("Post ID", "Beitrags-ID"),
        "created": ("Comment Create Timestamp", "Zeitstempel der Kommentarerstellung"),
        "text": ("Comment Text", "Kommentartext"), "parent": ("Parent Comment ID", "ID des übergeordneten Kommentars"),
    },
    needs=frozenset({"id", "created", "text"}),
)  # fmt: skip
CHATS: Final = Table(
    columns={
        "id": ("Live Chat ID", "Livechat-ID"), "channel": _CHANNEL, "video": _VIDEO,
        "created": ("Live Chat Create Timestamp", "Zeitstempel der Livechaterstellung"),
        "text": ("Live Chat Text", "Livechattext"),
    },
    needs=frozenset({"id", "created", "text"}),
)  # fmt: skip
VIDEOS: Final = Table(
    columns={
        "id": _VIDEO, "channel": _CHANNEL, "title": ("Video Title (Original)", "Videotitel (Original)"),
        "text": ("Video Description (Original)", "Videobeschreibung (Original)"),
        "privacy": ("Privacy", "Datenschutz"), "language": ("Video Audio Language", "Audiosprache des Videos"),
        "created": ("Video Create Timestamp", "Zeitstempel der Videoerstellung"),
        "published": ("Video Publish Timestamp", "Zeitstempel der Videoveröffentlichung"),
    },
    needs=frozenset({"id", "title", "created"}),
)  # fmt: skip
CHANNELS: Final = Table(
    columns={
        "id": _CHANNEL, "title": ("Channel Title (Original)", "Kanaltitel (Original)"),
        "text": ("Channel Description (Original)", "Kanalbeschreibung (Original)"), "video": _VIDEO,
        "country": ("Channel Country", "Land des Kanals"),
    },
    needs=frozenset({"id", "title"}), lacks=frozenset({"video"}),
)  # fmt: skip
_PRIVATE: Final = frozenset({"private", "privat", "privé", "privado", "privato"})
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_FILMS: Final = (".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v", ".wmv", ".flv", ".3gp", ".mpg", ".mpeg")
_AGAIN: Final = re.compile(r"\(\d+\)$")
_CUT = 20  # characters a shortened name must still have to stand for a title


class _Fragment(msgspec.Struct):
    text: str | None = None
    segments: list[_Fragment] | None = msgspec.field(default=None, name="takeoutSegments")

    def whole(self) -> str:
        """Return the text of a fragment or of its segments; an object without either is a plain text that looks so."""
        if self.segments is not None:
            return "".join(segment.whole() for segment in self.segments)
        if self.text is None:
            raise MalformedError("a fragment has no text")
        return self.text


_FRAGMENTS: Final = msgspec.json.Decoder(list[_Fragment])


def text_of(cell: str) -> str:
    """Return the text of a comment in any of its three forms."""
    if not cell.lstrip().startswith("{"):
        return cell
    try:
        return "".join(fragment.whole() for fragment in _FRAGMENTS.decode(f"[{cell}]"))
    except (msgspec.DecodeError, MalformedError, RecursionError):
        return cell  # somebody wrote a brace


def parent_of(fields: Mapping[str, str]) -> str | None:
    """Return the comment that a comment answers: an answer's id is its parent's, a dot, and its own part."""
    return fields.get("parent") or fields["id"].rpartition(".")[0] or None


def of_video(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what a row says of a video only; its language if the cell holds a code and not a language's name."""
    private = fields.get("privacy", "").casefold() in _PRIVATE
    language = fields.get("language", "")
    return {
        "kind": "video", "title": fields["title"] or None, "text": fields.get("text", ""),
        "permalink": f"https://www.youtube.com/watch?v={fields['id']}",
        "language": language if _LANGUAGE.fullmatch(language) else None,
        "visibility": Visibility.HIDDEN if private else Visibility.VISIBLE,
    }  # fmt: skip


def films_by_title(names: Iterable[str], titles: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return video id -> member, and the film files that belong to no video for certain.

    Takeout names a film after its title, other characters replaced, long titles cut; films of one title get ``(1)``.

    Args:
        names: Members of the export's YouTube folder.
        titles: Video id -> title.
    """
    videos: dict[str, list[str]] = {}
    for video, title in titles.items():
        videos.setdefault(_letters(title), []).append(video)
    files: dict[str, list[str]] = {}
    for name in names:
        if name.casefold().endswith(_FILMS):
            stem = name.rpartition("/")[2].rpartition(".")[0]
            exact, bare = _letters(stem), _letters(_AGAIN.sub("", stem))
            files.setdefault(exact if exact in videos else _whole(bare, videos), []).append(name)
    found: dict[str, str] = {}
    left: list[str] = []
    for title, members in files.items():
        owners = videos.get(title, [])
        if len(owners) == len(members) == 1:
            found[owners[0]] = members[0]
        else:
            left += members
    return found, left


def _whole(name: str, videos: Mapping[str, list[str]]) -> str:
    """Return the only title that a shortened name begins, else the name."""
    if name in videos or len(name) < _CUT:
        return name
    begun = [title for title in videos if title.startswith(name)]
    return begun[0] if len(begun) == 1 else name


def _letters(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFC", text).casefold() if sign.isalnum())
