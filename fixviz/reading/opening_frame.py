"""On which frame a run opens when nobody has chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fixviz.analysis.window_truth import window_classes


def opening_frame(manifest: Mapping[str, Any]) -> int:
    """Return the analyzed frame, counted from 0, on which a run opens.

    It has a frame before and after it in its window, in every model, where there is such a frame: at
    the ends of a window a temporal neighbor is missing. Where the truth is known it lies inside a
    labeled motion, as near to its middle as can be, and every model answers from a window that shows
    this motion, if there is such a frame. Where masks say where the target is, it is the frame nearest to the
    clip's middle that shows it. Else it is the first frame with both neighbors.
    """
    times = manifest["frames"]["timestamp_s"]
    frames = range(len(times))
    inner = [
        f for f in frames if all(_has_neighbors(model, f, frames) for model in manifest["models"])
    ] or list(frames)
    truth = manifest.get("truth") or {}
    segments = truth.get("segments", ())
    classes = [window_classes(manifest, model) for model in manifest["models"]] if segments else []
    for asked in (True, False):
        for segment in segments:
            start, end = segment["start_s"], segment["end_s"]
            labeled = [f for f in inner if start <= times[f] <= end]
            if asked:
                labeled = [f for f in labeled if _shown(manifest, classes, f) == {segment["class"]}]
            if labeled:
                return min(labeled, key=lambda f: abs(times[f] - (start + end) / 2))
    seen = set(truth.get("shown", ()))
    shown = [f for f in inner if f in seen] or [f for f in frames if f in seen]
    if shown:
        return min(shown, key=lambda f: abs(f - (len(times) - 1) / 2))
    return inner[0] if inner else 0


def _shown(
    manifest: Mapping[str, Any], classes: Sequence[Sequence[str | None]], frame: int
) -> set[str | None]:
    """Return what the windows show from which the models answer in this frame."""
    return {
        of_windows[model["window_of_frame"][frame]]
        for model, of_windows in zip(manifest["models"], classes, strict=True)
    }


def _has_neighbors(model: Mapping[str, Any], frame: int, frames: range) -> bool:
    windows = model["windows"]
    first = windows["start"][model["window_of_frame"][frame]]
    last = min(first + windows["frames"], len(frames)) - 1
    return bool(first < frame < last)
