"""Where a model looks when the truth is known: generated clips carry masks of what decides the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.rows import read_rows
from fixviz.analysis.source import slots_to_sources
from fixviz.model.config import ModelConfig
from fixviz.model.directions import folds, head_folds
from fixviz.model.geometry import PatchGrid
from fixviz.model.layers import AttentionTrace, to_sequences
from fixviz.model.shapes import Float
from fixviz.model.shift import shift_channels

POSITIVE = 0.2
"""A patch is on target if at least this fraction of its window is covered."""


@dataclass(frozen=True)
class TargetFigures:
    """Figures of one spatial attention on clips with truth; frames without a target are NaN.

    Arrays are [B, T] per frame. Heads are averaged; the map of the pointing game and of average
    precision is attention received by source, mean over heads.
    """

    mass: NDArray[np.float64]
    """sum_j A_ij m_j, mean over all queries of the frame, counted by source."""
    mass_on_target: NDArray[np.float64]
    """The same, mean over the queries that are on target."""
    area: NDArray[np.float64]
    """mean_j m_j: the mass that uniform attention would have."""
    pointing: NDArray[np.float64]
    """1 where the patch that receives most attention is on target, else 0."""
    average_precision: NDArray[np.float64]
    """Of attention received, for the patches that are on target."""
    concentration: NDArray[np.float64]
    effective_support: NDArray[np.float64]


@torch.inference_mode()
def target_figures(
    trace: AttentionTrace, config: ModelConfig, block: int, mask: Float[Tensor, "B T H W"]
) -> TargetFigures:
    """Figures of the spatial attention of `block` against the target's mask, 0..1 per pixel."""
    batch, frames = mask.shape[:2]
    rows, columns = trace.query.shape[2:4]
    grid = PatchGrid(mask.shape[2], mask.shape[3], config.patch, config.stride)
    covered = torch.from_numpy(grid.coverage(mask.float().cpu().numpy())).to(trace.query)
    by_channel = covered[..., None].expand(-1, -1, -1, -1, config.dim)
    segment = config.shift_segment
    shifted = shift_channels(by_channel, folds(config, "spatial", block), segment)
    # How much of each key slot's content comes from covered patches, per head.
    marks = rearrange(shifted, "b t y x (n d) -> b t y x n d", n=config.heads).mean(-1)
    result = read_rows(
        to_sequences(trace.fixed_query, "spatial"),
        to_sequences(trace.fixed_key, "spatial"),
        to_sequences(trace.shifted_value, "spatial"),
        to_sequences(trace.mixed, "spatial"),
        config.attention,
        rearrange(marks, "b t y x n -> (b t) n (y x)"),
    )
    assert result.mass is not None
    by_slot = rearrange(result.received, "(b t) n (y x) -> b n t y x", b=batch, y=rows, x=columns)
    table = head_folds(config, "spatial", block)
    source, _ = slots_to_sources(by_slot, table, config.head_dim, segment)
    received = source.mean(1).flatten(2).double().cpu().numpy()
    mass = rearrange(result.mass.mean(1), "(b t) q -> b t q", b=batch).double().cpu().numpy()
    m = covered.flatten(2).double().cpu().numpy()
    positive = m >= POSITIVE
    absent = ~positive.any(-1)
    measures = result.measures.mean((1, 2)).reshape(batch, frames, -1)

    def shown(values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.where(absent, np.nan, values)

    on_target = (mass * positive).sum(-1) / np.maximum(positive.sum(-1), 1)
    best = received.argmax(-1)
    return TargetFigures(
        mass=shown(mass.mean(-1)),
        mass_on_target=shown(on_target),
        area=shown(m.mean(-1)),
        pointing=shown(np.take_along_axis(positive, best[..., None], -1)[..., 0].astype(float)),
        average_precision=shown(average_precision(received, positive)),
        concentration=np.asarray(measures[..., 2], dtype=np.float64),
        effective_support=np.asarray(measures[..., 3], dtype=np.float64),
    )


def average_precision(
    scores: NDArray[np.floating], positive: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Mean, over the positives, of the precision at each positive's rank; [..., N] to [...].

    Ties keep the order of the keys. 0 where nothing is positive.
    """
    order = np.argsort(-scores, axis=-1, kind="stable")
    hits = np.take_along_axis(positive, order, -1)
    precision = hits.cumsum(-1) / np.arange(1, hits.shape[-1] + 1)
    return np.asarray((precision * hits).sum(-1) / np.maximum(hits.sum(-1), 1), dtype=np.float64)
