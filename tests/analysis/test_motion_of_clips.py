"""Motion in a run: which frames are compared, at which size, and what is undefined."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fixviz.analysis import clip_motion
from fixviz.analysis.clip_motion import ClipMotion, motion_arrays
from fixviz.analysis.motion import motion_magnitude, motion_per_patch
from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.media.clip import Clip
from fixviz.model.config import CheckpointInfo, ModelConfig

from .conftest import TINY, VARIANTS, build, make_clip
from .test_motion import HEIGHT, WIDTH, scene

CONFIG = ModelConfig(**{**TINY, "image_size": HEIGHT, "patch": 12, "stride": 8})


def moving_clip(steps: list[int]) -> Clip:
    """Frame i shows a square at x = 30, its next native frame the same one `steps[i]` further."""
    clip = make_clip(len(steps), HEIGHT, WIDTH)
    return dataclasses.replace(
        clip,
        frames=np.stack([scene(30)] * len(steps)),
        next_frames=np.stack([scene(30 + step) for step in steps]),
        next_indices=clip.indices + 1,
    )


def test_motion_is_that_to_the_next_native_frame_and_not_to_the_next_analyzed_one() -> None:
    motion = ClipMotion(moving_clip([3, 0, 5])).per_patch(CONFIG)
    assert motion.shape == (3, HEIGHT // 8 + 1, WIDTH // 8 + 1)
    # patch (4, 5) is centered at (32, 40), inside the square, and sees 12 x 12 pixels of it
    np.testing.assert_allclose(motion[:, 4, 5], [3, 0, 5], atol=0.6)
    assert motion[:, -1].max() < 0.5


def test_a_model_that_sees_fewer_pixels_measures_shorter_motion() -> None:
    clip = moving_clip([6])
    half = dataclasses.replace(CONFIG, image_size=HEIGHT // 2, patch=6, stride=4)
    whole = ClipMotion(clip).per_patch(CONFIG)[0, 4, 5]
    assert ClipMotion(clip).per_patch(half)[0, 4, 5] == pytest.approx(whole / 2, rel=0.2)


def test_models_of_one_size_share_the_flow(monkeypatch) -> None:
    calls = []

    def counting(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        calls.append(1)
        return motion_magnitude(before, after)

    monkeypatch.setattr(clip_motion, "motion_magnitude", counting)
    motion = ClipMotion(moving_clip([3, 5]))
    first = motion.per_patch(CONFIG)
    other = motion.per_patch(dataclasses.replace(CONFIG, patch=8))
    assert len(calls) == 1
    assert not np.array_equal(first, other)
    motion.per_patch(dataclasses.replace(CONFIG, image_size=41))
    assert len(calls) == 2


def test_a_frame_whose_neighbor_was_not_decoded_is_undefined() -> None:
    clip = moving_clip([3, 3, 3])
    # frame 1: none that can be decoded, so it stands there itself
    lacking = dataclasses.replace(clip, next_indices=np.array([1, 1, 3]))
    motion = ClipMotion(lacking).per_patch(CONFIG)
    assert np.isfinite(motion[[0, 2]]).all()
    assert np.isnan(motion[1]).all()
    # frame 0 is repeated, and the last frame of a video is compared with the one before it
    last = dataclasses.replace(clip, next_indices=np.array([2, 2, 1]))
    assert np.isfinite(ClipMotion(last).per_patch(CONFIG)).all()


@pytest.mark.parametrize("changes", [{"next_frames": None}, {"next_indices": None}])
def test_without_neighbors_all_is_undefined(changes) -> None:
    clip = dataclasses.replace(moving_clip([3]), **changes)
    assert np.isnan(ClipMotion(clip).per_patch(CONFIG)).all()


def test_frames_too_small_to_match_are_undefined_and_not_an_error() -> None:
    tiny = dataclasses.replace(CONFIG, image_size=13, patch=4, stride=3)
    motion = ClipMotion(moving_clip([3])).per_patch(tiny)
    assert motion.shape == (1, 5, 16 // 3 + 1)
    assert np.isnan(motion).all()


def test_agreement_goes_by_axis_layer_head_and_frame() -> None:
    motion = ClipMotion(moving_clip([3, 5])).per_patch(CONFIG)
    received = np.stack([np.stack([motion**3, -motion, 1 + 0 * motion])])
    arrays = motion_arrays(
        motion,
        {
            "spatial/attention_received/source": received,
            "spatial/attention_received/slot": -received,
            "spatial/metrics": received,
        },
    )
    assert set(arrays) == {"motion", "spatial/motion_agreement", "spatial/attended_motion"}
    assert arrays["motion"].dtype == np.float16
    agreement = arrays["spatial/motion_agreement"]
    assert agreement.dtype == np.float32
    np.testing.assert_allclose(agreement, [[[1, 1], [-1, -1], [np.nan, np.nan]]], rtol=1e-6)
    attended = arrays["spatial/attended_motion"]
    assert attended.dtype == np.float32
    by_hand = (motion**4).mean((1, 2)) / (motion**3).mean((1, 2)) / motion.mean((1, 2))
    np.testing.assert_allclose(attended[0, 0], by_hand, rtol=1e-5)
    np.testing.assert_allclose(attended[0, 2], 1, rtol=1e-6)


def analyzed(clip: Clip) -> dict[str, np.ndarray]:
    models = {}
    for name in ("softmax", "joint"):
        model = build(**VARIANTS[name])
        models[name] = NamedModel(
            model, CheckpointInfo(name, None, name, model.config, {}), "0" * 64
        )
    return analyze_clip(models, clip).arrays


def test_a_run_holds_the_motion_and_the_agreement_of_every_model() -> None:
    clip = moving_clip([3, 0, 4, 5, 2])
    arrays = analyzed(clip)
    rows, columns = 23 // 5 + 1, 29 // 5 + 1
    for name in ("softmax", "joint"):
        assert arrays[f"{name}/motion"].shape == (5, rows, columns)
        assert arrays[f"{name}/motion"].dtype == np.float16
    for axis in ("temporal", "spatial"):
        assert arrays[f"softmax/{axis}/motion_agreement"].shape == (2, 4, 5)
        assert arrays[f"softmax/{axis}/attended_motion"].shape == (2, 4, 5)
    agreement = arrays["joint/joint/motion_agreement"]
    assert agreement.shape == (2, 4, 5)
    # frame 1 stands still
    assert np.isnan(agreement[:, :, 1]).all()
    assert np.isfinite(np.delete(agreement, 1, axis=2)).all()
    config = build(**VARIANTS["joint"]).config
    flow = ClipMotion(clip).per_patch(config)
    received = arrays["joint/joint/attention_received/source"][1, 2, 3].ravel().astype(float)
    by_hand = np.corrcoef(received.argsort().argsort(), flow[3].ravel().argsort().argsort())[0, 1]
    assert agreement[1, 2, 3] == pytest.approx(by_hand, abs=0.02)  # float16 maps may tie


def test_a_clip_of_one_frame_makes_a_run_all_the_same() -> None:
    clip = make_clip(1)
    alone = dataclasses.replace(clip, next_frames=clip.frames, next_indices=clip.indices)
    arrays = analyzed(alone)
    assert np.isnan(arrays["softmax/motion"]).all()
    assert np.isnan(arrays["softmax/temporal/motion_agreement"]).all()


def test_magnitudes_are_means_over_the_patch_window() -> None:
    motion = ClipMotion(moving_clip([3]))
    frames = motion.per_patch(CONFIG)
    pixels = motion_magnitude(scene(30)[None], scene(33)[None])
    np.testing.assert_allclose(frames, motion_per_patch(pixels, 12, 8), rtol=1e-6)
    assert frames[0, 4, 5] == pytest.approx(pixels[0, 26:38, 34:46].mean(), rel=1e-5)
