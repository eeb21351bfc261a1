"""Rules that look at when a thread was published: window, event, snapshot, change, first and last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from urval.periods import Span, local_midnight, window_spans
from urval.selection.frame import microseconds
from urval.selection.named import Named, Order, inverse, only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from urval.selection.frame import Frame, Numbers, Rows
    from urval.selection.named import Setting
    from urval.spec import Change, Event, FirstLast, Rule, Snapshot, Window

_DAY = timedelta(days=1)
_MONDAY = 3  # days from the Monday of the first week to 1 January 1970, a Thursday


def in_windows(rule: Window, frame: Frame, setting: Setting) -> Named:
    """Name the threads of the window's days."""
    spec = setting.spec
    spans = window_spans(rule, setting.period, spec.terms, spec.blackouts, spec.timezone)
    return _during(rule, frame, spans)


def during_event(rule: Event, frame: Frame, setting: Setting) -> Named:
    """Name the threads of an event's days, in the spec's time zone."""
    return _during(rule, frame, [_span(rule.start, rule.end + _DAY, setting)])


def newest_shown(rule: Snapshot, frame: Frame, setting: Setting) -> Named:
    """Name the newest threads, where the snapshot is of the feed: so many, or those of the period's last days."""
    if rule.depth_days is not None:
        end = setting.period.end_day
        first = max(end - rule.depth_days * _DAY, setting.period.first_day)
        return _during(rule, frame, [_span(first, end, setting)])
    return _newest(rule, frame, rule.depth_posts or 0)


def newest_with_new_look(rule: Change, frame: Frame) -> Named:
    """Name the newest threads, if a field of the page that counts has changed."""
    changes = frame.table["page_changes"].unique().to_pylist()
    changed = {field for one in changes if one for field in one.split(",")}
    return _newest(rule, frame, rule.newest if changed & set(rule.fields) else 0)


def at_the_ends(rule: FirstLast, frame: Frame, setting: Setting) -> Named:
    """Name the first and the last threads of every day, week, month, or of all."""
    groups = _groups(rule.per, frame, setting.spec.timezone)[frame.by_time]
    starts = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]])) if len(groups) else groups
    sizes = np.diff(np.append(starts, len(groups)))
    behind = np.arange(len(groups)) - np.repeat(starts, sizes)  # how many of the group come before
    ahead = np.repeat(sizes, sizes) - 1 - behind
    chosen = (behind < rule.first) | (ahead < rule.last)
    return Named(rule, only(frame.by_time[chosen], len(frame)))


def _groups(per: str, frame: Frame, timezone: str) -> Numbers:
    """Return a number for each thread that is the same within a day, ISO week or month, and grows with time."""
    if per == "account":
        return np.zeros(len(frame), dtype=np.int64)
    days = frame.days(timezone)
    if per == "week":
        return (days + _MONDAY) // 7
    return months(days) if per == "month" else days


def months(days: Numbers) -> Numbers:
    """Return days since 1970 as months since then."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _newest(rule: Snapshot | Change, frame: Frame, wanted: int) -> Named:
    """Name the last so many in the order of time; of the same instant, those with the greater ids."""
    newest: Rows = frame.by_time[::-1][:wanted]
    return Named(rule, only(newest, len(frame)), wanted=wanted, order=Order(-inverse(frame.by_time)))


def _span(first: date, end: date, setting: Setting) -> Span:
    zone = setting.spec.timezone
    return Span(first, end, local_midnight(first, zone), local_midnight(end, zone))


def _during(rule: Rule, frame: Frame, spans: Sequence[Span]) -> Named:
    times = frame.numbers("created_at")
    mask = np.zeros(len(frame), dtype=np.bool_)
    for one in spans:
        mask |= (times >= microseconds(one.start)) & (times < microseconds(one.end))
    return Named(rule, mask, spans=tuple(spans))
