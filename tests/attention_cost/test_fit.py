"""Power laws and crossings whose exponents and places are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fixviz.attention_cost.fit import find_crossing, fit_power_law

TOKENS = [81 * 2**power for power in range(8)]


@pytest.mark.parametrize(("factor", "exponent"), [(3.0, 2.0), (0.5, 1.0), (7e-9, 1.37)])
def test_an_exact_power_law_is_found_without_an_error(factor: float, exponent: float) -> None:
    law = fit_power_law(TOKENS, [factor * n**exponent for n in TOKENS])
    assert law is not None
    assert law.exponent == pytest.approx(exponent)
    assert law.factor == pytest.approx(factor)
    assert law.error == pytest.approx(0, abs=1e-6)
    assert law.at(1000) == pytest.approx(factor * 1000**exponent)


def test_only_the_larger_sizes_count() -> None:
    """A constant of 1 hides the square of few tokens, and nothing of the last three doublings."""
    values = [n**2.0 if n >= TOKENS[4] else 1.0 for n in TOKENS]
    law = fit_power_law(TOKENS, values)
    assert law is not None
    assert law.tokens == tuple(TOKENS[4:])
    assert law.exponent == pytest.approx(2)


def test_the_error_is_the_standard_error_of_a_slope() -> None:
    """By hand: x = 0, 1, 2, 3 doublings, y off the line of slope 1 by +e, -e, -e, +e."""
    e = 0.1
    tokens = [8, 16, 32, 64]
    values = [math.exp(math.log(n) + s * e) for n, s in zip(tokens, (1, -1, -1, 1), strict=True)]
    law = fit_power_law(tokens, values)
    assert law is not None
    assert law.exponent == pytest.approx(1)
    # Residuals 4 e^2 over n - 2 = 2, over the sum of squares of x about its mean: 5 log(2)^2.
    assert law.error == pytest.approx(math.sqrt(4 * e**2 / 2 / 5) / math.log(2))


def test_too_few_points_and_no_positive_values_have_no_fit() -> None:
    assert fit_power_law([8, 16], [1.0, 2.0]) is None
    assert fit_power_law([8, 16, 32], [1.0, 0.0, 2.0]) is None
    sparse = fit_power_law([1, 100, 10_000], [1.0, 100.0, 10_000.0])
    assert sparse is not None
    assert sparse.exponent == pytest.approx(1), "three points even where they are far apart"


def test_two_known_lines_cross_where_they_do() -> None:
    """N^2 and 1000 N meet at N = 1000, between two measured sizes."""
    tokens = [250, 500, 750, 2000]
    square, line = [float(n * n) for n in tokens], [1000.0 * n for n in tokens]
    errors = [0.0] * 4
    found = find_crossing(tokens, square, line, errors, errors)
    assert found.state == "within"
    assert found.tokens == pytest.approx(1000)
    assert (found.low, found.high) == pytest.approx((1000, 1000))


def test_errors_of_the_times_are_carried_on_to_the_crossing() -> None:
    """Drawn many times with such errors, the crossing spreads as its interval says."""
    tokens, share = [500, 2000], 0.03
    square, line = [float(n * n) for n in tokens], [1000.0 * n for n in tokens]
    found = find_crossing(
        tokens, square, line, [share * v for v in square], [share * v for v in line]
    )
    assert found.low is not None
    assert found.high is not None
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(4000):
        first, second = (
            [v * math.exp(share * rng.standard_normal()) for v in values]
            for values in (square, line)
        )
        at = find_crossing(tokens, first, second, [0, 0], [0, 0]).tokens
        assert at is not None
        drawn.append(math.log(at))
    width = (math.log(found.high) - math.log(found.low)) / (2 * 1.96)
    assert width == pytest.approx(np.std(drawn), rel=0.1)


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ([1.0, 2.0, 4.0], [0.5, 1.0, 1.0], "always"),
        ([1.0, 2.0, 4.0], [2.0, 3.0, 5.0], "never"),
        ([3.0, 2.0, 4.0], [1.0, 3.0, 5.0], "never"),
        ([], [], "never"),
    ],
)
def test_curves_that_do_not_cross_for_good_have_no_crossing(
    first: list[float], second: list[float], state: str
) -> None:
    tokens = [10, 20, 40][: len(first)]
    errors = [0.1] * len(first)
    found = find_crossing(tokens, first, second, errors, errors)
    assert (found.state, found.tokens, found.low) == (state, None, None)


def test_the_last_of_several_crossings_counts() -> None:
    found = find_crossing([1, 10, 100, 1000], [2, 1, 1, 4], [1, 2, 4, 1], [0] * 4, [0] * 4)
    assert found.tokens == pytest.approx(math.sqrt(100 * 1000))


def test_an_interval_stays_between_the_sizes_that_enclose_it() -> None:
    found = find_crossing([10, 100], [1.0, 2.0], [2.0, 1.0], [5.0, 5.0], [5.0, 5.0])
    assert found.tokens == pytest.approx(math.sqrt(1000))
    assert (found.low, found.high) == pytest.approx((10, 100))
