"""Generated clips: the truth matches the pixels, and a seed means the same clips."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from fixviz.data.classes import CLASSES, PAIR_CLASSES
from fixviz.data.generate import GeneratedBatch, generate
from fixviz.data.presets import PRESETS, preset
from fixviz.errors import OptionError

SHORT = 64
# motion in its pure form: whole objects, nothing in front, but with a drifting camera
PURE = replace(
    preset("standard"), occluder=0.0, noise=0.0, lighting=0.0, moving_objects=0, still_objects=0
)


def clips_of(name: str, count: int = 7, spec: object = PURE, seed: int = 5) -> GeneratedBatch:
    labels = torch.full((count,), CLASSES.index(name))
    return generate(count, seed, spec, labels=labels, height=SHORT, width=83)


def centroid(mask: Tensor) -> Tensor:
    """[B, T, H, W] to (y, x) [B, T, 2]."""
    y = torch.arange(mask.shape[2]) + 0.5
    x = torch.arange(mask.shape[3]) + 0.5
    area = mask.sum((2, 3))
    return torch.stack([(mask.sum(3) * y).sum(2) / area, (mask.sum(2) * x).sum(2) / area], -1)


def path_on_background(clips: GeneratedBatch) -> Tensor:
    """Where the target is relative to the background: [B, T, 2]."""
    moved = torch.cat([torch.zeros_like(clips.camera[:, :1]), clips.camera[:, :-1].cumsum(1)], 1)
    return centroid(clips.target_mask) - moved


def whole(clips: GeneratedBatch) -> Tensor:
    """Clips whose target never touches the frame's border: bool [B]."""
    m = clips.target_mask
    edge = m[:, :, 0].amax((1, 2)) + m[:, :, -1].amax((1, 2))
    return edge + m[..., 0].amax((1, 2)) + m[..., -1].amax((1, 2)) == 0


@pytest.mark.parametrize(
    ("name", "axis", "sign"), [("left", 1, -1), ("right", 1, 1), ("up", 0, -1), ("down", 0, 1)]
)
def test_the_target_goes_where_its_class_says_on_the_background(
    name: str, axis: int, sign: int
) -> None:
    clips = clips_of(name)
    inside = whole(clips)
    assert inside.sum() >= 2
    step = path_on_background(clips)[inside].diff(dim=1)
    total = step.sum(1)
    assert (sign * total[:, axis] > 0.2 * SHORT).all()
    assert (sign * step[..., axis] > 0).all()
    assert (total[:, 1 - axis].abs() < 0.35 * total[:, axis].abs()).all()


def test_velocity_is_the_displacement_of_the_mask_minus_the_cameras() -> None:
    still = replace(PURE, wobble=0.0)
    for name in ("left", "circle clockwise", "shake up and down"):
        clips = clips_of(name, spec=still)
        inside = whole(clips)
        assert inside.any()
        mean = clips.velocity.sum((3, 4)) / clips.target_mask.sum((2, 3))[..., None]
        step = path_on_background(clips).diff(dim=1)
        torch.testing.assert_close(mean[inside, :-1], step[inside], atol=0.12, rtol=0.05)


def test_velocity_counts_in_pixels_of_the_frame() -> None:
    labels = torch.tensor([CLASSES.index("right")])
    spec = replace(PURE, camera=0.0)
    small = generate(1, 3, spec, labels=labels, height=32, width=32).velocity[:, :, 1].amax()
    large = generate(1, 3, spec, labels=labels, height=96, width=96).velocity[:, :, 1].amax()
    assert float(large) == pytest.approx(3 * float(small), rel=0.05)


@pytest.mark.parametrize(("name", "sign"), [("approach", 1), ("recede", -1)])
def test_size_changes_as_the_growth_says(name: str, sign: int) -> None:
    clips = clips_of(name, count=11)
    inside = whole(clips)
    assert inside.any()
    log_size = 0.5 * clips.target_mask.sum((2, 3)).log()
    growth = clips.growth.sum((2, 3)) / clips.target_mask.sum((2, 3))
    step = log_size.diff(dim=1)
    assert (sign * growth[inside] > 0).all()
    torch.testing.assert_close(growth[inside, :-1], step[inside], atol=0.03, rtol=0.1)


@pytest.mark.parametrize(
    ("name", "sign"), [("circle clockwise", 1), ("circle counterclockwise", -1)]
)
def test_circles_go_round_the_way_their_name_says(name: str, sign: int) -> None:
    clips = clips_of(name, spec=replace(PURE, wobble=0.0, camera=0.0))
    inside = whole(clips)
    v = path_on_background(clips)[inside].diff(dim=1)
    # y grows downwards, so a positive cross product of (x, y) velocities is clockwise
    cross = v[:, :-1, 1] * v[:, 1:, 0] - v[:, :-1, 0] * v[:, 1:, 1]
    assert inside.any()
    assert (sign * cross > 0).all()


@pytest.mark.parametrize(("name", "axis"), [("shake sideways", 1), ("shake up and down", 0)])
def test_shakes_turn_back_along_their_axis(name: str, axis: int) -> None:
    clips = clips_of(name, spec=replace(PURE, wobble=0.0, camera=0.0))
    inside = whole(clips)
    step = path_on_background(clips)[inside].diff(dim=1)
    turns = (step[:, 1:, axis] * step[:, :-1, axis] < 0).sum(1)
    assert inside.any()
    assert (turns >= 2).all()
    assert (step[..., 1 - axis].abs() < 0.15).all()


def test_turning_leaves_the_place_and_spins_the_pixels() -> None:
    clips = clips_of("turn", spec=replace(PURE, wobble=0.0, camera=0.0, texture=0.0))
    inside = whole(clips)
    speed = clips.velocity.norm(dim=2).amax((2, 3))[inside]
    assert inside.any()
    assert (speed > 1).all()
    mean = clips.velocity.sum((3, 4)) / clips.target_mask.sum((2, 3))[..., None]
    assert (mean[inside].norm(dim=-1) < 0.35 * speed).all()


def test_appear_and_vanish_mirror_each_other() -> None:
    appear = clips_of("appear").target_mask.sum((2, 3))
    vanish = clips_of("vanish").target_mask.sum((2, 3))
    assert (appear[:, 0] == 0).all()
    assert (appear[:, -1] > 20).all()
    assert (vanish[:, -1] == 0).all()
    assert (vanish[:, 0] > 20).all()


@pytest.mark.parametrize(("name", "sign"), [("collide", -1), ("part", 1)])
def test_two_objects_close_or_open_their_gap(name: str, sign: int) -> None:
    clips = clips_of(name, spec=replace(PURE, wobble=0.0, camera=0.0))
    m = clips.target_mask
    area = m.sum((2, 3))
    c = centroid(m)
    y = torch.arange(m.shape[2]) + 0.5
    x = torch.arange(m.shape[3]) + 0.5
    across = (m.sum(3) * (y - c[..., :1]) ** 2).sum(2) + (m.sum(2) * (x - c[..., 1:]) ** 2).sum(2)
    spread = (across / area)[whole(clips)]
    assert len(spread) > 0
    assert (sign * (spread[:, -1] - spread[:, 0]) > 0).all()


def test_the_background_moves_as_the_camera_says() -> None:
    labels = torch.tensor([CLASSES.index("vanish")] * 5)
    clips = generate(5, 11, replace(PURE, camera=0.3, blur=0.0), labels=labels)
    camera = clips.camera[:, :7]
    biggest = camera.norm(dim=-1).amax(1).argmax()
    first, last = clips.pixels[biggest, -2], clips.pixels[biggest, -1]
    move = clips.camera[biggest, -2]
    theta = torch.tensor([[[1.0, 0, -2 * move[1] / 64], [0, 1, -2 * move[0] / 64]]])
    grid = torch.nn.functional.affine_grid(theta, [1, 3, 64, 64], align_corners=False)
    moved = torch.nn.functional.grid_sample(first[None], grid, align_corners=False)[0]
    inner = (slice(None), slice(8, -8), slice(8, -8))
    followed = (moved[inner] - last[inner]).abs().mean()
    stayed = (first[inner] - last[inner]).abs().mean()
    assert move.norm() > 0.3
    assert followed < 0.6 * stayed


def test_target_pixels_show_the_object() -> None:
    """Hiding what the mask marks leaves nothing that differs from the clip without the object."""
    labels = torch.tensor([CLASSES.index("vanish")] * 3)
    clips = generate(3, 2, replace(PURE, camera=0.0, wobble=0.0), labels=labels)
    difference = (clips.pixels[:, 0] - clips.pixels[:, -1]).abs().amax(1)
    covered = clips.target_mask[:, 0]
    assert (difference[covered == 0] < 1e-4).all()
    assert difference[covered > 0.9].mean() > 0.05


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_same_seed_gives_the_same_clips(name: str) -> None:
    first, again = generate(5, 7, name), generate(5, 7, name)
    other = generate(5, 8, name)
    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.target_mask, again.target_mask)
    assert not torch.equal(first.pixels, other.pixels)


@pytest.mark.parametrize("name", list(PRESETS))
def test_values_stay_in_their_ranges_at_any_size(name: str) -> None:
    clips = generate(3, 13, name, frames=5, height=47, width=61)
    assert clips.pixels.shape == (3, 5, 3, 47, 61)
    assert clips.target_mask.shape == clips.distractor_mask.shape == (3, 5, 47, 61)
    assert clips.velocity.shape == (3, 5, 2, 47, 61)
    assert clips.growth.shape == (3, 5, 47, 61)
    assert clips.camera.shape == (3, 5, 2)
    for values in (clips.pixels, clips.target_mask, clips.distractor_mask):
        assert values.min() >= 0
        assert values.max() <= 1
    assert (clips.target_mask + clips.distractor_mask).max() <= 1 + 1e-5
    assert clips.velocity.isfinite().all()


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_target_is_in_view(name: str) -> None:
    clips = generate(45, 17, name)
    seen = clips.target_mask.sum((2, 3)).amax(1)
    assert (seen > 12).all()


def test_classes_come_in_equal_shares() -> None:
    labels = generate(45, 3, "easy", height=16, width=16).labels
    assert torch.bincount(labels, minlength=len(CLASSES)).eq(3).all()


def test_left_out_classes_are_not_drawn_and_the_others_in_equal_shares() -> None:
    left_out = ("approach", "recede", "turn")
    labels = generate(24, 1, left_out=left_out, twins=True, height=16, width=16, frames=4).labels
    counts = torch.bincount(labels, minlength=len(CLASSES))
    assert [int(counts[CLASSES.index(name)]) for name in left_out] == [0, 0, 0]
    assert int((counts > 0).sum()) == len(CLASSES) - len(left_out)


def test_difficulty_starts_without_camera_clutter_or_noise() -> None:
    clips = generate(6, 19, "hard", difficulty=0.0)
    assert clips.camera.abs().max() == 0
    assert clips.distractor_mask.max() == 0


def test_the_cue_marks_what_counts_and_nothing_else() -> None:
    labels = torch.tensor([CLASSES.index("turn")] * 7)
    spec = replace(preset("cue"), noise=0.0, blur=0.0, lighting=0.0)
    clips = generate(7, 23, spec, labels=labels)
    target = clips.target_mask > 0.5
    red, green, blue = clips.pixels.unbind(2)
    magenta = torch.minimum(red, blue) - green > 0.4
    on_target = (magenta & target).sum((1, 2, 3)) / target.sum((1, 2, 3))
    assert (on_target > 0.15).all()
    assert not (magenta & (clips.target_mask == 0)).any()


def test_other_movers_do_not_share_the_cued_motion() -> None:
    single = [i for i, name in enumerate(CLASSES) if name not in PAIR_CLASSES]
    labels = torch.tensor(single[:4] * 3)  # left, right, up, down
    clips = generate(12, 29, replace(preset("cue"), camera=0.0, wobble=0.0), labels=labels)
    sign = torch.tensor([[0, -1], [0, 1], [-1, 0], [1, 0]] * 3)[:, None, :, None, None]
    along = (clips.velocity * sign).sum(2) * clips.distractor_mask
    on_target = (clips.velocity * sign).sum(2) * clips.target_mask
    assert (on_target.sum((1, 2, 3)) > 0).all()
    assert along.sum((1, 2, 3)).mean() < 0.5 * on_target.sum((1, 2, 3)).mean()


def test_twins_are_the_same_clips_backward() -> None:
    quiet = replace(preset("hard"), noise=0.0, lighting=0.0)
    clips = generate(10, 3, quiet, frames=5, height=24, width=28, twins=True)
    first, twin = clips.pixels[:5], clips.pixels[5:]
    torch.testing.assert_close(twin, first.flip(1), atol=0, rtol=0)
    torch.testing.assert_close(clips.target_mask[5:], clips.target_mask[:5].flip(1))
    step = clips.camera[:5]
    torch.testing.assert_close(clips.camera[5:, :-1], -step[:, :-1].flip(1))


def test_twins_answer_to_the_backward_class() -> None:
    names = ["left", "approach", "circle clockwise", "appear", "part", "turn"]
    labels = torch.tensor([CLASSES.index(name) for name in names])
    clips = generate(12, 3, "easy", labels=labels, twins=True)
    assert [CLASSES[i] for i in clips.labels[6:]] == [
        "right",
        "recede",
        "circle counterclockwise",
        "vanish",
        "collide",
        "turn",
    ]


def test_an_odd_batch_has_no_twins() -> None:
    with pytest.raises(OptionError, match="pairs"):
        generate(5, 3, twins=True)


def test_unknown_presets_and_impossible_sizes_are_refused() -> None:
    with pytest.raises(OptionError, match="easy, standard, hard, cue"):
        generate(1, 0, "harder")
    with pytest.raises(OptionError, match="16 pixels"):
        generate(1, 0, height=7)
    with pytest.raises(OptionError, match=r"0\.\.1"):
        generate(1, 0, difficulty=1.5)
