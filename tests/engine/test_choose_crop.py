"""A crop holds all the way: the stored pictures show that part, and the grid is that part's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.errors import OptionError
from fixviz.media import decode_clip, encode_mp4
from fixviz.media.encode import decode_image
from fixviz.model.config import CheckpointInfo, ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings

CROP = (33, 7, 50, 40)
"""Left, top, width, height."""
SQUARE = (45, 15, 65, 31)
"""A bright square in native pixels: left, top, right, bottom."""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "square.mp4"
    pictures = np.full((11, 64, 112, 3), 20, np.uint8)
    left, top, right, bottom = SQUARE
    pictures[:, top:bottom, left:right] = 240
    encode_mp4(path, pictures, 8.0)
    return path


def test_pictures_grid_and_manifest_are_those_of_the_crop(video: Path, tmp_path: Path) -> None:
    config = ModelConfig(dim=16, depth=1, heads=2, frames=3, patch=6, stride=4, image_size=28)
    info = CheckpointInfo("tiny", tmp_path, "Tiny", config, {})
    models = {"tiny": NamedModel(VideoTransformer(config).eval(), info, "0" * 64)}
    clip = decode_clip(video, crop=CROP, frames=5, settings=Settings(home=tmp_path))
    run = analyze_clip(models, clip)

    assert run.manifest["sampling"]["crop"] == list(CROP)
    assert run.manifest["display"] == {"width": 50, "height": 40}
    assert (run.manifest["clip"]["width"], run.manifest["clip"]["height"]) == (112, 64)
    picture = decode_image(run.files["frame/0002"])
    assert picture.shape == (40, 50, 3)
    rows, columns = np.nonzero(picture.mean(-1) > 130)
    expected = np.array([SQUARE[0] - 33, SQUARE[1] - 7, SQUARE[2] - 33 - 1, SQUARE[3] - 7 - 1])
    found = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
    assert np.abs(found - expected).max() <= 1

    grid = run.manifest["models"][0]["grid"]
    assert (grid["model_height"], grid["model_width"]) == (28, 35)
    assert (grid["rows"], grid["columns"]) == (8, 9)
    # Patch centers land inside the picture, and the model's own pixels show the square there too.
    scale_y, scale_x = grid["display_per_model"]
    assert (scale_y, scale_x) == (40 / 28, 50 / 35)
    pixels = run.arrays["pixels/28"][2]
    enlarged = cv2.resize(pixels, (50, 40), interpolation=cv2.INTER_NEAREST)
    rows, columns = np.nonzero(enlarged.mean(-1) > 130)
    found = np.array([columns.min(), rows.min(), columns.max(), rows.max()])
    assert np.abs(found - expected).max() <= 2


def test_a_crop_outside_of_the_picture_is_refused(video: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="does not lie inside the picture of 112 x 64 pixels"):
        decode_clip(video, crop=(80, 0, 40, 40), settings=Settings(home=tmp_path))
