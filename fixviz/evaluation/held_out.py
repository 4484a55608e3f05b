"""Draw generated clips of an evaluation once more from their seeds, as pictures for a page.

Functions that draw run in a process of their own (fixviz.tasks), which loads torch with the first task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError
from fixviz.media.encode import encode_image

if TYPE_CHECKING:
    from fixviz.data.generate import GeneratedBatch
    from fixviz.tasks.child import TaskContext

BATCH: Final = 30
"""Clips that are drawn together, as fixviz.evaluation.accuracy does."""
_QUALITY: Final = 82
_MOST_FRAMES: Final = 64
_LARGEST_SIDE: Final = 256
_MOST_PIXELS: Final = 2**24
"""Of all frames of a batch."""


@dataclass(frozen=True)
class ClipSet:
    """What decides the clips of an evaluation: equal sets have equal clips, number by number."""

    preset: str
    seed: int
    frames: int
    height: int
    width: int

    def check(self) -> None:
        """Raise OptionError where the clips are larger than a page shows."""
        sides = self.height, self.width
        pixels = BATCH * self.frames * self.height * self.width
        if (
            not 4 <= self.frames <= _MOST_FRAMES
            or min(sides) < 16
            or max(sides) > _LARGEST_SIDE
            or pixels > _MOST_PIXELS
            or not 0 <= self.seed < 2**42
        ):
            raise OptionError(
                f"Clips of {self.frames} frames of {self.height} x {self.width} pixels, seed {self.seed}, "
                "cannot be shown on a page."
            )


@dataclass(frozen=True)
class BatchTask:
    """Name the clips of one batch."""

    clips: ClipSet
    batch: int


@dataclass(frozen=True)
class ClipTask:
    """Name one clip."""

    clips: ClipSet
    number: int


@dataclass(frozen=True, eq=False)
class DrawnClip:
    """One clip with its truth."""

    frames: NDArray[np.uint8]
    """RGB [T, H, W, 3]."""
    masks: NDArray[np.uint8]
    """[T, H, W], 255 where what decides the class covers half a pixel or more."""


def draw_strips(task: BatchTask, context: TaskContext) -> tuple[bytes, ...]:
    """Return the clips of a batch as WebP pictures, each with the frames of one clip side by side."""
    pixels = _pixels(_generated(task.clips, task.batch))
    return tuple(
        encode_image(np.concatenate(list(clip), axis=1), "webp", _QUALITY) for clip in pixels
    )


def draw_clip(task: ClipTask, context: TaskContext) -> DrawnClip:
    """Return one clip as the models saw it, rounded to 256 levels of each color, with its masks."""
    drawn = _generated(task.clips, task.number // BATCH)
    place = task.number % BATCH
    masks = (drawn.target_mask[place].numpy() >= 0.5).astype(np.uint8) * 255
    return DrawnClip(_pixels(drawn)[place], masks)


def warm_up(task: None, context: TaskContext) -> None:
    """Load what drawing needs, before somebody waits for it."""
    _prepare()


def _prepare() -> None:
    import torch

    import fixviz.evaluation.accuracy  # noqa: F401

    # One thread: what is drawn is small, and analyses of other visitors need the processor.
    torch.set_num_threads(1)


def _generated(clips: ClipSet, batch: int) -> GeneratedBatch:
    clips.check()
    _prepare()
    from fixviz.data.generate import generate
    from fixviz.evaluation.accuracy import unseen_seed

    return generate(
        BATCH,
        unseen_seed(clips.seed, batch),
        clips.preset,
        frames=clips.frames,
        height=clips.height,
        width=clips.width,
    )


def _pixels(drawn: GeneratedBatch) -> NDArray[np.uint8]:
    """Return RGB [B, T, H, W, 3]."""
    whole = (drawn.pixels * 255).round().byte().permute(0, 1, 3, 4, 2)
    return np.ascontiguousarray(whole.numpy())
