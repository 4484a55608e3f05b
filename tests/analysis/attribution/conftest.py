"""Models whose attributions are known on paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fixviz.analysis.derived import Subject
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

T, HEIGHT, WIDTH = 3, 23, 37
ROWS, COLUMNS = 5, 8
CLASSES = 5
CONFIG = ModelConfig(
    dim=32, depth=2, heads=4, frames=T, patch=6, stride=5, image_size=23, num_classes=CLASSES
)


class Hand(VideoTransformer):
    """A "network" without layers, whose logits are a function of the pixels [B, T, 3, H, W]."""

    def __init__(self) -> None:
        super().__init__(CONFIG)
        self.blocks = nn.ModuleList()
        self.norm = nn.Identity()
        self.eval()

    def embed(self, pixels: Tensor) -> Tensor:
        return pixels


class LinearModel(Hand):
    """logits = bias + sum of weight times pixel."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(7)
        self.weight = nn.Parameter(
            torch.randn(CLASSES, T, 3, HEIGHT, WIDTH, generator=generator) / 50
        )

    def classify(self, tokens: Tensor) -> Tensor:
        return torch.einsum("btchw,ktchw->bk", tokens, self.weight) + 2


class OnePatchModel(Hand):
    """Only the 5 x 5 pixels around patch (1, 2, 3) count: brighter ones speak for class 1."""

    PLACE = (1, 2, 3)

    def classify(self, tokens: Tensor) -> Tensor:
        # Centers are 5 pixels apart; the pixel halfway between two belongs to the later one.
        brightness = tokens[:, 1, :, 7:12, 12:17].mean((1, 2, 3))
        logits = tokens.new_zeros(len(tokens), CLASSES)
        logits[:, 1] = 3 * brightness
        return logits


def noise(frames: int = T, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture
def linear() -> Subject:
    return Subject(LinearModel(), noise())


@pytest.fixture
def one_patch() -> Subject:
    """The patch is white on black, so blurring dims it."""
    frames = np.zeros((T, HEIGHT, WIDTH, 3), np.uint8)
    frames[1, 7:12, 12:17] = 255
    return Subject(OnePatchModel(), frames)
