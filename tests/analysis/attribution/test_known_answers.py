"""captum's methods on models whose attributions are known."""

import numpy as np
import pytest
import torch

from fixviz.analysis.attribution import study as study_module
from fixviz.analysis.attribution.cells import Cells
from fixviz.analysis.attribution.gradients import grad_cam, integrated_gradients
from fixviz.analysis.attribution.study import Steps, Study, blurred
from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from fixviz.model.geometry import PatchGrid
from fixviz.model.transformer import normalize_pixels
from tests.analysis.conftest import VARIANTS, build

from .conftest import COLUMNS, ROWS, LinearModel, OnePatchModel, T, noise

GRID = Cells(PatchGrid(23, 37, 6, 5))


def counter() -> Steps:
    return Steps(1, "")


def parts(subject: Subject, baseline: str, target: int) -> np.ndarray:
    """weight x (pixel - baseline) of the linear model, summed by cell with a loop."""
    pixels = normalize_pixels(torch.from_numpy(subject.frames)[None])[0].numpy()
    other = np.zeros_like(pixels)
    if baseline == "blurred":
        other = normalize_pixels(torch.from_numpy(blurred(subject.frames, 5.0))[None])[0].numpy()
    model = subject.model
    assert isinstance(model, LinearModel)
    weighted = ((pixels - other) * model.weight[target].detach().numpy()).sum(1)
    expected = np.zeros((T, ROWS, COLUMNS))
    for y in range(23):
        for x in range(37):
            expected[:, GRID.rows[y], GRID.columns[x]] += weighted[:, y, x]
    return expected


@pytest.mark.parametrize("baseline", ["gray", "blurred"])
@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_a_linear_models_map_is_weight_times_difference(linear, method, baseline) -> None:
    result = derive_from(
        linear, "attribution", {"method": method, "baseline": baseline, "target": 2}
    )
    np.testing.assert_allclose(result.arrays["map"], parts(linear, baseline, 2), atol=2e-5)
    if method == "integrated_gradients":
        assert abs(result.description["convergence_delta"][0]) < 1e-4
    else:
        assert result.description["convergence_delta"] is None
        assert result.description["difference"] is None


def test_occlusion_by_blocks_gives_every_patch_of_a_block_the_blocks_sum(linear) -> None:
    result = derive_from(
        linear, "attribution", {"method": "occlusion", "target": 2, "block": 3, "frames": 2}
    )
    single = parts(linear, "gray", 2)
    found = result.arrays["map"]
    np.testing.assert_allclose(found[:2, :3, 3:6], single[:2, :3, 3:6].sum(), atol=1e-4)
    np.testing.assert_allclose(found[2:, 3:, 6:], single[2:, 3:, 6:].sum(), atol=1e-4)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_a_model_that_uses_one_patch_is_explained_by_that_patch(one_patch, method) -> None:
    found = derive_from(one_patch, "attribution", {"method": method, "target": 1}).arrays["map"]
    place = OnePatchModel.PLACE
    # White is 1 and gray is 0 after normalization, and the logit is 3 times the mean.
    assert found[place] == pytest.approx(3, abs=1e-4)
    found[place] = 0
    assert not found.any()


@pytest.mark.parametrize("name", ["softmax", "fixation", "joint"])
def test_integrated_gradients_sum_to_the_difference_of_the_logits(name) -> None:
    model = build(**VARIANTS[name])
    subject = Subject(model, noise())
    result = derive_from(
        subject,
        "attribution",
        {"method": "integrated_gradients", "target": 3, "steps": 64, "baseline": "blurred"},
    )
    study = Study.of(subject)
    with torch.no_grad():
        difference = float((model(study.pixels(0)) - model(study.baseline(0, "blurred")))[0, 3])
    total = float(result.arrays["map"].sum())
    delta = result.description["convergence_delta"][0]
    assert total - difference == pytest.approx(delta, abs=1e-4)
    assert abs(delta) < 0.05 * abs(difference)
    assert result.description["difference"][0] == pytest.approx(difference, abs=1e-4)


def test_blocks_that_are_computed_again_give_the_same_gradients(monkeypatch) -> None:
    study = Study.of(Subject(build(**VARIANTS["fixation"]), noise()))
    options = {"steps": 5, "baseline": "gray", "counter": counter()}
    kept = integrated_gradients(study, 0, 1, **options)
    monkeypatch.setattr(study_module, "_VALUES_KEPT", 0)
    monkeypatch.setattr(study_module, "_VALUES_AT_ONCE", 1)
    again = integrated_gradients(study, 0, 1, **options)
    torch.testing.assert_close(kept.pixels, again.pixels)


@pytest.mark.parametrize("name", ["linear", "fixation"])
def test_grad_cam_weights_channels_by_their_mean_gradient_in_each_frame(name) -> None:
    model = build(**VARIANTS[name])
    study = Study.of(Subject(model, noise()))
    with torch.no_grad():
        tokens = model.embed(study.pixels(0))
        for block in model.blocks:
            tokens = block(tokens)
    tokens.requires_grad_()
    model.classify(model.norm(tokens))[0, 4].backward()
    weights = tokens.grad.mean((2, 3), keepdim=True)
    expected = (weights * tokens).sum(-1)[0].detach().numpy()
    found = grad_cam(study, 0, 4, counter=counter())
    assert found.shape == (T, ROWS, COLUMNS)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_the_weights_of_the_model_still_learn_afterwards() -> None:
    model = build()
    derive_from(Subject(model, noise()), "attribution", {"method": "grad_cam"})
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.grad is None for parameter in model.parameters())
