"""Picture sheets: frames of a clip of every class with the target outlined, one PNG per preset.

`python -m fixviz.data.sheet docs/images` writes classes-easy.png, classes-standard.png and so on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.data.classes import CLASSES
from fixviz.data.generate import generate
from fixviz.data.presets import PRESETS

_SIDE = 80
_GAP = 4
_TITLE = 18
_COLUMNS = 3
_SHOWN = (0, 2, 5, 7)
"""Of the 8 frames of a clip."""
_STEP = 14
"""Colors are rounded to multiples of it: noise and texture make large files otherwise."""
_BACK, _TEXT, _OUTLINE = (255, 255, 255), (20, 20, 20), (255, 220, 0)

Image = NDArray[np.uint8]


def class_sheet(preset: str, seed: int = 4) -> Image:
    """Draw one clip of each class, four of its eight frames in a row; uint8 RGB [H, W, 3].

    The outline is where the deciding object covers half a pixel or more. Raises OptionError for an
    unknown preset.
    """
    labels = torch.arange(len(CLASSES))
    clips = generate(len(CLASSES), seed, preset, height=_SIDE, width=_SIDE, labels=labels)
    rounded = (clips.pixels * (255 / _STEP)).round() * _STEP
    pixels = rounded.clamp(0, 255).to(torch.uint8).permute(0, 1, 3, 4, 2).numpy()
    masks = clips.target_mask.numpy() >= 0.5
    strips = [_strip(name, pixels[i], masks[i].astype(np.uint8)) for i, name in enumerate(CLASSES)]
    strips += [np.full_like(strips[0], 255)] * (-len(strips) % _COLUMNS)
    rows = [np.hstack(strips[i : i + _COLUMNS]) for i in range(0, len(strips), _COLUMNS)]
    return np.vstack(rows)


def _strip(name: str, frames: Image, masks: Image) -> Image:
    """Put frames of one clip side by side, with the class above."""
    width = len(_SHOWN) * (_SIDE + _GAP) + 3 * _GAP
    strip = np.full((_TITLE + _SIDE + 2 * _GAP, width, 3), _BACK, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(strip, name, (1, _TITLE - 4), font, 0.45, _TEXT, 1, cv2.LINE_AA)
    for column, t in enumerate(_SHOWN):
        frame = np.ascontiguousarray(frames[t])
        edges, _ = cv2.findContours(masks[t], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(frame, edges, -1, _OUTLINE, 1)
        left = column * (_SIDE + _GAP)
        strip[_TITLE : _TITLE + _SIDE, left : left + _SIDE] = frame
    return strip


def write_sheets(folder: Path) -> list[Path]:
    """Write one PNG per preset, classes-PRESET.png; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for preset in PRESETS:
        path = folder / f"classes-{preset}.png"
        picture = cv2.cvtColor(class_sheet(preset), cv2.COLOR_RGB2BGR)
        _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        path.write_bytes(data.tobytes())
        paths.append(path)
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m fixviz.data.sheet FOLDER")
    for written in write_sheets(Path(sys.argv[1])):
        print(f"wrote {written}")
