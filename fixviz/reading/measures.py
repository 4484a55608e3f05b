"""The measures that the page offers, with their words, units and values under uniform attention."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One number per layer, head and frame."""

    name: str
    """As arrays, tables and addresses call it."""
    title: str
    word: str
    """Its entry in fixviz.reading.definitions."""
    unit: str = ""
    uniform: Callable[[int], float] | None = None
    """Its value for uniform attention over N keys; None where it has no such value."""
    span: tuple[float, float] | None = (0.0, 1.0)
    """Smallest and largest value there can be; None where that depends on N."""

    @property
    def signed(self) -> bool:
        """Whether it can be below 0."""
        return self.span is not None and self.span[0] < 0

    @property
    def axis_title(self) -> str:
        """Its name with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def _top_share(keys: int) -> float:
    return math.ceil(0.1 * keys) / keys


METRICS = (
    Measure("concentration", "Concentration", "concentration", uniform=lambda keys: 0.0),
    Measure("entropy", "Entropy", "entropy", "nats", math.log, None),
    Measure("normalized_entropy", "Normalized entropy", "normalized entropy", "", lambda keys: 1.0),
    Measure("effective_support", "Effective support", "effective support", "keys", float, None),
    Measure("top10_mass", "Top-10 % mass", "top-10 % mass", "share of attention", _top_share),
    Measure("gini", "Gini coefficient", "Gini", uniform=lambda keys: 0.0),
)
"""Measures of the rows, known for every run."""

TARGET = (
    Measure("mass_on_target", "Mass on target", "mass on target", "share of attention"),
    Measure(
        "mass_on_target_queries",
        "Mass on target, on-target queries",
        "mass on target",
        "share of attention",
    ),
    Measure("pointing", "Pointing game", "pointing game", "1 = hit"),
    Measure("average_precision", "Average precision", "average precision"),
)
"""Measures against the truth, for generated clips."""

MOTION = (
    Measure(
        "motion_agreement",
        "Motion agreement",
        "motion agreement",
        "rank correlation",
        lambda keys: 0.0,
        (-1.0, 1.0),
    ),
    Measure(
        "attended_motion",
        "Attended motion",
        "attended motion",
        "times the mean",
        lambda keys: 1.0,
        None,
    ),
)
"""Measures where the truth is not known. The reference of the first is no relation at all."""
