"""Real clips with masks of what moves: DAVIS folders, and videos with a mask video or folder beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError
from fixviz.media import read_clip
from fixviz.media.containers import SUFFIXES
from fixviz.settings import Settings

_FRAMES, _MASKS = "JPEGImages", "Annotations"
_PICTURES = (".jpg", ".jpeg", ".png")
BESIDE = "_mask"
"""NAME.mp4 has its masks in NAME_mask.mp4, or in a folder NAME_mask."""


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
    """[N, h, w] of 0 and 1, over the same frame."""


def find_masks(root: Path) -> dict[str, Path]:
    """Return {NAME: NAME_mask.mp4 or NAME_mask} of the masks in `root`, wherever their videos are."""
    return {
        path.stem.removesuffix(BESIDE): path
        for path in sorted(root.glob("*"), reverse=True)
        if path.stem.endswith(BESIDE) and (path.is_dir() or _is_video(path))
    }


def find_masked(root: Path) -> list[MaskedVideo]:
    """Return the sequences with masks in `root`, by name. Raises OptionError where there are none.

    Either the layout of DAVIS, JPEGImages/*/SEQUENCE/*.jpg with Annotations/*/SEQUENCE/*.png (the
    level of the resolution may be absent), or videos NAME.mp4 with NAME_mask.mp4 or NAME_mask/*.png.
    """
    found: dict[str, MaskedVideo] = {}
    for folder in sorted({p.parent for p in (root / _FRAMES).rglob("*") if _is_picture(p)}):
        masks = root / _MASKS / folder.relative_to(root / _FRAMES)
        if masks.is_dir():
            found.setdefault(folder.name, MaskedVideo(folder.name, folder, masks))
    videos = sorted(p for p in root.glob("*") if _is_video(p))
    for video in videos:
        name = f"{video.stem}{BESIDE}"
        beside = [root / name, *(p for p in videos if p.stem == name)]
        there = [p for p in beside if p.exists()]
        if there:
            found.setdefault(video.stem, MaskedVideo(video.stem, video, there[0]))
    if not found:
        raise OptionError(
            f"{root} holds no video with masks. Expected are {_FRAMES}/*/SEQUENCE/*.jpg with"
            f" {_MASKS}/*/SEQUENCE/*.png, or NAME.mp4 with NAME{BESIDE}.mp4 or NAME{BESIDE}/*.png."
        )
    return [found[name] for name in sorted(found)]


def read_masked(
    video: MaskedVideo, rate_hz: float, folder_rate: float, settings: Settings
) -> MaskedClip:
    """Read a sequence at `rate_hz`; folders of pictures hold `folder_rate` frames per second.

    A pixel of a mask picture counts where it is not black, one of a mask video where it is brighter
    than half. Raises OptionError where frames and masks do not fit, and as `read_clip` does.
    """
    if not folder_rate > 0:
        raise OptionError(f"Frames come at a rate above 0 per second, not {folder_rate:g}.")
    if video.frames.is_dir():
        paths = _pictures(video.frames)
        times = np.arange(len(paths) * rate_hz / folder_rate - 1e-6) / rate_hz
        indices = np.floor(times * folder_rate + 1e-6).astype(np.int64)
        frames = np.stack([_picture(paths[i])[..., ::-1] for i in indices])
        count, stems = len(paths), [paths[i].stem for i in indices]
    else:
        clip = read_clip(video.frames, rate_hz=rate_hz, settings=settings)
        frames, indices, count = clip.frames, clip.indices, clip.source.frame_count
        stems = None
    if video.masks.is_dir():
        masks = _mask_pictures(video, indices, count, stems)
    else:
        drawn = read_clip(video.masks, rate_hz=rate_hz, settings=settings)
        if drawn.source.frame_count != count or not np.array_equal(drawn.indices, indices):
            raise OptionError(
                f"The mask video {video.masks.name} has {drawn.source.frame_count} frames, its video"
                f" {count}; both need the same frames."
            )
        masks = drawn.frames.max(-1) > 127
    return MaskedClip(video.name, np.ascontiguousarray(frames), masks.astype(np.float32))


def _mask_pictures(
    video: MaskedVideo, indices: NDArray[np.int64], count: int, stems: Sequence[str] | None
) -> NDArray[np.bool_]:
    """Return the masks [N, h, w] of frames `indices`, by name for pictures, by order for a video."""
    paths = _pictures(video.masks)
    if stems is not None:
        by_stem = {path.stem: path for path in paths}
        missing = [stem for stem in stems if stem not in by_stem]
        if missing:
            raise OptionError(f"{video.masks} has no mask of frame {missing[0]} of {video.name}.")
        chosen = [by_stem[stem] for stem in stems]
    elif len(paths) != count:
        raise OptionError(f"{video.masks} has {len(paths)} masks, the video {count} frames.")
    else:
        chosen = [paths[i] for i in indices]
    return np.stack([_picture(path).max(-1) > 0 for path in chosen])


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in _PICTURES and not path.name.startswith(".")


def _is_video(path: Path) -> bool:
    return path.suffix.lower().lstrip(".") in SUFFIXES and not path.name.startswith(".")


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _is_picture(path))


def _picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture as uint8 BGR [H, W, 3]. Raises OptionError where it cannot be read."""
    data = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise OptionError(f"{path} is no picture that can be read.")
    return np.asarray(picture, dtype=np.uint8)
