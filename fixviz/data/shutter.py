"""What a shutter that stays open does: whatever moves on the screen is smeared along its way."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.backdrop import soften
from fixviz.data.dice import Dice
from fixviz.data.motion import rotation
from fixviz.data.presets import Filming
from fixviz.data.scene import Scene
from fixviz.data.sprites import SPRITE_REACH


def blur_motion(scene: Scene, short: int, film: Filming, dice: Dice) -> Scene:
    """Return the scene with background and objects smeared along their ways on the screen.

    Pictures are smeared once, by the mean speed over the clip, so masks show what a frame's exposure
    shows. Objects that the camera follows stay sharp, as when one pans. Turns and zoom are left out.
    Some backgrounds lie out of focus. `short` is the frame's short side in pixels.
    """
    b = len(scene.center)
    exposure = film.shutter * dice.uniform(b, 1)
    out_of_focus = dice.uniform(b) * dice.chance(b, p=0.3)
    device = scene.canvas.device
    camera = scene.camera.diff(dim=1)
    ways = (scene.view[:, None, :-1] @ scene.center.diff(dim=2)[..., None]).squeeze(-1)
    ground = exposure * _main_way(camera)
    objects = exposure[:, None] * _main_way(ways + camera[:, None])
    zoom = scene.view.det().mean(1).sqrt()
    ground, objects = ground / zoom[:, None], objects / zoom[:, None, None]
    size = torch.tensor(scene.canvas.shape[-2:])
    canvas = _smear(scene.canvas, (2 * short * ground / size).to(device), "reflection")
    canvas = soften(canvas, out_of_focus.to(device), 1.5 * film.focus * short)
    turn = rotation(-scene.angle.mean(2))
    in_sprite = (turn @ objects[..., None]).squeeze(-1) / scene.radius.mean(2)[..., None]
    way = (in_sprite / SPRITE_REACH).flatten(0, 1).to(device)
    sprites = _smear(scene.sprites.flatten(0, 1), way, "zeros")
    return replace(scene, canvas=canvas, sprites=sprites.view(scene.sprites.shape))


def _main_way(steps: Tensor) -> Tensor:
    """Return the root mean square of steps [..., T, 2] along the line they mostly take: [..., 2]."""
    yy, xx = steps.square().mean(-2).unbind(-1)
    yx = steps.prod(-1).mean(-1)
    gap = torch.hypot(xx - yy, 2 * yx)
    angle = 0.5 * torch.atan2(2 * yx, xx - yy)
    length = (0.5 * (xx + yy + gap)).sqrt()
    return length[..., None] * torch.stack([angle.sin(), angle.cos()], -1)


def _smear(pictures: Tensor, way: Tensor, outside: str) -> Tensor:
    """Return the mean of pictures [n, c, h, w] over shifts along `way` [n, 2] (y, x; 2 is the whole side)."""
    n, _, height, width = pictures.shape
    y = (torch.arange(height, device=way.device) + 0.5) * 2 / height - 1
    x = (torch.arange(width, device=way.device) + 0.5) * 2 / width - 1
    total = pictures
    for share in (-1 / 3, 1 / 3):
        dy, dx = (share * way)[:, 0, None, None], (share * way)[:, 1, None, None]
        grid = torch.stack(
            [(x + dx).expand(n, height, width), (y[:, None] + dy).expand(n, height, width)], -1
        )
        total = total + functional.grid_sample(
            pictures, grid, padding_mode=outside, align_corners=False
        )
    return total / 3
