"""Stage a batch of clips: draw which objects there are, where they go, what they look like."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from fixviz.data.actors import are_pairs, go_freely, movements, presence, roles_of
from fixviz.data.backdrop import add_still_objects, background, soften
from fixviz.data.camera import Shot, still_view, take, with_parallax
from fixviz.data.dice import Dice
from fixviz.data.landscape import landscape, pale
from fixviz.data.parts import add_parts, bend
from fixviz.data.placing import camera_path, hold_in_frame, places_of_all
from fixviz.data.presets import ClipSpec
from fixviz.data.scene import Scene
from fixviz.data.shutter import blur_motion
from fixviz.data.sprites import bars, distinct_color, paint, shapes

Banks = tuple[Tensor, Tensor]
"""Texture pictures for backgrounds, and for objects; on the device where clips are drawn."""

_FILMED_REACH = 0.36
"""How far beyond the frame the background of a filmed clip reaches; from there on it is mirrored."""


def draw_scene(
    labels: Tensor, frames: int, height: int, width: int, spec: ClipSpec, banks: Banks, dice: Dice
) -> Scene:
    """Draw a random scene for each label [B]. `banks` holds the textures and says the device."""
    bank, coarse = banks
    b, device = len(labels), bank.device
    short = min(height, width)
    extent = torch.tensor([height / short, width / short])
    roles = roles_of(spec)
    k = len(roles)
    first, second = roles.index("target"), roles.index("companion")
    pair = are_pairs(labels)

    radius = 0.5 * dice.uniform(b, k, low=spec.size[0], high=spec.size[1])
    radius = torch.where(pair[:, None], 0.8 * radius, radius)
    tracks = movements(labels, roles, radius, frames, spec, dice)

    deciding = tracks.offset[:, [first, second]]
    deciding = torch.where(pair[:, None, None, None], deciding, deciding[:, :1])
    drift = camera_path(b, frames, spec, dice)
    film = spec.filming
    if film is None:
        margin = 0.06 + 0.5 * radius[:, first]
        camera, home = hold_in_frame(drift, deciding, margin, extent, dice)
        shot = Shot(camera, still_view(b, frames))
        stretch = torch.zeros_like(tracks.angle)
    else:
        followed = dice.chance(b, p=film.follow)
        tracks = go_freely(tracks, labels, first, followed, film, dice)
        deciding = torch.where(
            pair[:, None, None, None], deciding, tracks.offset[:, [first, first]]
        )
        margin = 0.03 + 0.4 * radius[:, first]
        grown = tracks.log_scale[:, first]
        shot, home = take(drift, deciding, grown, followed, margin, extent, film, dice)
        offset = with_parallax(tracks.offset, roles, ~pair, shot.shift, film, dice)
        tracks = replace(tracks, offset=offset)
        stretch = bend(b, k, frames, film, dice)
    place = places_of_all(roles, home, deciding, tracks.offset, pair, extent, dice)

    decides, exists = presence(roles, pair, spec, dice)
    if "bar" in roles:
        bar = roles.index("bar")
        radius[:, bar] = 1.5
        tracks.angle[:, bar] = dice.uniform(b, 1, high=math.pi)
        stretch[:, bar] = 0

    reach = 0.62 * spec.camera if film is None else _FILMED_REACH
    border = math.ceil(short * (reach + 0.01)) + 1
    ground = background if film is None else landscape
    canvas, base = ground(b, height + 2 * border, width + 2 * border, bank, spec, dice)
    soft = dice.uniform(b, high=1.0)
    sprites, color = _paint_objects(roles, decides, base, soft, short, coarse, spec, dice)
    canvas = add_still_objects(canvas, sprites[:, k:], short, spec, dice)
    if spec.blur > 0:
        canvas = soften(canvas, soft.to(device), spec.blur * short)
    scene = Scene(
        center=place[:, :, None] + tracks.offset,
        radius=radius[:, :, None] * tracks.log_scale.exp(),
        angle=tracks.angle,
        stretch=stretch,
        opacity=tracks.opacity * exists[:, :, None],
        decides=decides,
        distracts=1 - decides,
        sprites=sprites[:, :k],
        camera=shot.shift,
        view=shot.view,
        canvas=canvas,
        margin=border,
    )
    if film is None:
        return scene
    scene = add_parts(scene, (second, first), color, coarse, spec.texture, film, dice)
    return blur_motion(scene, short, film, dice)


def _paint_objects(
    roles: list[str],
    decides: Tensor,
    base: Tensor,
    soft: Tensor,
    short: int,
    coarse: Tensor,
    spec: ClipSpec,
    dice: Dice,
) -> tuple[Tensor, Tensor]:
    """Return the sprites [B, K + M, 4, side, side] and colors [B, K + M, 3] of the objects with `roles`,
    then of M resting ones.

    `base` [B, 3] is the color of the ground, `soft` [B] from 0 to 1 how soft outlines are, `short`
    the frame's short side in pixels.
    """
    b, k = decides.shape
    count = k + spec.still_objects
    side = min(max(20, round(1.3 * spec.size[1] * short)), 160)
    coverage = shapes(
        b * count, side, dice, 1.5 * (soft * spec.blur / 0.012).repeat_interleave(count)
    )
    coverage = coverage.view(b, count, side, side)
    if "bar" in roles:
        coverage[:, roles.index("bar")] = bars(b, side, dice)
    color = distinct_color(base, count, dice, spec.camouflage)
    if spec.filming is not None:
        color = pale(color, dice)
    rim = torch.zeros(b, count)
    rim[:, :k] = decides * float(spec.cue)
    painted = paint(
        coarse,
        coverage.flatten(0, 1).to(coarse.device),
        color.flatten(0, 1),
        dice,
        spec.texture,
        rim.flatten(),
    )
    return painted.view(b, count, 4, side, side), color
