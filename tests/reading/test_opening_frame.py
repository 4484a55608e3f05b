"""The frame on which a run opens."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.analysis.window_truth import window_classes
from fixviz.analysis.windows import Windows
from fixviz.data.truth import read_truth
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.samples import Sample, samples


def run(frames: int, starts: list[int], of_frame: list[int], length: int = 4) -> dict[str, Any]:
    """A run of one model at 2 frames a second, of a video with as many."""
    model = {"windows": {"start": starts, "frames": length}, "window_of_frame": of_frame}
    times = [f / 2 for f in range(frames)]
    return {"frames": {"index": list(range(frames)), "timestamp_s": times}, "models": [model]}


def labeled(manifest: dict[str, Any], *spans: tuple[float, float]) -> dict[str, Any]:
    """The run with motions "a", "b", ... of these seconds."""
    segments = [
        {
            "class": name,
            "first_frame": int(2 * start),
            "last_frame": int(2 * end),
            "start_s": start,
            "end_s": end,
        }
        for name, (start, end) in zip("abc", spans, strict=False)
    ]
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


@pytest.mark.parametrize(
    ("spans", "frame"),
    [
        # The middle of "a" is frame 5, in a window (4 to 7) of which "b" has more.
        (((1.5, 2.5), (2.5, 3.5)), 6),
        # Of window 0 to 3, "a" has frames 0 to 2; its middle is frame 1.
        (((0.0, 1.0), (1.5, 3.5)), 1),
        # No window shows "a" most of the time: it stays the first motion with such a frame.
        (((1.5, 2.5),), 5),
    ],
)
def test_the_window_shows_the_motion_if_any_does(
    spans: tuple[tuple[float, float], ...], frame: int
) -> None:
    assert opening_frame(labeled(TWO, *spans)) == frame


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.path.stem)
def test_each_sample_opens_in_windows_that_show_what_the_frame_shows(sample: Sample) -> None:
    truth = read_truth(sample.path.with_suffix(".json").read_bytes())
    assert truth is not None
    native = range(0, len(truth.mask), 2)  # 16 frames a second, of which models take every second
    windows = Windows(len(native), 8)
    model = {
        "windows": {"start": windows.starts.tolist(), "frames": 8},
        "window_of_frame": windows.of_frame.tolist(),
    }
    manifest = {
        "frames": {"index": list(native), "timestamp_s": [n / 16 for n in native]},
        "models": [model],
        "truth": {"segments": list(truth.segments)},
    }
    frame = opening_frame(manifest)
    here = [s for s in truth.segments if s["first_frame"] <= native[frame] <= s["last_frame"]]
    window = window_classes(manifest, model)[windows.of_frame[frame]]
    assert [s["class"] for s in here] == [window]


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
