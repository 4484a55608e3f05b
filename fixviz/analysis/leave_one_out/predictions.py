"""What a model predicts when one of its attentions, or all of them, do not hear a neighbor.

The rest of the network runs on from what changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.leave_one_out.omissions import Omission, layers_of, left_out
from fixviz.analysis.leave_one_out.sweep import Sweep
from fixviz.model.change import AS_LEARNED, AttentionChange
from fixviz.model.layers import Attention, Block
from fixviz.model.transformer import VideoTransformer

EVERYWHERE: Final = "all"


@torch.inference_mode()
def derive_left_out_predictions(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Leave each direction out, in one layer at a time and in all of them at once.

    Argument `layer`: a number for that layer only, "all" for leaving out in all layers at once only;
    without it, everything. R rows as in the description's `rows`, K computed layers (`layers`), W
    windows, C classes, all float32: layer [K, R, W, C], everywhere [R + 1, W, C] (the last row: every
    direction off), own [W, C].

    Raises OptionError for a model without feature shift, or for a layer that it does not have.
    """
    model, wanted = subject.model, arguments.get("layer")
    layers = [] if wanted == EVERYWHERE else layers_of(model.config, wanted)
    everywhere = wanted in (None, EVERYWHERE)
    sweep = Sweep.of(subject, layers)
    rows = sweep.rows
    steps = len(sweep.batches) * (len(layers) * len(rows) + everywhere * (len(rows) + 1))
    done = 0

    def step(what: str) -> None:
        nonlocal done
        done += 1
        subject.should_stop()
        subject.progress(done / steps, f"Without {what}")

    found: dict[str, list[Tensor]] = defaultdict(list)
    for batch in sweep.batches:
        tokens = model.embed(sweep.pixels(model, batch))
        found["own"].append(predictions(model, tokens))
        if everywhere:
            found["everywhere"].append(_everywhere(model, tokens, rows, step))
        if layers:
            found["layer"].append(_layer_by_layer(model, tokens, rows, layers, step))
    arrays = {name: torch.cat(parts, -2).cpu().numpy() for name, parts in found.items()}
    return Derived(sweep.description(), {name: v.astype(np.float32) for name, v in arrays.items()})


def _everywhere(
    model: VideoTransformer,
    tokens: Tensor,
    rows: tuple[Omission, ...],
    step: Callable[[str], None],
) -> Tensor:
    """Return probabilities with the omissions in all layers, [R + 1, B, classes]."""
    every = tuple(direction for row in rows for direction in row.directions)
    result = []
    for label, directions in [*((r.label, r.directions) for r in rows), ("any neighbor", every)]:
        step(f"{label} in all layers")
        result.append(predictions(model, tokens, change=left_out(directions)))
    return torch.stack(result)


def _layer_by_layer(
    model: VideoTransformer,
    tokens: Tensor,
    rows: tuple[Omission, ...],
    layers: list[int],
    step: Callable[[str], None],
) -> Tensor:
    """Return probabilities with the omissions in one layer, [K, R, B, classes]."""
    result: list[list[Tensor]] = []
    for layer in range(max(layers) + 1):
        block = cast(Block, model.blocks[layer])
        if layer in layers:
            result.append([])
        for place, axis in enumerate(block.axes):
            attention = cast(Attention, block.attentions[axis])
            projected = attention.project(block.attention_norms[axis](tokens))
            for row in rows if layer in layers else ():
                if row.axis == axis:
                    step(f"{row.label} in layer {layer}")
                    other = attention.trace_from(*projected, left_out(row.directions)).output
                    result[-1].append(predictions(model, tokens + other, layer, place + 1))
            tokens = tokens + attention.trace_from(*projected).output
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return torch.stack([torch.stack(values) for values in result])


def predictions(
    model: VideoTransformer,
    tokens: Tensor,
    layer: int = 0,
    place: int = 0,
    change: AttentionChange = AS_LEARNED,
) -> Tensor:
    """Return class probabilities [B, C] when the network runs on from `tokens` [B, T, h, w, D].

    tokens stand before attention number `place` of block `layer`; with `place` behind the last
    attention, before the block's MLP. change: how every attention on the way runs.
    """
    for number in range(layer, len(model.blocks)):
        block = cast(Block, model.blocks[number])
        for axis in block.axes[place if number == layer else 0 :]:
            attention = cast(Attention, block.attentions[axis])
            tokens = tokens + attention(block.attention_norms[axis](tokens), change)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return model.classify(model.norm(tokens)).softmax(-1)
