"""What is asked of a comparison, and what follows from it: the numbers that page, files and command share."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.comparison.quantities import QUANTITIES, Quantity, quantity_named
from fixviz.comparison.source import Source
from fixviz.comparison.statistics import (
    Array,
    Difference,
    Outlier,
    Summary,
    distances,
    outliers,
    paired,
    summarize,
)
from fixviz.comparison.values import (
    Answers,
    ClipValues,
    Place,
    answers,
    check_place,
    clip_values,
    default_place,
)
from fixviz.errors import OptionError

SAID, RIGHT = "said", "right"
"""Groups that depend on the model: the class that it names, and whether that is right."""
FIRST_MEASURE: Final = "concentration"
MOST_OUTLIERS: Final = 12
_PAIRS: Final = (("fixation", "linear"), ("fixation", "softmax"))
"""Models that are compared at first, where there are both."""


@dataclass(frozen=True)
class Question:
    """What to compare. `asked` fills in what is open and checks it."""

    measure: str = FIRST_MEASURE
    models: tuple[str, ...] = ()
    """Empty: all."""
    pair: tuple[str, str] | None = None
    """The model, and the one that it is compared with."""
    place: Place | None = None
    group: str | None = None
    """Column of the list, `said` or `right`; None for no groups."""
    against: str | None = None
    """The second measure, of the scatter plot."""


@dataclass(frozen=True)
class Distribution:
    """Values of one model in one group."""

    model: str
    group: str | None
    members: NDArray[np.bool_]
    """Which clips of the source are in the group."""
    summary: Summary


@dataclass(frozen=True)
class Comparison:
    """What is known about a question."""

    source: Source
    question: Question
    place: Place
    quantity: Quantity
    values: ClipValues
    answers: Answers
    distributions: Sequence[Distribution]
    """One for each model, then one for each group and model."""
    differences: Sequence[Difference]
    """Of the chosen pair, then of the other pairs, then of the chosen pair in each group."""
    outliers: Sequence[Outlier]
    distances: Array
    """How far each clip is from the others: its largest robust z-score, without its sign."""
    against: ClipValues | None

    @property
    def main(self) -> Difference | None:
        """The difference of the chosen pair; None of a single model."""
        return self.differences[0] if self.differences else None


def asked(source: Source, question: Question) -> Question:
    """Return the question with all that was open filled in.

    Raises OptionError for what the source does not have: a measure, a model, a place, a group.
    """
    quantity = quantity_named(question.measure)
    for name in filter(None, (question.measure, question.against)):
        if not is_available(source, quantity_named(name)):
            raise OptionError(
                f"{quantity_named(name).title} is not known of these clips; there are "
                f"{', '.join(q.name for q in available(source))}."
            )
    models = question.models or tuple(source.models)
    for name in models:
        if name not in source.models:
            raise OptionError(
                f"There is no model {name!r} here; there are {', '.join(source.models)}."
            )
    models = tuple(name for name in source.models if name in models)
    pair = question.pair or first_pair(models)
    if pair is not None and (pair[0] == pair[1] or not set(pair) <= set(models)):
        raise OptionError(f"{pair[0]} and {pair[1]} are no two of the models {', '.join(models)}.")
    place = question.place or default_place(source)
    if quantity.placed:
        check_place(source, place)
    if question.group not in (None, *groupings(source)):
        raise OptionError(
            f"There is no column {question.group!r}; there are {', '.join(groupings(source))}."
        )
    return replace(question, models=models, pair=pair, place=place)


def groupings(source: Source) -> list[str]:
    """Return by what clips can be grouped: columns of the list, what models say, and whether it is right."""
    columns = [c for c in source.columns if len(set(source.groups(c))) > 1]
    of_model = [SAID] if "probabilities" in source.tables else []
    of_model += [RIGHT] if source.label is not None and of_model else []
    return [*columns, *(name for name in of_model if name not in columns)]


def is_available(source: Source, quantity: Quantity) -> bool:
    """Tell whether a source has the table and the label that a quantity needs."""
    return quantity.table in source.tables and (
        not quantity.needs_label or source.label is not None
    )


def available(source: Source) -> list[Quantity]:
    """Return the quantities that a source has."""
    return [quantity for quantity in QUANTITIES.values() if is_available(source, quantity)]


def answer(source: Source, question: Question) -> Comparison:
    """Return what is known about a question. Raises OptionError, StorageError."""
    question = asked(source, question)
    assert question.place is not None
    quantity, videos = quantity_named(question.measure), source.videos
    said = answers(source, question.models)
    values = clip_values(source, quantity, question.place, question.models, said)
    against = None
    if question.against is not None:
        against = clip_values(
            source, quantity_named(question.against), question.place, question.models, said
        )
    differences = _differences(source, question, values)
    series: list[tuple[str, Array]] = [(name, values.of(name)) for name in question.models]
    if differences:
        series.insert(0, (difference_name(differences[0]), differences[0].values))
    everything = np.ones(len(source.clips), bool)
    return Comparison(
        source,
        question,
        question.place,
        quantity,
        values,
        said,
        [
            Distribution(
                model, group, members, summarize(values.of(model)[members], videos[members])
            )
            for group, of_models in [(None, None), *_groups(source, question.group, said)]
            for number, model in enumerate(question.models)
            if (members := everything if of_models is None else of_models[:, number]).any()
        ],
        differences,
        outliers(series, MOST_OUTLIERS),
        distances(series),
        against,
    )


def difference_name(found: Difference) -> str:
    """Return how tables call a difference, such as "fixation − linear"."""
    return f"{found.model} − {found.minus}"


def _differences(source: Source, question: Question, values: ClipValues) -> list[Difference]:
    if question.pair is None:
        return []
    videos = source.videos
    order = list(question.models)
    pairs = [question.pair]
    pairs += [
        (a, b) for i, b in enumerate(order) for a in order[i + 1 :] if {a, b} != set(question.pair)
    ]
    found = [paired(a, b, values.of(a), values.of(b), videos) for a, b in pairs]
    if question.group is not None and question.group in source.columns:
        a, b = question.pair
        for group, members in _groups(source, question.group, None):
            inside = (group, members[:, 0])
            found.append(paired(a, b, values.of(a), values.of(b), videos, inside))
    return found


def _groups(
    source: Source, by: str | None, said: Answers | None
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the name of each group, and which clips [clips, models] are in it."""
    if by is None:
        return []
    if by in source.columns:
        names = np.array(source.groups(by), object)[:, None]
        names = np.repeat(names, 1 if said is None else len(said.models), 1)
    elif said is None:
        return []
    elif by == SAID:
        names = np.where(said.said == None, "no answer", said.said)  # noqa: E711
    else:
        names = np.array(
            [["wrong", "right", "no label"][_known(v)] for v in said.right.ravel()], object
        )
        names = names.reshape(said.right.shape)
    counts = {name: int((names == name).sum()) for name in dict.fromkeys(names.ravel().tolist())}
    order = sorted(counts, key=lambda name: (-counts[name], name))
    return [(str(name), names == name) for name in order]


def _known(value: float) -> int:
    return 2 if np.isnan(value) else int(value)


def first_pair(models: Sequence[str]) -> tuple[str, str] | None:
    """Return which two models are compared until somebody chooses others; None of fewer than two."""
    if len(models) < 2:
        return None
    for pair in _PAIRS:
        if set(pair) <= set(models):
            return pair
    return models[-1], models[0]


def command_of(source: Source, question: Question, out: str = "compared") -> str:
    """Return the command that writes the same tables and figures.

    question: as `asked` returns it.
    """
    place = question.place or default_place(source)
    quantity = quantity_named(question.measure)
    parts = ["fixviz", "compare", *source.arguments, "--measure", question.measure]
    parts += ["--models", ",".join(question.models)]
    if question.pair is not None:
        parts += ["--pair", ",".join(question.pair)]
    if quantity.placed or question.against is not None:
        parts += ["--axis", place.axis]
        parts += ["--layer", "all" if place.layer is None else str(place.layer)]
        parts += [] if place.head is None else ["--head", str(place.head)]
    parts += [] if question.group is None else ["--group", question.group]
    parts += [] if question.against is None else ["--against", question.against]
    return shlex.join([*parts, "--out", out])
