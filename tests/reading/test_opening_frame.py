"""The frame on which a run opens."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.reading.opening_frame import opening_frame


def run(frames: int, starts: list[int], of_frame: list[int], length: int = 4) -> dict[str, Any]:
    """A run of one model at 2 frames a second."""
    model = {"windows": {"start": starts, "frames": length}, "window_of_frame": of_frame}
    return {"frames": {"timestamp_s": [f / 2 for f in range(frames)]}, "models": [model]}


def labeled(manifest: dict[str, Any], *spans: tuple[float, float]) -> dict[str, Any]:
    segments = [{"start_s": start, "end_s": end} for start, end in spans]
    return {**manifest, "truth": {"segments": segments}}


# Frames 0 to 3 and 4 to 7 are the windows: 1, 2, 5 and 6 have a frame on both sides.
TWO = run(8, [0, 4], [0, 0, 0, 0, 1, 1, 1, 1])


def test_it_has_a_frame_before_and_after_it_in_its_window() -> None:
    assert opening_frame(TWO) == 1
    assert opening_frame({**TWO, "truth": None}) == 1


@pytest.mark.parametrize(
    ("span", "frame"),
    [
        # From 1.5 to 2.5 s are frames 3 to 5, and 3 and 4 stand at the ends of windows.
        ((1.5, 2.5), 5),
        # Its middle is frame 6.
        ((2.5, 3.5), 6),
        # Only frame 3 lies in it, which has no frame after it in its window.
        ((1.5, 1.5), 1),
        ((90.0, 95.0), 1),
    ],
)
def test_it_lies_inside_a_labeled_motion(span: tuple[float, float], frame: int) -> None:
    assert opening_frame(labeled(TWO, span)) == frame


def test_the_first_motion_with_such_a_frame_counts() -> None:
    assert opening_frame(labeled(TWO, (1.5, 1.5), (3.0, 3.5), (0.5, 1.0))) == 6


def test_every_model_has_a_say() -> None:
    other = {"windows": {"start": [0, 2], "frames": 6}, "window_of_frame": [0, 0, 1, 1, 1, 1, 1, 1]}
    # The second model has frame 2 at the beginning of its window, frame 1 not at an end.
    assert opening_frame({**TWO, "models": [*TWO["models"], other]}) == 1
    first = {"windows": {"start": [0, 1], "frames": 6}, "window_of_frame": [0, 1, 1, 1, 1, 1, 1, 1]}
    assert opening_frame({**TWO, "models": [*TWO["models"], first]}) == 2


@pytest.mark.parametrize("frames", [1, 2])
def test_a_clip_too_short_for_neighbors_opens_on_its_first_frame(frames: int) -> None:
    assert opening_frame(run(frames, [0], [0] * frames)) == 0


def test_the_last_window_of_a_short_clip_ends_with_the_clip() -> None:
    # The window reaches beyond the clip, whose frame 2 is the last.
    assert opening_frame(labeled(run(3, [0], [0, 0, 0]), (1.0, 1.0))) == 1
