"""Measures of attention weights per head and frame, from queries and keys, without keeping a matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from einops import rearrange, repeat
from torch import Tensor

from fixviz.analysis.measures import Array, concentration_measures
from fixviz.model.attention import attention_weights
from fixviz.model.layers import Attention, to_sequences
from fixviz.model.shapes import Float

_PIECE: Final = 2**22
"""Most weights formed at once: 16 MB of float32."""


def frame_measures(
    query: Float[Tensor, "B T h w n d"],
    key: Float[Tensor, "B T h w n d"],
    attention: Attention,
    take: Callable[[Tensor], Tensor],
    of_rows: Callable[[Array], Array] = concentration_measures,
) -> Float[Tensor, "n F m"]:
    """Measure the weights that these queries and keys give, with any n of the heads.

    Returns the mean over the queries of each frame that `take` picks ([B, T, ...] to [F, ...]). of_rows:
    rows of weights [..., N] to m measures each, [..., m]; those of METRICS by default.
    """
    axis = attention.axis

    def measured(query: Tensor, key: Tensor) -> Tensor:
        return _measured(query, key, attention, of_rows)

    if axis == "spatial":
        rows = measured(
            rearrange(take(query), "f y x n d -> (f n) (y x) d"),
            rearrange(take(key), "f y x n d -> (f n) (y x) d"),
        )
        return rearrange(rows.mean(1), "(f n) m -> n f m", n=query.shape[4])
    if axis == "temporal":
        rows = measured(
            to_sequences(query, axis).flatten(0, 1),
            to_sequences(key, axis).flatten(0, 1),
        )
        batch, _, height, width, heads, _ = query.shape
        per_token = rearrange(
            rows, "(b y x n) t m -> b t y x n m", b=batch, y=height, x=width, n=heads
        )
        return take(per_token).mean((1, 2)).transpose(0, 1)
    # Queries of the wanted frames only, each against the keys of its whole window.
    window = torch.arange(len(query), device=query.device)
    of_frame = take(repeat(window, "b -> b t", t=query.shape[1]))
    per_frame = []
    for frame_query, number in zip(take(query), of_frame.tolist(), strict=True):
        rows = measured(
            rearrange(frame_query, "y x n d -> n (y x) d"),
            rearrange(key[number], "t y x n d -> n (t y x) d"),
        )
        per_frame.append(rows.mean(1))
    return torch.stack(per_frame, dim=1)


def _measured(
    query: Tensor, key: Tensor, attention: Attention, of_rows: Callable[[Array], Array]
) -> Tensor:
    """Measure the rows of weights of queries [s, N, d] and keys [s, M, d]: [s, N, m].

    The weights are formed piece by piece.
    """
    sequences, queries, _ = query.shape
    step = max(1, _PIECE // (queries * key.shape[1]))
    rows_at_once = max(1, _PIECE // key.shape[1])
    pieces = []
    for start in range(0, sequences, step):
        part = slice(start, start + step)
        rows = []
        for row in range(0, queries, rows_at_once):
            some = slice(row, row + rows_at_once)
            weights = attention_weights(query[part, some], key[part], attention.kind)
            rows.append(torch.from_numpy(of_rows(weights.float().cpu().numpy())))
        pieces.append(torch.cat(rows, 1))
    return torch.cat(pieces).to(query)
