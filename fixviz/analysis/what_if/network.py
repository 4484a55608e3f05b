"""Interventions inside the network, as plain data. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from fixviz.analysis.what_if.checks import check_place, listed, numbers, place_label, whole
from fixviz.errors import OptionError
from fixviz.model.config import Axis
from fixviz.model.directions import FRAME_DIRECTIONS, GRID_DIRECTIONS

DIRECTIONS: Final = tuple(d.label for d in (*GRID_DIRECTIONS, *FRAME_DIRECTIONS))
LARGEST_ALPHA: Final = 8.0


@dataclass(frozen=True)
class Dial:
    """Fixation ratios to the power alpha: 0 sets all to 1 (fixation off), 1 is as learned."""

    alpha: float
    layer: int | None = None
    axis: Axis | None = None
    kind: ClassVar = "dial"

    def __post_init__(self) -> None:
        """Refuse a power out of range, or with more than two decimals (it must fit a link)."""
        ok = type(self.alpha) in (int, float) and 0 <= self.alpha <= LARGEST_ALPHA
        if not ok or round(self.alpha, 2) != self.alpha:
            raise OptionError(
                f"The fixation dial is {self.alpha!r}; it must lie between 0 and {LARGEST_ALPHA:g}, "
                "with at most two decimals."
            )
        object.__setattr__(self, "alpha", float(self.alpha))
        check_place(self.layer, self.axis)

    @property
    def label(self) -> str:
        """A short name."""
        if self.alpha == 0 and (self.layer is not None or self.axis is not None):
            return f"fixation off{place_label(self.layer, self.axis)}"
        return f"fixation dial {self.alpha:g}{place_label(self.layer, self.axis)}"


@dataclass(frozen=True)
class NeighborOff:
    """One neighbor's fold of key and value reads the token's own value instead."""

    direction: str
    layer: int | None = None
    kind: ClassVar = "neighbor"

    def __post_init__(self) -> None:
        """Refuse an unknown direction."""
        if self.direction not in DIRECTIONS:
            raise OptionError(
                f"There is no neighbor {self.direction!r}; there are {', '.join(DIRECTIONS)}."
            )
        check_place(self.layer, None)

    @property
    def label(self) -> str:
        """A short name."""
        return f"neighbor {self.direction} off{place_label(self.layer, None)}"


@dataclass(frozen=True)
class HeadsOff:
    """Heads of a layer whose output is zeroed before the output projection."""

    heads: tuple[int, ...]
    layer: int
    axis: Axis | None = None
    kind: ClassVar = "heads"

    def __post_init__(self) -> None:
        """Put the heads in order; refuse none, or one below 0."""
        object.__setattr__(self, "heads", numbers(self.heads, "head"))
        whole(self.layer, "layer")
        check_place(self.layer, self.axis)

    @property
    def label(self) -> str:
        """A short name."""
        axis = f" ({self.axis})" if self.axis else ""
        return f"{listed('head', self.heads)} of layer {self.layer}{axis} off"
