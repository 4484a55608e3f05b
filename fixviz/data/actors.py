"""The objects of a clip: what each is there for, and how it moves."""

from __future__ import annotations

import torch
from torch import Tensor

from fixviz.data.classes import CLASSES, PAIR_CLASSES
from fixviz.data.dice import Dice
from fixviz.data.motion import (
    Tracks,
    clip_time,
    combine,
    pair_offsets,
    rotation,
    single_tracks,
    wander_tracks,
    wobble,
)
from fixviz.data.presets import ClipSpec, Filming

_SINGLE = torch.tensor([i for i, name in enumerate(CLASSES) if name not in PAIR_CLASSES])
_PAIR = torch.tensor([i for i, name in enumerate(CLASSES) if name in PAIR_CLASSES])
_STRAIGHT = torch.tensor([CLASSES.index(name) for name in ("left", "right", "up", "down")])
_CLOSING = CLASSES.index("collide")
_REST = _CLOSING  # a pair class leaves a single object at rest


def roles_of(spec: ClipSpec) -> list[str]:
    """Return the roles of the objects, from back to front."""
    behind = ["behind"] * (spec.moving_objects > 0)
    before = ["before"] * (spec.moving_objects > 2)
    bar = ["bar"] * (spec.occluder > 0)
    return [*behind, "companion", "target", *before, *bar]


def are_pairs(labels: Tensor) -> Tensor:
    """Tell whether two objects decide the class, target and companion: [B] for labels [B]."""
    return torch.isin(labels, _PAIR)


def presence(roles: list[str], pair: Tensor, spec: ClipSpec, dice: Dice) -> tuple[Tensor, Tensor]:
    """Tell which objects decide the class, and which exist at all: two [B, K] of 0 and 1."""
    b, k = len(pair), len(roles)
    first, second = roles.index("target"), roles.index("companion")
    decides = torch.zeros(b, k)
    decides[:, first] = 1
    decides[:, second] = pair.float()
    exists = dice.chance(b, k, p=1.0 if spec.cue else 0.75).float()
    if spec.moving_objects < 2:
        exists[:, second] = 0
    if "bar" in roles:
        exists[:, roles.index("bar")] = dice.chance(b, p=spec.occluder).float()
    return decides, torch.maximum(exists, decides)


def movements(
    labels: Tensor, roles: list[str], radius: Tensor, frames: int, spec: ClipSpec, dice: Dice
) -> Tracks:
    """Return the tracks [B, K, T] of all objects; `radius` [B, K] decides where a pair touches."""
    b, k = radius.shape
    first, second = roles.index("target"), roles.index("companion")
    classes = torch.full((b, k), _REST)
    if spec.cue:
        # any single motion but the clip's own
        other = dice.integers(b, k, high=len(_SINGLE) - 1)
        own = labels[:, None].expand(b, k)
        classes = _SINGLE[other + (other >= own).long() * (own < len(_SINGLE)).long()]
    classes[:, first] = labels
    pair = are_pairs(labels)
    classes[:, second] = torch.where(pair, labels, classes[:, second])
    tracks = single_tracks(classes, frames, spec, dice)
    stray = wander_tracks(b, k, frames, spec.wander, 0.3 * spec.wobble, dice)
    pure = wobble(classes, frames, spec, dice)
    decides = torch.zeros(b, k, dtype=torch.bool)
    decides[:, first] = True
    decides[:, second] = pair
    pick = decides[:, :, None] if not spec.cue else torch.ones(b, k, 1, dtype=torch.bool)
    calm = Tracks(
        torch.where(pick[..., None], pure.offset, stray.offset),
        torch.where(pick, pure.log_scale, stray.log_scale),
        torch.where(pick, pure.angle, stray.angle),
        pure.opacity,
    )
    touch = 0.9 * (radius[:, first] + radius[:, second])
    together = pair_offsets(labels == _CLOSING, touch, frames, spec, dice)
    offset = tracks.offset.clone()
    offset[:, first] += together[:, 0] * pair[:, None, None]
    offset[:, second] += together[:, 1] * pair[:, None, None]
    tracks = combine(Tracks(offset, tracks.log_scale, tracks.angle, tracks.opacity), calm)
    if "bar" in roles:
        bar = roles.index("bar")
        tracks.offset[:, bar] = 0
        tracks.angle[:, bar] = 0
        tracks.log_scale[:, bar] = 0
        tracks.opacity[:, bar] = 1
    return tracks


def go_freely(
    tracks: Tracks, labels: Tensor, first: int, followed: Tensor, film: Filming, dice: Dice
) -> Tracks:
    """Return the tracks with straight ways as things really go: aslant, coming closer or not, and far.

    Only what is `followed` [B] goes farther than the frame allows. `first` is the number of the target.
    """
    b = len(labels)
    straight = torch.isin(labels, _STRAIGHT)
    slant = film.slant * dice.uniform(b, low=-1, high=1) * straight
    pace = 1 + (film.pace - 1) * dice.uniform(b) ** 1.5 * (straight & followed)
    grow = film.slant * dice.uniform(b, 1, low=-1, high=1) * straight[:, None]
    turn = pace[:, None, None] * rotation(slant)
    offset, log_scale = tracks.offset.clone(), tracks.log_scale.clone()
    offset[:, first] = (turn[:, None] @ offset[:, first, :, :, None]).squeeze(-1)
    log_scale[:, first] += grow * (clip_time(offset.shape[2]) - 0.5)
    return Tracks(offset, log_scale, tracks.angle, tracks.opacity)
