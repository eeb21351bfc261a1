"""Marks: what an item can be filtered by, each as one word of the index that no text can hold."""

from __future__ import annotations

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from urval.reading_room.index._schema import KINDS, MEDIA, QUESTION, REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES = 10  # of a digest: enough that no two values of a store have the same
_FLAGS = {MEDIA: "hasmedia", QUESTION: "hasquestion", REMOVED: "wasremoved"}
REGISTERED = "removal:"  # how the ids of threads begin that come from the register of removed items


def account_mark(account: int) -> str:
    """Return the mark of an account's items."""
    return f"a{account}"


def package_mark(package: int) -> str:
    """Return the mark of a package's items."""
    return f"i{package}"


def platform_mark(platform: str) -> str:
    """Return the mark of a platform's items."""
    return f"f{_safe(platform)}"


def rule_mark(rule: str) -> str:
    """Return the mark of what a rule kept."""
    return f"r{_safe(rule)}"


def kind_mark(kind: int) -> str:
    """Return the mark of a kind of item; each item has exactly one."""
    return f"k{KINDS[kind]}"


def role_mark(role: str) -> str:
    """Return the mark of an author's role."""
    return f"o{_safe(role)}"


def flag_mark(flag: int) -> str:
    """Return the mark of MEDIA, QUESTION or REMOVED."""
    return _FLAGS[flag]


def marks_of_thread(account: int, package: int, platform: str, rules: Iterable[str]) -> str:
    """Return the marks that all items of a thread have."""
    own = (account_mark(account), package_mark(package), platform_mark(platform))
    return " ".join((*own, *(rule_mark(rule) for rule in rules)))


def marked(account: int, package: int, platform: str, rules: str | None, kind: int, role: str, flags: int) -> str:
    """Return all marks of an item again, from what the index knows of it; ``rules`` is None where its thread is not."""
    thread = "" if rules is None else marks_of_thread(account, package, platform, rules.split("\n") if rules else ())
    return f"{thread} {marks_of_item(kind, role, flags)}"


def marks_of_item(kind: int, role: str, flags: int) -> str:
    """Return the marks of an item, beside those of its thread."""
    return " ".join((kind_mark(kind), role_mark(role), *(word for flag, word in _FLAGS.items() if flags & flag)))


@lru_cache(4096)
def _safe(value: str) -> str:
    """Return a short word for a value: of letters and digits, whatever it holds, and the same for no other."""
    return b32encode(sha256(value.encode("utf-8", "surrogatepass")).digest()[:_BYTES]).decode().lower()
