"""How a camera in somebody's hand moves: it follows, pans, zooms, rolls, shakes, and cuts in.

Lengths are in short sides of the frame, coordinates are (y, x).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fixviz.data.dice import Dice
from fixviz.data.motion import clip_time
from fixviz.data.presets import Filming

_ZOOM = (-0.4, 0.7)
"""Limits of the log of the zoom: the background is drawn no wider, and no finer."""
_CUT = (0.2, 0.6)
"""Change of the log of the zoom in a cut."""
_RESTING = 0.12
"""Most that parallax moves a resting object: well below what a deciding object travels."""


@dataclass(frozen=True)
class Shot:
    """How the background moves on the screen: a point p goes to view (p - middle) + middle + shift."""

    shift: Tensor
    """[B, T, 2] (dy, dx)"""
    view: Tensor
    """[B, T, 2, 2] zoom, roll, and the shear of a ground that is seen at a slant."""


def still_view(b: int, frames: int) -> Tensor:
    """Return the view of a camera that only shifts: [B, T, 2, 2]."""
    return torch.eye(2).expand(b, frames, 2, 2)


def take(
    drift: Tensor,
    deciding: Tensor,
    grown: Tensor,
    followed: Tensor,
    margin: Tensor,
    extent: Tensor,
    film: Filming,
    dice: Dice,
) -> tuple[Shot, Tensor]:
    """Film the deciding objects: a shot, and a place [B, 2] for them in the frame of `extent` [2].

    drift: [B, T, 2], the way of a camera that follows nothing. deciding: offsets [B, M, T, 2] of M
    objects, grown [B, T] the log of their size, followed [B] which clips follow them, margin [B] how
    far inside the frame they should stay. Where they would leave the frame, the camera goes along.
    """
    b, _, frames, _ = deciding.shape
    center = deciding.mean(1)
    strength = dice.uniform(b, 1, 1, low=0.75, high=1.05) * followed[:, None, None]
    shift = drift - strength * _lagging(center) + _shake(b, frames, film, dice)
    shift = shift - 0.5 * (shift.amin(1, keepdim=True) + shift.amax(1, keepdim=True))
    zoom = _zoom(grown * followed[:, None], film, dice)
    closest = zoom.amax(1).exp()

    low, high = (deciding - center[:, None]).amin((1, 2)), (deciding - center[:, None]).amax((1, 2))
    inner = extent / closest[:, None] - 2 * margin[:, None] - (high - low)
    path = center + shift
    span = path.amax(1) - path.amin(1)
    kept = (inner.clamp_min(0) / span.clamp_min(1e-6)).clamp_max(1)[:, None]
    middle = 0.5 * (path.amin(1, keepdim=True) + path.amax(1, keepdim=True))
    shift = shift - (1 - kept) * (path - middle)

    free = (inner - kept[:, 0] * span).clamp_min(0)
    aim = 0.5 * extent - 0.5 * (low + high) + free * (dice.uniform(b, 2) - 0.5)
    home = aim - middle[:, 0]
    return Shot(shift, _view(zoom, shift, film, dice)), home


def _lagging(path: Tensor) -> Tensor:
    """Return the way [B, T, 2] as a hand follows it: short turns are averaged out."""
    ends = torch.cat([path[:, :1], path, path[:, -1:]], 1)
    return (ends[:, :-2] + 2 * ends[:, 1:-1] + ends[:, 2:]) / 4


def _shake(b: int, frames: int, film: Filming, dice: Dice) -> Tensor:
    """Return the shake of a hand [B, T, 2]: every second camera is held, the others stand."""
    amount = film.unsteady * dice.uniform(b, 1, 1) * dice.chance(b, 1, 1, p=0.5)
    jolts = dice.normal(b, frames, 2)
    return amount * (0.6 * jolts + 0.4 * jolts.cumsum(1))


def _zoom(grown: Tensor, film: Filming, dice: Dice) -> Tensor:
    """Return the log of the zoom [B, T]: slow, or to keep what grows [B, T] alike, or in a cut."""
    b, frames = grown.shape
    u = clip_time(frames)
    slow = film.zoom * dice.uniform(b, 1, low=-1, high=1) * dice.chance(b, 1, p=0.5)
    zoom = slow * (u - 0.5)
    keep = dice.uniform(b, 1, low=0.3, high=0.8) * dice.chance(b, 1, p=0.5)
    zoom = zoom - keep * grown
    moment = dice.uniform(b, 1, low=0.25, high=0.75)
    closer = dice.uniform(b, 1, low=_CUT[0], high=_CUT[1]) * dice.chance(b, 1, p=film.cut_in)
    after = torch.where(dice.chance(b, 1, p=0.7), u > moment, u < moment)
    return (zoom + closer * after).clamp(*_ZOOM)


def _view(zoom: Tensor, shift: Tensor, film: Filming, dice: Dice) -> Tensor:
    """Return the views [B, T, 2, 2] for the log of the zoom [B, T]."""
    b, frames = zoom.shape
    held = dice.uniform(b, 1) * dice.chance(b, 1, p=0.5)
    u = clip_time(frames)
    roll = film.unsteady * held * (0.5 * dice.normal(b, frames) + 4 * (u - 0.5) * dice.sign(b, 1))
    # a camera that passes sees the near end of the ground go faster than the far end
    slant = film.parallax * dice.uniform(b, 1, low=0, high=0.6) * dice.chance(b, 1, p=0.5)
    shear = slant * shift[..., 1]
    c, s = roll.cos(), roll.sin()
    rows = [torch.stack([c + s * shear, s], -1), torch.stack([c * shear - s, c], -1)]
    return zoom.exp()[..., None, None] * torch.stack(rows, -2)


def with_parallax(
    offset: Tensor, roles: list[str], resting: Tensor, shift: Tensor, film: Filming, dice: Dice
) -> Tensor:
    """Return the offsets [B, K, T, 2] of objects that stand nearer than the background.

    They go farther with the camera than it does. resting: [B] whether the companion rests. A bar
    passes as fast as it likes; other objects by no more than a small way.
    """
    b, k = offset.shape[:2]
    nearer = film.parallax * dice.uniform(b, k) * dice.chance(b, k, p=0.6)
    span = (shift.amax(1) - shift.amin(1)).norm(dim=-1)[:, None]
    small = torch.minimum(nearer, _RESTING / span.clamp_min(1e-6))
    for i, role in enumerate(roles):
        if role == "bar":
            small[:, i] = 1.5 * nearer[:, i]
        elif role == "target":
            small[:, i] = 0
        elif role == "companion":
            small[:, i] = small[:, i] * resting
    return offset + small[..., None, None] * shift[:, None]
