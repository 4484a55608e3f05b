"""What can be left out: one direction at a time, or all directions of an axis.

Left out means: that direction's channels of key and value read the token's own value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from fixviz.analysis.neighbors import axis_directions
from fixviz.analysis.without_neighbors import NO_NEIGHBORS
from fixviz.errors import OptionError
from fixviz.model.change import AttentionChange
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import Direction


@dataclass(frozen=True)
class Omission:
    """Directions of one axis that are left out together."""

    axis: Axis
    label: str
    directions: tuple[Direction, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, as a result's description has them."""
        directions = [asdict(direction) for direction in self.directions]
        return {"axis": self.axis, "label": self.label, "directions": directions}


def left_out(directions: Iterable[Direction]) -> AttentionChange:
    """Let the channels of those directions read the token's own key and value."""
    return AttentionChange(directions_off=frozenset(d.label for d in directions))


def omissions(config: ModelConfig) -> tuple[Omission, ...]:
    """Return each direction alone, then all directions of an axis together, in the order of the axes.

    Raises OptionError for a model without feature shift.
    """
    rows = []
    for axis in config.axes:
        directions = axis_directions(config, axis)
        rows += [Omission(axis, d.label, (d,)) for d in directions]
        if directions:
            label = "all grid neighbors" if axis == "temporal" else "both frames"
            rows.append(Omission(axis, label, directions))
    if not rows:
        raise OptionError(NO_NEIGHBORS)
    return tuple(rows)


def layers_of(config: ModelConfig, layer: Any) -> list[int]:
    """Return the given layer; all layers for None. Raises OptionError for one that the model lacks."""
    if layer is None:
        return list(range(config.depth))
    if not isinstance(layer, int) or isinstance(layer, bool) or not 0 <= layer < config.depth:
        raise OptionError(f"This model has no layer {layer}; it has 0 to {config.depth - 1}.")
    return [layer]
