"""Masks that people made for a clip: which pixels of each of its frames show the target.

They come as a video, a ZIP or a folder of pictures. What happened to the frames of the clip happens
to the masks: a frame's mask is that of the same native frame, cropped and scaled as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.data.mask_pictures import frames_of, marked, open_pictures, read_values
from fixviz.errors import OptionError
from fixviz.media.clip import Clip, Crop, VideoInfo
from fixviz.media.containers import SUFFIXES
from fixviz.media.decode import Inspection, decode_frames, inspect_video
from fixviz.settings import Settings

BESIDE: Final = ("_mask", "_masks")
"""The masks of NAME.mp4 are called NAME_mask: a video, a ZIP, or a folder."""
_FULL = 255
_HALF = 127
_LONGER = 0.02
"""Two videos last equally long if they differ by at most this share."""
_WIDER = 0.03
"""Two pictures have the same shape if their ratios of width to height differ by at most this share."""


@dataclass(frozen=True)
class MaskSource:
    """Where the masks of a video are."""

    path: str
    """A video, a ZIP, or a folder of pictures."""
    name: str
    """What messages call it."""
    sha256: str = ""
    inverted: bool = False
    """The target is black, what surrounds it white."""
    required: bool = True
    """Masks that do not fit are an error. Otherwise the clip is analyzed without them."""


@dataclass(frozen=True, eq=False)
class ClipFrames:
    """The frames that a clip has, without their pictures."""

    indices: NDArray[np.int64]
    """[N] number of the native frame."""
    timestamps: NDArray[np.float64]
    """[N] seconds."""
    source: VideoInfo
    size: tuple[int, int]
    """Height and width of the clip's pictures."""
    crop: Crop | None = None

    @classmethod
    def of(cls, clip: Clip) -> ClipFrames:
        """Return those of a clip."""
        height, width = clip.frames.shape[1:3]
        return cls(clip.indices, clip.timestamps, clip.source, (height, width), clip.crop)


@dataclass(frozen=True, eq=False)
class ClipMasks:
    """Where the target is in the frames of a clip."""

    covered: NDArray[np.uint8]
    """[N, H, W] how much of each pixel of the clip's pictures the target covers, 0 to 255."""
    known: NDArray[np.bool_]
    """[N] whether the frame has a mask."""
    source: MaskSource
    notes: tuple[str, ...] = ()
    """Sentences for the user."""

    def masks(self, height: int, width: int) -> NDArray[np.float32]:
        """Return the masks by area average, [N, height, width] in 0..1; NaN where a frame has none."""
        found = np.full((len(self.covered), height, width), np.nan, np.float32)
        for i in np.flatnonzero(self.known):
            found[i] = scaled(self.covered[i].astype(np.float32), (height, width)) / _FULL
        return found


def masks_beside(video: Path) -> Path | None:
    """Return the masks that lie beside a video and carry its name; None if there are none."""
    for ending in BESIDE:
        for name in (ending, f"{ending}.zip", *(f"{ending}.{suffix}" for suffix in SUFFIXES)):
            found = video.with_name(video.stem + name)
            if found.exists():
                return found
    return None


def read_masks(
    path: str | Path, source: MaskSource, frames: ClipFrames, settings: Settings
) -> ClipMasks:
    """Read the masks of a clip's frames. path: of the source.

    A pixel of a picture of labels counts where it is not black; of shades, as in a video, where it is
    brighter than half. Frames without a mask stay unknown. Raises OptionError where video and masks do not
    belong together, or no frame of the clip has a mask; MediaError for a video that cannot be read. It may
    hang or crash as decoders do: `fixviz.media.process.read_with` runs it in a process that can be killed.
    """
    place = Path(path)
    if place.is_dir() or place.suffix.lower() == ".zip":
        found, notes = _from_pictures(place, source, frames, settings)
    else:
        found, notes = _from_video(place, source, frames, settings)
    known = np.array([int(i) in found for i in frames.indices])
    if not known.any():
        raise OptionError(
            f"None of the frames that are looked at has a mask in '{source.name}'. They are the frames "
            f"{_listed(frames.indices.tolist())}, counted from 0."
        )
    covered = np.zeros((len(known), *frames.size), np.uint8)
    for i in np.flatnonzero(known):
        covered[i] = found[int(frames.indices[i])]
    if source.inverted:
        covered[known] = _FULL - covered[known]
    said = " ".join([*notes, *_measured(known)])
    return ClipMasks(
        covered, known, source, (*([said] if said else []), *_marks(covered[known], source))
    )


def scaled(mask: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Scale a mask [h, w] to (height, width): by area average when it shrinks, else without shades."""
    if mask.shape == size:
        return mask
    grows = size[0] >= mask.shape[0] and size[1] >= mask.shape[1]
    method = cv2.INTER_NEAREST if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(mask, size[::-1], interpolation=method), dtype=mask.dtype)


def _from_pictures(
    path: Path, source: MaskSource, frames: ClipFrames, settings: Settings
) -> tuple[Mapping[int, NDArray[np.uint8]], list[str]]:
    """Return the masks by native frame, each of the clip's size, and notes."""
    count = frames.source.frame_count
    with open_pictures(path, source.name, settings) as pictures:
        owners = frames_of(pictures.names, count, source.name)
        wanted = [i for i in sorted(set(frames.indices.tolist())) if i in owners]
        read = ((i, read_values(pictures.read(owners[i]), owners[i], settings)) for i in wanted)
        found = marked(read, lambda mask: _fitted(mask, source.name, frames))
    missing = len(wanted) < len(set(frames.indices.tolist()))
    note = (
        f"'{source.name}' has masks of {len(owners)} of the video's {count} frames, from frame {min(owners)} "
        f"to {max(owners)}, counted from 0."
    )
    return found, [note] if missing else []


def _from_video(
    path: Path, source: MaskSource, frames: ClipFrames, settings: Settings
) -> tuple[Mapping[int, NDArray[np.uint8]], list[str]]:
    """Return the masks by native frame of the clip's video, each of the clip's size, and notes."""
    video = inspect_video(path, settings)
    numbers, notes = _same_frames(video, source.name, frames)
    check_shape((video.info.height, video.info.width), source.name, frames.source)
    decoded = decode_frames(video, list(numbers.values()), settings)
    found = {
        index: _fitted(decoded[number].max(-1) > _HALF, source.name, frames)
        for index, number in numbers.items()
        if number in decoded
    }
    return found, notes


def _same_frames(
    video: Inspection, name: str, frames: ClipFrames
) -> tuple[dict[int, int], list[str]]:
    """Return for each native frame of the clip the mask video's frame, and notes.

    It is that with the same number. Of another number of frames in the same time, it is the one on screen.
    """
    own, other = frames.source, video.info
    indices = frames.indices.tolist()
    if own.frame_count == other.frame_count:
        return {i: i for i in indices}, []
    longest = max(own.duration_s, other.duration_s)
    allowed = max(_LONGER * longest, 1.5 / min(own.fps, other.fps))
    if abs(own.duration_s - other.duration_s) > allowed:
        raise OptionError(
            f"The mask video '{name}' has {other.frame_count} frames in {other.duration_s:.2f} s, its video "
            f"{own.frame_count} in {own.duration_s:.2f} s; both need the same frames."
        )
    times = frames.timestamps + 0.5 / max(own.fps, other.fps)
    shown = np.searchsorted(video.table.timestamps, times, side="right") - 1
    note = (
        f"The mask video '{name}' has {other.frame_count} frames, its video {own.frame_count}: the masks "
        "were matched by time."
    )
    return dict(zip(indices, shown.clip(0).tolist(), strict=True)), [note]


def _fitted(mask: NDArray[np.bool_], name: str, frames: ClipFrames) -> NDArray[np.uint8]:
    """Return a mask of a whole native frame as the clip shows it: cropped, of the size of its pictures."""
    check_shape(mask.shape, name, frames.source)
    full = np.where(mask, np.uint8(_FULL), np.uint8(0))
    if frames.crop is not None:
        left, top, width, height = frames.crop
        native = frames.source.height, frames.source.width
        if full.shape != native:
            full = np.asarray(
                cv2.resize(full, native[::-1], interpolation=cv2.INTER_NEAREST), np.uint8
            )
        full = np.ascontiguousarray(full[top : top + height, left : left + width])
    return np.asarray(scaled(full, frames.size), np.uint8)


def check_shape(size: Sequence[int], name: str, source: VideoInfo) -> None:
    """Raise OptionError where a mask has another ratio of width to height than the video.

    It may be that of the stored pixels, where they are not square.
    """
    height, width = size[:2]
    video = source.width / source.height
    ratios = (video, video / source.pixel_aspect, video * source.pixel_aspect)
    allowed = _WIDER + 1 / min(height, width)
    if all(abs(width / height / ratio - 1) > allowed for ratio in ratios):
        raise OptionError(
            f"The masks in '{name}' have {width} × {height} pixels, the video {source.width} × "
            f"{source.height}: they are of another shape. Masks show the whole upright picture."
        )


def _measured(known: NDArray[np.bool_]) -> list[str]:
    if known.all():
        return []
    return [
        f"Measured are the {int(known.sum())} of {len(known)} analyzed frames that have a mask."
    ]


def _marks(covered: NDArray[np.uint8], source: MaskSource) -> list[str]:
    """Return a sentence about masks that mark nothing, or most of the picture."""
    share = float(covered.mean()) / _FULL
    if share == 0:
        return [f"The masks in '{source.name}' mark nothing in these frames."]
    if share <= 0.5:
        return []
    said = "without inverting them" if source.inverted else "as inverted masks"
    return [
        f"The masks in '{source.name}' mark {100 * share:.0f} % of the picture as the target. If that is "
        f"what surrounds it, analyze the clip again {said}."
    ]


def _listed(numbers: Sequence[int], most: int = 5) -> str:
    """Write the first few of some numbers."""
    shown = ", ".join(str(n) for n in numbers[:most])
    return shown if len(numbers) <= most else f"{shown}, … {numbers[-1]}"
