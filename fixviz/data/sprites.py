"""Objects as small pictures with a soft outline, painted once per clip and then moved about."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.dice import Dice
from fixviz.data.textures import cut

SPRITE_REACH = 1.3
"""Half side of the sprite square, in units of the object's radius."""

CUE_COLOR = (1.0, 0.0, 0.9)
"""Magenta rim of the object that counts in the cue preset."""


def outline(count: int, dice: Dice, angle: Tensor) -> Tensor:
    """Return star-shaped outlines: radius over `angle` [count, S, S], close to 1 on average.

    Blobs, polygons from triangles to octagons, and stars, stretched to aspect ratios up to 2.
    """
    order = torch.arange(2, 6, dtype=torch.float32).view(1, 4, 1, 1)
    weight = dice.normal(count, 4, 1, 1) * 0.3 / order
    phase = dice.uniform(count, 4, 1, 1, high=2 * math.pi)
    blob = 1 + (weight * torch.cos(order * angle[:, None] + phase)).sum(1)

    sides = (dice.integers(count, 1, 1, high=6) + 3).float()
    step = 2 * math.pi / sides
    within = torch.remainder(angle + dice.uniform(count, 1, 1, high=math.pi), step) - step / 2
    polygon = 1.12 * torch.cos(step / 2) / torch.cos(within)

    points = (dice.integers(count, 1, 1, high=4) + 3).float()
    star = 0.95 + 0.28 * torch.cos(points * angle + dice.uniform(count, 1, 1, high=math.pi))

    kind = dice.uniform(count, 1, 1)
    return torch.where(kind < 0.45, blob, torch.where(kind < 0.8, polygon, star)).clamp(0.45, 1.5)


def shapes(count: int, side: int, dice: Dice, softness: Tensor) -> Tensor:
    """Return the coverage of `count` random shapes: [count, side, side] in 0..1.

    `softness` [count] widens the outline, in sprite pixels.
    """
    axis = (torch.arange(side) + 0.5) / side * 2 * SPRITE_REACH - SPRITE_REACH
    y, x = axis[:, None].expand(side, side), axis[None, :].expand(side, side)
    stretch = dice.uniform(count, 1, 1, low=1.0, high=1.35)
    turn = dice.uniform(count, 1, 1, high=math.pi)
    u = (y * turn.cos() + x * turn.sin()) * stretch
    v = (x * turn.cos() - y * turn.sin()) / stretch
    radius = outline(count, dice, torch.atan2(u, v))
    distance = (u * u + v * v).sqrt()
    gap = radius - distance
    # one in eight has a hole, like a ring or a handle
    hole = dice.chance(count, 1, 1, p=0.125)
    gap = torch.where(hole, torch.minimum(gap, distance - 0.45), gap)
    edge = SPRITE_REACH * 2 / side * (0.7 + softness[:, None, None])
    alpha = (0.5 + gap / (2 * edge)).clamp(0, 1)
    border = torch.maximum(y.abs(), x.abs()) < SPRITE_REACH - 2 * SPRITE_REACH / side
    return alpha * border


def bars(count: int, side: int, dice: Dice) -> Tensor:
    """Return the coverage of thin bars across the whole sprite: [count, side, side] in 0..1."""
    axis = (torch.arange(side) + 0.5) / side * 2 * SPRITE_REACH - SPRITE_REACH
    width = dice.uniform(count, 1, 1, low=0.03, high=0.06)
    edge = SPRITE_REACH * 2 / side
    gap = width - axis.abs()[None, None, :]
    return (0.5 + gap / edge).clamp(0, 1).expand(count, side, side)


def recolor(picture: Tensor, base: Tensor, contrast: Tensor, hue: Tensor) -> Tensor:
    """Return pictures [n, 3, h, w] around color `base` [n, 3], with `contrast` [n] and color mix `hue`.

    `hue` [n, 3, 3] mixes the channels; it is scaled so that the contrast is what it says.
    """
    mean = picture.mean((2, 3), keepdim=True)
    mixed = torch.einsum("ncd,ndhw->nchw", hue, picture - mean)
    mixed = mixed / mixed.std((1, 2, 3), keepdim=True).clamp_min(0.05)
    return (base[:, :, None, None] + contrast[:, None, None, None] * mixed).clamp(0, 1)


def color_mix(count: int, dice: Dice) -> Tensor:
    """Return random channel mixes between nearly gray and fully colored: [count, 3, 3]."""
    gray = torch.full((3, 3), 1 / 3)
    amount = dice.uniform(count, 1, 1)
    order = torch.rand(count, 3, generator=dice.generator).argsort(1)
    return (1 - amount) * gray + amount * torch.eye(3)[order]


def distinct_color(background: Tensor, count: int, dice: Dice, camouflage: float) -> Tensor:
    """Return base colors for `count` objects a clip, off the background's [b, 3]: [b, count, 3].

    The farthest of a few candidates is taken, of fewer the more `camouflage` there is.
    """
    candidates = dice.uniform(background.shape[0], count, 5, 3, low=0.08, high=0.92)
    distance = (candidates - background[:, None, None]).norm(dim=-1)
    usable = 5 - round(3 * camouflage)
    best = distance[:, :, :usable].argmax(2)
    return candidates.gather(2, best[:, :, None, None].expand(-1, -1, 1, 3)).squeeze(2)


def paint(
    bank: Tensor, coverage: Tensor, base: Tensor, dice: Dice, texture: float, rim: Tensor
) -> Tensor:
    """Return textured, shaded objects of the given coverage [n, side, side]: [n, 4, side, side] RGBA.

    `base` [n, 3]; `rim` [n] 1 paints the outline in the cue's color.
    """
    n, side = coverage.shape[0], coverage.shape[-1]
    device = bank.device
    piece = cut(
        bank,
        dice.integers(n, high=bank.shape[0]).to(device),
        dice.uniform(n, low=0.2, high=0.7).to(device),
        dice.uniform(n, high=2 * math.pi).to(device),
        dice.uniform(n, 2, low=-1, high=1).to(device),
        side,
        side,
    )
    contrast = dice.uniform(n, low=0.06, high=0.06 + 0.16 * texture).to(device)
    colors = recolor(piece, base.to(device), contrast, color_mix(n, dice).to(device))
    # light from one side, and an outline that is darker or brighter, as things have
    axis = torch.linspace(-1, 1, side, device=device)
    light = dice.uniform(n, high=2 * math.pi).to(device)[:, None, None]
    slope = axis[:, None] * light.sin() + axis[None, :] * light.cos()
    strength = dice.uniform(n, low=0.05, high=0.3).to(device)[:, None, None]
    inner = -functional.max_pool2d(-coverage.unsqueeze(1), 3, 1, 1).squeeze(1)
    edge = (coverage - inner).clamp(0, 1)
    line = dice.uniform(n, low=-0.35, high=0.15).to(device)[:, None, None]
    colors = (colors + (strength * slope + line * edge).unsqueeze(1)).clamp(0, 1)
    if rim.any():
        colors = _add_rim(without_magenta(colors), coverage, rim.to(device))
    return torch.cat([colors, coverage.unsqueeze(1)], 1)


def without_magenta(picture: Tensor) -> Tensor:
    """Turn the cue's hue to gray in pictures [n, 3, h, w], so that only the rim has it."""
    red, green, blue = picture.unbind(1)
    green = torch.maximum(green, torch.minimum(red, blue) - 0.1)
    return torch.stack([red, green, blue], 1)


def _add_rim(colors: Tensor, coverage: Tensor, rim: Tensor) -> Tensor:
    """Color the outer part of each object in the cue's color where `rim` [n] is 1."""
    width = max(3, 2 * round(coverage.shape[-1] * 0.08) + 1)
    deep = -functional.max_pool2d(-coverage.unsqueeze(1), width, 1, width // 2)
    cue = torch.tensor(CUE_COLOR, device=colors.device).view(1, 3, 1, 1)
    outer = (coverage.unsqueeze(1) - deep).clamp(0, 1)
    return torch.lerp(colors, cue, outer * rim[:, None, None, None])
