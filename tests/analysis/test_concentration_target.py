"""Where attention is when the truth is known: figures that can be computed by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from fixviz.analysis.clip_truth import ClipTruth
from fixviz.analysis.concentration import QueryLayout, lorenz_points
from fixviz.analysis.maps import model_maps
from fixviz.analysis.measures import METRICS
from fixviz.analysis.rows import read_rows
from fixviz.analysis.target import (
    FIGURES,
    average_precision,
    mass_figures,
    received_figures,
    target_baselines,
)
from fixviz.analysis.windows import Windows
from fixviz.data.truth import Truth
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

from .conftest import TINY, VARIANTS, build, make_clip


def truth_of(mask: np.ndarray) -> Truth:
    return Truth(mask, 255.0, 46, 74, None, ())


def test_mass_on_target_by_hand() -> None:
    # One frame, one head, three queries; only the last one's own patch is on target.
    mass = np.array([[[0.2, 0.4, 0.9]]], np.float32)
    covered = np.array([[[0.0, 0.19, 0.2]]], np.float32)
    layout = QueryLayout("spatial", 1, 1, np.array([0]))
    found = mass_figures(mass, covered, layout)
    assert found["mass_on_target"][0, 0, 0] == pytest.approx(0.5)
    assert found["mass_on_target_queries"][0, 0, 0] == pytest.approx(0.9)


def test_pointing_and_precision_by_hand_and_undefined_without_a_target() -> None:
    target = np.array([[[0.5, 0.0, 0.3]], [[0.1, 0.1, 0.1]]])
    received = np.array([[[[3.0, 2.0, 1.0]], [[1.0, 2.0, 3.0]]]])
    found = received_figures(received, target)
    assert found["pointing"][0, 0] == 1
    assert found["average_precision"][0, 0] == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(found["pointing"][0, 1])
    assert np.isnan(found["average_precision"][0, 1])


def test_baseline_of_precision_is_the_mean_over_all_orders() -> None:
    target = np.array([[[0.9, 0.4, 0.0, 0.0, 0.1]]])
    level = target_baselines(target, Windows(1, 1), "spatial")
    positive = target.reshape(1, 5) >= 0.2
    orders = np.array(list(itertools.permutations(range(5))), float)
    every = average_precision(orders, np.broadcast_to(positive, orders.shape))
    assert level["average_precision"][0] == pytest.approx(every.mean(), abs=1e-6)
    assert level["pointing"][0] == pytest.approx(2 / 5)
    assert level["mass_on_target"][0] == pytest.approx(1.4 / 5)


def test_baselines_of_temporal_attention_look_at_one_place_over_the_window() -> None:
    # Two frames, two places: the target stays at the first place and fades.
    target = np.array([[[0.8, 0.0]], [[0.4, 0.0]]])
    windows = Windows(2, 2)
    temporal = target_baselines(target, windows, "temporal")
    assert temporal["mass_on_target"] == pytest.approx([0.3, 0.3])
    assert temporal["mass_on_target_queries"] == pytest.approx([0.6, 0.6])
    joint = target_baselines(target, windows, "joint")
    assert joint["mass_on_target_queries"] == pytest.approx([0.3, 0.3])


def test_attention_built_to_look_at_one_patch_is_all_on_target_if_that_patch_is() -> None:
    key = torch.zeros(1, 1, 7, 3)
    key[..., 4, 0] = 100
    query = torch.ones(1, 1, 7, 3)
    value = torch.rand(1, 1, 7, 3)
    marks = torch.tensor([0, 0.1, 0, 0, 0.75, 0, 0]).view(1, 1, 7)
    rows = read_rows(query, key, value, value[:, :, 4:5].expand(-1, -1, 7, -1), "softmax", marks)
    assert rows.mass is not None
    np.testing.assert_allclose(rows.mass, 0.75, rtol=1e-6)
    np.testing.assert_allclose(rows.measures[..., METRICS.index("concentration")], 1, atol=1e-6)
    assert lorenz_points(rows.ascending)[0, 0, 0, 17] == pytest.approx(0)
    found = received_figures(rows.received.view(1, 1, 7).numpy(), marks.view(1, 1, 7).numpy())
    assert found["pointing"][0] == found["average_precision"][0] == 1


def uniform_model(**changes: object) -> VideoTransformer:
    """Queries and keys are 0, so every attention weight is 1 / N."""
    torch.manual_seed(1)
    model = VideoTransformer(ModelConfig(**{**TINY, **changes})).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "qkv" in name:
                parameter[: 2 * len(parameter) // 3] = 0
    return model


@pytest.mark.parametrize("form", ["divided", "joint"])
@pytest.mark.parametrize("attention", ["softmax", "linear"])
def test_a_model_whose_attention_is_uniform_reaches_its_baseline(form: str, attention: str) -> None:
    clip = make_clip(7)
    target = np.random.default_rng(4).uniform(0, 0.6, (7, 5, 8)).astype(np.float32)
    target[5] = 0
    model = uniform_model(form=form, attention=attention)
    maps = model_maps(model, clip.frames, target=target)
    for axis in model.config.axes:
        for name in ("mass_on_target", "mass_on_target_queries"):
            level = maps.arrays[f"{axis}/baseline/{name}"]
            found = maps.arrays[f"{axis}/{name}"]
            assert np.isnan(level[5])
            expected = np.broadcast_to(level, found.shape)
            np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_attention_by_source_follows_the_content_of_neighboring_frames() -> None:
    """Uniform attention, keys of head 0 hold the frames around: the target counts where it comes from."""
    model = uniform_model(attention="linear", **{**VARIANTS["fixation"], "fixation": "none"})
    target = np.zeros((3, 5, 8), np.float32)
    target[1] = 0.5
    target[0, 0, 0] = target[2, 0, 0] = 1
    mass = model_maps(model, make_clip(3).frames, target=target).arrays["spatial/mass_on_target"]
    # shift_div 8 of 32 channels: one head of 8 holds 4 channels of the next, 4 of the last frame.
    edge = 1 / 40
    assert mass[0, 1] == pytest.approx([edge, 0.5, edge])
    assert mass[0, 0] == pytest.approx([0.25, (edge + edge) / 2, 0.25])


def test_patches_are_covered_where_the_mask_is_whatever_the_size_of_the_picture() -> None:
    clip = make_clip(3)
    mask = np.zeros((3, 23, 37), np.uint8)
    mask[1, :, 15:] = 255
    known = ClipTruth(clip, truth_of(mask))
    covered = known.per_patch(ModelConfig(**TINY))
    assert covered is not None
    assert covered.shape == (3, 5, 8)
    # Windows of 6 pixels around 0, 5, ..., 35: the one around 15 sees pixels 12 to 17.
    np.testing.assert_allclose(covered[1, 2], [0, 0, 0, 0.5, 1, 1, 1, 1], atol=1e-6)
    assert not covered[[0, 2]].any()


def test_a_crop_shows_its_part_of_the_mask() -> None:
    mask = np.zeros((3, 46, 74), np.uint8)
    mask[:, :, 37:] = 255
    clip = replace(make_clip(3, 46, 46), crop=(28, 0, 46, 46))
    clip = replace(clip, source=replace(clip.source, width=74))
    half = truth_of(mask).mask_of(clip, 46, 46)
    assert half.shape == (3, 46, 46)
    assert not half[:, :, :9].any()
    assert (half[:, :, 9:] == 1).all()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"video_sha256": "1" * 64}, "another file"),
        ({"mask": np.zeros((4, 23, 37), np.uint8)}, "4 frames, the video 3"),
        ({"height": 45}, "74 × 45 pixels"),
    ],
)
def test_the_truth_of_another_video_is_left_out_with_a_note(changes: dict, reason: str) -> None:
    truth = replace(truth_of(np.zeros((3, 23, 37), np.uint8)), **changes)
    known = ClipTruth(make_clip(3), truth)
    assert known.per_patch(ModelConfig(**TINY)) is None
    assert known.entry() is None
    assert len(known.notes) == 1
    assert reason in known.notes[0]


def test_without_a_truth_there_is_nothing_to_note() -> None:
    known = ClipTruth(make_clip(3), None)
    assert known.notes == []
    names = model_maps(build(), make_clip(3).frames).arrays
    assert not any(name.rpartition("/")[2] in FIGURES for name in names)
