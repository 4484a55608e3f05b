"""Maps and measures of one model on one clip, for the frames of the clip rather than its windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.chosen import ChosenFrames
from fixviz.analysis.concentration import QueryLayout, frame_figures
from fixviz.analysis.fixation_effect import fixation_maps
from fixviz.analysis.neighbors import split_logits
from fixviz.analysis.rows import read_rows
from fixviz.analysis.source import slots_to_sources
from fixviz.analysis.target import (
    FIGURES,
    head_marks,
    known_frames,
    mass_figures,
    received_figures,
    target_baselines,
    with_nearest,
)
from fixviz.analysis.trace import grid_of, resize_frames, window_pixels
from fixviz.analysis.windows import Windows, windows_at_once
from fixviz.model.change import AS_LEARNED, AttentionChange, NetworkChange
from fixviz.model.config import Axis
from fixviz.model.directions import folds, head_folds
from fixviz.model.layers import Attention, AttentionTrace, to_sequences
from fixviz.model.transformer import VideoTransformer


@dataclass(frozen=True)
class ModelMaps:
    """Maps and measures of one model: L layers, n heads, N frames, h x w grid, D directions.

    `arrays` maps "<axis>/<quantity>" to float32 arrays:
    attention_received/slot, attention_received/source [L, n, N, h, w] and
    attention_received/outside [L, n, N], where N times 1/N reads zeros beyond the border;
    metrics [L, n, N, M]; lorenz [L, n, N, 21]; concentration_histogram [L, n, N, 20];
    ratio_query, ratio_key [L, n, N, h, w] (mean over channels);
    neighbor_share/query, neighbor_share/key [L, n, N, D, h, w]; and what
    fixviz.analysis.fixation_effect.fixation_maps adds, each [L, n, N, ...].
    Where a target is known: mass_on_target, mass_on_target_queries, pointing, average_precision
    [L, n, N], and baseline/<each of these> [N]. Quantities that the model does not have are absent.
    """

    windows: Windows
    probabilities: NDArray[np.float32]
    """[windows, classes]"""
    arrays: dict[str, NDArray[np.float32]]
    rebuild_error: dict[str, list[float]]
    """Per axis and layer: max |A v - output| / max |output| in float32."""


@torch.inference_mode()
def model_maps(
    model: VideoTransformer,
    frames: NDArray[np.uint8],
    *,
    target: NDArray[np.floating] | None = None,
    step: Callable[[], None] = lambda: None,
    changes: NetworkChange | None = None,
    basics_only: bool = False,
) -> ModelMaps:
    """Run `model` over the windows of `frames` (uint8 [N, H, W, 3]) and read off maps and measures.

    target: [N, h, w], the covered fraction of each patch where the truth is known, NaN in frames where it is
    not; those have no figures, and to their neighbors they are as the nearest known frame. Each frame takes
    its maps from the window in which it is most central. `step` is called after every block of every batch
    of windows (`count_steps` says how often); it may raise to stop.
    changes: attentions that run otherwise than learned; the rebuild error is then that of the heads
    before any of them is switched off. basics_only: attention received, ratios and metrics alone.
    """
    config = model.config
    windows = Windows(len(frames), config.frames)
    unknown = None if target is None else ~known_frames(target)
    target = None if target is None else with_nearest(target)
    small = resize_frames(frames, config.image_size)
    batches = _batches(model, frames.shape[1:3], windows)
    found: dict[str, dict[int, list[NDArray[np.float32]]]] = defaultdict(lambda: defaultdict(list))
    errors = {str(axis): [0.0] * config.depth for axis in config.axes}
    probabilities = []
    for batch in batches:
        pixels = window_pixels(model, small, windows.indices[batch])
        chosen = ChosenFrames.of(windows, batch)
        covered = None
        if target is not None:
            covered = torch.from_numpy(target[windows.indices[batch]]).to(pixels)
        tokens = model.embed(pixels)
        blocks = model.walk(tokens, changes)
        for layer in range(config.depth):
            block = next(blocks)
            for axis in config.axes:
                attention = cast(Attention, model.blocks[layer].attentions[axis])  # type: ignore[index]
                change = (changes or {}).get((layer, axis), AS_LEARNED)
                maps, error = _attention_maps(
                    model,
                    attention,
                    block.attentions[axis],
                    layer,
                    chosen,
                    change,
                    covered,
                    basics_only,
                )
                errors[axis][layer] = max(errors[axis][layer], error)
                for name, values in maps.items():
                    found[f"{axis}/{name}"][layer].append(values.float().cpu().numpy())
            tokens = block.output
            del block, maps  # What they hold is most of the memory; the next block needs as much.
            step()
        logits = model.classify(model.norm(tokens))
        probabilities.append(logits.softmax(-1).float().cpu().numpy())
    arrays = {name: _stack(layers, config.depth) for name, layers in found.items()}
    if target is not None:
        for axis in config.axes:
            received = arrays[f"{axis}/attention_received/source"]
            figures = received_figures(received, target)
            arrays.update({f"{axis}/{name}": values for name, values in figures.items()})
            levels = target_baselines(target, windows, axis)
            arrays.update({f"{axis}/baseline/{name}": values for name, values in levels.items()})
            for name in (*FIGURES, *(f"baseline/{figure}" for figure in FIGURES)):
                if f"{axis}/{name}" in arrays:
                    arrays[f"{axis}/{name}"][..., unknown] = np.nan
    return ModelMaps(
        windows=windows,
        probabilities=np.concatenate(probabilities),
        arrays=arrays,
        rebuild_error=errors,
    )


def count_steps(model: VideoTransformer, frames: NDArray[np.uint8]) -> int:
    """Count how often `model_maps` calls its `step`."""
    windows = Windows(len(frames), model.config.frames)
    return len(_batches(model, frames.shape[1:3], windows)) * model.config.depth


def _batches(
    model: VideoTransformer, size: tuple[int, ...], windows: Windows
) -> list[NDArray[np.int64]]:
    """Cut the window numbers into batches that fit in memory."""
    grid = grid_of(model, *size[:2])
    return windows.batches(windows_at_once(model.config, grid.rows, grid.columns))


def _stack(layers: dict[int, list[NDArray[np.float32]]], depth: int) -> NDArray[np.float32]:
    """Join the frames and stack the layers; NaN for layers that lack the quantity."""
    joined = {layer: np.concatenate(parts, axis=1) for layer, parts in layers.items()}
    missing = np.full_like(next(iter(joined.values())), np.nan)
    return np.stack([joined.get(layer, missing) for layer in range(depth)])


def _attention_maps(
    model: VideoTransformer,
    attention: Attention,
    trace: AttentionTrace,
    layer: int,
    chosen: ChosenFrames,
    change: AttentionChange,
    covered: Tensor | None,
    basics_only: bool,
) -> tuple[dict[str, Tensor], float]:
    """Return the maps [n, frames, ...] of one attention, and its rebuild error."""
    axis = attention.axis
    heard = head_folds(model.config, axis, layer)
    table = [fold for fold in heard if fold.direction.label not in change.directions_off]
    width = model.config.head_dim
    marks = None
    if covered is not None:
        moved = folds(model.config, axis, layer)
        kept = [fold for fold in moved if fold.direction.label not in change.directions_off]
        marks = head_marks(covered, kept, model.config, axis)
    reach = 1 if table and axis == "spatial" else 0
    received, figures, error = _received(trace, attention, chosen, reach, covered, marks)
    source, outside = slots_to_sources(received, table, width, attention.segment)

    def frames(x: Tensor) -> Tensor:
        """Take the chosen frames: [B, n, T, ...] to [n, frames, ...]."""
        return chosen.take(x.transpose(1, 2)).transpose(0, 1)

    if basics_only:
        figures = {"metrics": figures["metrics"]}
    maps = {
        "attention_received/slot": frames(received),
        "attention_received/source": frames(source),
        "attention_received/outside": frames(outside.mean((-2, -1))),
        **{name: frames(torch.from_numpy(values)) for name, values in figures.items()},
    }
    if attention.fixation is not None:
        assert trace.ratio_query is not None and trace.ratio_key is not None
        for which, ratio in (("query", trace.ratio_query), ("key", trace.ratio_key)):
            maps[f"ratio_{which}"] = rearrange(chosen.take(ratio.mean(-1)), "f y x n -> n f y x")
    if attention.fixation is not None and not basics_only:
        parts = split_logits(trace, attention.fixation, attention.kind, table, attention.segment)
        maps |= fixation_maps(model.config, attention, trace, parts, chosen.take)
        if table:
            for which, split in parts.items():
                share = chosen.take(split.share().movedim(0, 2))
                maps[f"neighbor_share/{which}"] = rearrange(share, "f d y x n -> n f d y x")
    return maps, error


def _received(
    trace: AttentionTrace,
    attention: Attention,
    chosen: ChosenFrames,
    reach: int,
    covered: Tensor | None,
    marks: Tensor | None,
) -> tuple[Tensor, dict[str, NDArray[np.float32]], float]:
    """Return attention received by slot [B, n, T, h, w], figures per frame [B, n, T, ...], and the error.

    For spatial attention only the chosen frames and their neighbors within `reach` are computed;
    the others are NaN. covered [B, T, h, w] and marks [B, T, h, w, n]: as in fixviz.analysis.target.
    """
    axis: Axis = attention.axis
    batch, length, rows, columns = trace.query.shape[:4]
    wanted = chosen.with_neighbors(batch, length, reach) if axis == "spatial" else None

    def sequences(x: Tensor) -> Tensor:
        grouped = to_sequences(x, axis)
        return grouped if wanted is None else grouped[wanted.to(grouped.device)]

    parts = (trace.fixed_query, trace.fixed_key, trace.shifted_value, trace.mixed)
    layout = QueryLayout(axis, batch, length, None if wanted is None else wanted.numpy())
    query, key, value, output = (sequences(part) for part in parts)
    result = read_rows(
        query,
        key,
        value,
        output,
        attention.kind,
        None if marks is None else sequences(marks.unsqueeze(-1)).squeeze(-1),
        layout.groups,
    )
    figures = frame_figures(result.measures, result.ascending, layout)
    if covered is not None and result.mass is not None:
        own = sequences(covered[..., None, None]).squeeze(-1)
        figures |= mass_figures(result.mass.float().cpu().numpy(), own.cpu().numpy(), layout)
    received = result.received
    if wanted is not None:
        received = received.new_full((batch * length, *received.shape[1:]), torch.nan)
        received[wanted.to(received.device)] = result.received
    sizes = {"b": batch, "t": length, "y": rows, "x": columns}
    sizes.pop("t" if axis == "temporal" else "b")
    return rearrange(received, _GRIDS[axis], **sizes), figures, result.rebuild_error


_GRIDS = {
    "spatial": "(b t) n (y x) -> b n t y x",
    "temporal": "(b y x) n t -> b n t y x",
    "joint": "b n (t y x) -> b n t y x",
}
"""From the keys of sequences to the grids of frames."""
