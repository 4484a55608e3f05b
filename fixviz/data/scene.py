"""A batch of clips before it is drawn: which objects there are, where they go, what they look like."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Scene:
    """A batch of clips before it is drawn. Lengths are in short sides of the frame.

    Objects are listed from back to front; K of them, over T frames.
    """

    center: Tensor
    """[B, K, T, 2] (y, x) relative to the background, where the frame's corner was at camera 0."""
    radius: Tensor
    """[B, K, T]"""
    angle: Tensor
    """[B, K, T] radians, clockwise."""
    stretch: Tensor
    """[B, K, T] half the log of height over width, in the object's own axes."""
    opacity: Tensor
    """[B, K, T]"""
    decides: Tensor
    """[B, K] 1 for objects that decide the class."""
    distracts: Tensor
    """[B, K] 1 for the other objects, bars in front included."""
    sprites: Tensor
    """[B, K, 4, side, side] RGBA."""
    camera: Tensor
    """[B, T, 2] how far the background has moved on the screen, in the middle of the frame."""
    view: Tensor
    """[B, T, 2, 2] zoom and turn of the screen around that middle (fixviz.data.camera.Shot)."""
    canvas: Tensor
    """[B, 4, height, width] background in color, and coverage of objects resting on it; wider
    than the frame by `margin` pixels on each side."""
    margin: int


def with_twins(scene: Scene) -> Scene:
    """Return the clips of a scene, followed by the same clips played backward."""
    over_time = {
        "center": 2,
        "radius": 2,
        "angle": 2,
        "stretch": 2,
        "opacity": 2,
        "camera": 1,
        "view": 1,
    }

    def both(name: str, values: Tensor | int) -> Tensor | int:
        if not isinstance(values, Tensor):
            return values
        twin = values.flip(over_time[name]) if name in over_time else values
        return torch.cat([values, twin])

    return Scene(**{f.name: both(f.name, getattr(scene, f.name)) for f in fields(scene)})  # type: ignore[arg-type]
