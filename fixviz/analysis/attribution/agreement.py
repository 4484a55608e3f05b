"""Agreement of attention with attribution. Needs no torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.motion import spearman


def agreement(
    attention: NDArray[np.floating], attribution: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the Spearman rank correlation over the patches of each frame, [N].

    attention: [N, h, w], attention received by source; attribution: [N, h, w]. 1: the same order of
    patches; 0: none in common. NaN where either map is constant or undefined.
    """
    if attention.shape != attribution.shape:
        raise ValueError(f"attention {attention.shape} does not fit {attribution.shape}")
    frames = len(attention)
    return spearman(
        attention.reshape(frames, -1).astype(np.float64), attribution.reshape(frames, -1)
    )
