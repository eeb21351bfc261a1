"""What the parts of one run on one account share: the line, what templates may name, the gaps, and whether to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors._connector import Origin
from connectors._losses import UNREADABLE, GapLog, reason_of, words_of
from urval.errors import MalformedError, RefusedError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from connectors._connector import Connector, Endpoint, MappedPost
    from connectors._limits import Page
    from connectors._listing import Line
    from urval.errors import SourceError


class Errand:
    """The state of a run. ``dead`` is the refusal after which nothing more of the account can be had."""

    def __init__(self, connector: Connector, line: Line, account_id: str, values: Mapping[str, str]) -> None:
        self.connector, self.line, self.account_id = connector, line, account_id
        self.values: dict[str, str | tuple[str, ...]] = {**values, "own_id": ""}
        self.gaps = GapLog(account_id, None)
        self.dead: RefusedError | None = None
        self.private = 0  # messages that came and are not collected
        self.replies: list[MappedPost] = []  # own answers that a listing of posts showed
        self._replies_in: dict[str, list[MappedPost]] = {}  # by the post in whose thread each stands
        self._closed: set[str] = set()

    def now(self) -> datetime:
        """Return the gate's time."""
        return self.line.gate.clock()

    def keep_reply(self, mapped: MappedPost) -> None:
        """Take an own answer that a listing of posts showed."""
        self.replies.append(mapped)
        self._replies_in.setdefault(mapped.answer_in, []).append(mapped)

    def replies_in(self, names: Iterable[str]) -> list[MappedPost]:
        """Return the own answers shown so far that stand in the thread of these names."""
        return [reply for name in dict.fromkeys(names) for reply in self._replies_in.get(name, ())]

    def origin(self, page: Page, endpoint: Endpoint, envelope: Mapping[str, Any]) -> Origin:
        """Return where the records of a page came from."""
        try:
            beside = endpoint.beside(envelope) if endpoint.beside else None
        except UNREADABLE as error:
            raise MalformedError(f"What surrounds the records of {endpoint.name} cannot be read: {error}.") from error
        return Origin(self.account_id, page.at, page.sha256, beside, endpoint.name)

    def note(self, what: str, error: SourceError, subject: str | None = None, log: GapLog | None = None) -> None:
        """Record that something could not be had, for the account or in another log; a dead token is remembered.

        Raises:
            ThrottledError: The platform asks for a longer pause than is waited for. That is no gap: the run ends here,
                and the next one goes on from its last answer.
        """
        if isinstance(error, ThrottledError):
            raise error
        (log or self.gaps).add(self.now(), what, subject, reason_of(error), words_of(error))
        self.heed(error)

    def heed(self, error: Exception) -> None:
        """Remember a refusal after which nothing more of the account can be had."""
        if isinstance(error, RefusedError) and error.account_wide:
            self.dead = error

    def is_closed(self, endpoint: Endpoint) -> bool:
        """Tell whether the platform has refused this endpoint to the account as such."""
        return endpoint.name in self._closed

    def close(self, endpoint: Endpoint, error: SourceError) -> bool:
        """Remember a refusal that holds for the whole account; false if it is about one thing only."""
        general = isinstance(error, RefusedError) and not error.particular and endpoint.refusal_is_general
        if general:
            self._closed.add(endpoint.name)
        return general
