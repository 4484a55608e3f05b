"""Picture sheets of the classes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fixviz.data.classes import CLASSES
from fixviz.data.presets import PRESETS
from fixviz.data.sheet import class_sheet

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def test_the_committed_sheets_are_the_ones_that_the_command_writes() -> None:
    for preset in PRESETS:
        path = IMAGES / f"classes-{preset}.png"
        assert path.stat().st_size < 500_000
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        drawn = class_sheet(preset)
        assert picture.shape == drawn.shape
        # another machine's arithmetic may round a color, or a pixel of an outline, otherwise
        assert (np.abs(picture.astype(int) - drawn).max(-1) > 14).mean() < 0.01


def test_the_target_is_outlined_in_the_clip_of_every_class() -> None:
    sheet = class_sheet("easy")
    outline = (sheet == (255, 220, 0)).all(-1)
    rows, columns = -(-len(CLASSES) // 3), 3
    blocks = outline.reshape(rows, sheet.shape[0] // rows, columns, sheet.shape[1] // columns)
    found = blocks.sum((1, 3)).ravel()[: len(CLASSES)]
    assert (found > 80).all()
    # what vanishes has no outline in the end, what appears none at first
    vanish = blocks[CLASSES.index("vanish") // 3, :, CLASSES.index("vanish") % 3]
    appear = blocks[CLASSES.index("appear") // 3, :, CLASSES.index("appear") % 3]
    assert vanish[:, 84 * 3 :].sum() == 0 < vanish[:, :80].sum()
    assert appear[:, :80].sum() == 0 < appear[:, 84 * 3 :].sum()
