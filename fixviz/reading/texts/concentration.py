"""What pages and report say about concentration; what follows from a measure stands in its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fixviz.analysis.measure_table import Of

INTRO: Final = (
    "Every patch is a query: it spreads its attention over keys, the patches that it may look at. This "
    "page shows on how few keys the attention lies, for all models of the run on the same axes, and "
    "whether it lies on what decides the class."
)

GRIDS: Final = (
    "All models share one scale, so equal colors are equal values. Heads have no common order: head 1 of "
    "one model has nothing to do with head 1 of another. The values hold for this clip; on another clip "
    "the same heads may do something else."
)
LORENZ: Final = (
    "The farther a curve lies below the diagonal, the less equally the keys share the attention. Twice the "
    "area between curve and diagonal is the Gini coefficient (slightly less as drawn, from 21 points). The "
    "curve does not say which keys are the strong ones: they differ from query to query."
)
DISTRIBUTION: Final = (
    "This shows whether the mean stands for all queries. With one narrow peak it does. With two peaks or a "
    "long tail, some queries concentrate and others do not. Watch shows which ones, query by query."
)
_ON_TARGET: Final = (
    "A patch is on the target if the target covers at least 20 % of the patch's window. The mean of heads is "
    "the mean of the heads' values. Frames without a target have no value."
)
TARGET_INTRO: Final = (
    "fixviz drew this clip and knows which object decides the class: the target. " + _ON_TARGET
)
MASKS_INTRO: Final = (
    "The masks that came with this clip say where the target is. "
    + _ON_TARGET
    + " Nor have frames "
    "without a mask. Nobody has said which class the clip shows."
)
MOTION_INTRO: Final = (
    "Nobody has marked what decides the class in this clip. Instead, the attention that a patch receives "
    "is compared with how fast the patch moves: optical flow to the next frame of the video that differs, "
    "less what pan, zoom and roll of the camera explain."
)
RECEIVED: Final = (
    "Bright patches receive more than their even share of the queries' attention in this layer. That does "
    "not show that the prediction rests on them, nor what any single query looks at."
)
PLACES: Final = {
    "target": ("On what decides the class", TARGET_INTRO),
    "masks": ("On what the masks show", MASKS_INTRO),
    "motion": ("Where something moves", MOTION_INTRO),
}
"""Heading and introduction of the measures of where attention is, by what they compare it with."""


def place(of: Of, manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Return heading and introduction of the measures of where attention is, for a run."""
    masked = of == "target" and "masks" in (manifest.get("truth") or {})
    return PLACES["masks" if masked else of]


NO_CURVES: Final = (
    "An earlier version made this run, without Lorenz curves and the distribution over queries. Analyze "
    "the clip again to see them here."
)
NO_MOTION: Final = (
    "An earlier version made this run, without measuring motion. Analyze the clip again to see it "
    "here."
)
CLICK: Final = (
    "Click a cell: a link appears here that opens this layer and head in Watch. With the keyboard, choose "
    "layer and head at the top of the page and take the link there."
)
