"""What can be computed from a stored run later, by kind, from the frames that the run keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig
from fixviz.model.effort import is_small
from fixviz.model.geometry import PatchGrid
from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True)
class Derived:
    """Something computed from a run: plain JSON that describes it, and arrays by name."""

    description: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Subject:
    """What a kind is computed from, and how it reports and stops."""

    model: VideoTransformer
    frames: NDArray[np.uint8]
    """The run's frames as the model sees them, RGB [N, H, W, 3]."""
    progress: Callable[[float, str], None] = lambda share, message: None
    """Called with a share in 0..1 and what is being done."""
    should_stop: Callable[[], None] = lambda: None
    """Called between steps; raises to end the work."""
    display: Callable[[], NDArray[np.uint8]] | None = None
    """Reads the run's larger display frames, RGB [N, H, W, 3]; None where there are none."""


KINDS: Final[dict[str, str]] = {
    "features": "fixviz.analysis.features:derive_features",
    "rollout": "fixviz.analysis.rollout:derive_rollout",
    "logit_parts": "fixviz.analysis.logit_parts:derive_logit_parts",
    "leave_one_out": "fixviz.analysis.leave_one_out.attention:derive_leave_one_out",
    "left_out_predictions": "fixviz.analysis.leave_one_out.predictions:derive_left_out_predictions",
    "without_neighbors": "fixviz.analysis.without_neighbors:derive_without_neighbors",
    "attribution": "fixviz.analysis.attribution.compute:derive_attribution",
    "faithfulness": "fixviz.analysis.attribution.faithfulness:derive_faithfulness",
    "what_if": "fixviz.analysis.what_if.derive:derive_what_if",
}
"""Kind to "module:function". Each is called with a Subject and its arguments, and returns Derived;
the modules load when they are first needed, since some bring large libraries along."""


def kinds_with_run(config: ModelConfig, frames: NDArray[np.uint8]) -> tuple[str, ...]:
    """Kinds, without arguments, that a run of `frames` [N, H, W, 3] (at the model's size) brings along.

    What leaving a neighbor out changes belongs to a run unless the model is large.
    """
    height, width = frames.shape[1:3]
    grid = PatchGrid(height, width, config.patch, config.stride)
    windows = len(Windows(len(frames), config.frames).starts)
    hears = config.spatial_shift or config.temporal_shift
    small = is_small(config, windows, grid.rows, grid.columns)
    return ("leave_one_out",) if hears and small else ()


def derive_from(subject: Subject, kind: str, arguments: Mapping[str, Any]) -> Derived:
    """Compute one kind. Raises OptionError for arguments that the model or clip lacks."""
    if kind not in KINDS:
        raise OptionError(
            f"There is nothing of kind {kind!r} to compute; there are {', '.join(KINDS)}."
        )
    module, function = KINDS[kind].split(":")
    result: Derived = getattr(import_module(module), function)(subject, arguments)
    return result
