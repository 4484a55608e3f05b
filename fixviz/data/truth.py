"""The truth of a generated video: which classes it shows, and where what decides them is.

A truth file is the JSON that fixviz writes beside a video it draws (fixviz.data.samples). Needs no
torch.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.media.clip import Clip

MOST_BYTES: Final = 32 * 10**6
"""A truth file has at most so many bytes."""
_MOST_VALUES = 2 * 10**8


@dataclass(frozen=True, eq=False)
class Truth:
    """What a truth file says of its video."""

    mask: NDArray[np.uint8]
    """[frames of the video, h, w]: how much of each square of pixels the target covers, times
    `scale`; the whole native frame is h x w squares."""
    scale: float
    height: int
    width: int
    """Size of the native frame in pixels."""
    video_sha256: str | None
    """SHA-256 of the video that the truth belongs to; None in files that do not say."""
    segments: tuple[dict[str, Any], ...]
    """class, first_frame, last_frame (inclusive), start_s, end_s of each motion."""

    def misfit(self, clip: Clip) -> str | None:
        """Return why this is not the truth of that clip's video, as a phrase; None if it fits."""
        source = clip.source
        if self.video_sha256 is not None and self.video_sha256 != source.sha256:
            return "it belongs to another file"
        if len(self.mask) != source.frame_count:
            return f"it has {len(self.mask)} frames, the video {source.frame_count}"
        if (self.height, self.width) != (source.height, source.width):
            return (
                f"it is for {self.width} × {self.height} pixels, "
                f"the video has {source.width} × {source.height}"
            )
        return None

    def mask_of(self, clip: Clip, height: int, width: int) -> NDArray[np.float32]:
        """Return the target in the clip's frames, cropped as they are: [N, height, width] in 0..1."""
        left, top, across, down = clip.crop or (0, 0, self.width, self.height)
        masks = np.empty((len(clip), height, width), np.float32)
        for i, index in enumerate(clip.indices):
            native = cv2.resize(
                self.mask[index], (self.width, self.height), interpolation=cv2.INTER_NEAREST
            )
            part = native[top : top + down, left : left + across].astype(np.float32)
            masks[i] = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(np.clip(masks / self.scale, 0, 1), dtype=np.float32)


def read_truth(data: bytes) -> Truth | None:
    """Read the truth in a file's bytes; None when they are something else, or damaged."""
    try:
        content = json.loads(data)
        packed = content["target_mask"]
        mask = _unpacked(packed)
        sha = content.get("video_sha256")
        truth = Truth(
            mask=mask,
            scale=float(packed["scale"]),
            height=int(content["height"]),
            width=int(content["width"]),
            video_sha256=None if sha is None else str(sha),
            segments=tuple(_segment(entry) for entry in content["segments"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zlib.error):
        return None
    sound = truth.scale > 0 and 0 < truth.height < 2**15 and 0 < truth.width < 2**15
    return truth if sound and mask.ndim == 3 and mask.size else None


def find_truth(video: Path) -> bytes | None:
    """Read the truth file beside a video (its name with .json); None if there is none."""
    path = video.with_suffix(".json")
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
    except (OSError, ValueError):
        return None
    return data if b'"target_mask"' in data and read_truth(data) is not None else None


def unpack_mask(packed: dict[str, Any]) -> NDArray[np.float32]:
    """Read what `fixviz.data.samples.pack_mask` wrote: [N, h, w] in 0..1. Raises ValueError if damaged."""
    return _unpacked(packed).astype(np.float32) / np.float32(packed["scale"])


def _unpacked(packed: dict[str, Any]) -> NDArray[np.uint8]:
    shape = tuple(int(n) for n in packed["shape"])
    size = math.prod(shape)
    if packed["dtype"] != "uint8" or packed["encoding"] != "zlib+base64" or size > _MOST_VALUES:
        raise ValueError(f"a mask of {packed['dtype']} {shape}, {packed['encoding']}")
    # Bounded, since a small file can unpack to any size.
    data = zlib.decompressobj().decompress(base64.b64decode(packed["data"]), size + 1)
    if len(data) != size:
        raise ValueError(f"the mask's data do not fit its shape {shape}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _segment(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "class": str(entry["class"]),
        "first_frame": int(entry["first_frame"]),
        "last_frame": int(entry["last_frame"]),
        "start_s": float(entry["start_s"]),
        "end_s": float(entry["end_s"]),
    }
