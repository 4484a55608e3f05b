import numpy as np
import pytest

from fixviz.analysis.attribution.cells import Cells
from fixviz.model.geometry import PatchGrid


@pytest.mark.parametrize(("height", "width", "stride"), [(23, 37, 5), (64, 85, 8), (7, 11, 1)])
def test_every_pixel_belongs_to_the_nearest_patch_center(height, width, stride) -> None:
    cells = Cells(PatchGrid(height, width, 6, stride))
    for numbers, pixels, count in (
        (cells.rows, height, cells.grid.rows),
        (cells.columns, width, cells.grid.columns),
    ):
        centers = np.arange(count) * stride
        for pixel in range(pixels):
            distances = np.abs(centers - (pixel + 0.5))
            assert distances[numbers[pixel]] == distances.min()


def test_cells_of_a_small_frame_by_hand() -> None:
    """H 7, S 3: centers at 0, 3, 6; borders at 1.5 (pixel 1 is halfway: down) and 4.5."""
    cells = Cells(PatchGrid(7, 4, 4, 3))
    assert cells.rows.tolist() == [0, 1, 1, 1, 2, 2, 2]
    assert cells.columns.tolist() == [0, 1, 1, 1]
    assert cells.total(np.ones((7, 4))).tolist() == [[1, 3], [3, 9], [3, 9]]


def test_sums_over_cells_keep_the_total_and_equal_a_loop() -> None:
    cells = Cells(PatchGrid(23, 37, 6, 5))
    values = np.random.default_rng(3).normal(size=(2, 23, 37))
    expected = np.zeros((2, 5, 8))
    for y in range(23):
        for x in range(37):
            expected[:, cells.rows[y], cells.columns[x]] += values[:, y, x]
    np.testing.assert_allclose(cells.total(values), expected)
    assert cells.total(values).sum() == pytest.approx(values.sum())


def test_a_cells_value_spreads_over_its_pixels() -> None:
    cells = Cells(PatchGrid(23, 37, 6, 5))
    numbers = np.arange(40).reshape(5, 8)
    spread = cells.spread(numbers)
    assert spread.shape == (23, 37)
    counts = np.bincount(spread.ravel(), minlength=40).reshape(5, 8)
    np.testing.assert_array_equal(cells.total(np.ones((23, 37))), counts)
