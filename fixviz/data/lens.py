"""What a phone does to a picture: it sets the exposure, hunts for focus, and compresses.

Pixels are [B, 3, T, H, W] in 0..1. Every step is smooth in the pixels, so that machines whose
arithmetic differs in the last bit draw the same clips.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.data.dice import Dice
from fixviz.data.motion import clip_time
from fixviz.data.presets import Filming

_BLOCK = 8


def expose(pixels: Tensor, film: Filming, dice: Dice) -> Tensor:
    """Return pixels of a camera that adjusts its exposure, with colors and a contrast of its own."""
    b, _, frames = pixels.shape[:3]
    u = clip_time(frames)
    change = film.exposure * dice.uniform(b, 1, low=-1, high=1) * dice.chance(b, 1, p=0.4)
    moment, fade = dice.uniform(b, 1, low=0.1, high=0.8), dice.uniform(b, 1, low=0.1, high=0.6)
    adjusted = ((u - moment) / fade).clamp(0, 1)
    cast = 1 + 0.3 * film.exposure * dice.uniform(b, 3, low=-1, high=1)
    # footage has more contrast than drawn scenes, up to deep shadows and burnt lights
    contrast = (film.exposure * dice.uniform(b, 1, low=-1.0, high=2.4)).exp()
    gain = (cast * contrast)[..., None] * (1 + change * (adjusted - 0.5))[:, None]
    level = 0.5 * (1 - contrast) + 0.2 * film.exposure * dice.uniform(b, 1, low=-1, high=1)
    faded = film.exposure * dice.uniform(b, high=2.0)
    gain, level, faded = (values.to(pixels.device) for values in (gain, level, faded))
    pixels = torch.lerp(pixels, pixels.mean(1, keepdim=True), faded[:, None, None, None, None])
    return torch.addcmul(level[:, :, None, None, None], pixels, gain[..., None, None])


def hunt_focus(pixels: Tensor, film: Filming, dice: Dice) -> Tensor:
    """Return pixels of which some clips are blurred, for a while or throughout."""
    b, _, frames, height, width = pixels.shape
    some = dice.chance(b, p=0.4)
    held = dice.uniform(b, 1, low=-0.5, high=1)
    swing = dice.uniform(b, 1) * torch.sin(
        2 * math.pi * (dice.uniform(b, 1, low=0.3, high=1) * clip_time(frames) + dice.uniform(b, 1))
    )
    if film.focus == 0 or not some.any():
        return pixels
    amount = (held + 0.7 * swing).clamp(0, 1)[some][:, None, :, None, None].to(pixels.device)
    side = max(3, 2 * round(1.5 * film.focus * min(height, width)) + 1)
    sharp = pixels[some]
    blurred = functional.avg_pool2d(
        sharp.flatten(0, 1), side, 1, side // 2, count_include_pad=False
    ).view_as(sharp)
    pixels[some] = torch.lerp(sharp, blurred, amount)
    return pixels


def compress(pixels: Tensor, film: Filming, dice: Dice) -> Tensor:
    """Return pixels of which some clips went through a lossy codec.

    Brightness is quantized in the frequencies of blocks of 8 x 8 pixels, more coarsely the higher
    they are; color has half the resolution.
    """
    b, _, frames, height, width = pixels.shape
    some = dice.chance(b, p=0.6)
    step = (film.compression * dice.uniform(b, low=0.05)).clamp_min(1e-4)
    worse = dice.uniform(b, frames, low=0.7, high=1.3)
    if film.compression == 0 or not some.any():
        return pixels
    part = pixels[some].clamp(0, 1)
    right, below = -width % _BLOCK, -height % _BLOCK
    padded = functional.pad(part.flatten(0, 1), (0, right, 0, below), mode="replicate")
    padded = padded.view(-1, 3, *padded.shape[1:])
    gray = padded.mean(1)
    color = padded - gray[:, None]
    color = functional.avg_pool2d(color.flatten(0, 1), 2)
    color = color.repeat_interleave(2, -1).repeat_interleave(2, -2).view_as(padded)
    size = (step[:, None] * worse)[some].to(pixels.device)
    out = _quantized(gray, size)[:, None] + color
    pixels[some] = out[..., :height, :width]
    return pixels


def _quantized(gray: Tensor, step: Tensor) -> Tensor:
    """Return pictures [n, T, H, W] with their block frequencies rounded to multiples of steps from [n, T]."""
    n, frames, height, width = gray.shape
    basis = _cosines().to(gray.device)
    blocks = gray.reshape(n, frames, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = basis @ blocks.transpose(3, 4) @ basis.T
    order = torch.arange(_BLOCK, device=gray.device)
    size = step[..., None, None, None, None] * (1 + 0.5 * (order[:, None] + order))
    turns = 2 * math.pi * blocks / size
    # rounding with its corners smoothed: small values go to nothing, whole steps stay
    blocks = blocks - size * turns.sin() / (2 * math.pi)
    blocks = basis.T @ blocks @ basis
    return blocks.transpose(3, 4).reshape(n, frames, height, width)


@functools.cache
def _cosines() -> Tensor:
    """Return the orthonormal cosine transform (DCT-II) of 8 values: [8, 8]."""
    k, i = torch.arange(_BLOCK)[:, None], torch.arange(_BLOCK)[None]
    basis = torch.cos(math.pi * k * (2 * i + 1) / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    basis[0] /= math.sqrt(2)
    return basis
