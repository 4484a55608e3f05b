"""One attention on one frame, token by token: what each fixation ratio's logit adds up from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.neighbors import axis_directions, part_names, split_logits
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.errors import OptionError
from fixviz.model.attention import feature_map
from fixviz.model.directions import head_folds
from fixviz.model.layers import Attention, AttentionTrace


@torch.inference_mode()
def derive_logit_parts(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Return the exact parts of both ratios' logits in the attention of `axis` and `layer`, on `frame`.

    Arrays, for <which> query and key (P parts, named in the description's `parts`):
    parts/<which> float32 [h, w, n, P], mean over channels; logit/<which> float32 [h, w, n], the mean
    logit as the network itself computes it; ratio/<which> float16 [h, w, n, d]. `rebuild_error` is
    the largest difference, in any channel of any token, between the sum of the parts and the
    network's logit, relative to the largest logit.

    Raises OptionError without fixation, or for an axis, layer or frame that is not there.
    """
    model, config = subject.model, subject.model.config
    axis, layer, frame = (arguments.get(name) for name in ("axis", "layer", "frame"))
    if config.fixation == "none":
        raise OptionError("This model has no fixation, so its ratios are 1 and have no parts.")
    if axis not in config.axes or not isinstance(layer, int) or not 0 <= layer < config.depth:
        raise OptionError(
            f"This model has no {axis} attention in layer {layer}; it has "
            f"{' and '.join(config.axes)} attention in layers 0 to {config.depth - 1}."
        )
    if not isinstance(frame, int) or not 0 <= frame < len(subject.frames):
        raise OptionError(f"This run has no frame {frame}; it has 0 to {len(subject.frames) - 1}.")
    windows = Windows(len(subject.frames), config.frames)
    window, position = int(windows.of_frame[frame]), int(windows.position_of_frame[frame])
    small = resize_frames(subject.frames, config.image_size)
    tokens = model.embed(window_pixels(model, small, windows.indices[window][None]))
    for number, block in enumerate(model.walk(tokens)):
        subject.should_stop()
        if number == layer:
            trace = block.attentions[axis]
            break
    attention: Attention = model.blocks[layer].attentions[axis]  # type: ignore[index, assignment]
    assert attention.fixation is not None
    directions = axis_directions(config, axis)
    table = head_folds(config, axis, layer)
    parts = split_logits(trace, attention.fixation, attention.kind, table, attention.segment)
    arrays: dict[str, NDArray[Any]] = {}
    error = 0.0
    for which, logit in network_logits(attention, trace).items():
        means = parts[which].channel_means(directions)
        difference = (parts[which].logit() - logit).abs().amax()
        error = max(error, float(difference / logit.abs().amax().clamp_min(1e-30)))
        ratio = trace.ratio_query if which == "query" else trace.ratio_key
        assert ratio is not None
        arrays[f"parts/{which}"] = _numpy(means[0, position])
        arrays[f"logit/{which}"] = _numpy(logit[0, position].mean(-1))
        arrays[f"ratio/{which}"] = _numpy(ratio[0, position]).astype(np.float16)
    description = {
        "axis": axis,
        "layer": layer,
        "frame": frame,
        "window": window,
        "parts": list(part_names(directions)),
        "heads": [
            {"head": row.head, **asdict(row.direction), "channels": [row.start, row.stop]}
            for row in table
        ],
        "rebuild_error": error,
    }
    return Derived(description, arrays)


def network_logits(attention: Attention, trace: AttentionTrace) -> dict[str, Tensor]:
    """Return the input of the sigmoid, as the network computes it: W g + b, [B, T, h, w, n, d]."""
    fixation = attention.fixation
    assert fixation is not None
    features = {
        "query": feature_map(trace.query, attention.kind),
        "key": feature_map(trace.shifted_key, attention.kind),
    }
    projections = {
        "query": fixation.query_projection,
        "key": fixation.key_projection or fixation.query_projection,
    }
    joined = torch.cat([*features.values(), trace.shifted_value], dim=-1)
    return {
        which: projection(joined if fixation.cooperative else features[which])
        for which, projection in projections.items()
    }


def _numpy(x: Tensor) -> NDArray[np.float32]:
    return x.float().cpu().numpy()
