"""Real clips with masks of what moves: DAVIS folders, and videos with a mask video or folder beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.data.clip_masks import BESIDE, ClipFrames, MaskSource, masks_beside, read_masks, scaled
from fixviz.data.mask_pictures import is_picture, marked, read_values
from fixviz.errors import OptionError
from fixviz.media.clutter import clutter
from fixviz.media.containers import SUFFIXES
from fixviz.media.process import read_clip, read_with
from fixviz.settings import Settings

FRAMES, MASKS = "JPEGImages", "Annotations"
"""Folders of the layout of DAVIS."""
_WIDER = 0.03
"""Masks and frames have the same shape if their ratios of width to height differ by at most this share."""


@dataclass(frozen=True)
class MaskedVideo:
    """Where the frames and the masks of one sequence are."""

    name: str
    frames: Path
    """A folder of pictures, or a video."""
    masks: Path
    """A folder of pictures, or a video."""


@dataclass(frozen=True, eq=False)
class MaskedClip:
    """Frames at a model's rate, each with the mask of what moves."""

    name: str
    frames: NDArray[np.uint8]
    """[N, H, W, 3] RGB."""
    masks: NDArray[np.float32]
    """[N, H, W] how much of each pixel the target covers, 0..1; NaN in frames without a mask."""


def find_masks(root: Path) -> dict[str, Path]:
    """Return the masks in `root` by the names of their videos, wherever those are."""
    names = {
        path.stem.removesuffix(ending)
        for path in root.glob("*")
        for ending in BESIDE
        if path.stem.endswith(ending)
    }
    found = {name: masks_beside(root / f"{name}.mp4") for name in sorted(names)}
    return {name: path for name, path in found.items() if path is not None}


def find_masked(root: Path) -> list[MaskedVideo]:
    """Return the sequences with masks in `root`, by name. Raises OptionError where there are none.

    Either the layout of DAVIS, JPEGImages/*/SEQUENCE/*.jpg with Annotations/*/SEQUENCE/*.png (the
    level of the resolution may be absent), or videos NAME.mp4 with masks beside them, at any depth
    (`fixviz.data.clip_masks.masks_beside`).
    """
    found: dict[str, MaskedVideo] = {}
    for folder in sorted({p.parent for p in (root / FRAMES).rglob("*") if is_picture(p.name)}):
        masks = root / MASKS / folder.relative_to(root / FRAMES)
        if masks.is_dir():
            found.setdefault(folder.name, MaskedVideo(folder.name, folder, masks))
    for video in sorted(p for p in root.rglob("*") if _is_video(p)):
        masks_of = masks_beside(video)
        if masks_of is not None:
            name = video.relative_to(root).with_suffix("").as_posix()
            found.setdefault(name, MaskedVideo(name, video, masks_of))
    if not found:
        inner = sorted(p.name for p in root.iterdir() if (p / FRAMES).is_dir())
        hint = f" The folder {inner[0]} in it may be meant." if inner else ""
        raise OptionError(
            f"{root} holds no video with masks. Expected are {FRAMES}/*/SEQUENCE/*.jpg with"
            f" {MASKS}/*/SEQUENCE/*.png, or NAME.mp4 with NAME_mask.mp4, NAME_mask.zip or NAME_mask/*.png."
            f"{hint}"
        )
    return [found[name] for name in sorted(found)]


def read_masked(
    video: MaskedVideo, rate_hz: float, folder_rate: float, settings: Settings
) -> MaskedClip:
    """Read a sequence at `rate_hz`; folders of pictures hold `folder_rate` frames per second.

    What counts as marked: `fixviz.data.clip_masks.read_masks`. Raises OptionError where frames and masks do
    not fit, and as `read_clip` does.
    """
    if not folder_rate > 0:
        raise OptionError(f"Frames come at a rate above 0 per second, not {folder_rate:g}.")
    if video.frames.is_dir():
        return _read_folders(video, rate_hz, folder_rate, settings)
    clip = read_clip(video.frames, rate_hz=rate_hz, next_frames=False, settings=settings)
    source = MaskSource(str(video.masks), video.masks.name)
    frames = ClipFrames.of(clip)
    found = read_with(read_masks, video.masks, source, frames, settings=settings)
    return MaskedClip(video.name, clip.frames, found.masks(*frames.size))


def _read_folders(
    video: MaskedVideo, rate_hz: float, folder_rate: float, settings: Settings
) -> MaskedClip:
    """Read frames from pictures, and the masks with the same names."""
    paths = _pictures(video.frames)
    times = np.arange(len(paths) * rate_hz / folder_rate - 1e-6) / rate_hz
    chosen = [paths[int(i)] for i in np.floor(times * folder_rate + 1e-6)]
    frames = np.ascontiguousarray(np.stack([_picture(path)[..., ::-1] for path in chosen]))
    size = frames.shape[1:3]
    owners = {path.stem: path for path in _pictures(video.masks)}
    there = [i for i, path in enumerate(chosen) if path.stem in owners]
    if not there:
        raise OptionError(
            f"{video.masks} has no mask of frame {chosen[0].stem} of {video.name}, nor of another one that "
            "is looked at; masks carry the names of their frames."
        )

    def fit(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
        if abs(mask.shape[1] * size[0] / (mask.shape[0] * size[1]) - 1) > _WIDER:
            raise OptionError(
                f"The masks of {video.name} have {mask.shape[1]} × {mask.shape[0]} pixels, its frames "
                f"{size[1]} × {size[0]}: they are of another shape."
            )
        return np.asarray(scaled(np.where(mask, np.uint8(255), np.uint8(0)), size), np.uint8)

    read = ((i, _mask(owners[chosen[i].stem], settings)) for i in there)
    masks = np.full(frames.shape[:3], np.nan, np.float32)
    for i, mask in marked(read, fit).items():
        masks[i] = mask / np.float32(255)
    return MaskedClip(video.name, frames, masks)


def _mask(path: Path, settings: Settings) -> NDArray[np.unsignedinteger]:
    return read_values(path.read_bytes(), str(path), settings)


def _is_video(path: Path) -> bool:
    return path.suffix.lower().lstrip(".") in SUFFIXES and clutter(path.name) is None


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_picture(path.name))


def _picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture as uint8 BGR [H, W, 3]. Raises OptionError where it cannot be read."""
    data = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise OptionError(f"{path} is no picture that can be read.")
    return np.asarray(picture, dtype=np.uint8)
