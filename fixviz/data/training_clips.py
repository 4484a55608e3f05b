"""Windows of labeled clips for training and validation, in an order that can be resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from fixviz.data.augment import Augment
from fixviz.data.labeled import LabeledClip
from fixviz.data.sampling import Sampling
from fixviz.data.stored_frames import StoredFrames, VideoFacts
from fixviz.data.strong_augment import autoaugment, random_erasing
from fixviz.errors import MediaError


class KnownClip(NamedTuple):
    """A labeled clip and what is known of its video."""

    clip: LabeledClip
    facts: VideoFacts

    @property
    def seconds(self) -> float:
        """Length of the clip, in seconds."""
        end = self.facts.duration_s if self.clip.end_s is None else self.clip.end_s
        return max(0.0, min(end, self.facts.duration_s) - self.clip.start_s)


class Draw(NamedTuple):
    """One window of a clip: what a DataLoader's worker is asked for."""

    clip: int
    number: int
    """In training, which of the windows of this epoch; in tests, view times crops plus crop."""
    epoch: int = -1
    """-1: a test, nothing is random."""


class Sample(NamedTuple):
    """What a worker returns."""

    pixels: Tensor
    """Normalized, [T, 3, H, W]; zeros where the file cannot be read."""
    label: int
    draw: Draw
    problem: str = ""
    """Why the file cannot be read; empty where it can."""


class Batch(NamedTuple):
    """Samples of one size."""

    pixels: Tensor
    """[B, T, 3, H, W]"""
    labels: Tensor
    """[B]"""
    weights: Tensor
    """[B] 1, or 0 for what could not be read."""
    draws: list[Draw]
    problems: dict[int, str]
    """{clip: why it cannot be read}"""


@dataclass(frozen=True)
class Drawing:
    """How windows of clips are drawn and changed."""

    sampling: Sampling
    augmentation: Augment
    windows: int = 1
    """Windows that one epoch draws of a clip, at most; of a short clip fewer."""
    jitter_s: float = 0.0
    """A clip no longer than a window starts up to so much earlier or later in training."""
    autoaugment: bool = False
    random_erasing: float = 0.0
    """Probability."""
    seed: int = 0


class TrainingClips(Dataset[Sample]):
    """Windows of known clips, by Draw. The same draw gives the same pixels, in any process."""

    def __init__(self, clips: Sequence[KnownClip], frames: StoredFrames, drawing: Drawing) -> None:
        self.clips = clips
        self.frames = frames
        self.drawing = drawing

    def windows_of(self, clip: int) -> int:
        """Return how many windows of a clip an epoch draws."""
        drawing = self.drawing
        if drawing.sampling.kind == "segments":
            return 1
        seconds, span = self.clips[clip].seconds, drawing.sampling.span_s
        return max(1, min(drawing.windows, round(seconds / span)))

    def views_of(self, clip: int) -> int:
        """Return how many windows of a clip a test takes."""
        sampling, crops = self.drawing.sampling, self.drawing.augmentation.test_crops
        views = sampling.views
        if sampling.kind == "dense":
            views = sampling.views_of(self.clips[clip].seconds)
        return views * crops

    def kept_size(self, clip: int) -> tuple[int, int]:
        """Return (height, width) of the frames of a clip as they are kept."""
        facts = self.clips[clip].facts
        return self.drawing.augmentation.kept_size(facts.height, facts.width)

    def size_of(self, draw: Draw) -> tuple[int, int]:
        """Return (height, width) of the pixels of a draw."""
        kept = self.kept_size(draw.clip)
        augmentation = self.drawing.augmentation
        return augmentation.seen_size(*kept) if draw.epoch >= 0 else augmentation.test_size(*kept)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, draw: Draw) -> Sample:
        clip, facts = self.clips[draw.clip]
        drawing = self.drawing
        random = draw.epoch >= 0
        dice = (
            np.random.default_rng((drawing.seed, draw.epoch, draw.clip, draw.number))
            if random
            else None
        )
        crop = draw.number % drawing.augmentation.test_crops
        numbers = self.numbers(draw, dice)
        try:
            frames = self.frames.frames(clip.path, facts, numbers, self.kept_size(draw.clip))
        except MediaError as error:
            shape = (len(numbers), 3, *self.size_of(draw))
            return Sample(torch.zeros(shape), clip.label, draw, str(error))
        if dice is not None and drawing.autoaugment:
            frames = autoaugment(frames, dice)
        pixels = torch.from_numpy(frames).permute(0, 3, 1, 2).float().div_(255)
        if dice is None:
            pixels = drawing.augmentation.test(pixels, crop)
            return Sample(_normalized(pixels), clip.label, draw)
        generator = torch.Generator().manual_seed(int(dice.integers(2**62)))
        pixels = _normalized(drawing.augmentation.train(pixels, generator))
        if drawing.random_erasing:
            pixels = random_erasing(pixels, drawing.random_erasing, generator)
        return Sample(pixels, clip.label, draw)

    def numbers(self, draw: Draw, dice: np.random.Generator | None = None) -> NDArray[np.int64]:
        """Return the kept frames of one window; a short clip's last frame is repeated."""
        clip, facts = self.clips[draw.clip]
        view = draw.number // self.drawing.augmentation.test_crops
        sampling = self.drawing.sampling
        first, count = facts.span(clip.start_s, clip.end_s)
        if sampling.kind == "segments":
            return first + sampling.segment_frames(count, view, dice)
        seconds = self.clips[draw.clip].seconds
        start = clip.start_s + sampling.start(seconds, view, dice)
        last = first + count - 1
        if dice is not None and self.drawing.jitter_s and seconds <= sampling.span_s + 1e-6:
            jitter = float(dice.uniform(-self.drawing.jitter_s, self.drawing.jitter_s))
            latest = max(clip.start_s, facts.duration_s - min(seconds, sampling.span_s))
            moved = min(max(0.0, start + jitter), latest)
            last += round((moved - start) * facts.rate_hz)
            start = moved
        times = start + np.arange(sampling.frames) / sampling.rate_hz
        return np.clip(facts.frame_at(times), 0, min(last, facts.frames - 1))


def _normalized(pixels: Tensor) -> Tensor:
    return pixels.clamp(0, 1).sub(0.5).div(0.5)


def collate(samples: list[Sample]) -> Batch:
    """Join samples of one size."""
    return Batch(
        torch.stack([sample.pixels for sample in samples]),
        torch.tensor([sample.label for sample in samples]),
        torch.tensor([0.0 if sample.problem else 1.0 for sample in samples]),
        [sample.draw for sample in samples],
        {sample.draw.clip: sample.problem for sample in samples if sample.problem},
    )


class Epochs(Sampler[list[Draw]]):
    """Batches of draws of all epochs from step `begin` on, in an order that follows from the seed alone.

    All clips of a batch have one size. A batch that would be short is filled with further windows of
    the same clips. With several processes each takes its share of every batch.
    """

    def __init__(
        self,
        clips: TrainingClips,
        batch: int,
        epochs: int,
        *,
        begin: int = 0,
        process: int = 0,
        processes: int = 1,
    ) -> None:
        self.clips = clips
        self.batch = max(batch, processes)
        self.epochs = epochs
        self.begin = begin
        self.share = process, processes
        self.steps_per_epoch = len(self._epoch(0))

    def __len__(self) -> int:
        return self.steps_per_epoch * self.epochs - self.begin

    def __iter__(self) -> Iterator[list[Draw]]:
        process, processes = self.share
        first, passed = divmod(self.begin, self.steps_per_epoch)
        for epoch in range(first, self.epochs):
            for draws in self._epoch(epoch)[passed if epoch == first else 0 :]:
                yield draws[process::processes]

    def _epoch(self, epoch: int) -> list[list[Draw]]:
        clips = self.clips
        draws = [
            Draw(clip, number, epoch)
            for clip in range(len(clips))
            for number in range(clips.windows_of(clip))
        ]
        order = np.random.default_rng((clips.drawing.seed, epoch)).permutation(len(draws))
        by_size: dict[tuple[int, int], list[Draw]] = {}
        for place in order:
            draw = draws[place]
            by_size.setdefault(clips.size_of(draw), []).append(draw)
        batches = []
        for same in by_size.values():
            short = -len(same) % self.batch
            for extra in range(short):
                draw = same[extra % len(same)]
                same.append(draw._replace(number=draw.number + 1000 * (1 + extra // len(same))))
            batches += [same[at : at + self.batch] for at in range(0, len(same), self.batch)]
        mixed = np.random.default_rng((clips.drawing.seed, epoch, 1)).permutation(len(batches))
        return [batches[place] for place in mixed]


def view_batches(
    clips: TrainingClips, batch: int, process: int = 0, processes: int = 1
) -> list[list[Draw]]:
    """Return batches of all views of the clips of one process, each of one size."""
    by_size: dict[tuple[int, int], list[Draw]] = {}
    for clip in range(process, len(clips), processes):
        for number in range(clips.views_of(clip)):
            draw = Draw(clip, number)
            by_size.setdefault(clips.size_of(draw), []).append(draw)
    return [same[at : at + batch] for same in by_size.values() for at in range(0, len(same), batch)]
