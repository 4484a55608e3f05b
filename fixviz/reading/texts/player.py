"""What the player says about the quantities and measures that it shows."""

from __future__ import annotations

from typing import Final

from fixviz.analysis.measure_table import MEASURES
from fixviz.reading.definitions import help_for

_MEAN: Final = "The map shows the mean over channels of the {}'s ratio."
_NEIGHBOR: Final = (
    "The map is of the {}'s ratio: each direction averaged over the heads that hold it, and added over "
    "directions. 0: none of it."
)

PLAYER_HELP: Final[dict[str, str]] = {
    "row": (
        f"{help_for('attention weights')} The map is the row of one query: where the chosen patch looks. "
        "The browser computes it from the layer's own queries and keys."
    ),
    "attention": help_for("attention received"),
    "ratio-query": f"{help_for('fixation ratio')} {_MEAN.format('query')}",
    "ratio-key": f"{help_for('fixation ratio')} {_MEAN.format('key')}",
    "neighbor-query": f"{help_for('neighborhood contribution')} {_NEIGHBOR.format('query')}",
    "neighbor-key": f"{help_for('neighborhood contribution')} {_NEIGHBOR.format('key')}",
    "rollout": (
        f"{help_for('Attention rollout')} Here also from a chosen patch. The half is a convention, and the "
        "convolutions are not modeled."
    ),
    "motion": help_for("optical flow"),
    # The measure of the player's curves.
    "concentration": f"{MEASURES['concentration'].definition} Mean over the queries of the frame.",
}
"""By the key of a quantity in the player, and of the measure of its curves. The numbers of an attribution
are explained by its method's own unit."""
