"""Videos on disk as training or test clips, decoded by fixviz's own decoder."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from fixviz.data.annotations import VideoList
from fixviz.data.augment import Augmentation
from fixviz.data.sampling import Sampling
from fixviz.errors import MediaError, OptionError
from fixviz.media import probe, read_clip
from fixviz.media.files import safe_name
from fixviz.settings import Settings

_log = logging.getLogger(__name__)


class VideoClips(Dataset[tuple[Tensor, int]]):
    """Clips of a VideoList: (normalized pixels float [T, 3, crop, crop], label).

    In training there is one random clip per video, the same one for the same seed and epoch. In
    tests there are `clips_per_video` of each video, one after the other: all crops of the first view,
    then of the next; average their answers. Decoding errors are MediaErrors that name the file with
    its folders. What the list left out is told once, in the log.
    """

    def __init__(
        self,
        videos: VideoList,
        sampling: Sampling,
        augmentation: Augmentation,
        *,
        train: bool,
        seed: int = 0,
        settings: Settings | None = None,
    ) -> None:
        if not len(videos):
            raise OptionError("The list of videos is empty.")
        if videos.left_out or videos.missing:
            _log.warning("%s", videos.summary())
        self.videos = videos
        self.sampling = sampling
        self.augmentation = augmentation
        self.train = train
        self.seed = seed
        self.epoch = 0
        self.settings = settings or Settings.from_env()

    @property
    def clips_per_video(self) -> int:
        """1 in training; views times crops in tests."""
        return 1 if self.train else self.sampling.views * self.augmentation.test_crops

    def set_epoch(self, epoch: int) -> None:
        """Draw other clips; call it before the workers of a DataLoader start on the epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.videos) * self.clips_per_video

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        video, number = divmod(index, self.clips_per_video)
        view, crop = divmod(number, self.augmentation.test_crops)
        path, label = self.videos.videos[video]
        dice = np.random.default_rng((self.seed, self.epoch, index)) if self.train else None
        try:
            frames = read_frames(path, self.sampling, view, dice, self.settings)
        except MediaError as error:
            raise _with_path(error, path) from error
        pixels = torch.from_numpy(frames).permute(0, 3, 1, 2).float().div_(255)
        if dice is None:
            pixels = self.augmentation.test(pixels, crop)
        else:
            generator = torch.Generator().manual_seed(int(dice.integers(2**62)))
            pixels = self.augmentation.train(pixels, generator)
        return pixels.clamp(0, 1).sub(0.5).div(0.5), label


def read_frames(
    path: Path,
    sampling: Sampling,
    view: int,
    dice: np.random.Generator | None,
    settings: Settings,
) -> NDArray[np.uint8]:
    """Return sampled frames of a video, uint8 [T, H, W, 3]; a short video's last frame is repeated.

    With segments the whole video is decoded, so it is for short videos. Raises MediaErrors.
    """
    info = probe(path, settings)
    if sampling.kind == "dense":
        allowed = replace(settings, max_frames=max(settings.max_frames, sampling.frames))
        clip = read_clip(
            path,
            rate_hz=sampling.rate_hz,
            start_s=sampling.start(info.duration_s, view, dice),
            frames=sampling.frames,
            settings=allowed,
            next_frames=False,
        )
        chosen = np.minimum(np.arange(sampling.frames), len(clip) - 1)
        return clip.frames[chosen]
    allowed = replace(settings, max_frames=max(settings.max_frames, info.frame_count))
    clip = read_clip(path, rate_hz=info.fps, settings=allowed, next_frames=False)
    return clip.frames[sampling.segment_frames(len(clip), view, dice)]


def _with_path(error: MediaError, path: Path) -> MediaError:
    """Return the same error with the whole path, since many files of a data set have the same name."""
    sentence, name = str(error), f"'{safe_name(path)}'"
    told = sentence.replace(name, f"'{path}'") if name in sentence else f"'{path}': {sentence}"
    return type(error)(told)
