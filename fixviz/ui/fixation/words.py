"""The texts of the Fixation page: what each figure shows, and what it does not."""

from __future__ import annotations

from typing import Final

INTRO: Final = (
    "A model with feature fixation scales every channel of its queries and keys by a learned ratio "
    "between 0 and 1. Here: where the ratios are high, what they are made of, what they do."
)
NOT_LEARNED: Final = (
    "No model of this run has feature fixation: their ratios are not learned, which is the same as a "
    "ratio of 1 everywhere. Analyze the clip with a model that has it, such as “fixation”."
)
EARLIER: Final = (
    "This run was made by an earlier version, which did not keep the rest of this page. Analyze the "
    "clip again to see it."
)
MAPS: Final = (
    "A high ratio keeps more of a token's features; it is not attention. Whether a patch with high "
    "ratios receives more attention depends on queries and keys: compare with attention received in Watch."
)
SPREAD: Final = (
    "Ratios all near one value scale every token alike and can hardly steer attention; wide or "
    "two-peaked ones treat tokens differently. A wide spread alone does not show that it helps."
)
CHANNELS: Final = (
    "Channels at the left differ most between patches and frames. What a channel stands for cannot "
    "be read off here; the small maps show only where its ratio is high in this frame."
)
PARTS: Final = (
    "The parts add up exactly to the logit, before the sigmoid. That says from where this ratio was "
    "computed, not what the model would do without that part: parts can cancel each other. For that, "
    "see leave one out under Neighborhood."
)
TIME: Final = (
    "Mean over patches and channels, where parts of opposite sign cancel; sizes shows the mean of "
    "their absolute values, in which nothing cancels."
)
FEATURES: Final = (
    "The ratio can only shrink a feature. A channel that keeps little counts for little in the "
    "attention weights of this layer."
)
SIGNED_FEATURES: Final = (
    "Features of softmax attention have both signs, which cancel in these means: a mean near 0 does not "
    "say that a channel is small in every patch."
)
CONCENTRATION: Final = (
    "Same queries, keys and values, only the ratios differ, in this attention alone. If the learned "
    "ratios lie above both others, they concentrate this attention, and it matters which token has "
    "which. It does not say how a model would attend that was trained without fixation: for that, "
    "compare the checkpoints under Concentration."
)
