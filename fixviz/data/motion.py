"""How the objects of a clip move, class by class."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fixviz.data.classes import CLASSES
from fixviz.data.dice import Dice
from fixviz.data.presets import ClipSpec, Range


@dataclass(frozen=True)
class Tracks:
    """Movements of K objects in B clips over T frames, relative to the background.

    Lengths are in short sides of the frame; y grows downwards.
    """

    offset: Tensor
    """[B, K, T, 2] (dy, dx) from the object's place."""
    log_scale: Tensor
    """[B, K, T] natural log of the size, relative to the object's size."""
    angle: Tensor
    """[B, K, T] radians, positive is clockwise on the screen."""
    opacity: Tensor
    """[B, K, T] 0..1."""


_COLUMNS = ("dy", "dx", "grow", "circle", "shake_y", "shake_x", "turn", "appear", "vanish")
_SINGLE: dict[str, dict[str, float]] = {
    "left": {"dx": -1},
    "right": {"dx": 1},
    "up": {"dy": -1},
    "down": {"dy": 1},
    "approach": {"grow": 1},
    "recede": {"grow": -1},
    "circle clockwise": {"circle": 1},
    "circle counterclockwise": {"circle": -1},
    "shake sideways": {"shake_x": 1},
    "shake up and down": {"shake_y": 1},
    "turn": {"turn": 1},
    "appear": {"appear": 1},
    "vanish": {"vanish": 1},
}
_TABLE = torch.tensor([[_SINGLE.get(name, {}).get(c, 0.0) for c in _COLUMNS] for name in CLASSES])


def clip_time(frames: int) -> Tensor:
    """Return times 0..1 over the clip: [T]."""
    return torch.linspace(0, 1, frames) if frames > 1 else torch.zeros(1)


def rotation(angle: Tensor) -> Tensor:
    """Return matrices [..., 2, 2] on (y, x) that turn clockwise on the screen."""
    c, s = angle.cos(), angle.sin()
    return torch.stack([torch.stack([c, s], -1), torch.stack([-s, c], -1)], -2)


def single_tracks(classes: Tensor, frames: int, spec: ClipSpec, dice: Dice) -> Tracks:
    """Move each object as its class [B, K] says; objects of pair classes stay at rest."""
    b, k = classes.shape
    amount = {name: _TABLE[classes, i][..., None] for i, name in enumerate(_COLUMNS)}
    u = clip_time(frames)

    def draw(limits: Range) -> Tensor:
        return dice.uniform(b, k, 1, low=limits[0], high=limits[1])

    eased = u ** draw((0.75, 1.35)) - 0.5
    travel = draw(spec.travel) * eased
    phase = dice.uniform(b, k, 1, high=2 * math.pi)
    round_angle = amount["circle"] * draw((0.85, 1.25)) * 2 * math.pi * u + phase
    radius = draw(spec.circle) * amount["circle"].abs()
    # four frames a cycle at least, or the shake would alias away
    cycles = draw((1.4, 2.2)).clamp_max((frames - 1) / 3.5)
    shake = draw(spec.shake) * torch.sin(2 * math.pi * cycles * u + phase)
    dy = amount["dy"] * travel + amount["shake_y"] * shake + radius * torch.sin(round_angle)
    dx = amount["dx"] * travel + amount["shake_x"] * shake + radius * torch.cos(round_angle)

    change = amount["appear"] + amount["vanish"]
    moment, fade = draw((0.25, 0.65)), draw((0.05, 0.25))
    rise = ((u - moment) / fade).clamp(0, 1)
    opacity = 1 - change + amount["appear"] * rise + amount["vanish"] * (1 - rise)
    return Tracks(
        offset=torch.stack([dy, dx], -1),
        log_scale=amount["grow"] * draw(spec.growth) * eased,
        angle=amount["turn"] * draw(spec.turn) * dice.sign(b, k, 1) * eased,
        opacity=opacity,
    )


def wander_tracks(b: int, k: int, frames: int, amplitude: float, turn: float, dice: Dice) -> Tracks:
    """Return slow aimless motion by at most about `amplitude`, turning by at most `turn` radians."""
    u = clip_time(frames)
    drift = dice.uniform(b, k, 1, 2, low=-1, high=1) * (u[:, None] - 0.5)
    speed = dice.uniform(b, k, 1, 2, low=0.3, high=1.0)
    sway = torch.sin(2 * math.pi * (speed * u[:, None] + dice.uniform(b, k, 1, 2)))
    return Tracks(
        offset=amplitude * (drift + 0.5 * sway),
        log_scale=torch.zeros(b, k, frames),
        angle=dice.uniform(b, k, 1, low=-turn, high=turn) * (u - 0.5),
        opacity=torch.ones(b, k, frames),
    )


def wobble(classes: Tensor, frames: int, spec: ClipSpec, dice: Dice) -> Tracks:
    """Return small extra motions, well below the class's own motion: [B, K, T]."""
    b, k = classes.shape
    limit = spec.wobble * 0.12 * spec.travel[0]
    stray = wander_tracks(b, k, frames, limit, 0.5 * spec.wobble, dice)
    grow = dice.uniform(b, k, 1, low=-0.12, high=0.12) * spec.wobble
    return Tracks(stray.offset, grow * (clip_time(frames) - 0.5), stray.angle, stray.opacity)


def pair_offsets(closing: Tensor, touch: Tensor, frames: int, spec: ClipSpec, dice: Dice) -> Tensor:
    """Move two objects on one line: offsets [B, 2, T, 2]; `touch` [B] is their distance in contact.

    Where `closing` [B] is true they come together and touch before the end; else they start
    touching and part.
    """
    b = closing.shape[0]
    u = clip_time(frames)
    done = dice.uniform(b, 1, low=0.75, high=1.0)
    closed = 1 - (u / done).clamp(0, 1)
    opened = ((u - (1 - done)) / done).clamp(0, 1)
    change = dice.uniform(b, 1, low=spec.travel[0], high=spec.travel[1]) * 0.9
    gap = touch[:, None] + change * torch.where(closing[:, None], closed, opened)
    direction = dice.uniform(b, high=2 * math.pi)
    axis = torch.stack([direction.sin(), direction.cos()], -1)
    # one of the two may do more of the way, but never all of it
    share = dice.uniform(b, 1, low=0.35, high=0.65)
    first = (gap * share)[..., None] * axis[:, None]
    second = -(gap * (1 - share))[..., None] * axis[:, None]
    return torch.stack([first, second], 1)


def combine(one: Tracks, other: Tracks) -> Tracks:
    """Add the two movements."""
    return Tracks(
        one.offset + other.offset,
        one.log_scale + other.log_scale,
        one.angle + other.angle,
        one.opacity * other.opacity,
    )
