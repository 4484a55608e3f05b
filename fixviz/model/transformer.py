"""The linear video Transformer with feature fixation (arXiv 2210.08164), and its two baselines."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from fixviz.errors import OptionError
from fixviz.model.change import NetworkChange
from fixviz.model.config import ModelConfig
from fixviz.model.layers import Block, BlockTrace, PatchEmbedding
from fixviz.model.shapes import Float


def normalize_pixels(frames: Tensor) -> Tensor:
    """Convert uint8 RGB [B, T, H, W, 3] for a model: float [B, T, 3, H, W], mean 0.5, deviation 0.5."""
    return (frames.permute(0, 1, 4, 2, 3).float() / 255 - 0.5) / 0.5


@dataclass(frozen=True)
class ModelTrace:
    """What the whole network computed on a batch of clips."""

    blocks: list[BlockTrace]
    tokens: Tensor
    """[B, T, h, w, D] after the last norm."""
    logits: Tensor
    """[B, classes]."""


def _waves(frames: int, width: int) -> Float[Tensor, "T D"]:
    """Return cosines and sines over the clip, from half a period to one per two frames; mean square 1."""
    if torch.get_default_device().type == "meta":
        # There are no values there, and asking for them would load the compiler of torch.
        return torch.empty(frames, width)
    pairs = -(-width // 2)
    rates = math.pi * torch.linspace(0.5, max(0.5, frames / 2), pairs)
    phase = torch.linspace(0, 1, frames)[:, None] * rates
    return math.sqrt(2) * torch.cat([phase.cos(), phase.sin()], 1)[:, :width]


class VideoTransformer(nn.Module):
    """Maps normalized pixels [B, T, 3, H, W] to logits [B, classes]; any H and W.

    There is no spatial position table, so the frame size is free; the temporal embedding fixes T.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embedding = PatchEmbedding(config)
        # As large as the tokens themselves. With a small one (0.02) the baselines stay at chance
        # between a motion and its reverse for thousands of steps: nothing else tells them the order.
        self.temporal_embedding = nn.Parameter(_waves(config.frames, config.dim)[None, :, None])
        self.blocks = nn.ModuleList(Block(config, i) for i in range(config.depth))
        self.norm = nn.LayerNorm(config.dim, eps=1e-6)
        self.head = nn.Sequential(
            nn.LayerNorm(config.dim, eps=1e-5),
            nn.Linear(config.dim, config.head_hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.head_hidden, config.num_classes),
        )

    def at_size(self, short_side: int) -> VideoTransformer:
        """Return the same network (it shares all weights) for frames whose short side has so many pixels."""
        other = copy.copy(self)
        other.config = replace(self.config, image_size=short_side)
        return other

    def embed(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B T h w D"]:
        """Return the patch embedding plus temporal embedding. Raises OptionError for a wrong T."""
        if pixels.dim() != 5 or pixels.shape[1:3] != (self.config.frames, 3):
            raise OptionError(
                f"This model takes pixels of shape [clips, {self.config.frames}, 3, height, width], "
                f"not {list(pixels.shape)}."
            )
        tokens: Tensor = self.patch_embedding(pixels)
        return tokens + self.temporal_embedding.unsqueeze(2)

    def walk(
        self, tokens: Float[Tensor, "B T h w D"], changes: NetworkChange | None = None
    ) -> Iterator[BlockTrace]:
        """Run the blocks one after the other and yield what each computed.

        Nothing is kept, so memory holds one block's intermediates at a time, if the caller lets go of them
        before it asks for the next. `changes` says which attentions run otherwise than learned.
        """
        for number, block in enumerate(self.blocks):
            here = {axis: c for (layer, axis), c in (changes or {}).items() if layer == number}
            trace: BlockTrace = block.trace(tokens, here)  # type: ignore[operator]
            tokens = trace.output
            yield trace
            del trace

    def features(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B T h w D"]:
        """Return the tokens after the last norm."""
        tokens = self.embed(pixels)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)  # type: ignore[no-any-return]

    def classify(self, tokens: Float[Tensor, "B T h w D"]) -> Float[Tensor, "B classes"]:
        """Return the logits from the tokens of `features`: mean over places, then frames, then the head."""
        return self.head(tokens.mean((2, 3)).mean(1))  # type: ignore[no-any-return]

    def forward(self, pixels: Float[Tensor, "B T 3 H W"]) -> Float[Tensor, "B classes"]:
        """Return the logits of a batch of clips."""
        return self.classify(self.features(pixels))

    def trace(self, pixels: Float[Tensor, "B T 3 H W"]) -> ModelTrace:
        """Run the network and return the intermediates of all blocks."""
        tokens = self.embed(pixels)
        blocks = list(self.walk(tokens))
        tokens = self.norm(blocks[-1].output)
        return ModelTrace(blocks, tokens, self.classify(tokens))
