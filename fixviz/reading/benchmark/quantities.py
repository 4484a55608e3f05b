"""The figures that axes can show: what each is, and how a measured model has it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fixviz.evaluation.intervals import Interval
from fixviz.evaluation.results import Entry
from fixviz.reading.benchmark.measured import Measured

Read = Callable[[Measured, str], Interval | None]
"""Returns the figure of a model on the clips of a preset; None where it was not measured."""


@dataclass(frozen=True)
class Quantity:
    """One figure of a model."""

    name: str
    """As query parameters have it."""
    title: str
    """As lists have it."""
    unit: str
    """What follows the title on an axis, in brackets; empty where it has none."""
    read: Read
    about: str
    """What it is, and what its line stands for."""
    form: str = ".3f"
    """How its numbers are written."""
    of_clips: bool = True
    """Whether it depends on which generated clips are chosen."""

    @property
    def axis(self) -> str:
        """The title of an axis."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def told(self, found: Interval) -> str:
        """Write a figure with its interval and unit, such as "90.0 % (87.9 to 91.8)"."""
        unit = f" {self.unit}" if self.unit else ""
        text = f"{found.mean:{self.form}}{unit}"
        if found.low is None or found.high is None:
            return text
        return f"{text} ({found.low:{self.form}} to {found.high:{self.form}})"


def _scaled(found: Interval | None, factor: float) -> Interval | None:
    if found is None:
        return None
    ends = (None if end is None else factor * end for end in (found.low, found.high))
    return Interval(factor * found.mean, *ends)


def _right(preset: str | None = None) -> Read:
    def read(model: Measured, chosen: str) -> Interval | None:
        entry = model.entries.get(preset or chosen)
        if entry is None:
            return None
        ends = (entry["accuracy_low"], entry["accuracy_high"])
        return _scaled(Interval(entry["accuracy"], *ends), 100.0)

    return read


def _last_layer(name: str) -> Read:
    def read(model: Measured, chosen: str) -> Interval | None:
        entry = model.entries.get(chosen)
        layers: Sequence[dict[str, Any]] = entry["layers"] if entry else ()
        if not layers or layers[-1].get(name) is None:
            return None
        low, high = layers[-1].get("intervals", {}).get(name, (None, None))
        return Interval(layers[-1][name], low, high)

    return read


def _masked(name: str) -> Read:
    def read(model: Measured, chosen: str) -> Interval | None:
        return None if model.masked is None else _summary(model.masked, name)

    return read


def _faithful(name: str) -> Read:
    def read(model: Measured, chosen: str) -> Interval | None:
        entry = model.faithfulness.get(chosen)
        return None if entry is None else _summary(entry, name)

    return read


def _summary(entry: Entry, name: str) -> Interval:
    found = entry["figures"][name]
    return Interval(found["mean"], found["low"], found["high"])


def _of_entries(value: Callable[[Entry], float | None], factor: float = 1.0) -> Read:
    """Read what does not depend on the clips: median and range of the measurements on all presets."""

    def read(model: Measured, chosen: str) -> Interval | None:
        known = [v for v in map(value, model.entries.values()) if v is not None]
        if not known:
            return None
        ends = (min(known), max(known)) if min(known) < max(known) else (None, None)
        return _scaled(Interval(statistics.median(known), *ends), factor)

    return read


_CLIPS: Final = "The line is the 95 % interval over clips (bootstrap)."
_LAST: Final = f"Last layer, spatial attention, mean over heads, queries and frames. {_CLIPS}"
_REAL: Final = (
    "In real video whose moving objects people have masked. The line is the 95 % interval over "
    "sequences (bootstrap)."
)
_FAITHFUL: Final = (
    "With attention received in the last layer as the map. Above 0: it names patches that the answer "
    f"depends on better than random orders do. {_CLIPS}"
)
PRESETS: Final = ("standard", "hard", "cue")
_RIGHT: Final = "Share of clips whose class is named. The line is the 95 % Wilson interval."
_RANGE: Final = "The line is the range of its measurements, not an interval."

QUANTITIES: Final[dict[str, Quantity]] = {
    quantity.name: quantity
    for quantity in (
        Quantity("right", "Right", "%", _right(), _RIGHT, ".1f"),
        *(
            Quantity(
                f"right_{preset}",
                f"Right on {preset} clips",
                "%",
                _right(preset),
                _RIGHT,
                ".1f",
                of_clips=False,
            )
            for preset in PRESETS
        ),
        Quantity(
            "concentration",
            "Concentration",
            "",
            _last_layer("concentration"),
            f"1 − H / ln N: 0 is uniform, 1 a single patch. {_LAST}",
        ),
        Quantity(
            "looks_at",
            "Effective support",
            "patches",
            _last_layer("effective_support"),
            f"exp(H): a query looks at about so many patches. {_LAST}",
            ".1f",
        ),
        Quantity(
            "mass",
            "Mass on target",
            "",
            _last_layer("mass"),
            f"Share of attention on the object that decides the class. {_LAST}",
        ),
        Quantity(
            "pointing",
            "Pointing game",
            "",
            _last_layer("pointing"),
            "How often the patch that receives most attention is on the object. " + _CLIPS,
        ),
        Quantity(
            "precision",
            "Average precision",
            "",
            _last_layer("average_precision"),
            "Average precision of attention received, for the patches on the object. " + _CLIPS,
        ),
        Quantity(
            "real_lift",
            "Lift in real video",
            "",
            _masked("lift"),
            f"Mass on target over that of uniform attention, which has 1. {_REAL}",
            ".2f",
            of_clips=False,
        ),
        Quantity(
            "real_mass",
            "Mass on target in real video",
            "",
            _masked("mass"),
            f"Share of attention on what moves. {_REAL}",
            of_clips=False,
        ),
        Quantity(
            "real_pointing",
            "Pointing game in real video",
            "",
            _masked("pointing"),
            f"How often the patch that receives most attention is on what moves. {_REAL}",
            of_clips=False,
        ),
        Quantity(
            "real_concentration",
            "Concentration in real video",
            "",
            _masked("concentration"),
            f"1 − H / ln N. {_REAL}",
            of_clips=False,
        ),
        Quantity(
            "deletion",
            "Deletion gain",
            "",
            _faithful("deletion_gain"),
            "By how much the area under the probability is smaller when patches are taken away, "
            f"strongest first. {_FAITHFUL}",
            "+.3f",
        ),
        Quantity(
            "insertion",
            "Insertion gain",
            "",
            _faithful("insertion_gain"),
            "By how much the area under the probability is larger when patches are put back, "
            f"strongest first. {_FAITHFUL}",
            "+.3f",
        ),
        Quantity(
            "time",
            "Time per clip",
            "ms",
            _of_entries(lambda e: e["cost"]["seconds"], 1000.0),
            "Median time of one forward pass over one clip, measured once for each kind of clips. "
            f"{_RANGE} Models whose ranges overlap may be equally fast.",
            ".1f",
            of_clips=False,
        ),
        Quantity(
            "memory",
            "Memory per clip",
            "MB",
            _of_entries(lambda e: e["cost"]["peak_bytes"], 1e-6),
            f"Most memory that tensors of this pass take at one time, without the weights. {_RANGE}",
            ".1f",
            of_clips=False,
        ),
        Quantity(
            "multiply_adds",
            "Multiply-adds per clip",
            "million",
            _of_entries(lambda e: e.get("multiply_adds"), 1e-6),
            "Of matrix products and convolutions. It is counted, so it has no interval.",
            ".1f",
            of_clips=False,
        ),
        Quantity(
            "parameters",
            "Parameters",
            "thousand",
            _of_entries(lambda e: e["parameters"], 1e-3),
            "Numbers that were learned. They are counted, so they have no interval.",
            ".1f",
            of_clips=False,
        ),
    )
}
"""All figures by name, in the order in which lists show them."""
