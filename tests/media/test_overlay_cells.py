"""Maps are drawn where their patches are, in colors whose order the eye can read."""

from __future__ import annotations

import numpy as np
import pytest

from fixviz.errors import OptionError
from fixviz.media.colormaps import COLORMAPS, colormap
from fixviz.media.overlay import cells_of_pixels, overlay


def test_cells_are_centred_on_multiples_of_the_stride():
    # Stride 4, one display pixel per model pixel: cell 0 covers -2..2, cell 1 2..6, cell 2 6..10.
    cells, covered = cells_of_pixels(pixels=11, cells=3, cell_size=4)
    assert cells[covered].tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert covered.tolist() == [True] * 10 + [False]


def test_one_marked_patch_fills_exactly_its_cell():
    frames = np.full((1, 22, 34, 3), 100, np.uint8)
    maps = np.full((1, 5, 7), np.nan)
    maps[0, 2, 3] = 1.0
    drawn = overlay(frames, maps, cell_height=5.0, cell_width=5.5, alpha=1.0)

    changed = (drawn != frames).any(-1)[0]
    rows, columns = np.nonzero(changed.any(1))[0], np.nonzero(changed.any(0))[0]
    # Rows 1.5 * 5 = 7.5 to 12.5, columns 2.5 * 5.5 = 13.75 to 19.25.
    assert (rows[0], rows[-1]) == (7, 11)
    assert (columns[0], columns[-1]) == (14, 18)
    assert changed[7:12, 14:19].all()
    assert drawn[0, 9, 16].tolist() == colormap("viridis")[255].tolist()


def test_the_first_row_and_column_lie_half_outside():
    drawn = overlay(
        np.zeros((1, 16, 16, 3), np.uint8),
        np.pad(np.ones((1, 1, 1)), ((0, 0), (0, 2), (0, 2)), constant_values=np.nan),
        cell_height=8,
        cell_width=8,
    )
    assert drawn.any(-1)[0].sum() == 4 * 4
    assert drawn[0, :4, :4].any(-1).all()


def test_color_and_frame_are_mixed_by_alpha():
    frames = np.full((2, 3, 3, 3), 40, np.uint8)
    maps = np.stack([np.zeros((1, 1)), np.full((1, 1), 7.0)])
    drawn = overlay(frames, maps, 9, 9, alpha=0.25, colormap="magma")
    table = colormap("magma").astype(float)

    np.testing.assert_array_equal(drawn[0, 0, 0], np.round(0.75 * 40 + 0.25 * table[0]))
    np.testing.assert_array_equal(drawn[1, 0, 0], np.round(0.75 * 40 + 0.25 * table[255]))
    assert (frames == 40).all()


def test_frames_and_maps_must_be_as_many():
    with pytest.raises(ValueError, match="2 frames but 3 maps"):
        overlay(np.zeros((2, 3, 3, 3), np.uint8), np.zeros((3, 1, 1)), 2, 2)


def lightness(table: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colors, 0..100."""
    srgb = table / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


@pytest.mark.parametrize("name", [name for name in COLORMAPS if name != "diverging"])
def test_sequential_tables_grow_evenly_lighter(name):
    table = colormap(name)
    steps = np.diff(lightness(table))

    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert steps.min() > -0.5
    assert np.abs(np.diff(lightness(table)[::32]) - steps.sum() * 32 / 255).max() < 4


def test_the_diverging_table_is_as_dark_on_both_sides():
    table = colormap("diverging")
    light = lightness(table)

    assert np.abs(light - light[::-1]).max() < 4
    assert light.argmax() in (127, 128)
    assert table[0, 2] > table[0, 0] + 80
    assert table[255, 0] > table[255, 2] + 80
    assert np.ptp(table[127].astype(int)) <= 2


def test_viridis_is_matplotlibs():
    assert colormap("viridis")[[0, 128, 255]].tolist() == [
        [68, 1, 84],
        [33, 145, 140],
        [253, 231, 37],
    ]


def test_tables_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        colormap("viridis")[0] = 0


def test_unknown_table():
    with pytest.raises(OptionError, match="use one of viridis"):
        colormap("jet")
