"""Whether attention ranks the patches as the attribution does, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.analysis.attribution.agreement import agreement
from fixviz.analysis.attribution.convergence import mark
from fixviz.reading.definitions import help_for
from fixviz.reading.phrases import head_phrase
from fixviz.reading.run import StoredResult
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.attribution import View, settings_words
from fixviz.ui.inspect_run.choices import choose_head, choose_layer
from fixviz.ui.inspect_run.old_figures import figure, model_color
from fixviz.ui.text import conclude, quiet

SIGNED: Final = "The map with its sign"
STRENGTH: Final = "The map's strength, without the sign"


def show(view: View, results: Mapping[str, StoredResult]) -> None:
    """Curves over the frames, one a model."""
    st.header("Agreement with attention", anchor=False, help=help_for("agreement"))
    entries = [entry for entry in view.models if entry["name"] in results]
    if not entries:
        quiet("This figure appears once the maps are computed.")
        return
    widest = {
        "layers": min(entry["layers"] for entry in entries),
        "heads": min(entry["heads"] for entry in entries),
    }
    with st.grid("auto", min_column_width=200):
        layer = choose_layer(widest)
        head = choose_head(widest)
        compared = SIGNED
        if view.method.signed:
            compared = st.selectbox("Compared with", [SIGNED, STRENGTH], key="agreement_with")
    curves = {}
    for entry in entries:
        name = entry["name"]
        received = view.run.array(f"{name}/{entry['axes'][-1]}/attention_received/source")
        maps = results[name].array("map")
        by_head = received[layer].astype(np.float64)
        attention = by_head.mean(0) if head is None else by_head[head]
        curves[name] = agreement(attention, np.abs(maps) if compared == STRENGTH else maps)
    _draw(view, results, curves, f"layer {layer}, {head_phrase(head)}", compared)
    conclude(texts.AGREEMENT)


def _draw(
    view: View,
    results: Mapping[str, StoredResult],
    curves: Mapping[str, NDArray[np.float64]],
    where: str,
    compared: str,
) -> None:
    run, times = view.run, view.run.times
    chart = go.Figure()
    chart.add_hline(y=0, line={"width": 1, "color": "#7C8893"})
    chart.add_vline(x=times[view.frame], line={"width": 1, "dash": "dot", "color": "#7C8893"})
    for name, values in curves.items():
        chart.add_scatter(
            x=times,
            y=values,
            name=run.model(name)["title"],
            mode="lines+markers",
            line={"color": model_color(run, name), "width": 2},
            hovertemplate="%{x:.2f} s: %{y:.2f}",
        )
    chart.update_yaxes(title="Rank correlation", range=[-1.05, 1.05])
    known = [times[i] for i in range(run.frames) if any(np.isfinite(v[i]) for v in curves.values())]
    chart.update_xaxes(title="Time (s)", range=_room(known or times))
    method = settings_words(next(iter(results.values())))
    axes = {run.model(name)["axes"][-1] for name in curves}
    caption = (
        f"Spearman correlation over the patches of each frame: attention received by source "
        f"({' or '.join(sorted(axes))} attention, {where}) against {method}, {compared.lower()}; "
        f"{_windows(view)}; {', '.join(run.checkpoint(name) for name in curves)}. "
        "The dotted line is the frame in view."
    )
    for name in curves:
        if warning := mark(results[name].description):
            caption += f" {run.model(name)['title']}: {warning}"
    table: dict[str, list[float | int]] = {
        "frame": list(range(run.frames)),
        "timestamp_s": list(times),
    }
    table |= {name: list(values) for name, values in curves.items()}
    summary = ", ".join(
        f"{run.model(name)['title']} {np.nanmean(values):.2f}"
        for name, values in curves.items()
        if np.isfinite(values).any()
    )
    figure(
        chart,
        key="agreement",
        name=f"agreement-{view.method.name}",
        caption=caption,
        table=table,
        alt=f"Agreement per frame; mean: {summary or 'undefined'}",
    )
    if summary:
        quiet(f"Mean over the frames with a map: {summary}.")
    if any(not np.isfinite(v[view.frames(run.model(n))]).all() for n, v in curves.items()):
        quiet("Frames without a value: there, one of the two maps has the same value everywhere.")


def _room(times: list[float]) -> list[float]:
    """From the first to the last time, with a margin for the markers."""
    margin = 0.03 * (times[-1] - times[0]) or 0.5
    return [times[0] - margin, times[-1] + margin]


def _windows(view: View) -> str:
    if view.whole_clip:
        return "each frame in the window in which it is most central"
    return (
        "maps of the window of the frame in view, attention of the window in which a frame is most "
        "central"
    )
