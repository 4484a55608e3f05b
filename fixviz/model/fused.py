"""Linear attention with shift, feature map and fixation in one or two GPU kernels; needs Triton.

`fixviz.model.layers.Attention.trace_from` is the reference. Each kernel reads the projected query, key
and value from where the shift says, and keeps all that follows in registers: feature map, ratios and
products. A short sequence takes one kernel, (q k^T) v. A long one takes two: the first sums k_j^T v_j and
k_j over pieces of the sequence, the second multiplies q_i by the sums. Products are formed in bfloat16 and
summed in float32.
"""

# The bodies of kernels are Triton's language, in which names of one letter and many arguments are usual.
# mypy: ignore-errors
# ruff: noqa: SIM108

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from fixviz.model.attention import EPSILON
from fixviz.model.config import Axis
from fixviz.model.directions import Fold
from fixviz.model.fixation import FeatureFixation


class Launch(NamedTuple):
    """How a kernel is cut up and compiled."""

    tile: int
    """Tokens that a program holds at a time; 64 or 128."""
    warps: int
    stages: int
    """Tiles whose loads are under way at once."""


LAUNCHES: Final = (
    Launch(64, 4, 3),
    Launch(64, 4, 2),
    Launch(64, 8, 3),
    Launch(128, 8, 2),
)
"""What `benchmarks/gpu.py` tries."""
CHOSEN: Final[dict[str, Launch]] = {
    "short": Launch(64, 4, 3),
    "sums": Launch(64, 4, 3),
    "outputs": Launch(64, 4, 3),
    "short with fixation": Launch(64, 4, 3),
    "sums with fixation": Launch(64, 4, 2),
    "outputs with fixation": Launch(64, 4, 2),
}
"""By kernel, and by whether there are ratios to form, which takes more registers."""
_SHORT = 64
"""The longest sequence that one kernel does alone."""
_ENOUGH = 128
"""Programs that are enough for sums; with fewer sequences and heads than that, sequences are cut up."""
_PROGRAMS = 512
"""About how many programs there are then."""
_MANY = 1024
"""Programs of the other kernels, from which on each does several tiles and reads its weights once."""


def fits(width: int, dtype: torch.dtype) -> bool:
    """Tell whether the kernels work for heads of that width and tensors of that format."""
    return dtype == torch.bfloat16 and width in (16, 32, 64, 128)


def fused_linear_attention(
    projected: Tensor,
    heads: int,
    axis: Axis,
    folds: Sequence[Fold],
    table: Tensor,
    segment: int | None,
    fixation: FeatureFixation | None,
) -> Tensor:
    """Return what linear attention hands to its output projection, bfloat16 [B, T, h, w, D].

    projected: contiguous [B, T, h, w, 3 D], query, key and value before the shift. table: the folds as
    `shift.neighbor_table` gives them.
    """
    batch, frames, rows, columns, width = projected.shape
    dim = width // 3
    width = dim // heads
    places = rows * columns
    if axis == "temporal":
        count, tokens, inner, outer, step = batch * places, frames, places, frames * places, places
    elif axis == "spatial":
        count, tokens, inner, outer, step = batch * frames, places, 1, places, 1
    else:
        count, tokens, inner, outer, step = batch, frames * places, 1, frames * places, 1
    out = projected.new_empty(batch, frames, rows, columns, dim)
    form, query_side, key_side = 0, None, None
    if fixation is not None:
        form = 1 if fixation.cooperative else 2
        query_side = fixation.query_projection
        key_side = fixation.key_projection or fixation.query_projection
    unused = projected
    weights = (
        query_side.weight if query_side is not None else unused,
        query_side.bias if query_side is not None else unused,
        key_side.weight if key_side is not None else unused,
        key_side.bias if key_side is not None else unused,
    )
    grid = (places, rows, columns, segment or frames, count, tokens, inner, outer, step)
    fixed = {
        "EPS": EPSILON,
        "D": dim,
        "HEADS": heads,
        "WIDTH": width,
        "FORM": form,
        "GROUP": together_read(folds, width),
        "OFFSET": width**-0.5,
    }
    kind = " with fixation" if form else ""
    if tokens <= _SHORT:
        tile, warps, stages = CHOSEN["short" + kind]
        together = tile // tokens
        tiles = triton.cdiv(count, together)
        per_piece = max(1, tiles * heads // _MANY)
        _short[(triton.cdiv(tiles, per_piece), heads)](
            projected,
            table,
            *weights,
            out,
            *grid,
            together,
            per_piece,
            TILE=tile,
            **fixed,
            num_warps=warps,
            num_stages=stages,
        )
        return out
    pairs = count * heads
    tile, warps, stages = CHOSEN["sums" + kind]
    tiles = triton.cdiv(tokens, tile)
    per_piece = tiles if pairs >= _ENOUGH else triton.cdiv(tiles * pairs, _PROGRAMS)
    pieces = triton.cdiv(tiles, per_piece)
    sums = torch.empty((pairs, pieces, width, width), dtype=torch.float32, device=projected.device)
    totals = torch.empty((pairs, pieces, width), dtype=torch.float32, device=projected.device)
    _sums[(pairs, pieces)](
        projected,
        table,
        *weights,
        sums,
        totals,
        *grid,
        per_piece,
        TILE=tile,
        **fixed,
        num_warps=warps,
        num_stages=stages,
    )
    if pieces > 1:
        sums, totals = sums.sum(1), totals.sum(1)
    tile, warps, stages = CHOSEN["outputs" + kind]
    tiles = triton.cdiv(tokens, tile)
    per_piece = min(tiles, max(1, tiles * pairs // _MANY))
    _outputs[(pairs, triton.cdiv(tiles, per_piece))](
        projected,
        table,
        *weights,
        sums,
        totals,
        out,
        *grid,
        per_piece,
        TILE=tile,
        **fixed,
        num_warps=warps,
        num_stages=stages,
    )
    return out


def together_read(folds: Sequence[Fold], width: int) -> int:
    """Return how many channels of a head, a power of two, come from one place; 0 without folds.

    If they are 8 or more, they are read 16 bytes at a time, and their neighbor is found once.
    """
    if not folds:
        return 0
    borders = math.gcd(width, *(end for fold in folds for end in (fold.start, fold.stop)))
    return borders & -borders


@triton.jit
def _read(
    projected,
    table,
    which: tl.constexpr,
    head,
    g,
    live,
    places,
    rows,
    columns,
    segment,
    D: tl.constexpr,
    WIDTH: tl.constexpr,
    GROUP: tl.constexpr,
):
    """Return query (0), key (1) or value (2) of tokens g, [TILE, WIDTH]; 0 where not live.

    GROUP: channels that are read from one place; 0: all are the token's own.
    """
    if GROUP == 0:
        channel = which * D + head * WIDTH + tl.arange(0, WIDTH)
        address = g.to(tl.int64)[:, None] * (3 * D) + channel[None, :]
        found = tl.load(projected + address, mask=live[:, None], other=0.0)
    elif GROUP < 8:
        # Each channel for itself: less than 16 bytes is not worth a group, and Triton 3.6 fails on it.
        of_head = head * WIDTH + tl.arange(0, WIDTH)
        dt = tl.load(table + of_head)[None, :]
        dy = tl.load(table + D + of_head)[None, :]
        dx = tl.load(table + 2 * D + of_head)[None, :]
        keep = tl.load(table + 3 * D + of_head)[None, :]
        frame = g // places
        place = g - frame * places
        row = place // columns
        t = (frame % segment)[:, None] + dt
        y = row[:, None] + dy
        x = (place - row * columns)[:, None] + dx
        inside = (t >= 0) & (t < segment) & (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
        source = g[:, None] + tl.where(inside, dt * places + dy * columns + dx, 0)
        address = source.to(tl.int64) * (3 * D) + which * D + of_head[None, :]
        read = live[:, None] & (inside | (keep != 0))
        found = tl.load(projected + address, mask=read, other=0.0)
    else:
        first = head * WIDTH + tl.arange(0, WIDTH // GROUP) * GROUP
        dt = tl.load(table + first)[None, :]
        dy = tl.load(table + D + first)[None, :]
        dx = tl.load(table + 2 * D + first)[None, :]
        keep = tl.load(table + 3 * D + first)[None, :]
        frame = g // places
        place = g - frame * places
        row = place // columns
        t = (frame % segment)[:, None] + dt
        y = row[:, None] + dy
        x = (place - row * columns)[:, None] + dx
        inside = (t >= 0) & (t < segment) & (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
        source = g[:, None] + tl.where(inside, dt * places + dy * columns + dx, 0)
        read = live[:, None] & (inside | (keep != 0))
        channel = which * D + first[None, :, None] + tl.arange(0, GROUP)[None, None, :]
        address = source.to(tl.int64)[:, :, None] * (3 * D) + channel
        groups = tl.load(projected + address, mask=read[:, :, None], other=0.0)
        found = tl.reshape(groups, [g.shape[0], WIDTH])
    return found


@triton.jit
def _mapped(z, live, OFFSET: tl.constexpr):
    """Return phi(z) = relu(z) + offset, and 0 where not live."""
    phi = tl.maximum(z.to(tl.float32), 0.0) + OFFSET
    return tl.where(live[:, None], phi, 0.0).to(z.dtype)


@triton.jit
def _weights(weight, bias, WIDTH: tl.constexpr, FORM: tl.constexpr):
    """Return the three parts of W^T, of query, key and value, and the bias; FORM 2 has one part."""
    i = tl.arange(0, WIDTH)
    if FORM == 1:
        address = weight + i[None, :] * (3 * WIDTH) + i[:, None]
        of_query, of_key = tl.load(address), tl.load(address + WIDTH)
        of_value = tl.load(address + 2 * WIDTH)
    else:
        of_query = tl.load(weight + i[None, :] * WIDTH + i[:, None])
        of_key, of_value = of_query, of_query
    return of_query, of_key, of_value, tl.load(bias + i).to(tl.float32)


@triton.jit
def _fixed(own, query, key, value, of_query, of_key, of_value, bias, FORM: tl.constexpr):
    """Return `own` times its ratio: sigmoid(W g + b), g as the form of fixation says."""
    if FORM == 1:
        seen = tl.dot(query, of_query)
        seen = tl.dot(key, of_key, seen)
        seen = tl.dot(value, of_value, seen)
    else:
        seen = tl.dot(own, of_query)
    return (own.to(tl.float32) * tl.sigmoid(seen + bias[None, :])).to(own.dtype)


@triton.jit
def _short(
    projected,
    table,
    weight_q,
    bias_q,
    weight_k,
    bias_k,
    out,
    places,
    rows,
    columns,
    segment,
    count,
    tokens,
    inner,
    outer,
    step,
    together,
    per_piece,
    TILE: tl.constexpr,
    EPS: tl.constexpr,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    FORM: tl.constexpr,
    GROUP: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Do one head of `per_piece` tiles, each of as many whole sequences as it holds."""
    head = tl.program_id(1)
    r = tl.arange(0, TILE)
    i = tl.arange(0, WIDTH)
    if FORM != 0:
        q_q, q_k, q_v, b_q = _weights(weight_q, bias_q, WIDTH, FORM)
        k_q, k_k, k_v, b_k = _weights(weight_k, bias_k, WIDTH, FORM)
    for tile in range(per_piece):
        sequence = (tl.program_id(0) * per_piece + tile) * together + r // tokens
        live = (r < together * tokens) & (sequence < count)
        g = (sequence // inner) * outer + sequence % inner + (r % tokens) * step
        query = _read(
            projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, 0
        )
        key = _read(
            projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
        )
        value = _read(
            projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
        )
        query, key = _mapped(query, live, OFFSET), _mapped(key, live, OFFSET)
        if FORM == 0:
            fixed_query, fixed_key = query, key
        else:
            fixed_query = _fixed(query, query, key, value, q_q, q_k, q_v, b_q, FORM)
            fixed_key = _fixed(key, query, key, value, k_q, k_k, k_v, b_k, FORM)
        scores = tl.dot(fixed_query, tl.trans(fixed_key))
        scores = tl.where(sequence[:, None] == sequence[None, :], scores, 0.0)
        normalizer = tl.sum(scores, 1) + EPS
        mixed = tl.dot(scores.to(value.dtype), value) / normalizer[:, None]
        address = g.to(tl.int64)[:, None] * D + head * WIDTH + i[None, :]
        tl.store(out + address, mixed.to(value.dtype), mask=live[:, None])


@triton.jit
def _sums(
    projected,
    table,
    weight_q,
    bias_q,
    weight_k,
    bias_k,
    sums,
    totals,
    places,
    rows,
    columns,
    segment,
    count,
    tokens,
    inner,
    outer,
    step,
    per_piece,
    TILE: tl.constexpr,
    EPS: tl.constexpr,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    FORM: tl.constexpr,
    GROUP: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Average k_j^T v_j and k_j: sum over one piece of one head's sequence, over all its tokens."""
    pair = tl.program_id(0)
    sequence, head = pair // HEADS, pair % HEADS
    first = (sequence // inner) * outer + sequence % inner
    begin = tl.program_id(1) * per_piece * TILE
    summary = tl.zeros([WIDTH, WIDTH], tl.float32)
    total = tl.zeros([WIDTH], tl.float32)
    if FORM != 0:
        k_q, k_k, k_v, b_k = _weights(weight_k, bias_k, WIDTH, FORM)
    for tile in range(per_piece):
        p = begin + tile * TILE + tl.arange(0, TILE)
        live = p < tokens
        g = first + p * step
        key = _read(
            projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
        )
        value = _read(
            projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
        )
        key = _mapped(key, live, OFFSET)
        query = key
        if FORM == 1:
            query = _read(
                projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, 0
            )
            query = _mapped(query, live, OFFSET)
        if FORM == 0:
            fixed = key
        else:
            fixed = _fixed(key, query, key, value, k_q, k_k, k_v, b_k, FORM)
        summary = tl.dot(tl.trans(fixed), value, summary)
        total += tl.sum(fixed.to(tl.float32), 0)
    i = tl.arange(0, WIDTH)
    number = (pair * tl.num_programs(1) + tl.program_id(1)).to(tl.int64)
    # A float argument would be float64 in a compiled block, and with it all that it touches.
    scale = 1.0 / tokens
    tl.store(sums + number * WIDTH * WIDTH + i[:, None] * WIDTH + i[None, :], summary * scale)
    tl.store(totals + number * WIDTH + i, total * scale)


@triton.jit
def _outputs(
    projected,
    table,
    weight_q,
    bias_q,
    weight_k,
    bias_k,
    sums,
    totals,
    out,
    places,
    rows,
    columns,
    segment,
    count,
    tokens,
    inner,
    outer,
    step,
    per_piece,
    TILE: tl.constexpr,
    EPS: tl.constexpr,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    FORM: tl.constexpr,
    GROUP: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Multiply `per_piece` tiles of queries of one head by the sums of its sequence."""
    pair = tl.program_id(0)
    sequence, head = pair // HEADS, pair % HEADS
    first = (sequence // inner) * outer + sequence % inner
    begin = tl.program_id(1) * per_piece * TILE
    i = tl.arange(0, WIDTH)
    number = pair.to(tl.int64)
    summary = tl.load(sums + number * WIDTH * WIDTH + i[:, None] * WIDTH + i[None, :])
    summary = summary.to(projected.dtype.element_ty)
    total = tl.load(totals + number * WIDTH + i)
    eps = EPS / tokens
    if FORM != 0:
        q_q, q_k, q_v, b_q = _weights(weight_q, bias_q, WIDTH, FORM)
    for tile in range(per_piece):
        p = begin + tile * TILE + tl.arange(0, TILE)
        live = p < tokens
        g = first + p * step
        query = _read(
            projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, 0
        )
        query = _mapped(query, live, OFFSET)
        key, value = query, query
        if FORM == 1:
            key = _read(
                projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
            )
            value = _read(
                projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, GROUP
            )
            key = _mapped(key, live, OFFSET)
        if FORM == 0:
            fixed = query
        else:
            fixed = _fixed(query, query, key, value, q_q, q_k, q_v, b_q, FORM)
        normalizer = tl.sum(fixed.to(tl.float32) * total[None, :], 1) + eps
        mixed = tl.dot(fixed, summary) / normalizer[:, None]
        address = g.to(tl.int64)[:, None] * D + head * WIDTH + i[None, :]
        tl.store(out + address, mixed.to(fixed.dtype), mask=live[:, None])
