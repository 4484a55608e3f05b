"""What fixation ratios are made of, how they are spread, and what they do to concentration.

All values are per head and frame, so that a figure can show one frame or the mean of a clip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from fixviz.analysis.frame_measures import frame_measures
from fixviz.analysis.neighbors import LogitParts, axis_directions
from fixviz.model.attention import feature_map
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.layers import Attention, AttentionTrace, from_sequences, to_sequences
from fixviz.model.shapes import Float

BINS: Final = 20
"""Bins of the ratios' histogram, of equal width over 0..1."""
_SEED: Final = 0


def fixation_maps(
    config: ModelConfig,
    attention: Attention,
    trace: AttentionTrace,
    parts: dict[str, LogitParts],
    take: Callable[[Tensor], Tensor],
) -> dict[str, Tensor]:
    """Return all maps below for one attention; take picks the wanted frames, [B, T, ...] to [F, ...].

    Arrays by name, <which> being query and key (P parts as in `part_names`, n heads, d channels):
    logit/<which>/signed, logit/<which>/absolute [n, F, P]; ratio_histogram/<which> [n, F, 20];
    ratio_channel/<which>/mean, ratio_channel/<which>/std [n, F, d];
    feature_channel/<which>/before, feature_channel/<which>/after [n, F, d];
    metrics_ratios/ones, metrics_ratios/shuffled [n, F, M].
    """
    assert trace.ratio_query is not None and trace.ratio_key is not None
    directions = axis_directions(config, attention.axis)
    plain = {
        "query": feature_map(trace.query, attention.kind),
        "key": feature_map(trace.shifted_key, attention.kind),
    }
    ratios = {"query": trace.ratio_query, "key": trace.ratio_key}
    fixed = {"query": trace.fixed_query, "key": trace.fixed_key}
    maps = {}
    for which, split in parts.items():
        for name, absolute in (("signed", False), ("absolute", True)):
            means = take(split.channel_means(directions, absolute=absolute)).mean((1, 2))
            maps[f"logit/{which}/{name}"] = means.transpose(0, 1)
        ratio = take(ratios[which])
        maps[f"ratio_histogram/{which}"] = ratio_histogram(ratio)
        std, mean = torch.std_mean(ratio, (1, 2), correction=0)
        for name, values in (("mean", mean), ("std", std)):
            maps[f"ratio_channel/{which}/{name}"] = values.transpose(0, 1)
        for name, feature in (("before", plain[which]), ("after", fixed[which])):
            maps[f"feature_channel/{which}/{name}"] = take(feature).mean((1, 2)).transpose(0, 1)
    order = shuffled_order(attention.axis, *trace.query.shape[1:4]).to(trace.query.device)
    others = {
        "ones": plain,
        "shuffled": {
            which: values * shuffle_tokens(ratios[which], order, attention.axis)
            for which, values in plain.items()
        },
    }
    for name, features in others.items():
        maps[f"metrics_ratios/{name}"] = frame_measures(
            features["query"], features["key"], attention, take
        )
    return maps


def ratio_histogram(ratio: Float[Tensor, "F h w n d"]) -> Float[Tensor, "n F 20"]:
    """Return the share of a frame's ratios (over tokens and channels) in each of 20 equal bins over 0..1."""
    frames, _, _, heads, _ = ratio.shape
    bins = (ratio * BINS).long().clamp_(0, BINS - 1)
    cell = torch.arange(frames * heads, device=ratio.device).view(frames, 1, 1, heads, 1)
    counts = torch.bincount((bins + cell * BINS).flatten(), minlength=frames * heads * BINS)
    counts = counts.view(frames, heads, BINS).transpose(0, 1).float()
    return counts / (ratio.numel() / (frames * heads))


def shuffled_order(axis: Axis, frames: int, rows: int, columns: int) -> Tensor:
    """Return for each token of a sequence whose ratios it gets: one seeded cycle through all tokens.

    So every token gets the ratios of another one that it attends to, and each is lent once. The
    same order holds for all sequences, heads and channels, and for query and key.
    """
    tokens = {"temporal": frames, "spatial": rows * columns, "joint": frames * rows * columns}
    generator = torch.Generator().manual_seed(_SEED)
    cycle = torch.randperm(tokens[axis], generator=generator)
    order = torch.empty_like(cycle)
    order[cycle] = cycle.roll(1)
    return order


def shuffle_tokens(
    ratio: Float[Tensor, "B T h w n d"], order: Tensor, axis: Axis
) -> Float[Tensor, "B T h w n d"]:
    """Deal the ratios anew among the tokens that attend to each other along `axis`."""
    return from_sequences(to_sequences(ratio, axis)[..., order, :], axis, *ratio.shape[1:4])
