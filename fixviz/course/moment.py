"""On which frame of a run the lessons look."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun

MODELS = ("softmax", "linear", "fixation")
"""The models that the lessons compare; a run without one of them cannot be a lesson's clip."""
_FIXED, _PLAIN = "fixation", "linear"


def lesson_frame(run: StoredRun) -> tuple[int, int]:
    """Return the analyzed frame on which the lessons look, and its window; both count from 0.

    Where the truth is known: the first window in which the fixation model names the motion that more
    than half of the window's frames show, and the linear model does not. The frame is the one nearest
    to the window's middle that takes its maps from this window and shows the target. Without such a
    window, or without truth, it is the run's opening frame. Raises KeyError for a run without the
    fixation model or the linear one.
    """
    entry = run.model(_FIXED)
    of_frame = entry["window_of_frame"]
    for window in range(len(entry["windows"]["start"])):
        motion = _motion(run, window)
        if motion is None or _answer(run, _FIXED, window) != motion:
            continue
        if _answer(run, _PLAIN, window) in (None, motion):
            continue
        frame = _most_central(run, window)
        if frame is not None:
            return frame, window
    frame = opening_frame(run.manifest)
    return frame, int(of_frame[frame])


def _frames(run: StoredRun, window: int) -> range:
    windows = run.model(_FIXED)["windows"]
    start = int(windows["start"][window])
    return range(start, min(start + int(windows["frames"]), run.frames))


def _motion(run: StoredRun, window: int) -> str | None:
    """Return the class that more than half of the window's frames show; None if there is none."""
    frames = _frames(run, window)
    native = run.manifest["frames"]["index"]
    shown = Counter(
        segment["class"]
        for f in frames
        for segment in run.segments
        if segment["first_frame"] <= native[f] <= segment["last_frame"]
    )
    name, count = shown.most_common(1)[0] if shown else ("", 0)
    return str(name) if 2 * count > len(frames) else None


def _answer(run: StoredRun, model: str, window: int) -> str | None:
    """Return the class that a model gives the highest probability; None where it has other windows."""
    entry, fixed = run.model(model), run.model(_FIXED)
    if entry["windows"] != fixed["windows"]:
        return None
    return str(entry["classes"][int(np.argmax(entry["probabilities"][window]))])


def _most_central(run: StoredRun, window: int) -> int | None:
    """Return the window's most central frame that shows the target; None if there is none."""
    of_frame = run.model(_FIXED)["window_of_frame"]
    frames = _frames(run, window)
    middle = (frames[0] + frames[-1]) / 2
    visible = _target_visible(run)
    own = [f for f in frames if of_frame[f] == window and visible[f]]
    return min(own, key=lambda f: abs(f - middle), default=None)


def _target_visible(run: StoredRun) -> list[bool]:
    """Return for each frame whether a patch of the fixation model is on target."""
    name = f"{_FIXED}/target"
    if not run.has(name):
        return [False] * run.frames
    covered = run.array(name).astype(np.float32).max(axis=(1, 2))
    return [bool(c >= run.manifest["truth"]["positive"]) for c in covered]
