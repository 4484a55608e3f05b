"""What happens in a batch of clips: which objects there are, where they go, what they look like."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from fixviz.data.actors import are_pairs, movements, presence, roles_of
from fixviz.data.backdrop import add_still_objects, background, soften
from fixviz.data.dice import Dice
from fixviz.data.placing import camera_path, hold_in_frame, places_of_all
from fixviz.data.presets import ClipSpec
from fixviz.data.sprites import bars, distinct_color, paint, shapes

Banks = tuple[Tensor, Tensor]
"""Texture pictures for backgrounds, and for objects; on the device where clips are drawn."""


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
    opacity: Tensor
    """[B, K, T]"""
    decides: Tensor
    """[B, K] 1 for objects that decide the class."""
    distracts: Tensor
    """[B, K] 1 for the other objects, bars in front included."""
    sprites: Tensor
    """[B, K, 4, side, side] RGBA."""
    camera: Tensor
    """[B, T, 2] how far the background has moved on the screen."""
    canvas: Tensor
    """[B, 4, height, width] background in color, and coverage of objects resting on it; wider
    than the frame by `margin` pixels on each side."""
    margin: int


def with_twins(scene: Scene) -> Scene:
    """Return the clips of a scene, followed by the same clips played backward."""
    over_time = {"center": 2, "radius": 2, "angle": 2, "opacity": 2, "camera": 1}

    def both(name: str, values: Tensor | int) -> Tensor | int:
        if not isinstance(values, Tensor):
            return values
        twin = values.flip(over_time[name]) if name in over_time else values
        return torch.cat([values, twin])

    return Scene(**{f.name: both(f.name, getattr(scene, f.name)) for f in fields(scene)})  # type: ignore[arg-type]


def draw_scene(
    labels: Tensor, frames: int, height: int, width: int, spec: ClipSpec, banks: Banks, dice: Dice
) -> Scene:
    """Draw a random scene for each label [B]. `banks` holds the textures and says the device."""
    bank, coarse = banks
    b, device = len(labels), bank.device
    short = min(height, width)
    extent = torch.tensor([height / short, width / short])
    roles = roles_of(spec)
    k = len(roles)
    first, second = roles.index("target"), roles.index("companion")
    pair = are_pairs(labels)

    radius = 0.5 * dice.uniform(b, k, low=spec.size[0], high=spec.size[1])
    radius = torch.where(pair[:, None], 0.8 * radius, radius)
    tracks = movements(labels, roles, radius, frames, spec, dice)

    camera = camera_path(b, frames, spec, dice)
    deciding = tracks.offset[:, [first, second]]
    deciding = torch.where(pair[:, None, None, None], deciding, deciding[:, :1])
    margin = 0.06 + 0.5 * radius[:, first]
    camera, home = hold_in_frame(camera, deciding, margin, extent, dice)
    place = places_of_all(roles, home, deciding, tracks.offset, pair, extent, dice)

    decides, exists = presence(roles, pair, spec, dice)
    if "bar" in roles:
        bar = roles.index("bar")
        radius[:, bar] = 1.5
        tracks.angle[:, bar] = dice.uniform(b, 1, high=math.pi)

    border = math.ceil(short * (0.62 * spec.camera + 0.01)) + 1
    canvas, base = background(b, height + 2 * border, width + 2 * border, bank, spec, dice)
    soft = dice.uniform(b, high=1.0)
    sprites = _paint_objects(roles, decides, base, soft, short, coarse, spec, dice)
    canvas = add_still_objects(canvas, sprites[:, k:], short, spec, dice)
    if spec.blur > 0:
        canvas = soften(canvas, soft.to(device), spec.blur * short)
    return Scene(
        center=place[:, :, None] + tracks.offset,
        radius=radius[:, :, None] * tracks.log_scale.exp(),
        angle=tracks.angle,
        opacity=tracks.opacity * exists[:, :, None],
        decides=decides,
        distracts=1 - decides,
        sprites=sprites[:, :k],
        camera=camera,
        canvas=canvas,
        margin=border,
    )


def _paint_objects(
    roles: list[str],
    decides: Tensor,
    base: Tensor,
    soft: Tensor,
    short: int,
    coarse: Tensor,
    spec: ClipSpec,
    dice: Dice,
) -> Tensor:
    """Return the sprites [B, K + M, 4, side, side] of the objects with `roles`, then of M resting ones.

    `base` [B, 3] is the color of the ground, `soft` [B] from 0 to 1 how soft outlines are, `short`
    the frame's short side in pixels.
    """
    b, k = decides.shape
    count = k + spec.still_objects
    side = min(max(20, round(1.3 * spec.size[1] * short)), 160)
    coverage = shapes(
        b * count, side, dice, 1.5 * (soft * spec.blur / 0.012).repeat_interleave(count)
    )
    coverage = coverage.view(b, count, side, side)
    if "bar" in roles:
        coverage[:, roles.index("bar")] = bars(b, side, dice)
    color = distinct_color(base, count, dice, spec.camouflage)
    rim = torch.zeros(b, count)
    rim[:, :k] = decides * float(spec.cue)
    return paint(
        coarse,
        coverage.flatten(0, 1).to(coarse.device),
        color.flatten(0, 1),
        dice,
        spec.texture,
        rim.flatten(),
    ).view(b, count, 4, side, side)
