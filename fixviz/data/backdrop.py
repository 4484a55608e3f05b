"""What lies behind the moving objects of a clip: a textured ground, and objects resting on it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.dice import Dice
from fixviz.data.presets import ClipSpec
from fixviz.data.sprites import SPRITE_REACH, color_mix, recolor, without_magenta
from fixviz.data.textures import cut


def background(
    b: int, height: int, width: int, bank: Tensor, spec: ClipSpec, dice: Dice
) -> tuple[Tensor, Tensor]:
    """Return textured backgrounds [B, 3, height, width], and their mean colors [B, 3] on the CPU."""
    device = bank.device
    zoom = dice.uniform(b, low=0.35, high=1.0)
    piece = cut(
        bank,
        dice.integers(b, high=bank.shape[0]).to(device),
        zoom.to(device),
        dice.uniform(b, high=2 * math.pi).to(device),
        dice.uniform(b, 2, low=-0.6, high=0.6).to(device),
        height,
        width,
    )
    base = dice.uniform(b, 3, low=0.15, high=0.85)
    contrast = dice.uniform(b, low=0.05, high=0.05 + 0.17 * spec.texture)
    picture = recolor(piece, base.to(device), contrast.to(device), color_mix(b, dice).to(device))
    return (without_magenta(picture) if spec.cue else picture), base


def add_still_objects(
    canvas: Tensor, sprites: Tensor, short: int, spec: ClipSpec, dice: Dice
) -> Tensor:
    """Paint resting objects [B, M, 4, side, side] on the background, and add the coverage channel.

    `short` is the frame's short side in pixels; the canvas [B, 3, height, width] is wider than it.
    """
    b, count = sprites.shape[:2]
    height, width = canvas.shape[-2:]
    device = canvas.device
    canvas = torch.cat([canvas, torch.zeros_like(canvas[:, :1])], 1)
    y = (torch.arange(height, device=device) + 0.5)[:, None] / short
    x = (torch.arange(width, device=device) + 0.5)[None, :] / short
    extent = torch.tensor([height, width]) / short
    for i in range(count):
        place = (extent * dice.uniform(b, 2)).to(device)[:, :, None, None]
        size = dice.uniform(b, 1, 1, low=0.6 * spec.size[0], high=spec.size[1]).to(device)
        shown = dice.chance(b, 1, 1, 1, p=0.6).to(device)
        reach = size / 2 * SPRITE_REACH
        dx, dy = (x - place[:, 1]) / reach, (y - place[:, 0]) / reach
        grid = torch.stack([dx.expand(b, height, width), dy.expand(b, height, width)], -1)
        drawn = functional.grid_sample(sprites[:, i], grid, align_corners=False)
        painted = torch.cat([drawn[:, :3], torch.ones_like(drawn[:, 3:])], 1)
        canvas = torch.lerp(canvas, painted, drawn[:, 3:] * shown)
    return canvas


def soften(picture: Tensor, amount: Tensor, sigma: float) -> Tensor:
    """Mix each picture [n, c, h, w] with its blurred self by `amount` [n]; `sigma` in pixels."""
    width = max(3, 2 * round(1.5 * sigma) + 1)
    blurred = functional.avg_pool2d(picture, width, 1, width // 2, count_include_pad=False)
    return torch.lerp(picture, blurred, amount[:, None, None, None])
