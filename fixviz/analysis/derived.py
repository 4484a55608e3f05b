"""What a derived result is computed from, and what it consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
