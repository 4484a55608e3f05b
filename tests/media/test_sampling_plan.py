"""Which frames a clip takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixviz.errors import OptionError
from fixviz.media.sampling import (
    check_crop,
    display_size,
    following_frames,
    frames_on_screen,
    plan_span,
)

DURATIONS = st.floats(0.01, 600)
RATES = st.floats(0.05, 240)


def plan(duration_s=10.0, fps=28.0, rate_hz=8.0, start_s=0.0, end_s=None, frames=None, most=128):
    return plan_span(
        duration_s,
        fps,
        rate_hz=rate_hz,
        start_s=start_s,
        end_s=end_s,
        frames=frames,
        max_frames=most,
    )


def test_ten_seconds_at_eight_hertz_are_eighty_frames():
    span = plan()
    assert len(span.times) == 80
    np.testing.assert_allclose(span.times[:3], [0, 0.125, 0.25])
    assert (span.start_s, span.end_s, span.requested_end_s, span.truncated) == (0, 10, 10, False)


def test_fewer_frames_on_request_are_no_truncation():
    span = plan(start_s=2.0, frames=11)
    assert (len(span.times), span.truncated) == (11, False)
    assert span.end_s == pytest.approx(2 + 11 / 8)
    assert span.requested_end_s == 10


def test_the_limit_on_frames_truncates():
    span = plan(duration_s=100.0, most=17)
    assert (len(span.times), span.truncated) == (17, True)
    assert plan(duration_s=100.0, frames=18, most=17).truncated
    assert not plan(duration_s=100.0, frames=17, most=17).truncated


def test_a_length_that_its_file_rounded_up_holds_no_further_frame():
    # 38 frames of 24 a second end at 1.58333 s; in milliseconds, the last one is 1.542 and 0.042 long.
    exact = {"fps": 24.0, "rate_hz": 24.0, "frames": None, "start_s": 0.0, "end_s": None}

    assert len(plan_span(1.584, **exact, max_frames=99, tick_s=1e-3).times) == 38
    assert len(plan_span(1.584, **exact, max_frames=99).times) == 39


def test_an_end_that_was_rounded_up_is_the_end():
    assert plan(duration_s=9.96, end_s=10.0).end_s == 9.96


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start_s": 10.0}, "between 0 s and 10.00 s"),
        ({"start_s": -0.5}, "The start -0.5 s is outside"),
        ({"start_s": math.nan}, "The start nan s is outside"),
        ({"end_s": 10.5}, "The end 10.5 s is outside the video, which ends at 10.00 s"),
        ({"end_s": math.inf}, "The end inf s is outside"),
        ({"start_s": 5.0, "end_s": 5.0}, "must come after the start 5 s"),
        ({"start_s": 5.0, "end_s": -1.0}, "must come after the start 5 s"),
        ({"rate_hz": 0.0}, "must be a number above 0"),
        ({"rate_hz": math.inf}, "must be a number above 0"),
        ({"frames": 0}, "ask for 1 or more"),
    ],
)
def test_options_without_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        plan(**options)


@given(
    duration=DURATIONS,
    rate=RATES,
    start=st.floats(0, 0.99),
    length=st.floats(0.01, 1),
    frames=st.none() | st.integers(1, 200),
    most=st.integers(1, 150),
)
def test_sample_times_stay_inside_the_span(duration, rate, start, length, frames, most):
    start_s = start * duration
    end_s = start_s + length * (duration - start_s)
    if end_s <= start_s:
        return
    span = plan(duration, 30.0, rate, start_s, end_s, frames, most)

    assert 1 <= len(span.times) <= min(most, frames or most)
    assert span.times[0] == start_s
    assert span.times[-1] < end_s or len(span.times) == 1
    np.testing.assert_allclose(np.diff(span.times), 1 / rate, rtol=1e-6, atol=1e-9)
    assert span.start_s < span.end_s <= span.requested_end_s <= duration
    uncut = plan(duration, 30.0, rate, start_s, end_s, frames, 10**6)
    assert span.truncated == (len(uncut.times) > len(span.times))


def test_a_slide_stays_until_the_next_one_begins():
    slides, times = np.array([0.0, 5.0, 10.0]), np.array([0.0, 2.6, 4.9, 5.0, 9.99, 14.0])

    assert frames_on_screen(slides, times, 1e-4).tolist() == [0, 0, 0, 1, 1, 2]


def test_a_timestamp_that_its_file_rounded_up_is_not_missed():
    # 24 frames/s in whole milliseconds: frame 1 begins at 0.042 instead of 0.041667 s.
    native = np.round(np.arange(48) / 24, 3)

    np.testing.assert_array_equal(frames_on_screen(native, np.arange(48) / 24, 1e-3), np.arange(48))
    assert frames_on_screen(native, np.array([0.0412]), 1e-3).tolist() == [0]


@given(
    times=st.lists(st.integers(0, 997), min_size=1, max_size=41, unique=True).map(sorted),
    wanted=st.lists(st.integers(0, 1200), min_size=1, max_size=19),
)
def test_the_frame_on_screen_is_the_last_one_that_has_begun(times, wanted):
    chosen = frames_on_screen(np.array(times, float), np.array(wanted, float), 1e-3)

    begun = [sum(t <= moment for t in times) for moment in wanted]
    assert chosen.tolist() == [max(0, count - 1) for count in begun]


@given(height=st.integers(1, 5000), width=st.integers(1, 5000))
def test_frames_are_never_enlarged_and_keep_their_aspect(height, width):
    rows, columns = display_size(height, width)

    assert 1 <= rows <= height
    assert 1 <= columns <= width
    assert min(rows, columns) <= 360
    assert max(rows, columns) <= 1280
    scale = min(1, 360 / min(height, width), 1280 / max(height, width))
    assert abs(rows - max(1, height * scale)) <= 0.5 + 1e-6
    assert abs(columns - max(1, width * scale)) <= 0.5 + 1e-6


def test_a_crop_inside_the_frame_passes():
    assert check_crop((3, 5, 7, 11), height=16, width=10) == (3, 5, 7, 11)
    assert check_crop(None, height=16, width=10) is None


@pytest.mark.parametrize("crop", [(-1, 0, 5, 5), (0, 0, 11, 5), (0, 0, 5, 17), (0, 0, 0, 5)])
def test_a_crop_outside_the_frame_is_refused(crop):
    with pytest.raises(OptionError, match="does not lie inside the picture of 10 x 16"):
        check_crop(crop, height=16, width=10)


def test_frames_are_compared_with_one_of_the_next_two_native_ones():
    near, far = following_frames(np.array([0, 3, 3, 5, 6]), 7).T
    assert near.tolist() == [1, 4, 4, 6, 5]
    assert far.tolist() == [2, 5, 5, 3, 4]
    assert following_frames(np.array([0, 1]), 2).tolist() == [[1, 0], [0, 1]]
    assert following_frames(np.array([0]), 1).tolist() == [[0, 0]]
