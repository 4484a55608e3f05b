"""Figures about measured checkpoints: one figure against another, and right answers class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from fixviz.data.classes import CLASSES
from fixviz.evaluation.intervals import Interval, rank_correlation, wilson_interval
from fixviz.reading.benchmark.classes import Answers
from fixviz.reading.benchmark.measured import Measured
from fixviz.reading.benchmark.quantities import Quantity
from fixviz.reading.figures.figure import Axis, Cells, Figure, Point, PointGroup, Scatter
from fixviz.reading.scales import Scale
from fixviz.reading.texts import benchmark as texts

_GROUPS: Final = (
    PointGroup("Softmax", 0, "circle"),
    PointGroup("Linear", 1, "square"),
    PointGroup("Linear with fixation", 2, "diamond"),
    PointGroup("Softmax with fixation", 3, "triangle"),
)
_ROOM: Final = 0.07
"""Share of the span of the values that an axis has beyond them at either end."""


def against(
    models: Sequence[Measured], x: Quantity, y: Quantity, preset: str, chosen: str | None = None
) -> Figure | None:
    """Describe one figure against another, a point for each model that has both; None without a point.

    preset: of the generated clips, for figures that depend on them. chosen: id of the model to mark.
    """
    known = [
        (model, over, up)
        for model in models
        if (over := x.read(model, preset)) is not None and (up := y.read(model, preset)) is not None
    ]
    if not known:
        return None
    points = [_point(model, x, over, y, up) for model, over, up in known]
    groups = [g for i, g in enumerate(_GROUPS) if any(p.group == i for p in points)]
    used = [_GROUPS.index(g) for g in groups]
    chart = Scatter(
        [replace(point, group=used.index(point.group)) for point in points],
        groups,
        _axis(x, [over for _, over, _ in known]),
        _axis(y, [up for _, _, up in known]),
        chosen,
    )
    found = rank_correlation([p.x for p in points], [p.y for p in points])
    on = f" On generated clips of preset {preset}." if x.of_clips or y.of_clips else ""
    lower = x.title[:1].lower() + x.title[1:], y.title[:1].lower() + y.title[1:]
    return Figure(
        "benchmark-plot",
        chart,
        caption=f"{y.title} against {lower[0]}, a point for each checkpoint.{on} {_about(x)} {_about(y)}",
        table=_table(known, x, y, preset),
        alt=f"{y.title} against {lower[0]}: "
        + "; ".join(f"{m.id} {x.told(over)}, {y.told(up)}" for m, over, up in known),
        follows=f"{texts.correlation(*lower, len(points), found)} {texts.CANNOT}",
        terms=(),
        file=f"benchmark-{y.name}-against-{x.name}-{preset}",
    )


def _about(quantity: Quantity) -> str:
    return f"{quantity.title}: {quantity.about[:1].lower()}{quantity.about[1:]}"


def _point(model: Measured, x: Quantity, over: Interval, y: Quantity, up: Interval) -> Point:
    more = f", {model.training}" if model.training else ""
    note = f"{model.title}{more}\n{x.title}: {x.told(over)}\n{y.title}: {y.told(up)}"
    return Point(
        model.id,
        "" if model.origin == "earlier" else model.id,
        over.mean,
        up.mean,
        _group(model),
        _ends(over),
        _ends(up),
        note,
        hollow=model.origin != "shipped",
    )


def _group(model: Measured) -> int:
    fixed = model.about["fixation"] != "none"
    return {("softmax", False): 0, ("linear", False): 1, ("linear", True): 2}.get(
        (model.about["attention"], fixed), 3
    )


def _ends(found: Interval) -> tuple[float, float] | None:
    return None if found.low is None or found.high is None else (found.low, found.high)


def _axis(quantity: Quantity, values: Sequence[Interval]) -> Axis:
    ends = [v for found in values for v in found if v is not None]
    low, high = min(ends), max(ends)
    room = _ROOM * (high - low) or 0.05 * abs(high) or 1.0
    return Axis(quantity.axis, low - room, high + room)


def _table(
    known: Sequence[tuple[Measured, Interval, Interval]], x: Quantity, y: Quantity, preset: str
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "checkpoint": [model.id for model, _, _ in known],
        "model": [model.title for model, _, _ in known],
        "training": [model.training for model, _, _ in known],
        "clips": [preset] * len(known),
    }
    for quantity, values in (
        (x, [over for _, over, _ in known]),
        (y, [up for _, _, up in known]),
    ):
        columns[quantity.axis] = [found.mean for found in values]
        columns[f"{quantity.axis}, low"] = [found.low for found in values]
        columns[f"{quantity.axis}, high"] = [found.high for found in values]
    return columns


def class_by_class(
    told: Mapping[str, Answers],
    titles: Mapping[str, str],
    preset: str,
    chosen: str | None = None,
) -> Figure:
    """Describe how often each model is right in each class.

    told: what models said of the same clips, by id; titles: of the models. chosen: the class to mark.
    """
    shares = {
        name: [found.of_class(i) for i in range(len(CLASSES))] for name, found in told.items()
    }
    rows = [i for i in range(len(CLASSES)) if all(own[i].count for own in shares.values())]
    values = np.array([[own[i].percent for own in shares.values()] for i in rows])
    names = list(told)
    columns: dict[str, list[Any]] = {"class": [CLASSES[i] for i in rows]}
    for name, own in shares.items():
        columns[f"{name}, right"] = [own[i].right for i in rows]
        columns[f"{name}, clips"] = [own[i].count for i in rows]
        columns[f"{name}, right (%)"] = [own[i].percent for i in rows]
        columns[f"{name}, low (%)"] = [own[i].interval[0] for i in rows]
        columns[f"{name}, high (%)"] = [own[i].interval[1] for i in rows]
    chart = Cells(
        values,
        Scale(0.0, 100.0),
        [CLASSES[i] for i in rows],
        names,
        "",
        chosen=None if chosen is None else ([CLASSES[i] for i in rows].index(chosen), None),
        remarks={
            (row, column): own[i].told
            for row, i in enumerate(rows)
            for column, own in enumerate(shares.values())
        },
    )
    counts = sorted({own[i].count for own in shares.values() for i in rows})
    some = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return Figure(
        "benchmark-classes",
        chart,
        caption=f"Clips whose class is named, in percent of {some} clips of each class, preset {preset}: "
        f"{'; '.join(f'{name}: {titles[name]}' for name in names)}. With {counts[0]} clips the 95 % "
        "Wilson interval of a share near 50 % reaches about "
        f"{_reach(counts[0]):.0f} points to either side; each cell says its own.",
        table=columns,
        alt="Right answers class by class. "
        + " ".join(
            f"{CLASSES[i]}: "
            + ", ".join(f"{name} {own[i].percent:.0f} %" for name, own in shares.items())
            + "."
            for i in rows
        ),
        file=f"benchmark-classes-{preset}",
    )


def _reach(count: int) -> float:
    """Return half of the interval's width, in points, where half of the clips are right."""
    low, high = wilson_interval(count / 2, count)
    return 50 * (high - low)
