"""A clip: the frames of a video that one run looks at, as plain arrays."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Crop = tuple[int, int, int, int]
"""(left, top, width, height) in square pixels of the upright native frame."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video file holds. Width and height are those of the upright frame, in square pixels."""

    name: str
    """Base name of the file, without characters that a page or a terminal could trip over."""
    sha256: str
    """Hash of the file's content."""
    width: int
    height: int
    fps: float
    """Frames per second; the mean where the rate varies."""
    duration_s: float
    """From the first frame to the end of the last one, in seconds."""
    frame_count: int
    """Frames that are really in the file, not what its header promises."""
    rotation: int
    """Degrees (0, 90, 180, 270) by which stored frames are turned clockwise to stand upright."""
    codec: str
    container: str
    """One of the endings in `fixviz.media.containers`: mp4, mov, mkv, webm, avi, gif, ..."""
    decoder: str
    """decord or pyav: which one decoded it, or would."""
    mirrored: bool = False
    """Stored frames are mirrored left to right before they are turned."""
    pixel_aspect: float = 1.0
    """Width over height of a stored pixel, by which frames are stretched to square ones."""

    def to_dict(self) -> dict[str, str | int | float]:
        """Return the fields as JSON types, as a run's manifest lists them."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Clip:
    """Sampled frames of a video, with where in the video each one stands.

    Frame i is the native frame that a player shows at `start_s + i / rate_hz`: it began then or earlier.
    A rate above the video's repeats native frames. Time 0 is the first native frame.
    """

    frames: NDArray[np.uint8]
    """[N, H, W, 3] RGB, upright, scaled down so that the short side is at most 360 pixels."""
    indices: NDArray[np.int64]
    """[N] number of the native frame."""
    timestamps: NDArray[np.float64]
    """[N] time of the native frame, in seconds."""
    source: VideoInfo
    rate_hz: float
    """Sampling rate, in frames per second."""
    start_s: float
    """Where the covered span starts, in seconds."""
    end_s: float
    """Where the covered span ends, in seconds."""
    requested_end_s: float
    """Where the span that was asked for ends, in seconds."""
    truncated: bool
    """The span was cut because the limit on frames (`max_frames`) was reached."""
    crop: Crop | None = None
    """The part of the native frame that the frames show; None is all of it."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what is damaged in the file and what was used instead."""
    next_frames: NDArray[np.uint8] | None = None
    """[N, H, W, 3] the native frame that follows each frame, or the second one where the next repeats
    the frame or cannot be decoded (at the video's end: those before), from which motion is measured;
    None when they were not decoded."""
    next_indices: NDArray[np.int64] | None = None
    """[N] number of that native frame; the frame's own where there is none that can be decoded."""

    def __len__(self) -> int:
        return len(self.frames)
