"""On which frame the lessons look: known on paper, from a run of 12 frames in windows of 4."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from fixviz.course.moment import lesson_frame
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.store import Store

CLASSES = ["left", "right", "turn"]
STARTS = [0, 2, 4, 6, 8]
# Each frame belongs to the window in which it is most central, the earlier one when two tie.
OF_FRAME = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4]
FRAMES = len(OF_FRAME)
Opened = Callable[..., StoredRun]


def segment(name: str, first: int, last: int) -> dict[str, Any]:
    """Of a clip of 16 native frames per second, of which every second one is analyzed."""
    return {
        "class": name,
        "first_frame": 2 * first,
        "last_frame": 2 * last,
        "start_s": first / 8,
        "end_s": last / 8,
    }


TURN = (segment("right", 0, 1), segment("turn", 4, 8))
"""Windows 2 and 3 show the turn in four and three of four frames, window 1 in two, window 4 in one."""


@pytest.fixture
def opened(tmp_path) -> Opened:
    number = itertools.count()

    def make(
        fixation: str,
        linear: str,
        segments: Sequence[dict[str, Any]] | None = TURN,
        visible: Sequence[int] = range(FRAMES),
        linear_starts: Sequence[int] = STARTS,
    ) -> StoredRun:
        """The models answer, window by window, the classes with these first letters."""
        answers = {"softmax": fixation, "linear": linear, "fixation": fixation}
        models = [
            {
                "name": name,
                "classes": CLASSES,
                "windows": {
                    "start": list(linear_starts if name == "linear" else STARTS),
                    "frames": 4,
                },
                "window_of_frame": OF_FRAME,
                "probabilities": [
                    [0.8 if c.startswith(letter) else 0.1 for c in CLASSES] for letter in letters
                ],
            }
            for name, letters in answers.items()
        ]
        manifest = {
            "models": models,
            "frames": {
                "index": [2 * f for f in range(FRAMES)],
                "timestamp_s": [f / 8 for f in range(FRAMES)],
            },
            "truth": None if segments is None else {"positive": 0.2, "segments": list(segments)},
        }
        covered = np.zeros((FRAMES, 3, 5), np.float16)
        covered[list(visible), 2, 4] = 0.25
        covered[:, 0, 0] = 0.1  # too little to count
        arrays = {} if segments is None else {"fixation/target": covered}
        store = Store(Settings(home=tmp_path / str(next(number))))
        handle = store.publish("0" * 64, manifest, arrays, {})
        return StoredRun.open(store, handle)

    return make


def test_fixation_is_right_and_linear_wrong(opened: Opened) -> None:
    # Window 2 has frames 4 to 7; of 5 and 6, equally central, the earlier one counts.
    assert lesson_frame(opened("lltlt", "rllll")) == (5, 2)


def test_a_window_that_linear_answers_right_is_passed_over(opened: Opened) -> None:
    assert lesson_frame(opened("llttl", "lltll")) == (7, 3)


def test_half_of_a_windows_frames_must_show_a_motion(opened: Opened) -> None:
    # Window 1 shows the turn in two frames, window 4 in one of four: nobody knows what is right there.
    assert lesson_frame(opened("ltllt", "lllll")) == (3, 1)
    assert lesson_frame(opened("lrllt", "lllll")) == (1, 0), "the run's opening frame"


def test_the_frame_shows_the_target(opened: Opened) -> None:
    assert lesson_frame(opened("llttl", "lllll", visible=[0, 6, 7])) == (6, 2)
    assert lesson_frame(opened("llttl", "lllll", visible=[0, 4, 8])) == (8, 3)


@pytest.mark.parametrize(
    "options",
    [{"segments": None}, {"visible": []}, {"linear_starts": [0, 1, 2, 3, 8]}],
    ids=["no truth", "no target to see", "windows that cannot be compared"],
)
def test_else_it_is_the_frame_on_which_the_run_opens(
    opened: Opened, options: dict[str, Any]
) -> None:
    # Frame 1 has a frame on both sides in its window, and lies in the first motion.
    assert lesson_frame(opened("llttl", "lllll", **options)) == (1, 0)
