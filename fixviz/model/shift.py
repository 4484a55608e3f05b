"""Feature shift: some channels of key and value come from a neighboring token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from fixviz.model.directions import Direction, Fold
from fixviz.model.shapes import Float


def overlap(offset: int, length: int) -> tuple[slice, slice]:
    """Return (where to write, where to read) along an axis, for values from `offset` further on."""
    offset = max(-length, min(length, offset))
    return slice(max(0, -offset), length - max(0, offset)), slice(
        max(0, offset), length + min(0, offset)
    )


def shift_channels(
    x: Float[Tensor, "B T h w D"], folds: Sequence[Fold], segment: int | None = None
) -> Float[Tensor, "B T h w D"]:
    """Replace the channels of each fold by those of its neighbor; the others stay.

    Outside the grid and the clip a fold reads 0, except a diagonal one, which keeps its own value.
    With `segment`, clips are cut into pieces of so many frames (T a multiple) that do not see
    each other. Source: paper section 3.3, with the borders of the authors' published code.
    """
    if not folds:
        return x
    batch, frames, rows, columns, dim = x.shape
    length = segment or frames
    x = x.reshape(batch * frames // length, length, rows, columns, dim)
    out = x.clone()
    for fold in folds:
        d, channels = fold.direction, slice(fold.start, fold.stop)
        (to_t, from_t), (to_y, from_y), (to_x, from_x) = (
            overlap(d.dt, length),
            overlap(d.dy, rows),
            overlap(d.dx, columns),
        )
        if not d.keeps_own_at_border:
            out[..., channels] = 0
        out[:, to_t, to_y, to_x, channels] = x[:, from_t, from_y, from_x, channels]
    return out.reshape(batch, frames, rows, columns, dim)


def neighbor_table(folds: Iterable[Fold], dim: int) -> Tensor:
    """Return int32 [4, D]: for each channel dt, dy and dx of its neighbor, and 1 if it keeps its own outside.

    All four are 0 for channels that come from the token itself.
    """
    table = torch.zeros(4, dim, dtype=torch.int32)
    for fold in folds:
        d = fold.direction
        row = torch.tensor([d.dt, d.dy, d.dx, d.keeps_own_at_border], dtype=torch.int32)
        table[:, fold.start : fold.stop] = row[:, None]
    return table


def neighbor_exists(
    direction: Direction, frames: int, rows: int, columns: int, segment: int | None = None
) -> Tensor:
    """Tell whether each token has a neighbor in that direction: bool [frames, rows, columns]."""
    length = segment or frames
    inside = torch.zeros(length, rows, columns, dtype=torch.bool)
    to_t, _ = overlap(direction.dt, length)
    to_y, _ = overlap(direction.dy, rows)
    to_x, _ = overlap(direction.dx, columns)
    inside[to_t, to_y, to_x] = True
    return inside.repeat(frames // length, 1, 1)
