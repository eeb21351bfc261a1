"""What a page cannot show, as the status of the answer and one sentence with the next step."""

from __future__ import annotations

from urval.errors import UrvalError


class PageError(UrvalError):
    """A page that cannot be shown; ``status`` is the HTTP status."""

    status = 500


class NotHereError(PageError):
    """There is no such thing in the store."""

    status = 404


class ForbiddenError(PageError):
    """The visitor's role does not allow it."""

    status = 403


class BadRequestError(PageError):
    """What was asked for makes no sense; nothing was done."""

    status = 400


class ConflictError(PageError):
    """Another came first, or what was asked for is not possible now; nothing was done."""

    status = 409


class TooLargeError(PageError):
    """What was sent is larger than is taken."""

    status = 413


class DamagedError(PageError):
    """The store's bytes are not those that the manifest names: they are not shown."""

    status = 500


class UnavailableError(PageError):
    """The store cannot be reached, or cannot do it now."""

    status = 503
