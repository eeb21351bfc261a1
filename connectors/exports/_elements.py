"""The elements of a JSON array, one after the other, out of a file of any size. Nothing but one element is held.

Exports hold one huge array a file (``[…]``, ``{"ig_reels_media": […]}``), the X archive after an assignment
(``window.YTD.tweets.part0 = […]``), which is never evaluated: everything up to the first bracket is cut off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from urval.errors import IncompleteError, MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 18
_OUTSIDE = rb'[^"{}\[\]]*+'
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_BRACKET: Final = re.compile(_OUTSIDE + rb"(?:" + _STRING + _OUTSIDE + rb")*+([{}\[\]])", re.DOTALL)
_LEVELS = 8  # of brackets inside brackets that one expression takes in one go; deeper ones are counted


def _nested(levels: int) -> bytes:
    inside = rb"(?:[^\"{}\[\]]++|" + _STRING
    return rb"[{\[]" + inside + (b"|" + _nested(levels - 1) if levels else b"") + rb")*+[}\]]"


_WHOLE: Final = re.compile(_nested(_LEVELS), re.DOTALL)
_SCALAR: Final = re.compile(rb"(?:" + _STRING + rb"|[^\s,\[\]{}\"]++)(?=[\s,\]}])", re.DOTALL)
_KEY: Final = re.compile(rb"(" + _STRING + rb")\s*+:\s*+(?=\S)", re.DOTALL)
_SPACE: Final = re.compile(rb"\s*+")
_ASSIGNED: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:[A-Za-z_$][\w.$\[\]\"'-]*\s*+=\s*+)?(?=[\[{])")
_OPENS, _CLOSES = b"{[", b"}]"
_HEAD = 1_024  # bytes in which the value must begin


class _Window:
    """What is read and not yet used. ``at`` is the place in ``data`` that is looked at."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self.data = b""
        self.at = 0
        self._stream, self._most = stream, most
        self._ended = False

    def grow(self) -> bool:
        """Read on; false at the end. What lies before ``at`` is forgotten."""
        if self._ended:
            return False
        self.data = self.data[self.at :]
        self.at = 0
        if len(self.data) > self._most:
            raise MalformedError(f"one element takes more than {self._most} bytes")
        # As much again as there is: an element that is looked at from its start each time costs twice its length.
        block = self._stream.read(max(_BLOCK, len(self.data)))
        self._ended = not block
        self.data += block
        return bool(block)

    def peek(self) -> int:
        """Return the next byte that is no white space, or -1 at the end."""
        while True:
            found = _SPACE.match(self.data, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.data):
                return self.data[self.at]
            if not self.grow():
                return -1

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Match at ``at``, reading on until it does or the file ends."""
        while (found := pattern.match(self.data, self.at)) is None:
            if not self.grow():
                return None
        return found


def elements(stream: BinaryIO, place: tuple[str, ...], most: int) -> Iterator[msgspec.Raw]:
    """Yield the elements of the array at ``place`` (names of members from the root) as they stand in the file.

    An element is told by its brackets; whether it is JSON inside shows when it is decoded.

    Args:
        stream: The file, at its start.
        place: Names of members that lead from the root to the array; empty if it is the root.
        most: Bytes an element may have.

    Raises:
        MalformedError: There is no array, or what follows an element is none.
        IncompleteError: The file ends inside the array.
    """
    window = _Window(stream, most)
    if not _reach(window, place):
        raise MalformedError(f"it holds no array {'.'.join(place) or 'at its root'}")
    yield from _items(window)


def has_array(stream: BinaryIO, place: tuple[str, ...], most: int) -> bool:
    """Tell whether there is an array at ``place``; a broken file has none."""
    try:
        return _reach(_Window(stream, most), place)
    except (MalformedError, IncompleteError):
        return False


def _reach(window: _Window, place: tuple[str, ...]) -> bool:
    """Go to just inside the array; false if there is none there."""
    while len(window.data) < _HEAD and window.grow():
        pass
    start = _ASSIGNED.match(window.data)
    if start is None:
        return False
    window.at = start.end()
    for name in place:
        if window.peek() != ord("{") or not _enter(window, name):
            return False
    if window.peek() != ord("["):
        return False
    window.at += 1
    return True


def _enter(window: _Window, name: str) -> bool:
    """Go from an object's opening bracket to the value of a member; false if it has none of that name."""
    window.at += 1
    while window.peek() == ord('"'):
        found = window.match(_KEY)
        if found is None:
            raise IncompleteError("it ends inside an object")
        window.at = found.end()
        if _text(found.group(1)) == name:
            return True
        _skip(window)
        if window.peek() != ord(","):
            return False
        window.at += 1
    return False


def _text(quoted: bytes) -> str | None:
    try:
        return msgspec.json.decode(quoted, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _skip(window: _Window) -> None:
    """Go past a value without holding it."""
    if window.peek() not in _OPENS:
        window.at = _scalar(window)
        return
    depth = 0
    while True:
        found = window.match(_BRACKET)
        if found is None:
            raise IncompleteError("it ends inside a value")
        depth += 1 if found.group(1) in _OPENS else -1
        window.at = found.end()
        if depth == 0:
            return


def _items(window: _Window) -> Iterator[msgspec.Raw]:
    if window.peek() == ord("]"):
        return
    while True:
        opening = window.peek()
        if opening == -1:
            raise IncompleteError("it ends inside its array")
        end = _container(window) if opening in _OPENS else _scalar(window)
        yield msgspec.Raw(window.data[window.at : end])
        window.at = end
        after = window.peek()
        if after == ord("]"):
            return
        if after == -1:
            raise IncompleteError("it ends inside its array")
        if after != ord(","):
            raise MalformedError("two elements of its array are not parted by a comma")
        window.at += 1


def _container(window: _Window) -> int:
    """Return where the object or array at ``at`` ends; it is whole in ``data`` then."""
    if (whole := _WHOLE.match(window.data, window.at)) is not None:
        return whole.end()
    depth, done = 0, 0  # bytes of it that are looked at
    while True:
        found = _BRACKET.match(window.data, window.at + done)
        if found is None:
            if not window.grow():
                raise IncompleteError("it ends inside an element of its array")
            continue
        depth += 1 if found.group(1) in _OPENS else -1
        done = found.end() - window.at
        if depth == 0:
            return found.end()


def _scalar(window: _Window) -> int:
    found = window.match(_SCALAR)
    if found is None:
        raise IncompleteError("it ends inside a value")
    return found.end()
