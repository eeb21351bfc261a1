"""Occasions and periods: when to capture, and which time each capture covers. Pure.

``calendar`` is the spec's own year; ``accounts`` are the occasions of one account, with what was decided for it
(``extras``); ``windows`` are the days a selection rule names in a period.
"""

from __future__ import annotations

from urval.periods.accounts import (
    RegisteredAccount,
    account_occasion_at,
    account_occasions,
    check_extra,
    due_for_account,
    end_of,
    missed,
    occasion_for_period,
)
from urval.periods.anchors import anchor_days
from urval.periods.calendar import (
    Calendar,
    DayRange,
    Occasion,
    OccasionKind,
    OccasionRule,
    Period,
    all_occasions,
    check_capture_date,
    days_late,
    due,
    in_blackout,
    local_midnight,
    make_period,
    occasion_at,
    occasion_covering,
    occasions_for,
)
from urval.periods.extras import ExtraKind, ExtraOccasion, decode_extra, encode_extra
from urval.periods.windows import Span, WindowRule, window_spans

__all__ = [
    "Calendar",
    "DayRange",
    "ExtraKind",
    "ExtraOccasion",
    "Occasion",
    "OccasionKind",
    "OccasionRule",
    "Period",
    "RegisteredAccount",
    "Span",
    "WindowRule",
    "account_occasion_at",
    "account_occasions",
    "all_occasions",
    "anchor_days",
    "check_capture_date",
    "check_extra",
    "days_late",
    "decode_extra",
    "due",
    "due_for_account",
    "encode_extra",
    "end_of",
    "in_blackout",
    "local_midnight",
    "make_period",
    "missed",
    "occasion_at",
    "occasion_covering",
    "occasion_for_period",
    "occasions_for",
    "window_spans",
]
