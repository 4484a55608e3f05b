"""Compute one kind of result from a stored run, from the frames that the run keeps."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.kinds import KINDS
from fixviz.analysis.windows import is_small_on
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig


def kinds_with_run(config: ModelConfig, frames: NDArray[np.uint8]) -> tuple[str, ...]:
    """Return the kinds that are computed with every run, without waiting for somebody to ask.

    config: the model's configuration. frames: the run's frames at the model's size, [N, H, W, 3].
    What changes without one neighbor belongs to a run unless the model is large.
    """
    hears = config.spatial_shift or config.temporal_shift
    return ("leave_one_out",) if hears and is_small_on(config, frames) else ()


def derive_from(subject: Subject, kind: str, arguments: Mapping[str, Any]) -> Derived:
    """Return one kind of result, computed from `subject`.

    Raises OptionError for an unknown kind, and for arguments that the model or clip lacks.
    """
    if kind not in KINDS:
        raise OptionError(
            f"There is nothing of kind {kind!r} to compute; there are {', '.join(KINDS)}."
        )
    module, function = KINDS[kind].function.split(":")
    result: Derived = getattr(import_module(module), function)(subject, arguments)
    return result
