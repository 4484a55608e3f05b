"""Frames out of a cache: the right ones, whole or absent, within the limit, and the same without a cache."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fixviz.data.augment import Augmentation, GentleAugmentation
from fixviz.data.clip_cache import ClipCache, key_of
from fixviz.data.labeled import LabeledClip
from fixviz.data.sampling import Sampling
from fixviz.data.stored_frames import PIECE, StoredFrames, VideoFacts, keep_piece, read_facts
from fixviz.data.training_clips import (
    Draw,
    Drawing,
    Epochs,
    KnownClip,
    TrainingClips,
    collate,
    view_batches,
)
from fixviz.media import encode_mp4
from fixviz.settings import Settings
from tests.train.clips.clips import GRAY, STEP, ramp

FPS, COUNT = 10.0, 25
SIZE = (24, 32)
ANY = Settings()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "ramp.mp4"
    encode_mp4(path, ramp(COUNT), FPS)
    return path


def numbers(frames: NDArray[np.uint8]) -> list[int]:
    """Numbers of a ramp's frames, from their gray."""
    return [round((float(frame.mean()) - GRAY) / STEP) for frame in frames]


def test_frames_come_by_number_with_and_without_a_cache(video: Path, tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, 10**8)
    facts = read_facts(video, cache, ANY)
    assert (facts.frames, facts.rate_hz) == (COUNT, FPS)
    wanted = np.array([3, 24, 0, 7, 7])
    without = StoredFrames(ClipCache(tmp_path, 0), ANY).frames(video, facts, wanted, SIZE)
    assert numbers(without) == wanted.tolist()
    assert keep_piece(video, facts, 0, SIZE, cache, ANY)
    stored = StoredFrames(cache, ANY).frames(Path("gone.mp4"), facts, wanted, SIZE)
    assert np.array_equal(stored, without)


def test_a_long_video_is_kept_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    frames = np.zeros((PIECE + 9, 24, 32, 3), np.uint8)
    frames[PIECE:] = 200
    encode_mp4(path, frames, 30.0)
    cache = ClipCache(tmp_path / "cache", 10**8)
    facts = read_facts(path, cache, ANY)
    assert facts.frames == PIECE + 9
    assert facts.span(4.0, 4.2) == (120, 6)
    shown = StoredFrames(cache, ANY).frames(path, facts, np.array([PIECE - 1, PIECE]), SIZE)
    assert shown[0].mean() < 20
    assert shown[1].mean() > 180
    assert len(list((tmp_path / "cache").glob("??/*.npy"))) == 2


def test_facts_are_read_again_when_the_file_changes(video: Path, tmp_path: Path) -> None:
    path, cache = tmp_path / "a.mp4", ClipCache(tmp_path / "cache", 10**8)
    path.write_bytes(video.read_bytes())
    first = read_facts(path, cache, ANY)
    assert read_facts(path, cache, ANY) == first
    encode_mp4(path, ramp(12), FPS)
    assert read_facts(path, cache, ANY).frames == 12


def test_fast_videos_are_kept_at_thirty_frames_a_second() -> None:
    fast = VideoFacts("x", 2.0, 60.0, 24, 32)
    assert (fast.rate_hz, fast.frames) == (30.0, 60)
    assert fast.frame_at(np.array([0.0, 0.99, 5.0])).tolist() == [0, 29, 59]
    ntsc = replace(fast, fps=29.97)
    assert ntsc.rate_hz == 29.97
    # a part at the very end still has a frame
    assert fast.span(1.999, None) == (59, 1)
    assert fast.span(0.0, 1.0) == (0, 30)


def test_the_cache_keeps_within_its_limit_and_goes_on_without(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, 3000)
    array = np.zeros(1000, np.uint8)
    kept = [cache.store(key_of(n), array) for n in range(5)]
    assert kept == [True, True, False, False, False]
    assert cache.used_bytes() <= 3000
    assert cache.load(key_of(4)) is None


def test_room_is_made_of_what_is_not_needed(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, 5000)
    array = np.zeros(1000, np.uint8)
    for n in range(3):
        assert cache.store(key_of(n), array)
        os.utime(cache.path(key_of(n)), (n + 1, n + 1))
    half = tmp_path / "ab" / "left.new"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"-")
    os.utime(half, (1, 1))
    cache.make_room({key_of(0)})
    there = [cache.load(key_of(n)) is not None for n in range(3)]
    assert there == [True, False, True]  # the oldest is needed, the next one goes
    assert not half.exists()


def test_a_damaged_file_of_the_cache_is_made_anew(video: Path, tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, 10**8)
    facts = read_facts(video, cache, ANY)
    keep_piece(video, facts, 0, SIZE, cache, ANY)
    cache.path(facts.key(0, SIZE)).write_bytes(b"cut off")
    assert numbers(StoredFrames(cache, ANY).frames(video, facts, np.array([5]), SIZE)) == [5]
    assert cache.load(facts.key(0, SIZE)) is not None


def clips_of(video: Path, tmp_path: Path, *parts: LabeledClip, **drawing: object) -> TrainingClips:
    cache = ClipCache(tmp_path, 10**8)
    facts = read_facts(video, cache, ANY)
    how = Drawing(
        **{
            "sampling": Sampling("dense", 4, reference_rate=5.0, views=0),
            "augmentation": GentleAugmentation(side=24, color=0.0),
            **drawing,
        }
    )
    return TrainingClips([KnownClip(p, facts) for p in parts], StoredFrames(cache, ANY), how)


def shown(pixels: torch.Tensor) -> list[int]:
    gray = ((pixels.mean((1, 2, 3)) * 0.5 + 0.5) * 255 - GRAY) / STEP
    return gray.round().int().tolist()


def test_views_cover_a_video_and_stay_inside_of_a_part(video: Path, tmp_path: Path) -> None:
    clips = clips_of(video, tmp_path, LabeledClip(video, 0), LabeledClip(video, 1, 1.0, 1.8))
    # windows of 0.8 s, overlapping by half, over 2.5 s
    assert clips.views_of(0) == 6
    assert shown(clips[Draw(0, 0)].pixels) == [0, 2, 4, 6]
    assert shown(clips[Draw(0, 5)].pixels) == [17, 19, 21, 23]
    assert clips.views_of(1) == 1
    assert shown(clips[Draw(1, 0)].pixels) == [10, 12, 14, 16]


def test_a_part_shorter_than_a_window_repeats_its_last_frame(video: Path, tmp_path: Path) -> None:
    clips = clips_of(video, tmp_path, LabeledClip(video, 0, 1.0, 1.5))
    assert shown(clips[Draw(0, 0)].pixels) == [10, 12, 14, 14]


def test_training_windows_move_and_repeat_with_their_seed(video: Path, tmp_path: Path) -> None:
    whole, part = LabeledClip(video, 0), LabeledClip(video, 1, 1.0, 1.8)
    clips = clips_of(video, tmp_path, whole, part, windows=3, jitter_s=0.2)
    assert (clips.windows_of(0), clips.windows_of(1)) == (3, 1)
    starts = {shown(clips[Draw(0, n, e)].pixels)[0] for n in range(3) for e in range(6)}
    assert len(starts) > 6
    assert max(starts) <= 17
    moved = {shown(clips[Draw(1, 0, e)].pixels)[0] for e in range(20)}
    assert moved <= {8, 9, 10, 11, 12}
    assert len(moved) > 2
    one, two = (clips[Draw(0, 1, 5)].pixels for _ in range(2))
    assert torch.equal(one, two)
    assert one.shape == (4, 3, 21, 28)


def test_a_file_that_cannot_be_decoded_counts_nothing(video: Path, tmp_path: Path) -> None:
    clips = clips_of(video, tmp_path, LabeledClip(video, 0), LabeledClip(tmp_path / "gone.mp4", 1))
    clips.frames = StoredFrames(ClipCache(tmp_path / "none", 0), ANY)
    batch = collate([clips[Draw(0, 0, 0)], clips[Draw(1, 0, 0)]])
    assert batch.weights.tolist() == [1, 0]
    assert "gone.mp4" in batch.problems[1]
    assert batch.pixels.shape == (2, 4, 3, 21, 28)


def of_sizes(*sizes: tuple[int, int]) -> TrainingClips:
    known = [
        KnownClip(LabeledClip(Path(f"{n}.mp4"), 0), VideoFacts(str(n), 1.0, 10.0, h, w))
        for n, (h, w) in enumerate(sizes)
    ]
    sampling = Sampling("dense", 4, reference_rate=5.0, views=0)
    return TrainingClips(
        known,
        StoredFrames(ClipCache(Path("none"), 0), ANY),
        Drawing(sampling, GentleAugmentation(side=24)),
    )


def test_batches_hold_clips_of_one_size_and_are_full() -> None:
    clips = of_sizes(*[(120, 160)] * 7, *[(160, 90)] * 2)
    order = Epochs(clips, 4, epochs=2)
    batches = list(order)
    assert len(batches) == len(order) == 2 * 3
    for batch in batches:
        assert len(batch) == 4
        assert len({clips.size_of(draw) for draw in batch}) == 1
    first = Counter(draw.clip for batch in batches[:3] for draw in batch)
    assert set(first) == set(range(9))
    assert {draw.epoch for draw in batches[3]} == {1}


def test_an_order_goes_on_where_it_stopped_and_is_shared_by_processes() -> None:
    clips = of_sizes(*[(120, 160)] * 11)
    whole = list(Epochs(clips, 4, epochs=3))
    assert list(Epochs(clips, 4, epochs=3, begin=4)) == whole[4:]
    shares = [list(Epochs(clips, 4, epochs=3, process=p, processes=2)) for p in range(2)]
    for batch, one, two in zip(whole, *shares, strict=True):
        assert sorted(batch) == sorted(one + two)
        assert len(one) == len(two) == 2


def test_test_batches_hold_every_view_once() -> None:
    clips = of_sizes(*[(120, 160)] * 5)
    draws = [draw for batch in view_batches(clips, 4) for draw in batch]
    assert Counter(draw.clip for draw in draws) == {n: clips.views_of(n) for n in range(5)}
    shares = [view_batches(clips, 4, process, 2) for process in range(2)]
    assert sorted(d for share in shares for b in share for d in b) == sorted(draws)


def test_gentle_sizes_by_hand() -> None:
    gentle = GentleAugmentation(side=64)
    assert gentle.kept_size(120, 160) == (64, 88)
    assert gentle.kept_size(1920, 1080) == (112, 64)
    assert gentle.kept_size(100, 1000) == (64, 192)
    assert gentle.seen_size(64, 88) == (56, 77)
    clip = torch.arange(24.0).expand(2, 3, 24, 24) / 24
    plain = GentleAugmentation(side=24, color=0.0)
    starts = {
        round(float(plain.train(clip, torch.Generator().manual_seed(s))[0, 0, 0, 0]) * 24)
        for s in range(40)
    }
    assert starts == {0, 1, 2, 3}
    for seed in range(20):  # never mirrored unless asked for
        row = plain.train(clip, torch.Generator().manual_seed(seed))[0, 0, 0]
        assert bool((row.diff() > 0).all())
    mirrored = GentleAugmentation(side=24, color=0.0, flip=True)
    slopes = {
        bool(mirrored.train(clip, torch.Generator().manual_seed(s))[0, 0, 0].diff()[0] > 0)
        for s in range(20)
    }
    assert slopes == {True, False}


def test_both_augmentations_say_the_sizes_that_they_make() -> None:
    for augmentation in (
        GentleAugmentation(side=24),
        Augmentation(crop=20, short_side=(22, 30), test_side=24),
    ):
        kept = augmentation.kept_size(37, 61)
        clip = torch.rand(2, 3, *kept)
        made = augmentation.train(clip, torch.Generator().manual_seed(0))
        assert made.shape[-2:] == augmentation.seen_size(*kept)
        assert augmentation.test(clip).shape[-2:] == augmentation.test_size(*kept)
