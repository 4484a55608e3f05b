"""Intervals: published and hand-computed answers."""

from __future__ import annotations

import numpy as np
import pytest

from fixviz.evaluation.intervals import mean_over_clips, rank_correlation, ranks


def test_tied_values_share_their_mean_rank() -> None:
    assert ranks([3, 1, 3, 0]).tolist() == [3.5, 2, 3.5, 1]


def test_rank_correlation_of_a_known_order() -> None:
    found = rank_correlation([1, 2, 3, 4, 5], [20, 10, 40, 30, 50])
    # 1 - 6 * (1 + 1 + 1 + 1) / (5 * 24); z 1.0986 -+ 1.96 * sqrt((1 + 0.32) / 2)
    assert found == pytest.approx((0.8, -0.4571, 0.9909), abs=1e-3)
    rising = rank_correlation([1, 2, 3, 4, 5], [1, 4, 9, 16, 25])
    assert rising == (1.0, None, None), "five points in order are not certain"
    falling = rank_correlation([1, 2, 3], [3, 2, 1])
    assert falling == (-1.0, None, None)


def test_what_has_no_order_has_no_correlation() -> None:
    assert rank_correlation([1, 2], [1, 2]) is None
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None
    with pytest.raises(ValueError, match="no pairs"):
        rank_correlation([1, 2, 3], [1, 2])


def test_the_interval_of_a_mean_is_that_of_resampled_clips() -> None:
    # of two clips, a quarter of the resamples holds one of them alone
    assert mean_over_clips(np.array([0.0, 1.0])) == (0.5, 0.0, 1.0)
    same = mean_over_clips(np.full(7, 0.3))
    assert same == pytest.approx((0.3, 0.3, 0.3))
    values = np.random.default_rng(5).normal(2.0, 3.0, 400)
    found = mean_over_clips(values)
    assert found is not None and found.low is not None and found.high is not None
    error = values.std() / 20
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.04)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.04)


def test_clips_count_with_as_many_values_as_they_have() -> None:
    sums, counts = np.array([6.0, 5.0, 0.0]), np.array([3.0, 1.0, 0.0])
    found = mean_over_clips(sums, counts)
    assert found == pytest.approx((11 / 4, 2.0, 5.0)), "the third clip has no value"
    assert mean_over_clips(np.zeros(2), np.zeros(2)) is None
    assert mean_over_clips(np.array([4.0]), np.array([2.0])) == (2.0, None, None)
