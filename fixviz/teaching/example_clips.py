"""Example clips that come with fixviz, so that a page can teach without a camera.

`python -m fixviz.teaching.example_clips FOLDER` draws them: motions that no shipped model has had as a
label. Each plays a motion of the generated world halfway, and then backward.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.data.classes import CLASSES
from fixviz.data.generate import generate
from fixviz.data.presets import preset
from fixviz.media.encode import encode_mp4

CLIPS: Final = 10
HEIGHT, WIDTH, FPS = 120, 160, 16
_HALF: Final = 9
"""Frames until a motion turns back; there and back takes a second."""
_SEED: Final = 2**42


def draw(motion: str, seed: int) -> list[NDArray[np.uint8]]:
    """Return CLIPS clips [T, H, W, 3] of a class of the world, played to its middle and back."""
    labels = torch.full((CLIPS,), CLASSES.index(motion))
    # Grain costs many bytes in a video file and shows little at this size.
    spec = replace(preset("standard"), noise=0.01, blur=0.004)
    pixels = generate(
        CLIPS, seed, spec, frames=_HALF, height=HEIGHT, width=WIDTH, labels=labels
    ).pixels
    there = (pixels * 255).round().to(torch.uint8).permute(0, 1, 3, 4, 2)
    back = there[:, 1:-1].flip(1)
    return list(torch.cat([there, back], 1).numpy())


def write(folder: Path) -> None:
    """Write the clips of every class as FOLDER/<class>/01.mp4 and so on."""
    for number, (name, motion) in enumerate(MOTIONS.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i, frames in enumerate(draw(motion, _SEED + number)):
            encode_mp4(folder / name / f"{i + 1:02d}.mp4", frames, FPS)


MOTIONS: Final = {"there-and-back": "right", "jump": "up", "closer-and-away": "approach"}
"""Classes of the clips, and the motion whose first half each begins with."""

if __name__ == "__main__":
    write(Path(sys.argv[1]))
