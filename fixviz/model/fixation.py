"""Feature fixation: learned ratios in (0, 1) that reweight the channels of query and key."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fixviz.model.config import ModelConfig
from fixviz.model.products import prepared
from fixviz.model.shapes import Float

_ROWS_AT_ONCE = 2**13
"""Most rows (tokens x heads) whose ratios are formed at once on a CPU, so that they stay in its caches."""


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
            ratios = torch.sigmoid(functional.linear(seen, *self._both()))
            if self.key_projection is None:
                return ratios, ratios
            ratio_query, ratio_key = ratios.chunk(2, dim=-1)
            return ratio_query, ratio_key
        assert self.key_projection is not None  # ModelConfig refuses separate and shared together
        return (
            torch.sigmoid(self.query_projection(query)),
            torch.sigmoid(self.key_projection(key)),
        )

    def reweight(self, seen: Float[Tensor, "*token 3 d"], dial: float = 1.0) -> None:
        """Multiply phi(q) and phi(k) by their ratios to the power `dial`, in place and without a trace.

        seen: phi(q), and the shifted phi(k) and v, one after the other in memory: as they lie there, they
        are the concatenation that a cooperative ratio sees.
        """
        if dial == 0:
            return
        width = seen.shape[-1]
        rows = seen.view(-1, 3, width)
        at_once = _ROWS_AT_ONCE if seen.device.type == "cpu" else len(rows)
        if self.cooperative:
            product = prepared(*self._both(), min(at_once, len(rows)))
        for part in torch.split(rows, max(1, at_once)):
            seen_by_ratios = product(part.flatten(1)) if self.cooperative else self._apart(part)
            ratios = seen_by_ratios.sigmoid_()
            if dial != 1:
                ratios.pow_(dial)
            part[:, :2].mul_(ratios.view(len(part), -1, width))

    def _both(self) -> tuple[Tensor, Tensor]:
        """Return W and b of the ratios of query and key, one below the other, or those that both share."""
        projections = [p for p in (self.query_projection, self.key_projection) if p is not None]
        return torch.cat([p.weight for p in projections]), torch.cat([p.bias for p in projections])

    def _apart(self, rows: Float[Tensor, "row 3 d"]) -> Float[Tensor, "row 2 d"]:
        """Return what the sigmoid makes the ratios of: of phi(q) alone, and of phi(k) alone."""
        assert self.key_projection is not None
        sides = self.query_projection(rows[:, 0]), self.key_projection(rows[:, 1])
        return torch.stack(sides, dim=1)
