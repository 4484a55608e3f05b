"""The computations that are timed: attention as the models compute it, on random numbers.

Neither the numbers nor the weights of the projections change what a computation takes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from fixviz.attention_cost.kinds import cost_kind
from fixviz.attention_cost.shape import AttentionShape
from fixviz.model.attention import attend, feature_map, softmax_weights
from fixviz.model.config import ModelConfig
from fixviz.model.fixation import FeatureFixation

Compute = Callable[[], Tensor]
"""Returns the output of all heads, [1, heads, N, d]."""


def computation(kind: str, shape: AttentionShape, tokens: int, device: torch.device) -> Compute:
    """Return one attention over `tokens` tokens, from query, key and value of all heads on.

    Feature map and fixation ratios belong to it; the projections that make query, key and value are those
    of every kind, and do not. Raises OptionError for an unknown kind.
    """
    cost_kind(kind)
    torch.manual_seed(0)
    query, key, value = random_inputs(shape, tokens, device)
    if kind == "softmax":
        return lambda: attend(query, key, value, "softmax")
    if kind == "softmax-matrix":
        return lambda: softmax_weights(query, key) @ value
    if kind == "linear":
        return lambda: attend(
            feature_map(query, "linear"), feature_map(key, "linear"), value, "linear"
        )
    fixation = projections(shape).to(device).eval()

    def fixed() -> Tensor:
        # As where nobody reads the ratios (fixviz.model.inference): side by side, and changed in place.
        seen = torch.stack(
            [feature_map(query, "linear"), feature_map(key, "linear"), value], dim=-2
        )
        fixation.reweight(seen)
        fixed_query, fixed_key, same_value = seen.unbind(-2)
        return attend(fixed_query, fixed_key, same_value, "linear")

    return fixed


def random_inputs(shape: AttentionShape, tokens: int, device: torch.device) -> list[Tensor]:
    """Return query, key and value of all heads, [1, heads, N, d]."""
    size = (1, shape.heads, tokens, shape.width)
    return [torch.randn(size, device=device) for _ in range(3)]


def projections(shape: AttentionShape) -> FeatureFixation:
    """Return the projections of cooperative fixation for heads of this width."""
    config = ModelConfig(fixation="cooperative", dim=shape.width, heads=1)
    return FeatureFixation(config)
