"""How a player shows a stored picture: which way up, how wide, on what ground, in which colors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar, cast

import numpy as np
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from fixviz.media.clip import Crop

T = TypeVar("T", bound=np.generic)

_GROUND = 128
"""Gray level of the ground below transparent pictures."""
_ODDEST_ASPECT = 8
"""Pixels wider or higher than this are taken for square: no camera makes such, but broken files do."""


class Orientation(NamedTuple):
    """One of the eight ways in which a picture can lie, as FFmpeg's display matrix gives it.

    The stored picture is mirrored at its diagonal first (rows become columns), then left to right, then
    top to bottom.
    """

    transposed: bool = False
    left_right: bool = False
    top_bottom: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Orientation:
        """Return the orientation that the display matrix of `frame` asks for, the nearest of the eight."""
        data = frame.side_data.get("DISPLAYMATRIX")
        if data is None:
            return cls()
        matrix = np.frombuffer(bytes(cast(SideData, data)), np.int32)
        a, b, _, c, d = matrix[:5].tolist()
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @property
    def mirrored(self) -> bool:
        """Whether the picture has to be mirrored, not only turned."""
        return self.transposed ^ self.left_right ^ self.top_bottom

    @property
    def clockwise(self) -> int:
        """Degrees (0, 90, 180, 270) by which the picture is turned clockwise; a mirrored one after it
        was mirrored left to right."""
        if self.transposed:
            return 90 if self.left_right else 270
        return 180 if self.top_bottom else 0

    def apply(self, picture: NDArray[T]) -> NDArray[T]:
        """Return a view of the stored picture [H, W, C] that stands upright."""
        if self.transposed:
            picture = picture.swapaxes(0, 1)
        if self.left_right:
            picture = picture[:, ::-1]
        if self.top_bottom:
            picture = picture[::-1]
        return picture


@dataclass(frozen=True)
class Display:
    """How the pictures of a stream are shown."""

    orientation: Orientation
    pixel_aspect: Fraction
    """Width over height of a stored pixel."""

    @classmethod
    def of(cls, frame: VideoFrame, pixel_aspect: Fraction | None) -> Display:
        """Return the display of a stream whose first decoded picture is `frame`."""
        aspect = pixel_aspect or Fraction(1)
        if not Fraction(1, _ODDEST_ASPECT) <= aspect <= _ODDEST_ASPECT:
            aspect = Fraction(1)
        return cls(Orientation.of(frame), aspect)

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) of the upright picture in square pixels, of a stored size in pixels."""
        if self.orientation.transposed:
            height, width = width, height
        down, across = self.stretch
        return round(height * down), round(width * across)

    @property
    def stretch(self) -> tuple[float, float]:
        """Height and width of a stored pixel of the upright picture, in square pixels.

        One of them is 1 and the other one not below 1, so that nothing of a picture is lost.
        """
        longer = float(max(self.pixel_aspect, 1 / self.pixel_aspect))
        wide = (self.pixel_aspect > 1) != self.orientation.transposed
        return (1.0, longer) if wide else (longer, 1.0)

    def upright(self, stored: NDArray[T]) -> NDArray[T]:
        """Return a view of the stored picture [H, W, C] that stands upright, its pixels as they are."""
        return self.orientation.apply(stored)

    def part(self, upright: NDArray[T], crop: Crop | None) -> NDArray[T]:
        """Return a view of the part of an upright picture that `crop`, in square pixels, takes."""
        if crop is None:
            return upright
        down, across = self.stretch
        left, top, width, height = crop
        columns = slice(round(left / across), max(round((left + width) / across), 1))
        rows = slice(round(top / down), max(round((top + height) / down), 1))
        return upright[rows, columns]


def on_ground(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a picture with transparency, uint8 [H, W, 4], on a ground of neutral gray, [H, W, 3]."""
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = (rgba[..., :3] * alpha + _GROUND * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)
