"""Linear attention with shift, feature map and fixation in one or two GPU kernels; needs Triton.

`fixviz.model.layers.Attention.trace_from` is the reference. Each kernel reads the projected query, key
and value from where the shift says, and keeps all that follows in registers: feature map, ratios and
products. A short sequence takes one kernel, (q k^T) v. A long one takes two: the first sums k_j^T v_j and
k_j over pieces of the sequence, the second multiplies q_i by the sums. Products are formed in bfloat16 and
summed in float32.
"""

# The bodies of kernels are Triton's language, in which names of one letter and many arguments are usual.
# mypy: ignore-errors

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from fixviz.model.attention import EPSILON
from fixviz.model.config import Axis
from fixviz.model.fixation import FeatureFixation

_TILE = 64
"""Tokens that a program holds at a time, and the longest sequence that one kernel does alone."""
_ENOUGH = 128
"""Programs that are enough for a GPU; with fewer sequences and heads than that, sequences are cut up."""
_PROGRAMS = 512
"""About how many programs there are then."""


def fits(width: int, dtype: torch.dtype) -> bool:
    """Tell whether the kernels work for heads of that width and tensors of that format."""
    return dtype == torch.bfloat16 and width in (16, 32, 64, 128)


def fused_linear_attention(
    projected: Tensor,
    heads: int,
    axis: Axis,
    table: Tensor | None,
    segment: int | None,
    fixation: FeatureFixation | None,
) -> Tensor:
    """Return what linear attention hands to its output projection, bfloat16 [B, T, h, w, D].

    projected: contiguous [B, T, h, w, 3 D], query, key and value before the shift. table: from
    `shift.neighbor_table`; None: no shift.
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
        "D": dim,
        "HEADS": heads,
        "WIDTH": width,
        "TILE": _TILE,
        "FORM": form,
        "SHIFTED": table is not None,
        "OFFSET": width**-0.5,
    }
    table = unused if table is None else table
    if tokens <= _TILE:
        together = _TILE // tokens
        _short[(triton.cdiv(count, together), heads)](
            projected, table, *weights, out, *grid, together, EPS=EPSILON, **fixed, num_warps=4
        )
        return out
    tiles = triton.cdiv(tokens, _TILE)
    pairs = count * heads
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
        1 / tokens,
        PIECE=per_piece,
        **fixed,
        num_warps=4,
    )
    if pieces > 1:
        sums, totals = sums.sum(1), totals.sum(1)
    _outputs[(pairs, tiles)](
        projected,
        table,
        *weights,
        sums,
        totals,
        out,
        *grid,
        EPSILON / tokens,
        **fixed,
        num_warps=4,
    )
    return out


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
    MOVED: tl.constexpr,
):
    """Return query (0), key (1) or value (2) of tokens g, [TILE, WIDTH]; 0 where not live."""
    channel = head * WIDTH + tl.arange(0, WIDTH)
    if MOVED:
        dt = tl.load(table + channel)[None, :]
        dy = tl.load(table + D + channel)[None, :]
        dx = tl.load(table + 2 * D + channel)[None, :]
        keep = tl.load(table + 3 * D + channel)[None, :]
        place = g % places
        t = ((g // places) % segment)[:, None] + dt
        y = (place // columns)[:, None] + dy
        x = (place % columns)[:, None] + dx
        inside = (t >= 0) & (t < segment) & (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
        source = g[:, None] + tl.where(inside, dt * places + dy * columns + dx, 0)
        read = live[:, None] & (inside | (keep != 0))
    else:
        source = g[:, None] + tl.zeros([1, WIDTH], tl.int32)
        read = live[:, None] & (channel >= 0)[None, :]
    address = source.to(tl.int64) * (3 * D) + which * D + channel[None, :]
    return tl.load(projected + address, mask=read, other=0.0)


@triton.jit
def _mapped(z, live, OFFSET: tl.constexpr):
    """Return phi(z) = relu(z) + offset, and 0 where not live."""
    phi = tl.maximum(z.to(tl.float32), 0.0) + OFFSET
    return tl.where(live[:, None], phi, 0.0).to(z.dtype)


@triton.jit
def _fixed(
    own,
    query,
    key,
    value,
    weight,
    bias,
    WIDTH: tl.constexpr,
    FORM: tl.constexpr,
):
    """Return `own` times its ratio: sigmoid(W g + b), g as the form of fixation says."""
    i = tl.arange(0, WIDTH)
    if FORM == 0:
        return own
    if FORM == 1:
        address = weight + i[None, :] * (3 * WIDTH) + i[:, None]
        seen = tl.dot(query, tl.load(address))
        seen = tl.dot(key, tl.load(address + WIDTH), seen)
        seen = tl.dot(value, tl.load(address + 2 * WIDTH), seen)
    else:
        seen = tl.dot(own, tl.load(weight + i[None, :] * WIDTH + i[:, None]))
    seen += tl.load(bias + i).to(tl.float32)[None, :]
    return (own.to(tl.float32) * tl.sigmoid(seen)).to(own.dtype)


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
    EPS: tl.constexpr,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    TILE: tl.constexpr,
    FORM: tl.constexpr,
    SHIFTED: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Do one head of as many whole sequences as a tile holds."""
    head = tl.program_id(1)
    r = tl.arange(0, TILE)
    sequence = tl.program_id(0) * together + r // tokens
    live = (r < together * tokens) & (sequence < count)
    g = (sequence // inner) * outer + sequence % inner + (r % tokens) * step
    query = _read(
        projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, False
    )
    key = _read(
        projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
    )
    value = _read(
        projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
    )
    query, key = _mapped(query, live, OFFSET), _mapped(key, live, OFFSET)
    fixed_query = _fixed(query, query, key, value, weight_q, bias_q, WIDTH, FORM)
    fixed_key = _fixed(key, query, key, value, weight_k, bias_k, WIDTH, FORM)
    scores = tl.dot(fixed_query, tl.trans(fixed_key))
    scores = tl.where(sequence[:, None] == sequence[None, :], scores, 0.0)
    normalizer = tl.sum(scores, 1) + EPS
    mixed = tl.dot(scores.to(value.dtype), value) / normalizer[:, None]
    address = g.to(tl.int64)[:, None] * D + head * WIDTH + tl.arange(0, WIDTH)[None, :]
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
    scale,
    PIECE: tl.constexpr,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    TILE: tl.constexpr,
    FORM: tl.constexpr,
    SHIFTED: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Sum k_j^T v_j and k_j over one piece of one head's sequence, times `scale`."""
    pair = tl.program_id(0)
    sequence, head = pair // HEADS, pair % HEADS
    first = (sequence // inner) * outer + sequence % inner
    begin = tl.program_id(1) * PIECE * TILE
    summary = tl.zeros([WIDTH, WIDTH], tl.float32)
    total = tl.zeros([WIDTH], tl.float32)
    for tile in range(PIECE):
        p = begin + tile * TILE + tl.arange(0, TILE)
        live = p < tokens
        g = first + p * step
        key = _read(
            projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
        )
        value = _read(
            projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
        )
        key = _mapped(key, live, OFFSET)
        query = key
        if FORM == 1:
            query = _read(
                projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, False
            )
            query = _mapped(query, live, OFFSET)
        fixed = _fixed(key, query, key, value, weight_k, bias_k, WIDTH, FORM)
        summary = tl.dot(tl.trans(fixed), value, summary)
        total += tl.sum(fixed.to(tl.float32), 0)
    i = tl.arange(0, WIDTH)
    number = (pair * tl.num_programs(1) + tl.program_id(1)).to(tl.int64)
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
    eps,
    D: tl.constexpr,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    TILE: tl.constexpr,
    FORM: tl.constexpr,
    SHIFTED: tl.constexpr,
    OFFSET: tl.constexpr,
):
    """Multiply one tile of queries of one head by the sums of its sequence."""
    pair = tl.program_id(0)
    sequence, head = pair // HEADS, pair % HEADS
    p = tl.program_id(1) * TILE + tl.arange(0, TILE)
    live = p < tokens
    g = (sequence // inner) * outer + sequence % inner + p * step
    query = _read(
        projected, table, 0, head, g, live, places, rows, columns, segment, D, WIDTH, False
    )
    query = _mapped(query, live, OFFSET)
    key, value = query, query
    if FORM == 1:
        key = _read(
            projected, table, 1, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
        )
        value = _read(
            projected, table, 2, head, g, live, places, rows, columns, segment, D, WIDTH, SHIFTED
        )
        key = _mapped(key, live, OFFSET)
    fixed = _fixed(query, query, key, value, weight_q, bias_q, WIDTH, FORM)
    i = tl.arange(0, WIDTH)
    pair = pair.to(tl.int64)
    summary = tl.load(sums + pair * WIDTH * WIDTH + i[:, None] * WIDTH + i[None, :])
    total = tl.load(totals + pair * WIDTH + i)
    normalizer = tl.sum(fixed.to(tl.float32) * total[None, :], 1) + eps
    mixed = tl.dot(fixed, summary.to(fixed.dtype)) / normalizer[:, None]
    address = g.to(tl.int64)[:, None] * D + head * WIDTH + i[None, :]
    tl.store(out + address, mixed.to(fixed.dtype), mask=live[:, None])
