"""Features of one attention, as the browser needs them to compute any row of its weights itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.layer_description import layer_description
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError
from fixviz.model.attention import attention_weights
from fixviz.model.layers import Attention, AttentionTrace, to_sequences
from fixviz.model.transformer import VideoTransformer

_ROWS_COMPARED = 2**22
"""Most weights formed at once when stored features are compared with computed ones."""


def derive_features(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Return `layer_features` of the attention that the arguments axis and layer name."""
    axis, layer = str(arguments["axis"]), int(arguments["layer"])
    return layer_features(subject.model, subject.frames, axis, layer)


@torch.inference_mode()
def layer_features(
    model: VideoTransformer, frames: NDArray[np.uint8], axis: str, layer: int
) -> Derived:
    """Return the features of the attention over `axis` in block `layer` on `frames` (uint8 [N, H, W, 3]).

    The description holds the kind of attention and fixation, grid, windows and folds. Arrays: query,
    key, value before the shift, float16 [windows, T, h, w, n, d]; and where there is fixation
    query_weight, key_weight [d, 3d or d], query_bias, key_bias [d], float32.

    `stored_error` is the largest difference between weights from the float16 features and from the
    float32 ones, relative to the largest weight. Raises OptionError for an axis or layer that the
    model does not have.
    """
    config = model.config
    if axis not in config.axes or not 0 <= layer < config.depth:
        raise OptionError(
            f"This model has no {axis} attention in layer {layer}; it has "
            f"{' and '.join(config.axes)} attention in layers 0 to {config.depth - 1}."
        )
    small = resize_frames(frames, config.image_size)
    windows = Windows(len(frames), config.frames)
    attention: Attention = model.blocks[layer].attentions[axis]  # type: ignore[index, assignment]
    parts: list[tuple[Tensor, ...]] = []
    error = 0.0
    for indices in windows.indices:
        tokens = model.embed(window_pixels(model, small, indices[None]))
        for number, block in enumerate(model.walk(tokens)):
            if number == layer:
                trace = block.attentions[attention.axis]
                break
        half = tuple(x.half() for x in (trace.query, trace.key, trace.value))
        query, key, value = (x.float().flatten(-2) for x in half)
        stored = attention.trace_from(query, key, value)
        error = max(error, _largest_difference(trace, stored, attention))
        parts.append(tuple(x[0].cpu() for x in half))
    names = ("query", "key", "value")
    arrays: dict[str, NDArray[Any]] = {
        name: torch.stack(tensors).numpy()
        for name, tensors in zip(names, zip(*parts, strict=True), strict=True)
    }
    arrays.update(fixation_weights(attention))
    rows, columns = arrays["query"].shape[2:4]
    description = layer_description(config, attention.axis, layer, windows, rows, columns)
    return Derived({**description, "stored_error": error}, arrays)


def fixation_weights(attention: Attention) -> dict[str, NDArray[np.float32]]:
    """Return query_weight, key_weight [d, 3d or d], query_bias, key_bias [d]; empty without fixation."""
    fixation = attention.fixation
    if fixation is None:
        return {}
    query, key = fixation.query_projection, fixation.key_projection or fixation.query_projection
    return {
        f"{name}_{part}": values.detach().float().cpu().numpy()
        for name, projection in (("query", query), ("key", key))
        for part, values in (("weight", projection.weight), ("bias", projection.bias))
    }


def _largest_difference(
    exact: AttentionTrace, stored: AttentionTrace, attention: Attention
) -> float:
    """Return max |A - A stored| / max A, sequence by sequence."""
    pairs = [
        tuple(
            rearrange(to_sequences(x, attention.axis), "s n t d -> (s n) t d")
            for x in (trace.fixed_query, trace.fixed_key)
        )
        for trace in (exact, stored)
    ]
    tokens = pairs[0][0].shape[1]
    step = max(1, _ROWS_COMPARED // tokens**2)
    largest, difference = 0.0, 0.0
    for start in range(0, len(pairs[0][0]), step):
        part = slice(start, start + step)
        a, b = (attention_weights(q[part], k[part], attention.kind) for q, k in pairs)
        largest = max(largest, float(a.max()))
        difference = max(difference, float((a - b).abs().max()))
    return difference / largest
