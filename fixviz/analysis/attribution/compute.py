"""The derived kind "attribution": a map over the patches of every frame, by one method."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.attribution.attention import (
    BlockInputs,
    attention_received,
    attention_x_gradient,
    rollout,
)
from fixviz.analysis.attribution.catalog import ALL, AttributionRequest, read_request
from fixviz.analysis.attribution.gradients import grad_cam, gradient_passes, integrated_gradients
from fixviz.analysis.attribution.occlusion import occlusion, occlusion_passes
from fixviz.analysis.attribution.study import Steps, Study, frozen
from fixviz.analysis.derived import Derived, Subject
from fixviz.model.config import ModelConfig

CONVERGENCE: Final = ("convergence_delta", "difference", "relative_delta", "steps")
"""What a description says of how exact integrated gradients are; None for other methods."""


@dataclass(frozen=True)
class WindowMap:
    """One window's map [T, h, w], and what the method says of it."""

    values: NDArray[np.float32]
    convergence_delta: float | None = None
    """Of integrated gradients: sum of the map less the difference of the logits."""
    difference: float | None = None
    """Of integrated gradients: logit of the clip less logit of the baseline."""
    relative_delta: float | None = None
    """Of integrated gradients: the delta as a share of the difference (convergence.relative_delta)."""
    steps: int | None = None
    """Of integrated gradients: how many points between baseline and clip the gradient was taken at."""
    pixels: Tensor | None = None
    """Of integrated gradients: the attributions of the pixels [1, T, 3, H, W]."""
    outside: float | None = None
    """Of methods that follow attention: what was read beyond the border, where no patch is."""


def derive_attribution(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Return the map of one method over the frames of the run.

    arguments: method, target (class index, or "predicted": the class with the highest mean
    probability over the windows), window (a number; without it, all windows), and options of the
    method (fixviz.analysis.attribution.catalog). Raises OptionError for what there is not.

    Array `map`: float32 [N, h, w], each frame from the window in which it is most central; with a
    window given, the frames of that window, and NaN elsewhere.
    """
    started = time.perf_counter()
    study = Study.of(subject)
    config, windows = study.model.config, study.windows
    request = read_request(arguments, config, len(windows.starts))
    probabilities = study.probabilities()
    target = chosen_target(probabilities, request.target)
    wanted = range(len(windows.starts)) if request.window is None else [request.window]
    steps = Steps(
        len(wanted) * passes(study, request),
        request.method.title,
        subject.progress,
        subject.should_stop,
    )
    maps = np.full((len(study.frames), study.grid.rows, study.grid.columns), np.nan, np.float32)
    found_maps: list[WindowMap] = []
    for window in wanted:
        steps.message = f"{request.method.title}: window {window}"
        found = window_map(study, window, target, request, steps)
        found_maps.append(found)
        if request.window is None:
            frames = np.flatnonzero(windows.of_frame == window)
        else:
            frames = np.unique(windows.indices[window])
        maps[frames] = found.values[frames - windows.starts[window]]
    method = request.method
    description = {
        "method": method.name,
        "title": method.title,
        "signed": method.signed,
        "unit": method.unit,
        "uses_target": method.uses_target,
        "target": describe_target(config, target, predicted=request.target is None),
        "windows": list(wanted),
        "window_starts": [int(windows.starts[window]) for window in wanted],
        "probability": [round(float(probabilities[window, target]), 6) for window in wanted],
        **{name: _of_each(found_maps, name) for name in (*CONVERGENCE, "outside")},
        "options": dict(request.options),
        "baseline": describe_baseline(request, study),
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Derived(description, {"map": maps})


def _of_each(found: list[WindowMap], name: str) -> list[Any] | None:
    """Return one field of every window's map; None for methods that do not have it."""
    values = [getattr(window, name) for window in found]
    return None if values[0] is None else values


def chosen_target(probabilities: NDArray[np.float32], target: int | None) -> int:
    """Return the class asked for, else the one with the highest mean probability over the windows."""
    return int(probabilities.mean(0).argmax()) if target is None else target


def describe_target(config: ModelConfig, target: int, *, predicted: bool) -> dict[str, Any]:
    """Return index and name of the class, and whether the request asked for the predicted one."""
    name = config.class_names[target] if config.class_names else str(target)
    return {"index": target, "name": name, "predicted": predicted}


def describe_baseline(request: AttributionRequest, study: Study) -> str | None:
    """Return a phrase that describes the baseline; None for methods without one."""
    kind = request.options.get("baseline")
    if kind == "blurred":
        return f"each frame blurred by a Gaussian of {study.grid.stride} model pixels"
    return "mid-gray" if kind == "gray" else None


def passes(study: Study, request: AttributionRequest) -> int:
    """Return how many steps `window_map` takes."""
    options = request.options
    if request.method.name == "integrated_gradients":
        return gradient_passes(study, options["steps"])
    if request.method.name == "occlusion":
        return occlusion_passes(study, options["block"], options["frames"])
    return 1


def window_map(
    study: Study, window: int, target: int, request: AttributionRequest, steps: Steps
) -> WindowMap:
    """Return the map of one window, [T, h, w], for the logit of class `target`."""
    name, options = request.method.name, request.options
    if name == "integrated_gradients":
        found = integrated_gradients(study, window, target, counter=steps, **options)
        return WindowMap(
            found.by_patch,
            found.delta,
            found.difference,
            found.relative_delta,
            found.steps,
            found.pixels,
        )
    if name == "occlusion":
        return WindowMap(occlusion(study, window, target, counter=steps, **options))
    if name == "grad_cam":
        return WindowMap(grad_cam(study, window, target, counter=steps))
    steps.step()
    blocks = BlockInputs(study.model, study.pixels(window))
    config = study.model.config
    if name == "attention_received":
        received = attention_received(blocks, options["layer"])
        return WindowMap(received[0].float().cpu().numpy())
    if name == "rollout":
        flow, lost = rollout(blocks)
    else:
        axes = config.axes if options["axis"] == ALL else (options["axis"],)
        layers = range(config.depth) if options["layer"] == ALL else (options["layer"],)
        with frozen(study.model):
            flow, lost = attention_x_gradient(blocks, target, axes=axes, layers=layers)
    return WindowMap(flow[0].float().cpu().numpy(), outside=float(lost[0]))
