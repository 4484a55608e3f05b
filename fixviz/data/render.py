"""Scenes to pixels and truth. Every object is one sprite, put in place by an affine map."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.scene import Scene
from fixviz.data.sprites import SPRITE_REACH


@dataclass(frozen=True)
class Rendered:
    """Pixels and truth of a scene, before light and noise."""

    pixels: Tensor
    """[B, 3, T, H, W] in 0..1."""
    target: Tensor
    """[B, T, H, W] visible coverage of the deciding objects."""
    distractor: Tensor
    """[B, T, H, W] visible coverage of all other objects."""
    velocity: Tensor
    """[B, 2, T, H, W] (dy, dx) pixels per frame, relative to the background, times coverage."""
    growth: Tensor
    """[B, T, H, W] change of log size per frame, times coverage."""


def step_ahead(x: Tensor, axis: int) -> Tensor:
    """Return x at t + 1 minus x at t; the last frame repeats the step before it."""
    if x.shape[axis] < 2:
        return torch.zeros_like(x)
    step = x.diff(dim=axis)
    last = step.narrow(axis, step.shape[axis] - 1, 1)
    return torch.cat([step, last], axis)


def _rotation(angle: Tensor) -> Tensor:
    """Return matrices [..., 2, 2] on (y, x) that turn clockwise on the screen."""
    c, s = angle.cos(), angle.sin()
    return torch.stack([torch.stack([c, s], -1), torch.stack([-s, c], -1)], -2)


def _affine(matrix: Tensor, offset: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return matrix @ (y, x) + offset at every pixel: two [B, T, H, W]."""

    def row(i: int) -> Tensor:
        along_y = matrix[..., i, 0, None, None] * y[:, None] + offset[..., i, None, None]
        return along_y + matrix[..., i, 1, None, None] * x

    return row(0), row(1)


def render(scene: Scene, height: int, width: int, device: torch.device) -> Rendered:
    """Draw back to front. Cost: one pass over the pixels for each object of the batch."""
    short = min(height, width)
    b, k, frames, _ = scene.center.shape
    y = torch.arange(height, device=device) + 0.5
    x = torch.arange(width, device=device) + 0.5

    camera = (scene.camera * short).to(device)
    size = torch.tensor([height, width], device=device) + 2.0 * scene.margin
    scale = 2 / size
    from_canvas = scale * (scene.margin - camera) - 1
    grid = torch.empty(b, frames, height, width, 2, device=device)
    grid[..., 1] = (scale[0] * y + from_canvas[..., :1])[..., None]
    grid[..., 0] = (scale[1] * x + from_canvas[..., 1:])[:, :, None]
    drawn = _sample(scene.canvas, grid)
    pixels, distractor = drawn[:, :3].contiguous(), drawn[:, 3].clone()
    target = torch.zeros_like(distractor)
    motion = torch.zeros_like(pixels)

    center = (scene.center * short).to(device)
    radius = (scene.radius * short).to(device)
    angle = scene.angle.to(device)
    on_screen = center + camera[:, None]
    turn_back = _rotation(-angle) / (radius * SPRITE_REACH)[..., None, None]
    origin = -(turn_back @ on_screen[..., None]).squeeze(-1)
    shift = step_ahead(center, 2)
    growth = step_ahead(radius.log(), 2)
    spread = growth.exp()[..., None, None] * _rotation(step_ahead(angle, 2))
    spread = spread - torch.eye(2, device=device)
    shift_origin = shift - (spread @ on_screen[..., None]).squeeze(-1)
    opacity = scene.opacity.to(device)
    decides, distracts = scene.decides.to(device), scene.distracts.to(device)
    layer = torch.empty_like(motion)
    for i in range(k):
        grid[..., 1], grid[..., 0] = _affine(turn_back[:, i], origin[:, i], y, x)
        drawn = _sample(scene.sprites[:, i], grid)
        alpha = drawn[:, 3] * opacity[:, i, :, None, None]
        pixels.lerp_(drawn[:, :3], alpha[:, None])
        target.lerp_(decides[:, i, None, None, None].expand_as(target), alpha)
        distractor.lerp_(distracts[:, i, None, None, None].expand_as(target), alpha)
        layer[:, 0], layer[:, 1] = _affine(spread[:, i], shift_origin[:, i], y, x)
        layer[:, 2] = growth[:, i, :, None, None]
        motion.lerp_(layer, alpha[:, None])
    return Rendered(pixels, target, distractor, motion[:, :2], motion[:, 2])


def _sample(pictures: Tensor, grid: Tensor) -> Tensor:
    """Return the pictures [B, C, h, w] at grid [B, T, H, W, 2]: [B, C, T, H, W], 0 outside.

    The frames are stacked into one tall image, so that the picture is not copied for each.
    """
    b, frames, height, width, _ = grid.shape
    tall = functional.grid_sample(
        pictures, grid.view(b, frames * height, width, 2), align_corners=False
    )
    return tall.view(b, -1, frames, height, width)
