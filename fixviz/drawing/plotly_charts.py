"""Described charts as Plotly figures, for pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fixviz.drawing.colors import CHOSEN, DASHES, GRAY, MARK, color_at, ink_on, stops
from fixviz.drawing.images import data_url
from fixviz.drawing.strokes import whole_ticks
from fixviz.reading.figures.figure import (
    FRAMES,
    GRID,
    Axis,
    Bars,
    Cells,
    Compass,
    Lines,
    PatchMap,
    Series,
    Waterfall,
)
from fixviz.reading.numbers import number, signed, with_room

Palette = Sequence[str]

_ANGLES = {(0, 1): 0, (-1, 1): 45, (-1, 0): 90, (-1, -1): 135} | {
    (0, -1): 180,
    (1, -1): 225,
    (1, 0): 270,
    (1, 1): 315,
}
"""Angle of a grid neighbor (dy, dx) in degrees, counterclockwise from the right."""
_MOST_MARKS = 16
"""Whole numbers on an axis up to which each is marked."""
_MAP_WIDTH = 380
"""About how wide a frame is drawn, in pixels, beside its color bar."""
_MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}
_LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}


def plotly_chart(chart: Any, palette: Palette) -> go.Figure:
    """Draw one chart. palette: the colors of the theme in use. TypeError for a kind it does not know."""
    drawn = _draw(chart, palette)
    drawn.update_layout(margin=_MARGIN, legend=_LEGEND, hovermode="closest")
    return drawn


@singledispatch
def _draw(chart: Any, palette: Palette) -> go.Figure:
    raise TypeError(f"{type(chart).__name__} is not drawn with Plotly.")


@_draw.register
def _lines(chart: Lines, palette: Palette) -> go.Figure:
    drawn = go.Figure(layout={"height": 320})
    if chart.shade is not None:
        low, high = chart.shade
        drawn.add_scatter(
            x=np.concatenate([chart.x, chart.x[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            fill="toself",
            fillcolor="rgba(124,136,147,0.25)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    for series in chart.series:
        drawn.add_scatter(**_line(chart, series, palette))
    for band in chart.bands:
        drawn.add_vrect(
            x0=band["start_s"],
            x1=band["end_s"],
            fillcolor=GRAY,
            opacity=0.14,
            line_width=0,
            layer="below",
            annotation={"text": band["class"], "font": {"size": 11}},
            annotation_position="bottom left",
        )
    if chart.now is not None:
        drawn.add_vline(x=chart.now, line={"color": GRAY, "width": 1})
    _axis(drawn.update_xaxes, chart.x_axis)
    if chart.x_axis.low is None and len(chart.x) > 1:
        # Marks would widen it, and charts above each other would no longer share their times.
        drawn.update_xaxes(range=[float(chart.x[0]), float(chart.x[-1])])
    if chart.x_axis.whole:
        ends = (float(chart.x[0]), float(chart.x[-1]))
        few = ends[1] - ends[0] <= _MOST_MARKS
        marks = np.arange(ends[0], ends[1] + 1) if few else whole_ticks(*ends)
        drawn.update_xaxes(tickvals=list(marks))
    _axis(drawn.update_yaxes, chart.y_axis)
    if chart.y_axis.low is None:
        drawn.update_yaxes(rangemode="tozero")
    return drawn


def _line(chart: Lines, series: Series, palette: Palette) -> dict[str, Any]:
    """Return the arguments of the Plotly trace that draws one series."""
    x, y = chart.x if series.x is None else series.x, series.y
    if series.steps:
        y = np.append(y, y[-1])
    if series.color is None:
        line: dict[str, Any] = {"color": GRAY, "dash": "dot", "width": 1.5}
    else:
        number = series.color % len(palette)
        dash = "dot" if series.dotted else "solid" if series.solid else DASHES[number]
        line = {"color": palette[number], "dash": dash, "width": 2}
    if series.steps:
        line["shape"] = "hv"
    point = "%{text}" if chart.points else "%{x:.4g}"
    unit = " %" if chart.y_axis.title.endswith("(%)") else ""
    return {
        "x": x,
        "y": y,
        "name": series.title,
        "showlegend": None if series.in_legend else False,
        "mode": _mode(series),
        "line": line,
        "marker": {"size": 5, "symbol": "circle-open" if series.dotted else "circle"},
        "cliponaxis": False,
        "text": [*chart.points, ""]
        if series.steps and chart.points
        else list(chart.points) or None,
        "hovertemplate": f"{point}: %{{y:.4g}}{unit}<extra>{series.hover or series.title}</extra>",
    }


def _mode(series: Series) -> str:
    """Return Plotly's mode of a series: lines, with marks where values are undefined.

    Without marks, a value between two undefined ones would not be seen, and gaps in a dashed line would look
    like its dashes.
    """
    if len(series.y) < 2:
        return "markers"
    if series.color is None:
        return "lines"
    return "lines+markers" if series.marks or not np.isfinite(series.y).all() else "lines"


@_draw.register
def _cells(chart: Cells, palette: Palette) -> go.Figure:
    named = not isinstance(chart.columns, np.ndarray)
    places: Any = list(range(len(chart.columns))) if named else chart.columns
    count = len(chart.rows)
    drawn = go.Figure(
        go.Heatmap(
            z=chart.values,
            x=places,
            y=list(range(count)),
            zmin=chart.scale.low,
            zmax=chart.scale.high,
            colorscale=stops(chart.scale.colors),
            showscale=bool(chart.unit),
            colorbar={
                "title": {"text": chart.unit, "side": "right"},
                "thickness": 10,
                "len": 1,
                "nticks": 4,
                "outlinewidth": 0,
            },
            xgap=2 if named else 0,
            ygap=2 if named else 0,
            hoverinfo="skip",
        ),
        layout={"height": 90 + _row_height(chart, named) * count},
    )
    row, column = (index.ravel() for index in np.indices(chart.values.shape))
    # Visitors cannot click the cells of a heat map on a page, but they can click points.
    drawn.add_scatter(
        x=np.asarray(places)[column],
        y=row,
        mode="markers",
        marker={"size": 26 if named else 10, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=_cell_texts(chart, row, column, named),
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    if chart.numbers:
        # All at once: added one by one, they take longer than the rest of the chart.
        drawn.update_layout(annotations=_numbers(chart, places))
    if chart.chosen is not None:
        _outline(drawn, *chart.chosen, len(chart.columns))
    drawn.update_yaxes(
        title=chart.row_title or None,
        tickvals=list(range(count)),
        ticktext=list(chart.rows),
        range=[count - 0.5, -0.5],
    )
    drawn.update_xaxes(title=chart.column_title or None)
    if named:
        drawn.update_xaxes(
            tickvals=places, ticktext=list(chart.columns), range=[-0.5, len(places) - 0.5]
        )
    for update in (drawn.update_xaxes, drawn.update_yaxes):
        update(showgrid=False, zeroline=False, fixedrange=True)
    drawn.update_layout(dragmode=False)
    return drawn


def _row_height(chart: Cells, named: bool) -> int:
    """Return the height of a row of cells in pixels; many rows are low, with numbers or without."""
    if len(chart.rows) > 8:
        return 26 if chart.numbers or len(chart.rows) <= 16 else 14
    return 44 if chart.numbers or not (named or len(chart.rows) > 4) else 24


def _cell_texts(chart: Cells, row: Any, column: Any, named: bool) -> list[str]:
    """Write the text that appears on pointing at each cell."""
    texts = []
    for r, c in zip(row.tolist(), column.tolist(), strict=True):
        at = chart.columns[c] if named else number(float(chart.columns[c]))
        note = f"<br>{chart.notes[c]}" if c in chart.notes else ""
        of_row = f"{chart.row_title} {chart.rows[r]}".strip()
        of_column = f"{chart.column_title} {at}".strip()
        value = number(float(chart.values[r, c]), 4)
        if chart.scale.low < 0 and chart.values[r, c] > 0:
            value = f"+{value}"
        note += f"<br>{chart.remarks[r, c]}" if (r, c) in chart.remarks else ""
        texts.append(f"{of_row}, {of_column}: {value}{note}")
    return texts


def _numbers(chart: Cells, places: Any) -> list[dict[str, Any]]:
    """Return the cells' numbers as annotations; a click would fade them if they were text of the points."""
    shares = chart.scale.shares(chart.values)
    found = []
    for (r, c), value in np.ndenumerate(chart.values):
        known = math.isfinite(value)
        color = ink_on(color_at(chart.scale.colors, float(shares[r, c]))) if known else GRAY
        found.append(
            {
                "x": places[c],
                "y": r,
                "text": number(float(value), 2),
                "font": {"size": 12, "color": color},
                "showarrow": False,
            }
        )
    return found


def _outline(drawn: go.Figure, row: int, column: int | None, columns: int) -> None:
    drawn.add_shape(
        type="rect",
        x0=-0.5 if column is None else column - 0.5,
        x1=columns - 0.5 if column is None else column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": CHOSEN, "width": 2},
    )


@_draw.register
def _bars(chart: Bars, palette: Palette) -> go.Figure:
    several = len(chart.series) > 1
    drawn = go.Figure()
    for series in chart.series:
        color = GRAY if series.color is None else palette[series.color % len(palette)]
        along = {"x": list(chart.labels), "y": series.y}
        if not chart.upright:
            along = {"x": series.y, "y": list(chart.labels)}
            along |= {"text": [_written(v, chart) for v in series.y.tolist()]}
            along |= {"textposition": "outside", "cliponaxis": False, "orientation": "h"}
            along |= {"textfont": {"size": 12}}
        where, value = ("%{x}", "%{y:.4g}") if chart.upright else ("%{y}", "%{x:.4g}")
        if chart.notes:
            along["customdata"] = list(chart.notes)
            value += ", %{customdata}"
        drawn.add_bar(
            name=series.title,
            marker={"color": color},
            hovertemplate=f"{where}: {value}<extra>{series.title if several else ''}</extra>",
            **along,
        )
    if chart.upright:
        drawn.update_layout(barmode="overlay", height=300)
        drawn.update_xaxes(title=chart.label_title or None, type="category", nticks=16)
        _axis(drawn.update_yaxes, chart.axis)
        return drawn
    thick = 14 if len(chart.labels) <= 8 else 9
    drawn.update_layout(
        barmode="group" if chart.bars_per_label > 1 else "overlay",
        bargap=0.25,
        height=110 + (14 + thick * chart.bars_per_label) * len(chart.labels),
        showlegend=several,
    )
    drawn.update_yaxes(autorange="reversed", type="category", title=chart.label_title or None)
    _axis(drawn.update_xaxes, chart.axis)
    if chart.axis.low is None:
        ends = np.concatenate([series.y[np.isfinite(series.y)] for series in chart.series])
        drawn.update_xaxes(range=with_room(min([0.0, *ends]), max([0.0, *ends])))
    else:
        # Room for the number of a bar that ends where the axis does.
        drawn.update_xaxes(domain=[0, 0.88])
    return drawn


def _written(value: float, chart: Bars) -> str:
    """Write a bar's number, with its sign if any bar goes below 0."""
    if not math.isfinite(value):
        return ""
    if chart.with_signs:
        return signed(value)
    return format(value, chart.form)


@_draw.register
def _waterfall(chart: Waterfall, palette: Palette) -> go.Figure:
    values = chart.values.tolist()
    drawn = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[*chart.labels, chart.total],
            x=values,
            measure=["relative"] * len(chart.parts) + ["total"],
            text=[signed(v) for v in values],
            textposition="outside",
            increasing={"marker": {"color": palette[1]}},
            decreasing={"marker": {"color": palette[0]}},
            totals={"marker": {"color": palette[4]}},
            hovertemplate="%{y}: %{text}<extra></extra>",
        ),
        layout={"height": 140 + 26 * len(chart.parts)},
    )
    drawn.update_yaxes(autorange="reversed")
    levels = np.concatenate([chart.starts, chart.starts + chart.values])
    drawn.update_xaxes(title=chart.axis.title, range=with_room(levels.min(), levels.max()))
    return drawn


@_draw.register
def _compass(chart: Compass, palette: Palette) -> go.Figure:
    """Draw the grid neighbors around the patch, and the other frames below them on the same scale."""
    most, grid, time = 1.05 * chart.most, chart.grid, chart.frames
    drawn = make_subplots(
        rows=2,
        cols=1,
        specs=[[{"type": "polar"}], [{"type": "xy"}]],
        row_heights=[0.76, 0.24],
        vertical_spacing=0.12,
    )
    drawn.add_barpolar(
        theta=[_ANGLES[arm.dy, arm.dx] for arm in grid],
        r=[arm.value for arm in grid],
        width=[30] * len(grid),
        marker_color=palette[0],
        name=GRID,
        text=[arm.label for arm in grid],
        hovertemplate="%{text}: %{r:.3f}<extra></extra>",
        row=1,
        col=1,
    )
    drawn.add_bar(
        y=[arm.label for arm in time],
        x=[arm.value for arm in time],
        orientation="h",
        marker_color=palette[1],
        name=FRAMES,
        text=[number(arm.value) for arm in time],
        textposition="outside",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        row=2,
        col=1,
    )
    drawn.update_polars(
        angularaxis={
            "tickvals": [_ANGLES[arm.dy, arm.dx] for arm in grid],
            "ticktext": [arm.label for arm in grid],
        },
        radialaxis={"range": [0, most], "angle": 22.5, "nticks": 4, "tickfont": {"size": 10}},
        bgcolor="rgba(0,0,0,0)",
        # Start below the legend, which would otherwise lie over the topmost label.
        domain={"x": [0, 1], "y": [0.36, 0.92]},
    )
    drawn.update_xaxes(range=with_room(0.0, most), title=chart.axis.title)
    drawn.update_layout(height=460)
    return drawn


@_draw.register
def _patch_map(chart: PatchMap, palette: Palette) -> go.Figure:
    """Draw the frame with its patches.

    A click on a patch selects its point, whose customdata is [row, column].
    """
    rows, columns = chart.values.shape
    height, width = chart.cell
    high, wide = chart.image.shape[:2]
    y, x = np.arange(rows) * height, np.arange(columns) * width
    drawn = go.Figure(
        go.Heatmap(
            z=chart.values,
            x=x,
            y=y,
            zmin=chart.scale.low,
            zmax=chart.scale.high,
            colorscale=stops(chart.scale.colors),
            opacity=0.6,
            hoverinfo="skip",
            colorbar={"title": {"text": chart.unit, "side": "right"}, "thickness": 10},
        ),
        layout={"height": min(max(round(_MAP_WIDTH * high / wide) + 56, 200), 480)},
    )
    row, column = np.divmod(np.arange(rows * columns), columns)
    drawn.add_scatter(
        x=x[column],
        y=y[row],
        mode="markers",
        marker={"symbol": "square", "size": 18, "opacity": 0, "color": MARK},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([row, column], -1).tolist(),
        text=[f"{v:.3g}" for v in chart.values.ravel()],
        hovertemplate="row %{customdata[0]}, column %{customdata[1]}: %{text}<extra></extra>",
        showlegend=False,
    )
    drawn.add_shape(
        type="rect",
        x0=x[chart.patch[1]] - width / 2,
        x1=x[chart.patch[1]] + width / 2,
        y0=y[chart.patch[0]] - height / 2,
        y1=y[chart.patch[0]] + height / 2,
        line={"color": MARK, "width": 3},
    )
    drawn.add_layout_image(
        source=data_url(chart.image),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=wide,
        sizey=high,
        sizing="stretch",
        layer="below",
    )
    # Cells at the border reach beyond the frame; the axes end with it, as in Watch.
    drawn.update_xaxes(range=[0, wide], visible=False, constrain="domain")
    drawn.update_yaxes(range=[high, 0], visible=False, scaleanchor="x", constrain="domain")
    drawn.update_layout(dragmode=False)
    return drawn


def _axis(update: Any, axis: Axis) -> None:
    update(title=axis.title, zeroline=False)
    if axis.low is not None and axis.high is not None:
        update(range=[axis.low, axis.high])
