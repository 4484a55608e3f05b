"""What the page says beside its figures: what follows from them, and what does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "Every patch is a query: it spreads its attention over keys, the patches that it may look at. This "
    "page shows on how few keys the attention lies, for all models of the run on the same axes, and "
    "whether it lies on what decides the class."
)

_LIMITS: Final = (
    "The measure does not say where those keys are, nor that the model uses them. A difference between "
    "two models is one between these two checkpoints, not between two kinds of attention."
)

MEASURED: Final[dict[str, str]] = {
    "concentration": f"A higher value means that attention lies on fewer keys. {_LIMITS}",
    "entropy": f"A lower value means that attention lies on fewer keys. {_LIMITS}",
    "normalized_entropy": f"A lower value means that attention lies on fewer keys. {_LIMITS}",
    "effective_support": (
        "If a query looked at so many keys evenly, its entropy would be the same. A lower value means "
        f"that attention lies on fewer keys. {_LIMITS}"
    ),
    "top10_mass": (
        f"A higher value means that the strongest tenth of the keys gets more of the attention. {_LIMITS}"
    ),
    "gini": f"A higher value means that the keys share the attention less equally. {_LIMITS}",
    "mass_on_target": (
        "Above the gray dotted line, the queries look at the target more than uniform attention would. "
        "This does not prove that the model decides the class by the target: see Attribution."
    ),
    "mass_on_target_queries": (
        "Only queries whose own patch is on the target count here. Above the gray dotted line, the target "
        "looks at itself more than uniform attention would. What the other patches look at is not shown."
    ),
    "pointing": (
        "1 means that the patch that receives most attention is on the target. For the mean of heads, the "
        "value is the share of heads that hit. The gray dotted line is a patch drawn at random. A single "
        "patch decides, so single frames are noisy. A hit does not say how much attention is on the target."
    ),
    "average_precision": (
        "1 means that every patch on the target receives more attention than all other patches. The gray "
        "dotted line is a random order of the patches. Only the order counts, not how much more they receive."
    ),
    "motion_agreement": (
        "Above 0, patches that move receive more attention than others; below 0, less. The reason may be "
        "that they move, or what it is that moves. Optical flow is an estimate, and a poor one on flat areas "
        "and for fast motion. Frames in which nothing moves against the background have no value. All "
        "patches count alike, also the many that receive almost no attention; attended motion weights "
        "them by what they receive."
    ),
    "attended_motion": (
        "Above the gray dotted line, attention lies where more moves than on average; below it, where less "
        "moves. A few patches that receive much attention decide the value, so attention that is "
        "concentrated in the right place scores high, and in the wrong place low."
    ),
}
"""By measure."""

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
TARGET_INTRO: Final = (
    "fixviz drew this clip and knows which object decides the class: the target. A patch is on the target "
    "if the target covers at least 20 % of the patch's window. The mean of heads is the mean of the heads' "
    "values. Frames without a target have no value."
)
MOTION_INTRO: Final = (
    "Nobody has marked what decides the class in this clip. Instead, the attention that a patch receives "
    "is compared with how fast the patch moves: optical flow to the next frame of the video that differs, "
    "less what pan, zoom and roll of the camera explain."
)
