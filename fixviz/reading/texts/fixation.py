"""Texts about fixation: what it is, what follows from its figures, and what does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "A model with feature fixation scales every channel of its queries and keys by a learned ratio "
    "between 0 and 1. This page shows where the ratios are high, what they are made of, and what they do."
)
NOT_LEARNED: Final = (
    "No model of this run has feature fixation. Without it, nothing scales the features, which is the same "
    "as a ratio of 1 everywhere. Analyze the clip with a model that has it, such as “fixation”."
)
EARLIER: Final = (
    "An earlier version made this run, without what the rest of this page needs. Analyze the clip again to "
    "see it."
)
MAPS: Final = (
    "A high ratio keeps more of a token's features; it is not attention. Whether a patch with high ratios "
    "receives more attention depends on queries and keys as well: compare with attention received in Watch."
)
SPREAD: Final = (
    "If all ratios are near one value, they scale every token alike and can hardly steer attention. If they "
    "spread widely or have two peaks, they treat tokens differently. That alone does not show that it helps."
)
CHANNELS: Final = (
    "The channels on the left differ most between patches and frames. The figure does not show what a "
    "channel stands for; the small maps show only where its ratio is high in this frame."
)
PARTS: Final = (
    "The parts add up exactly to the logit, the value before the sigmoid. They show what the ratio is "
    "computed from. They do not show what the model would do without a part, since parts can cancel each "
    "other: for that, see leave one out on the page Neighborhood."
)
TIME: Final = (
    "Parts of opposite sign cancel in these means over patches and channels. Switch on sizes to see the "
    "means of the absolute values, in which nothing cancels."
)
FEATURES: Final = (
    "The ratio can only shrink a feature. A channel of which little is left counts for little in the "
    "attention weights of this layer."
)
SIGNED_FEATURES: Final = (
    "Features of this attention have both signs, which cancel in these means: a mean near 0 does not "
    "say that the channel is small in every patch."
)
CONCENTRATION: Final = (
    "Queries, keys and values are the same in all three; only the ratios of this attention differ. If the "
    "learned ratios lie above both others, they concentrate this attention, and it matters which token has "
    "which ratio. This does not show how a model trained without fixation would attend: for that, compare "
    "the checkpoints on the page Concentration."
)
