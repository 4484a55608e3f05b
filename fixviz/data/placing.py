"""Where the objects of a clip lie and where the camera looks, so that what decides stays in sight.

Lengths are in short sides of the frame, coordinates are (y, x).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fixviz.data.dice import Dice
from fixviz.data.motion import clip_time
from fixviz.data.presets import ClipSpec


def camera_path(b: int, frames: int, spec: ClipSpec, dice: Dice) -> Tensor:
    """Return a drift with a slight curve and hand shake, centered on 0: [B, T, 2]."""
    u = clip_time(frames)[:, None]
    direction = dice.uniform(b, 1, high=2 * math.pi)
    # still cameras are common, so a quarter of the clips has one
    far = spec.camera * dice.uniform(b, 1) * dice.chance(b, 1, p=0.75)
    along = torch.stack([direction.sin(), direction.cos()], -1)
    across = torch.stack([direction.cos(), -direction.sin()], -1)
    bow = dice.uniform(b, 1, 1, low=-0.15, high=0.15) * torch.sin(math.pi * u)
    shake = 0.03 * dice.normal(b, frames, 2)
    path = far[..., None] * ((u - 0.5) * along + bow * across + shake)
    return path - 0.5 * (path.amin(1, keepdim=True) + path.amax(1, keepdim=True))


def hold_in_frame(
    camera: Tensor, deciding: Tensor, margin: Tensor, extent: Tensor, dice: Dice
) -> tuple[Tensor, Tensor]:
    """Return a camera path [B, T, 2], and a place [B, 2] for the deciding objects.

    From there, `deciding` (offsets [B, M, T, 2] of M objects) stay `margin` [B] inside the frame of
    `extent` [2] whatever the camera does; the camera drifts less where they would not otherwise.
    """
    low, high = deciding.amin(1), deciding.amax(1)
    span = high.amax(1) - low.amin(1)
    room = (extent - 2 * margin[:, None] - span).clamp_min(0)
    drift = camera.amax(1) - camera.amin(1)
    camera = camera * (room / drift.clamp_min(1e-6)).clamp_max(1).amin(1)[:, None, None]
    both = torch.cat([low + camera, high + camera], 1)
    return camera, _place(both, margin, extent, dice)


def places_of_all(
    roles: list[str],
    home: Tensor,
    deciding: Tensor,
    offset: Tensor,
    pair: Tensor,
    extent: Tensor,
    dice: Dice,
) -> Tensor:
    """Return the places [B, K, 2] of all objects, in the order of `roles`, away from each other if they can.

    `home` [B, 2] is the place of the `deciding` objects (as in `hold_in_frame`), `offset`
    [B, K, T, 2] the way of each object, `pair` [B] whether the companion decides too.
    """
    place = home[:, None].repeat(1, len(roles), 1)
    placed = (home[:, None, None] + deciding).unbind(1)
    others = torch.stack(placed, 1)
    for i, role in enumerate(roles):
        if role == "target":
            continue
        if role == "bar":
            place[:, i] = extent * dice.uniform(len(home), 2, low=0.15, high=0.85)
            continue
        apart = _place_apart(offset[:, i], others, extent, dice)
        if role == "companion":
            apart = torch.where(pair[:, None], home, apart)
        place[:, i] = apart
        others = torch.cat([others, (apart[:, None] + offset[:, i])[:, None]], 1)
    return place


def _place(path: Tensor, margin: Tensor, extent: Tensor, dice: Dice) -> Tensor:
    """Return a place [B, 2] from which `path` [B, T, 2] stays `margin` [B] inside the frame, if it can."""
    low = margin[:, None] - path.amin(1)
    high = extent - margin[:, None] - path.amax(1)
    middle = 0.5 * (low + high)
    low, high = torch.minimum(low, middle), torch.maximum(high, middle)
    fits = (extent - 2 * margin[:, None]) >= (path.amax(1) - path.amin(1))
    drawn = low + (high - low) * dice.uniform(*low.shape)
    return torch.where(fits, drawn, middle)


def _place_apart(path: Tensor, others: Tensor, extent: Tensor, dice: Dice) -> Tensor:
    """Return a place [B, 2] in the frame that keeps `path` [B, T, 2] away from `others` [B, M, T, 2]."""
    candidates = 0.08 + (extent - 0.16) * dice.uniform(path.shape[0], 6, 2)
    paths = candidates[:, :, None, None] + path[:, None, None]
    nearest = (paths - others[:, None]).norm(dim=-1).amin((2, 3))
    best = nearest.argmax(1)
    return candidates[torch.arange(len(best)), best]
