"""Attention when nobody reads its intermediates: the numbers of the trace, in fewer passes over memory.

`fixviz.model.layers.Attention.trace_from` defines what is computed; it is differentiable and keeps
everything. Here query, key and value of all heads are written once, into one buffer that is laid out as
the products want it, and then changed in place:

    buffer[sequence, head, token] = phi(q), phi(k'), v'

That one write makes the permutation, the shift and the feature map; the concatenation that fixation sees
is there without copying, and each product reads the buffer where it lies.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Protocol

import torch
from torch import Tensor, nn

from fixviz.model.attention import AttentionKind
from fixviz.model.config import Axis
from fixviz.model.directions import Direction, Fold, cut_at_heads
from fixviz.model.fixation import FeatureFixation
from fixviz.model.products import linear
from fixviz.model.shapes import Float
from fixviz.model.shift import overlap

_ORDERS: Final[dict[Axis, tuple[int, ...]]] = {
    "temporal": (0, 2, 3, 4, 1),
    "spatial": (0, 1, 4, 2, 3),
    "joint": (0, 4, 1, 2, 3),
}
"""Clip, frame, row, column and head (0 to 4) in the order in which the buffer of an axis has them."""


def needs_trace(module: nn.Module, tokens: Tensor) -> bool:
    """Tell whether the traced path must run: somebody needs gradients, or autocast mixes number formats."""
    if torch.is_grad_enabled() and (
        tokens.requires_grad or any(p.requires_grad for p in module.parameters())
    ):
        return True
    return torch.is_autocast_enabled(tokens.device.type)


def _gpu_kernels() -> ModuleType | None:
    """Return `fixviz.model.fused`; None where torch has no CUDA or Triton is not installed."""
    try:
        return importlib.import_module("fixviz.model.fused") if torch.version.cuda else None
    except ImportError:
        return None


KERNELS: ModuleType | None = _gpu_kernels()
"""The module with GPU kernels, where there can be any."""


class Programs(Protocol):
    """Compiled programs of blocks."""

    def output(self, block: nn.Module, tokens: Tensor) -> Tensor | None:
        """Return the tokens after the block, [B, T, h, w, D]; None where there is no program for them yet."""


PROGRAMS: Programs | None = None
"""Programs that this process uses (`fixviz.engine.compiled.use_compiled_blocks`)."""


@dataclass(frozen=True)
class Piece:
    """Channels of neighboring heads that are read from one place."""

    heads: slice
    channels: slice
    """Counted within a head."""
    direction: Direction | None
    """The neighbor that they are read from; None: the token itself."""


def pieces(folds: Iterable[Fold], heads: int, width: int) -> tuple[Piece, ...]:
    """Return pieces that cover each channel of each head once, the folds among them."""
    cut = cut_at_heads(folds, width)
    found = [Piece(slice(f.head, f.head + 1), slice(f.start, f.stop), f.direction) for f in cut]
    first_whole = 0
    for head in range(heads + 1):
        taken = sorted((f.start, f.stop) for f in cut if f.head == head)
        if head < heads and not taken:
            continue
        if first_whole < head:
            found.append(Piece(slice(first_whole, head), slice(0, width), None))
        first_whole = head + 1
        ends = [0, *(stop for _, stop in taken)]
        starts = [*(start for start, _ in taken), width]
        if head < heads:
            gaps = [(a, b) for a, b in zip(ends, starts, strict=True) if a < b]
            found += [Piece(slice(head, head + 1), slice(*gap), None) for gap in gaps]
    return tuple(found)


def mixed_tokens(
    tokens: Float[Tensor, "B T h w D"],
    qkv: nn.Linear,
    fixation: FeatureFixation | None,
    *,
    kind: AttentionKind,
    axis: Axis,
    heads: int,
    folds: Sequence[Fold],
    segment: int | None,
    dial: float,
) -> Float[Tensor, "B T h w n d"]:
    """Return what an attention hands to its output projection; as `mixed` of its trace.

    kind: one that has `write_map`. Not differentiable.
    """
    width = tokens.shape[-1] // heads
    offset = kind.offset(width)
    bias = qkv.bias.clone()
    bias[: 2 * tokens.shape[-1]] += offset  # Makes z + offset of query and key for nothing.
    projected = linear(tokens, qkv.weight, bias)
    projected = projected.view(*tokens.shape[:-1], 3, heads, width)
    query, key, value = projected.unbind(4)
    order = _ORDERS[axis]
    back = [order.index(place) for place in range(5)]
    sizes = [query.shape[place] for place in order]
    buffer = tokens.new_empty(*sizes, 3, width)
    grid = buffer.permute(*back, 5, 6)
    write_map = kind.write_map
    assert write_map is not None
    parts = pieces(folds, heads, width)
    write_map(query, offset, grid[..., 0, :])
    _write(key, grid[..., 1, :], parts, segment, lambda z, out: write_map(z, offset, out), offset)
    _write(value, grid[..., 2, :], parts, segment, lambda z, out: out.copy_(z), 0.0)
    if fixation is not None:
        fixation.reweight(buffer, dial)
    head = order.index(4)
    sequences = buffer.flatten(head + 1, 4).flatten(0, head - 1)
    query, key, value = sequences.unbind(-2)

    def on_grid(x: Tensor) -> Tensor:
        return x.reshape(*sizes, x.shape[-1]).permute(*back, 5)

    mixed = torch.empty_like(projected[..., 0, :, :], memory_format=torch.contiguous_format)
    if kind.quotient is None:
        return mixed.copy_(on_grid(kind.attend(query, key, value)))
    numerator, denominator = kind.quotient(query, key, value)
    return torch.div(on_grid(numerator), on_grid(denominator), out=mixed)


def _write(
    source: Float[Tensor, "B T h w n d"],
    target: Float[Tensor, "B T h w n d"],
    parts: Iterable[Piece],
    segment: int | None,
    put: Callable[[Tensor, Tensor], object],
    outside: float,
) -> None:
    """Write `source` into `target` by `put`, each piece from its neighbor; see shift.shift_channels.

    outside: what is written where a fold reads beyond the border.
    """
    length = segment or source.shape[1]
    source, target = (_in_segments(x, length) for x in (source, target))
    sizes = source.shape[2:5]
    for piece in parts:
        here, there = (x[..., piece.heads, piece.channels] for x in (source, target))
        direction = piece.direction
        if direction is None:
            put(here, there)
            continue
        offsets = (direction.dt, direction.dy, direction.dx)
        places = [overlap(o, n) for o, n in zip(offsets, sizes, strict=True)]
        to, read = (tuple(pair[i] for pair in places) for i in (0, 1))
        put(_box(here, read), _box(there, to))
        for border in _around(to, sizes):
            if direction.keeps_own_at_border:
                put(_box(here, border), _box(there, border))
            else:
                _box(there, border).fill_(outside)


def _in_segments(x: Tensor, length: int) -> Tensor:
    """Return [B, T, ...] as [B, T / length, length, ...]."""
    return x.view(x.shape[0], -1, length, *x.shape[2:])


def _box(x: Tensor, box: Sequence[slice]) -> Tensor:
    """Return the frames, rows and columns `box` of [B, segments, length, h, w, n, d]."""
    frames, rows, columns = box
    return x[:, :, frames, rows, columns]


def _around(box: Sequence[slice], sizes: Sequence[int]) -> list[tuple[slice, ...]]:
    """Return boxes that together cover all places outside `box`; some cover the same corner."""
    found = []
    for axis, (inside, size) in enumerate(zip(box, sizes, strict=True)):
        for strip in (slice(0, inside.start), slice(inside.stop, size)):
            if strip.start < strip.stop:
                found.append(
                    tuple(strip if i == axis else slice(0, n) for i, n in enumerate(sizes))
                )
    return found
