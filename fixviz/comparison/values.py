"""Values of a quantity for each clip and model, and frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.comparison.quantities import ANSWERS, Quantity
from fixviz.comparison.source import Clip, Source
from fixviz.errors import OptionError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where attention is measured; None is the mean over all."""

    axis: str
    layer: int | None = None
    """Counted from 0."""
    head: int | None = None
    """Counted from 0."""

    @property
    def phrase(self) -> str:
        """The place in words, such as "spatial attention, layer 2, mean of heads"."""
        layer = "mean of layers" if self.layer is None else f"layer {self.layer}"
        head = "mean of heads" if self.head is None else f"head {self.head}"
        return f"{self.axis} attention, {layer}, {head}"


@dataclass(frozen=True)
class ClipValues:
    """A quantity of every clip and model."""

    quantity: Quantity
    models: Sequence[str]
    values: Array
    """[clips, models], in the order of the source's clips; NaN where there is none."""

    def of(self, model: str) -> Array:
        """Return the values of one model, one for each clip."""
        return self.values[:, list(self.models).index(model)]


@dataclass(frozen=True)
class Curve:
    """A quantity of one clip and model over time."""

    times: Array
    """In seconds from the start of the video, one for each analyzed frame."""
    values: Array


@dataclass(frozen=True)
class Answers:
    """What models say of each clip: the class with the largest probability, mean over its windows."""

    models: Sequence[str]
    said: NDArray[np.object_]
    """[clips, models]: names of classes; None where nothing is known."""
    certainty: Array
    """[clips, models]: the probability of that class."""
    of_label: Array
    """[clips, models]: the probability of the class in the list; NaN without one that the model knows."""
    right: Array
    """[clips, models]: 1 or 0; NaN where the list says no class, or one that the model does not know."""


_MEAN: Final = """
SELECT run, model, avg({column}) AS value FROM {{rows}}
WHERE axis = ?{layer}{head} GROUP BY run, model
"""
_CURVES: Final = """
SELECT run, model, frame, any_value(timestamp_s) AS time, avg({column}) AS value FROM {{rows}}
WHERE axis = ?{layer}{head} AND run IN (SELECT unnest(?)) GROUP BY run, model, frame
ORDER BY run, model, frame
"""
_ANSWERS: Final = """
SELECT run, model, class, avg(probability) AS value FROM {rows} GROUP BY run, model, class
ORDER BY run, model, class
"""


def default_place(source: Source) -> Place:
    """Return where a comparison begins: spatial attention where there is one, the last layer, all heads."""
    return Place(source.axes[0] if source.axes else "spatial", max(0, source.layers - 1))


def check_place(source: Source, place: Place) -> None:
    """Raise OptionError for an axis, layer or head that no model of the source has."""
    if place.axis not in source.axes:
        raise OptionError(
            f"There is no {place.axis} attention here; there is {' and '.join(source.axes) or 'none'}."
        )
    for name, number, count in (
        ("layer", place.layer, source.layers),
        ("head", place.head, source.heads),
    ):
        if number is not None and not 0 <= number < count:
            raise OptionError(
                f"There is no {name} {number} here; {name}s go from 0 to {count - 1}."
            )


def clip_values(
    source: Source,
    quantity: Quantity,
    place: Place,
    models: Sequence[str],
    known: Answers | None = None,
) -> ClipValues:
    """Return a quantity of every clip and model: the mean over frames, and over layers and heads as placed.

    Frames without a value are left out of the mean, and a clip without any has none. Quantities that belong
    to no layer ignore the place. known: the models' answers, where they were read before. Raises
    StorageError.
    """
    if quantity.table == ANSWERS:
        said = answers(source, models) if known is None else known
        values = {
            "certainty": said.certainty,
            "label_probability": said.of_label,
            "right": said.right,
        }[quantity.name]
        return ClipValues(quantity, models, values)
    sql, given = _placed(_MEAN, quantity, place)
    found = source.rows.read(sql, quantity.table, models, given)
    return ClipValues(
        quantity,
        models,
        _table(source, models, found["run"], found["model"], found["value"]),
    )


def curves(
    source: Source, quantity: Quantity, place: Place, models: Sequence[str], clips: Sequence[Clip]
) -> dict[tuple[str, str], Curve]:
    """Return a quantity over time by key of the clip and name of the model: means over layers and heads.

    Empty for quantities that have no value for each frame. Raises StorageError.
    """
    if not quantity.placed or not clips:
        return {}
    sql, given = _placed(_CURVES, quantity, place)
    found = source.rows.read(sql, quantity.table, models, [*given, [clip.run for clip in clips]])
    keys = {clip.run: clip.key for clip in clips}
    result = {}
    for run, key in keys.items():
        for model in models:
            rows = (found["run"] == run) & (found["model"] == model)
            if rows.any():
                times, values = (np.asarray(found[n][rows], np.float64) for n in ("time", "value"))
                result[key, model] = Curve(times, values)
    return result


def answers(source: Source, models: Sequence[str]) -> Answers:
    """Return what models say of each clip. Raises StorageError."""
    found = source.rows.read(_ANSWERS, ANSWERS, models, ())
    shape = len(source.clips), len(models)
    said = np.full(shape, None, object)
    certainty, of_label, right = (np.full(shape, np.nan) for _ in range(3))
    rows = {clip.run: number for number, clip in enumerate(source.clips)}
    columns = {model: number for number, model in enumerate(models)}
    column = source.label
    labels = [_folded(clip.carried.get(column, "")) if column else "" for clip in source.clips]
    for run, model, name, value in zip(
        *(found[n] for n in ("run", "model", "class", "value")), strict=True
    ):
        if run not in rows:
            continue
        place = rows[run], columns[model]
        if not value <= certainty[place]:
            said[place], certainty[place] = str(name), value
        if labels[place[0]] and _folded(str(name)) == labels[place[0]]:
            of_label[place] = value
    known = np.isfinite(of_label)
    names = np.vectorize(lambda name: _folded(str(name)), otypes=[object])(said)
    right[known] = (names == np.array(labels, object)[:, None])[known]
    return Answers(models, said, certainty, of_label, right)


def _placed(sql: str, quantity: Quantity, place: Place) -> tuple[str, list[object]]:
    """Return the query at a place, and the values of its question marks."""
    layer = "" if place.layer is None else " AND layer = ?"
    head = "" if place.head is None else " AND head = ?"
    given = [place.axis, *(n for n in (place.layer, place.head) if n is not None)]
    # The name of a column comes from our own table of quantities.
    return sql.format(column=f'"{quantity.name}"', layer=layer, head=head), given


def _table(
    source: Source,
    models: Sequence[str],
    runs: NDArray[np.object_],
    names: NDArray[np.object_],
    values: Array,
) -> Array:
    """Return values as [clips, models]; rows of runs that no clip has are left out."""
    rows = {clip.run: number for number, clip in enumerate(source.clips)}
    columns = {model: number for number, model in enumerate(models)}
    table = np.full((len(source.clips), len(models)), np.nan)
    for run, name, value in zip(runs, names, values, strict=True):
        if run in rows:
            table[rows[run], columns[name]] = value
    return table


def _folded(name: str) -> str:
    """Return the name of a class as it is compared: case and spaces at its ends do not count."""
    return name.strip().casefold()
