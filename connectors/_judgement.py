"""What an answer amounts to: accepted, to be tried again, or a typed failure. Pure; the gate acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors._limits import Page
from connectors._responses import HTTP, Action, Verdict, judge
from urval.errors import GoneError, MalformedError, RefusedError, SourceError, ThrottledError, TransientError
from urval.manifest import sha256_hex
from urval.records import GapReason

if TYPE_CHECKING:
    from connectors._formats import Format
    from connectors._http import Answer
    from connectors._responses import ResponseTable

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOSSES: Final = {
    Action.GONE: GapReason.GONE,
    Action.REFUSE: GapReason.REFUSED,
    Action.STOP: GapReason.REFUSED,
    Action.CLOSED: GapReason.REFUSED,
    Action.RENEW: GapReason.REFUSED,
    Action.FAIL: GapReason.MALFORMED,
}
_UNREADABLE = "the answer is not in the form that was asked for"
_LATER = "Run the same command again later; it resumes."


def judge_page(table: ResponseTable, answer: Answer, form: Format) -> Verdict:
    """Judge the answer to an interface call. What is not well formed is tried again: proxies send such pages."""
    if answer.broken:
        return Verdict(action=Action.FAIL if answer.truncated == "length" else Action.RETRY, words=answer.broken)
    verdict = judge(table, answer.status, answer.body)
    if verdict.action is Action.ACCEPT and not (
        form.well_formed(answer.body) or form.well_formed(form.mended(answer.body))
    ):
        kind = answer.headers.get("content-type", "no type")
        return Verdict(action=Action.RETRY, words=f"{_UNREADABLE} ({kind}, {len(answer.body)} bytes)")
    return verdict


def judge_medium(answer: Answer) -> Verdict:
    """Judge the answer to a medium's address, when no medium came of it."""
    if answer.broken:
        return Verdict(action=Action.FAIL if answer.truncated == "length" else Action.RETRY, words=answer.broken)
    if answer.status in REDIRECTS:
        return Verdict(action=Action.REFUSE, words=f"HTTP {answer.status}: too many redirects, or one to nowhere")
    verdict = judge(HTTP, answer.status, b"")
    if verdict.action is Action.ACCEPT:
        kind = answer.headers.get("content-type", "no type")
        return Verdict(action=Action.FAIL, words=f"HTTP {answer.status}: what came is no medium ({kind})")
    return verdict


def loss(verdict: Verdict, answer: Answer) -> GapReason:
    """Return the reason code for a medium that was not stored."""
    if answer.truncated == "length":
        return GapReason.TOO_LARGE
    return GapReason.CHANGED if answer.changed else _LOSSES.get(verdict.action, GapReason.UNREACHABLE)


def page_of(url: str, answer: Answer, form: Format) -> Page:
    """Return an accepted answer as a page. ``sha256`` is of the body in the WARC, also if the body had to be mended."""
    if answer.at is None:
        raise MalformedError(f"{url} gave no answer.")
    body = answer.body if form.well_formed(answer.body) else form.mended(answer.body)
    digest = sha256_hex(answer.body)
    return Page(url=url, status=answer.status, headers=answer.headers, body=body, sha256=digest, at=answer.at)


def failure(what: str, verdict: Verdict, words: str, *, wait_seconds: float) -> SourceError:
    """Return the error for an answer that is final. ``words`` are the platform's, secrets removed."""
    step = verdict.next_step
    match verdict.action:
        case Action.WAIT:
            return ThrottledError(
                f"{what} is throttled ({words}).", wait_seconds=wait_seconds, next_step=_LATER, platform_error=words
            )
        case Action.REFUSE | Action.STOP | Action.RENEW | Action.CLOSED:
            return RefusedError(
                f"{what} was refused ({words}).",
                account_wide=verdict.action in {Action.STOP, Action.RENEW},
                particular=verdict.action is Action.CLOSED,
                next_step=step,
                platform_error=words,
            )
        case Action.GONE:
            return GoneError(f"{what} does not exist ({words}).", next_step=step, platform_error=words)
        case Action.RETRY | Action.GIVE_UP if _UNREADABLE not in words:
            return TransientError(f"{what} cannot be had ({words}).", next_step=_LATER, platform_error=words)
        case _:
            return MalformedError(f"{what} gave an unexpected answer ({words}).", next_step=step, platform_error=words)
