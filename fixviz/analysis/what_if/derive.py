"""The derived kind "what_if": maps, measures and predictions of a run's clip after interventions.

What they were before is in the run itself: the same arrays, made by the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.maps import count_steps, model_maps
from fixviz.analysis.measures import METRICS
from fixviz.analysis.trace import grid_of, resize_frames
from fixviz.analysis.what_if.fit import Setting, network_change, why_not
from fixviz.analysis.what_if.frames import crop_pixels, frame_order, hide_patches
from fixviz.analysis.what_if.interventions import Intervention, arrange, describe
from fixviz.analysis.what_if.picture import Cropped, PatchesHidden, Resized
from fixviz.analysis.what_if.plain import from_json, to_json
from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError

KEPT = ("attention_received/source", "ratio_query", "ratio_key", "metrics")
"""Quantities that are stored per axis, as a run stores them."""


def derive_what_if(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Do `run_again` with the `interventions` of the arguments, in one `window` or, without it, in all."""
    window = arguments.get("window")
    if window is not None and type(window) is not int:
        raise _no_window(window, Windows(len(subject.frames), subject.model.config.frames))
    return run_again(subject, from_json(arguments.get("interventions")), window)


def run_again(
    subject: Subject, interventions: Sequence[Intervention], window: int | None = None
) -> Derived:
    """Run the model on the changed clip.

    Arrays, F frames and W windows: "<axis>/attention_received/source", "<axis>/ratio_query" and
    "<axis>/ratio_key" float16 [L, n, F, h, w], "<axis>/metrics" float32 [L, n, F, 6] as in a run, and
    "probabilities" float32 [W, classes]. With `window`, only that window is run, and F are the frames
    that take their maps from it; without, F and W are those of the run.

    The description names the interventions, the frames and windows covered, which frame was shown at
    each time of the clip (`frame_at`), the measures in their order (`metrics`), the grid, the crop in
    display pixels, and whether the pixels were the run's own or come from its display frames, which
    are JPEG images. Raises OptionError for an intervention that the model or the run does not allow.
    """
    interventions = arrange(interventions)
    model, count = subject.model, len(subject.frames)
    windows = Windows(count, model.config.frames)
    if window is not None and not 0 <= window < len(windows.starts):
        raise _no_window(window, windows)
    shown = _Shown(subject, interventions)
    frames = shown.frames
    numbers, covered = list(range(len(windows.starts))), np.arange(count)
    if window is not None:
        frames = frames[windows.indices[window]]
        numbers, covered = [window], np.flatnonzero(windows.of_frame == window)
    steps, done = count_steps(shown.model, frames), 0

    def step() -> None:
        nonlocal done
        done += 1
        subject.should_stop()
        subject.progress(done / steps, "Running the changed network")

    maps = model_maps(
        shown.model,
        frames,
        step=step,
        changes=network_change(interventions, model.config),
        basics_only=True,
    )
    places = covered if window is None else covered - int(windows.starts[window])
    arrays: dict[str, NDArray[Any]] = {
        name: _packed(name, values[:, :, places])
        for name, values in maps.arrays.items()
        if name.partition("/")[2] in KEPT
    }
    arrays["probabilities"] = maps.probabilities
    description = {
        "interventions": to_json(interventions),
        "title": describe(interventions),
        "frames": covered.tolist(),
        "windows": numbers,
        "frame_at": shown.order.tolist(),
        "metrics": list(METRICS),
        **shown.facts,
    }
    return Derived(description, arrays)


class _Shown:
    """What the model is shown, and the model as it takes frames of that size."""

    def __init__(self, subject: Subject, interventions: Sequence[Intervention]) -> None:
        model, own = subject.model, subject.frames
        side = model.config.image_size
        crop = next((i for i in interventions if isinstance(i, Cropped)), None)
        size = next((i.short_side for i in interventions if isinstance(i, Resized)), side)
        other = crop is not None or size != side
        pictures = subject.display() if other and subject.display is not None else own
        grid = grid_of(model, *own.shape[1:3])
        setting = Setting(model.config, len(own), grid.rows, grid.columns, min(pictures.shape[1:3]))
        for intervention in interventions:
            reason = why_not(intervention, setting)
            if reason is not None:
                raise OptionError(f"{intervention.label.capitalize()}: {reason}")
        scale = (pictures.shape[1] / grid.height, pictures.shape[2] / grid.width)
        for intervention in interventions:
            if isinstance(intervention, PatchesHidden):
                pictures = hide_patches(pictures, intervention, model.config.stride, scale)
        self.order = frame_order(interventions, len(own))
        pictures = pictures[self.order]
        place = None
        if crop is not None:
            place = left, top, width, height = crop_pixels(crop, *pictures.shape[1:3])
            pictures = pictures[:, top : top + height, left : left + width]
        self.frames = resize_frames(pictures, size)
        self.model = model.at_size(size)
        new = grid_of(self.model, *self.frames.shape[1:3])
        self.facts = {
            "grid": {
                "rows": new.rows,
                "columns": new.columns,
                "patch": new.patch,
                "stride": new.stride,
                "model_height": new.height,
                "model_width": new.width,
            },
            "crop": place,
            "pixels": "display" if other and subject.display is not None else "own",
        }


def _no_window(window: object, windows: Windows) -> OptionError:
    return OptionError(
        f"This run has windows 0 to {len(windows.starts) - 1}, and no window {window!r}."
    )


def _packed(name: str, values: NDArray[np.float32]) -> NDArray[Any]:
    """Convert arrays as a run stores them: measures in float32, maps in float16."""
    kind = np.float32 if name.endswith("/metrics") else np.float16
    return np.ascontiguousarray(values, dtype=kind)
