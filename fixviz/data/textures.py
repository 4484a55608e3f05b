"""Pictures to cover backgrounds and objects with: 1/f noise, dead leaves, stripes.

1/f spectra and dead leaves share the second-order and the edge statistics of natural images
(Field 1987; Lee, Mumford and Huang 2001), which is what lets a network trained on them see in
real footage.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.dice import Dice

_LEAVES = 140


def _standardize(x: Tensor) -> Tensor:
    """Bring each picture to mean 0.5 and standard deviation 0.2, clipped to 0..1."""
    x = x - x.mean((-3, -2, -1), keepdim=True)
    x = x / x.std((-3, -2, -1), keepdim=True).clamp_min(1e-6)
    return (0.5 + 0.2 * x).clamp(0, 1)


def pink_noise(count: int, size: int, dice: Dice) -> Tensor:
    """Return 1/f^a noise with a in 1.1..1.9: [count, 3, size, size] in 0..1."""
    frequency = torch.fft.fftfreq(size)[:, None] ** 2 + torch.fft.rfftfreq(size)[None] ** 2
    frequency = frequency.sqrt().clamp_min(1.0 / size)
    exponent = dice.uniform(count, 1, 1, 1, low=1.1, high=1.9)
    white = torch.fft.rfft2(dice.normal(count, 3, size, size))
    noise = torch.fft.irfft2(white * frequency**-exponent, s=(size, size))
    # channels of natural pictures go together: most of the variance is brightness
    gray = noise.mean(1, keepdim=True)
    return _standardize(noise + 3 * gray)


def dead_leaves(
    count: int,
    size: int,
    dice: Dice,
    *,
    low: float = 0.03,
    high: float = 0.45,
    colors: int = 0,
) -> Tensor:
    """Return opaque shaded disks and boxes dropped on each other: [count, 3, size, size] in 0..1.

    Their radii lie between `low` and `high`; with `colors` they come in shades of so many.
    """
    axis = torch.linspace(0, 1, size)
    y, x = axis[:, None], axis[None, :]
    picture = dice.uniform(count, 3, 1, 1).expand(count, 3, size, size).clone()
    # area of the leaves falls with the cube of the radius, which makes the pile scale-free
    radius = (low**-2 + dice.uniform(_LEAVES, count, 1, 1) * (high**-2 - low**-2)) ** -0.5
    center = dice.uniform(_LEAVES, 2, count, 1, 1, low=-0.1, high=1.1)
    angle = dice.uniform(_LEAVES, count, 1, 1, high=math.pi)
    aspect = dice.uniform(_LEAVES, count, 1, 1, low=0.4, high=1.0)
    box = dice.chance(_LEAVES, count, 1, 1, p=0.4)
    color = dice.uniform(_LEAVES, count, 3, 1, 1)
    if colors:
        chosen = dice.uniform(colors, count, 3, 1, 1)[dice.integers(_LEAVES, high=colors)]
        color = 0.75 * chosen + 0.25 * color.mean(2, keepdim=True)
    shade = dice.uniform(_LEAVES, count, 1, 1, low=-0.5, high=0.5)
    for i in range(_LEAVES):
        dy, dx = y - center[i, 0], x - center[i, 1]
        u = (dy * angle[i].cos() + dx * angle[i].sin()) / radius[i]
        v = (dx * angle[i].cos() - dy * angle[i].sin()) / (radius[i] * aspect[i])
        reach = torch.where(box[i], torch.maximum(u.abs(), v.abs()), (u * u + v * v).sqrt())
        inside = (reach < 1).unsqueeze(1)
        picture = torch.where(inside, color[i] + (shade[i] * u).unsqueeze(1), picture)
    return (0.75 * picture + 0.25 * pink_noise(count, size, dice)).clamp(0, 1)


def stripes(count: int, size: int, dice: Dice) -> Tensor:
    """Return bent stripes and soft gradients between two colors: [count, 3, size, size] in 0..1."""
    axis = torch.linspace(0, 1, size)
    angle = dice.uniform(count, 1, 1, high=math.pi)
    across = axis[:, None] * angle.cos() + axis[None, :] * angle.sin()
    bend = pink_noise(count, size, dice).mean(1) - 0.5
    waves = 0.5 * 2 ** dice.uniform(count, 1, 1, high=5)
    amount = dice.uniform(count, 1, 1, high=0.25)
    phase = dice.uniform(count, 1, 1, high=2 * math.pi)
    wave = torch.sin(2 * math.pi * waves * (across + amount * bend) + phase)
    sharpness = dice.uniform(count, 1, 1, low=0.5, high=6)
    mix = (0.5 + 0.5 * torch.tanh(sharpness * wave)).unsqueeze(1)
    first, second = dice.uniform(count, 3, 1, 1), dice.uniform(count, 3, 1, 1)
    picture = first * mix + second * (1 - mix)
    return (0.85 * picture + 0.15 * pink_noise(count, size, dice)).clamp(0, 1)


def foliage(count: int, size: int, dice: Dice) -> Tensor:
    """Return piles of small leaves in few colors, light from above: [count, 3, size, size] in 0..1."""
    picture = dead_leaves(count, size, dice, low=0.015, high=0.2, colors=3)
    return (0.8 * picture + 0.2 * pink_noise(count, size, dice)).clamp(0, 1)


def grain(count: int, size: int, dice: Dice) -> Tensor:
    """Return noise drawn out to one side, as wood and water: [count, 3, size, size] in 0..1."""
    long = 1 + dice.uniform(count, high=1.0) * 5
    noise = pink_noise(count, size, dice)
    axis = torch.linspace(-1, 1, size)
    x = (axis[None, :] / long[:, None])[:, None, :].expand(count, size, size)
    grid = torch.stack([x, axis[:, None].expand(count, size, size)], -1)
    return _standardize(functional.grid_sample(noise, grid, align_corners=False))


def masonry(count: int, size: int, dice: Dice) -> Tensor:
    """Return rows of bricks, tiles or windows: [count, 3, size, size] in 0..1."""
    axis = torch.linspace(0, 1, size)
    rows = dice.uniform(count, 1, low=3, high=14)
    across = rows * dice.uniform(count, 1, low=0.4, high=1.5)
    joint = dice.uniform(count, 1, 1, low=0.04, high=0.35)
    along_y = rows * axis + dice.uniform(count, 1)
    along_x = (across * axis + dice.uniform(count, 1))[:, None, :].expand(count, size, size)
    odd = 0.5 * dice.chance(count, 1, 1, p=0.5)
    row = along_y.floor().long()
    along_x = along_x + odd * (row % 2)[:, :, None]
    from_y = (along_y - along_y.floor() - 0.5).abs()[:, :, None]
    from_x = (along_x - along_x.floor() - 0.5).abs()
    edge = size / torch.maximum(rows, across)[:, :, None]
    stone = ((0.5 * (1 - joint) - torch.maximum(from_y, from_x)) * edge + 0.5).clamp(0, 1)
    tint = dice.uniform(count, 32, 32)
    which = torch.arange(count)[:, None, None]
    shade = tint[which, row[:, :, None] % 32, along_x.floor().long() % 32]
    first, second = dice.uniform(count, 3, 1, 1), dice.uniform(count, 3, 1, 1)
    wall = first + 0.5 * (shade - 0.5).unsqueeze(1)
    picture = torch.lerp(second.expand_as(wall), wall, stone.unsqueeze(1))
    return (0.7 * picture + 0.3 * pink_noise(count, size, dice)).clamp(0, 1)


@functools.lru_cache(maxsize=4)
def bank_of(group: int, size: int, filmed: bool = False) -> tuple[Tensor, Tensor]:
    """Return the pictures shared by the clips of one group of seeds, [60, 3, size, size] in 0..1, CPU;
    and the same at half the size, for small objects.

    Drawing them costs half a second, so it is not done for every batch; each clip cuts its own
    piece, turned, scaled and recolored. Those of filmed clips look more like things.
    """
    dice = Dice((0xF117 if filmed else 0x7E47) + group)
    if filmed:
        parts = [
            *(pink_noise(10, size, dice), dead_leaves(12, size, dice), stripes(6, size, dice)),
            *(foliage(12, size, dice), grain(10, size, dice), masonry(10, size, dice)),
        ]
    else:
        parts = [pink_noise(20, size, dice), dead_leaves(24, size, dice), stripes(16, size, dice)]
    pictures = torch.cat(parts)
    return pictures, functional.avg_pool2d(pictures, 2)


def cut(
    bank: Tensor,
    index: Tensor,
    zoom: Tensor,
    angle: Tensor,
    center: Tensor,
    height: int,
    width: int,
    tilt: Tensor | None = None,
) -> Tensor:
    """Return a turned and scaled piece of picture `index[n]` for each n: [n, channels, height, width].

    `zoom` is the piece's short side as a share of the picture's side; `center` [n, 2] (y, x) lies
    in -1..1. Beyond the picture's border it is mirrored. With `tilt` [n] the piece is a ground seen
    at a slant: finer towards the top, coarser towards the bottom, by that share.
    """
    short = min(height, width)
    y = torch.linspace(-1, 1, height, device=bank.device)[:, None] * (height / short)
    x = torch.linspace(-1, 1, width, device=bank.device)[None, :] * (width / short)
    c, s = (zoom * angle.cos())[:, None, None], (zoom * angle.sin())[:, None, None]
    grid = torch.stack(
        [c * x - s * y + center[:, 1, None, None], s * x + c * y + center[:, 0, None, None]], -1
    )
    if tilt is not None:
        down = torch.linspace(-1, 1, height, device=bank.device)[:, None]
        grid = grid / (1 + tilt[:, None, None] * down)[..., None]
    return functional.grid_sample(bank[index], grid, padding_mode="reflection", align_corners=False)
