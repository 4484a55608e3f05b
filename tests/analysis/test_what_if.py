"""Running again with interventions: each changes what it should and nothing else."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch

from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from
from fixviz.analysis.maps import model_maps
from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.analysis.what_if.derive import KEPT, run_again
from fixviz.analysis.what_if.fit import network_change
from fixviz.analysis.what_if.frames import frame_order, hide_patches
from fixviz.analysis.what_if.network import Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    Cropped,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
    Resized,
)
from fixviz.errors import OptionError
from fixviz.model.change import AttentionChange
from fixviz.model.config import CheckpointInfo
from fixviz.model.shift import shift_channels

from .conftest import VARIANTS, build, make_clip

ROWS, COLUMNS = 5, 8  # 23 x 37 pixels, a patch every 5


def subject_of(model, clip=None) -> Subject:
    clip = clip or make_clip()
    from fixviz.analysis.trace import resize_frames

    return Subject(
        model, resize_frames(clip.frames, model.config.image_size), display=lambda: clip.frames
    )


def attention_of(model, axis: str, layer: int = 0):
    return model.blocks[layer].attentions[axis]


def random_tokens(model, seed: int = 2) -> torch.Tensor:
    size = (1, model.config.frames, ROWS, COLUMNS, model.config.dim)
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", VARIANTS)
def test_without_interventions_the_runs_own_maps_come_out_exactly(name: str, tmp_path) -> None:
    model, clip = build(**VARIANTS[name]), make_clip()
    info = CheckpointInfo("m", tmp_path, "M", model.config, {})
    run = analyze_clip({"m": NamedModel(model, info, "0" * 64)}, clip)
    found = derive_from(subject_of(model), "what_if", {"interventions": []})
    for key, values in found.arrays.items():
        if key != "probabilities":
            np.testing.assert_array_equal(values, run.arrays[f"m/{key}"])
            assert values.dtype == run.arrays[f"m/{key}"].dtype
    entry = run.manifest["models"][0]
    np.testing.assert_allclose(found.arrays["probabilities"], entry["probabilities"], atol=5e-6)
    ratios = 2 * len(model.config.axes) if model.config.fixation != "none" else 0
    assert len(found.arrays) == 1 + 2 * len(model.config.axes) + ratios
    assert found.description["grid"] == {
        k: v for k, v in entry["grid"].items() if k != "display_per_model"
    }
    json.dumps(found.description, allow_nan=False)


def test_one_window_gives_what_the_whole_clip_gives_for_its_frames() -> None:
    subject = subject_of(build(**VARIANTS["fixation"]))
    listed = [Dial(2.0), FramesReversed(), HeadsOff((1,), 0)]
    whole = run_again(subject, listed)
    covered = []
    for window in whole.description["windows"]:
        part = run_again(subject, listed, window)
        frames = part.description["frames"]
        covered += frames
        for key, values in part.arrays.items():
            if key == "probabilities":
                np.testing.assert_allclose(values[0], whole.arrays[key][window], atol=1e-5)
            else:
                expected = whole.arrays[key][:, :, frames]
                np.testing.assert_allclose(values, expected, rtol=2e-3, atol=1e-4)
    assert covered == list(range(7))


def test_a_dial_of_one_changes_nothing_and_a_dial_of_zero_sets_all_ratios_to_one() -> None:
    subject = subject_of(build(**VARIANTS["fixation"]))
    plain, one, zero = (run_again(subject, d) for d in ([], [Dial(1.0)], [Dial(0.0)]))
    for key, values in plain.arrays.items():
        np.testing.assert_array_equal(values, one.arrays[key])
        if "ratio" in key:
            assert values.min() > 0 and values.max() < 1
            assert (zero.arrays[key] == 1).all()
    assert np.abs(zero.arrays["probabilities"] - plain.arrays["probabilities"]).max() > 1e-3


def test_the_dial_is_a_power_of_the_ratios_and_dials_of_network_and_layer_multiply() -> None:
    model = build(**VARIANTS["fixation"])
    attention, tokens = attention_of(model, "temporal"), random_tokens(model)
    changes = network_change([Dial(3.0), Dial(0.5, 0), Dial(0.0, 1, "spatial")], model.config)
    assert {place: c.dial for place, c in changes.items()} == {
        (0, "temporal"): 1.5, (0, "spatial"): 1.5, (1, "temporal"): 3.0, (1, "spatial"): 0.0
    }  # fmt: skip
    plain, dialed = attention.trace(tokens), attention.trace(tokens, changes[0, "temporal"])
    torch.testing.assert_close(dialed.ratio_query, plain.ratio_query**1.5)
    torch.testing.assert_close(dialed.ratio_key, plain.ratio_key**1.5)
    torch.testing.assert_close(dialed.shifted_key, plain.shifted_key)


def test_fixation_off_in_one_attention_leaves_all_before_it_as_it_was() -> None:
    subject = subject_of(build(**VARIANTS["fixation"]))
    plain, off = run_again(subject, []), run_again(subject, [Dial(0.0, 1, "spatial")])
    for key, values in plain.arrays.items():
        if key == "probabilities":
            continue
        np.testing.assert_array_equal(off.arrays[key][0], values[0])
        if key.startswith("temporal"):
            np.testing.assert_array_equal(off.arrays[key][1], values[1])
    assert (off.arrays["spatial/ratio_key"][1] == 1).all()


@pytest.mark.parametrize("name", ["softmax", "linear", "fixation", "joint"])
def test_heads_off_are_zero_columns_of_the_output_projection(name: str) -> None:
    model = build(**VARIANTS[name])
    axis = model.config.axes[0]
    by_hand = copy.deepcopy(model)
    weight = attention_of(by_hand, axis, 1).projection.weight
    with torch.no_grad():
        weight[:, 8:16] = 0  # head 1 of four heads of width 8
        weight[:, 24:32] = 0  # head 3
    subject, expected = subject_of(model), run_again(subject_of(by_hand), [])
    found = run_again(subject, [HeadsOff((1, 3), 1, axis)])
    for key, values in expected.arrays.items():
        np.testing.assert_allclose(
            found.arrays[key].astype(float), values.astype(float), rtol=2e-3, atol=1e-5
        )
    plain = run_again(subject, [])
    assert np.abs(plain.arrays["probabilities"] - found.arrays["probabilities"]).max() > 1e-4


def test_a_layers_heads_are_off_in_all_its_attentions_unless_one_is_named() -> None:
    config = build(**VARIANTS["linear"]).config
    off = AttentionChange(heads_off=frozenset({0, 2}))
    assert network_change([HeadsOff((0, 2), 1)], config) == {
        (1, "temporal"): off, (1, "spatial"): off
    }  # fmt: skip
    assert network_change([HeadsOff((0, 2), 1, "spatial")], config) == {(1, "spatial"): off}


@pytest.mark.parametrize(
    ("axis", "direction", "fold"),
    [("temporal", "below", 0), ("temporal", "above right", 6), ("spatial", "previous frame", 1)],
)
def test_a_neighbor_off_reads_the_tokens_own_value_in_its_fold_alone(axis, direction, fold) -> None:
    model = build(**VARIANTS["fixation"])
    attention, tokens = attention_of(model, axis), random_tokens(model)
    width = 32 // 16 if axis == "temporal" else 32 // 8
    own = slice(fold * width, (fold + 1) * width)
    changes = network_change([NeighborOff(direction)], model.config)
    assert set(changes) == {(0, axis), (1, axis)}
    found = attention.trace(tokens, changes[0, axis])
    for which, shifted in (("key", found.shifted_key), ("value", found.shifted_value)):
        before = getattr(found, which).flatten(-2)
        expected = shift_channels(before, attention.folds)
        assert not torch.equal(expected[..., own], before[..., own])
        expected[..., own] = before[..., own]
        torch.testing.assert_close(shifted.flatten(-2), expected, rtol=0, atol=0)


def test_all_neighbors_off_is_the_same_network_without_a_shift() -> None:
    model = build(**VARIANTS["fixation"])
    plain = build(**{**VARIANTS["fixation"], "spatial_shift": False, "temporal_shift": False})
    plain.load_state_dict(model.state_dict())
    names = [fold.direction.label for axis in ("temporal", "spatial")
             for fold in attention_of(model, axis).folds]  # fmt: skip
    found = run_again(subject_of(model), [NeighborOff(name) for name in names])
    expected = run_again(subject_of(plain), [])
    assert len(names) == 10
    for key, values in expected.arrays.items():
        # Another layout in memory, so perhaps another order of summation; stored in half precision.
        np.testing.assert_allclose(found.arrays[key], values, rtol=2e-3, atol=1e-5)


def test_a_neighbor_off_in_one_layer_stays_on_in_the_others() -> None:
    config = build(**VARIANTS["fixation"]).config
    assert set(network_change([NeighborOff("left", 1)], config)) == {(1, "temporal")}


@pytest.mark.parametrize("name", ["softmax", "linear", "fixation"])
def test_on_a_frozen_clip_temporal_attention_has_only_the_time_of_a_frame_to_go_by(name) -> None:
    model = build(**VARIANTS[name])
    found = run_again(subject_of(model), [FramesFrozen(4)])
    for values in (found.arrays["probabilities"],):
        np.testing.assert_allclose(values, np.broadcast_to(values[:1], values.shape), atol=1e-6)
    with torch.no_grad():
        model.temporal_embedding.zero_()
    uniform = run_again(subject_of(model), [FramesFrozen(4)])
    # Metrics 0 and 5: entropy and Gini of rows over T = 3 equal frames, before any temporal shift.
    np.testing.assert_allclose(uniform.arrays["temporal/metrics"][0, ..., 0], np.log(3), rtol=1e-5)
    np.testing.assert_allclose(uniform.arrays["temporal/metrics"][0, ..., 5], 0, atol=1e-5)
    assert uniform.description["frame_at"] == [4] * 7


def test_frames_are_shown_in_the_order_that_the_interventions_give() -> None:
    assert frame_order([FramesReversed()], 5).tolist() == [4, 3, 2, 1, 0]
    assert frame_order([FramesReversed(), FramesReversed()], 5).tolist() == [0, 1, 2, 3, 4]
    assert frame_order([FramesFrozen(2)], 5).tolist() == [2] * 5
    assert frame_order([FramesReversed(), FramesFrozen(0)], 5).tolist() == [4] * 5
    assert frame_order([FramesFrozen(0), FramesReversed()], 5).tolist() == [0] * 5
    assert frame_order([FramesDropped((0, 1, 4, 5))], 7).tolist() == [2, 2, 2, 3, 3, 3, 6]
    shuffled = frame_order([FramesShuffled(3)], 11)
    assert sorted(shuffled) == list(range(11))
    assert shuffled.tolist() == frame_order([FramesShuffled(3)], 11).tolist()
    assert shuffled.tolist() != frame_order([FramesShuffled(4)], 11).tolist()


def test_reversed_frames_are_the_reversed_clip_and_twice_reversed_ones_the_clip() -> None:
    model, clip = build(**VARIANTS["fixation"]), make_clip()
    subject = subject_of(model, clip)
    turned = Subject(model, subject.frames[::-1].copy())
    found, expected = run_again(subject, [FramesReversed()]), run_again(turned, [])
    twice, plain = run_again(subject, [FramesReversed()] * 2), run_again(subject, [])
    for key in plain.arrays:
        np.testing.assert_array_equal(found.arrays[key], expected.arrays[key])
        np.testing.assert_array_equal(twice.arrays[key], plain.arrays[key])


def test_hidden_patches_fill_their_cells_and_nothing_else() -> None:
    frames = np.random.default_rng(1).integers(0, 100, (3, 22, 34, 3), dtype=np.uint8)
    hidden = PatchesHidden(((None, 1, 2), (2, 0, 0)), 3, 4, "gray")
    found = hide_patches(frames, hidden, stride=5, scale=(2.0, 2.0))
    expected = frames.copy()
    expected[:, 5:15, 15:25] = 128  # 5 pixels around (5, 10), twice the size
    expected[2, 0:5, 0:5] = 128  # the quarter of the corner's cell that lies in the frame
    np.testing.assert_array_equal(found, expected)
    assert (frames < 100).all()  # what was given is left alone
    blurred = hide_patches(frames, PatchesHidden(((1, 1, 1),), 3, 4), 5, (2.0, 2.0))
    changed = (blurred != frames).any((0, 3))
    assert set(zip(*changed.nonzero(), strict=True)) <= {
        (y, x) for y in range(5, 15) for x in range(5, 15)
    }
    assert blurred[1, 5:15, 5:15].std() < frames[1, 5:15, 5:15].std() / 3


def test_hiding_no_patch_is_the_clip_and_hiding_one_changes_its_own_frames_alone() -> None:
    model = build(**VARIANTS["softmax"])
    subject = subject_of(model)
    plain = run_again(subject, [])
    nothing = run_again(subject, [PatchesHidden((), ROWS, COLUMNS)])
    for key, values in plain.arrays.items():
        np.testing.assert_array_equal(nothing.arrays[key], values)
    # Windows of 3 frames at 0, 1, 2, 3, 4: frame 6 is in the last one only.
    hidden = run_again(subject, [PatchesHidden(((6, 2, 3),), ROWS, COLUMNS, "gray")])
    same = np.abs(hidden.arrays["probabilities"] - plain.arrays["probabilities"]).max(1) == 0
    assert same.tolist() == [True] * 4 + [False]


def test_patches_are_hidden_before_the_frames_are_reordered() -> None:
    model = build(**VARIANTS["softmax"])
    subject = subject_of(model)
    mask = PatchesHidden(((6, 2, 3),), ROWS, COLUMNS, "gray")
    found = run_again(subject, [FramesReversed(), mask])
    pixels = hide_patches(subject.frames, mask, 5, (1.0, 1.0))[::-1].copy()
    expected = run_again(Subject(model, pixels), [])
    for key, values in expected.arrays.items():
        np.testing.assert_array_equal(found.arrays[key], values)


def test_another_resolution_has_a_grid_of_its_own_and_leaves_the_model_as_it_was() -> None:
    model, clip = build(**VARIANTS["fixation"]), make_clip()
    found = run_again(subject_of(model, clip), [Resized(31)])
    grid = found.description["grid"]
    assert (grid["model_height"], grid["model_width"]) == (31, 50)
    assert (grid["rows"], grid["columns"]) == (7, 11)
    assert found.arrays["spatial/attention_received/source"].shape == (2, 4, 7, 7, 11)
    assert found.description["pixels"] == "display"
    assert model.config.image_size == 23
    larger = build(**VARIANTS["fixation"], image_size=31)
    expected = model_maps(larger, clip.frames).probabilities
    np.testing.assert_allclose(found.arrays["probabilities"], expected, atol=1e-6)


def test_the_models_own_resolution_takes_the_runs_own_pixels() -> None:
    subject = subject_of(build(**VARIANTS["linear"]))
    found, plain = run_again(subject, [Resized(23)]), run_again(subject, [])
    assert found.description["pixels"] == "own"
    for key, values in plain.arrays.items():
        np.testing.assert_array_equal(found.arrays[key], values)


def test_a_crop_is_the_same_as_a_clip_of_that_part() -> None:
    model, clip = build(**VARIANTS["fixation"]), make_clip()  # 46 x 74 pixels
    found = run_again(subject_of(model, clip), [Cropped(50, 0, 100, 50)])
    assert found.description["crop"] == (37, 0, 37, 23)
    expected = model_maps(model, clip.frames[:, :23, 37:])
    np.testing.assert_allclose(found.arrays["probabilities"], expected.probabilities, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "intervention", "message"),
    [
        ("linear", Dial(0.0), "no fixation"),
        ("fixation", Dial(0.0, 2), "layers 0 to 1, and no layer 2"),
        ("fixation", Dial(0.0, 0, "joint"), "no joint one"),
        ("linear", NeighborOff("left"), "does not hear the neighbor left"),
        ("shared", NeighborOff("left"), "does not hear the neighbor left"),
        ("linear", HeadsOff((4,), 0), "heads 0 to 3, and no head 4"),
        ("linear", PatchesHidden(((None, 0, 0),), 4, 8), "5 x 8 patches here"),
        ("linear", PatchesHidden(((7, 0, 0),), 5, 8), "frames 0 to 6, and no frame 7"),
        ("linear", FramesFrozen(7), "frames 0 to 6, and no frame 7"),
        ("linear", FramesDropped(tuple(range(7))), "All frames of this run are dropped"),
        ("linear", Resized(5), "6 to 46 px"),
        ("linear", Resized(47), "6 to 46 px"),
    ],
)
def test_what_the_model_or_the_run_lacks_is_refused(name, intervention, message) -> None:
    with pytest.raises(OptionError, match=message):
        run_again(subject_of(build(**VARIANTS[name])), [intervention])


@pytest.mark.parametrize("window", [-1, 5, 1.0, True, "0"])
def test_a_window_that_the_run_lacks_is_refused(window) -> None:
    with pytest.raises(OptionError, match="windows 0 to 4, and no window"):
        derive_from(subject_of(build()), "what_if", {"interventions": [], "window": window})


def test_stored_quantities_are_those_of_a_run() -> None:
    found = run_again(subject_of(build(**VARIANTS["fixation"])), [FramesShuffled(5)])
    names = {f"{axis}/{kept}" for axis in ("temporal", "spatial") for kept in KEPT}
    assert set(found.arrays) == names | {"probabilities"}
    assert found.description["title"] == "frames shuffled (seed 5)"
    assert found.description["interventions"] == [{"kind": "shuffle", "seed": 5}]
