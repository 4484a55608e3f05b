"""Which frames of a video a model gets in training and in tests: arithmetic only.

Both ways are those of the X-ViT code (Bulat et al. 2021), on which the paper's (arXiv 2210.08164)
is built: dense sampling for Kinetics, segments for Something-Something V2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError

MOST_VIEWS = 8


@dataclass(frozen=True)
class Sampling:
    """How `frames` frames are taken from a video.

    dense: frames a fixed time apart (`interval` frames of a video of `reference_rate` Hz), from a random
    start in training. segments: the video is cut into as many equal parts as there are frames, and
    each gives one frame, a random one in training.
    """

    kind: Literal["dense", "segments"]
    frames: int
    interval: int = 1
    """Dense: every so many frames of a video at reference_rate."""
    reference_rate: float = 30.0
    """Hz."""
    views: int = 1
    """Clips of one video in a test, whose answers are averaged. 0: as many as half-overlapping ones
    cover the video, at most MOST_VIEWS."""

    def __post_init__(self) -> None:
        """Refuse what cannot be sampled."""
        if self.kind not in ("dense", "segments"):
            raise OptionError(f"There is no sampling {self.kind!r}; use dense or segments.")
        if min(self.frames, self.interval) < 1 or self.views < 0 or not self.reference_rate > 0:
            raise OptionError("Sampling takes 1 or more frames, views and frames of interval.")
        if self.kind == "segments" and not 1 <= self.views <= 3:
            raise OptionError(f"Segments give up to 3 views, not {self.views}.")

    @property
    def rate_hz(self) -> float:
        """Dense: frames per second."""
        return self.reference_rate / self.interval

    @property
    def span_s(self) -> float:
        """Dense: seconds that a clip covers."""
        return self.frames / self.rate_hz

    def views_of(self, duration_s: float) -> int:
        """Return how many clips of a video of this length a test takes."""
        if self.views:
            return self.views
        free = max(0.0, duration_s - self.span_s - 1e-6)
        return min(MOST_VIEWS, 1 + math.ceil(2 * free / self.span_s))

    def start(self, duration_s: float, view: int, dice: np.random.Generator | None) -> float:
        """Choose, for dense sampling, the second in which a clip begins.

        Random with `dice`; without, views lie at equal distances from the start of the video to its
        end, and a single one in its middle. 0 for a video no longer than the span.
        """
        free = max(0.0, duration_s - self.span_s)
        if dice is not None:
            return float(dice.uniform(0.0, free))
        views = self.views_of(duration_s)
        return free / 2 if views == 1 else free * view / (views - 1)

    def segment_frames(
        self, count: int, view: int, dice: np.random.Generator | None
    ) -> NDArray[np.int64]:
        """Choose, for sampling by segments, native frame numbers [frames] in a video of `count` frames.

        Segment i reaches from round(i s) to round((i + 1) s), both included, s = (count - 1) /
        frames. A random frame of it with `dice`; without, view 0 takes the middle, 1 the first and
        2 the last frame.
        """
        edges = np.round((count - 1) / self.frames * np.arange(self.frames + 1)).astype(np.int64)
        first, last = edges[:-1], edges[1:]
        if dice is not None:
            return dice.integers(first, last, endpoint=True)
        return np.asarray([(first + last) // 2, first, last][view])


KINETICS = Sampling("dense", frames=16, interval=16)
"""Sixteen frames, every 16th at 30 Hz."""
SOMETHING = Sampling("segments", frames=16, views=2)
"""Sixteen segments, two views in a test."""
