"""Choosing a patch: by a click on a map over the frame, or by its row and column."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale
from fixviz.ui.inspect_run.old_figures import figure
from fixviz.ui.url_state import whole

ROW, COLUMN = "on_row", "on_column"
_MARK = "#ff2bd6"
_HANDLED = "picked_patch"
_WIDTH = 380
"""About how wide the frame is drawn, in pixels, beside the color bar."""


def chosen_patch(entry: dict[str, Any], key: str) -> tuple[int, int]:
    """Row and column in view: those of a new click on the map `key`, else those of the address."""
    rows, columns = entry["grid"]["rows"], entry["grid"]["columns"]
    points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
    clicked = tuple(int(i) for i in points[0]["customdata"]) if points else None
    if clicked and st.session_state.get(_HANDLED) != (key, clicked):
        st.session_state[ROW], st.session_state[COLUMN] = clicked
    st.session_state[_HANDLED] = (key, clicked)
    left, right = st.columns(2)
    down = whole(ROW, "row", range(rows), rows // 2)
    across = whole(COLUMN, "column", range(columns), columns // 2)
    row = left.number_input("Row", 0, rows - 1, help="Rows count from 0 at the top.", **down)
    column = right.number_input(
        "Column", 0, columns - 1, help="Columns count from 0 at the left.", **across
    )
    return int(row or 0), int(column or 0)


def patch_map(
    run: StoredRun,
    entry: dict[str, Any],
    frame: int,
    values: NDArray[np.floating],
    scale: Scale,
    patch: tuple[int, int],
    *,
    key: str,
    name: str,
    what: str,
    caption: str,
) -> None:
    """A map [h, w] over its frame; a click on a patch chooses it (read by `chosen_patch`)."""
    rows, columns = values.shape
    grid = entry["grid"]
    height, width = (grid["stride"] * float(x) for x in grid["display_per_model"])
    picture = run.frame_image(frame)
    y, x = np.arange(rows) * height, np.arange(columns) * width
    table = colormap(scale.colors)[:: 255 // 15]
    colors = [
        [i / (len(table) - 1), f"rgb({r},{g},{b})"] for i, (r, g, b) in enumerate(table.tolist())
    ]
    chart = go.Figure(
        go.Heatmap(
            z=values,
            x=x,
            y=y,
            zmin=scale.low,
            zmax=scale.high,
            colorscale=colors,
            opacity=0.6,
            hoverinfo="skip",
            colorbar={"title": {"text": what, "side": "right"}, "thickness": 10},
        )
    )
    row, column = np.divmod(np.arange(rows * columns), columns)
    chart.add_scatter(
        x=x[column],
        y=y[row],
        mode="markers",
        marker={"symbol": "square", "size": 18, "opacity": 0, "color": _MARK},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([row, column], -1).tolist(),
        text=[f"{v:.3g}" for v in values.ravel()],
        hovertemplate="row %{customdata[0]}, column %{customdata[1]}: %{text}<extra></extra>",
        showlegend=False,
    )
    chart.add_shape(
        type="rect",
        x0=x[patch[1]] - width / 2,
        x1=x[patch[1]] + width / 2,
        y0=y[patch[0]] - height / 2,
        y1=y[patch[0]] + height / 2,
        line={"color": _MARK, "width": 3},
    )
    chart.add_layout_image(
        source=_data_uri(picture),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=picture.shape[1],
        sizey=picture.shape[0],
        sizing="stretch",
        layer="below",
    )
    # Cells at the border reach beyond the frame; the axes end with it, as in Watch.
    chart.update_xaxes(
        range=[0, picture.shape[1]],
        visible=False,
        constrain="domain",
    )
    chart.update_yaxes(
        range=[picture.shape[0], 0],
        visible=False,
        scaleanchor="x",
        constrain="domain",
    )
    chart.update_layout(dragmode=False)
    figure(
        chart,
        key=key,
        name=name,
        caption=caption,
        table={"row": row.tolist(), "column": column.tolist(), what: values.ravel().tolist()},
        height=_height(picture.shape[0] / picture.shape[1]),
        selectable=True,
    )


def _height(aspect: float) -> int:
    """Of the chart in pixels, so that little is left empty above and below a frame of this aspect."""
    return min(max(round(_WIDTH * aspect) + 56, 200), 480)


def _data_uri(picture: NDArray[np.uint8]) -> str:
    encoded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]))[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
