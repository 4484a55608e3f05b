"""A model on the windows of a clip, within bounds of memory, and with a place to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from fixviz.analysis.attribution.catalog import Baseline
from fixviz.analysis.attribution.cells import Cells
from fixviz.analysis.derived import Subject
from fixviz.analysis.trace import grid_of, resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.model.geometry import PatchGrid
from fixviz.model.shapes import Float
from fixviz.model.transformer import VideoTransformer

_VALUES_AT_ONCE = 2**17
"""Most token features of the clips of one forward pass; more at once is slower on a CPU's caches."""
_VALUES_KEPT = 2**27
"""Most values that a backward pass may keep (512 MB); beyond, blocks are computed again."""
_KEPT_PER_FEATURE = 70
"""About so many values does one block keep for each feature of its tokens."""


@dataclass
class Steps:
    """Counts the steps of a piece of work, reports them, and lets it be stopped between them."""

    total: int
    message: str
    report: Callable[[float, str], None] = lambda share, message: None
    should_stop: Callable[[], None] = lambda: None
    done: int = 0
    share: float = 0.0
    """The share last reported; it stays where it is while a total that has grown is caught up with."""

    def step(self) -> None:
        """Say that a step is about to be done. Raises what `should_stop` raises."""
        self.should_stop()
        self.share = max(self.share, min(1.0, self.done / max(1, self.total)))
        self.report(self.share, self.message)
        self.done += 1


@dataclass(frozen=True)
class Study:
    """What an attribution works with."""

    model: VideoTransformer
    frames: NDArray[np.uint8]
    """RGB [N, H, W, 3] at the model's size."""
    windows: Windows
    grid: PatchGrid
    subject: Subject = field(repr=False)

    @classmethod
    def of(cls, subject: Subject) -> Study:
        """Return the study of a subject's model on its frames."""
        frames = resize_frames(subject.frames, subject.model.config.image_size)
        return cls(
            subject.model,
            frames,
            Windows(len(frames), subject.model.config.frames),
            grid_of(subject.model, *frames.shape[1:3]),
            subject,
        )

    @property
    def cells(self) -> Cells:
        """Which patch each pixel counts for."""
        return Cells(self.grid)

    @property
    def clips_at_once(self) -> int:
        """How many windows go through the network in one forward pass."""
        config = self.model.config
        values = config.frames * self.grid.rows * self.grid.columns * config.dim
        return max(1, _VALUES_AT_ONCE // values)

    def pixels(self, window: int) -> Tensor:
        """Return normalized pixels of one window, [1, T, 3, H, W]."""
        return window_pixels(self.model, self.frames, self.windows.indices[[window]])

    def baseline(self, window: int, kind: Baseline) -> Tensor:
        """Return the pixels that replace a patch, [1, T, 3, H, W].

        gray: mid-gray. blurred: each frame of the window blurred (`blurred`).
        """
        if kind == "gray":
            return torch.zeros_like(self.pixels(window))
        indices = self.windows.indices[[window]]
        used = np.unique(indices)
        soft = blurred(self.frames[used], float(self.grid.stride))
        return window_pixels(self.model, soft, np.searchsorted(used, indices))

    @torch.no_grad()
    def probabilities(self) -> NDArray[np.float32]:
        """Return the probabilities of each window, [windows, classes]."""
        found = []
        for window in range(len(self.windows.starts)):
            self.subject.should_stop()
            found.append(self.model(self.pixels(window)).softmax(-1).float().cpu().numpy())
        return np.concatenate(found)

    def logits(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B classes"]:
        """Return the model's logits.

        Where the values that a backward pass needs would not fit, each block is computed again in
        it, so that the intermediates of one block are in memory at a time.
        """
        model, config = self.model, self.model.config
        tokens = model.embed(pixels)
        kept = tokens.numel() * config.depth * _KEPT_PER_FEATURE
        if not torch.is_grad_enabled() or kept <= _VALUES_KEPT:
            for block in model.blocks:
                tokens = block(tokens)
        else:
            for block in model.blocks:
                tokens = checkpoint(block, tokens, use_reentrant=False)
        return model.classify(model.norm(tokens))


def blurred(frames: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Blur each frame by a Gaussian of `sigma` pixels, mirrored at the border; uint8 [N, H, W, 3]."""
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames])


@contextmanager
def frozen(model: VideoTransformer) -> Iterator[None]:
    """Turn off the gradients of the weights, which take memory and are not needed."""
    learned = [p for p in model.parameters() if p.requires_grad]
    for parameter in learned:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)
