"""How large a sample must be, in exact arithmetic. Rates and margins are the decimal numbers the spec writes."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from statistics import NormalDist

_DIGITS = 50
_NEARLY = Decimal(10) ** -40
_Z_DIGITS = 10  # more than any table gives, fewer than processors agree on


def exact(number: float) -> Fraction:
    """Return the decimal number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def part_of(size: int, fraction: float) -> int:
    """Return a part of a whole number, rounded up."""
    return math.ceil(exact(fraction) * size)


def above(size: int, quantile: float) -> int:
    """Return how many lie above a part of a whole number, rounded up: 0.9 leaves the top tenth."""
    return math.ceil((1 - exact(quantile)) * size)


def discovery_size(confidence: float, tolerable_rate: float) -> int:
    """Return the least n with ``(1 - tolerable_rate)^n <= 1 - confidence``. Source: ISA 530."""
    with localcontext(prec=_DIGITS):
        needed = (1 - Decimal(str(confidence))).ln() / (1 - Decimal(str(tolerable_rate))).ln()
        nearest = needed.to_integral_value()
        return int(nearest if abs(needed - nearest) < _NEARLY else math.ceil(needed))


def precision_size(margin: float, confidence: float, p: float, size: int) -> int:
    """Return how many of ``size`` to draw to estimate a proportion within a margin: ``n0 / (1 + (n0 - 1) / size)``.

    ``n0 = z² · p · (1 - p) / margin²``, where z is the normal distribution's, two-sided, rounded to 10 decimals.
    """
    if not size:
        return 0
    z = exact(round(NormalDist().inv_cdf((1 + confidence) / 2), _Z_DIGITS))
    endless = z**2 * exact(p) * (1 - exact(p)) / exact(margin) ** 2
    return math.ceil(endless * size / (size + endless - 1))
