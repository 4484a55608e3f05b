"""Scenes to pixels and truth. Every object is one sprite, put in place by an affine map."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.motion import rotation
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


def _inverse(matrix: Tensor) -> Tensor:
    """Return the inverses of matrices [..., 2, 2]."""
    (a, b), (c, d) = (row.unbind(-1) for row in matrix.unbind(-2))
    rows = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return rows / (a * d - b * c)[..., None, None]


def _at(matrix: Tensor, point: Tensor) -> Tensor:
    """Return matrix [..., 2, 2] @ point [..., 2]."""
    return (matrix @ point[..., None]).squeeze(-1)


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

    # a point of the background goes to view (point - middle) + middle + camera on the screen
    view = scene.view.to(device)
    back = _inverse(view)
    middle = torch.tensor([height, width], device=device) / 2
    home = middle - _at(back, middle + (scene.camera * short).to(device))

    scale = 2 / (2 * middle + 2.0 * scene.margin)
    grid = torch.empty(b, frames, height, width, 2, device=device)
    to_canvas = scale * (scene.margin + home) - 1
    grid[..., 1], grid[..., 0] = _affine(scale[:, None] * back, to_canvas, y, x)
    drawn = _sample(scene.canvas, grid, "reflection")
    pixels, distractor = drawn[:, :3].contiguous(), drawn[:, 3].clone()
    target = torch.zeros_like(distractor)
    motion = torch.zeros_like(pixels)

    center = (scene.center * short).to(device)
    radius = (scene.radius * short).to(device)
    shape = rotation(scene.angle.to(device)) * (
        torch.stack([scene.stretch, -scene.stretch], -1).exp().to(device) * radius[..., None]
    ).unsqueeze(-2)
    from_center = home[:, None] - center
    to_sprite = _inverse(shape) @ back[:, None] / SPRITE_REACH
    origin = _at(_inverse(shape), from_center) / SPRITE_REACH
    growth = step_ahead(radius.log(), 2)
    spread = shape[:, :, 1:] @ _inverse(shape[:, :, :-1]) - torch.eye(2, device=device)
    spread = torch.cat([spread, spread[:, :, -1:]], 2)
    shift_origin = _at(view[:, None], step_ahead(center, 2) + _at(spread, from_center))
    spread = view[:, None] @ spread @ back[:, None]
    opacity = scene.opacity.to(device)
    decides, distracts = scene.decides.to(device), scene.distracts.to(device)
    layer = torch.empty_like(motion)
    for i in range(k):
        grid[..., 1], grid[..., 0] = _affine(to_sprite[:, i], origin[:, i], y, x)
        drawn = _sample(scene.sprites[:, i], grid)
        alpha = drawn[:, 3] * opacity[:, i, :, None, None]
        pixels.lerp_(drawn[:, :3], alpha[:, None])
        target.lerp_(decides[:, i, None, None, None].expand_as(target), alpha)
        distractor.lerp_(distracts[:, i, None, None, None].expand_as(target), alpha)
        layer[:, 0], layer[:, 1] = _affine(spread[:, i], shift_origin[:, i], y, x)
        layer[:, 2] = growth[:, i, :, None, None]
        motion.lerp_(layer, alpha[:, None])
    return Rendered(pixels, target, distractor, motion[:, :2], motion[:, 2])


def _sample(pictures: Tensor, grid: Tensor, outside: str = "zeros") -> Tensor:
    """Return the pictures [B, C, h, w] at grid [B, T, H, W, 2]: [B, C, T, H, W].

    The frames are stacked into one tall image, so that the picture is not copied for each.
    """
    b, frames, height, width, _ = grid.shape
    tall = functional.grid_sample(
        pictures,
        grid.view(b, frames * height, width, 2),
        padding_mode=outside,
        align_corners=False,
    )
    return tall.view(b, -1, frames, height, width)
