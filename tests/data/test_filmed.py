"""Filmed clips: whatever the camera, the lens and the parts of an object do, truth and labels fit."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from fixviz.data.camera import still_view
from fixviz.data.classes import BACKWARD, CLASSES
from fixviz.data.dice import Dice
from fixviz.data.generate import GeneratedBatch, generate
from fixviz.data.lens import compress, expose, hunt_focus
from fixviz.data.motion import rotation
from fixviz.data.parts import add_parts, part_shapes
from fixviz.data.presets import ClipSpec, Filming, preset
from fixviz.data.render import Rendered, render
from fixviz.data.scene import Scene
from fixviz.data.shutter import blur_motion
from fixviz.data.textures import bank_of

SHORT = 64
FILMED = preset("filmed")
PLAIN = Filming(**{f.name: 0.0 for f in fields(Filming)} | {"pace": 1.0})
CPU = torch.device("cpu")


def spec_with(**changes: float) -> ClipSpec:
    """The filmed preset with one thing of the camera alone, and nothing in front or beside."""
    return replace(
        FILMED,
        size=(0.16, 0.24),
        occluder=0.0,
        noise=0.0,
        lighting=0.0,
        blur=0.0,
        wobble=0.0,
        camera=0.0,
        moving_objects=0,
        still_objects=0,
        filming=replace(PLAIN, **changes),
    )


def clips_of(name: str, spec: ClipSpec, count: int = 9, seed: int = 5) -> GeneratedBatch:
    labels = torch.full((count,), CLASSES.index(name))
    return generate(count, seed, spec, labels=labels, height=SHORT, width=83)


def centroid(mask: Tensor) -> Tensor:
    """[..., H, W] to (y, x) [..., 2]."""
    y = torch.arange(mask.shape[-2]) + 0.5
    x = torch.arange(mask.shape[-1]) + 0.5
    area = mask.sum((-2, -1))
    return torch.stack([(mask.sum(-1) * y).sum(-1) / area, (mask.sum(-2) * x).sum(-1) / area], -1)


def whole(mask: Tensor) -> Tensor:
    """Clips [B, T, H, W] whose target never touches the frame's border: bool [B]."""
    edge = mask[:, :, 0].amax((1, 2)) + mask[:, :, -1].amax((1, 2))
    return edge + mask[..., 0].amax((1, 2)) + mask[..., -1].amax((1, 2)) == 0


def on_target(clips: GeneratedBatch) -> Tensor:
    """Velocity in pixels per frame, mean over the target: [B, T, 2]; NaN where none is seen whole."""
    own = clips.target_mask > 0.99
    return (clips.velocity * own[:, :, None]).sum((3, 4)) / own.sum((2, 3))[..., None]


@pytest.mark.parametrize(
    ("name", "axis", "sign"), [("left", 1, -1), ("right", 1, 1), ("up", 0, -1), ("down", 0, 1)]
)
def test_what_the_camera_follows_rests_in_the_picture_and_moves_on_the_background(
    name: str, axis: int, sign: int
) -> None:
    clips = clips_of(name, spec_with(follow=1.0, pace=3.0), count=20)
    inside = whole(clips.target_mask)
    assert inside.sum() >= 3
    place = centroid(clips.target_mask)[inside]
    on_screen = (place[:, -1] - place[:, 0]).norm(dim=-1)
    background = clips.camera[inside, :-1].sum(1)
    way = (place[:, -1] - place[:, 0]) - background
    assert (sign * way[:, axis] > 0.26 * SHORT).all()
    assert (on_screen < 0.35 * way.norm(dim=-1)).all()
    assert way.norm(dim=-1).max() > 1.2 * FILMED.travel[1] * SHORT  # farther than it could alone
    step = place.diff(dim=1) - clips.camera[inside, :-1]
    torch.testing.assert_close(on_target(clips)[inside, :-1], step, atol=0.15, rtol=0.05)


def test_a_clip_that_nothing_follows_has_the_object_cross_the_picture() -> None:
    clips = clips_of("right", spec_with())
    place = centroid(clips.target_mask)
    assert (clips.camera.abs().sum((1, 2)) < 0.6 * SHORT).all()
    assert ((place[:, -1] - place[:, 0])[:, 1] > 0.2 * SHORT).all()


@pytest.mark.parametrize("name", ["left", "down", "circle clockwise", "approach", "collide"])
def test_twins_of_filmed_clips_play_them_backward_and_answer_to_the_backward_class(
    name: str,
) -> None:
    assert FILMED.filming is not None
    lens = replace(FILMED.filming, exposure=0.0, focus=0.0, compression=0.0)
    quiet = replace(FILMED, noise=0.0, lighting=0.0, filming=lens)
    labels = torch.full((4,), CLASSES.index(name))
    clips = generate(8, 3, quiet, labels=labels, height=SHORT, width=83, twins=True)
    torch.testing.assert_close(clips.pixels[4:], clips.pixels[:4].flip(1), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        clips.target_mask[4:], clips.target_mask[:4].flip(1), atol=1e-4, rtol=0
    )
    assert clips.labels[4:].tolist() == [BACKWARD[CLASSES.index(name)]] * 4
    there = on_target(clips).isfinite().all((1, 2))
    mean, growth = on_target(clips), (clips.growth * clips.target_mask).sum((2, 3))
    for i in torch.where(there[:4])[0].tolist():
        if name in ("left", "down"):
            assert (mean[i, :-1].sum(0) * mean[i + 4, :-1].sum(0)).sum() < 0
        if name == "approach":
            assert growth[i].sum() > 0 > growth[i + 4].sum()


@pytest.mark.parametrize(
    ("name", "axis", "sign"), [("left", 1, -1), ("right", 1, 1), ("up", 0, -1), ("down", 0, 1)]
)
def test_labels_fit_with_everything_on(name: str, axis: int, sign: int) -> None:
    clips = clips_of(name, FILMED, count=16)
    way = on_target(clips)[:, :-1].sum(1)
    way = way[way.isfinite().all(1)]
    assert len(way) >= 6
    assert (sign * way[:, axis] > 0.15 * SHORT).all()
    assert (way[:, 1 - axis].abs() < 0.5 * way[:, axis].abs()).all()


def scene_of_one(**changes: Tensor) -> Scene:
    """A white square on a dark background [1 clip, 2 frames], a pixel of a 32 x 41 frame wide of its own."""
    frames = 2
    sprite = torch.ones(1, 1, 4, 21, 21)
    sprite[:, :, 3] = 0
    sprite[:, :, 3, 5:16, 5:16] = 1
    values = {
        "center": torch.tensor([0.5, 41 / 64]).expand(1, 1, frames, 2),
        "radius": torch.full((1, 1, frames), 0.2),
        "angle": torch.zeros(1, 1, frames),
        "stretch": torch.zeros(1, 1, frames),
        "opacity": torch.ones(1, 1, frames),
        "decides": torch.ones(1, 1),
        "distracts": torch.zeros(1, 1),
        "sprites": sprite,
        "camera": torch.zeros(1, frames, 2),
        "view": still_view(1, frames),
        "canvas": torch.full((1, 4, 52, 61), 0.1),
        "margin": 10,
    }
    return Scene(**{**values, **changes})


def drawn(scene: Scene) -> Rendered:
    return render(scene, 32, 41, CPU)


def test_zoom_and_roll_turn_the_picture_around_its_middle() -> None:
    """A point p of the background goes to view (p - middle) + middle + shift."""
    center = torch.tensor([[[[0.5, 41 / 64 + 0.1]] * 2]])
    view = torch.stack([torch.eye(2), 1.5 * rotation(torch.tensor(math.pi / 2))])[None]
    camera = torch.tensor([[[0.0, 0.0], [0.1, 0.0]]])
    seen = drawn(scene_of_one(center=center, view=view, camera=camera))
    first, second = centroid(seen.target)[0]
    torch.testing.assert_close(first, torch.tensor([16.0, 20.5 + 3.2]), atol=0.1, rtol=0)
    # a quarter turn clockwise takes what lay right of the middle below it, 1.5 times as far
    torch.testing.assert_close(second, torch.tensor([16 + 4.8 + 3.2, 20.5]), atol=0.4, rtol=0)


def test_zoom_is_no_growth_and_the_cameras_way_is_no_velocity() -> None:
    view = torch.stack([torch.eye(2), 1.4 * torch.eye(2)])[None]
    camera = torch.tensor([[[0.0, 0.0], [0.2, -0.1]]])
    seen = drawn(scene_of_one(view=view, camera=camera))
    assert seen.target[0, 1].sum() > 1.8 * seen.target[0, 0].sum()
    assert seen.growth.abs().max() == 0
    assert seen.velocity.abs().max() < 1e-4


def test_velocity_is_seen_through_the_zoom() -> None:
    center = torch.tensor([[[[0.5, 0.5], [0.5, 0.6]]]])
    view = (2 * torch.eye(2)).expand(1, 2, 2, 2)
    seen = drawn(scene_of_one(center=center, view=view))
    covered = seen.target > 0.99
    torch.testing.assert_close(
        seen.velocity[:, 1][covered].mean(), torch.tensor(0.1 * 32 * 2), atol=1e-3, rtol=0
    )
    assert seen.velocity[:, 0].abs().max() < 1e-4


def test_what_stretches_keeps_its_area_and_moves_at_its_ends() -> None:
    stretch = torch.tensor([[[0.0, 0.3]]])
    seen = drawn(scene_of_one(stretch=stretch))
    high, wide = (seen.target[0] > 0.5).any(2).sum(1), (seen.target[0] > 0.5).any(1).sum(1)
    assert high[1] > high[0]
    assert wide[1] < wide[0]
    torch.testing.assert_close(seen.target[0, 1].sum(), seen.target[0, 0].sum(), rtol=0.05, atol=0)
    y = torch.arange(32) + 0.5 - 16
    expected = math.expm1(0.3) * y
    column = seen.target[0, 0, :, 20] > 0.99
    torch.testing.assert_close(
        seen.velocity[0, 0, 0, column, 20], expected[column], atol=1e-3, rtol=0
    )
    assert seen.growth.abs().max() == 0


def test_parts_hang_on_their_object_and_count_with_it() -> None:
    frames = 2
    center = torch.tensor([0.4, 0.6]).expand(1, 1, frames, 2)
    turned = torch.tensor([[[0.0, math.pi / 2]]])
    owner = scene_of_one(center=center, angle=turned)
    film = replace(PLAIN, parts=1.0)
    bank = bank_of(0, 128, True)[1]
    for seed in range(6):
        scene = add_parts(owner, (0,), torch.ones(1, 1, 3), bank, 1.0, film, Dice(seed))
        assert scene.center.shape == (1, 3, frames, 2)
        torch.testing.assert_close(scene.center[:, 1], center[:, 0])
        assert scene.decides.tolist() == [[1, 1, 1]]
        assert scene.distracts.tolist() == [[0, 0, 0]]
        torch.testing.assert_close(scene.opacity, torch.ones(1, 3, frames))
        arm = (scene.center[:, [0, 2]] - center) / 0.2
        # near the object, and below or beside it; after a quarter turn clockwise left of it
        assert (arm.norm(dim=-1) < 1.6).all()
        assert (arm[:, :, 0, 0] > -0.7).all()
        assert (arm[:, :, 1, 1] < 0.7).all()
        seen = drawn(scene)
        assert seen.target[0, 0].sum() > drawn(owner).target[0, 0].sum()
        assert seen.distractor.max() <= 0.1 + 1e-6  # the canvas of this scene has 0.1 of it


def test_without_parts_the_object_is_drawn_as_it_was() -> None:
    owner = scene_of_one()
    bank = bank_of(0, 128, True)[1]
    scene = add_parts(owner, (0,), torch.ones(1, 1, 3), bank, 1.0, PLAIN, Dice(3))
    torch.testing.assert_close(drawn(scene).pixels, drawn(owner).pixels)


def test_wheels_roll_on_their_ground() -> None:
    """A wheel of radius r that goes x to the right turns clockwise by x / r."""
    center = torch.tensor([[[[0.5, 0.5], [0.5, 0.6]]]])
    owner = scene_of_one(center=center)
    film = replace(PLAIN, parts=1.0)
    bank = bank_of(0, 128, True)[1]
    rolled = 0
    for seed in range(20):
        scene = add_parts(owner, (0,), torch.ones(1, 1, 3), bank, 1.0, film, Dice(seed))
        turns, radii = scene.angle[0, [0, 2]].diff(dim=1)[:, 0], scene.radius[0, [0, 2], 0]
        moved = (scene.center - center)[0, [0, 2]].diff(dim=1).norm(dim=-1).amax()
        if moved < 1e-6:  # neither swings
            torch.testing.assert_close(turns, 0.1 / radii, atol=1e-4, rtol=0)
            rolled += 1
    assert rolled >= 2


def test_limbs_are_long_and_wheels_round() -> None:
    shapes = part_shapes(torch.tensor([True, False]), 41, Dice(1))
    high, wide = (shapes > 0.5).any(2).sum(1), (shapes > 0.5).any(1).sum(1)
    assert high[0] == wide[0]
    assert high[1] > 1.5 * wide[1]


def test_an_open_shutter_smears_along_the_way_only_and_spares_what_is_followed() -> None:
    center = torch.tensor([[[[0.5, 0.5], [0.5, 0.9]]]])
    film = replace(PLAIN, shutter=1.0)
    moving = scene_of_one(center=center)
    dice = Dice(8)
    smeared = blur_motion(moving, 32, film, dice)
    soft = (smeared.sprites[0, 0, 3] > 0.01) & (smeared.sprites[0, 0, 3] < 0.99)
    assert soft[10].sum() >= 2  # left and right ends
    assert soft[:, 10].sum() == 0
    torch.testing.assert_close(
        smeared.sprites[0, 0, 3].sum(), moving.sprites[0, 0, 3].sum(), rtol=0.02, atol=0
    )
    stripes = torch.arange(61).remainder(6).lt(3).float().expand(1, 4, 52, 61)
    camera = torch.tensor([[[0.0, 0.0], [0.0, -0.4]]])
    followed = scene_of_one(center=center, camera=camera, canvas=stripes)
    panned = blur_motion(followed, 32, film, Dice(8))
    torch.testing.assert_close(panned.sprites, followed.sprites, atol=1e-5, rtol=0)
    assert panned.canvas.std() < 0.8 * followed.canvas.std()


def clip_of(picture: Tensor) -> Tensor:
    """[H, W] to gray pixels [1, 3, 4, H, W]."""
    return picture.expand(1, 3, 4, *picture.shape).clone()


def some_seed(film: Filming) -> int:
    """A seed whose clip goes through the codec."""
    noise = torch.rand(16, 16, generator=torch.Generator().manual_seed(1))
    changed = [
        s
        for s in range(9)
        if not torch.equal(compress(clip_of(noise), film, Dice(s)), clip_of(noise))
    ]
    return changed[0]


def test_compression_drops_faint_detail_and_keeps_flat_ground() -> None:
    film = replace(PLAIN, compression=0.08)
    seed = some_seed(film)
    flat = clip_of(torch.full((19, 21), 0.5))
    torch.testing.assert_close(compress(flat.clone(), film, Dice(seed)), flat, atol=0.01, rtol=0)
    checks = (torch.arange(16)[:, None] + torch.arange(16)) % 2
    faint = clip_of(0.5 + 0.01 * (checks - 0.5))
    strong = clip_of(0.5 + 0.8 * (checks - 0.5))
    assert compress(faint.clone(), film, Dice(seed)).std() < 0.2 * faint.std()
    assert compress(strong.clone(), film, Dice(seed)).std() > 0.8 * strong.std()


def test_compression_halves_the_resolution_of_color_only() -> None:
    film = replace(PLAIN, compression=1e-3)
    seed = some_seed(film)
    red = torch.zeros(1, 3, 4, 16, 16)
    red[:, 0, :, :, ::2] = 0.6
    out = compress(red.clone(), film, Dice(seed))
    color = out - out.mean(1, keepdim=True)
    assert out.mean(1).std() == pytest.approx(float(red.mean(1).std()), rel=0.05)
    assert color[..., 0].sub(color[..., 1]).abs().max() < 1e-5


def test_a_lens_that_hunts_for_focus_keeps_the_light_and_loses_edges() -> None:
    film = replace(PLAIN, focus=0.05)
    picture = torch.zeros(33, 33)
    picture[16, 16] = 1
    clips = hunt_focus(clip_of(picture).repeat(60, 1, 1, 1, 1), film, Dice(2))
    sharpest = clips.amax((1, 3, 4))
    assert (sharpest == 1).all(1).sum() > 20
    assert sharpest.min() < 0.3
    assert (sharpest.amax(1) - sharpest.amin(1)).max() > 0.3
    torch.testing.assert_close(clips.sum((3, 4)), torch.ones(60, 3, 4), atol=1e-4, rtol=0)


def test_exposure_changes_within_some_clips_and_never_without_range() -> None:
    gray = torch.full((30, 3, 4, 5, 7), 0.5)
    torch.testing.assert_close(expose(gray, PLAIN, Dice(2)), gray)
    lit = expose(gray, replace(PLAIN, exposure=0.35), Dice(2)).mean((1, 3, 4))
    changing = (lit[:, -1] - lit[:, 0]).abs() > 0.02
    assert 3 <= changing.sum() <= 20
    assert lit[:, 0].std() > 0.02


def test_difficulty_starts_with_a_still_camera_and_rigid_objects() -> None:
    start = FILMED.at_difficulty(0.0).filming
    assert start is not None
    assert start == replace(PLAIN, landscape=start.landscape)
    assert FILMED.at_difficulty(1.0).filming == FILMED.filming


BEFORE = {
    "easy": (0.4936, 0.2259, 0.0892, 0.0272, 0.1966),
    "standard": (0.5004, 0.2524, 0.0758, 0.1187, 0.1675),
    "hard": (0.5147, 0.2441, 0.0382, 0.2075, 0.1079),
    "cue": (0.5033, 0.2350, 0.0411, 0.1093, 0.2168),
}
"""Mean and deviation of the pixels, mean of the target, of other objects, and of absolute velocity."""


@pytest.mark.parametrize("name", list(BEFORE))
def test_the_other_presets_draw_what_they_drew_before_there_were_filmed_clips(name: str) -> None:
    clips = generate(30, 2**56 + 1, name)
    found = (
        *(clips.pixels.mean(), clips.pixels.std(), clips.target_mask.mean()),
        *(clips.distractor_mask.mean(), clips.velocity.abs().mean()),
    )
    assert [float(value) for value in found] == pytest.approx(BEFORE[name], abs=1e-3)
