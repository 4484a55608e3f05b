"""Backgrounds as outdoors and indoors have them: ground, horizon, posts and cast shadows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fixviz.data.dice import Dice
from fixviz.data.presets import ClipSpec
from fixviz.data.sprites import color_mix, recolor
from fixviz.data.textures import cut

_POSTS = 3
_TILT = 0.6
"""How much closer the texture of the ground lies at its far end than in the middle."""


def pale(color: Tensor, dice: Dice) -> Tensor:
    """Return colors [..., 3] of which most are less saturated, as most things are."""
    gray = color.mean(-1, keepdim=True)
    return torch.lerp(gray, color, dice.uniform(*color.shape[:-1], 1) ** 0.7)


def landscape(
    b: int, height: int, width: int, bank: Tensor, spec: ClipSpec, dice: Dice
) -> tuple[Tensor, Tensor]:
    """Return backgrounds [B, 3, height, width], and the mean colors [B, 3] of their ground, on the CPU.

    A share `spec.filming.landscape` has a horizon, the others are one texture throughout.
    """
    assert spec.filming is not None
    device = bank.device
    short = min(height, width)
    open_ = dice.chance(b, p=spec.filming.landscape)
    tilt = _TILT * dice.uniform(b) * open_
    base = pale(dice.uniform(b, 3, low=0.12, high=0.85), dice)
    ground = _piece(b, height, width, bank, base, tilt, spec, dice)
    far = pale(dice.uniform(b, 3, low=0.2, high=0.95), dice)
    above = _piece(b, height, width, bank, far, torch.zeros(b), spec, dice)

    y = (torch.arange(height, device=device) + 0.5)[:, None] / short
    x = (torch.arange(width, device=device) + 0.5) / short

    def draw(low: float, high: float) -> Tensor:
        return dice.uniform(b, 1, 1, low=low, high=high).to(device)

    level = draw(0.3, 0.6) * (height / short)
    hills = draw(0, 0.06) * torch.sin(draw(2, 9) * x + draw(0, 2 * math.pi))
    line = level + draw(-0.15, 0.15) * (x - 0.5) + hills
    line = torch.where(open_.to(device)[:, None, None], line, -1.0)
    picture = torch.lerp(above, ground, _inside((y - line) * short).unsqueeze(1))
    for _ in range(_POSTS):
        thick, top, foot = draw(0.015, 0.09), draw(0, 1) * level, level + draw(-0.05, 0.35)
        aside = (x - draw(0, 1) * (width / short)) / thick
        shown = _inside((1 - aside.abs()) * thick * short) * _inside((foot - y) * short)
        shown = shown * _inside((y - top) * short)
        there = (dice.chance(b, p=0.5) & open_).float().to(device)[:, None, None]
        color = pale(dice.uniform(b, 3, low=0.05, high=0.9), dice).to(device)
        shaded = color[:, :, None, None] + (draw(-0.2, 0.2) * aside.clamp(-1, 1)).unsqueeze(1)
        picture = torch.lerp(picture, shaded, (shown * there).unsqueeze(1))
    patches = _piece_of_gray(b, height, width, bank, dice)
    dark = draw(0, 0.5) * dice.chance(b, 1, 1, p=0.5).to(device) * spec.texture
    shadow = 1 - dark * _inside((patches - 0.55) * 25)
    return (picture * shadow.unsqueeze(1)).clamp(0, 1), base


def _inside(distance: Tensor) -> Tensor:
    """Return the coverage of pixels whose centers lie `distance` pixels inside an edge."""
    return (0.5 + distance).clamp(0, 1)


def _piece(
    b: int,
    height: int,
    width: int,
    bank: Tensor,
    base: Tensor,
    tilt: Tensor,
    spec: ClipSpec,
    dice: Dice,
) -> Tensor:
    """Return pieces of texture [B, 3, height, width] around the colors `base` [B, 3]."""
    device = bank.device
    piece = cut(
        bank,
        dice.integers(b, high=bank.shape[0]).to(device),
        dice.uniform(b, low=0.4, high=1.0).to(device),
        dice.uniform(b, low=-0.3, high=0.3).to(device),
        dice.uniform(b, 2, low=-0.6, high=0.6).to(device),
        height,
        width,
        tilt.to(device),
    )
    contrast = dice.uniform(b, low=0.03, high=0.05 + 0.17 * spec.texture).to(device)
    return recolor(piece, base.to(device), contrast, color_mix(b, dice).to(device))


def _piece_of_gray(b: int, height: int, width: int, bank: Tensor, dice: Dice) -> Tensor:
    """Return large soft patches of brightness [B, height, width] around 0.5."""
    gray = bank.mean(1, keepdim=True)
    device = bank.device
    return cut(
        gray,
        dice.integers(b, high=bank.shape[0]).to(device),
        dice.uniform(b, low=0.15, high=0.4).to(device),
        dice.uniform(b, high=2 * math.pi).to(device),
        dice.uniform(b, 2, low=-0.6, high=0.6).to(device),
        height,
        width,
    ).squeeze(1)
