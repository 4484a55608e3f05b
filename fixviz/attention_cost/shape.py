"""Which attention is measured: heads, channels of a head, numbers of tokens. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fixviz.errors import OptionError

MOST_TOKENS: Final = 2**20
_MOST_HEADS, _MOST_WIDTH = 64, 256


@dataclass(frozen=True)
class AttentionShape:
    """One attention over all tokens of a clip: frames times a grid of patches.

    Raises OptionError for numbers that no attention has.
    """

    heads: int
    width: int
    """Channels of a head (d)."""
    rows: int = 1
    columns: int = 1
    """Patches of a frame, down and across."""

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        if not 1 <= self.heads <= _MOST_HEADS or not 1 <= self.width <= _MOST_WIDTH:
            raise OptionError(
                f"{self.heads} heads of {self.width} channels cannot be measured; take 1 to {_MOST_HEADS} "
                f"heads of 1 to {_MOST_WIDTH} channels."
            )
        if self.rows < 1 or self.columns < 1:
            raise OptionError(f"A grid of {self.rows} x {self.columns} patches has no tokens.")

    @property
    def patches(self) -> int:
        """Patches of a frame."""
        return self.rows * self.columns

    def frames(self, tokens: int) -> int | None:
        """Return of how many frames so many tokens are; None where they are no whole frames."""
        return None if self.patches == 1 or tokens % self.patches else tokens // self.patches

    def tokens(self, frames: Sequence[int]) -> tuple[int, ...]:
        """Return the numbers of tokens (N) of these numbers of frames."""
        return checked_tokens([count * self.patches for count in frames])


def checked_tokens(tokens: Sequence[int]) -> tuple[int, ...]:
    """Return numbers of tokens in order, each once. Raises OptionError where one cannot be measured."""
    found = tuple(sorted(set(tokens)))
    if not found or found[0] < 1 or found[-1] > MOST_TOKENS:
        raise OptionError(f"Take numbers of tokens from 1 to {MOST_TOKENS}.")
    return found


SHAPES: Final[dict[str, AttentionShape]] = {
    "small": AttentionShape(heads=4, width=16, rows=9, columns=9),
    "base": AttentionShape(heads=12, width=64, rows=15, columns=15),
}
"""By name: the models that come with fixviz (frames of 64 px), and ViT-B (frames of 224 px)."""
SHAPE_TITLES: Final = {
    "small": "Models of fixviz (4 heads of 16)",
    "base": "ViT-B (12 heads of 64)",
}
FRAMES: Final = tuple(2**power for power in range(8))
"""Numbers of frames that are measured where nobody asks for others: 1 to 128."""
