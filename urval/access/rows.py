"""The rows of an access copy: those of a package with commenters pseudonymised and restricted items left out. Pure.

What another than the account wrote loses author, address and the platform's id, which may name the person; what its
texts and those of the same thread call people becomes their pseudonyms. A restricted item keeps its place, and nothing
else. Times, counts and texts stay, and with them what they tell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from urval.access.mentions import Mentions
from urval.access.names import names_of
from urval.access.restriction import is_restricted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from urval.access.pseudonyms import Pseudonyms
    from urval.access.restriction import Restriction

Row = dict[str, Any]
TABLES: Final = ("profile", "posts", "comments", "versions", "media", "completeness")
_OWN: Final = "own"
_NOT_COPIED: Final = ("exchange", "source_url")
_PAGE_KINDS: Final = frozenset({"page_desktop", "page_phone"})
_PLACE: Final = frozenset({"platform", "account_id", "id", "post_id", "thread_id", "subject_id", "parent_id"})


@dataclass(frozen=True, slots=True)
class Source:
    """A package's rows by table, as its JSON Lines have them, and its raw objects by (table, id)."""

    account: str
    tables: Mapping[str, Sequence[Row]]
    raw: Mapping[tuple[str, str], str]


@dataclass(slots=True)
class Copied:
    """The rows of a copy by table, the media files it takes along, and what was counted on the way."""

    tables: dict[str, list[Row]]
    files: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    restricted: Counter[str] = field(default_factory=Counter)  # decision -> items


class Copying:
    """One package on its way to an access copy."""

    def __init__(self, source: Source, pseudonyms: Pseudonyms, restrictions: Iterable[Restriction]) -> None:
        self._source = source
        self._pseudonyms = pseudonyms
        self._restrictions = list(restrictions)
        self._own_names = _own_names(source)
        self._own_ids = {row["id"] for name in ("posts", "comments") for row in source.tables[name] if _is_own(row)}
        self._own_ids |= {row["id"] for row in source.tables["profile"]}
        self._thread_of = {row["id"]: row["post_id"] for row in source.tables["comments"]}
        self._mentions = {thread: Mentions(names, self._own_names) for thread, names in self._names().items()}
        self._nobody = Mentions({}, ())
        self.result = Copied({name: [] for name in TABLES})

    def run(self) -> Copied:
        """Copy every table."""
        self.result.tables["profile"] = [self._plain(row) for row in self._source.tables["profile"]]
        for name in ("posts", "comments"):
            self.result.tables[name] = [self._item(row, row.get("post_id") or row["id"]) for row in self._of(name)]
        self.result.tables["versions"] = [row for one in self._of("versions") if (row := self._version(one))]
        self.result.tables["media"] = [row for one in self._of("media") if (row := self._medium(one))]
        self.result.tables["completeness"] = [self._completeness(row) for row in self._of("completeness")]
        return self.result

    def _of(self, name: str) -> Sequence[Row]:
        return self._source.tables[name]

    # ---- rows -------------------------------------------------------------------------------------------------------

    def _item(self, row: Row, thread: str) -> Row:
        """Return a post or comment as it may be shown."""
        ids = {name: self._id(row[name]) for name in ("id", "post_id", "parent_id") if name in row}
        cause = self._cause(row["id"], thread)
        if cause is not None:
            self.result.restricted[cause.decision] += 1
            hidden: Row = {name: row[name] if name in _PLACE else None for name in self._plain(row)}
            return hidden | ids | {"restricted": f"restricted under {cause.decision}"}
        out = self._plain(row) | ids | {"restricted": None}
        mentions = self._mentions.get(thread, self._nobody)
        out["text"] = mentions.replaced(row["text"])
        out["media_ids"] = [self._medium_id(one, row) for one in row["media_ids"]]
        if "title" in row:
            out["title"] = mentions.replaced(row["title"])
            out["in_reply_to"] = row["in_reply_to"] and self._id(row["in_reply_to"])
        if _is_own(row):
            return out
        person = self._pseudonyms.person(row["author_id"], row["author_name"])
        self.result.people |= {person} if person else set()
        return out | {"author_id": person, "author_name": person, "permalink": None}

    def _version(self, row: Row) -> Row | None:
        if self._cause(row["subject_id"], row["thread_id"]) is not None:
            self.result.counts["versions_restricted"] += 1
            return None
        ids = {name: self._id(row[name]) for name in ("thread_id", "subject_id")}
        text = self._mentions.get(row["thread_id"], self._nobody).replaced(row["text"])
        return self._plain(row) | ids | {"text": text}

    def _medium(self, row: Row) -> Row | None:
        """Return a medium's row; its file comes along only where the account itself showed it."""
        thread = row["thread_id"]
        if self._cause(row["owner_id"], thread) is not None:
            self.result.counts["media_restricted"] += 1
            return None
        own = row["owner_id"] in self._own_ids and row["kind"] not in _PAGE_KINDS and not _is_removal(thread)
        out = self._plain(row) | {
            "id": row["id"] if own else self._pseudonyms.item(row["id"]),
            "owner_id": self._id(row["owner_id"]),
            "thread_id": thread and self._id(thread),
            "alt_text": self._mentions.get(thread or "", self._nobody).replaced(row["alt_text"]),
        }
        if own:
            self.result.files |= {row["file"]} if row["file"] else set()
            return out
        self.result.counts["media_of_others_left_out"] += row["file"] is not None
        return out | {"file": None, "sha256": None, "bytes": None, "alt_text": None}

    def _completeness(self, row: Row) -> Row:
        return self._plain(row) | {"thread_id": self._id(row["thread_id"])}

    def _plain(self, row: Row) -> Row:
        return {name: value for name, value in row.items() if name not in _NOT_COPIED}

    # ---- people and items -------------------------------------------------------------------------------------------

    def _names(self) -> dict[str, dict[str, str]]:
        """Return for each thread the names that people in it go by, and their pseudonyms."""
        found: dict[str, dict[str, str]] = {}
        for table in ("posts", "comments"):
            for row in self._of(table):
                person = None if _is_own(row) else self._pseudonyms.person(row["author_id"], row["author_name"])
                if person is None:
                    continue
                raw = self._source.raw.get((table, row["id"]), "")
                names = names_of(raw, row["author_id"], row["author_name"])
                found.setdefault(row.get("post_id") or row["id"], {}).update(dict.fromkeys(names, person))
        return found

    def _id(self, item: str | None) -> str | None:
        """Return an id that names nobody: what the account wrote keeps its own."""
        return item if item is None or item in self._own_ids else self._pseudonyms.item(item)

    def _medium_id(self, medium: str, owner: Row) -> str:
        return medium if _is_own(owner) and not _is_removal(owner["id"]) else self._pseudonyms.item(medium)

    def _cause(self, item: str, thread: str | None) -> Restriction | None:
        where = thread or self._thread_of.get(item)
        return is_restricted(self._restrictions, account=self._source.account, item=item, thread=where)


def _is_own(row: Row) -> bool:
    return bool(row["author_role"] == _OWN)


def _is_removal(thread: str | None) -> bool:
    """Tell whether a thread is an entry of the register of removed items: its pictures may show anybody."""
    return thread is not None and thread.startswith("removal:")


def _own_names(source: Source) -> set[str]:
    names = {row[key] for row in source.tables["profile"] for key in ("name", "handle") if row[key]}
    posts = [row for name in ("posts", "comments") for row in source.tables[name] if _is_own(row)]
    return names | {row["author_name"] for row in posts if row["author_name"]}
