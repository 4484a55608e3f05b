"""Where a model looks when the truth is known: generated clips carry masks of what decides the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.concentration import QueryLayout
from fixviz.analysis.measure_table import TARGET_MEASURES, names
from fixviz.analysis.measures import METRICS
from fixviz.analysis.rows import read_rows
from fixviz.analysis.source import slots_to_sources
from fixviz.analysis.windows import Windows
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import Fold, folds, head_folds
from fixviz.model.geometry import PatchGrid
from fixviz.model.layers import AttentionTrace, to_sequences
from fixviz.model.shapes import Float
from fixviz.model.shift import shift_channels

F = TypeVar("F", bound=np.floating)
POSITIVE = 0.2
"""A patch is on target if at least this fraction of its window is covered."""


FIGURES = names(TARGET_MEASURES)
"""The figures of a run whose clip has a known target, per layer, head and frame."""


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
    """Measure the spatial attention of `block` against the target's mask, 0..1 per pixel."""
    batch, frames = mask.shape[:2]
    rows, columns = trace.query.shape[2:4]
    grid = PatchGrid(mask.shape[2], mask.shape[3], config.patch, config.stride)
    covered = torch.from_numpy(grid.coverage(mask.float().cpu().numpy())).to(trace.query)
    marks = head_marks(covered, folds(config, "spatial", block), config, "spatial")
    result = read_rows(
        to_sequences(trace.fixed_query, "spatial"),
        to_sequences(trace.fixed_key, "spatial"),
        to_sequences(trace.shifted_value, "spatial"),
        to_sequences(trace.mixed, "spatial"),
        config.attention,
        to_sequences(marks.unsqueeze(-1), "spatial").squeeze(-1),
    )
    assert result.mass is not None
    by_slot = rearrange(result.received, "(b t) n (y x) -> b n t y x", b=batch, y=rows, x=columns)
    table = head_folds(config, "spatial", block)
    source, _ = slots_to_sources(by_slot, table, config.head_dim, config.shift_segment)
    received = source.mean(1).flatten(2).double().cpu().numpy()
    mass = rearrange(result.mass.mean(1), "(b t) q -> b t q", b=batch).double().cpu().numpy()
    m = covered.flatten(2).double().cpu().numpy()
    positive = m >= POSITIVE
    absent = ~positive.any(-1)
    measures = result.measures.mean((1, 2)).reshape(batch, frames, -1).astype(np.float64)

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
        concentration=measures[..., METRICS.index("concentration")],
        effective_support=measures[..., METRICS.index("effective_support")],
    )


def with_nearest(target: NDArray[F]) -> NDArray[F]:
    """Return masks or covered fractions [N, ...] with those of the nearest known frame in unknown ones.

    Unknown frames hold NaN; of two equally near the earlier one is taken. Keys of a known frame may hold
    content of frames beside it, of which something has to be assumed. Raises ValueError where no frame is
    known.
    """
    known = np.flatnonzero(known_frames(target))
    if len(known) == 0:
        raise ValueError("no frame has a mask")
    distance = np.abs(np.arange(len(target))[:, None] - known)
    return np.asarray(target[known[distance.argmin(1)]])


def known_frames(target: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell for each frame of [N, ...] whether its mask is known: it holds no NaN."""
    return np.asarray(~np.isnan(target).reshape(len(target), -1).any(1))


def head_marks(
    covered: Float[Tensor, "B T h w"], moved: Sequence[Fold], config: ModelConfig, axis: Axis
) -> Float[Tensor, "B T h w n"]:
    """Return how much of each key slot's content comes from covered patches, per head, 0..1.

    moved: the folds of channels that come from neighbors. Channels that read beyond the border read
    nothing and count as not covered.
    """
    if not moved:
        return covered[..., None].expand(-1, -1, -1, -1, config.heads)
    by_channel = covered[..., None].expand(-1, -1, -1, -1, config.dim)
    segment = config.shift_segment if axis == "spatial" else None
    shifted = shift_channels(by_channel, moved, segment)
    return rearrange(shifted, "b t y x (n d) -> b t y x n d", n=config.heads).mean(-1)


def mass_figures(
    mass: NDArray[np.float32], covered: NDArray[np.float32], layout: QueryLayout
) -> dict[str, NDArray[np.float32]]:
    """Return attention on the target per frame: the mean over all queries, and over those on target.

    mass: [s, n, Q], each query's attention on covered content; covered: [s, 1, Q], of the query's own patch.
    Returns mass_on_target and mass_on_target_queries, [batch, n, length], NaN for frames in which no patch
    is on target.
    """
    by_place = layout.places(mass)
    positive = layout.places(covered) >= POSITIVE
    count = positive.sum(3)
    there = np.where(count > 0, 1.0, np.nan)
    on_target = (by_place * positive).sum(3) / np.maximum(count, 1)
    return {
        "mass_on_target": layout.frames(by_place.mean(3) * there),
        "mass_on_target_queries": layout.frames(on_target * there),
    }


def received_figures(
    received: NDArray[np.floating], target: NDArray[np.floating]
) -> dict[str, NDArray[np.float32]]:
    """Return pointing game and average precision of attention received.

    received: [..., N, h, w] by source; target: [N, h, w] covered fractions. Returns pointing (1
    where the patch that receives most is on target, else 0; the first of equal ones) and
    average_precision, [..., N], NaN for frames in which no patch is on target.
    """
    scores = received.reshape(*received.shape[:-2], -1)
    positive = target.reshape(len(target), -1) >= POSITIVE
    there = np.where(positive.any(-1), 1.0, np.nan)
    positive = np.broadcast_to(positive, scores.shape)
    best = scores.argmax(-1)[..., None]
    found = {
        "pointing": np.take_along_axis(positive, best, -1)[..., 0] * there,
        "average_precision": average_precision(scores, positive) * there,
    }
    return {name: np.asarray(values, dtype=np.float32) for name, values in found.items()}


def target_baselines(
    target: NDArray[np.floating], windows: Windows, axis: Axis
) -> dict[str, NDArray[np.float32]]:
    """Return what attention that knows nothing of the target would reach, per frame: [N] each.

    target: [N, h, w] covered fractions. For the masses: uniform attention over the keys that a query
    has along `axis`. For the pointing game: a patch drawn at random. For average precision: the
    expectation over all orders of the patches, H_P / P + (R - 1) / (P - 1) (1 - H_P / P) for R of P
    patches on target, H_P the P-th harmonic number. NaN for frames in which no patch is on target.
    """
    own = target.reshape(len(target), -1).astype(np.float64)
    positive = own >= POSITIVE
    count, patches = positive.sum(-1), own.shape[-1]
    there = np.where(count > 0, 1.0, np.nan)
    if axis == "spatial":
        uniform = np.broadcast_to(own.mean(-1, keepdims=True), own.shape)
    else:
        over = own[windows.indices].mean(1)  # of each window, per place
        if axis == "joint":
            over = np.broadcast_to(over.mean(-1, keepdims=True), over.shape)
        uniform = over[windows.of_frame]
    harmonic = (1 / np.arange(1, patches + 1)).sum() / patches
    others = (count - 1) / max(patches - 1, 1)
    found = {
        "mass_on_target": uniform.mean(-1),
        "mass_on_target_queries": (uniform * positive).sum(-1) / np.maximum(count, 1),
        "pointing": count / patches,
        "average_precision": harmonic + others * (1 - harmonic),
    }
    return {name: (values * there).astype(np.float32) for name, values in found.items()}


def average_precision(
    scores: NDArray[np.floating], positive: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the mean, over the positives, of the precision at each one's rank; [..., N] to [...].

    Ties keep the order of the keys. 0 where nothing is positive.
    """
    order = np.argsort(-scores, axis=-1, kind="stable")
    hits = np.take_along_axis(positive, order, -1)
    precision = hits.cumsum(-1) / np.arange(1, hits.shape[-1] + 1)
    return np.asarray((precision * hits).sum(-1) / np.maximum(hits.sum(-1), 1), dtype=np.float64)
