"""Which of a run's arrays the player, its networks and the lessons read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_OF_ATTENTION: Final = (
    "attention_received/source",
    "attention_received/slot",
    "metrics",
    "metrics_ratios/ones",
    "ratio_query",
    "ratio_key",
    "neighbor_share/query",
    "neighbor_share/key",
    "mass_on_target",
    "baseline/mass_on_target",
    "baseline/pointing",
    "baseline/average_precision",
)
_OF_MODEL: Final = ("motion", "target")


def player_arrays(manifest: Mapping[str, Any]) -> list[str]:
    """Return the names of these arrays in the order of the manifest.

    Without the others nothing that the player shows is missing; the NPZ file that it exports holds the
    arrays that are there.
    """
    wanted = set(_names(manifest))
    return [name for name in manifest["arrays"] if name in wanted]


def _names(manifest: Mapping[str, Any]) -> Iterator[str]:
    for model in manifest["models"]:
        # What the model read, for a browser that computes its features.
        yield f"pixels/{model['config']['image_size']}"
        yield from (f"{model['name']}/{part}" for part in _OF_MODEL)
        for axis in model["axes"]:
            yield from (f"{model['name']}/{axis}/{part}" for part in _OF_ATTENTION)
