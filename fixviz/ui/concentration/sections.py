"""The parts of the page, each with its figure and what can be concluded from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from fixviz.reading.counting import BY_SLOT, DETAILS
from fixviz.reading.definitions import help_for
from fixviz.reading.measures import METRICS, Measure
from fixviz.reading.values import concentration as values
from fixviz.reading.values.concentration import Array
from fixviz.reading.views import View
from fixviz.ui.concentration import charts
from fixviz.ui.concentration.charts import DASHES, Line
from fixviz.ui.inspect_run.old_figures import captioned, figure, model_color
from fixviz.ui.pages import page_file
from fixviz.ui.session import link_parameters
from fixviz.ui.shared_view import MEAN
from fixviz.ui.text import quiet
from fixviz.ui.url_state import one_of

_ALL_FRAMES, _THIS_FRAME = "all", "frame"
_SCOPES = {_ALL_FRAMES: "All frames, mean", _THIS_FRAME: "This frame"}


def over_time(
    view: View, measure: Measure, key: str, counted: str, segments: Sequence[dict[str, Any]] = ()
) -> None:
    """The measure's curves of all models on one pair of axes."""
    curves = values.curves(view, measure)
    reference, title = values.reference(view, measure, list(curves))
    chart = charts.time_chart(
        view.run.times,
        [_line(view, name, curve) for name, curve in curves.items()],
        title=measure.axis_title,
        now=view.run.timestamp(view.frame),
        reference=reference,
        reference_title=title,
        segments=segments,
    )
    table: dict[str, Any] = {
        "frame": list(range(view.run.frames)),
        "time (s)": view.run.times,
        **{f"{measure.name} {name}": curve for name, curve in curves.items()},
    }
    if reference is not None:
        table[title] = reference
    figure(
        chart,
        key=f"{key}-time",
        name=f"{measure.name}-over-time",
        caption=(
            f"{measure.title} over time: {view.place}, {counted}. {view.checkpoints}. "
            f"The vertical line marks frame {view.frame}."
        ),
        details=DETAILS,
        table=table,
        alt=f"{measure.title} over time: " + _summary(view, curves),
    )


def grids(view: View, measure: Measure, key: str, counted: str) -> None:
    """Layer by head, one grid a model on one scale; a click on a cell leads to the player."""
    scope = st.segmented_control(
        "Values of",
        list(_SCOPES),
        required=True,
        format_func=lambda s: _SCOPES[s],
        **one_of(f"{key}_values", f"{key}_of", list(_SCOPES), _ALL_FRAMES, lambda s: _SCOPES[s]),
    )
    frame = view.frame if scope == _THIS_FRAME else None
    found = {
        name: values.cells(array, frame)
        for name, array in values.known(view, measure, everywhere=True).items()
    }
    low, high = _limits(measure, list(found.values()))
    when = view.time if frame is not None else "mean over all frames"
    quiet(
        "Click a cell: a link appears that opens this layer and head in Watch. With the keyboard, choose "
        "layer and head at the top of the page and take the link there."
    )
    with st.grid("auto", min_column_width=280, gap="medium"):
        for name, array in found.items():
            with st.container():
                _grid(view, measure, key, name, array, (low, high), f"{when}, {counted}")


def _grid(
    view: View,
    measure: Measure,
    key: str,
    name: str,
    array: Array,
    limits: tuple[float, float],
    how: str,
) -> None:
    entry = view.run.model(name)
    st.markdown(f"**{entry['title']}**")
    reads = entry["reads_elsewhere"].get(view.axis, {})
    chart = charts.grid_chart(
        array,
        low=limits[0],
        high=limits[1],
        signed=limits[0] < 0,
        chosen=(view.layer, view.head),
        notes={int(head): text for head, text in reads.items()},
    )
    layer, head = (index.ravel() for index in np.indices(array.shape))
    event = figure(
        chart,
        key=f"{key}-grid-{name}",
        name=f"{measure.name}-layers-heads-{name}",
        caption=(
            f"{measure.title} of every layer and head: {view.axis} attention, {how}. One scale for all "
            f"models. {view.run.checkpoint(name)}."
        ),
        details=DETAILS,
        table={
            "layer": layer.tolist(),
            "head": head.tolist(),
            measure.name: array.ravel().tolist(),
        },
        height=90 + 44 * len(array),
        selectable=True,
    )
    cell = clicked(event, array.shape)
    if cell is not None:
        st.page_link(
            page_file("inspect", "watch"),
            label=f"Open layer {cell[0]}, head {cell[1]} in Watch",
            icon=":material/smart_display:",
            query_params=link_parameters(
                view.run.handle, {**parameters(view), "layer": str(cell[0]), "head": str(cell[1])}
            ),
        )


def parameters(view: View) -> dict[str, str]:
    """The same view in the query parameters that all pages share (fixviz.ui.shared_view)."""
    head = MEAN if view.head is None else str(view.head)
    frame, layer = str(view.frame), str(view.layer)
    return {"frame": frame, "layer": layer, "head": head, "axis": view.axis}


def clicked(event: Any, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Layer and head of the cell that a chart's event says was clicked."""
    points = event["selection"]["points"] if event else []
    for point in points:
        layer, head = int(point.get("y", -1)), int(point.get("x", -1))
        if 0 <= layer < shape[0] and 0 <= head < shape[1]:
            return layer, head
    return None


def this_frame(view: View) -> None:
    """All measures of all models at the frame in view, as a table."""
    table: dict[str, list[Any]] = {"Model": [entry["title"] for entry in view.models]}
    for measure in METRICS:
        table[measure.axis_title] = [
            float(curve[view.frame]) for curve in values.curves(view, measure).values()
        ]
    table["N (keys)"] = [values.keys_of(entry, view.axis) for entry in view.models]
    columns = {
        measure.axis_title: st.column_config.NumberColumn(
            help=help_for(measure.word), format="%.4g"
        )
        for measure in METRICS
    }
    st.dataframe(table, hide_index=True, column_config=columns, key="concentration-numbers")
    caption = (
        f"All measures of one frame, means over its queries: {view.place}, {view.time}, {BY_SLOT}. "
        f"{view.checkpoints}."
    )
    captioned("concentration-numbers", "concentration", caption, table, details=DETAILS)


def lorenz(view: View) -> None:
    """Lorenz curves at the frame in view."""
    found = {
        entry["name"]: curve
        for entry in view.models
        if (curve := values.lorenz(view, entry["name"])) is not None
    }
    lines = [_line(view, name, curve) for name, curve in found.items()]
    table: dict[str, Any] = {}
    if lines:
        table["keys, weakest first (%)"] = charts.percent_of_keys(lines[0].values)
    table |= {f"share of attention (%) {name}": 100 * curve for name, curve in found.items()}
    figure(
        charts.lorenz_chart(lines),
        key="concentration-lorenz",
        name="lorenz-curves",
        caption=(
            f"Lorenz curves, means over the queries of the frame: {view.place}, {view.time}, {BY_SLOT}. "
            f"{view.checkpoints}."
        ),
        details=DETAILS,
        table=table,
        height=380,
    )


def distribution(view: View) -> None:
    """How concentration is distributed over the queries of the frame in view."""
    found = {
        entry["name"]: counts
        for entry in view.models
        if (counts := values.histogram(view, entry["name"])) is not None
    }
    lines = [_line(view, name, counts.astype(float)) for name, counts in found.items()]
    bins = len(lines[0].values) if lines else 0
    edges = np.linspace(0, 1, bins + 1)
    queries = ", ".join(
        f"{view.run.model(name)['title']} {counts.sum():,}" for name, counts in found.items()
    )
    of = "all heads together" if view.head is None else f"head {view.head}"
    figure(
        charts.histogram_chart(lines),
        key="concentration-distribution",
        name="concentration-distribution",
        caption=(
            f"How many queries of the frame have which concentration, in bins of "
            f"{1 / max(bins, 1):g}: {view.axis} attention, layer {view.layer}, {of}, {view.time}, "
            f"{BY_SLOT}. Number of queries: {queries}. {view.checkpoints}."
        ),
        details=DETAILS,
        table={
            "from": edges[:-1].tolist(),
            "to": edges[1:].tolist(),
            **{f"queries {name}": counts.tolist() for name, counts in found.items()},
        },
        height=380,
    )


def _line(view: View, name: str, numbers: Array) -> Line:
    names = [entry["name"] for entry in view.run.models]
    dash = DASHES[names.index(name) % len(DASHES)]
    return Line(view.run.model(name)["title"], model_color(view.run, name), dash, numbers)


def _limits(measure: Measure, grids: Sequence[Array]) -> tuple[float, float]:
    """The ends of the colors: symmetric for signed measures, else from 0 to the largest value."""
    every = np.concatenate([array.ravel() for array in grids]) if grids else np.zeros(0)
    known = np.abs(every[np.isfinite(every)])
    most = float(known.max()) if known.size and known.max() > 0 else 1.0
    return (-most if measure.signed else 0.0), most


def _summary(view: View, curves: dict[str, Array]) -> str:
    means = {name: float(values.known_mean(curve, 0)) for name, curve in curves.items()}
    return ", ".join(
        f"{view.run.model(name)['title']} {mean:.3g} on average"
        if np.isfinite(mean)
        else f"{view.run.model(name)['title']} undefined"
        for name, mean in means.items()
    )
