"""From key slots to source tokens: where the content of a shifted key comes from.

With feature shift, key slot j of a head holds some channels of a neighboring token. S, the shift as
a row-stochastic matrix over a head's channel shares, says which: row j of S gives the share of each
source token, and "outside" collects the shares that read zeros beyond the border. A map by source
is the map by slot times S; it is never formed, only applied.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import HeadFold, head_folds
from fixviz.model.layers import from_sequences
from fixviz.model.shapes import Float
from fixviz.model.shift import overlap


def slots_to_sources(
    by_slot: Float[Tensor, "B n T h w"],
    table: Sequence[HeadFold],
    head_dim: int,
    segment: int | None = None,
) -> tuple[Float[Tensor, "B n T h w"], Float[Tensor, "B n T h w"]]:
    """Move the mass on each key slot to the tokens its channels come from.

    by_slot: mass per head and key slot. table: the heads' folds (fixviz.model.directions).
    Returns the mass by source token, and per slot the mass that falls outside; together they sum
    to the mass of `by_slot`.
    """
    if not table:
        return by_slot, torch.zeros_like(by_slot)
    batch, heads, frames, rows, columns = by_slot.shape
    length = segment or frames
    mass = by_slot.reshape(batch, heads, frames // length, length, rows, columns)
    source = mass.clone()
    outside = torch.zeros_like(mass)
    for fold in table:
        d, head = fold.direction, fold.head
        share = (fold.stop - fold.start) / head_dim
        moved = share * mass[:, head]
        (slot_t, from_t), (slot_y, from_y), (slot_x, from_x) = (
            overlap(d.dt, length),
            overlap(d.dy, rows),
            overlap(d.dx, columns),
        )
        slot = (slice(None), slice(None), slot_t, slot_y, slot_x)
        if d.keeps_own_at_border:
            source[:, head][slot] -= moved[slot]
        else:
            source[:, head] -= moved
            lost = moved.clone()
            lost[slot] = 0
            outside[:, head] += lost
        source[:, head, :, from_t, from_y, from_x] += moved[slot]
    return source.reshape(by_slot.shape), outside.reshape(by_slot.shape)


def sequences_to_sources(
    by_slot: Float[Tensor, "s n M 1"],
    config: ModelConfig,
    axis: Axis,
    block: int,
    shape: Sequence[int],
) -> tuple[Float[Tensor, "B n T h w"], Float[Tensor, "B n T h w"]]:
    """Return `slots_to_sources` for numbers per key slot of the sequences of one attention.

    shape: B, T, h, w and more, of the tokens that the sequences were made of.
    """
    _, frames, rows, columns = shape[:4]
    slots = from_sequences(by_slot, axis, frames, rows, columns)[..., 0].permute(0, 4, 1, 2, 3)
    segment = config.shift_segment if axis == "spatial" else None
    return slots_to_sources(slots, head_folds(config, axis, block), config.head_dim, segment)
