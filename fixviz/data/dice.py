"""Random draws from one seeded stream."""

from __future__ import annotations

import torch
from torch import Tensor


class Dice:
    """Draws on the CPU, so that a seed means the same clips on every device.

    Parameters of a clip are few; what has the size of the pixels is drawn where the pixels are.
    """

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed % 2**63)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Return float32 of `shape`, uniform in low..high."""
        return torch.rand(shape, generator=self.generator) * (high - low) + low

    def chance(self, *shape: int, p: float) -> Tensor:
        """Return bool of `shape`, true with probability p."""
        return torch.rand(shape, generator=self.generator) < p

    def sign(self, *shape: int) -> Tensor:
        """Return float32 of `shape`, -1 or 1."""
        return torch.randint(0, 2, shape, generator=self.generator).float() * 2 - 1

    def integers(self, *shape: int, high: int) -> Tensor:
        """Return int64 of `shape`, 0..high-1."""
        return torch.randint(0, high, shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        """Return float32 of `shape`, standard normal."""
        return torch.randn(shape, generator=self.generator)

    def seed(self) -> int:
        """Return a seed for another stream."""
        return int(torch.randint(0, 2**62, (1,), generator=self.generator))
