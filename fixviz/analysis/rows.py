"""Attention weights of one attention, in pieces that fit in memory, and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.measures import METRICS, sorted_measures
from fixviz.analysis.windows import WEIGHTS_AT_ONCE
from fixviz.model.attention import attention_weights, kind_of
from fixviz.model.config import Attention
from fixviz.model.shapes import Float


@dataclass(frozen=True)
class Rows:
    """What the weight matrices of a set of sequences say."""

    received: Tensor
    """[s, n, M]: N * mean over queries of A_ij; 1 = as much as under uniform attention."""
    measures: NDArray[np.float32]
    """[s, n, N, M]: the measures of each query's row, in the order of METRICS."""
    ascending: NDArray[np.float32]
    """[s, n, groups, M]: each row sorted in ascending order, mean over the queries of a group."""
    rebuild_error: float
    """max |A v - output| / max |output|: how well the float32 map rebuilds the network's output."""
    mass: Tensor | None
    """[s, n, N]: each query's attention on the marked keys; None without marks."""


def read_rows(
    query: Float[Tensor, "s n N d"],
    key: Float[Tensor, "s n M d"],
    value: Float[Tensor, "s n M d"],
    output: Float[Tensor, "s n N d"],
    attention: Attention,
    marks: Float[Tensor, "s n M"] | None = None,
    groups: int = 1,
) -> Rows:
    """Form the weights piece by piece and keep only sums over queries and the rows' measures.

    query and key as the attention uses them (after shift, feature map and fixation), value after the
    shift, output what the network computed from them. marks: how much of each key slot counts as
    marked, 0..1. groups: how many consecutive groups of equal size the queries form, each with a
    mean of its sorted rows. No matrix outlives its piece.
    """
    sequences, heads, queries, _ = query.shape
    keys = key.shape[2]
    flat = [x.flatten(0, 1) for x in (query, key, value, output)]
    received = query.new_empty(sequences * heads, keys)
    measures = np.empty((sequences * heads, queries, len(METRICS)), np.float32)
    ascending = np.zeros((sequences * heads, groups, keys), np.float32)
    worst = torch.zeros((), device=query.device)
    mass = None if marks is None else query.new_empty(sequences * heads, queries)
    step = max(1, WEIGHTS_AT_ONCE // (queries * keys))
    rows_at_once = max(1, WEIGHTS_AT_ONCE // keys)
    for start in range(0, sequences * heads, step):
        part = slice(start, start + step)
        q, k, v, out = (x[part] for x in flat)
        total = torch.zeros_like(received[part])
        for row in range(0, queries, rows_at_once):
            some = slice(row, row + rows_at_once)
            weights = attention_weights(q[:, some], k, attention)
            total = total + weights.sum(1)
            worst = torch.maximum(worst, (weights @ v - out[:, some]).abs().amax())
            if mass is not None and marks is not None:
                marked = marks.flatten(0, 1)[part].unsqueeze(-1)
                mass[part, some] = (weights @ marked).squeeze(-1)
            in_order = np.sort(weights.float().cpu().numpy(), axis=-1)
            measures[part, some] = sorted_measures(in_order)
            _add_groups(ascending[part], in_order, row, queries // groups)
        received[part] = total
    return Rows(
        received=(received * (keys / queries)).view(sequences, heads, keys),
        measures=measures.reshape(sequences, heads, queries, len(METRICS)),
        ascending=(ascending * (groups / queries)).reshape(sequences, heads, groups, keys),
        rebuild_error=float(worst / output.abs().amax().clamp_min(1e-30)),
        mass=None if mass is None else mass.view(sequences, heads, queries),
    )


def _add_groups(
    sums: NDArray[np.float32], rows: NDArray[np.float32], first: int, size: int
) -> None:
    """Add rows [x, r, M], of which `first` is the first query, to sums [x, groups, M] in place."""
    group = np.arange(first, first + rows.shape[1]) // size
    found, starts = np.unique(group, return_index=True)
    sums[:, found] += np.add.reduceat(rows, starts, axis=1)


def weights_transposed(
    query: Float[Tensor, "s n N d"],
    key: Float[Tensor, "s n M d"],
    given: Float[Tensor, "s n N e"],
    attention: Attention,
) -> Float[Tensor, "s n M e"]:
    """Return sum_i A_ij given_i without forming a matrix of weights that covers a whole layer.

    An attention kind that needs the matrix for it (softmax) forms it in pieces.
    """
    transposed = kind_of(attention).transposed
    if transposed is not None:
        return transposed(query, key, given)
    sequences, heads, queries, _ = query.shape
    keys = key.shape[2]
    result = given.new_zeros(sequences, heads, keys, given.shape[-1])
    step = max(1, WEIGHTS_AT_ONCE // (heads * queries * keys))
    rows = max(1, WEIGHTS_AT_ONCE // (heads * keys))
    for first in range(0, sequences, step):
        part = slice(first, first + step)
        for row in range(0, queries, rows):
            some = slice(row, row + rows)
            weights = attention_weights(query[part, :, some], key[part], attention)
            result[part] += weights.transpose(-1, -2) @ given[part, :, some]
    return result
