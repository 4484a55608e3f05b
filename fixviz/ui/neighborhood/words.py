"""The texts of the Neighborhood page: what each figure shows, and what it does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "With neighborhood association, some channels of keys and values come from a neighboring patch or "
    "frame. Here: which heads hear whom, how much of the fixation ratio comes from there, and what "
    "changes when a neighbor is left out."
)
NONE: Final = (
    "No neighbors: every key and value of these models is the token's own. Analyze the clip with a "
    "model that hears its neighbors, such as “fixation”."
)
SHARE: Final = (
    "A share says from where the ratio is computed, not what would happen without it: parts can "
    "cancel, and a small part can tip a decision. Leave one out shows what changes."
)
SIGNED: Final = (
    "Positive parts raise the ratio, negative ones lower it. Mean over the channels, where "
    "opposite signs cancel."
)
LEFT_OUT: Final = (
    "Leave one out: how much this attention's output at a patch moves when the neighbor's channels "
    "read the patch's own value. A large change says that the neighbor's content differs and is used "
    "here; it does not say that the prediction needs it."
)
PREDICTION: Final = (
    "The network was trained with its neighbors, so a drop shows that it relies on them, not that a "
    "network trained without them would do worse. Changes of directions do not add up."
)
HEADS: Final = (
    "A fixed wiring, not learned: which channels of which head come from which neighbor. Heads that "
    "are not listed read only the token itself."
)
BORDER: Final = (
    "Straight neighbors and frames outside read zeros, diagonal ones keep the token's own value. "
    "Edge patches therefore differ from inner ones whatever the picture shows."
)
ALONE: Final = (
    "Beside it: the same weights with every direction off. To see a checkpoint of the same kind that was "
    "trained without neighbors, analyze the clip with one."
)
OFF: Final = (
    "The same weights with every direction switched off in all layers. It was not trained so: read "
    "it as what changes in this network, not as what a network without neighbors would do. A class "
    "that becomes more probable without neighbors is not thereby a better answer."
)
TRAINED: Final = (
    "A checkpoint of the same kind that was trained without neighbors. Two trainings also differ by "
    "chance, so one clip shows an example, not the rule."
)
