"""The linear video Transformer with feature fixation (arXiv 2210.08164), and its two baselines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig
from fixviz.model.layers import Block, BlockTrace, PatchEmbedding
from fixviz.model.shapes import Float


def normalize_pixels(frames: Tensor) -> Tensor:
    """uint8 RGB [B, T, H, W, 3] to what a model takes: float [B, T, 3, H, W], mean 0.5, deviation 0.5."""
    return (frames.permute(0, 1, 4, 2, 3).float() / 255 - 0.5) / 0.5


@dataclass(frozen=True)
class ModelTrace:
    """What the whole network computed on a batch of clips."""

    blocks: list[BlockTrace]
    tokens: Tensor
    """[B, T, h, w, D] after the last norm."""
    logits: Tensor
    """[B, classes]."""


class VideoTransformer(nn.Module):
    """Maps normalized pixels [B, T, 3, H, W] to logits [B, classes]; any H and W.

    There is no spatial position table, so the frame size is free; the temporal embedding fixes T.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embedding = PatchEmbedding(config)
        # Noise, not zeros: with equal frames the temporal attention would start without a gradient.
        self.temporal_embedding = nn.Parameter(torch.randn(1, config.frames, 1, config.dim) * 0.02)
        self.blocks = nn.ModuleList(Block(config, i) for i in range(config.depth))
        self.norm = nn.LayerNorm(config.dim, eps=1e-6)
        self.head = nn.Sequential(
            nn.LayerNorm(config.dim, eps=1e-5),
            nn.Linear(config.dim, config.head_hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.head_hidden, config.num_classes),
        )

    def embed(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B T h w D"]:
        """Patch embedding plus temporal embedding. Raises OptionError for a wrong T."""
        if pixels.dim() != 5 or pixels.shape[1:3] != (self.config.frames, 3):
            raise OptionError(
                f"This model takes pixels of shape [clips, {self.config.frames}, 3, height, width], "
                f"not {list(pixels.shape)}."
            )
        tokens: Tensor = self.patch_embedding(pixels)
        return tokens + self.temporal_embedding.unsqueeze(2)

    def walk(self, tokens: Float[Tensor, "B T h w D"]) -> Iterator[BlockTrace]:
        """Run the blocks one after the other and yield what each computed.

        Nothing is kept, so memory holds one block's intermediates at a time.
        """
        for block in self.blocks:
            trace: BlockTrace = block.trace(tokens)  # type: ignore[operator]
            yield trace
            tokens = trace.output

    def features(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B T h w D"]:
        """Tokens after the last norm."""
        tokens = self.embed(pixels)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)  # type: ignore[no-any-return]

    def classify(self, tokens: Float[Tensor, "B T h w D"]) -> Float[Tensor, "B classes"]:
        """Logits from the tokens of `features`: mean over places, then frames, then the head."""
        return self.head(tokens.mean((2, 3)).mean(1))  # type: ignore[no-any-return]

    def forward(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B classes"]:
        """Logits of a batch of clips."""
        return self.classify(self.features(pixels))

    def trace(self, pixels: Float[Tensor, "B T 3 H W"]) -> ModelTrace:
        """The network with the intermediates of all blocks."""
        tokens = self.embed(pixels)
        blocks = list(self.walk(tokens))
        tokens = self.norm(blocks[-1].output)
        return ModelTrace(blocks, tokens, self.classify(tokens))
