"""Intervals, differences and outliers against plain computation and cases known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fixviz.comparison.statistics import (
    bootstrap_mean,
    outliers,
    paired,
    resamples_for,
    robust_z,
    spread_out,
    summarize,
)

NAN = float("nan")


def plain_interval(values: list[float], videos: list[int], resamples: int) -> tuple[float, float]:
    """The same interval by loops, with other random numbers."""
    random = np.random.default_rng(12345)
    names = sorted(set(videos))
    of = {n: [v for v, m in zip(values, videos, strict=True) if m == n] for n in names}
    means = []
    for _ in range(resamples):
        drawn = [v for n in random.choice(names, len(names)) for v in of[n]]
        means.append(sum(drawn) / len(drawn))
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def test_the_interval_is_that_of_a_plain_bootstrap() -> None:
    values = np.random.default_rng(1).gamma(2.0, 1.0, 23)
    found = bootstrap_mean(values, np.arange(23))
    assert found is not None and found.low is not None and found.high is not None
    low, high = plain_interval(values.tolist(), list(range(23)), 20_000)
    assert found.mean == pytest.approx(values.mean())
    spread = values.std() / 23**0.5
    # The percentiles of 10,000 and of 20,000 resamples differ by chance by about 0.03 of this spread.
    assert abs(found.low - low) < 0.12 * spread and abs(found.high - high) < 0.12 * spread


def test_parts_of_one_video_are_drawn_together() -> None:
    """Five videos of seven equal parts are five values, however many clips they are."""
    levels = np.array([0.0, 1.0, 2.0, 5.0, 7.0])
    values, videos = np.repeat(levels, 7), np.repeat(np.arange(5), 7)
    together = bootstrap_mean(values, videos)
    assert together == bootstrap_mean(levels, np.arange(5))
    apart = bootstrap_mean(values, np.arange(35))
    assert together is not None and apart is not None
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_intervals_of_few_and_of_equal_values() -> None:
    assert bootstrap_mean(np.array([NAN, NAN]), np.arange(2)) is None
    assert bootstrap_mean(np.array([0.3, NAN]), np.arange(2)) == (0.3, None, None)
    assert bootstrap_mean(np.array([0.3, 0.5]), np.zeros(2, int)) == (0.4, None, None)
    assert bootstrap_mean(np.full(7, 0.1), np.arange(7)) == pytest.approx((0.1, 0.1, 0.1))
    assert bootstrap_mean(np.arange(5.0), np.arange(5)) == bootstrap_mean(
        np.arange(5.0), np.arange(5)
    )


def test_many_clips_take_fewer_resamples() -> None:
    assert [resamples_for(n) for n in (2, 500, 1000, 40_000)] == [10_000, 5_000, 2_500, 1_000]
    values = np.random.default_rng(2).normal(3.0, 1.0, 20_011)
    found = bootstrap_mean(values, np.arange(len(values)))
    assert found is not None and found.low is not None and found.high is not None
    half = 1.96 * values.std() / len(values) ** 0.5
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_a_summary_of_values_known_by_hand() -> None:
    found = summarize(np.array([4.0, 1.0, NAN, 3.0, 2.0, 5.0]), np.arange(6))
    assert (found.count, found.missing) == (5, 1)
    assert found.quantiles == (1, 2, 3, 4, 5)
    assert found.deviation == pytest.approx(2.5**0.5)
    nothing = summarize(np.array([NAN]), np.arange(1))
    assert (nothing.count, nothing.missing, nothing.mean) == (0, 1, None)
    assert np.isnan(nothing.quantiles).all() and np.isnan(nothing.deviation)


def test_a_paired_difference_leaves_out_what_has_no_pair() -> None:
    first, second = np.array([3.0, 1.0, NAN, 5.0, 2.0]), np.array([1.0, 2.0, 9.0, NAN, 2.0])
    found = paired("a", "b", first, second, np.arange(5))
    np.testing.assert_array_equal(found.values, [2.0, -1.0, NAN, NAN, 0.0])
    assert (found.higher, found.lower, found.equal) == (1, 1, 1)
    assert (found.summary.count, found.summary.missing) == (3, 2)
    assert found.summary.mean is not None and found.summary.mean.mean == pytest.approx(1 / 3)
    inside = np.array([True, False, True, False, True])
    group = paired("a", "b", first, second, np.arange(5), ("g", inside))
    np.testing.assert_array_equal(group.values, [2.0, NAN, NAN, NAN, 0.0])
    assert (group.summary.count, group.summary.missing, group.higher, group.equal) == (2, 1, 1, 1)


def test_pairing_takes_out_what_clips_have_in_common() -> None:
    random = np.random.default_rng(3)
    clip = random.normal(0.0, 5.0, 41)
    first, second = clip + 0.1 + random.normal(0, 0.01, 41), clip + random.normal(0, 0.01, 41)
    found = paired("a", "b", first, second, np.arange(41)).summary.mean
    assert found is not None and found.low is not None and found.high is not None
    assert 0.09 < found.low < 0.1 < found.high + 0.005 and found.high - found.low < 0.02
    unpaired = bootstrap_mean(first, np.arange(41))
    assert unpaired is not None and unpaired.high - unpaired.low > 1


def test_the_robust_z_score_by_hand() -> None:
    # Median 3, distances 2 1 0 1 97, their median 1.
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0, NAN])
    np.testing.assert_allclose(robust_z(values)[:5], np.array([-2, -1, 0, 1, 97]) / 1.4826)
    assert np.isnan(robust_z(values)[5])
    # Most are equal: the mean distance, 6 / 5, takes the place of the median distance 0.
    np.testing.assert_allclose(
        robust_z(np.array([2.0, 2.0, 2.0, 2.0, 8.0])), [0, 0, 0, 0, 6 / (1.2533 * 1.2)]
    )
    rounded = np.array([2.0, 2.0 + 1e-9, 2.0 - 2e-9, 2.0, 8.0])
    np.testing.assert_allclose(robust_z(rounded)[4], 6 / (1.2533 * 1.2), rtol=1e-6)
    assert robust_z(np.full(3, 4.0)).tolist() == [0, 0, 0]


def test_outliers_come_furthest_first_and_each_clip_once() -> None:
    a = np.array([1.0, 2.0, 3.0, 4.0, 50.0])
    b = np.array([-90.0, 2.0, 3.0, 4.0, 5.0])
    c = np.array([NAN, NAN, NAN, NAN, NAN])
    first, second, third = outliers([("a", a), ("b", b), ("c", c)], 3)
    assert (first.clip, first.of, first.value, first.median) == (0, "b", -90.0, 3.0)
    assert first.z == pytest.approx(-93 / 1.4826) and first.unusual
    assert (second.clip, second.of) == (4, "a")
    assert (third.clip, third.of, third.unusual) == (1, "a", False)


def test_points_that_are_drawn_keep_both_ends() -> None:
    values = np.random.default_rng(4).permutation(1000).astype(float)
    values[17] = NAN
    places = spread_out(values, 50)
    assert len(places) == 50 and 17 not in places
    assert {np.nanmin(values), np.nanmax(values)} <= set(values[places])
    assert abs(np.median(values[places]) - np.nanmedian(values)) < 12
    assert spread_out(values[:5], 50).tolist() == [0, 1, 2, 3, 4]
