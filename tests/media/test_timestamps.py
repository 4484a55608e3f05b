"""Time stamps that repeat, are missing, jump or start again are mended where they are wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixviz.media.timestamps import schedule


def test_good_stamps_stay_as_they_are():
    times = schedule([0, 40, 90, 130], [0, 40, 90, 130])

    assert times.ticks.tolist() == [0, 40, 90, 130]
    assert times.ranks.tolist() == [0, 1, 2, 3]
    assert times.mended == 0


def test_frames_stored_out_of_order_get_the_number_in_which_they_are_shown():
    times = schedule([0, 30, 10, 20, 60, 40, 50], [-10, 0, 10, 20, 30, 40, 50])

    assert times.ticks.tolist() == [0, 10, 20, 30, 40, 50, 60]
    assert times.ranks.tolist() == [0, 3, 1, 2, 6, 4, 5]


@pytest.mark.parametrize(
    ("stamps", "mended"),
    [
        # the second of two equal ones belongs into the gap behind them
        ([0, 40, 80, 80, 160, 200], [0, 40, 80, 120, 160, 200]),
        # the first one into the gap before
        ([0, 40, 120, 120, 160, 200], [0, 40, 80, 120, 160, 200]),
        # three of a kind
        ([0, 40, 40, 40, 160], [0, 40, 80, 120, 160]),
        # at the end there is no gap behind
        ([0, 40, 80, 80], [0, 40, 80, 120]),
    ],
)
def test_a_repeated_stamp_is_put_into_the_gap_where_a_frame_lacks(stamps, mended):
    times = schedule(stamps, stamps)

    assert times.ticks.tolist() == mended
    assert times.ranks.tolist() == list(range(len(stamps)))
    assert times.mended == len(stamps) - len(set(stamps))


@pytest.mark.parametrize(
    ("stamps", "mended"),
    [
        ([0, None, 80, 120], [0, 40, 80, 120]),
        ([0, 40, None, None, 190], [0, 40, 90, 140, 190]),
        ([None, 40, 80], [0, 40, 80]),
        ([0, 40, None], [0, 40, 80]),
    ],
)
def test_a_missing_stamp_is_put_between_its_neighbors(stamps, mended):
    times = schedule(stamps, [None] * len(stamps))

    assert times.ticks.tolist() == mended
    assert times.ranks.tolist() == list(range(len(stamps)))
    assert times.mended == stamps.count(None)


def test_a_missing_stamp_of_frames_out_of_order_leaves_the_order_to_the_decoder():
    times = schedule([0, 30, None, 20, 60, 40, 50], [-10, 0, 10, 20, 30, 40, 50])

    assert times.ranks is None
    assert times.ticks.tolist() == [0, 10, 20, 30, 40, 50, 60]


def test_a_single_stamp_far_off_is_taken_for_missing():
    times = schedule([0, 40, 9_999_999, 120, 160], [0, 40, 9_999_999, 120, 160])

    assert times.ticks.tolist() == [0, 40, 80, 120, 160]
    assert times.ranks.tolist() == [0, 1, 2, 3, 4]


def test_where_the_clock_starts_again_time_goes_on():
    stamps = [40 * k for k in range(40)] + [40 * k for k in range(3)]
    times = schedule(stamps, stamps)

    assert times.ticks.tolist() == [40 * k for k in range(43)]
    assert times.ranks.tolist() == list(range(43))
    assert times.mended == 1


def test_pauses_of_a_variable_rate_stay():
    stamps = [0, 40, 80, 120, 5120, 5160, 5200, 65200, 65240]
    times = schedule(stamps, stamps)

    assert times.ticks.tolist() == stamps
    assert times.mended == 0


def test_guessed_presentation_times_are_not_used():
    times = schedule([5, 5, 5], [1, 2, 3], ordered=False)

    assert times.ticks.tolist() == [1, 2, 3]
    assert times.ranks is None


def test_without_any_stamp_there_is_no_schedule():
    assert schedule([None, None], [None, None]) is None


@given(
    steps=st.lists(st.integers(1, 90), min_size=2, max_size=41),
    lost=st.sets(st.integers(0, 40), max_size=7),
    repeated=st.sets(st.integers(1, 40), max_size=7),
)
def test_every_frame_has_a_time_of_its_own_and_good_ones_keep_theirs(steps, lost, repeated):
    true = np.cumsum(steps).tolist()
    stamps: list[int | None] = list(true)
    for k in sorted(repeated):
        if k < len(stamps):
            stamps[k] = stamps[k - 1]
    for k in lost:
        if k < len(stamps):
            stamps[k] = None
    known = [s for s in stamps if s is not None]
    times = schedule(stamps, [None] * len(stamps))
    if times is None:
        assert not known
        return

    assert len(times.ticks) == len(stamps)
    assert (np.diff(times.ticks) > 0).all()
    alone = {s for s in known if known.count(s) == 1}
    assert alone <= set(times.ticks.tolist())
