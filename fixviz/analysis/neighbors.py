"""What drives the fixation ratio: its logit as an exact sum of parts.

The logit before the sigmoid is linear in g = concat(phi(q), phi(k'), v'), and phi acts channel by
channel. So for each output channel

    logit = constant + from the query + from the token's own key and value + sum over directions,

where a direction's part comes from the channels of key and value that the feature shift took from
that neighbor. Every d**-0.5 term of phi is in the constant, so a neighbor outside the grid adds 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from fixviz.model.attention import kind_of
from fixviz.model.config import Attention, Axis, ModelConfig
from fixviz.model.directions import Direction, HeadFold, folds
from fixviz.model.fixation import FeatureFixation
from fixviz.model.layers import AttentionTrace
from fixviz.model.shapes import Float
from fixviz.model.shift import neighbor_exists

_ALWAYS: Final = 3
"""Parts that every token has: constant, query, own."""


@dataclass(frozen=True)
class LogitParts:
    """The parts of one ratio's logit. Tokens are [B, T, h, w]."""

    constant: Tensor
    """[d]; the same for every token, so it is no part in `share`."""
    query: Tensor
    """[B, T, h, w, n, d]"""
    own: Tensor
    """From the token's own key and value, [B, T, h, w, n, d]."""
    table: tuple[HeadFold, ...]
    neighbors: tuple[Tensor, ...]
    """One [B, T, h, w, d] for each row of the table: what its direction adds in its head."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions of the table, each once, in the order of their folds."""
        return tuple(dict.fromkeys(row.direction for row in self.table))

    def logit(self) -> Float[Tensor, "B T h w n d"]:
        """Return the sum of all parts, which is the input of the sigmoid."""
        total = self.constant + self.query + self.own
        for row, part in zip(self.table, self.neighbors, strict=True):
            total[..., row.head, :] += part
        return total

    def share(self) -> Float[Tensor, "D B T h w n"]:
        """Return |part| / sum of |parts| of each direction, averaged over channels.

        NaN in heads that do not hold the direction.
        """
        total = self.query.abs() + self.own.abs()
        for row, part in zip(self.table, self.neighbors, strict=True):
            total[..., row.head, :] += part.abs()
        total = total.clamp_min(torch.finfo(total.dtype).tiny)
        shares = total.new_full((len(self.directions), *total.shape[:-1]), torch.nan)
        for row, part in zip(self.table, self.neighbors, strict=True):
            share = (part.abs() / total[..., row.head, :]).mean(-1)
            shares[self.directions.index(row.direction), ..., row.head] = share
        return shares

    def channel_means(
        self, directions: Sequence[Direction], *, absolute: bool = False
    ) -> Float[Tensor, "B T h w n P"]:
        """Return each part's mean over the channels, in the order of `part_names(directions)`.

        Signed means add up to the mean of the logit. A direction adds 0 in heads that do not hold
        it. absolute: the mean of |part| instead, in which nothing cancels.
        """
        size = torch.Tensor.abs if absolute else torch.Tensor.clone
        means = self.query.new_zeros(*self.query.shape[:-1], _ALWAYS + len(directions))
        means[..., 0] = size(self.constant).mean()
        means[..., 1] = size(self.query).mean(-1)
        means[..., 2] = size(self.own).mean(-1)
        for row, part in zip(self.table, self.neighbors, strict=True):
            place = _ALWAYS + directions.index(row.direction)
            means[..., row.head, place] = size(part).mean(-1)
        return means


def part_names(directions: Sequence[Direction]) -> tuple[str, ...]:
    """Return the names of the parts of a logit: those of every token, then the directions."""
    return ("constant", "query", "own", *(direction.label for direction in directions))


def axis_directions(config: ModelConfig, axis: Axis) -> tuple[Direction, ...]:
    """Return the directions from which `axis` gets channels in any block, in the order of the folds."""
    rows = (fold.direction for block in range(config.depth) for fold in folds(config, axis, block))
    return tuple(dict.fromkeys(rows))


def split_logits(
    trace: AttentionTrace,
    fixation: FeatureFixation,
    attention: Attention,
    table: Sequence[HeadFold],
    segment: int | None = None,
) -> dict[str, LogitParts]:
    """Return the parts of both ratios' logits, under "query" and "key".

    table: which head hears which neighbor (fixviz.model.directions.head_folds).
    """
    width = trace.query.shape[-1]
    kind = kind_of(attention)
    query, key = kind.rectify(trace.query), kind.rectify(trace.shifted_key)
    value = trace.shifted_value
    frames, rows, columns = key.shape[1:4]
    own = torch.ones(frames, rows, columns, *key.shape[-2:], device=key.device, dtype=key.dtype)
    heard = []
    for row in table:
        exists = neighbor_exists(row.direction, frames, rows, columns, segment).to(key)
        own[..., row.head, row.start : row.stop] = 1 - exists[..., None]
        channels = (..., row.head, slice(row.start, row.stop))
        heard.append((key[channels] * exists[..., None], value[channels] * exists[..., None]))
    own_key, own_value = key * own, value * own
    parts = {}
    for which, weights in _weights(fixation, width).items():
        constant = weights.bias + (weights.query.sum(1) + weights.key.sum(1)) * kind.offset(width)
        parts[which] = LogitParts(
            constant=constant,
            query=query @ weights.query.T,
            own=own_key @ weights.key.T + own_value @ weights.value.T,
            table=tuple(table),
            neighbors=tuple(
                k @ weights.key[:, row.start : row.stop].T
                + v @ weights.value[:, row.start : row.stop].T
                for row, (k, v) in zip(table, heard, strict=True)
            ),
        )
    return parts


class _Weights(NamedTuple):
    """A ratio's weights on query, key and value, [d, d] each, zero where unseen, and its bias [d]."""

    query: Tensor
    key: Tensor
    value: Tensor
    bias: Tensor


def _weights(fixation: FeatureFixation, width: int) -> dict[str, _Weights]:
    projections = {
        "query": fixation.query_projection,
        "key": fixation.key_projection or fixation.query_projection,
    }
    result = {}
    for which, projection in projections.items():
        weight, bias = projection.weight, projection.bias
        if fixation.cooperative:
            result[which] = _Weights(
                weight[:, :width], weight[:, width : 2 * width], weight[:, 2 * width :], bias
            )
        else:
            zero = torch.zeros_like(weight)
            seen = (weight, zero) if which == "query" else (zero, weight)
            result[which] = _Weights(*seen, zero, bias)
    return result
