"""How clips [T, 3, H, W] are scaled, cropped and flipped in training and in tests, all frames alike."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.errors import OptionError


@dataclass(frozen=True)
class Augmentation:
    """Training: random short side, random crop, flip. Test: center crop or three crops.

    Mirroring changes what "left" and "right" mean: no flip for Something-Something or generated
    motions.
    """

    crop: int = 224
    """Side of the square that the model gets, in pixels."""
    short_side: tuple[int, int] = (256, 320)
    """Range of the short side that a crop is cut from in training, both included."""
    flip: bool = True
    """Mirror every second clip in training."""
    test_side: int = 224
    """Short side in tests."""
    test_crops: int = 3
    """1: the middle; 3: also both ends of the long side."""

    def __post_init__(self) -> None:
        """Refuse crops that do not fit into what they are cut from."""
        low, high = self.short_side
        if not 1 <= self.crop <= low <= high or self.test_side < self.crop:
            raise OptionError(
                f"A crop of {self.crop} pixels needs a short side of as many or more, in a range from"
                f" low to high; not {low} to {high} in training and {self.test_side} in tests."
            )
        if self.test_crops not in (1, 3):
            raise OptionError(f"Tests take 1 or 3 crops, not {self.test_crops}.")

    def train(self, clip: Tensor, dice: torch.Generator) -> Tensor:
        """Crop [T, 3, H, W] to [T, 3, crop, crop] at a random place."""
        low, high = self.short_side
        scaled = resize_short_side(clip, low + _below(high - low + 1, dice))
        top = _below(scaled.shape[-2] - self.crop + 1, dice)
        left = _below(scaled.shape[-1] - self.crop + 1, dice)
        cut = scaled[..., top : top + self.crop, left : left + self.crop]
        return cut.flip(-1) if self.flip and _below(2, dice) else cut

    def test(self, clip: Tensor, crop: int = 0) -> Tensor:
        """Crop [T, 3, H, W] to crop number `crop` of `test_crops`, [T, 3, crop, crop]."""
        scaled = resize_short_side(clip, self.test_side)
        places = crop_places(scaled.shape[-2], scaled.shape[-1], self.crop, self.test_crops)
        top, left = places[crop]
        return scaled[..., top : top + self.crop, left : left + self.crop]


def _below(limit: int, dice: torch.Generator) -> int:
    return int(torch.randint(limit, (), generator=dice))


def resize_short_side(clip: Tensor, side: int) -> Tensor:
    """Scale [T, 3, H, W] so that its short side has `side` pixels, aspect kept, antialiased."""
    height, width = clip.shape[-2:]
    scale = side / min(height, width)
    size = max(side, round(height * scale)), max(side, round(width * scale))
    if size == (height, width):
        return clip
    return functional.interpolate(clip, size, mode="bilinear", antialias=True)


def crop_places(height: int, width: int, side: int, count: int) -> list[tuple[int, int]]:
    """Return (top, left) of squares: the middle one, or three from start to end of the long side."""
    middle = (height - side) // 2, (width - side) // 2
    if count == 1:
        return [middle]
    if width >= height:
        return [(middle[0], left) for left in (0, middle[1], width - side)]
    return [(top, middle[1]) for top in (0, middle[0], height - side)]


KINETICS = Augmentation()
"""Short side 256 to 320, crops of 224, flips; three crops of 224 in tests."""
SOMETHING = Augmentation(flip=False)
"""The same without flips, because directions are part of the classes."""
