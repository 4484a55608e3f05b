"""Texts about neighborhood: what it is, what follows from its figures, and what does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "With neighborhood association, some channels of keys and values come from a neighboring patch or "
    "frame. This page shows which heads read which neighbor, how much of the fixation ratio comes from "
    "there, and what changes when a neighbor is left out."
)
NONE: Final = (
    "No model of this run has neighborhood association: each of their keys and values comes from the token "
    "itself. Analyze the clip with a model that has it, such as “fixation”."
)
SHARE: Final = (
    "A share shows what the ratio is computed from. It does not show what would happen without it: parts "
    "can cancel, and a small part can tip a decision. Leave one out shows what changes."
)
SIGNED: Final = (
    "Positive parts raise the ratio, negative ones lower it. In a mean over channels, opposite signs "
    "cancel each other."
)
LEFT_OUT: Final = (
    "Leave one out shows how much the output of this attention changes at a patch when the neighbor's "
    "channels take the patch's own value instead. A large change means that the neighbor holds something "
    "else and that this attention uses it. It does not mean that the prediction needs it."
)
PREDICTION: Final = (
    "The network was trained with its neighbors. A drop shows that it relies on them; it does not show that "
    "a network trained without them would do worse. The changes of single directions do not add up."
)
SIZE: Final = "Mean size of the change over channels and tokens, in which nothing cancels."
HEADS: Final = (
    "Which channels of which head come from which neighbor is fixed, not learned. Heads that are not listed "
    "read only the token itself."
)
BORDER: Final = (
    "Where there is no neighbor above, below, left or right, or no neighboring frame, zeros are read. Where "
    "there is no diagonal neighbor, the token keeps its own value. So patches at the border differ from "
    "others, whatever the picture shows."
)
ALONE: Final = (
    "Compared here: the same weights with every direction off. To see a checkpoint that was trained without "
    "neighbors, analyze the clip with one of the same kind."
)
OFF: Final = (
    "These are the same weights with every direction off in all layers. The network was not trained like "
    "this, so the figure shows what changes in this network, not what a network without neighbors would do. "
    "A class that becomes more probable without neighbors is not a better answer for that reason."
)
TRAINED: Final = (
    "This is a checkpoint of the same kind that was trained without neighbors. Two trainings also differ by "
    "chance, so one clip is an example, not a rule."
)
