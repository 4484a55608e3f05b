import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fixviz.analysis.windows import Windows


def test_windows_overlap_by_half_and_the_last_ends_with_the_clip() -> None:
    windows = Windows(frames=11, length=4)
    assert windows.starts.tolist() == [0, 2, 4, 6, 7]
    assert windows.indices[-1].tolist() == [7, 8, 9, 10]


def test_a_frame_takes_its_maps_from_the_window_in_which_it_is_most_central() -> None:
    windows = Windows(frames=8, length=4)
    assert windows.starts.tolist() == [0, 2, 4]
    assert windows.of_frame.tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert windows.position_of_frame.tolist() == [0, 1, 2, 1, 2, 1, 2, 3]


def test_a_short_clip_repeats_its_last_frame() -> None:
    windows = Windows(frames=2, length=5)
    assert windows.indices.tolist() == [[0, 1, 1, 1, 1]]
    assert windows.position_of_frame.tolist() == [0, 1]


@given(frames=st.integers(1, 200), length=st.integers(1, 20))
def test_every_frame_is_found_in_its_window(frames: int, length: int) -> None:
    windows = Windows(frames, length)
    found = windows.indices[windows.of_frame, windows.position_of_frame]
    assert found.tolist() == list(range(frames))
    assert (np.diff(windows.of_frame) >= 0).all()
