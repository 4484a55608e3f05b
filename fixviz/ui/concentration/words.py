"""What the page says beside its figures: what follows from them, and what does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "Every patch, as a query, spreads its attention over keys: the patches that it may look at. Here: on "
    "how few of them it lies, for all models of the run on the same axes, and whether it lies where "
    "the class is decided."
)

_ROWS = (
    "It does not say where those keys are, nor that the model uses them; and a difference between "
    "models is one between these checkpoints, not between kinds of attention as such."
)

MEASURED: Final[dict[str, str]] = {
    "concentration": f"The higher, the fewer the keys that attention lies on. {_ROWS}",
    "entropy": f"The lower, the fewer the keys that attention lies on. {_ROWS}",
    "normalized_entropy": f"The lower, the fewer the keys that attention lies on. {_ROWS}",
    "effective_support": (
        "As many keys would share the attention evenly with the same entropy. The lower, the fewer the "
        f"keys that attention lies on. {_ROWS}"
    ),
    "top10_mass": f"The higher, the more of it the strongest tenth of the keys holds. {_ROWS}",
    "gini": f"The higher, the more unequally the keys share the attention. {_ROWS}",
    "mass_on_target": (
        "Above the gray dotted line, all queries together look at the target more than uniform attention "
        "would. Looking there does not prove that the class was decided from there: see Attribution."
    ),
    "mass_on_target_queries": (
        "The same for queries whose own patch is on the target: above the gray dotted line, the target "
        "looks at itself more than uniform attention would. It says nothing of what the rest looks at."
    ),
    "pointing": (
        "1: the patch that receives most attention is on the target. With the mean of heads it is "
        "the share of heads that hit. The gray dotted line is a patch drawn at random. One patch decides, "
        "so single frames are noisy; and a hit does not say how much attention is on the target."
    ),
    "average_precision": (
        "1: all patches on the target receive more than all others. The gray dotted line is a random order "
        "of the patches. It looks at the order only, not at how much more they receive."
    ),
    "motion_agreement": (
        "Above 0, patches that move receive more attention; below 0, less. That may be because they "
        "move, or because of what moves. Flow is an estimate: it is poor on flat areas and for fast "
        "motion, and frames in which nothing moves against the rest have no value. All patches count alike, "
        "also the many that receive next to nothing: attended motion goes by amounts."
    ),
    "attended_motion": (
        "Above the gray dotted line, attention is where more moves than uniform attention would find; "
        "below it, where less does. A few patches that receive much decide, so it rewards "
        "concentration in the right place and punishes it in the wrong one."
    ),
}
"""By measure."""

GRIDS: Final = (
    "One scale for all models, so equal colors are equal values. Cells side by side are different "
    "heads: head 1 of one model has nothing to do with head 1 of another. Values of layers show what "
    "these heads attend to on this clip, not what they would on another."
)
LORENZ: Final = (
    "The farther below the diagonal, the more unequally the keys share the attention; twice the area "
    "between the two is the Gini coefficient (a little less as drawn, from 21 points). The curve does "
    "not say which keys are the strong ones: each query has its own."
)
DISTRIBUTION: Final = (
    "Whether the mean stands for all queries: one narrow peak says yes, two peaks or a long tail say "
    "that some queries concentrate and others do not. It does not say which ones: the player does, "
    "query by query."
)
TARGET_INTRO: Final = (
    "This clip was drawn by fixviz, which knows the object that decides its class. A patch is on the "
    "target if at least 20 % of its window is covered. Attention is counted by source: at the patch "
    "whose content a key holds. The mean of heads is the mean of their values. Frames without a "
    "target have no value."
)
MOTION_INTRO: Final = (
    "The truth of this clip is not known. Instead, attention received by a patch is compared, per "
    "frame, with how fast it moves (optical flow to the video's next frame that differs, less what the "
    "camera's pan, zoom and roll explain)."
)
