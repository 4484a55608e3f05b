"""Augmentations of the paper's recipes that change what a clip shows: for large data sets only.

AutoAugment (Cubuk et al. 2019, arXiv 1805.09501, table 9: the policy learned on ImageNet) and random
erasing (Zhong et al. 2020, arXiv 1708.04896), each drawn once for a clip and alike in all frames, and
mixup (Zhang et al. 2018, arXiv 1710.09412) of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

_FILL = (128, 128, 128)
_AFFINE = Image.Transform.AFFINE

_PLAIN: dict[str, Callable[[Image.Image], Image.Image]] = {
    "autocontrast": ImageOps.autocontrast,
    "equalize": ImageOps.equalize,
    "invert": ImageOps.invert,
}
_ENHANCE = {
    "color": ImageEnhance.Color,
    "contrast": ImageEnhance.Contrast,
    "sharpness": ImageEnhance.Sharpness,
}
_POLICY = (
    (("posterize", 0.4, 8), ("rotate", 0.6, 9)),
    (("solarize", 0.6, 5), ("autocontrast", 0.6, 5)),
    (("equalize", 0.8, 8), ("equalize", 0.6, 3)),
    (("posterize", 0.6, 7), ("posterize", 0.6, 6)),
    (("equalize", 0.4, 7), ("solarize", 0.2, 4)),
    (("equalize", 0.4, 4), ("rotate", 0.8, 8)),
    (("solarize", 0.6, 3), ("equalize", 0.6, 7)),
    (("posterize", 0.8, 5), ("equalize", 1.0, 2)),
    (("rotate", 0.2, 3), ("solarize", 0.6, 8)),
    (("equalize", 0.6, 8), ("posterize", 0.4, 6)),
    (("rotate", 0.8, 8), ("color", 0.4, 0)),
    (("rotate", 0.4, 9), ("equalize", 0.6, 2)),
    (("equalize", 0.0, 7), ("equalize", 0.8, 8)),
    (("invert", 0.6, 4), ("equalize", 1.0, 8)),
    (("color", 0.6, 4), ("contrast", 1.0, 8)),
    (("rotate", 0.8, 8), ("color", 1.0, 2)),
    (("color", 0.8, 8), ("solarize", 0.8, 7)),
    (("sharpness", 0.4, 7), ("invert", 0.6, 8)),
    (("shear_x", 0.6, 5), ("equalize", 1.0, 9)),
    (("color", 0.4, 0), ("equalize", 0.6, 3)),
    (("equalize", 0.4, 7), ("solarize", 0.2, 4)),
    (("solarize", 0.6, 5), ("autocontrast", 0.6, 5)),
    (("invert", 0.6, 4), ("equalize", 1.0, 8)),
    (("color", 0.6, 4), ("contrast", 1.0, 8)),
    (("equalize", 0.8, 8), ("equalize", 0.6, 3)),
)
"""Pairs of (operation, probability, magnitude from 0 to 9), one pair drawn for a clip."""


def _operation(name: str, magnitude: int, sign: int) -> Callable[[Image.Image], Image.Image]:
    """Return an operation on one frame; `sign` (1 or -1) is the way of those that have two."""
    share = magnitude / 9
    if name == "shear_x":
        slope = 0.3 * share * sign
        return lambda f: f.transform(
            f.size, _AFFINE, (1, slope, 0, 0, 1, 0), Image.Resampling.BICUBIC, fillcolor=_FILL
        )
    if name == "rotate":
        angle = 30 * share * sign
        return lambda f: f.rotate(angle, Image.Resampling.BICUBIC, fillcolor=_FILL)
    if name == "posterize":
        return lambda f: ImageOps.posterize(f, 8 - round(4 * share))
    if name == "solarize":
        return lambda f: ImageOps.solarize(f, round(256 * (1 - share)))
    if name in _ENHANCE:
        factor = 1 + 0.9 * share * sign
        return lambda f: _ENHANCE[name](f).enhance(factor)
    return _PLAIN[name]


def autoaugment(frames: NDArray[np.uint8], dice: np.random.Generator) -> NDArray[np.uint8]:
    """Return frames [T, H, W, 3] changed by one pair of operations of the policy, all alike."""
    pictures = [Image.fromarray(frame) for frame in frames]
    for name, probability, magnitude in _POLICY[dice.integers(len(_POLICY))]:
        drawn, sign = dice.random(), 1 if dice.random() < 0.5 else -1
        if drawn < probability:
            change = _operation(name, magnitude, sign)
            pictures = [change(picture) for picture in pictures]
    return np.stack([np.asarray(picture) for picture in pictures])


def random_erasing(clip: Tensor, probability: float, dice: torch.Generator) -> Tensor:
    """Return normalized pixels [T, 3, H, W] with one rectangle of noise, at one place in all frames.

    Its area is 2 to 33 % of the frame, its sides are at most 3.3 times as long as each other.
    """
    if float(torch.rand((), generator=dice)) >= probability:
        return clip
    height, width = clip.shape[-2:]
    for _ in range(10):
        area, log_ratio, down, across = torch.rand(4, generator=dice).tolist()
        pixels = (0.02 + area * (1 / 3 - 0.02)) * height * width
        ratio = math.exp((2 * log_ratio - 1) * math.log(3.3))
        h, w = round(math.sqrt(pixels * ratio)), round(math.sqrt(pixels / ratio))
        if 0 < h < height and 0 < w < width:
            top, left = int(down * (height - h + 1)), int(across * (width - w + 1))
            erased = clip.clone()
            noise = torch.randn((clip.shape[0], clip.shape[1], h, w), generator=dice)
            erased[..., top : top + h, left : left + w] = noise
            return erased
    return clip


def mixup(
    pixels: Tensor, targets: Tensor, alpha: float, dice: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Blend each clip of [B, ...] with another of the batch, and its target [B, classes] alike.

    One share for the batch, from a beta distribution of both parameters `alpha`; the partner is the clip at
    the same place from the end.
    """
    share = float(dice.beta(alpha, alpha))
    return (
        pixels * share + pixels.flip(0) * (1 - share),
        targets * share + targets.flip(0) * (1 - share),
    )
