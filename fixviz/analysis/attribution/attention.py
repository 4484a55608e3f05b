"""Maps read off the attention weights: attention x gradient, rollout, attention received.

A block's intermediates are computed again from its input when they are needed, so memory holds one
block at a time, and no matrix over the tokens of a whole layer is formed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from fixviz.analysis.rollout import attention_rollout
from fixviz.analysis.rows import weights_transposed
from fixviz.analysis.source import sequences_to_sources
from fixviz.model.config import Axis
from fixviz.model.layers import AttentionTrace, BlockTrace, to_sequences
from fixviz.model.shapes import Float
from fixviz.model.transformer import VideoTransformer


class BlockInputs(Sequence[BlockTrace]):
    """The traces of a network's blocks, each computed from the block's stored input when asked for."""

    @torch.no_grad()
    def __init__(self, model: VideoTransformer, pixels: Tensor) -> None:
        self.model = model
        self.tokens = [model.embed(pixels)]
        for block in model.blocks:
            self.tokens.append(block(self.tokens[-1]))
        self._last: tuple[int, BlockTrace] | None = None

    def __len__(self) -> int:
        return len(self.model.blocks)

    @torch.no_grad()
    def __getitem__(self, number: Any) -> Any:
        if self._last is None or self._last[0] != number:
            self._last = (number, self.model.blocks[number].trace(self.tokens[number]))
        return self._last[1]


def rollout(blocks: BlockInputs) -> tuple[Tensor, Tensor]:
    """Return attention rollout from the mean-pooled output, [B, T, h, w], and the share read outside [B]."""
    output = blocks.tokens[-1]
    start = output.new_full(output.shape[:-1], 1 / output[0, ..., 0].numel())
    return attention_rollout(blocks, blocks.model.config, start)


@torch.no_grad()
def attention_received(blocks: BlockInputs, layer: int) -> Float[Tensor, "B T h w"]:
    """Return the attention received in the last attention (spatial or joint) of `layer`, mean over heads.

    By source; 1 = as much as under uniform attention.
    """
    axis = blocks.model.config.axes[-1]
    trace: AttentionTrace = blocks[layer].attentions[axis]
    query, key = (to_sequences(x, axis) for x in (trace.fixed_query, trace.fixed_key))
    ones = query.new_ones(*query.shape[:-1], 1)
    received = weights_transposed(query, key, ones, blocks.model.config.attention)
    source, _ = sequences_to_sources(received, blocks.model.config, axis, layer, trace.query.shape)
    return source.mean(1)


def attention_x_gradient(
    blocks: BlockInputs, target: int, *, axes: Iterable[Axis], layers: Iterable[int]
) -> tuple[Float[Tensor, "B T h w"], Float[Tensor, " B"]]:
    """Return the sum over queries and heads of A_ij dL/dA_ij by source, over `axes` and `layers`.

    L is the target's logit and dL/dA_ij = dL/dO_i . v'_j, with O the attention's output before its
    projection and v' the shifted values, so the sum over queries is v'_j . sum_i A_ij dL/dO_i.
    Returns the map over the patches, and what was read beyond the border.
    """
    model = blocks.model
    layers, axes = set(layers), set(axes)
    output = blocks.tokens[-1].detach().requires_grad_()
    with torch.enable_grad():
        logit = model.classify(model.norm(output))[:, target].sum()
    (upstream,) = torch.autograd.grad(logit, output)
    total = torch.zeros_like(output[..., 0])
    outside = total.new_zeros(len(total))
    for number in range(len(blocks) - 1, min(layers) - 1, -1):
        tokens = blocks.tokens[number].detach().requires_grad_()
        with torch.enable_grad():
            trace: BlockTrace = model.blocks[number].trace(tokens)  # type: ignore[operator]
        names = list(trace.attentions)
        mixed = [trace.attentions[name].mixed for name in names]
        upstream, *slopes = torch.autograd.grad(trace.output, [tokens, *mixed], upstream)
        for axis, slope in zip(names, slopes, strict=True):
            if number in layers and axis in axes:
                with torch.no_grad():
                    found, lost = _contribution(trace.attentions[axis], slope, model, axis, number)
                total, outside = total + found, outside + lost
    return total, outside


def _contribution(
    trace: AttentionTrace, slope: Tensor, model: VideoTransformer, axis: Axis, layer: int
) -> tuple[Tensor, Tensor]:
    """Return A_ij dL/dA_ij of one attention, summed over queries and heads: by source, and outside."""
    query, key, value, slopes = (
        to_sequences(x, axis)
        for x in (trace.fixed_query, trace.fixed_key, trace.shifted_value, slope)
    )
    back = weights_transposed(query, key, slopes, model.config.attention)
    by_slot = (value * back).sum(-1, keepdim=True)
    source, outside = sequences_to_sources(by_slot, model.config, axis, layer, trace.query.shape)
    return source.sum(1), outside.sum((1, 2, 3, 4))
