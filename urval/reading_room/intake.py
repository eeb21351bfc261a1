"""The intake of the register of removed items: what a person typed, and each fault beside its field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from urval.errors import ConfigError
from urval.reading_room.faults import TooLargeError
from urval.reading_room.local_time import HourTwiceError, local_moment
from urval.removals import Draft, Reason, checked_link
from urval.removals.screenshot import saved_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import UploadFile

    from urval.reading_room.desk import RegisterAccount

LONGEST_LINE = 2_000  # characters, as the register takes them
LONGEST_TEXT = 1 << 20  # bytes
MOST_FILES = 10
MOST_FILE = 32_000_000  # bytes of one file that is sent, where the archive spec takes more
MOST_BYTES = 96_000_000  # of all that is sent with one form
_SOON = timedelta(days=1)  # an entry may be made just before the removal
_CONTROL = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed, as it was; ``account`` is ``archive/account``, times are local.

    ``…_fold`` says which is meant of an hour that comes twice: ``first`` or ``second``.
    """

    account: str = ""
    link: str = ""
    reason: str = ""
    removed_by: str = ""
    removed_at: str = ""
    removed_fold: str = ""
    text: str = ""
    published_at: str = ""
    published_fold: str = ""
    kind: str = "comment"
    author: str = ""
    on_post: str = ""
    item: str = ""
    case: str = ""
    police: str = ""
    note: str = ""
    saved: str = "after"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent: its bytes, one more than the limit where it is too large, and the name it had."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """The draft, and the faults by field, as codes that the page has words for; without faults it can be entered."""

    draft: Draft
    faults: dict[str, str]
    files: tuple[bytes, ...]


def checked(
    typed: Typed, files: Sequence[SentFile], account: RegisterAccount | None, *, now: datetime
) -> Checked:  # fmt: skip
    """Check everything that was typed at once, so that all faults are told together. ``now`` is aware.

    What is checked here is checked again when the entry is made; this says it in the person's language, by field.
    """
    typed = replace(typed, text=typed.text.replace("\r\n", "\n"))  # browsers send lines so
    faults: dict[str, str] = {} if account else {"account": "required"}
    zone = account.timezone if account else "UTC"
    removed = _time(typed.removed_at, typed.removed_fold, zone, "removed_at", faults)
    published = _time(typed.published_at, typed.published_fold, zone, "published_at", faults)
    if not typed.removed_at.strip():
        faults["removed_at"] = "required"
    if removed is not None and removed > now + _SOON:
        faults["removed_at"] = "future"
    if removed is not None and published is not None and removed < published:
        faults["published_at"] = "after_removal"
    _check_lines(typed, faults)
    _check_links(typed, faults)
    _check_choices(typed, faults)
    _check_content(typed, files, account.limit if account else 0, faults)
    return Checked(_draft(typed, removed, published), faults, tuple(one.data for one in files))


def _time(text: str, fold: str, zone: str, field: str, faults: dict[str, str]) -> datetime | None:
    if not text.strip():
        return None
    try:
        return local_moment(text, zone, fold).astimezone(UTC)
    except HourTwiceError:
        faults[field] = "hour_twice"
    except (ConfigError, OverflowError):
        faults[field] = "no_time"
    return None


def _check_lines(typed: Typed, faults: dict[str, str]) -> None:
    if not typed.removed_by.strip():
        faults["removed_by"] = "required"
    for field in ("removed_by", "author", "on_post", "item", "case", "police", "note", "link"):
        line: str = getattr(typed, field)
        if len(line) > LONGEST_LINE or not _CONTROL.isdisjoint(line.strip()) or not _is_text(line):
            faults[field] = "one_line"


def _check_links(typed: Typed, faults: dict[str, str]) -> None:
    named = {"link": typed.link, "on_post": typed.on_post if "://" in typed.on_post else "https://x.example/"}
    for field, address in named.items():
        if field in faults:
            continue
        try:
            checked_link(address, field)
        except ConfigError as error:
            faults[field] = "credential" if "password" in error.message else "no_link"
    if not typed.link.strip():
        faults["link"] = "required"


def _check_choices(typed: Typed, faults: dict[str, str]) -> None:
    if typed.reason not in set(Reason):
        faults["reason"] = "required"
    if typed.reason == Reason.OTHER and not typed.note.strip():
        faults["note"] = "needed_with_other"
    if typed.kind not in {"post", "comment"}:
        faults["kind"] = "required"
    if typed.saved not in {"before", "after"}:
        faults["saved"] = "required"


def _check_content(typed: Typed, files: Sequence[SentFile], limit: int, faults: dict[str, str]) -> None:
    if not _is_text(typed.text) or len(typed.text.encode(errors="replace")) > LONGEST_TEXT:
        faults["text"] = "too_long"
    elif not typed.text.strip() and not files:
        faults["text"] = "nothing_saved"
    if len(files) > MOST_FILES:
        faults["screenshots"] = "too_many"
    elif limit and any(len(one.data) > limit for one in files):
        faults["screenshots"] = "too_large"
    elif not all(map(_is_picture, files)):
        faults["screenshots"] = "wrong_type"


def _is_picture(one: SentFile) -> bool:
    try:
        saved_file(one.data, one.name)
    except ConfigError:
        return False
    return True


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _draft(typed: Typed, removed: datetime | None, published: datetime | None) -> Draft:
    return Draft(
        link=typed.link.strip(), reason=typed.reason, removed_by=typed.removed_by,
        removed_at=removed.isoformat() if removed else "", text=typed.text,
        published_at=published.isoformat() if published else None, kind=typed.kind, author=typed.author.strip() or None,
        on_post=typed.on_post.strip() or None, item=typed.item.strip() or None, case=typed.case.strip() or None,
        police=typed.police.strip() or None, saved=typed.saved, note=typed.note.strip() or None,
    )  # fmt: skip


def read_upload(file: UploadFile | None, limit: int) -> bytes:
    """Return the bytes of a file that was sent.

    Raises:
        ConfigError: None was chosen, or it is empty.
        TooLargeError: It has more bytes than ``limit``.
    """
    data = file.file.read(limit + 1) if file is not None else b""
    if not data:
        raise ConfigError("no file was chosen, or it is empty", next_step="Choose the file, and send the form again.")
    if len(data) > limit:
        raise TooLargeError(
            f"the file is larger than the {limit:,} bytes that are taken here",
            next_step="Choose a smaller one.",
        )
    return data
