"""Attention rollout (Abnar and Zuidema 2020) through the network's attentions.

Each attention counts as (A + I) / 2, where A is the mean of the heads' weights by source token; the
1/2 stands for the residual connection and is a convention. Later attentions are applied before
earlier ones, as a row vector from the output back to the patches, so no matrix over all tokens of a
clip is formed. The 3x3 convolutions of the MLPs are not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.rows import weights_transposed
from fixviz.analysis.source import sequences_to_sources
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.layers import AttentionTrace, BlockTrace, to_sequences
from fixviz.model.shapes import Float


@torch.inference_mode()
def derive_rollout(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Return the rollout in the window of `frame`, from the patch at `row`, `column` or the pooled output.

    Array `map`: float32 [T, h, w], the share of each patch of the window; with `outside` in the
    description it sums to 1.
    """
    model, frame = subject.model, int(arguments["frame"])
    row, column = arguments.get("row"), arguments.get("column")
    windows = Windows(len(subject.frames), model.config.frames)
    if not 0 <= frame < len(subject.frames):
        raise OptionError(f"This run has no frame {frame}; it has 0 to {len(subject.frames) - 1}.")
    window = int(windows.of_frame[frame])
    small = resize_frames(subject.frames, model.config.image_size)
    blocks = model.trace(window_pixels(model, small, windows.indices[window][None])).blocks
    _, length, rows, columns, _ = blocks[-1].output.shape
    start = blocks[-1].output.new_zeros(1, length, rows, columns)
    if row is None or column is None:
        start += 1 / start.numel()
    elif 0 <= row < rows and 0 <= column < columns:
        start[0, int(windows.position_of_frame[frame]), row, column] = 1
    else:
        raise OptionError(f"There is no patch ({row}, {column}) in a grid of {rows} x {columns}.")
    flow, outside = attention_rollout(blocks, model.config, start)
    description = {
        "frame": frame,
        "row": row,
        "column": column,
        "window": window,
        "window_start": int(windows.starts[window]),
        "outside": float(outside[0]),
    }
    return Derived(description, {"map": flow[0].float().cpu().numpy()})


@torch.inference_mode()
def attention_rollout(
    blocks: Sequence[BlockTrace], config: ModelConfig, start: Float[Tensor, "B T h w"]
) -> tuple[Float[Tensor, "B T h w"], Float[Tensor, " B"]]:
    """Return how much of the output, weighted over its tokens by `start`, goes back to each patch.

    start sums to 1 per clip: uniform for the mean-pooled output, one-hot for one token. Returns the
    map over the patches, and what was read beyond the border; together they sum to 1.
    """
    flow = start
    outside = start.new_zeros(len(start))
    for number in reversed(range(len(blocks))):
        for axis in reversed(config.axes):
            mixed, lost = _back_through(blocks[number].attentions[axis], axis, number, config, flow)
            flow = (flow + mixed) / 2
            outside = outside + lost / 2
    return flow, outside


def _back_through(
    trace: AttentionTrace, axis: Axis, number: int, config: ModelConfig, flow: Tensor
) -> tuple[Tensor, Tensor]:
    """Return `flow` times the heads' mean weights by source, and what fell outside, per clip."""
    per_head = flow[..., None, None].expand(-1, -1, -1, -1, config.heads, 1)
    weighted = to_sequences(per_head, axis)
    query, key = (to_sequences(x, axis) for x in (trace.fixed_query, trace.fixed_key))
    back = weights_transposed(query, key, weighted, config.attention)
    source, outside = sequences_to_sources(back, config, axis, number, flow.shape)
    return source.mean(1), outside.mean(1).sum((1, 2, 3))
