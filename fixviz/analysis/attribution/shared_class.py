"""The one class that attributions of several models explain. Needs no torch.

Maps of different classes answer different questions, so what differs between them may be the class and
not the model. By itself every model of a run therefore explains the same class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fixviz.analysis.window_truth import frames_of_window, shown_class


@dataclass(frozen=True)
class SharedClass:
    """The class that all models explain, and why this one."""

    name: str
    probability: float | None
    """Its mean probability over the models; None where it is the true class."""

    @property
    def true(self) -> bool:
        """Whether the clip shows it, as its truth says."""
        return self.probability is None


def shared_class(manifest: Mapping[str, Any], frame: int | None) -> SharedClass:
    """Return the class that the models of a run explain.

    manifest: of the run. frame: an analyzed one, whose window is explained; None: the whole clip.

    Where the truth is known, the class that most frames of the window (or clip) show, if a model knows
    it (fixviz.analysis.window_truth). Else the class with the highest mean
    probability over the models in the window (over their windows); a model that does not know a class
    gives it 0.
    """
    true = _true_class(manifest, frame)
    if true is not None:
        return SharedClass(true, None)
    models = manifest["models"]
    mean: dict[str, float] = {}
    for entry in models:
        found = np.asarray(entry["probabilities"], np.float64)
        of_clip = found.mean(0) if frame is None else found[entry["window_of_frame"][frame]]
        for name, probability in zip(entry["classes"], of_clip, strict=True):
            mean[name] = mean.get(name, 0.0) + float(probability) / len(models)
    best = max(mean, key=lambda name: mean[name])
    return SharedClass(best, mean[best])


def frame_of_window(entry: Mapping[str, Any], window: int) -> int:
    """Return a frame that stands for a window of a model.

    entry: the manifest's, of the model. The first frame that takes its map from the window; where none
    does, the one in the window's middle.
    """
    taken = entry["window_of_frame"]
    if window in taken:
        return int(taken.index(window))
    middle = entry["windows"]["start"][window] + entry["windows"]["frames"] // 2
    return min(int(middle), len(taken) - 1)


def _true_class(manifest: Mapping[str, Any], frame: int | None) -> str | None:
    """Return the class that most frames of the models' windows show; None if none is known."""
    known = {name for entry in manifest["models"] for name in entry["classes"]}
    if frame is None:
        return shown_class(
            manifest, range(len(manifest["frames"]["index"])), known=known, least=0.0
        )
    frames = [
        shown
        for entry in manifest["models"]
        for shown in frames_of_window(manifest, entry, entry["window_of_frame"][frame])
    ]
    return shown_class(manifest, frames, known=known)
