"""How clips [T, 3, H, W] are scaled, cropped and flipped in training and in tests, all frames alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from fixviz.errors import OptionError


class Augment(Protocol):
    """What is done to the frames of a clip before a model sees them."""

    @property
    def test_crops(self) -> int:
        """Crops of one view in tests."""

    def kept_size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) at which frames of a video of this size are kept."""

    def seen_size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) of what `train` makes of kept frames of this size."""

    def test_size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) of what `test` makes of kept frames of this size."""

    def train(self, clip: Tensor, dice: torch.Generator) -> Tensor:
        """Change a clip [T, 3, H, W] of values 0..1 at random."""

    def test(self, clip: Tensor, crop: int = 0) -> Tensor:
        """Return the part of a clip that crop number `crop` sees."""


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

    def kept_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size whose short side is the longest that a training crop is cut from."""
        return scaled_size(height, width, max(self.short_side[1], self.test_side))

    def seen_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of a crop."""
        return self.crop, self.crop

    def test_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of a crop."""
        return self.crop, self.crop

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
    size = scaled_size(height, width, side)
    if size == (height, width):
        return clip
    return functional.interpolate(clip, size, mode="bilinear", antialias=True)


def scaled_size(height: int, width: int, side: int) -> tuple[int, int]:
    """Return (height, width) of a frame scaled so that its short side has `side` pixels."""
    scale = side / min(height, width)
    return max(side, round(height * scale)), max(side, round(width * scale))


def crop_places(height: int, width: int, side: int, count: int) -> list[tuple[int, int]]:
    """Return (top, left) of squares: the middle one, or three from start to end of the long side."""
    middle = (height - side) // 2, (width - side) // 2
    if count == 1:
        return [middle]
    if width >= height:
        return [(middle[0], left) for left in (0, middle[1], width - side)]
    return [(top, middle[1]) for top in (0, middle[0], height - side)]


@dataclass(frozen=True)
class GentleAugmentation:
    """For few clips: what nearly every label survives. The whole picture in tests, a little less in training.

    Nothing is scaled after the frames were kept: a crop leaves out `margin` of each side's length in sum, at
    a random place, so that things have the same size in training and in tests. The long side is
    rounded to a multiple of 8 pixels, so that clips of about one shape share a batch.
    """

    side: int = 64
    """Short side of the frames, in pixels."""
    margin: float = 0.125
    """Share of each side that a training crop leaves out."""
    flip: bool = False
    """Mirror every second clip in training: wrong where left and right are part of a class."""
    color: float = 0.2
    """Brightness, contrast and saturation change by up to this share."""
    longest: float = 3.0
    """Long side over short side, at most; what is longer is squeezed."""

    def __post_init__(self) -> None:
        """Refuse what leaves no picture."""
        if self.side < 1 or not 0 <= self.margin < 1 or self.color < 0 or self.longest < 1:
            raise OptionError(
                "A gentle augmentation takes a side of 1 pixel or more, and a margin from 0 to below 1."
            )

    @property
    def test_crops(self) -> int:
        """The whole picture."""
        return 1

    def kept_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of the model's frames, its long side a multiple of 8 pixels."""
        ratio = min(max(height, width) / min(height, width), self.longest)
        long = max(self.side, round(self.side * ratio / 8) * 8)
        return (self.side, long) if width >= height else (long, self.side)

    def seen_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of a training crop."""
        return tuple(max(1, n - int(n * self.margin)) for n in (height, width))  # type: ignore[return-value]

    def test_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of the whole picture."""
        return height, width

    def train(self, clip: Tensor, dice: torch.Generator) -> Tensor:
        """Crop [T, 3, H, W] at a random place and change its light and colors, all frames alike."""
        height, width = self.seen_size(*clip.shape[-2:])
        top = _below(clip.shape[-2] - height + 1, dice)
        left = _below(clip.shape[-1] - width + 1, dice)
        cut = clip[..., top : top + height, left : left + width]
        if self.flip and _below(2, dice):
            cut = cut.flip(-1)
        light, contrast, saturation = (
            torch.rand(3, generator=dice).mul_(2).sub_(1).mul_(self.color).add_(1).tolist()
        )
        gray = cut.mean(1, keepdim=True)
        vivid = gray + (cut - gray) * saturation
        mean = gray.mean()
        changed: Tensor = (vivid - mean) * contrast + mean * light
        return changed.clamp(0, 1)

    def test(self, clip: Tensor, crop: int = 0) -> Tensor:
        """Return the clip as it is."""
        return clip


KINETICS = Augmentation()
"""Short side 256 to 320, crops of 224, flips; three crops of 224 in tests."""
SOMETHING = Augmentation(flip=False)
"""The same without flips, because directions are part of the classes."""
