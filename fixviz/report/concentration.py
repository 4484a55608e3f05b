"""How concentrated attention is, and where it is, in numbers, for all models of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fixviz.drawing.markup import Html, tag
from fixviz.reading.counting import BY_SLOT, BY_SOURCE
from fixviz.reading.measures import METRICS, MOTION, TARGET, Measure
from fixviz.reading.scales import Scale
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.values.concentration import Array
from fixviz.reading.views import View
from fixviz.report import svg
from fixviz.report.distribution import distribution, lorenz
from fixviz.report.drawing import NARROW, Series
from fixviz.report.sheet import Sheet, row, section, text

_MOST_NUMBERS = 96
"""Cells of a grid up to which each shows its number."""


def concentration(sheet: Sheet, view: View) -> Html:
    """Curves, grids, Lorenz curves, distribution, all numbers of the frame, and where attention is."""
    sheet.define(*(measure.word for measure in METRICS))
    parts = [_numbers(sheet, view), _over_time(sheet, view, METRICS[0], BY_SLOT)]
    parts.append(_grids(sheet, view, METRICS[0]))
    parts += [*lorenz(sheet, view), *distribution(sheet, view)]
    parts += _known_target(sheet, view)
    return section("concentration", "How concentrated attention is", *parts)


def _numbers(sheet: Sheet, view: View) -> Html:
    columns: dict[str, list[Any]] = {
        "Measure": [*(measure.axis_title for measure in METRICS), "N (keys of a query)"]
    }
    per_measure = [values.curves(view, measure) for measure in METRICS]
    for entry in view.models:
        curves = [found[entry["name"]] for found in per_measure]
        keys = values.keys_of(entry, view.axis)
        label = view.run.label(entry["name"])
        here = f"{label}, frame {view.frame}"
        columns[here] = [*(float(curve[view.frame]) for curve in curves), keys]
        columns[f"{label}, clip"] = [*(float(values.known_mean(c, 0)) for c in curves), keys]
    return sheet.table(
        columns,
        caption=f"All measures, means over the queries of a frame: {view.place}, {view.time}, {BY_SLOT}; "
        f"“clip”: mean over all frames. {view.checkpoints}.",
        follows=texts.MEASURED["concentration"],
    )


def _over_time(sheet: Sheet, view: View, measure: Measure, counted: str) -> Html:
    run, curves = view.run, values.curves(view, measure)
    series = []
    reference, title = values.reference(view, measure, list(curves))
    if reference is not None:
        series.append(Series(title, reference, None))
    series += [Series(view.run.title(name), y, view.run.place(name)) for name, y in curves.items()]
    chart = svg.lines(
        np.array(run.times),
        series,
        x_title="time (s)",
        y_title=measure.axis_title,
        alt=f"{measure.title} over time. " + _summary(view, curves),
        now=run.timestamp(view.frame),
        bands=(run.manifest.get("truth") or {}).get("segments", ()),
    )
    return sheet.figure(
        chart,
        beside=True,
        caption=f"{measure.title} over time: {view.place}, {counted}. The vertical line "
        f"marks frame {view.frame} ({run.timestamp(view.frame):.2f} s). {view.checkpoints}.",
        follows=texts.MEASURED[measure.name],
        numbers={
            "frame": list(range(run.frames)),
            "time (s)": run.times,
            **({} if reference is None else {title: reference.tolist()}),
            **{view.run.label(name): y.tolist() for name, y in curves.items()},
        },
    )


def _grids(sheet: Sheet, view: View, measure: Measure) -> Html:
    found = {
        name: values.cells(array, None)
        for name, array in values.known(view, measure, everywhere=True).items()
    }
    known = np.concatenate([a[np.isfinite(a)] for a in found.values()])
    scale = Scale(0.0, float(known.max()) if known.size and known.max() > 0 else 1.0)
    charts = []
    for name, array in found.items():
        layers, heads = array.shape
        here = view.layer < layers and (view.head or 0) < heads
        chart = svg.cells(
            array,
            scale,
            rows=[str(i) for i in range(layers)],
            columns=[str(i) for i in range(heads)],
            row_title="layer",
            column_title="head",
            alt=f"{measure.title} of {view.run.title(name)} by layer and head, from "
            f"{np.nanmin(array):.3g} to {np.nanmax(array):.3g}",
            chosen=(view.layer, view.head) if here else None,
            show_numbers=array.size <= _MOST_NUMBERS,
            across=NARROW,
        )
        charts.append(tag("div", tag("h3", view.run.title(name)), chart))
    return sheet.figure(
        row(*charts),
        svg.color_bar(scale, f"{measure.title.lower()}, one scale for all models"),
        caption=f"{measure.title} of every layer and head: {view.axis} attention, mean over all "
        f"frames, {BY_SLOT}. Outlined: the layer and head of the other figures. "
        f"{'; '.join(view.run.checkpoint(name) for name in found)}.",
        follows=texts.GRIDS,
        numbers={
            "model": [view.run.title(n) for n, a in found.items() for _ in range(a.size)],
            "layer": [i for a in found.values() for i in np.indices(a.shape)[0].ravel().tolist()],
            "head": [i for a in found.values() for i in np.indices(a.shape)[1].ravel().tolist()],
            measure.title: [v for a in found.values() for v in a.ravel().tolist()],
        },
    )


def _known_target(sheet: Sheet, view: View) -> list[Html]:
    """Measures against the truth, or against motion where there is none."""
    if values.curves(view, TARGET[0]):
        title, intro = "On what decides the class", texts.TARGET_INTRO
        measures: tuple[Measure, ...] = TARGET
    elif values.curves(view, MOTION[0]):
        title, intro, measures = "Where something moves", texts.MOTION_INTRO, MOTION
    else:
        return []
    found = [tag("h3", title), text(intro)]
    for measure in measures:
        if values.curves(view, measure):
            sheet.define(measure.word)
            found.append(_over_time(sheet, view, measure, BY_SOURCE))
    return found


def _summary(view: View, curves: Mapping[str, Array]) -> str:
    means = {name: float(values.known_mean(curve, 0)) for name, curve in curves.items()}
    listed = ", ".join(
        f"{view.run.title(n)} {m:.3g}" if np.isfinite(m) else f"{view.run.title(n)} undefined"
        for n, m in means.items()
    )
    return f"Mean over the clip: {listed}."
