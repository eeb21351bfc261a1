"""What a person enters, checked before anything is written: each fault is one sentence with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from urval.errors import ConfigError
from urval.removals._reasons import Reason, read_reason
from urval.removals._record import FORMAT, Removal, SavedFile, sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.spec import Account, ArchiveSpec

_LONGEST_LINE = 2_000  # characters
_LONGEST_TEXT = 1 << 20  # bytes: ten times what any platform takes
_SOON = timedelta(days=1)  # an entry may be made just before the removal
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_EXAMPLE = "2026-09-03T14:05+02:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as a person gives it: plain text, not yet checked."""

    link: str
    reason: str
    removed_by: str
    removed_at: str
    text: str = ""
    published_at: str | None = None
    kind: str = "comment"
    author: str | None = None
    on_post: str | None = None
    item: str | None = None
    case: str | None = None
    police: str | None = None
    saved: str = "after"
    note: str | None = None


def drafted(
    draft: Draft, files: Sequence[SavedFile], spec: ArchiveSpec, account: Account, *, now: datetime, by: str
) -> Removal:
    """Return the entry a draft makes.

    Args:
        draft: What was entered.
        files: The pictures and PDFs that go with it; one that is named twice is kept once.
        spec: The archive spec; its time zone gives the day of the removal.
        account: The register's entry of the account it was removed from.
        now: Aware; when it is entered.
        by: Who enters it.

    Raises:
        ConfigError: Something of it is wrong.
    """
    removed, published = _times(draft, now)
    reason = read_reason(draft.reason)
    if reason is Reason.OTHER and not (draft.note or "").strip():
        raise ConfigError("The reason 'other' says too little alone.", next_step="Say what it was: --note TEXT.")
    entry = Removal(
        format=FORMAT,
        id=f"{removed:%Y-%m-%d}-{'0' * 12}",
        archive=spec.archive.id,
        account=account.id,
        platform=account.platform,
        kind=_kind(draft.kind),
        own=_own(draft, account),
        author=_line("author", draft.author),
        text=_text(draft.text, bool(files)),
        files=tuple({one.sha256: one for one in files}.values()),
        link=checked_link(draft.link, "link"),
        item=_line("item", draft.item),
        on_post=_on_post(draft.on_post),
        published_at=published,
        removed_at=removed,
        removed_by=_required("removed-by", draft.removed_by),
        reason=reason,
        saved=_saved(draft.saved),
        case=_line("case", draft.case),
        police=_line("police", draft.police),
        note=_line("note", draft.note),
        registered_at=now.astimezone(UTC),
        registered_by=_required("registered-by", by),
    )
    return sealed(entry, f"{removed.astimezone(ZoneInfo(spec.timezone)):%Y-%m-%d}")


def checked_time(text: str, option: str) -> datetime:
    """Return a time in UTC.

    Raises:
        ConfigError: It is no RFC 3339 time, or has no time zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        utc = moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--{option} {text!r} is no time.", next_step=f"Write it as {_EXAMPLE}.") from error
    if utc is None:
        raise ConfigError(f"--{option} {text!r} has no time zone.", next_step=f"Write it as {_EXAMPLE}.")
    return utc


def checked_link(text: str, option: str) -> str:
    """Return a web address as given.

    Raises:
        ConfigError: It is none, or it holds a user name or password.
    """
    step = "Give the address of the item as the browser shows it, beginning with https://."
    link = _required(option, text)
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError as error:
        raise ConfigError(f"--{option} is no web address.", next_step=step) from error
    if "@" in parts.netloc:  # not repeated in the message: it is a secret
        raise ConfigError(f"--{option} holds a user name or password.", next_step="Leave out what stands before the @.")
    if parts.scheme not in {"http", "https"} or not host or any(char.isspace() for char in link):
        raise ConfigError(f"--{option} {link[:200]!r} is no web address.", next_step=step)
    return link


def _times(draft: Draft, now: datetime) -> tuple[datetime, datetime | None]:
    removed = checked_time(draft.removed_at, "removed-at")
    published = None if draft.published_at is None else checked_time(draft.published_at, "published-at")
    if removed > now + _SOON:
        raise ConfigError(
            f"--removed-at {draft.removed_at} lies in the future.",
            next_step="Correct it, or enter it when it is removed.",
        )
    if published is not None and removed < published:
        raise ConfigError(
            f"It was removed ({draft.removed_at}) before it was published ({draft.published_at}).",
            next_step="Exchange the two times or correct one.",
        )
    return removed, published


def _kind(text: str) -> Literal["post", "comment"]:
    if text == "message":
        raise ConfigError(
            "A private message is not taken into the register: messages are in no package.",
            next_step="Save it where the body registers what it receives.",
        )
    if text not in {"post", "comment"}:
        raise ConfigError(f"There is no kind {text!r}.", next_step="Write --kind post or --kind comment.")
    return "post" if text == "post" else "comment"


def _saved(text: str) -> Literal["before", "after"]:
    if text not in {"before", "after"}:
        raise ConfigError(f"There is no {text!r} between before and after.", next_step="Write before or after.")
    return "before" if text == "before" else "after"


def _own(draft: Draft, account: Account) -> bool:
    """Tell whether the body wrote it: by the author's name, or, where none is told, as posts are its own."""
    if draft.author is None:
        return draft.kind == "post"
    names = {name.strip().removeprefix("@").casefold() for name in (account.name, account.handle) if name}
    return draft.author.strip().removeprefix("@").casefold() in names


def _on_post(text: str | None) -> str | None:
    if text is None or "://" not in text:
        return _line("on-post", text)
    return checked_link(text, "on-post")


def _text(text: str, with_files: bool) -> str:
    """Return the text as given: what others wrote is hostile and stays so."""
    if not text.strip() and not with_files:
        raise ConfigError(
            "There is nothing to save: neither a text nor a screenshot.",
            next_step="Give --text, --text-file or --screenshot.",
        )
    _encodable("text", text)
    if len(text.encode()) > _LONGEST_TEXT:
        raise ConfigError(
            f"The text is longer than {_LONGEST_TEXT:,} bytes.", next_step="Give the text of the one item, or a PDF."
        )
    return text


def _required(option: str, text: str) -> str:
    line = _line(option, text)
    if line is None:
        raise ConfigError(f"--{option} is empty.", next_step=f"Say it: --{option} TEXT.")
    return line


def _line(option: str, text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    _encodable(option, text)
    if _CONTROL.search(text.strip()) or len(text) > _LONGEST_LINE:
        raise ConfigError(
            f"--{option} is more than one line, or longer than {_LONGEST_LINE} characters.",
            next_step="Write it on one line.",
        )
    return text.strip()


def _encodable(option: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"--{option} is not in UTF-8.", next_step="Save it as UTF-8.") from error
