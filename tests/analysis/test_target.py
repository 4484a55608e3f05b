import numpy as np
import pytest
import torch

from fixviz.analysis.target import average_precision, target_figures
from fixviz.model.attention import attention_weights
from fixviz.model.geometry import PatchGrid
from fixviz.model.layers import to_sequences

from .conftest import VARIANTS, build


def square_mask() -> torch.Tensor:
    mask = torch.zeros(2, 3, 23, 37)
    mask[:, :2, 5:14, 12:25] = 1  # the last frame has no target
    return mask


def test_coverage_by_hand() -> None:
    grid = PatchGrid(height=4, width=8, patch=4, stride=4)
    mask = np.zeros((4, 8))
    mask[:2, :3] = 1
    # Windows are clipped to the frame: the first sees rows 0-1 and columns 0-1, and so on.
    expected = [[1.0, 0.25, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(grid.coverage(mask), expected)


def test_average_precision_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    positive = np.array([True, False, True, False])
    assert average_precision(scores, positive) == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("name", ["softmax", "fixation"])
def test_mass_equals_the_dense_product(name: str) -> None:
    model = build(**VARIANTS[name])
    with torch.inference_mode():
        trace = model.trace(torch.randn(2, 3, 3, 23, 37)).blocks[1].attentions["spatial"]
    mask = square_mask()
    figures = target_figures(trace, model.config, 1, mask)
    m = PatchGrid(23, 37, 6, 5).coverage(mask.numpy())
    a = attention_weights(
        to_sequences(trace.fixed_query, "spatial"),
        to_sequences(trace.fixed_key, "spatial"),
        model.config.attention,
    ).unflatten(0, (2, 3))
    for clip in range(2):
        for frame in range(2):
            heads = []
            for head in range(4):
                marks = m[clip, frame].flatten().copy()
                if name == "fixation" and head == 0:
                    # Half of head 0 reads the next frame, half the previous one, zero outside.
                    past = m[clip, frame - 1].flatten() if frame > 0 else 0 * marks
                    marks = 0.5 * m[clip, frame + 1].flatten() + 0.5 * past
                heads.append((a[clip, frame, head].numpy() @ marks).mean())
            assert figures.mass[clip, frame] == pytest.approx(np.mean(heads), rel=1e-3)
    np.testing.assert_allclose(figures.area[:, :2], m[:, :2].mean((-2, -1)))


def test_frames_without_a_target_are_undefined_but_keep_their_concentration() -> None:
    model = build()
    with torch.inference_mode():
        trace = model.trace(torch.randn(2, 3, 3, 23, 37)).blocks[0].attentions["spatial"]
    figures = target_figures(trace, model.config, 0, square_mask())
    for values in (figures.mass, figures.mass_on_target, figures.pointing, figures.area):
        assert np.isnan(values[:, 2]).all()
        assert np.isfinite(values[:, :2]).all()
    assert np.isfinite(figures.concentration).all()
