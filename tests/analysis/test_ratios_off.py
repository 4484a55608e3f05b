"""What a network answers with all its fixation ratios 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fixviz.analysis.derived import Subject
from fixviz.analysis.ratios_off import count_batches, is_with_run, predictions_ratios_off
from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.analysis.what_if.derive import run_again
from fixviz.analysis.what_if.network import Dial
from fixviz.model.config import CheckpointInfo
from fixviz.model.transformer import VideoTransformer

from .conftest import TINY, VARIANTS, build, make_clip

FIXATED = ["fixation", "softmax-fixation", "separate", "shared", "joint"]
FRAMES = make_clip(11).frames


@pytest.mark.parametrize("name", FIXATED)
def test_it_is_what_if_with_the_dial_at_0_everywhere(name: str) -> None:
    model = build(**VARIANTS[name])
    found = predictions_ratios_off(model, FRAMES)
    expected = run_again(Subject(model, FRAMES), [Dial(0.0)]).arrays["probabilities"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
    # The ratios matter here: with them the answers are others.
    own = run_again(Subject(model, FRAMES), []).arrays["probabilities"]
    assert np.abs(found - own).max() > 1e-3


def test_cooperative_fixation_with_its_ratios_off_is_the_model_without_fixation() -> None:
    model = build(**VARIANTS["fixation"])
    plain = build(spatial_shift=True, temporal_shift=True, shift_div=8)
    plain.load_state_dict(model.state_dict(), strict=False)
    expected = run_again(Subject(plain, FRAMES), []).arrays["probabilities"]
    np.testing.assert_allclose(predictions_ratios_off(model, FRAMES), expected, atol=1e-5)


@pytest.mark.parametrize("name", VARIANTS)
def test_small_models_with_fixation_have_it_in_every_run(name: str) -> None:
    config = build(**VARIANTS[name]).config
    assert is_with_run(config, FRAMES) == (name in FIXATED)
    # The bound counts tokens x width^2 x layers.
    assert not is_with_run(replace(config, dim=4096), FRAMES)


def test_it_steps_once_for_every_batch() -> None:
    steps: list[None] = []
    model = build(**VARIANTS["fixation"])
    predictions_ratios_off(model, FRAMES, lambda: steps.append(None))
    assert len(steps) == count_batches(model, FRAMES) > 0


def test_a_run_holds_it_per_window_for_models_with_fixation_only() -> None:
    models = {name: _named(name, build(**VARIANTS[name])) for name in ("softmax", "fixation")}
    softmax, fixation = analyze_clip(models, make_clip(11)).manifest["models"]
    assert "probabilities_ratios_off" not in softmax
    off = np.array(fixation["probabilities_ratios_off"])
    assert off.shape == np.array(fixation["probabilities"]).shape == (9, TINY["num_classes"])
    expected = predictions_ratios_off(models["fixation"].model, FRAMES)
    # The manifest keeps five decimals.
    np.testing.assert_allclose(off, expected, atol=2e-5)


def _named(name: str, model: VideoTransformer) -> NamedModel:
    return NamedModel(model, CheckpointInfo(name, None, name.title(), model.config, {}), "0" * 64)
