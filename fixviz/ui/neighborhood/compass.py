"""The compass: what each of the ten neighbors contributes, over the frame and at one patch."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from fixviz.reading.definitions import help_for
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.mosaic import mosaic, outlined, png
from fixviz.reading.numbers import signed, with_room
from fixviz.reading.picture_sheet import Row
from fixviz.reading.run import StoredResult
from fixviz.reading.scales import Scale
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import HEARS, Arm, View
from fixviz.ui.inspect_run.compute import derived
from fixviz.ui.inspect_run.old_figures import figure, maps_legend, palette
from fixviz.ui.inspect_run.old_picker import chosen_patch, patch_map
from fixviz.ui.text import conclude, quiet
from fixviz.ui.url_state import one_of

SHARE, SIGNED, LEFT_OUT = "share", "signed", "left_out"
_TITLES = {
    SHARE: "Share of the logit",
    SIGNED: "Signed part of the logit",
    LEFT_OUT: "Leave one out",
}
_UNITS = {SHARE: "share of the logit", SIGNED: "logit", LEFT_OUT: "relative change of the output"}
_TEXTS = {SHARE: texts.SHARE, SIGNED: texts.SIGNED, LEFT_OUT: texts.LEFT_OUT}
_PICKER = "neighbor-patch"
_ANGLES = {"right": 0, "above": 90, "left": 180, "below": 270} | {
    "above right": 45,
    "above left": 135,
    "below left": 225,
    "below right": 315,
}


def show(view: View, left_out: StoredResult | None) -> None:
    """Choose a measure; maps of all directions in their places, and the numbers of one patch."""
    offered = [SHARE, SIGNED, LEFT_OUT] if view.fixed else [LEFT_OUT]
    measure = st.segmented_control(
        "Measure",
        offered,
        required=True,
        format_func=lambda m: _TITLES[m],
        help=f"**Share.** {help_for('neighborhood contribution')}\n\n**Signed part.** "
        f"{help_for('logit parts')}\n\n**Leave one out.** {help_for('leave one out')}",
        **one_of("neighbor_measure", "measure", offered, offered[0], lambda m: _TITLES[m]),
    )
    measure = measure if measure in offered else offered[0]
    arms = [arm for arm in view.arms() if arm.heads]
    if not arms:
        st.info(f"Layer {view.layer} reads no neighbors; choose another.", icon=":material/info:")
        return
    maps = _maps(view, arms, measure, left_out)
    if maps is None:
        return
    stacked = np.stack(maps)
    scale = Scale.signed(stacked) if measure == SIGNED else Scale(0.0, float(np.nanmax(stacked)))
    about = view.caption(
        f"{_what(view, measure)}, per token",
        view.moment,
        "mean of the heads that hold the direction",
        "one scale for all directions",
    )
    with st.grid("auto", min_column_width=320, gap="medium"):
        with st.container():
            patch = chosen_patch(view.entry, _PICKER)
            largest = np.abs(stacked).max(0)
            patch_map(
                view.run,
                view.entry,
                view.frame,
                largest,
                Scale(0.0, float(largest.max())),
                patch,
                key=_PICKER,
                name=view.file(f"{measure}-all"),
                what=_UNITS[measure],
                caption=view.caption(
                    f"{_what(view, measure)}, at every patch that of the strongest direction. Click a "
                    "patch to choose it",
                    view.moment,
                ),
            )
        with st.container():
            _rose(view, arms, [float(m[patch]) for m in maps], measure, patch)
    conclude(_TEXTS[measure])
    sheets = _pictures(view, arms, maps, scale, patch, measure)
    frame = np.indices(stacked.shape).reshape(3, -1)
    labels = [arm.direction.label for arm in arms]
    maps_legend(
        scale,
        _UNITS[measure],
        lambda: sheets,
        key="compass-maps",
        name=view.file(f"compass-{measure}"),
        caption=about,
        table={
            "direction": [labels[i] for i in frame[0]],
            "row": frame[1].tolist(),
            "column": frame[2].tolist(),
            _UNITS[measure]: stacked.ravel().tolist(),
        },
    )
    quiet(about)


def _what(view: View, measure: str) -> str:
    """The measure as captions name it."""
    return {
        SHARE: f"Share of the logit of the {view.which}'s ratio",
        SIGNED: f"Signed part of the logit of the {view.which}'s ratio",
        LEFT_OUT: "Relative change of the attention's output without this neighbor",
    }[measure]


def _maps(
    view: View, arms: list[Arm], measure: str, left_out: StoredResult | None
) -> list[NDArray[np.floating]] | None:
    """A map [h, w] for each arm; None while it is not computed."""
    if measure == SHARE:
        return [view.share(arm)[view.frame] for arm in arms]
    if measure == LEFT_OUT:
        if left_out is None or view.layer not in left_out.description["layers"]:
            quiet("This layer is not computed yet: see Leave one out below.")
            return None
        layer = left_out.description["layers"].index(view.layer)
        rows = [row["label"] for row in left_out.description["rows"]]
        change = np.asarray(left_out.array("output_change/token")[layer], np.float32)
        return [change[rows.index(arm.direction.label)][view.frame] for arm in arms]
    found: dict[str, StoredResult] = {}
    for axis in view.entry["neighbors"]:
        arguments = {"axis": axis, "layer": view.layer, "frame": view.frame}
        title = f"Splitting the ratios of the {axis} attention"
        result = derived(view.run, "logit_parts", view.model, arguments, title=title)
        if result is not None:
            found[axis] = result
    if len(found) < len(view.entry["neighbors"]):
        return None
    maps = []
    for arm in arms:
        place = found[arm.axis].description["parts"].index(arm.direction.label)
        parts = found[arm.axis].array(f"parts/{view.which}")
        maps.append(np.asarray(parts[:, :, list(arm.heads), place]).mean(-1))
    return maps


def _pictures(
    view: View,
    arms: list[Arm],
    maps: list[NDArray[np.floating]],
    scale: Scale,
    patch: tuple[int, int],
    measure: str,
) -> list[Row]:
    """The grid neighbors around the frame, and the two frames to its sides; the same to be saved."""
    sheets = []
    grid = view.entry["grid"]
    height, width = (grid["stride"] * float(x) for x in grid["display_per_model"])
    here = outlined(view.run.frame_image(view.frame), patch, (height, width))
    columns = st.columns([3, 2], gap="medium")
    for axis, column in zip(("temporal", "spatial"), columns, strict=True):
        mine = {
            arm.direction: outlined(
                map_picture(view.run, view.model, view.frame, values, scale), patch, (height, width)
            )
            for arm, values in zip(arms, maps, strict=True)
            if arm.axis == axis
        }
        if not mine:
            continue
        with column:
            st.markdown(f"**Layer {view.layer}, {HEARS[axis]}**")
            if axis == "temporal":
                pictures = {(d.dy, d.dx): (f"from {d.label}", p) for d, p in mine.items()}
                sheet = mosaic(
                    pictures | {(0, 0): (f"frame {view.frame}", here)}, (-1, 0, 1), (-1, 0, 1)
                )
            else:
                pictures = {(0, d.dt): (f"from {d.label}", p) for d, p in mine.items()}
                sheet = mosaic(pictures, (0,), (-1, 1))
            labels = ", ".join(d.label for d in mine)
            sheets.append(Row(f"Layer {view.layer}, {HEARS[axis]}", [("", sheet)]))
            st.image(
                png(sheet),
                width="stretch",
                alt=f"{_TITLES[measure]} over frame {view.frame}, one map for each of: {labels}",
            )
    return sheets


def _rose(
    view: View, arms: list[Arm], values: list[float], measure: str, patch: tuple[int, int]
) -> None:
    """The patch's own numbers: arms that point to where each value comes from, or signed bars."""
    labels = [arm.direction.label for arm in arms]
    chart = _bars(arms, values) if measure == SIGNED else _arms(arms, values, _UNITS[measure])
    figure(
        chart,
        key="neighbor-rose",
        name=view.file(f"{measure}-patch-{patch[0]}-{patch[1]}"),
        caption=view.caption(
            f"{_what(view, measure)} at row {patch[0]}, column {patch[1]}"
            + ("" if measure == SIGNED else ". An arm points to where the value comes from"),
            view.moment,
        ),
        table={
            "direction": labels,
            "attention": [arm.axis for arm in arms],
            "heads": [" ".join(map(str, arm.heads)) for arm in arms],
            _UNITS[measure]: values,
        },
        height=460,
    )


def _bars(arms: list[Arm], values: list[float]) -> go.Figure:
    """Signed values, one bar a direction."""
    chart = go.Figure(
        go.Bar(
            y=[arm.direction.label for arm in arms],
            x=values,
            orientation="h",
            marker_color=[palette()[0 if arm.axis == "temporal" else 1] for arm in arms],
            text=[signed(v) for v in values],
            textposition="outside",
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    chart.update_yaxes(autorange="reversed")
    chart.update_xaxes(
        title="part of the logit", range=with_room(min([0.0, *values]), max([0.0, *values]))
    )
    return chart


def _arms(arms: list[Arm], values: list[float], unit: str) -> go.Figure:
    """Grid arms around the patch, and below them the two frames, on the same scale."""
    most = 1.05 * max([*values, 1e-9])
    grid = [(a.direction.label, v) for a, v in zip(arms, values, strict=True) if not a.direction.dt]
    time = [(a.direction.label, v) for a, v in zip(arms, values, strict=True) if a.direction.dt]
    chart = make_subplots(
        rows=2,
        cols=1,
        specs=[[{"type": "polar"}], [{"type": "xy"}]],
        row_heights=[0.76, 0.24],
        vertical_spacing=0.12,
    )
    chart.add_barpolar(
        theta=[_ANGLES[label] for label, _ in grid],
        r=[value for _, value in grid],
        width=[30] * len(grid),
        marker_color=palette()[0],
        name="temporal attention: grid",
        text=[label for label, _ in grid],
        hovertemplate="%{text}: %{r:.3f}<extra></extra>",
        row=1,
        col=1,
    )
    chart.add_bar(
        y=[label for label, _ in time],
        x=[value for _, value in time],
        orientation="h",
        marker_color=palette()[1],
        name="spatial attention: frames",
        text=[f"{value:.3f}" for _, value in time],
        textposition="outside",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        row=2,
        col=1,
    )
    chart.update_polars(
        angularaxis={"tickvals": list(_ANGLES.values()), "ticktext": list(_ANGLES)},
        radialaxis={"range": [0, most], "angle": 22.5, "nticks": 4, "tickfont": {"size": 10}},
        bgcolor="rgba(0,0,0,0)",
        # Below the legend, whose place would else be that of the topmost label.
        domain={"x": [0, 1], "y": [0.36, 0.92]},
    )
    chart.update_xaxes(range=with_room(0.0, most), title=unit)
    return chart
