"""Interventions on what the network is shown, as plain data. Needs no torch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

from fixviz.analysis.what_if.checks import counted, listed, numbers, whole
from fixviz.errors import OptionError

Fill = Literal["blur", "gray"]
Cell = tuple[int | None, int, int]
"""(frame or None for all frames, row, column) of a patch."""

_MOST_CELLS: Final = 200_000


@dataclass(frozen=True)
class PatchesHidden:
    """Patches of a grid of rows x columns whose cells are filled: blurred, or gray.

    What is filled is the cell of stride x stride pixels around the patch's center, as it is drawn;
    the patch itself sees a little more than its cell where patches overlap.
    """

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    fill: Fill = "blur"
    kind: ClassVar = "hide"

    def __post_init__(self) -> None:
        """Put the cells in order; refuse one that is not in the grid."""
        for name, value in (("rows", self.rows), ("columns", self.columns)):
            if whole(value, name) < 1:
                raise OptionError("The grid of the hidden patches has no rows or columns.")
        if self.fill not in get_args(Fill):
            raise OptionError(f"Hidden patches can be filled with blur or gray, not {self.fill!r}.")
        cells = {(None if f is None else whole(f, "frame"), y, x) for f, y, x in self.cells}
        if len(cells) > _MOST_CELLS:
            raise OptionError(f"More than {_MOST_CELLS} patches are hidden; hide fewer.")
        for _, row, column in cells:
            if whole(row, "row") >= self.rows or whole(column, "column") >= self.columns:
                raise OptionError(
                    f"There is no patch ({row}, {column}) in a grid of {self.rows} x {self.columns}."
                )
        in_order = sorted(cells, key=lambda c: (-1 if c[0] is None else c[0], c[1], c[2]))
        object.__setattr__(self, "cells", tuple(in_order))

    def by_frame(self) -> dict[int | None, list[tuple[int, int]]]:
        """Return rows and columns of the hidden cells by frame; None stands for all frames."""
        found: dict[int | None, list[tuple[int, int]]] = defaultdict(list)
        for frame, row, column in self.cells:
            found[frame].append((row, column))
        return dict(found)

    @property
    def label(self) -> str:
        """A short name."""
        by_frame = self.by_frame()
        everywhere = len(by_frame.pop(None, []))
        parts = [f"{counted(everywhere, 'patch', 'patches')} hidden in all frames"]
        if by_frame:
            some = sum(map(len, by_frame.values()))
            where = listed("frame", sorted(f for f in by_frame if f is not None))
            parts.append(f"{counted(some, 'patch', 'patches')} hidden in {where}")
        fill = "blurred" if self.fill == "blur" else "gray"
        return f"{' and '.join(parts if everywhere or not by_frame else parts[1:])} ({fill})"


@dataclass(frozen=True)
class FramesFrozen:
    """One frame is shown at all times."""

    frame: int
    kind: ClassVar = "freeze"

    def __post_init__(self) -> None:
        """Refuse a number below 0."""
        whole(self.frame, "frame")

    @property
    def label(self) -> str:
        """A short name."""
        return f"frame {self.frame} repeated throughout"


@dataclass(frozen=True)
class FramesShuffled:
    """The frames of the whole clip in a random order that the seed fixes."""

    seed: int
    kind: ClassVar = "shuffle"

    def __post_init__(self) -> None:
        """Refuse a number below 0."""
        whole(self.seed, "seed")

    @property
    def label(self) -> str:
        """A short name."""
        return f"frames shuffled (seed {self.seed})"


@dataclass(frozen=True)
class FramesReversed:
    """The last frame first."""

    kind: ClassVar = "reverse"

    @property
    def label(self) -> str:
        """A short name."""
        return "frames reversed"


@dataclass(frozen=True)
class FramesDropped:
    """At these times the last frame that is kept is shown again (the first one, at the start).

    The number of frames stays: a network takes T frames, no fewer.
    """

    frames: tuple[int, ...]
    kind: ClassVar = "drop"

    def __post_init__(self) -> None:
        """Put the frames in order; refuse none, or one below 0."""
        object.__setattr__(self, "frames", numbers(self.frames, "frame"))

    @property
    def label(self) -> str:
        """A short name."""
        return f"{listed('frame', self.frames)} dropped (the one before shown again)"


@dataclass(frozen=True)
class Cropped:
    """Only this part of the picture, in percent of its width and height, scaled to the short side."""

    left: int
    top: int
    right: int
    bottom: int
    kind: ClassVar = "crop"

    def __post_init__(self) -> None:
        """Refuse a part that is not in the picture or is thinner than a tenth of it."""
        sides = (self.left, self.top, self.right, self.bottom)
        inside = all(whole(side, "edge of the crop") <= 100 for side in sides)
        if not inside or self.right - self.left < 10 or self.bottom - self.top < 10:
            raise OptionError(
                "A crop must lie within 0 and 100 % and leave 10 % or more of width and height."
            )

    @property
    def label(self) -> str:
        """A short name."""
        return f"crop to {self.left}-{self.right} % across, {self.top}-{self.bottom} % down"


@dataclass(frozen=True)
class Resized:
    """The network sees the frames with this short side in pixels, and so on another grid."""

    short_side: int
    kind: ClassVar = "size"

    def __post_init__(self) -> None:
        """Refuse a side of no pixels."""
        if whole(self.short_side, "short side") < 1:
            raise OptionError("The short side must have 1 pixel or more.")

    @property
    def label(self) -> str:
        """A short name."""
        return f"short side {self.short_side} px"
