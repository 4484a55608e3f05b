"""Data of the lesson on neighbors: the direction of circles, and what playing a clip backward changes.

The clips are the circles among those of the results file, in its order; nobody chose them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from fixviz.course_pack.measured import CIRCLES
from fixviz.course_pack.pictures import picture_url
from fixviz.course_pack.world import Made, World
from fixviz.data.classes import CLASSES
from fixviz.model.change import AttentionChange, NetworkChange
from fixviz.model.config import Axis
from fixviz.model.directions import FRAME_DIRECTIONS, GRID_DIRECTIONS
from fixviz.model.transformer import VideoTransformer

MODELS = ("linear", "linear-neighbors", "fixation-alone", "fixation")
"""With and without neighbors, with and without fixation; otherwise trained alike."""
_SWITCHED = ("fixation", "softmax-fixation")
_OFF: Mapping[str, tuple[Axis, frozenset[str]]] = {
    "frames": ("spatial", frozenset(d.label for d in FRAME_DIRECTIONS)),
    "grid": ("temporal", frozenset(d.label for d in GRID_DIRECTIONS)),
}
_SHOWN = 4
"""Clips of each direction that the figure shows."""
_QUALITY = 70
_CLOCKWISE, _COUNTER = (CLASSES.index(name) for name in CIRCLES)


def make(world: World) -> Made:
    """Return confusion tables, the numbers of right circles, and clips with the models' probabilities.

    data: `tables` by model, rows clockwise and counterclockwise, columns those two answers and all
    others; `clips`, each with `class`, its frames side by side as one picture (`strip`), and the
    probability of clockwise `forward` and `backward` by model.
    """
    tables = {name: confusion(world, name) for name in MODELS}
    pixels, labels = circles(world)
    forward = {name: probabilities(world.model(name), pixels) for name in MODELS}
    backward = {name: probabilities(world.model(name), pixels.flip(1)) for name in MODELS}
    right = {name: int(np.trace(table)) for name, table in tables.items()}
    right["softmax-fixation"] = int(np.trace(confusion(world, "softmax-fixation")))
    lead = leads(world)
    numbers: dict[str, float] = {"world.circles": len(labels), "world.lead.fixation": lead}
    for name, count in right.items():
        numbers[f"world.circles.right.{name}"] = count
    for name in ("linear-neighbors", "fixation"):
        numbers[f"world.circles.lead.{name}"] = right[name] - right["linear"]
    numbers["world.circles.lead.share"] = numbers["world.circles.lead.fixation"] / lead
    for name in _SWITCHED:
        for part in _OFF:
            found = answers(world.model(name), pixels, without(world.model(name), part))
            numbers[f"world.circles.off-{part}.{name}"] = int((found == labels).sum())
    for name in MODELS:
        moved = (forward[name] - backward[name])[:, _CLOCKWISE].abs().mean()
        numbers[f"world.circles.moved.{name}"] = float(moved)
    numbers["world.circles.turned.fixation"] = turned(forward["fixation"], backward["fixation"])
    clips = [
        {
            "class": ("clockwise", "counterclockwise")[int(labels[i] == _COUNTER)],
            "strip": picture_url(torch.cat(list(pixels[i]), dim=-1), quality=_QUALITY),
            "forward": {name: round(float(forward[name][i, _CLOCKWISE]), 3) for name in MODELS},
            "backward": {name: round(float(backward[name][i, _CLOCKWISE]), 3) for name in MODELS},
        }
        for i in shown(labels)
    ]
    return Made(numbers, {"tables": tables, "clips": clips, "frames": pixels.shape[1]})


def confusion(world: World, checkpoint: str) -> list[list[int]]:
    """Return counts [2, 3]: circles clockwise and counterclockwise, answered so or otherwise."""
    labels, found = world.answers(checkpoint)
    return [
        [
            *(int(np.sum((labels == label) & (found == answer))) for answer in directions()),
            int(np.sum((labels == label) & ~np.isin(found, directions()))),
        ]
        for label in directions()
    ]


def directions() -> tuple[int, int]:
    """Return the labels of clockwise and counterclockwise."""
    return _CLOCKWISE, _COUNTER


def leads(world: World) -> int:
    """Return on how many clips more the model with fixation and neighbors is right than the linear one."""
    labels, plain = world.answers("linear")
    _, fixed = world.answers("fixation")
    return int(np.sum(fixed == labels) - np.sum(plain == labels))


def circles(world: World) -> tuple[Tensor, Tensor]:
    """Return pixels [B, T, 3, H, W] and labels [B] of all circles of the results file, in its order."""
    entry = world.entry("linear")
    pixels, labels = [], []
    for batch in world.clips("standard", entry["seed"], entry["clips"]):
        chosen = torch.isin(batch.labels, torch.tensor(directions()))
        pixels.append(batch.pixels[chosen])
        labels.append(batch.labels[chosen])
    return torch.cat(pixels), torch.cat(labels)


def shown(labels: Tensor) -> list[int]:
    """Return the first clips of each direction, clockwise ones first."""
    return [i for label in directions() for i in (labels == label).nonzero()[:_SHOWN, 0].tolist()]


@torch.inference_mode()
def probabilities(
    model: VideoTransformer, pixels: Tensor, changes: NetworkChange | None = None
) -> Tensor:
    """Return class probabilities [B, classes] of clips [B, T, 3, H, W] in 0..1."""
    found = []
    for part in torch.split(pixels, 30):
        if changes is None:
            # The same numbers, without the parts of a trace that a change needs.
            found.append(model((part - 0.5) / 0.5).softmax(-1))
            continue
        tokens = model.embed((part - 0.5) / 0.5)
        for block in model.walk(tokens, changes):
            tokens = block.output
        found.append(model.classify(model.norm(tokens)).softmax(-1))
    return torch.cat(found)


def answers(
    model: VideoTransformer, pixels: Tensor, changes: NetworkChange | None = None
) -> Tensor:
    """Return the most probable class of each clip: [B]."""
    return probabilities(model, pixels, changes).argmax(-1)


def turned(forward: Tensor, backward: Tensor) -> int:
    """Return how many answers become the other direction when the clip is played backward.

    Both are class probabilities [B, classes] of the same clips.
    """
    before, after = forward.argmax(-1), backward.argmax(-1)
    other = torch.where(before == _CLOCKWISE, _COUNTER, _CLOCKWISE)
    circle = torch.isin(before, torch.tensor(directions()))
    return int((circle & (after == other)).sum())


def without(model: VideoTransformer, part: str) -> NetworkChange:
    """Return the change that switches off the neighbors of "frames" or of the "grid" in all layers."""
    axis, labels = _OFF[part]
    change = AttentionChange(directions_off=labels)
    return {(layer, axis): change for layer in range(model.config.depth)}
