"""Feature fixation: learned ratios in (0, 1) that reweight the channels of query and key."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fixviz.model.config import ModelConfig
from fixviz.model.shapes import Float


class FeatureFixation(nn.Module):
    """r = sigmoid(W g + b), per token, head and channel; W is shared by the heads (section 3.2).

    Cooperative (the paper's equation 5): g = concat(phi(q), phi(k), v) for both ratios.
    Separate: r_q sees only phi(q), and r_k only phi(k).
    With a shared projection one W and b give both ratios, so they are equal.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.cooperative = config.fixation == "cooperative"
        width = config.head_dim * (3 if self.cooperative else 1)
        self.query_projection = nn.Linear(width, config.head_dim)
        self.key_projection = (
            None if config.shared_projection else nn.Linear(width, config.head_dim)
        )

    def forward(
        self,
        query: Float[Tensor, "*token d"],
        key: Float[Tensor, "*token d"],
        value: Float[Tensor, "*token d"],
    ) -> tuple[Float[Tensor, "*token d"], Float[Tensor, "*token d"]]:
        """Return the ratios of query and key from phi(q), and the shifted phi(k) and v."""
        if self.cooperative:
            seen = torch.cat([query, key, value], dim=-1)
            ratio_query = torch.sigmoid(self.query_projection(seen))
            if self.key_projection is None:
                return ratio_query, ratio_query
            return ratio_query, torch.sigmoid(self.key_projection(seen))
        assert self.key_projection is not None  # ModelConfig refuses separate and shared together
        return (
            torch.sigmoid(self.query_projection(query)),
            torch.sigmoid(self.key_projection(key)),
        )
