"""How much work a model is on a clip. Needs no torch."""

from __future__ import annotations

from typing import Final

from fixviz.model.config import ModelConfig

_SMALL: Final = 10**9


def is_small(config: ModelConfig, windows: int, rows: int, columns: int) -> bool:
    """Tell whether many variants of the model can be compared on these windows within seconds.

    Judged by tokens x width^2 x layers, which the multiplications of the network go with.
    """
    tokens = windows * config.frames * rows * columns
    return tokens * config.dim**2 * config.depth <= _SMALL
