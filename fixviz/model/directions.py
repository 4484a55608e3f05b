"""Which channels, and so which heads, hear which neighbor. Needs no torch.

Neighborhood association (paper section 3.3) replaces some channels of key and value by those of a
neighboring token. Everything about it follows from the configuration; this table is its only home.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fixviz.model.config import Axis, ModelConfig


@dataclass(frozen=True)
class Direction:
    """Where a value comes FROM, relative to the token: frames later, rows below, columns right."""

    dt: int
    dy: int
    dx: int
    label: str

    @property
    def keeps_own_at_border(self) -> bool:
        """Diagonal neighbors outside the grid leave the token's own value; all others read 0."""
        return self.dy != 0 and self.dx != 0


GRID_DIRECTIONS: tuple[Direction, ...] = (
    Direction(0, +1, 0, "below"),
    Direction(0, -1, 0, "above"),
    Direction(0, 0, +1, "right"),
    Direction(0, 0, -1, "left"),
    Direction(0, -1, -1, "above left"),
    Direction(0, +1, +1, "below right"),
    Direction(0, -1, +1, "above right"),
    Direction(0, +1, -1, "below left"),
)
FRAME_DIRECTIONS: tuple[Direction, ...] = (
    Direction(+1, 0, 0, "next frame"),
    Direction(-1, 0, 0, "previous frame"),
)


@dataclass(frozen=True)
class Fold:
    """Channels start..stop (head-major, of D) of key and value that come from `direction`."""

    direction: Direction
    start: int
    stop: int


@dataclass(frozen=True)
class HeadFold:
    """The part of a fold that lies in one head: its channels start..stop, counted within the head."""

    head: int
    direction: Direction
    start: int
    stop: int


def folds(config: ModelConfig, axis: Axis, block: int = 0) -> tuple[Fold, ...]:
    """Return the channel folds of the attention over `axis` in `block`; empty when it does not shift."""
    if not config.shifts_in(block, axis):
        return ()
    if axis == "temporal":
        directions, width = GRID_DIRECTIONS, config.dim // 16
    else:
        directions, width = FRAME_DIRECTIONS, config.dim // config.shift_div
    return tuple(Fold(d, i * width, (i + 1) * width) for i, d in enumerate(directions))


def head_folds(config: ModelConfig, axis: Axis, block: int = 0) -> tuple[HeadFold, ...]:
    """Return the (head, direction, channels) table: each fold cut at the borders of the heads."""
    return cut_at_heads(folds(config, axis, block), config.head_dim)


def cut_at_heads(folds: Iterable[Fold], width: int) -> tuple[HeadFold, ...]:
    """Return the folds cut at the borders of heads that are `width` channels wide."""
    table = []
    for fold in folds:
        for head in range(fold.start // width, (fold.stop - 1) // width + 1):
            start = max(fold.start, head * width) - head * width
            stop = min(fold.stop, (head + 1) * width) - head * width
            table.append(HeadFold(head, fold.direction, start, stop))
    return tuple(table)
