"""Videos on disk as clips: generated motions, written to mp4 and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.data.annotations import VideoList, class_folders
from fixviz.data.augment import Augmentation, crop_places, resize_short_side
from fixviz.data.classes import CLASSES
from fixviz.data.folders import VideoClips
from fixviz.data.generate import generate
from fixviz.data.sampling import KINETICS, Sampling
from fixviz.errors import MediaError, OptionError
from fixviz.media import encode_mp4
from fixviz.settings import Settings

FRAMES, HEIGHT, WIDTH, RATE = 23, 48, 64, 10.0
PLAIN = Augmentation(crop=40, short_side=(40, 40), flip=False, test_side=48, test_crops=3)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> VideoList:
    """Two generated clips, and one whose brightness tells the frame's number."""
    root = tmp_path_factory.mktemp("videos")
    labels = torch.tensor([CLASSES.index("left"), CLASSES.index("appear")])
    clips = generate(2, 5, "easy", frames=FRAMES, height=HEIGHT, width=WIDTH, labels=labels)
    written = {
        name: clips.pixels[i].permute(0, 2, 3, 1) for i, name in enumerate(("left", "appear"))
    }
    steps = torch.arange(FRAMES).view(-1, 1, 1, 1) * 10 / 255
    written["counter"] = steps.expand(FRAMES, HEIGHT, WIDTH, 3)
    for name, pixels in written.items():
        (root / name).mkdir()
        frames = (pixels * 255).round().to(torch.uint8).numpy()
        encode_mp4(root / name / f"{name}.mp4", np.ascontiguousarray(frames), RATE)
    return class_folders(root)


def numbers(pixels: torch.Tensor) -> list[int]:
    """Frame numbers of the counting video, from its brightness."""
    return ((pixels.mean((1, 2, 3)) * 0.5 + 0.5) * 255 / 10).round().int().tolist()


def clips_of(videos: VideoList, sampling: Sampling, train: bool, **options: int) -> VideoClips:
    return VideoClips(videos, sampling, PLAIN, train=train, settings=Settings(), **options)


def test_pixels_survive_the_way_through_the_file(videos: VideoList) -> None:
    whole = Augmentation(crop=48, short_side=(48, 48), flip=False, test_side=48, test_crops=1)
    sampling = Sampling("dense", frames=7, interval=1, reference_rate=RATE)
    clips = VideoClips(videos, sampling, whole, train=False, settings=Settings())
    pixels, label = clips[2]
    assert videos.class_names[label] == "left"
    assert pixels.shape == (7, 3, 48, 48)
    labels = torch.tensor([CLASSES.index("left"), CLASSES.index("appear")])
    drawn = generate(2, 5, "easy", frames=FRAMES, height=HEIGHT, width=WIDTH, labels=labels)
    # the middle second: frames 8 to 14, columns 8 to 55
    wanted = (drawn.pixels[0, 8:15, :, :, 8:56] - 0.5) / 0.5
    assert (pixels - wanted).abs().mean() < 0.08
    assert (pixels - wanted.flip(-1)).abs().mean() > 0.15


def test_dense_views_lie_at_equal_distances(videos: VideoList) -> None:
    # two frames apart at 10 Hz; 5 frames span 1 s of 2.3 s
    sampling = Sampling("dense", frames=5, interval=2, reference_rate=RATE, views=3)
    clips = clips_of(videos, sampling, train=False)
    assert len(clips) == 3 * 3 * 3
    found = [numbers(clips[9 + 3 * view + 1][0]) for view in range(3)]
    assert found[0] == [0, 2, 4, 6, 8]
    assert found[2] == [13, 15, 17, 19, 21]
    assert found[1][0] in (6, 7)
    assert clips[9][1] == clips[17][1] == 1


def test_short_videos_repeat_their_last_frame(videos: VideoList) -> None:
    sampling = Sampling("dense", frames=5, interval=8, reference_rate=RATE)
    assert numbers(clips_of(videos, sampling, train=True)[1][0]) == [0, 8, 16, 16, 16]


def test_segments_cover_the_whole_video(videos: VideoList) -> None:
    clips = clips_of(videos, Sampling("segments", frames=4, views=3), train=False)
    # 23 frames: the edges of the four segments are 0, 5.5, 11, 16.5, 22, rounded to even
    found = [numbers(clips[9 + 3 * view][0]) for view in range(3)]
    assert found == [[3, 8, 13, 19], [0, 6, 11, 16], [6, 11, 16, 22]]


def test_training_clips_are_random_but_repeatable(videos: VideoList) -> None:
    sampling = Sampling("segments", frames=4)
    clips, again = (clips_of(videos, sampling, train=True, seed=3) for _ in range(2))
    assert len(clips) == 3
    assert torch.equal(clips[1][0], again[1][0])
    first = numbers(clips[1][0])
    found = {tuple(first)}
    for epoch in range(1, 5):
        clips.set_epoch(epoch)
        found.add(tuple(numbers(clips[1][0])))
    assert len(found) > 1
    for one, low, high in zip(first, (0, 6, 11, 16), (6, 11, 16, 22), strict=True):
        assert low <= one <= high


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "bad.mp4").write_bytes(b"not a video")
    clips = clips_of(class_folders(tmp_path), KINETICS, train=True)
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        clips[0]
    with pytest.raises(IndexError):
        clips[1]
    with pytest.raises(OptionError, match="empty"):
        clips_of(VideoList((), ("a",)), KINETICS, train=True)


def test_sampling_by_hand() -> None:
    assert KINETICS.rate_hz == 1.875
    assert KINETICS.span_s == pytest.approx(16 * 16 / 30)
    ten = Sampling("dense", frames=16, interval=16, views=5)
    starts = [ten.start(10.0, view, None) for view in range(5)]
    assert starts == pytest.approx([0, 0.36667, 0.73333, 1.1, 1.46667], abs=1e-4)
    assert ten.start(5.0, 3, None) == 0
    dice = np.random.default_rng(0)
    drawn = [ten.start(10.0, 0, dice) for _ in range(99)]
    assert 0 <= min(drawn) < 0.1
    assert 1.36 < max(drawn) <= 10 - ten.span_s
    two = Sampling("segments", frames=2)
    picks = np.stack([two.segment_frames(8, 0, dice) for _ in range(99)])
    # the edges are 0, 3.5 and 7; both ends of a segment belong to it
    assert [set(column) for column in picks.T] == [{0, 1, 2, 3, 4}, {4, 5, 6, 7}]
    one = Sampling("segments", frames=5).segment_frames(1, 0, None)
    assert one.tolist() == [0] * 5


def test_crops_by_hand() -> None:
    assert crop_places(7, 11, 5, 1) == [(1, 3)]
    assert crop_places(7, 11, 5, 3) == [(1, 0), (1, 3), (1, 6)]
    assert crop_places(13, 7, 5, 3) == [(0, 1), (4, 1), (8, 1)]
    clip = torch.arange(7 * 11.0).view(1, 1, 7, 11)
    middle = Augmentation(crop=5, short_side=(5, 5), test_side=7, test_crops=3).test(clip, 2)
    assert torch.equal(middle, clip[..., 1:6, 6:11])


def test_training_crops_flip_and_move_but_stay_inside() -> None:
    ramp = torch.arange(13.0).expand(2, 3, 11, 13).clone()
    flips = Augmentation(crop=5, short_side=(11, 11), flip=True, test_side=11)
    found = {
        tuple(flips.train(ramp, torch.Generator().manual_seed(s))[0, 0, 0].tolist())
        for s in range(99)
    }
    starts = {min(row) for row in found}
    assert starts == set(range(9))
    assert {row[1] - row[0] for row in found} == {1, -1}
    straight = Augmentation(crop=5, short_side=(11, 11), flip=False, test_side=11)
    for s in range(20):
        row = straight.train(ramp, torch.Generator().manual_seed(s))[1, 2, 3]
        assert torch.equal(row.diff(), torch.ones(4))


def test_short_sides_are_scaled_over_their_range() -> None:
    clip = torch.zeros(1, 3, 20, 30)
    assert resize_short_side(clip, 10).shape == (1, 3, 10, 15)
    assert resize_short_side(clip.transpose(2, 3), 10).shape == (1, 3, 15, 10)
    assert resize_short_side(clip, 20) is clip
    # a vertical edge at 1/3 of the width: crops of a larger frame show a smaller part of it
    clip[..., 10:] = 1
    jitter = Augmentation(crop=10, short_side=(10, 40), flip=False, test_side=10)
    crops = [jitter.train(clip, torch.Generator().manual_seed(s)) for s in range(40)]
    assert all(c.shape == (1, 3, 10, 10) for c in crops)
    assert any(c.min() == 1 for c in crops)
    assert any(c.min() == 0 and c.max() == 1 for c in crops)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(OptionError, match="crop of 50"):
        Augmentation(crop=50, short_side=(40, 60))
    with pytest.raises(OptionError, match="1 or 3 crops"):
        Augmentation(test_crops=2)
    with pytest.raises(OptionError, match="dense or segments"):
        Sampling("sparse", frames=4)
    with pytest.raises(OptionError, match="1 or more"):
        Sampling("dense", frames=0)
    with pytest.raises(OptionError, match="up to 3 views"):
        Sampling("segments", frames=4, views=4)
