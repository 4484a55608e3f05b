"""A quantity of every neighbor, in all layers and over time, as colored cells on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fixviz.reading.figures.figure import TIME, Array, Cells, Panel, Panels
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale
from fixviz.reading.tables import Table
from fixviz.reading.values.concentration import known_mean
from fixviz.reading.values.neighborhood import View

MOST_NUMBERED = 6
"""Columns up to which every cell shows its number."""


def scale_from_0(view: View, layers: Sequence[int], *values: Array) -> Scale:
    """Return a scale from 0 to the highest of what `layers_and_frames` shows of these values."""
    shown = [
        part[np.isfinite(part)].max(initial=0.0)
        for one in values
        for part in (known_mean(one, 2), _over_time(view, layers, one))
    ]
    return Scale(0.0, float(max(shown)) or 1.0)


def layers_and_frames(
    view: View,
    values: Array,
    layers: Sequence[int],
    rows: Sequence[str],
    scale: tuple[Scale, str],
    what: str,
) -> tuple[Panels, Table, Table]:
    """Describe values [rows, layers, N]: means over frames, and the layer in view over time.

    scale: with what its numbers are. what: the quantity, for the text alternatives. Returns the chart, its
    means with a column for each layer, and all of its numbers with a row for each. Where the layer in view
    is not among `layers`, only the means are shown.
    """
    times = view.run.times
    means, over_time = known_mean(values, 2), _over_time(view, layers, values)
    names = [f"layer {layer}" for layer in layers]
    moments = [f"layer {view.layer}, frame {i} ({t:.2f} s)" for i, t in enumerate(times)]
    per_layer = Cells(
        means,
        scale[0],
        rows,
        [str(layer) for layer in layers],
        "",
        column_title="Layer",
        numbers=len(layers) <= MOST_NUMBERED,
    )
    alt = f"{what}, layer by layer; {highest(means, rows, names)}"
    panels = [Panel("Every layer, mean of all frames", per_layer, alt)]
    table = dict(zip(names, means.T.tolist(), strict=True))
    if over_time.size:
        per_frame = Cells(
            over_time, scale[0], rows, np.array(times), "", column_title=TIME, numbers=False
        )
        alt = f"{what}, frame by frame; {highest(over_time, rows, moments)}"
        panels.append(Panel(f"Layer {view.layer}, every frame", per_frame, alt))
    return Panels(panels, scale), table, _rows(view, layers, rows, means, over_time)


def _rows(
    view: View, layers: Sequence[int], rows: Sequence[str], means: Array, over_time: Array
) -> Table:
    """Return one row for each number: means over frames first, then the layer in view in every frame."""
    times = view.run.times
    found: list[tuple[str, int, int | None, float | None, float]] = [
        (name, layer, None, None, float(means[i, j]))
        for i, name in enumerate(rows)
        for j, layer in enumerate(layers)
    ]
    found += [
        (name, view.layer, frame, times[frame], float(over_time[i, frame]))
        for i, name in enumerate(rows)
        for frame in range(over_time.shape[1])
    ]
    columns = ("direction", "layer", "frame", "time (s)", "value")
    return dict(zip(columns, map(list, zip(*found, strict=True)), strict=True))


def layers_phrase(view: View, layers: Sequence[int]) -> str:
    """Name what `layers_and_frames` shows, for captions."""
    every = len(layers) == view.entry["layers"]
    shown = "all layers" if every else f"layer {', '.join(map(str, layers))}"
    return f"{shown}, and layer {view.layer} over time" if view.layer in layers else shown


def highest(values: Array, rows: Sequence[str], columns: Sequence[str]) -> str:
    """Say which cell is highest, for those who do not see it."""
    if not np.isfinite(values).any():
        return "no value is defined"
    row, column = map(int, np.unravel_index(int(np.nanargmax(values)), values.shape))
    return f"highest: {rows[row]}, {columns[column]}, {number(float(values[row, column]))}"


def _over_time(view: View, layers: Sequence[int], values: Array) -> Array:
    """Return the layer in view, [rows, N]; nothing where it is not among the layers."""
    found = [values[:, i] for i, layer in enumerate(layers) if layer == view.layer]
    return found[0] if found else values[:, 0, :0]
