"""The rule that looks at what a thread is about and like: predicate."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.selection.named import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.selection.frame import Frame, Mask
    from urval.spec import Predicate

_LINK = r"https?://|www\."
_BEFORE, _AFTER = r"(?:^|[^\pL\pN\pM_])[#\x{FF03}]", r"(?:[^\pL\pN\pM_]|$)"  # what a hashtag stands between


def with_properties(rule: Predicate, frame: Frame) -> Named:
    """Name the threads whose post has every property given; a rule that asks nothing names none."""
    mask = np.full(len(frame), bool(properties(rule)))
    for met in (*_texts(rule, frame), *_marks(rule, frame), *_words(rule, frame)):
        mask &= met
    return Named(rule, mask)


def properties(rule: Predicate) -> tuple[str, ...]:
    """Return the names of the properties a rule asks for, in the order they are described in."""
    return tuple(name for name in _PROPERTIES if getattr(rule, name) not in {None, ()})


_PROPERTIES = (
    "keywords", "hashtags", "has_media", "has_link", "question", "author_roles", "languages", "kinds", "min_length",
    "max_length",
)  # fmt: skip


def _texts(rule: Predicate, frame: Frame) -> Iterator[Mask]:
    """Look at the text itself: one pass over all texts for each property."""
    if rule.keywords:
        yield _found(frame, "|".join(_either(rule.keywords)))
    if rule.hashtags:
        tags = _either(tag.lstrip("#\uff03") for tag in rule.hashtags)
        yield _found(frame, f"{_BEFORE}(?:{'|'.join(tags)}){_AFTER}")
    if rule.has_link is not None:
        yield _found(frame, _LINK) == rule.has_link
    if rule.min_length is not None or rule.max_length is not None:
        lengths: Any = pc.utf8_length(frame.table["text"])
        yield frame.in_order(pc.greater_equal(lengths, pa.scalar(rule.min_length or 0, pa.int32())))
        if rule.max_length is not None:
            yield frame.in_order(pc.less_equal(lengths, pa.scalar(rule.max_length, pa.int32())))


def _marks(rule: Predicate, frame: Frame) -> Iterator[Mask]:
    if rule.has_media is not None:
        yield (frame.numbers("media") > 0) == rule.has_media
    if rule.question is not None:
        yield (frame.numbers("questions") > 0) == rule.question


def _words(rule: Predicate, frame: Frame) -> Iterator[Mask]:
    """Compare columns that hold few different words, word by word."""
    for column, wanted in (("author_role", rule.author_roles), ("kind", rule.kinds), ("language", rule.languages)):
        if not wanted:
            continue
        folded = {one.casefold() for one in wanted}
        codes, texts = frame.codes(column)
        yield np.array([_is_one_of(text, folded, column) for text in texts], dtype=np.bool_)[codes]


def _is_one_of(text: str, wanted: set[str], column: str) -> bool:
    """Tell whether a word is wanted; of a language the part before the first hyphen will do (sv for sv-SE)."""
    folded = text.casefold()
    return folded in wanted or (column == "language" and folded.partition("-")[0] in wanted)


def _found(frame: Frame, pattern: str) -> Mask:
    return frame.in_order(pc.match_substring_regex(frame.table["text"], pattern, ignore_case=True))


def _either(words: Iterable[str]) -> Iterator[str]:
    """Yield each word as a pattern, with its letters composed and decomposed (an å may be an a and a ring)."""
    for word in words:
        yield from {re.escape(unicodedata.normalize(form, word)): None for form in ("NFC", "NFD")}
