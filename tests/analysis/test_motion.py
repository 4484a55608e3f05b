"""Motion agreement on pictures whose motion is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from fixviz.analysis.motion import (
    attended_motion,
    camera_flow,
    motion_agreement,
    motion_magnitude,
    motion_per_patch,
    ranks,
    spearman,
)
from fixviz.errors import OptionError

HEIGHT, WIDTH = 71, 89


def texture(seed: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return (255 * smooth).astype(np.uint8)


def scene(object_x: int, camera_x: int = 0) -> np.ndarray:
    """A textured square of 24 pixels at (20, object_x) before a background moved by camera_x."""
    frame = texture(0, HEIGHT, WIDTH + 20)[:, 10 - camera_x : 10 - camera_x + WIDTH].copy()
    frame[20:44, object_x : object_x + 24] = texture(1, 24, 24)
    return frame


def test_ranks_and_correlation_by_hand() -> None:
    np.testing.assert_array_equal(ranks(np.array([5.0, 1.0, 5.0, 2.0])), [2.5, 0, 2.5, 1])
    a = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert spearman(a, np.exp(a)) == pytest.approx(1)
    assert spearman(a, -(a**3)) == pytest.approx(-1)
    # sum of squared rank differences is 4: 1 - 6 * 4 / (5 * 24)
    assert spearman(a, np.array([2.0, 1.0, 4.0, 3.0, 5.0])) == pytest.approx(0.8)
    # ranks 0 1.5 1.5 3 against 0 1 2 3
    tied = spearman(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert tied == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_what_moves_is_found_and_measured_in_pixels() -> None:
    magnitude = motion_magnitude(scene(30)[None], scene(33)[None])
    assert magnitude.shape == (1, HEIGHT, WIDTH)
    assert np.median(magnitude[0, 24:40, 36:50]) == pytest.approx(3, abs=0.4)
    assert magnitude[0, 52:, :].max() < 0.5
    assert magnitude[0, 24:40, 70:].max() < 0.5


def test_camera_motion_is_taken_out() -> None:
    # the object stays on the screen while the background moves by 4: only the object differs
    magnitude = motion_magnitude(scene(30, 0)[None], scene(30, 4)[None])
    assert np.median(magnitude[0, 24:40, 34:50]) == pytest.approx(4, abs=0.5)
    assert np.median(magnitude[0, 52:, 10:-10]) < 0.3


def test_zoom_and_roll_of_the_camera_are_taken_out() -> None:
    wide = texture(0, HEIGHT + 20, WIDTH + 20)
    center = (WIDTH / 2 + 10, HEIGHT / 2 + 10)
    turned = cv2.getRotationMatrix2D(center, angle=2, scale=1.05)
    after = cv2.warpAffine(wide, turned, wide.shape[1::-1])
    frames = [picture[10 : 10 + HEIGHT, 10 : 10 + WIDTH].copy() for picture in (wide, after)]
    for frame, object_x in zip(frames, (6, 9), strict=True):
        frame[20:44, object_x : object_x + 24] = texture(1, 24, 24)
    magnitude = motion_magnitude(frames[0][None], frames[1][None])[0]
    assert np.median(magnitude[24:40, 12:26]) > 2
    assert np.median(magnitude[:, 50:]) < 0.2  # the background goes up to 2.8 pixels here
    # at the border, too, but for what leaves the picture
    assert magnitude[4:-4, 36:-4].max() < 1


def test_camera_flow_is_the_affine_motion_of_what_fills_more_than_half() -> None:
    y, x = np.mgrid[:20, :30].astype(np.float32)
    camera = np.stack([0.03 * x - 0.02 * y + 1, 0.01 * x + 0.04 * y - 2], -1)
    flow = camera.copy()
    flow[3:17, 2:20] += 5  # 42 % of the frame
    np.testing.assert_allclose(camera_flow(flow), camera, atol=1e-3)
    still = np.zeros((20, 30, 2), np.float32)
    np.testing.assert_array_equal(camera_flow(still), still)
    nowhere = -np.stack([x, y], -1)  # all places fall together, which no camera does
    assert (camera_flow(nowhere) == np.median(nowhere, (0, 1))).all()


def test_attention_on_the_mover_agrees_and_attention_elsewhere_does_not() -> None:
    frames = np.stack([scene(30), scene(34)])
    motion = motion_per_patch(motion_magnitude(frames, frames[::-1]), patch=12, stride=8)
    assert motion.shape == (2, HEIGHT // 8 + 1, WIDTH // 8 + 1)
    # the first row of patches lies half outside; patch (4, 5) is centered in the square
    assert motion[0].argmax() // motion.shape[2] in (3, 4, 5)
    heads = np.stack([motion**2, -motion])
    agreement = motion_agreement(heads, motion)
    np.testing.assert_allclose(agreement, [[1, 1], [-1, -1]])


def test_what_a_processor_rounds_otherwise_changes_no_rank() -> None:
    dice = np.random.default_rng(0)
    motion = dice.random((2, 9, 11)) * 5
    received = np.where(motion > 3, 2.0, 0.4).astype(np.float32)
    other = np.nextafter(received, np.where(dice.random(received.shape) < 0.5, 0, 9), dtype="f4")
    assert (other != received).any()
    np.testing.assert_array_equal(
        motion_agreement(other, motion), motion_agreement(received, motion)
    )


def test_attended_motion_is_how_much_more_moves_where_attention_is() -> None:
    motion = np.array([[[0.0, 1.0], [2.0, 5.0]]])  # mean 2
    on_the_fastest, on_the_slowest = np.zeros((2, 1, 2, 2))
    on_the_fastest[0, 1, 1] = on_the_slowest[0, 0, 0] = 4
    half = np.array([[[0.0, 2.0], [0.0, 2.0]]])
    received = np.stack([on_the_fastest, on_the_slowest, half, np.ones((1, 2, 2))])
    np.testing.assert_allclose(attended_motion(received, motion), [[2.5], [0], [1.5], [1]])
    assert np.isnan(attended_motion(0 * received, motion)).all()
    assert np.isnan(attended_motion(received, 3 + 0 * motion)).all()
    assert np.isnan(attended_motion(received, np.full((1, 2, 2), np.nan))).all()
    with pytest.raises(ValueError, match="does not fit"):
        attended_motion(received, motion[:, :1])


def test_undefined_cases_are_nan() -> None:
    still = motion_per_patch(motion_magnitude(scene(30)[None], scene(30)[None]), 12, 8)
    noise = np.random.default_rng(2).random(still.shape)
    assert np.isnan(motion_agreement(noise, still)).all()
    moving = motion_per_patch(motion_magnitude(scene(30)[None], scene(33)[None]), 12, 8)
    assert np.isnan(motion_agreement(np.ones_like(moving), moving)).all()
    assert np.isfinite(motion_agreement(noise, moving)).all()
    # flow that differs by less than the method resolves
    assert np.isnan(motion_agreement(noise, 3 + 0.04 * noise / np.ptp(noise))).all()
    assert motion_agreement(noise, 3 + 0.06 * noise / np.ptp(noise)) == pytest.approx([1])
    noise[0, 2, 3] = np.nan
    assert np.isnan(motion_agreement(noise, moving)).all()


def test_each_pair_is_measured_by_itself() -> None:
    frames = np.stack([scene(30), scene(10), scene(50)])
    others = np.stack([scene(33), scene(8), scene(50)])
    together = motion_magnitude(frames, others)
    alone = np.concatenate(
        [motion_magnitude(frames[i : i + 1], others[i : i + 1]) for i in range(3)]
    )
    np.testing.assert_array_equal(together, alone)


def test_frames_that_cannot_be_compared_are_refused() -> None:
    tiny = np.zeros((1, 15, 60, 3), np.uint8)
    with pytest.raises(OptionError, match="60 x 15"):
        motion_magnitude(tiny, tiny)
    with pytest.raises(ValueError, match="pair up"):
        motion_magnitude(scene(3)[None], scene(3)[None, :-1])
