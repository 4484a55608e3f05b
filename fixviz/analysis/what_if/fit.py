"""Whether interventions fit a model and a run, and what they change in the network. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.network import Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    Cropped,
    FramesDropped,
    FramesFrozen,
    PatchesHidden,
    Resized,
)
from fixviz.model.change import AttentionChange, NetworkChange
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import folds


@dataclass(frozen=True)
class Setting:
    """A model on a run, as far as interventions must fit it."""

    config: ModelConfig
    frames: int
    """Analyzed frames of the run (N)."""
    rows: int
    columns: int
    """The model's patch grid on this run."""
    display_short_side: int
    """Of the stored display frames, in pixels."""


def why_not(intervention: Intervention, setting: Setting) -> str | None:
    """Return why the intervention cannot be made on this model and run, in a sentence; None if it can."""
    config = setting.config
    match intervention:
        case Dial(_, layer, axis):
            if config.fixation == "none":
                return "This model has no fixation, so it has no ratios to change."
            return _no_such_place(config, layer, axis)
        case NeighborOff(direction, layer):
            missing = _no_such_place(config, layer, None)
            if missing:
                return missing
            layers = range(config.depth) if layer is None else [layer]
            if not any(
                _hears(config, place, axis, direction) for place, axis in _all(config, layers)
            ):
                where = "" if layer is None else f" in layer {layer}"
                return f"This model does not hear the neighbor {direction}{where}."
        case HeadsOff(heads, layer, axis):
            if heads[-1] >= config.heads:
                return f"This model has heads 0 to {config.heads - 1}, and no head {heads[-1]}."
            return _no_such_place(config, layer, axis)
        case PatchesHidden():
            if (intervention.rows, intervention.columns) != (setting.rows, setting.columns):
                return (
                    f"The patches are hidden on a grid of {intervention.rows} x {intervention.columns}, "
                    f"but this model has {setting.rows} x {setting.columns} patches here."
                )
            return _no_such_frame([f for f, _, _ in intervention.cells if f is not None], setting)
        case FramesFrozen(frame):
            return _no_such_frame([frame], setting)
        case FramesDropped(frames):
            if len(frames) >= setting.frames:
                return "All frames of this run are dropped; keep one or more."
            return _no_such_frame(frames, setting)
        case Resized(short_side):
            largest = max(setting.display_short_side, config.image_size)
            if not config.patch <= short_side <= largest:
                return (
                    f"The short side can be {config.patch} to {largest} px here: from one patch to the "
                    "frames that the run keeps."
                )
    return None


def network_change(interventions: Sequence[Intervention], config: ModelConfig) -> NetworkChange:
    """Return what the interventions change in each attention, for attentions that they change."""
    changes: dict[tuple[int, Axis], AttentionChange] = {}
    for layer, axis in _all(config, range(config.depth)):
        dial = 1.0
        directions: set[str] = set()
        heads: set[int] = set()
        for intervention in interventions:
            match intervention:
                case Dial(alpha, at, of) if at in (None, layer) and of in (None, axis):
                    dial *= alpha
                case NeighborOff(direction, at) if at in (None, layer):
                    if _hears(config, layer, axis, direction):
                        directions.add(direction)
                case HeadsOff(some, at, of) if at == layer and of in (None, axis):
                    heads.update(some)
        change = AttentionChange(dial, frozenset(directions), frozenset(heads))
        if change != AttentionChange():
            changes[layer, axis] = change
    return changes


def changes_picture(interventions: Sequence[Intervention]) -> bool:
    """Tell whether the network sees another part of the picture, or sees it at another size."""
    return any(isinstance(i, Cropped | Resized) for i in interventions)


def _all(config: ModelConfig, layers: Sequence[int]) -> list[tuple[int, Axis]]:
    return [(layer, axis) for layer in layers for axis in config.axes]


def _hears(config: ModelConfig, layer: int, axis: Axis, direction: str) -> bool:
    return any(fold.direction.label == direction for fold in folds(config, axis, layer))


def _no_such_place(config: ModelConfig, layer: int | None, axis: Axis | None) -> str | None:
    if layer is not None and layer >= config.depth:
        return f"This model has layers 0 to {config.depth - 1}, and no layer {layer}."
    if axis is not None and axis not in config.axes:
        return f"This model has {' and '.join(config.axes)} attention, and no {axis} one."
    return None


def _no_such_frame(frames: Sequence[int], setting: Setting) -> str | None:
    beyond = [frame for frame in frames if frame >= setting.frames]
    if beyond:
        return f"This run has frames 0 to {setting.frames - 1}, and no frame {beyond[0]}."
    return None
