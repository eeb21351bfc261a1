"""Why a request is not let in, as the status of the answer and one sentence with the next step."""

from __future__ import annotations

from urval.reading_room.faults import PageError


class SignInError(PageError):
    """Nobody knows who asks."""

    status = 401


class MisdirectedError(PageError):
    """The request names another server than this one."""

    status = 421


class TooLongError(PageError):
    """The address is longer than any of ours."""

    status = 414


class HeadersTooLargeError(PageError):
    """The headers are larger than a browser's."""

    status = 431
