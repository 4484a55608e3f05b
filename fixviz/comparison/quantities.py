"""The table of quantities that can be compared: where each stands, what it means, and what values it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fixviz.analysis.measure_table import MEASURES, SHOWN, Measure
from fixviz.errors import OptionError
from fixviz.reading.definitions import help_for

ANSWERS: Final = "probabilities"
"""Table of what the models answer. Its quantities belong to a clip and a model, to no layer and no frame."""


@dataclass(frozen=True)
class Quantity:
    """One number for each clip and model, or for each of its frames."""

    name: str
    """As links, commands and files call it."""
    title: str
    axis: str
    """The title with the unit in brackets, for axes."""
    about: str
    table: str
    """Table of the data set that it is read from."""
    higher: str = ""
    """What a higher value means; empty where that goes without saying."""
    span: tuple[float, float] | None = None
    """Smallest and largest value there can be; None where nothing bounds it."""
    needs_label: bool = False
    """Whether it needs a column that says the true class."""

    @property
    def placed(self) -> bool:
        """Whether every layer, head and frame has its own value."""
        return self.table != ANSWERS


def _of_measure(measure: Measure) -> Quantity:
    return Quantity(
        measure.name,
        measure.title,
        measure.axis_title,
        measure.definition,
        "metrics",
        measure.higher,
        measure.span,
    )


_ALL: Final = (
    *(_of_measure(measure) for measure in SHOWN),
    *(_of_measure(m) for m in MEASURES.values() if m.of != "rows"),
    *(
        Quantity(
            f"ratio_{of}",
            f"Fixation ratio of the {of}",
            f"Fixation ratio of the {of}",
            f"{help_for('fixation ratio')} Mean over patches and channels.",
            "fixation",
            "features pass more freely",
            (0.0, 1.0),
        )
        for of in ("query", "key")
    ),
    Quantity(
        "certainty",
        "Certainty",
        "Certainty (probability of the answer)",
        "Largest class probability of a clip, after the mean over its windows.",
        ANSWERS,
        "a surer answer, right or wrong",
        (0.0, 1.0),
    ),
    Quantity(
        "label_probability",
        "Probability of the label",
        "Probability of the label",
        "Probability that the model gives the class in the list, mean over the clip's windows.",
        ANSWERS,
        "surer of the right class",
        (0.0, 1.0),
        needs_label=True,
    ),
    Quantity(
        "right",
        "Right",
        "Right (1 = yes)",
        "1 where the answer, the class with the largest mean probability over the clip's windows, is the "
        "class in the list, else 0. Their mean is the share of right answers.",
        ANSWERS,
        "more right answers",
        (0.0, 1.0),
        needs_label=True,
    ),
)
QUANTITIES: Final[dict[str, Quantity]] = {quantity.name: quantity for quantity in _ALL}
"""All quantities by name, in the order in which lists show them."""


def quantity_named(name: str) -> Quantity:
    """Return a quantity. Raises OptionError for an unknown name."""
    if name not in QUANTITIES:
        raise OptionError(f"There is no measure {name!r}; there are {', '.join(QUANTITIES)}.")
    return QUANTITIES[name]
