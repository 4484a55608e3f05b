"""The same model without neighbors beside it: trained so, or with every direction switched off."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.reading.map_pictures import evenly
from fixviz.reading.notes import notes_of
from fixviz.reading.picture_sheet import map_rows
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import View, hears
from fixviz.ui.inspect_run.choices import choose_axis
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.old_figures import figure, maps_legend, palette
from fixviz.ui.inspect_run.pictures import map_row
from fixviz.ui.text import conclude, quiet
from fixviz.ui.url_state import one_of

_CONCENTRATION = 2
_OFF = "off"


def partners(view: View) -> list[dict[str, Any]]:
    """Models of the run of the same kind, size and classes, without neighbors."""
    alike = ("attention", "fixation", "form", "dim", "depth", "heads")
    shared = ("grid", "windows", "classes")
    mine = view.entry["config"]
    return [
        entry
        for entry in view.run.models
        if not hears(entry)
        and all(entry["config"].get(key) == mine.get(key) for key in alike)
        and all(entry[key] == view.entry[key] for key in shared)
    ]


def show(view: View, *, large: bool) -> None:
    """Attention received and concentration of both, in the layer in view."""
    others = {entry["name"]: entry for entry in partners(view)}
    names = [*others, _OFF]
    titles = {name: f"{e['title']} (trained without)" for name, e in others.items()}
    titles[_OFF] = "The same weights, every direction off"
    chosen: str = _OFF
    with st.grid("auto", min_column_width=320, gap="medium"):
        if others:
            asked = st.segmented_control(
                "Beside it",
                names,
                required=True,
                format_func=lambda n: titles[n],
                **one_of("beside", "beside", names, names[0], lambda n: titles[n]),
            )
            chosen = asked or names[0]
        axis = choose_axis(view.entry)
    if not others:
        quiet(texts.ALONE)
    received = f"{axis}/attention_received/source"
    mine = _layer(view.run.array(f"{view.model}/{received}"), view.layer)
    mine_metrics = view.run.array(f"{view.model}/{axis}/metrics")
    if chosen == _OFF:
        found = derived(
            view.run,
            "without_neighbors",
            view.model,
            {},
            title="Running the model without its neighbors",
            button="Run the model without its neighbors" if large else None,
        )
        if found is None:
            return
        theirs = _layer(found.array(received), view.layer)
        their_metrics, probabilities = found.array(f"{axis}/metrics"), found.array("probabilities")
        text, checkpoint = texts.OFF, view.checkpoint
    else:
        other = others[chosen]
        theirs = _layer(view.run.array(f"{chosen}/{received}"), view.layer)
        their_metrics = view.run.array(f"{chosen}/{axis}/metrics")
        probabilities = np.array(other["probabilities"])
        text, checkpoint = texts.TRAINED, view.run.checkpoint(chosen)
    frames = sorted({*evenly(view.run, 5), view.frame})
    scale = Scale.of(np.stack([mine[frames], theirs[frames]]))
    for title, values in (("With its neighbors", mine), (titles[chosen], theirs)):
        st.markdown(f"**{title}**")
        map_row(
            view.run,
            view.model,
            frames,
            values[frames],
            scale,
            f"Attention received, {title}",
            width=165,
        )
    label = "attention received, by source, mean of heads; 1 = as under uniform attention"
    caption = view.caption(
        f"Attention received, {axis} attention, by source, mean of heads, one scale for both rows",
        f"frames {', '.join(map(str, frames))}",
        f"beside it: {titles[chosen]}, {checkpoint}",
    )
    shown = {"With its neighbors": mine[frames], titles[chosen]: theirs[frames]}
    frame, row, column = np.indices(mine[frames].shape).reshape(3, -1)
    table = {
        "frame": np.array(frames)[frame].tolist(),
        "row": row.tolist(),
        "column": column.tolist(),
        **{title: values.ravel().tolist() for title, values in shown.items()},
    }
    maps_legend(
        scale,
        label,
        lambda: map_rows(view.run, view.model, frames, shown, scale),
        key="beside-maps",
        name=view.file(f"beside-maps-{axis}"),
        caption=caption,
        table=table,
    )
    _concentration(view, axis, (mine_metrics, their_metrics), titles[chosen], checkpoint)
    _classes(view, probabilities, titles[chosen])
    conclude(f"{text} {' '.join(notes_of([view.entry]))}".strip())


def _layer(values: NDArray[Any], layer: int) -> NDArray[np.floating]:
    """[L, n, N, h, w] to [N, h, w], the mean of the layer's heads."""
    mean: NDArray[np.floating] = np.asarray(values[layer], np.float32).mean(0)
    return mean


def _concentration(
    view: View,
    axis: str,
    metrics: tuple[NDArray[Any], NDArray[Any]],
    title: str,
    checkpoint: str,
) -> None:
    times = view.run.times
    colors = palette()
    lines = [values[view.layer, ..., _CONCENTRATION].mean(0) for values in metrics]
    chart = go.Figure()
    for name, line, color, dash in zip(
        ("with its neighbors", title), lines, colors, ("solid", "dash"), strict=False
    ):
        chart.add_scatter(
            x=times, y=line, name=name, mode="lines", line={"color": color, "dash": dash}
        )
    chart.add_vline(x=times[view.frame], line={"width": 1, "color": colors[4]})
    chart.update_xaxes(title="time in s")
    chart.update_yaxes(title="concentration", rangemode="tozero")
    figure(
        chart,
        key="beside-concentration",
        name=view.file(f"beside-{axis}"),
        caption=view.caption(
            "Concentration, mean over the queries of a frame and the heads",
            f"{axis} attention, by slot",
            f"beside it: {title}, {checkpoint}",
            f"the vertical line marks frame {view.frame}",
        ),
        table={"time in s": times, "with": lines[0].tolist(), title: lines[1].tolist()},
        height=260,
    )


def _classes(view: View, probabilities: NDArray[Any], title: str) -> None:
    """What both predict for the window of the frame in view."""
    window = view.entry["window_of_frame"][view.frame]
    classes = view.entry["classes"]
    mine = np.array(view.entry["probabilities"][window])
    theirs = probabilities[window]
    st.markdown(
        f"Most probable class in the window of frame {view.frame}: with its neighbors "
        f"**{classes[int(mine.argmax())]}** ({100 * mine.max():.0f} %); {title[:1].lower()}{title[1:]} "
        f"**{classes[int(theirs.argmax())]}** ({100 * theirs.max():.0f} %)."
    )
