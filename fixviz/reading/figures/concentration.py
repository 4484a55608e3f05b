"""Figures about how concentrated attention is, and whether it is where it counts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from fixviz.analysis.measure_table import Measure
from fixviz.reading.counting import BY_SLOT, BY_SOURCE, DETAILS
from fixviz.reading.figures.figure import (
    REFERENCE,
    TIME,
    Array,
    Axis,
    Cells,
    Figure,
    Lines,
    Panel,
    Panels,
    Series,
)
from fixviz.reading.scales import Scale
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View

_MOST_NUMBERS = 48
"""Cells of a grid up to which each shows its number."""


def over_time(view: View, measure: Measure, name: str) -> Figure:
    """Describe a measure's curves of all models, what they compare with, and what the clip shows when."""
    run, curves = view.run, values.curves(view, measure)
    reference, title = values.reference(view, measure, list(curves))
    lines = {} if reference is None else {title: reference}
    lines |= {run.label(model): curve for model, curve in curves.items()}
    colors: list[int | None] = [] if reference is None else [REFERENCE]
    colors += [run.place(model) for model in curves]
    return Figure(
        f"{name}-time",
        Lines(
            np.array(run.times),
            [
                Series(t, line, color)
                for (t, line), color in zip(lines.items(), colors, strict=True)
            ],
            Axis(TIME),
            Axis(measure.axis_title),
            now=run.timestamp(view.frame),
            bands=run.segments,
            points=[f"frame {f}, {run.timestamp(f):.2f} s" for f in range(run.frames)],
        ),
        caption=view.caption(
            f"{measure.title} over time",
            counted(measure),
            f"the vertical line marks frame {view.frame} ({run.timestamp(view.frame):.2f} s)",
        ),
        details=DETAILS,
        table={
            "frame": list(range(run.frames)),
            "time (s)": run.times,
            **{title: line.tolist() for title, line in lines.items()},
        },
        alt=f"{measure.title} over time; means over the clip: {_means(view, curves)}",
        follows=measure.follows,
        terms=(measure.term,),
        file=f"{measure.name}-over-time",
    )


def grids(view: View, measure: Measure, name: str, frame: int | None = None) -> Figure:
    """Describe a measure of every layer and head, a grid for each model, all on one scale.

    frame: one of them; None is the mean of all.
    """
    run = view.run
    found = {
        model: values.cells(array, frame)
        for model, array in values.known(view, measure, everywhere=True).items()
    }
    every = np.concatenate([grid.ravel() for grid in found.values()])
    scale = Scale.signed(every) if measure.signed else Scale(0.0, Scale.of(every).high or 1.0)
    when = "mean over all frames" if frame is None else view.time
    return Figure(
        f"{name}-grid",
        Panels(
            [
                Panel(run.label(model), _grid(view, model, grid, scale), _grid_alt(measure, grid))
                for model, grid in found.items()
            ],
            (scale, f"{measure.axis_title}, one scale for all models"),
        ),
        caption=f"{measure.title} of every layer and head: {view.axis} attention; {when}; "
        f"{counted(measure)}; outlined are the layer and head of the other figures; "
        f"{'; '.join(map(run.checkpoint, found))}.",
        details=DETAILS,
        table=_grids_table(view, measure, found),
        alt=f"{measure.title} by layer and head",
        follows=texts.GRIDS,
        terms=(measure.term,),
        file=f"{measure.name}-layers-heads",
    )


def numbers(view: View) -> Figure:
    """Describe all measures of the rows in a table: in the frame in view, and over the clip."""
    run, measures = view.run, values.row_measures(view.run)
    models = [entry["name"] for entry in view.models]
    columns: dict[str, list[Any]] = {
        "model": [run.label(name) for name in models for _ in range(2)],
        "over": [f"frame {view.frame}", "clip"] * len(models),
    }
    for measure in measures:
        curves = values.curves(view, measure)
        columns[measure.axis_title] = [
            float(value)
            for name in models
            for value in (curves[name][view.frame], values.known_mean(curves[name], 0))
        ]
    columns["N (keys)"] = [
        values.keys_of(entry, view.axis) for entry in view.models for _ in range(2)
    ]
    return Figure(
        "concentration-numbers",
        None,
        caption=view.caption(
            "All measures, means over the queries of a frame",
            view.time,
            "“clip”: mean over all frames",
            BY_SLOT,
        ),
        details=DETAILS,
        table=columns,
        alt="All measures in numbers",
        follows=measures[0].follows,
        terms=tuple(measure.term for measure in measures),
        file="concentration",
        help={measure.axis_title: measure.definition for measure in measures},
    )


def lorenz(view: View) -> Figure:
    """Describe what the keys hold together, from the weakest to the strongest."""
    run = view.run
    found = {model: 100 * curve for model, curve in values.lorenz_curves(view).items()}
    share = np.linspace(0, 100, len(next(iter(found.values()))))
    halves = ", ".join(
        f"{np.interp(50, share, held):.1f} % in {run.label(model)}" for model, held in found.items()
    )
    return Figure(
        "concentration-lorenz",
        Lines(
            share,
            [
                Series("uniform attention", share, REFERENCE),
                *(
                    Series(run.label(model), held, run.place(model))
                    for model, held in found.items()
                ),
            ],
            Axis("Keys, weakest first (%)", 0.0, 100.0),
            Axis("Share of attention (%)", 0.0, 100.0),
            points=[f"the weakest {part:.0f} % of keys" for part in share],
        ),
        caption=view.caption(
            "Lorenz curves, means over the queries of the frame", view.time, BY_SLOT
        ),
        details=DETAILS,
        table={
            "keys, weakest first (%)": share.tolist(),
            **{f"{run.label(model)} (%)": held.tolist() for model, held in found.items()},
        },
        alt=f"Lorenz curves. The weakest half of the keys hold {halves}",
        follows=texts.LORENZ,
        terms=("Lorenz curve",),
        file="lorenz-curves",
    )


def distribution(view: View) -> Figure:
    """Describe how many queries of the frame are how concentrated."""
    run, found = view.run, values.histograms(view)
    edges = np.linspace(0, 1, len(next(iter(found.values()))) + 1)
    bins = [f"{low:.2f} to {high:.2f}" for low, high in pairwise(edges)]
    fullest = ", ".join(f"{bins[c.argmax()]} in {run.label(model)}" for model, c in found.items())
    of = "all heads together" if view.head is None else f"head {view.head}"
    queries = ", ".join(f"{run.label(model)} {counts.sum():,}" for model, counts in found.items())
    return Figure(
        "concentration-distribution",
        Lines(
            edges,
            [
                Series(run.label(model), 100 * c / max(c.sum(), 1), run.place(model), steps=True)
                for model, c in found.items()
            ],
            Axis("Concentration of a query", 0.0, 1.0),
            Axis("Queries (%)"),
            points=bins,
        ),
        caption=f"How many queries of the frame have which concentration, in bins of {edges[1]:g}: "
        f"{view.axis} attention, layer {view.layer}, {of}; {view.time}; {BY_SLOT}; number of queries: "
        f"{queries}; {view.checkpoints}.",
        details=DETAILS,
        table={
            "from": edges[:-1].tolist(),
            "to": edges[1:].tolist(),
            **{f"{run.label(model)} (queries)": c.tolist() for model, c in found.items()},
        },
        alt=f"Distribution of concentration over the queries. Fullest bin: {fullest}",
        follows=texts.DISTRIBUTION,
        terms=("concentration",),
    )


def counted(measure: Measure) -> str:
    """Return how a measure counts keys: those of the rows by slot, those of places by source."""
    return BY_SLOT if measure.of == "rows" else BY_SOURCE


def _grid(view: View, model: str, grid: Array, scale: Scale) -> Cells:
    layers, heads = grid.shape
    here = view.layer < layers and (view.head or 0) < heads
    return Cells(
        grid,
        scale,
        [str(layer) for layer in range(layers)],
        [str(head) for head in range(heads)],
        "",
        row_title="Layer",
        column_title="Head",
        numbers=grid.size <= _MOST_NUMBERS,
        chosen=(view.layer, view.head) if here else None,
        notes=values.reads_elsewhere(view, view.run.model(model)),
    )


def _grid_alt(measure: Measure, grid: Array) -> str:
    if not np.isfinite(grid).any():
        return f"{measure.title} by layer and head; no value is defined"
    return f"{measure.title} by layer and head, from {np.nanmin(grid):.3g} to {np.nanmax(grid):.3g}"


def _grids_table(view: View, measure: Measure, found: Mapping[str, Array]) -> dict[str, list[Any]]:
    layers, heads = (
        [i for grid in found.values() for i in np.indices(grid.shape)[axis].ravel().tolist()]
        for axis in (0, 1)
    )
    return {
        "model": [view.run.label(model) for model, grid in found.items() for _ in range(grid.size)],
        "layer": layers,
        "head": heads,
        measure.axis_title: [v for grid in found.values() for v in grid.ravel().tolist()],
    }


def _means(view: View, curves: Mapping[str, Array]) -> str:
    means = {model: float(values.known_mean(curve, 0)) for model, curve in curves.items()}
    return ", ".join(
        f"{view.run.label(m)} {mean:.3g}" if np.isfinite(mean) else f"{view.run.label(m)} undefined"
        for m, mean in means.items()
    )
