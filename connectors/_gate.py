"""The gate: what may be fetched, what is done about an answer, and when to wait. The network itself is ``_http``.

It promises never to send a credential to another host than the one it is for, nor over plain HTTP unless the host is
the machine itself; never to follow a redirect of an interface call; and never to fetch a medium from an inner network
because a platform's data says so. Retries and pauses happen here and nowhere else in the project.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from connectors import _address as address
from connectors._http import Transport
from connectors._judgement import REDIRECTS, failure, judge_json, judge_medium, loss, page_of
from connectors._media import NotStored, StoredMedia
from connectors._redaction import Redactor
from connectors._responses import HTTP, Action, Verdict, retry_after, usage_of
from urval.errors import ConfigError, IncompleteError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

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
            seed: Of the jitter of pauses.
            resolve: Host and port -> literal addresses; raises OSError.
            monotonic: Seconds that never run backwards, for total time-outs.
        """
        self.settings, self.clock = settings, clock
        self._sleep, self._resolve, self._warc = sleep, resolve, warc
        self._random = random.Random(seed)
        self._redactor = Redactor()
        self._fetched: dict[str, StoredMedia | NotStored] = {}
        self._breath = 0.0  # seconds to pause before the next interface call
        self._transport = Transport(
            settings, redactor=self._redactor, warc=warc, media=media, clock=clock, monotonic=monotonic
        )
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

    def guard(self, auth: Auth) -> None:
        """Learn a credential, so that it is removed from whatever comes in.

        Raises:
            ConfigError: It is too short to be a credential.
        """
        for secret in auth.secrets():
            self._redactor.add(secret)

    def get_json(
        self,
        url: str,
        parameters: Iterable[tuple[str, str]] = (),
        *,
        auth: Auth | None = None,
        table: ResponseTable = HTTP,
        limit_parameter: str | None = None,
    ) -> Page:
        """Get a JSON document.

        Args:
            url: Address; parameters that carry a secret are dropped from it.
            parameters: Added to the address in this order.
            auth: Sent as Authorization header.
            table: The platform's response -> action table.
            limit_parameter: Halved when the platform asks for smaller pages.

        Raises:
            ConfigError: The address or the place for the credential is wrong.
            SourceError: Transient, Throttled, Refused, Gone or Malformed, by what can be done about it.
        """
        if auth is not None:
            self.guard(auth)
        target = self._interface(address.without_credentials(address.with_parameters(url, parameters)), auth)
        tries = 0
        while True:
            tries += 1
            self._rest()
            answer = self._transport.json(target, auth)
            verdict = judge_json(table, answer)
            self._breath = self._breath_for(answer)
            if verdict.action is Action.ACCEPT:
                return page_of(self._redactor.text(target.url), answer)
            smaller = address.with_half(target.url, limit_parameter) if limit_parameter else None
            if verdict.action is Action.SMALLER and smaller is not None:
                target, tries = address.target_of(smaller), 0
                continue
            pause = self._pause(verdict, answer, tries)
            if pause is None:
                parts = urlsplit(target.url)
                what = self._redactor.text(f"{parts.netloc}{parts.path}")
                words = self._redactor.text(verdict.words)
                raise failure(what, verdict, words, wait_seconds=self._asked_for(verdict, answer) or 0.0)
            self._sleep(pause)

    def download(self, url: str, *, own_authority: str | None = None) -> StoredMedia | NotStored:
        """Fetch a medium into the media folder, once per address. A credential is never sent with it.

        Args:
            url: As found in the platform's data.
            own_authority: ``host:port`` of the account's own address, which may lie in an inner network.

        Raises:
            StoreError: The disk refuses.
        """
        if url not in self._fetched:
            self._fetched[url] = self._download(url, own_authority)
        return self._fetched[url]

    def _download(self, url: str, own_authority: str | None) -> StoredMedia | NotStored:
        hops = tries = 0
        while True:
            tries += 1
            try:
                target = self._admitted(url, own_authority, tries)
            except ValueError as error:
                return NotStored(reason=GapReason.REFUSED, error=f"not fetched: {error}")
            except OSError as error:
                return NotStored(reason=GapReason.UNREACHABLE, error=f"no address found: {error.strerror or error}")
            answer = self._transport.medium(target)
            if answer.stored is not None:
                return answer.stored
            if answer.status in REDIRECTS and "location" in answer.headers and hops < self.settings.max_redirects:
                hops, tries, url = hops + 1, 0, urljoin(target.url, answer.headers["location"])
                continue
            verdict = judge_medium(answer)
            pause = self._pause(verdict, answer, tries)
            if pause is None:
                return NotStored(reason=loss(verdict, answer), error=verdict.words)
            self._sleep(pause)

    def _interface(self, url: str, auth: Auth | None) -> address.Target:
        try:
            target = address.target_of(url)
        except ValueError as error:
            raise ConfigError(
                f"The address {self._redactor.text(url)!r} cannot be used: {error}.", next_step="Correct base_url."
            ) from error
        own_machine = address.is_loopback(self._mapped.get(target.host, target.host))
        if auth is not None and target.scheme != "https" and not own_machine:
            raise ConfigError(
                f"A credential is not sent to {target.host} over plain HTTP.",
                next_step="Set base_url to an https address, or remove the credential.",
            )
        return target

    def _admitted(self, url: str, own_authority: str | None, tries: int) -> address.Target:
        """Check a medium's address, and pin its host to an address that was checked."""
        target = address.target_of(url)
        if target.host in self._mapped or target.authority == own_authority:
            return target
        if self.settings.proxy and not _is_literal(target.host):
            return target  # the proxy resolves the name, and decides where it leads
        found = self._resolve(target.host, target.port)
        if not found or not all(address.is_public(literal) for literal in found):
            raise ValueError(f"{target.host} lies in an inner network")
        self._transport.connect(target.host, (found[(tries - 1) % len(found)], target.port))
        return target

    def _breath_for(self, answer: Answer) -> float:
        """Return the pause before the next call: none below the threshold, then more the less allowance is left."""
        over = usage_of(answer.headers).percent - self.settings.slow_down_percent
        span = max(1, 100 - self.settings.slow_down_percent)
        return self.settings.slow_down_seconds * min(1.0, over / span) if over >= 0 else 0.0

    def _rest(self) -> None:
        if self._breath > 0:
            self._sleep(self._breath)
            self._breath = 0.0

    def _pause(self, verdict: Verdict, answer: Answer, tries: int) -> float | None:
        """Return the seconds to wait before trying again, or None: do not."""
        if verdict.action not in {Action.RETRY, Action.WAIT} or tries > self.settings.retries:
            return None
        told = self._asked_for(verdict, answer)
        if told is not None and told > self.settings.max_wait_seconds:
            return None
        growing = min(self.settings.max_backoff_seconds, self.settings.backoff_seconds * 2.0 ** (tries - 1))
        jitter = growing * (0.5 + self._random.random() / 2)
        return jitter if told is None else told + jitter

    def _asked_for(self, verdict: Verdict, answer: Answer) -> float | None:
        """Return the seconds the platform asks to wait, or None."""
        told = retry_after(answer.headers, self.clock())
        if told is None and verdict.action is Action.WAIT:
            return usage_of(answer.headers).regain_minutes * 60.0 or self.settings.throttle_seconds
        return told


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
