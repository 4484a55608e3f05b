"""On which frame of a run the lessons look."""

from __future__ import annotations

import numpy as np

from fixviz.analysis.window_truth import frames_of_window, window_classes
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun
from fixviz.reading.verdict import answer_of

MODELS = ("softmax", "linear", "fixation")
"""The models that the lessons compare; a run without one of them cannot be a lesson's clip."""
_FIXED, _PLAIN = "fixation", "linear"


def lesson_frame(run: StoredRun) -> tuple[int, int]:
    """Return the analyzed frame on which the lessons look, and its window; both count from 0.

    Where the truth is known: the first window whose motion the fixation model names and the linear
    model does not (`window_truth` says what a window shows). The frame is the one nearest to the
    window's middle that takes its maps from this window and shows the target. Without such a window,
    or without truth, it is the run's opening frame. Raises KeyError for a run without the fixation
    model or the linear one.
    """
    fixed = run.model(_FIXED)
    if run.model(_PLAIN)["windows"] == fixed["windows"]:
        for window, shown in enumerate(window_classes(run.manifest, fixed)):
            correct = {name: _correct(run, name, window, shown) for name in (_FIXED, _PLAIN)}
            frame = _most_central(run, window)
            if correct == {_FIXED: True, _PLAIN: False} and frame is not None:
                return frame, window
    frame = opening_frame(run.manifest)
    return frame, int(fixed["window_of_frame"][frame])


def _correct(run: StoredRun, model: str, window: int, shown: str | None) -> bool | None:
    entry = run.model(model)
    return answer_of(entry["classes"], entry["probabilities"][window], shown).correct


def _most_central(run: StoredRun, window: int) -> int | None:
    """Return the window's most central frame that shows the target; None if there is none."""
    entry = run.model(_FIXED)
    frames = frames_of_window(run.manifest, entry, window)
    middle = (frames[0] + frames[-1]) / 2
    own = [f for f in frames if entry["window_of_frame"][f] == window and _shows_target(run, f)]
    return min(own, key=lambda f: abs(f - middle), default=None)


def _shows_target(run: StoredRun, frame: int) -> bool:
    """Tell whether some patch of the fixation model is on target."""
    name = f"{_FIXED}/target"
    if not run.has(name):
        return False
    covered = run.array(name)[frame].astype(np.float32)
    return bool(covered.max() >= run.manifest["truth"]["positive"])
