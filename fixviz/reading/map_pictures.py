"""Maps over their frames as pictures, each patch where it belongs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fixviz.media.overlay import overlay
from fixviz.reading.run import StoredRun, patch_size
from fixviz.reading.scales import Scale


def map_picture(
    run: StoredRun,
    model: str,
    frame: int,
    values: NDArray[np.floating],
    scale: Scale,
    opacity: float = 0.6,
) -> NDArray[np.uint8]:
    """Draw the map [h, w] of a model over a frame, RGB uint8 [H, W, 3].

    Undefined patches show the frame.
    """
    height, width = patch_size(run.model(model))
    picture = run.frame_image(frame)[None]
    shares = scale.shares(values)[None]
    drawn: NDArray[np.uint8] = overlay(picture, shares, height, width, opacity, scale.colors)[0]
    return drawn


def with_view(run: StoredRun, frame: int) -> list[int]:
    """Return up to six frames spread over the clip, the frame in view among them."""
    return sorted({*evenly(run, 5), frame})


def evenly(run: StoredRun, most: int = 6) -> list[int]:
    """Choose up to `most` frames spread over the clip, the first and the last among them."""
    return sorted({round(i) for i in np.linspace(0, run.frames - 1, min(most, run.frames))})
