"""What rows of known weights say: Lorenz curves, histograms, and which frame a query belongs to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fixviz.analysis.concentration import (
    BINS,
    LORENZ_POINTS,
    QueryLayout,
    concentration_histogram,
    frame_figures,
    lorenz_points,
)
from fixviz.analysis.maps import model_maps
from fixviz.analysis.measures import METRICS, gini, lorenz_curve
from fixviz.analysis.rows import read_rows
from fixviz.analysis.trace import trace
from fixviz.model.attention import attention_weights
from fixviz.model.layers import to_sequences

from .conftest import VARIANTS, build, make_clip


def test_lorenz_curve_of_a_row_computed_by_hand() -> None:
    # Four keys: the curve passes 0, 0.1, 0.3, 0.6, 1 at 0, 25, 50, 75, 100 % of the keys.
    points = lorenz_points(np.array([0.1, 0.2, 0.3, 0.4]))
    assert points.shape == (LORENZ_POINTS,)
    assert points[[0, 5, 10, 15, 20]] == pytest.approx([0, 0.1, 0.3, 0.6, 1])
    assert points[1] == pytest.approx(0.1 / 5)  # a fifth of the way to the first key
    assert points[18] == pytest.approx(0.6 + 0.4 * 3 / 5)


def test_lorenz_curve_of_uniform_attention_is_the_diagonal() -> None:
    np.testing.assert_allclose(lorenz_points(np.full(7, 1 / 7)), np.linspace(0, 1, 21), atol=1e-6)


def test_the_mean_of_curves_is_the_curve_of_the_mean_sorted_row() -> None:
    rows = np.sort(np.random.default_rng(2).dirichlet(np.full(13, 0.3), 11), -1)
    np.testing.assert_allclose(
        lorenz_points(rows.mean(0)), lorenz_points(rows).mean(0), rtol=1e-5, atol=1e-6
    )


def test_with_twenty_keys_twice_the_area_beside_the_curve_is_the_gini_coefficient() -> None:
    row = np.sort(np.random.default_rng(3).dirichlet(np.full(20, 0.5)))
    np.testing.assert_allclose(lorenz_points(row), lorenz_curve(row), atol=1e-6)
    area = np.trapezoid(lorenz_points(row).astype(float), dx=1 / 20)
    assert 1 - 2 * area == pytest.approx(gini(row), abs=1e-6)


def test_histogram_counts_queries_by_their_bin() -> None:
    counts = concentration_histogram(
        np.array([[0.0, 0.049, 0.051, 1.0, 1.0000001, -1e-8, np.nan], [0.5] * 7])
    )
    expected = np.zeros((2, BINS))
    expected[0, [0, 1, 19]] = 3, 1, 2
    expected[1, 10] = 7
    np.testing.assert_array_equal(counts, expected)


def test_pieces_do_not_change_the_mean_sorted_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.rand(2, 3, 15, 7) for _ in range(3))
    weights = attention_weights(q, k, "linear")
    expected = np.sort(weights.numpy(), -1).reshape(2, 3, 5, 3, 15).mean(3)
    for piece in (2**22, 15 * 15, 15 * 4, 1):
        monkeypatch.setattr("fixviz.analysis.rows.WEIGHTS_AT_ONCE", piece)
        rows = read_rows(q, k, v, weights @ v, "linear", groups=5)
        np.testing.assert_allclose(rows.ascending, expected, rtol=1e-4, atol=1e-6)


def test_only_the_wanted_frames_of_spatial_attention_have_figures() -> None:
    layout = QueryLayout("spatial", batch=2, length=3, wanted=np.array([1, 5]))
    measures = np.zeros((2, 4, 7, len(METRICS)), np.float32)
    measures[1, ..., METRICS.index("concentration")] = 0.72
    ascending = np.full((2, 4, 1, 7), 1 / 7, np.float32)
    figures = frame_figures(measures, ascending, layout)
    assert figures["lorenz"].shape == (2, 4, 3, LORENZ_POINTS)
    known = np.isfinite(figures["concentration_histogram"][..., 0])
    assert known[0].all(0).tolist() == [False, True, False]
    assert known[1].all(0).tolist() == [False, False, True]
    assert figures["concentration_histogram"][1, 2, 2, 14] == 7


@pytest.mark.parametrize("name", ["linear", "fixation", "joint"])
def test_curves_and_histograms_equal_what_the_full_matrices_say(name: str) -> None:
    clip, model = make_clip(), build(**VARIANTS[name])
    maps, full = model_maps(model, clip.frames), trace(model, clip)
    windows, h, w = full.windows, full.grid.rows, full.grid.columns
    for axis, part in full.blocks[1].attentions.items():
        weights = attention_weights(
            to_sequences(part.fixed_query, axis),
            to_sequences(part.fixed_key, axis),
            model.config.attention,
        ).numpy()
        for frame in (0, 4, 6):
            win, pos = windows.of_frame[frame], windows.position_of_frame[frame]
            rows = {
                "spatial": lambda a, win, pos: a[win * 3 + pos],
                "temporal": lambda a, win, pos: a.reshape(-1, h * w, 4, 3, 3)[
                    win, :, :, pos
                ].swapaxes(0, 1),
                "joint": lambda a, win, pos: a[win].reshape(4, 3, h * w, -1)[:, pos],
            }[axis](weights, win, pos)
            curves = lorenz_points(np.sort(rows, -1)).mean(1)
            stored = maps.arrays[f"{axis}/lorenz"][1, :, frame]
            np.testing.assert_allclose(stored, curves, rtol=1e-3, atol=1e-5)
            counts = maps.arrays[f"{axis}/concentration_histogram"][1, :, frame]
            entropy = -(rows * np.log(np.maximum(rows, 1e-30))).sum(-1)
            concentration = 1 - entropy / np.log(rows.shape[-1])
            # Queries at the edge of a bin may fall to either side of it.
            edge = np.abs(concentration * BINS - np.round(concentration * BINS)).min(-1) < 1e-3
            expected = concentration_histogram(concentration)
            np.testing.assert_array_equal(counts[~edge], expected[~edge])
            assert (counts.sum(-1) == h * w).all()
