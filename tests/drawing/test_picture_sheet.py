"""Pictures of maps as one PNG file."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from fixviz.drawing import picture_sheet as sheets
from fixviz.drawing.picture_sheet import picture_sheet
from fixviz.media.colormaps import colormap
from fixviz.reading.figures.figure import MapPicture, MapRow, Maps
from fixviz.reading.scales import Scale

CAPTION = "Ratio of the query. Layer 1, temporal attention × gradient; frame 3 at 0.38 s."


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def places(image: Image.Image, color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Number of pixels of that color, and the top left one of them."""
    y, x = np.nonzero((np.asarray(image) == color).all(-1))
    return len(y), int(y.min()), int(x.min())


def test_pictures_stand_side_by_side_in_their_own_resolution() -> None:
    red = np.full((211, 307, 3), (255, 0, 0), np.uint8)
    blue = np.full((211, 307, 3), (0, 0, 255), np.uint8)
    image = opened(
        picture_sheet(
            Maps([MapRow("Two", [MapPicture("a", "", red), MapPicture("b", "", blue)])], []),
            CAPTION,
        )
    )
    assert image.format == "PNG"
    first, second = (places(image, color) for color in ((255, 0, 0), (0, 0, 255)))
    assert first[0] == second[0] == 211 * 307
    assert first[1] == second[1]
    assert second[2] - first[2] >= 307
    assert image.info["Description"] == CAPTION


def test_a_small_picture_is_enlarged_without_new_colors() -> None:
    tiny = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    image = opened(picture_sheet(Maps([MapRow("", [MapPicture("", "", tiny)])], []), CAPTION))
    assert places(image, (255, 0, 0))[0] == places(image, (0, 0, 255))[0] == 120 * 120


def test_the_scale_and_the_caption_take_their_room() -> None:
    picture = np.full((240, 240, 3), 128, np.uint8)
    rows = [MapRow("", [MapPicture("", "", picture)])]
    plain = opened(picture_sheet(Maps(rows, []), CAPTION))
    scaled = opened(picture_sheet(Maps(rows, [(Scale(0.0, 1.0), "ratio")]), CAPTION))
    longer = opened(picture_sheet(Maps(rows, []), f"{CAPTION} " * 5))
    assert plain.height < scaled.height
    assert plain.height < longer.height
    low, high = (tuple(int(c) for c in colormap("viridis")[i]) for i in (0, -1))
    assert places(scaled, low)[2] < places(scaled, high)[2]
    with pytest.raises(ValueError, match="zero-size"):
        places(plain, high)


def test_what_lies_between_pictures_is_white() -> None:
    clear = np.zeros((240, 240, 4), np.uint8)
    clear[:, :120] = (0, 255, 0, 255)
    image = opened(picture_sheet(Maps([MapRow("", [MapPicture("", "", clear)])], []), ""))
    assert places(image, (0, 255, 0))[0] == 240 * 120
    assert image.getpixel((24 + 180, 24 + 100)) == (255, 255, 255)


def test_letters_that_a_font_lacks_are_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_FONTS", ())
    sheets._font.cache_clear()
    try:
        font = sheets._font(20)
        assert sheets._spelled("φ × Zoë 漢", font) == "phi x Zoe ?"
    finally:
        sheets._font.cache_clear()
