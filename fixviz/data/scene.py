"""What happens in a batch of clips: which objects there are, where they go, what they look like."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.classes import CLASSES, PAIR_CLASSES
from fixviz.data.dice import Dice
from fixviz.data.motion import (
    Tracks,
    clip_time,
    combine,
    pair_offsets,
    single_tracks,
    wander_tracks,
    wobble,
)
from fixviz.data.presets import ClipSpec
from fixviz.data.sprites import (
    bars,
    color_mix,
    distinct_color,
    paint,
    recolor,
    shapes,
    without_magenta,
)
from fixviz.data.textures import cut

Banks = tuple[Tensor, Tensor]
"""Texture pictures for backgrounds, and for objects; on the device where clips are drawn."""

_SINGLE = torch.tensor([i for i, name in enumerate(CLASSES) if name not in PAIR_CLASSES])
_PAIR = torch.tensor([i for i, name in enumerate(CLASSES) if name in PAIR_CLASSES])
_CLOSING = CLASSES.index("collide")
_REST = _CLOSING  # a pair class leaves a single object at rest


@dataclass(frozen=True)
class Scene:
    """A batch of clips before it is drawn. Lengths are in short sides of the frame.

    Objects are listed from back to front; K of them, over T frames.
    """

    center: Tensor
    """[B, K, T, 2] (y, x) relative to the background, where the frame's corner was at camera 0."""
    radius: Tensor
    """[B, K, T]"""
    angle: Tensor
    """[B, K, T] radians, clockwise."""
    opacity: Tensor
    """[B, K, T]"""
    decides: Tensor
    """[B, K] 1 for objects that decide the class."""
    distracts: Tensor
    """[B, K] 1 for the other objects, bars in front included."""
    sprites: Tensor
    """[B, K, 4, side, side] RGBA."""
    camera: Tensor
    """[B, T, 2] how far the background has moved on the screen."""
    canvas: Tensor
    """[B, 4, height, width] background in color, and coverage of objects resting on it; wider
    than the frame by `margin` pixels on each side."""
    margin: int


def with_twins(scene: Scene) -> Scene:
    """The clips of a scene, and after them the same clips played backward."""
    over_time = {"center": 2, "radius": 2, "angle": 2, "opacity": 2, "camera": 1}

    def both(name: str, values: Tensor | int) -> Tensor | int:
        if not isinstance(values, Tensor):
            return values
        twin = values.flip(over_time[name]) if name in over_time else values
        return torch.cat([values, twin])

    return Scene(**{f.name: both(f.name, getattr(scene, f.name)) for f in fields(scene)})  # type: ignore[arg-type]


def camera_path(b: int, frames: int, spec: ClipSpec, dice: Dice) -> Tensor:
    """Drift with a slight curve and hand shake, centered on 0: [B, T, 2]."""
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


def _place(path: Tensor, margin: Tensor, extent: Tensor, dice: Dice) -> Tensor:
    """A place [B, 2] from which `path` [B, T, 2] stays `margin` [B] inside the frame, if it can."""
    low = margin[:, None] - path.amin(1)
    high = extent - margin[:, None] - path.amax(1)
    middle = 0.5 * (low + high)
    low, high = torch.minimum(low, middle), torch.maximum(high, middle)
    fits = (extent - 2 * margin[:, None]) >= (path.amax(1) - path.amin(1))
    drawn = low + (high - low) * dice.uniform(*low.shape)
    return torch.where(fits, drawn, middle)


def _place_apart(path: Tensor, others: Tensor, extent: Tensor, dice: Dice) -> Tensor:
    """A place [B, 2] in the frame that keeps `path` [B, T, 2] away from `others` [B, M, T, 2]."""
    candidates = 0.08 + (extent - 0.16) * dice.uniform(path.shape[0], 6, 2)
    paths = candidates[:, :, None, None] + path[:, None, None]
    nearest = (paths - others[:, None]).norm(dim=-1).amin((2, 3))
    best = nearest.argmax(1)
    return candidates[torch.arange(len(best)), best]


def _movements(
    labels: Tensor, roles: list[str], radius: Tensor, frames: int, spec: ClipSpec, dice: Dice
) -> Tracks:
    """Tracks [B, K, T] of all objects; `radius` [B, K] decides where a pair touches."""
    b, k = radius.shape
    first, second = roles.index("target"), roles.index("companion")
    classes = torch.full((b, k), _REST)
    if spec.cue:
        # any single motion but the clip's own
        other = dice.integers(b, k, high=len(_SINGLE) - 1)
        own = labels[:, None].expand(b, k)
        classes = _SINGLE[other + (other >= own).long() * (own < len(_SINGLE)).long()]
    classes[:, first] = labels
    pair = torch.isin(labels, _PAIR)
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


def _roles(spec: ClipSpec) -> list[str]:
    """What the objects are there for, from back to front."""
    behind = ["behind"] * (spec.moving_objects > 0)
    before = ["before"] * (spec.moving_objects > 2)
    bar = ["bar"] * (spec.occluder > 0)
    return [*behind, "companion", "target", *before, *bar]


def _background(
    b: int, height: int, width: int, bank: Tensor, spec: ClipSpec, dice: Dice
) -> tuple[Tensor, Tensor]:
    """Textured backgrounds [B, 3, height, width], and their mean colors [B, 3] on the CPU."""
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


def _soften(picture: Tensor, amount: Tensor, sigma: float) -> Tensor:
    """Mix each picture [n, c, h, w] with its blurred self by `amount` [n]; `sigma` in pixels."""
    width = max(3, 2 * round(1.5 * sigma) + 1)
    blurred = functional.avg_pool2d(picture, width, 1, width // 2, count_include_pad=False)
    return torch.lerp(picture, blurred, amount[:, None, None, None])


def _add_still_objects(
    canvas: Tensor, sprites: Tensor, margin: int, short: int, spec: ClipSpec, dice: Dice
) -> Tensor:
    """Paint resting objects [B, M, 4, side, side] on the background; adds the coverage channel."""
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
        reach = size / 2 * 1.3
        dx, dy = (x - place[:, 1]) / reach, (y - place[:, 0]) / reach
        grid = torch.stack([dx.expand(b, height, width), dy.expand(b, height, width)], -1)
        drawn = functional.grid_sample(sprites[:, i], grid, align_corners=False)
        painted = torch.cat([drawn[:, :3], torch.ones_like(drawn[:, 3:])], 1)
        canvas = torch.lerp(canvas, painted, drawn[:, 3:] * shown)
    return canvas


def draw_scene(
    labels: Tensor, frames: int, height: int, width: int, spec: ClipSpec, banks: Banks, dice: Dice
) -> Scene:
    """A random scene for each label [B]. `banks` holds the textures and says the device."""
    bank, coarse = banks
    b, device = len(labels), bank.device
    short = min(height, width)
    extent = torch.tensor([height / short, width / short])
    roles = _roles(spec)
    k = len(roles)
    first, second = roles.index("target"), roles.index("companion")
    pair = torch.isin(labels, _PAIR)

    radius = 0.5 * dice.uniform(b, k, low=spec.size[0], high=spec.size[1])
    radius = torch.where(pair[:, None], 0.8 * radius, radius)
    tracks = _movements(labels, roles, radius, frames, spec, dice)

    camera = camera_path(b, frames, spec, dice)
    deciding = tracks.offset[:, [first, second]]
    deciding = torch.where(pair[:, None, None, None], deciding, deciding[:, :1])
    low, high = deciding.amin(1), deciding.amax(1)
    margin = 0.06 + 0.5 * radius[:, first]
    # the camera drifts less where the object would leave the frame otherwise
    span = high.amax(1) - low.amin(1)
    room = (extent - 2 * margin[:, None] - span).clamp_min(0)
    drift = camera.amax(1) - camera.amin(1)
    camera = camera * (room / drift.clamp_min(1e-6)).clamp_max(1).amin(1)[:, None, None]
    both = torch.cat([low + camera, high + camera], 1)
    home = _place(both, margin, extent, dice)

    place = home[:, None].repeat(1, k, 1)
    placed = (home[:, None, None] + deciding).unbind(1)
    others = torch.stack(placed, 1)
    for i, role in enumerate(roles):
        if role == "target":
            continue
        if role == "bar":
            place[:, i] = extent * dice.uniform(b, 2, low=0.15, high=0.85)
            continue
        apart = _place_apart(tracks.offset[:, i], others, extent, dice)
        if role == "companion":
            apart = torch.where(pair[:, None], home, apart)
        place[:, i] = apart
        others = torch.cat([others, (apart[:, None] + tracks.offset[:, i])[:, None]], 1)

    decides = torch.zeros(b, k)
    decides[:, first] = 1
    decides[:, second] = pair.float()
    exists = dice.chance(b, k, p=1.0 if spec.cue else 0.75).float()
    if spec.moving_objects < 2:
        exists[:, second] = 0
    if "bar" in roles:
        bar = roles.index("bar")
        exists[:, bar] = dice.chance(b, p=spec.occluder).float()
        radius[:, bar] = 1.5
        tracks.angle[:, bar] = dice.uniform(b, 1, high=math.pi)
    exists = torch.maximum(exists, decides)

    border = math.ceil(short * (0.62 * spec.camera + 0.01)) + 1
    canvas, base = _background(b, height + 2 * border, width + 2 * border, bank, spec, dice)
    count = k + spec.still_objects
    side = min(max(20, round(1.3 * spec.size[1] * short)), 160)
    soft = dice.uniform(b, high=1.0)
    coverage = shapes(
        b * count, side, dice, 1.5 * (soft * spec.blur / 0.012).repeat_interleave(count)
    )
    coverage = coverage.view(b, count, side, side)
    if "bar" in roles:
        coverage[:, roles.index("bar")] = bars(b, side, dice)
    color = distinct_color(base, count, dice, spec.camouflage)
    rim = torch.zeros(b, count)
    rim[:, :k] = decides * float(spec.cue)
    sprites = paint(
        coarse,
        coverage.flatten(0, 1).to(device),
        color.flatten(0, 1),
        dice,
        spec.texture,
        rim.flatten(),
    ).view(b, count, 4, side, side)
    canvas = _add_still_objects(canvas, sprites[:, k:], border, short, spec, dice)
    if spec.blur > 0:
        canvas = _soften(canvas, soft.to(device), spec.blur * short)
    return Scene(
        center=place[:, :, None] + tracks.offset,
        radius=radius[:, :, None] * tracks.log_scale.exp(),
        angle=tracks.angle,
        opacity=tracks.opacity * exists[:, :, None],
        decides=decides,
        distracts=1 - decides,
        sprites=sprites[:, :k],
        camera=camera,
        canvas=canvas,
        margin=border,
    )
