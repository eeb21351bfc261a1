"""How large samples are, and how they are shared out: tables of cases, and what must hold for all."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from _frames import frame, row
from _selecting import named_by
from hypothesis import given
from hypothesis import strategies as st

from urval.selection.sizes import above, discovery_size, part_of, precision_size
from urval.selection.strata import allocated
from urval.spec import Stratified, StratumSize


@pytest.mark.parametrize(
    ("confidence", "rate", "n"),
    [(0.95, 0.05, 59), (0.95, 0.01, 299), (0.99, 0.01, 459), (0.9, 0.1, 22), (0.75, 0.4999, 3), (0.75, 0.2, 7)],
)
def test_discovery_sizes(confidence: float, rate: float, n: int) -> None:
    """The sizes of the auditors' tables (ISA 530)."""
    assert discovery_size(confidence, rate) == n


@given(st.integers(501, 999), st.integers(1, 499))
def test_a_discovery_size_is_the_least_that_will_do(confidence: int, rate: int) -> None:
    """In exact arithmetic: n meets the confidence, n - 1 does not."""
    n = discovery_size(confidence / 1000, rate / 1000)
    left, missed = Fraction(1000 - confidence, 1000), Fraction(1000 - rate, 1000)
    assert missed**n <= left < missed ** (n - 1)


def test_a_discovery_size_that_comes_out_even_is_not_rounded_up() -> None:
    """0.6 squared is just 0.36, to the third power 0.216; a little more certainty asks for one more."""
    assert [discovery_size(confidence, 0.4) for confidence in (0.64, 0.640001, 0.784, 0.784001)] == [2, 3, 3, 4]


@pytest.mark.parametrize(
    ("size", "n"), [(0, 0), (1, 1), (2, 2), (100, 80), (500, 218), (2000, 323), (20000, 377), (10**9, 385)]
)
def test_precision_sizes_at_95_percent_and_a_margin_of_5(size: int, n: int) -> None:
    """The sizes of the usual tables, with the correction for a small frame."""
    assert precision_size(0.05, 0.95, 0.5, size) == n


@pytest.mark.parametrize(
    ("margin", "confidence", "p", "n"), [(0.03, 0.95, 0.5, 1068), (0.05, 0.99, 0.5, 664), (0.05, 0.95, 0.1, 139)]
)
def test_precision_sizes_of_an_endless_frame(margin: float, confidence: float, p: float, n: int) -> None:
    """Margin, confidence and the expected proportion count as in Cochran's formula."""
    assert precision_size(margin, confidence, p, 10**12) == n


@given(st.integers(1, 999), st.integers(0, 5000))
def test_parts_are_exact(thousandths: int, size: int) -> None:
    """A part of all is that of the decimal number the spec writes, rounded up; above it lies the rest."""
    assert part_of(size, thousandths / 1000) == -(-thousandths * size // 1000)
    assert above(size, thousandths / 1000) == -(-(1000 - thousandths) * size // 1000)


def stratified(**values: Any) -> Stratified:
    """Return a stratified rule."""
    return Stratified(id="s", rule="stratified", by=("kind",), **values)


@pytest.mark.parametrize(
    ("n", "sizes", "least", "expected"),
    [
        (10, (50, 30, 20), 0, (5, 3, 2)),
        (10, (1, 1, 1), 0, (1, 1, 1)),
        (4, (10, 10, 10), 0, (2, 1, 1)),  # remainders alike: the first by name
        (5, (10, 10, 10), 0, (2, 2, 1)),
        (3, (97, 2, 1), 0, (3, 0, 0)),
        (3, (97, 2, 1), 1, (3, 1, 1)),  # at least one of each, also beyond n
        (3, (97, 2, 1), 5, (5, 2, 1)),
        (7, (61, 33, 6), 0, (4, 2, 1)),  # 4.27, 2.31, 0.42: the largest remainder is the smallest stratum's
        (0, (), 0, ()),
    ],
)
def test_shares_in_proportion(n: int, sizes: tuple[int, ...], least: int, expected: tuple[int, ...]) -> None:
    """Whole parts first, then the largest remainders; ties go by the stratum's name."""
    names = [f"{number}" for number in range(len(sizes))]
    assert allocated(stratified(n=max(n, 1), min_per_stratum=least), names, sizes) == expected


@pytest.mark.parametrize(
    ("n", "sizes", "expected"),
    [
        (9, (50, 30, 20), (3, 3, 3)), (10, (50, 30, 20), (4, 3, 3)), (10, (50, 2, 20), (4, 2, 4)),
        (11, (1, 2, 20), (1, 2, 8)), (99, (1, 2, 20), (1, 2, 20)), (2, (5, 5, 5), (1, 1, 0)),
    ],
)  # fmt: skip
def test_equal_shares(n: int, sizes: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """What a small stratum cannot give falls to the others; a rest goes to the first by name."""
    assert allocated(stratified(n=n, allocation="equal"), ["a", "b", "c"], sizes) == expected


def test_fixed_shares() -> None:
    """Each named stratum gives its number, or all it has; others give none, or the least."""
    sizes = (StratumSize(stratum="a", n=3), StratumSize(stratum="c", n=9), StratumSize(stratum="z", n=2))
    rule = stratified(allocation="fixed", sizes=sizes)
    assert allocated(rule, ["a", "b", "c"], (5, 5, 5)) == (3, 0, 5)
    least = stratified(allocation="fixed", sizes=sizes, min_per_stratum=4)
    assert allocated(least, ["a", "b", "c"], (5, 5, 5)) == (4, 4, 5)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
    st.integers(1, 200),
    st.sampled_from(["proportional", "equal"]),
    st.integers(0, 4),
)
def test_shares_sum_to_n_and_none_is_more_than_there_is(sizes: list[int], n: int, allocation: Any, least: int) -> None:
    """All of n is shared out where there is as much; proportional shares are never a whole thread off."""
    names = [f"{number:02}" for number in range(len(sizes))]
    shares = allocated(stratified(n=n, allocation=allocation), names, sizes)
    assert sum(shares) == min(n, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
    if allocation == "proportional" and n <= sum(sizes):
        quotas = [Fraction(n * size, sum(sizes)) for size in sizes]
        assert all(math.floor(q) <= share <= math.ceil(q) for q, share in zip(quotas, shares, strict=True))
    more = allocated(stratified(n=n, allocation=allocation, min_per_stratum=least), names, sizes)
    assert more == tuple(max(share, min(least, size)) for share, size in zip(shares, sizes, strict=True))


@pytest.mark.parametrize("draw", ["simple_random", "systematic"])
def test_strata_are_what_the_spec_says(draw: str) -> None:
    """Months are local, values stand in the order of 'by', and each stratum gives its share and no other thread."""
    june = datetime(2026, 5, 31, 22, tzinfo=UTC)  # in Stockholm
    rows = [
        row("a", created_at=june - timedelta(minutes=1), comments=1),
        row("b", created_at=june),
        *(row(f"v{n}", kind="video", created_at=june + timedelta(n)) for n in range(4)),
    ]
    rule = f"by: [platform, month, kind, has_comments, account], n: 4, draw: {draw}"
    named = named_by(f"{{id: s, rule: stratified, {rule}}}", frame(rows))
    assert named.strata is not None
    assert named.strata.names == (
        "facebook/2026-05/post/yes/sida", "facebook/2026-06/post/no/sida", "facebook/2026-06/video/no/sida",
    )  # fmt: skip
    assert named.strata.sizes == (1, 1, 4)
    assert named.strata.wanted == (1, 1, 2)  # remainders of two thirds each: the first by name
    assert named.mask.tolist()[:2] == [True, True]
    assert named.mask.sum() == 4
