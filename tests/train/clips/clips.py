"""Tiny videos and recipes for the tests of training on real clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fixviz.data.augment import GentleAugmentation
from fixviz.data.sampling import Sampling
from fixviz.media import encode_mp4
from fixviz.train.video_recipe import VideoRecipe, video_recipe

SHAPE = {
    **{"dim": 16, "depth": 1, "heads": 2, "mlp_ratio": 1, "head_hidden": 8, "frames": 4},
    **{"patch": 10, "stride": 8, "image_size": 24, "frame_rate": 8.0},
}
GRAY = 20
"""Gray of frame 0 of a ramp; each frame is STEP brighter."""
STEP = 8


def recipe(**changes: Any) -> VideoRecipe:
    """The recipe for own clips at a size that takes no time."""
    tiny = video_recipe(
        "own",
        shape=SHAPE,
        sampling=Sampling("dense", 4, reference_rate=8.0, views=0),
        augmentation=GentleAugmentation(side=24),
        batch=4,
        epochs=3,
    )
    return replace(tiny, **changes)


def bar(upward: bool, seed: int, frames: int = 14, size: tuple[int, int] = (24, 32)) -> Any:
    """A bright bar on a dark ground that stands upright or lies, and drifts."""
    height, width = size
    dice = np.random.default_rng(seed)
    video = np.full((frames, height, width, 3), 20, np.uint8)
    start = int(dice.integers(4, 10))
    for number in range(frames):
        at = (start + number // 3) % (width if upward else height)
        if upward:
            video[number, :, at : at + 5] = 230
        else:
            video[number, at : at + 5] = 230
    return video


def ramp(frames: int = 30, size: tuple[int, int] = (24, 32)) -> Any:
    """A video whose gray tells the frame's number."""
    grays = (GRAY + STEP * np.arange(frames)).clip(0, 255).astype(np.uint8)
    return np.broadcast_to(grays[:, None, None, None], (frames, *size, 3)).copy()


def two_classes(root: Path, each: int = 5) -> Path:
    """Write ROOT/lying and ROOT/upright with videos of 14 frames at 10 Hz."""
    for label in ("lying", "upright"):
        (root / label).mkdir(parents=True)
        for number in range(each):
            frames = bar(label == "upright", number)
            encode_mp4(root / label / f"{number}.mp4", frames, 10.0)
    return root


def quiet(_: str) -> None:
    """Report nothing."""
