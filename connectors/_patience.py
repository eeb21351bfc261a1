"""How long to wait: between two calls, before another try, and when waiting is useless. Sleeps nothing itself."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from connectors._allowance import reset_after, retry_after, until_midnight, usage_of, used_up
from connectors._responses import Action

if TYPE_CHECKING:
    from datetime import datetime

    from connectors._http import Answer
    from connectors._limits import GateSettings
    from connectors._responses import Verdict


class Patience:
    """The pauses of one gate; the jitter comes from a seed."""

    def __init__(self, settings: GateSettings, seed: int) -> None:
        self._settings, self._random = settings, random.Random(seed)

    def breath(self, answer: Answer, now: datetime) -> float:
        """Return the seconds before the next call: none below the threshold, then more the less allowance is left."""
        reset = reset_after(answer.headers, now) if used_up(answer.headers) else None
        if reset is not None and reset <= self._settings.max_wait_seconds:
            return reset
        over = usage_of(answer.headers).percent - self._settings.slow_down_percent
        span = max(1, 100 - self._settings.slow_down_percent)
        return self._settings.slow_down_seconds * min(1.0, over / span) if over >= 0 else 0.0

    def pause(self, verdict: Verdict, answer: Answer, tries: int, now: datetime) -> float | None:
        """Return the seconds to wait before trying again, or None: do not."""
        if verdict.action not in {Action.RETRY, Action.WAIT} or tries > self._settings.retries:
            return None
        told = self.asked_for(verdict, answer, now)
        if told is not None and told > self._settings.max_wait_seconds:
            return None
        jitter = self.growing(tries)
        return jitter if told is None else told + jitter

    def growing(self, tries: int) -> float:
        """Return a pause in seconds that doubles with each try, with jitter."""
        longest, first = self._settings.max_backoff_seconds, self._settings.backoff_seconds
        return min(longest, first * 2.0 ** (tries - 1)) * (0.5 + self._random.random() / 2)

    def asked_for(self, verdict: Verdict, answer: Answer, now: datetime) -> float | None:
        """Return the seconds the platform asks to wait, or None."""
        told = retry_after(answer.headers, now)
        if told is not None or verdict.action is not Action.WAIT:
            return told
        if verdict.resets:
            return until_midnight(verdict.resets, now)
        reset = reset_after(answer.headers, now)
        minutes = usage_of(answer.headers).regain_minutes
        return reset if reset is not None else minutes * 60.0 or verdict.seconds or self._settings.throttle_seconds
