"""Teach one trained model new classes from a few clips, within seconds on a CPU.

First the classification head learns alone, on the means of tokens that the network as trained gives
each clip. Then the last blocks learn under it, so that attention can move to what tells the classes
apart. The blocks below stay as they are, so their tokens are computed once, for every clip as it is
and for some altered views of it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fixviz.analysis.trace import window_pixels
from fixviz.analysis.windows import Windows
from fixviz.data.resizing import resize_frames
from fixviz.errors import OptionError
from fixviz.model.new_classes import with_new_classes
from fixviz.model.transformer import VideoTransformer, normalize_pixels

OPEN_BLOCKS: Final = 2
"""How many of the last blocks learn."""
PENALTY: Final = 0.3
"""Weight of the sum of squares of the head's matrix, for inputs of deviation 1."""
MOST_STEPS: Final = 30
"""Steps in which the last blocks learn."""
LEAST_STEPS: Final = 8
BATCH: Final = 16
_MOST_WINDOWS: Final = 192
"""About how many windows are kept, views included."""
_MOST_VIEWS: Final = 8
_BLOCK_RATE: Final = 3e-4
_WEIGHT_DECAY: Final = 0.05
_SMOOTHING: Final = 0.05
_TIMED_STEPS: Final = 3
_SHIFT: Final = 1 / 16
"""Most shift of a view, as a share of the frame's side."""
_AT_ONCE: Final = 16


@dataclass(frozen=True, eq=False)
class LearnedClip:
    """One clip with its label, and whether it is held out."""

    frames: NDArray[np.uint8]
    """[N, H, W, 3] at the model's frame rate."""
    label: int
    held_out: bool


@dataclass(frozen=True)
class Point:
    """Where a model stands after some steps."""

    step: int
    """0: after the head has learned alone."""
    seconds: float
    """Since the model began to learn."""
    loss: float
    """Cross entropy in nats on the clips that are learned, mean since the last point."""
    learned: float
    """Share of right answers on windows of clips that are learned, since the last point."""
    held_out: float
    """Share of the held-out clips that are named correctly."""


@dataclass(frozen=True)
class Taught:
    """A model that has learned, and how it went."""

    model: VideoTransformer
    curve: tuple[Point, ...]
    probabilities: NDArray[np.float32]
    """[held-out clips, classes], in the order of the clips: means over the windows of each."""
    seconds: float
    steps: int


def teach(
    model: VideoTransformer,
    class_names: Sequence[str],
    clips: Sequence[LearnedClip],
    *,
    seed: int = 0,
    most_seconds: float = 20.0,
    on_point: Callable[[Point, int], None] = lambda point, steps: None,
    should_stop: Callable[[], None] = lambda: None,
) -> Taught:
    """Return a copy of `model` that has learned `class_names` from the clips that are not held out.

    most_seconds: about how long it may learn; on a slow machine it takes fewer steps, LEAST_STEPS at
    least. on_point: called with each point of the curve and the number of steps planned. should_stop:
    called between steps; it raises to end the learning. Held-out clips are answered and never
    learned from. Every class weighs the same, however many clips it has. Raises ValueError when
    there is no clip to learn or none held out.
    """
    if {clip.held_out for clip in clips} != {True, False}:
        raise ValueError("some clips must be learned and some held out")
    started = time.perf_counter()
    taught = with_new_classes(model, class_names, seed=seed).eval()
    dice = torch.Generator().manual_seed(seed)
    lowest = max(0, taught.config.depth - OPEN_BLOCKS)
    learned = [clip for clip in clips if not clip.held_out]
    weights = _class_weights([clip.label for clip in learned], len(class_names))
    with torch.no_grad():
        kept = _Kept.of(taught, learned, lowest, _views(taught, learned, dice), should_stop)
        asked = [clip for clip in clips if clip.held_out]
        test = _Kept.of(taught, asked, lowest, _as_they_are(taught, asked), should_stop)
    labels = torch.tensor([clip.label for clip in asked])
    curve: list[Point] = []

    def note(step: int, planned: int, losses: list[float], right: list[float]) -> None:
        share = float((_answers(taught, test, lowest).argmax(1) == labels).float().mean())
        now = time.perf_counter() - started
        curve.append(
            Point(step, round(now, 2), float(np.mean(losses)), float(np.mean(right)), share)
        )
        on_point(curve[-1], planned)

    should_stop()
    loss, right = _teach_head(taught, kept, lowest, weights)
    note(0, MOST_STEPS, [loss], [right])
    left = most_seconds - (time.perf_counter() - started)
    steps = _teach_blocks(taught, kept, lowest, weights, dice, left, note, should_stop)
    probabilities = _answers(taught, test, lowest).numpy()
    return Taught(
        taught.requires_grad_(False),
        tuple(curve),
        probabilities,
        round(time.perf_counter() - started, 2),
        steps,
    )


def answer(model: VideoTransformer, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the probabilities [classes] of a clip [N, H, W, 3]: the mean over its windows."""
    windows = Windows(len(frames), model.config.frames)
    small = resize_frames(frames, model.config.image_size)
    with torch.inference_mode():
        logits = [
            model(window_pixels(model, small, windows.indices[batch]))
            for batch in windows.batches(_AT_ONCE)
        ]
    found: NDArray[np.float32] = torch.cat(logits).softmax(-1).mean(0).cpu().numpy()
    return found


Windowed = tuple[int, Tensor]
"""Number of a clip, and pixels [W, T, H, W, 3] in 0..255 of windows of it."""


@dataclass(frozen=True)
class _Part:
    """Windows of one frame size."""

    tokens: Tensor
    """[W, T, h, w, D] as they come into the lowest block that learns."""
    clip: Tensor
    """[W] number of the clip."""
    label: Tensor
    """[W]"""


@dataclass(frozen=True)
class _Kept:
    """Windows of clips, by frame size: phones and cameras film upright and across."""

    parts: tuple[_Part, ...]
    clips: int

    @classmethod
    def of(
        cls,
        model: VideoTransformer,
        clips: Sequence[LearnedClip],
        lowest: int,
        windows: Iterator[Windowed],
        should_stop: Callable[[], None],
    ) -> _Kept:
        """Run the blocks that do not learn over the windows."""
        device = model.temporal_embedding.device
        found: dict[tuple[int, ...], list[tuple[int, Tensor]]] = {}
        for number, pixels in windows:
            should_stop()
            tokens = model.embed(normalize_pixels(pixels.to(device)))
            for block in model.blocks[:lowest]:
                tokens = block(tokens)
            found.setdefault(tuple(tokens.shape[2:4]), []).append((number, tokens))
        parts = []
        for pairs in found.values():
            clip = torch.tensor([n for n, tokens in pairs for _ in range(len(tokens))])
            label = torch.tensor([clips[n].label for n in clip.tolist()])
            parts.append(_Part(torch.cat([tokens for _, tokens in pairs]), clip, label))
        return cls(tuple(parts), len(clips))

    def batches(self, size: int, dice: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield tokens and labels of batches without end; each pass takes every window once."""
        while True:
            drawn = [
                (part, some)
                for part in self.parts
                for some in torch.split(torch.randperm(len(part.label), generator=dice), size)
            ]
            for number in torch.randperm(len(drawn), generator=dice).tolist():
                part, some = drawn[number]
                yield part.tokens[some], part.label[some]


def _as_they_are(
    model: VideoTransformer, clips: Sequence[LearnedClip], most: int | None = None
) -> Iterator[Windowed]:
    """Yield the windows of each clip, as an analysis cuts them; at most `most` of a clip, evenly spread."""
    for number, clip in enumerate(clips):
        frames = resize_frames(clip.frames, model.config.image_size)
        indices = Windows(len(frames), model.config.frames).indices
        if most is not None and len(indices) > most:
            indices = indices[np.linspace(0, len(indices) - 1, most).round().astype(int)]
        for some in np.array_split(indices, math.ceil(len(indices) / _AT_ONCE)):
            yield number, torch.from_numpy(frames[some])


def _views(
    model: VideoTransformer, clips: Sequence[LearnedClip], dice: torch.Generator
) -> Iterator[Windowed]:
    """Yield windows of each clip as they are, then altered views that begin at any of its frames."""
    length = model.config.frames
    per_clip = max(1, _MOST_WINDOWS // (2 * len(clips)))
    yield from _as_they_are(model, clips, per_clip)
    views = min(_MOST_VIEWS - 1, max(1, _MOST_WINDOWS // len(clips) - 1))
    for number, clip in enumerate(clips):
        frames = resize_frames(clip.frames, model.config.image_size)
        views_of_clip = []
        for _ in range(views):
            start = int(torch.randint(max(1, len(frames) - length + 1), (), generator=dice))
            some = np.minimum(start + np.arange(length), len(frames) - 1)
            views_of_clip.append(altered(torch.from_numpy(frames[some]), dice))
        yield number, torch.stack(views_of_clip)


def altered(frames: Tensor, dice: torch.Generator) -> Tensor:
    """Return a view of a window [T, H, W, 3] that shows the same: moved a little, in another light.

    All frames are changed alike. Nothing is mirrored, turned or played otherwise, since a class may
    be just that. Values stay in 0..255, as float32.
    """
    height, width = frames.shape[1:3]
    down, across = (round(side * _SHIFT) for side in (height, width))
    moved = frames.permute(0, 3, 1, 2).float()
    moved = functional.pad(moved, (across, across, down, down), mode="replicate")
    top = int(torch.randint(2 * down + 1, (), generator=dice))
    left = int(torch.randint(2 * across + 1, (), generator=dice))
    moved = moved[..., top : top + height, left : left + width]
    contrast, level = (torch.rand(2, generator=dice) - 0.5).mul(torch.tensor([0.4, 50.0])).tolist()
    color = 1 + 0.2 * (torch.rand(3, 1, 1, generator=dice) - 0.5)
    lit = (moved - 127.5) * (1 + contrast) * color + 127.5 + level
    view: Tensor = lit.clamp(0, 255).permute(0, 2, 3, 1)
    return view


def _class_weights(labels: Sequence[int], classes: int) -> Tensor:
    """Return weights [classes] by which every class counts the same."""
    counts = np.bincount(labels, minlength=classes).clip(1)
    return torch.tensor(len(labels) / (classes * counts), dtype=torch.float32)


def _upper(model: VideoTransformer, tokens: Tensor, lowest: int) -> Tensor:
    """Run the blocks that learn and return the means of their tokens, [W, D]."""
    for block in model.blocks[lowest:]:
        tokens = block(tokens)
    return model.norm(tokens).mean((2, 3)).mean(1)  # type: ignore[no-any-return]


@torch.no_grad()
def _means(model: VideoTransformer, kept: _Kept, lowest: int) -> Tensor:
    return torch.cat(
        [
            _upper(model, some, lowest)
            for part in kept.parts
            for some in torch.split(part.tokens, _AT_ONCE)
        ]
    )


@torch.no_grad()
def _answers(model: VideoTransformer, kept: _Kept, lowest: int) -> Tensor:
    """Return the probabilities [clips, classes], means over the windows of each clip."""
    shares = model.head(_means(model, kept, lowest)).softmax(-1).cpu()
    clip = torch.cat([part.clip for part in kept.parts])
    sums = torch.zeros(kept.clips, shares.shape[1]).index_add_(0, clip, shares)
    return sums / torch.bincount(clip, minlength=kept.clips)[:, None]


def _teach_head(
    model: VideoTransformer, kept: _Kept, lowest: int, weights: Tensor
) -> tuple[float, float]:
    """Let the head learn alone; return its loss and share of right answers.

    A logistic regression with an L2 penalty on the normalized means of tokens, which a handful of clips
    cannot overfit as a layer of hidden units would.
    """
    with torch.no_grad():
        normed = model.head[0](_means(model, kept, lowest))
    labels = torch.cat([part.label for part in kept.parts]).to(normed.device)
    weights = weights.to(normed)
    center, spread = normed.mean(0), normed.std(0).clamp_min(1e-6)
    standard = (normed - center) / spread
    matrix = standard.new_zeros(len(weights), standard.shape[1], requires_grad=True)
    offset = standard.new_zeros(len(weights), requires_grad=True)
    optimizer = torch.optim.LBFGS([matrix, offset], max_iter=100, line_search_fn="strong_wolfe")

    def penalized() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(standard @ matrix.T + offset, labels, weights)
        total: Tensor = loss + PENALTY * matrix.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(penalized)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        matrix = matrix / spread
        _set_linear(model, matrix, offset - matrix @ center)
        logits = model.head[1:](normed)
        loss = functional.cross_entropy(logits, labels, weights)
    return float(loss), float((logits.argmax(1) == labels).float().mean())


@torch.no_grad()
def _set_linear(model: VideoTransformer, matrix: Tensor, offset: Tensor) -> None:
    """Make the head a linear map of its normalized input: GELU(x) - GELU(-x) = x.

    Two hidden units carry each class. Raises OptionError when the head has too few.
    """
    hidden, last = cast(nn.Linear, model.head[1]), cast(nn.Linear, model.head[-1])
    classes = len(matrix)
    if hidden.out_features < 2 * classes:
        raise OptionError(
            f"A head with {hidden.out_features} hidden units can be taught {hidden.out_features // 2} "
            f"classes at most, not {classes}."
        )
    for layer in (hidden, last):
        layer.weight.zero_()
        layer.bias.zero_()
    hidden.weight[: 2 * classes] = torch.cat([matrix, -matrix])
    hidden.bias[: 2 * classes] = torch.cat([offset, -offset])
    each = torch.eye(classes, device=last.weight.device)
    last.weight[:, : 2 * classes] = torch.cat([each, -each], 1)


def _teach_blocks(
    model: VideoTransformer,
    kept: _Kept,
    lowest: int,
    weights: Tensor,
    dice: torch.Generator,
    most_seconds: float,
    note: Callable[[int, int, list[float], list[float]], None],
    should_stop: Callable[[], None],
) -> int:
    """Let the last blocks learn under the head as it is; return after how many steps."""
    blocks = [*model.blocks[lowest:].parameters(), *model.norm.parameters()]
    optimizer = torch.optim.AdamW(blocks, lr=_BLOCK_RATE, weight_decay=_WEIGHT_DECAY)
    weights = weights.to(blocks[0].device)
    planned, step = MOST_STEPS, 0
    losses: list[float] = []
    right: list[float] = []
    started = time.perf_counter()
    for tokens, labels in kept.batches(BATCH, dice):
        should_stop()
        for group in optimizer.param_groups:
            group["lr"] = _BLOCK_RATE * _rate(step, planned)
        logits = model.head(_upper(model, tokens, lowest))
        labels = labels.to(logits.device)
        loss = functional.cross_entropy(logits, labels, weights, label_smoothing=_SMOOTHING)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(blocks, 1.0)
        optimizer.step()
        step += 1
        losses.append(float(loss.detach()))
        right.append(float((logits.argmax(1) == labels).float().mean()))
        if step == _TIMED_STEPS:
            a_step = (time.perf_counter() - started) / step
            planned = min(MOST_STEPS, max(LEAST_STEPS, int(most_seconds / max(a_step, 1e-9))))
        if step % 5 == 0 or step == planned:
            note(step, planned, losses, right)
            losses, right = [], []
        if step == planned:
            break
    return step


def _rate(step: int, planned: int) -> float:
    """Return the factor of the learning rate: a warm-up of a few steps, then a cosine down to 0."""
    return min(1.0, (step + 1) / _TIMED_STEPS) * 0.5 * (1 + math.cos(math.pi * step / planned))
