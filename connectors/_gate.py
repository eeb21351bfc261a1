"""The gate: what may be fetched, what is done about an answer, and when to wait. The network itself is ``_http``.

It promises never to send a credential to another host than the one it is for, nor over plain HTTP unless the host is
the machine itself; never to follow a redirect of an interface call; and never to fetch a medium from an inner network
because a platform's data says so. Retries and pauses happen here and nowhere else in the project.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from connectors import _address as address
from connectors._credential import Keyring
from connectors._formats import JSON
from connectors._http import Transport
from connectors._judgement import REDIRECTS, failure, judge_medium, judge_page, loss, page_of
from connectors._media import NotStored, StoredMedia
from connectors._patience import Patience
from connectors._redaction import Redactor
from connectors._replay import Recorded
from connectors._responses import HTTP, Action
from urval.errors import IncompleteError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from connectors._credential import TokenRequest
    from connectors._formats import Format
    from connectors._http import Answer
    from connectors._limits import Auth, GateSettings, Page
    from connectors._responses import ResponseTable
    from connectors._warc import WarcFile


class Gate:
    """Fetches JSON and media for one capture. Not for use by several threads at once."""

    def __init__(
        self,
        settings: GateSettings,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        warc: WarcFile,
        media: Path,
        connect_to: Mapping[str, str] | None = None,
        recorded: Recorded | None = None,
        seed: int = 0,
        resolve: Callable[[str, int], list[str]] = address.resolve,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build a gate.

        Args:
            settings: The limits.
            clock: Gives aware UTC times, for records and the WARC.
            sleep: Waits seconds.
            warc: Where exchanges are written.
            media: Folder for media files.
            connect_to: Host name -> ``address:port`` to connect to instead, like curl's option of that name.
            recorded: Answers of a run that was cut off; they come before the network.
            seed: Of the jitter of pauses.
            resolve: Host and port -> literal addresses; raises OSError.
            monotonic: Seconds that never run backwards, for total time-outs.
        """
        self.settings, self.started_at = settings, warc.started_at  # of the first run, if one was cut off
        self._recorded, self._clock = recorded or Recorded(), clock
        self._sleep, self._resolve, self._warc, self._media = sleep, resolve, warc, media
        self._patience = Patience(settings, seed)
        self._redactor = Redactor()
        self._fetched: dict[str, StoredMedia | NotStored] = {}
        self._refused = False  # to the account as such: a later run goes on from before that
        self._breath = 0.0  # seconds to pause before the next interface call
        self._transport = Transport(
            settings, redactor=self._redactor, warc=warc, media=media, clock=clock, monotonic=monotonic,
            recorded=self._recorded,
        )  # fmt: skip
        self._mapped: dict[str, str] = {}
        for host, target in (connect_to or {}).items():
            literal, _, port = target.rpartition(":")
            self._mapped[host.lower()] = literal.strip("[]")
            self._transport.connect(host.lower(), (literal.strip("[]"), int(port)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        self._transport.close()
        if kind is None:
            self.close()

    def clock(self) -> datetime:
        """Return the time (aware): of the last answer, if that was a recorded one."""
        return self._recorded.now or self._clock()

    @property
    def requests_sent(self) -> int:
        """Requests made, retries and redirects included."""
        return self._transport.sent

    @property
    def requests_answered(self) -> int:
        """Requests that got an answer, whole or cut off; each is one pair in the WARC."""
        return self._transport.answered

    def close(self) -> None:
        """Close all connections.

        Raises:
            IncompleteError: The WARC does not hold exactly one pair for each answered request.
        """
        self._transport.close()
        if self._warc.pairs != self.requests_answered:
            raise IncompleteError(
                f"The WARC holds {self._warc.pairs} pairs, but {self.requests_answered} requests were answered.",
                next_step="Discard this capture and run it again.",
            )

    def guard(self, auth: Auth | Keyring) -> None:
        """Learn a credential, so that it is removed from whatever comes in.

        Raises:
            ConfigError: It is too short to be a credential.
        """
        for secret in auth.secrets():
            self._redactor.add(secret)

    def get(
        self,
        url: str,
        parameters: Iterable[tuple[str, str]] = (),
        *,
        auth: Auth | Keyring | None = None,
        table: ResponseTable = HTTP,
        limit_parameter: str | None = None,
        form: Format = JSON,
        headers: Iterable[tuple[str, str]] = (),
        cursor: bool = False,
        pace_seconds: float = 0.0,
    ) -> Page:
        """Get a document.

        Args:
            url: Address; parameters that carry a secret are dropped from it.
            parameters: Added to the address in this order.
            auth: Sent in a header; one that runs out is renewed, if it can be.
            table: The platform's response -> action table.
            limit_parameter: Halved when the platform asks for smaller pages.
            form: What counts as well formed; anything else is tried again.
            headers: Sent beside the gate's own.
            cursor: The address names a place in a listing that an earlier answer had given.
            pace_seconds: The next call waits at least so long.

        Raises:
            ConfigError: The address or the place for the credential is wrong.
            SourceError: Transient, Throttled, Refused, Gone or Malformed, by what can be done about it.
            StaleError: The platform no longer knows a place that a run before was given.
        """
        if auth is not None:
            self.guard(auth)
        target = self._interface(address.without_credentials(address.with_parameters(url, parameters)), auth)
        keyring = auth if isinstance(auth, Keyring) and auth.renewable else None
        if keyring and keyring.runs_out(self._clock()):
            self.renew(keyring, early=True)
        tries = 0
        while True:
            tries += 1
            self._rest()
            sent = (("Accept", form.accept), *headers, *((auth.pair(),) if auth else ()))
            answer = self._transport.recorded(target) or self._transport.document(target, sent)
            verdict = judge_page(table, answer, form)
            if answer.recorded and verdict.action in {Action.REFUSE, Action.STOP}:
                continue  # it may have been lifted since: asked again, live once no record of it is left
            self._breath = 0.0 if answer.recorded else max(pace_seconds, self._patience.breath(answer, self.clock()))
            if verdict.action is Action.ACCEPT:
                self._note_accepted(answer)
                return page_of(self._redactor.text(target.url), answer, form)
            if verdict.action is Action.RENEW and keyring is not None:
                if not answer.recorded:  # else it was renewed then, and what came next is recorded too
                    self.renew(keyring)
                    keyring = None  # a token that was just renewed and is refused again is not renewed for ever
                continue
            smaller = address.with_half(target.url, limit_parameter) if limit_parameter else None
            if verdict.action is Action.SMALLER and smaller is not None:
                target, tries = address.target_of(smaller), 0
                continue
            pause = self._patience.pause(verdict, answer, tries, self.clock())
            if pause is None:
                self._refused |= verdict.action in {Action.STOP, Action.RENEW}
                what = self._redactor.text(target.url.partition("?")[0].partition("://")[2])
                words = self._redactor.text(verdict.words)
                seconds = self._patience.asked_for(verdict, answer, self.clock())
                error = failure(what, verdict, words, wait_seconds=seconds or 0.0)
                raise self._recorded.blamed(error) if cursor and not answer.recorded else error
            self._wait(pause, answer)

    def download(
        self, url: str, *, own: frozenset[str] = frozenset(), sha256: str | None = None
    ) -> StoredMedia | NotStored:
        """Fetch a medium into the media folder, once per address. A credential is never sent with it.

        Args:
            url: As found in the platform's data.
            own: ``host:port`` of the account's own addresses, which may lie in an inner network.
            sha256: Hex digest that the platform names; anything else that comes is not kept.

        Raises:
            StoreError: The disk refuses.
        """
        if url not in self._fetched:
            fetched = self._download(url, own)
            if sha256 is not None and isinstance(fetched, StoredMedia) and fetched.sha256 != sha256:
                fetched = self._discarded(fetched, sha256)
            self._fetched[url] = fetched
        return self._fetched[url]

    def _discarded(self, stored: StoredMedia, sha256: str) -> NotStored:
        """Remove a file that is not the medium it was taken for, unless another medium has the same bytes."""
        if stored not in self._fetched.values():
            (self._media.parent / stored.file).unlink(missing_ok=True)
        return NotStored(reason=GapReason.CHANGED, error=f"its SHA-256 is {stored.sha256}, the platform names {sha256}")

    def _download(self, url: str, own: frozenset[str]) -> StoredMedia | NotStored:
        hops, tries, before = 0, 0, ""
        while True:
            tries += 1
            try:
                target = address.target_of(urljoin(before, url))
                answer = self._transport.recorded(target)
                if answer is None:
                    self._admit(target, own, tries)
            except ValueError as error:
                return NotStored(reason=GapReason.REFUSED, error=f"not fetched: {error}")
            except OSError as error:
                return NotStored(reason=GapReason.UNREACHABLE, error=f"no address found: {error.strerror or error}")
            answer = answer or self._transport.medium(target)
            if answer.stored is not None:
                self._note_accepted(answer)
                return answer.stored
            if answer.status in REDIRECTS and "location" in answer.headers and hops < self.settings.max_redirects:
                hops, tries, before, url = hops + 1, 0, target.url, answer.headers["location"]
                continue
            verdict = judge_medium(answer)
            pause = self._patience.pause(verdict, answer, tries, self.clock())
            if pause is None:
                return NotStored(reason=loss(verdict, answer), error=verdict.words)
            self._wait(pause, answer)

    def renew(self, keyring: Keyring, *, early: bool = False) -> None:
        """Exchange a token that ran out; what the platform answers is secret and goes into no record."""
        keyring.renew(
            lambda asked: self._transport.token(self._interface(asked.url, keyring), asked),
            tries=self.settings.retries + 1,
            pause=lambda tries: self._sleep(self._patience.growing(tries)),
            clock=self._clock,
            early=early,
        )
        self.guard(keyring)

    def ask_unrecorded(self, asked: TokenRequest, keyring: Keyring) -> tuple[int, bytes]:
        """Ask about the credential itself; return status (0: no answer) and body. The exchange goes into no record.

        Raises:
            ConfigError: As :meth:`get`.
        """
        self.guard(keyring)
        return self._transport.token(self._interface(asked.url, keyring), asked)

    def _interface(self, url: str, auth: Auth | Keyring | None) -> address.Target:
        return address.interface(url, self._redactor.text(url), self._mapped, credential=auth is not None)

    def _admit(self, target: address.Target, own: frozenset[str], tries: int) -> None:
        """Check where a medium's address leads, and pin its host to an address that was checked."""
        if target.host in self._mapped or target.authority in own:
            return
        if self.settings.proxy and not address.is_literal(target.host):
            return  # the proxy resolves the name, and decides where it leads
        found = self._resolve(target.host, target.port)
        if not found or not all(address.is_public(literal) for literal in found):
            raise ValueError(f"{target.host} lies in an inner network")
        self._transport.pin(target.host, target.port, found[(tries - 1) % len(found)])

    def _rest(self) -> None:
        if self._breath > 0:
            self._sleep(self._breath)
            self._breath = 0.0

    def _wait(self, pause: float, answer: Answer) -> None:
        """Pause before another try, unless the pause was made by the run that was cut off."""
        if not answer.recorded:
            self._sleep(pause)

    def _note_accepted(self, answer: Answer) -> None:
        if not (answer.recorded or self._refused):
            self._transport.accepted()
