"""Each direction per layer and per frame, and what leaving it out does to the prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.reading.definitions import help_for
from fixviz.reading.notes import notes_of
from fixviz.reading.run import StoredResult
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import Arm, View
from fixviz.ui.concentration.charts import text_colors
from fixviz.ui.inspect_run.old_figures import captioned, figure, palette
from fixviz.ui.text import conclude

_MOST_NUMBERED = 4
"""Layers up to which every cell shows its number."""
_CLASS = "class, points"


def per_layer_and_frame(view: View, left_out: StoredResult | None) -> None:
    """Means over patches: per layer over the clip, and in the layer in view over time."""
    arms = list(view.arms())
    names = [arm.direction.label for arm in arms]
    layers = list(range(view.entry["layers"]))
    sources: list[tuple[str, str, str, str, Callable[[Arm, int], NDArray[np.floating]]]] = []
    if view.fixed:
        title = f"Share of the logit of the {view.which}'s ratio"

        def shared(arm: Arm, layer: int) -> NDArray[np.floating]:
            return np.asarray(view.share(arm, layer).mean((1, 2)))

        sources.append(("share", title, "share", texts.SHARE, shared))
    if left_out is not None:
        computed = left_out.description["layers"]
        rows = [row["label"] for row in left_out.description["rows"]]
        change = left_out.array("output_change/frame")

        def changed(arm: Arm, layer: int) -> NDArray[np.floating]:
            if layer not in computed:
                return np.full(view.run.frames, np.nan)
            found: NDArray[Any] = change[computed.index(layer), rows.index(arm.direction.label)]
            return found

        title = "Leave one out: relative change of the output"
        sources.append(("left-out", title, "relative change", texts.LEFT_OUT, changed))
    for key, title, unit, text, values_of in sources:
        st.markdown(f"**{title}**")
        by_layer = np.array([[values_of(arm, layer).mean() for arm in arms] for layer in layers])
        over_time = np.array([values_of(arm, view.layer) for arm in arms])
        known = np.concatenate([by_layer.ravel(), over_time.ravel()])
        most = float(known[np.isfinite(known)].max(initial=0)) or 1.0
        with st.grid("auto", min_column_width=320, gap="medium"):
            with st.container():
                _heat(
                    by_layer.T,
                    [str(layer) for layer in layers],
                    names,
                    "layer",
                    key=f"layers-{key}",
                    name=view.file(f"{key}-per-layer"),
                    caption=f"{title}, mean over patches and frames of the clip. All layers; grid "
                    f"neighbors belong to the temporal attention, frames to the spatial one; one scale for "
                    f"both figures; {view.checkpoint}.",
                    most=most,
                    unit=unit,
                    alone=False,
                )
            with st.container():
                _heat(
                    over_time,
                    view.run.times,
                    names,
                    "time in s",
                    key=f"frames-{key}",
                    name=view.file(f"{key}-per-frame"),
                    caption=view.caption(
                        f"{title}, mean over the patches of each frame",
                        "grid neighbors belong to the temporal attention, frames to the spatial one",
                        "one scale for both figures",
                    ),
                    most=most,
                    unit=unit,
                    alone=True,
                )
        conclude(text)


def _heat(
    values: NDArray[np.floating],
    x: list[Any],
    names: list[str],
    label: str,
    *,
    key: str,
    name: str,
    caption: str,
    most: float,
    unit: str,
    alone: bool,
) -> None:
    """A row for each direction, colors from 0 to `most`; numbers in the cells where there are few."""
    chart = go.Figure(
        go.Heatmap(
            z=values,
            x=x,
            y=names,
            zmin=0,
            zmax=most,
            colorscale="Viridis",
            colorbar={"thickness": 10, "title": {"text": unit, "side": "right"}},
            hovertemplate="%{y}, " + label + " %{x}: %{z:.3f}<extra></extra>",
        )
    )
    if not alone and len(x) <= _MOST_NUMBERED:
        inks = text_colors(values / most)
        places = [(column, row) for row in names for column in x]
        texts = [f"{value:.3f}" if np.isfinite(value) else "–" for value in values.ravel()]
        # All at once: added one by one, they take longer than the rest of the chart.
        chart.update_layout(
            annotations=[
                {"x": column, "y": row, "text": text, "font": {"color": ink}, "showarrow": False}
                for (column, row), text, ink in zip(places, texts, inks, strict=True)
            ]
        )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(title=label, type="linear" if alone else "category")
    columns = {str(n): row.tolist() for n, row in zip(names, values, strict=True)}
    figure(chart, key=key, name=name, caption=caption, table={label: x, **columns}, height=340)


def predictions(view: View, found: StoredResult) -> None:
    """Change of the predicted class's probability, in the layer in view and in all layers."""
    own = found.array("own")
    predicted = own.argmax(1)
    windows = np.arange(len(own))
    rows = found.description["rows"]
    labels = [row["label"] for row in rows]
    colors = palette()
    chart = go.Figure()
    table: dict[str, list[Any]] = {"left out": [*labels, "every neighbor"]}
    sets = []
    if view.layer in found.description["layers"]:
        layer = found.description["layers"].index(view.layer)
        sets.append((f"in layer {view.layer}", found.array("layer")[layer]))
    if "everywhere" in found.description["arrays"]:
        sets.append(("in all layers", found.array("everywhere")))
    for color, (title, values) in zip(colors, sets, strict=False):
        change = (values[:, windows, predicted] - own[windows, predicted]).mean(1)
        other = (values.argmax(-1) != predicted).sum(1)
        count = len(change)
        chart.add_bar(
            y=table["left out"][:count],
            x=100 * change,
            orientation="h",
            name=title,
            marker_color=color,
            customdata=other,
            hovertemplate="%{y} left out: %{x:+.1f} percentage points, another class in "
            f"%{{customdata}} of {len(own)} windows<extra></extra>",
        )
        missing = [float("nan")] * (len(labels) + 1 - count)
        table[f"change, {title} (percentage points)"] = [*(100 * change).tolist(), *missing]
        table[f"windows with another class, {title}"] = [*other.tolist(), *missing]
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(title="change of the probability, percentage points")
    classes = view.entry["classes"]
    names = ", ".join(dict.fromkeys(classes[i] for i in predicted))
    figure(
        chart,
        key="left-out-predictions",
        name=view.file("left-out-predictions"),
        caption=view.caption(
            "How the probability of the predicted class changes when a neighbor is left out",
            f"mean of {len(own)} windows",
            f"predicted by the whole model: {names}",
        ),
        table=table,
        height=60 + 30 * (len(labels) + 1),
    )
    conclude(f"{texts.PREDICTION} {' '.join(notes_of([view.entry]))}".strip())


def summary(view: View, left_out: StoredResult, predicted: StoredResult | None) -> None:
    """What leaving out changes in the layer in view, as numbers; predictions once they are there."""
    if view.layer not in left_out.description["layers"]:
        return
    layer = left_out.description["layers"].index(view.layer)
    rows = left_out.description["rows"]
    table: dict[str, list[Any]] = {
        "left out": [row["label"] for row in rows],
        "attention": [row["axis"] for row in rows],
        "output, relative": _means(left_out.array("output_change/frame")[layer]),
    }
    if view.fixed:
        for which in ("query", "key"):
            for kind, how in (("signed", ""), ("absolute", ", size")):
                values = left_out.array(f"ratio_change/{which}/{kind}")[layer]
                table[f"ratio of the {which}{how}"] = _means(values)
    table["concentration"] = _means(left_out.array("concentration_change")[layer])
    if predicted is not None and view.layer in predicted.description["layers"]:
        own = predicted.array("own")
        windows, classes = np.arange(len(own)), own.argmax(1)
        values = predicted.array("layer")[predicted.description["layers"].index(view.layer)]
        change = (values[:, windows, classes] - own[windows, classes]).mean(1)
        table[_CLASS] = (100 * change).tolist()
    numbers = list(table)[2:]
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(
                format="%.1f" if name == _CLASS else "%.4f", help=_COLUMNS.get(name)
            )
            for name in numbers
        },
        alt="What leaving out each neighbor changes in this layer",
    )
    caption = view.caption(
        "Change when a neighbor is left out, mean over patches and frames. Ratios and concentration: of "
        "the heads that hold the direction",
        "the input of this attention stays the same"
        + (
            "; for the class, the rest of the network runs with the change"
            if _CLASS in table
            else ""
        ),
    )
    captioned("left-out", view.file("left-out"), caption, table)


_COLUMNS = {
    "output, relative": help_for("leave one out"),
    "concentration": help_for("concentration"),
    _CLASS: "Change of the predicted class's probability in percentage points, mean of the "
    "windows.",
    "ratio of the query, size": "Mean size of the change over channels and tokens, in which nothing cancels.",
    "ratio of the key, size": "Mean size of the change over channels and tokens, in which nothing cancels.",
}


def _means(values: NDArray[Any]) -> list[float]:
    """[R, ...] to the mean of what is defined in each row; NaN where nothing is."""
    flat = np.asarray(values, np.float64).reshape(len(values), -1)
    defined = np.isfinite(flat)
    counts = defined.sum(1)
    sums = np.where(defined, flat, 0).sum(1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).tolist()  # type: ignore[no-any-return]
