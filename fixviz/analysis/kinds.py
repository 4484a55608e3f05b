"""The kinds of results that can be computed from a stored run. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """One kind."""

    function: str
    """"module:function", called with a Subject and its arguments; returns Derived."""
    about: str
    """What it computes, in one line."""


KINDS: Final[dict[str, Kind]] = {
    "features": Kind(
        "fixviz.analysis.features:derive_features",
        "queries, keys and values of one attention",
    ),
    "rollout": Kind(
        "fixviz.analysis.rollout:derive_rollout",
        "attention followed through all layers, from one frame",
    ),
    "logit_parts": Kind(
        "fixviz.analysis.logit_parts:derive_logit_parts",
        "what drives the fixation ratios: parts that add up",
    ),
    "leave_one_out": Kind(
        "fixviz.analysis.leave_one_out.attention:derive_leave_one_out",
        "how attention changes without one neighbor",
    ),
    "left_out_predictions": Kind(
        "fixviz.analysis.leave_one_out.predictions:derive_left_out_predictions",
        "how the prediction changes without one neighbor",
    ),
    "without_neighbors": Kind(
        "fixviz.analysis.without_neighbors:derive_without_neighbors",
        "attention and prediction without all neighbors",
    ),
    "attribution": Kind(
        "fixviz.analysis.attribution.compute:derive_attribution",
        "which patches the answer depends on, by one method",
    ),
    "faithfulness": Kind(
        "fixviz.analysis.attribution.faithfulness:derive_faithfulness",
        "whether an attribution does better than chance",
    ),
    "what_if": Kind(
        "fixviz.analysis.what_if.derive:derive_what_if",
        "the same clip with the model or the frames changed",
    ),
}
"""By name. The modules load when they are first needed, since some bring large libraries along."""
