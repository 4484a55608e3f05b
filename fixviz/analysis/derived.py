"""What can be computed from a stored run later, by kind, from the frames that the run keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.kinds import KINDS
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
    module, function = KINDS[kind].function.split(":")
    result: Derived = getattr(import_module(module), function)(subject, arguments)
    return result
