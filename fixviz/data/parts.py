"""Legs, wheels and wings: parts that move with an object, and on it.

A part is an object of its own when it is drawn, so that its mask and its velocity are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from fixviz.data.dice import Dice
from fixviz.data.motion import clip_time, rotation
from fixviz.data.presets import Filming
from fixviz.data.scene import Scene
from fixviz.data.sprites import SPRITE_REACH, paint

PARTS = 2
"""Parts of an object: one is drawn behind it, one in front."""
_LEGS, _WHEELS = 0.5, 0.75
"""Cumulative shares of the kinds; the rest has wings."""


@dataclass(frozen=True)
class Parts:
    """Two parts of each of N objects, in the object's own frame: its radius is 1, y points to its foot."""

    center: Tensor
    """[B, N, 2, T, 2] (y, x)"""
    angle: Tensor
    """[B, N, 2, T] radians, clockwise, beside the object's own angle."""
    radius: Tensor
    """[B, N, 2]"""
    exists: Tensor
    """[B, N] 0 or 1"""
    round: Tensor
    """[B, N] true for wheels; legs and wings are long."""


def draw_parts(across: Tensor, film: Filming, dice: Dice) -> Parts:
    """Draw the parts of objects that go `across` [B, N, T] radii to the right, which turns their wheels."""
    b, n, frames = across.shape
    kind = dice.uniform(b, n, 1)
    legs, wheels = kind < _LEGS, (kind >= _LEGS) & (kind < _WHEELS)
    sides = torch.tensor([-1.0, 1.0])
    phase = dice.uniform(b, n, 1, high=2 * math.pi)
    # legs go in turn, wings together
    phase = phase + torch.where(legs, math.pi, 0.0) * torch.tensor([0.0, 1.0])
    gait = dice.uniform(b, n, 1, 1, low=0.8, high=2.2)
    wave = torch.sin(2 * math.pi * gait * clip_time(frames) + phase[..., None])

    def by_kind(leg: Tensor, wheel: Tensor, wing: Tensor) -> Tensor:
        return torch.where(legs, leg, torch.where(wheels, wheel, wing))

    def draw(low: float, high: float) -> Tensor:
        return dice.uniform(b, n, 1, low=low, high=high)

    none = torch.zeros(b, n, 1)
    radius = by_kind(draw(0.45, 0.7), draw(0.3, 0.45), draw(0.5, 0.8))
    swing = by_kind(draw(0.25, 0.7), none, draw(0.3, 0.8))
    down = by_kind(draw(0.4, 0.7), draw(0.5, 0.8), draw(-0.4, 0.3))
    aside = by_kind(draw(0.05, 0.3), draw(0.4, 0.7), draw(0.4, 0.7)) * sides
    rest = by_kind(
        none.expand(b, n, 2), none.expand(b, n, 2), -0.5 * math.pi * sides.expand(b, n, 2)
    )
    turned = torch.where(legs | wheels, torch.ones(2), -sides)
    angle = rest[..., None] + turned[..., None] * swing[..., None] * wave
    roll = across[:, :, None] / radius[..., None]
    angle = torch.where(wheels[..., None], roll, angle)
    # legs and wings hang on their upper end
    arm = (rotation(angle) @ torch.tensor([1.0, 0.0]).view(2, 1)).squeeze(-1)
    length = torch.where(wheels, none, 0.8 * radius)
    anchor = torch.stack([down.expand(b, n, 2), aside], -1)
    return Parts(
        center=anchor[..., None, :] + length[..., None, None] * arm,
        angle=angle,
        radius=radius.expand(b, n, 2),
        exists=dice.chance(b, n, p=film.parts).float(),
        round=wheels.squeeze(-1),
    )


def bend(b: int, k: int, frames: int, film: Filming, dice: Dice) -> Tensor:
    """Return the log of height over width of objects that stretch, and turn their side: [B, K, T]."""
    u = clip_time(frames)
    gait = dice.uniform(b, k, 1, low=1.0, high=3.0)
    wave = torch.sin(2 * math.pi * (gait * u + dice.uniform(b, k, 1)))
    slow = dice.uniform(b, k, 1, low=-1, high=1) * (u - 0.5)
    amount = film.deform * dice.uniform(b, k, 1) * dice.chance(b, k, 1, p=0.6)
    return amount * (0.4 * wave + slow)


def part_shapes(round_: Tensor, side: int, dice: Dice) -> Tensor:
    """Return the coverage of parts: disks where `round_` [n], else limbs along y; [n, side, side]."""
    n = len(round_)
    axis = (torch.arange(side) + 0.5) / side * 2 * SPRITE_REACH - SPRITE_REACH
    y, x = axis[:, None], axis[None, :]
    width = torch.where(round_, 1.0, dice.uniform(n, low=0.2, high=0.45))[:, None, None]
    taper = torch.where(round_, 0.0, dice.uniform(n, low=-0.1, high=0.25))[:, None, None]
    reach = (y.abs() - (1 - width)).clamp_min(0)
    gap = width * (1 - taper * y) - (reach * reach + x * x).sqrt()
    return (0.5 + gap / (2 * SPRITE_REACH / side)).clamp(0, 1)


def add_parts(
    scene: Scene,
    owners: tuple[int, ...],
    color: Tensor,
    bank: Tensor,
    texture: float,
    film: Filming,
    dice: Dice,
) -> Scene:
    """Return the scene with parts behind and in front of the objects numbered `owners`.

    color: [B, K or more, 3] of the objects; bank: pictures for the textures of the parts.
    """
    own = list(owners)
    center, radius = scene.center[:, own], scene.radius[:, own]
    across = (center[..., 1] - center[..., :1, 1]) / radius.mean(-1, keepdim=True)
    parts = draw_parts(across, film, dice)
    b, n, _, frames = parts.angle.shape
    bent = torch.stack([scene.stretch[:, own], -scene.stretch[:, own]], -1).exp()
    place = rotation(scene.angle[:, own])[:, :, None] @ (bent[:, :, None] * parts.center)[..., None]
    place = radius[:, :, None, :, None] * place.squeeze(-1)
    count = b * n * PARTS
    side = scene.sprites.shape[-1]
    hue = color[:, own, None].expand(-1, -1, PARTS, -1).reshape(count, 3)
    hue = torch.lerp(
        hue, dice.uniform(count, 3, low=0.08, high=0.92), dice.uniform(count, 1, high=0.5)
    )
    round_ = parts.round[..., None].expand(-1, -1, PARTS).flatten()
    coverage = part_shapes(round_, side, dice).to(bank.device)
    painted = paint(bank, coverage, hue, dice, texture, torch.zeros(count))

    def each(values: Tensor) -> Tensor:
        return values[:, own, None].expand(-1, -1, PARTS, *values.shape[2:])

    added = {
        "center": center[:, :, None] + place,
        "radius": radius[:, :, None] * parts.radius[..., None],
        "angle": each(scene.angle) + parts.angle,
        "stretch": torch.zeros(b, n, PARTS, frames),
        "opacity": each(scene.opacity) * parts.exists[..., None, None],
        "decides": each(scene.decides),
        "distracts": each(scene.distracts),
        "sprites": painted.view(b, n, PARTS, *painted.shape[1:]),
    }
    count = scene.center.shape[1]
    order: list[int] = []
    for i in range(count):
        behind = count + PARTS * own.index(i) if i in own else None
        order += [i] if behind is None else [behind, i, behind + 1]

    def join(name: str) -> Tensor:
        return torch.cat([getattr(scene, name), added[name].flatten(1, 2)], 1)[:, order]

    kept = {f.name: getattr(scene, f.name) for f in fields(scene)}
    return Scene(**{**kept, **{name: join(name) for name in added}})
