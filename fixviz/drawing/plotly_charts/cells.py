"""Colored cells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fixviz.drawing.colors import CHOSEN, GRAY, color_at, ink_on, stops
from fixviz.drawing.plotly_charts.axes import Palette, titled
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.reading.figures.figure import (
    Cells,
)
from fixviz.reading.numbers import number


def cells(chart: Cells, palette: Palette) -> Sketch:
    """Draw colored cells, with their numbers where the chart asks for them."""
    named = not isinstance(chart.columns, np.ndarray)
    places: Any = list(range(len(chart.columns))) if named else chart.columns
    count = len(chart.rows)
    drawn = Sketch(height=90 + _row_height(chart, named) * count)
    row, column = (index.ravel() for index in np.indices(chart.values.shape))
    texts = _cell_texts(chart, row, column, named)
    # Visitors cannot click the cells of a heat map on a page, but they can click points. Cells over time are
    # many and not to be clicked: a point for each would take longer to draw than the rest of the chart.
    shown: dict[str, Any] = {"hoverinfo": "skip"}
    if not named:
        shown = {"hovertemplate": "%{text}<extra></extra>"}
        shown["text"] = np.reshape(np.array(texts, object), chart.values.shape)
    drawn.add(
        "heatmap",
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
        **shown,
    )
    if named:
        drawn.add(
            "scatter",
            x=np.asarray(places)[column],
            y=row,
            mode="markers",
            marker={"size": 26, "symbol": "square", "opacity": 0},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            customdata=texts,
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    if chart.numbers:
        for ink, written in _numbers(chart).items():
            drawn.add("scatter", **_text(written, places, ink))
    if chart.chosen is not None:
        _outline(drawn, *chart.chosen, len(chart.columns))
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True}
    rows = {"tickvals": list(range(count)), "ticktext": list(chart.rows)}
    rows |= {"range": [count - 0.5, -0.5]}
    columns: dict[str, Any] = {}
    if named:
        columns = {"tickvals": places, "ticktext": list(chart.columns)}
        columns |= {"range": [-0.5, len(places) - 0.5]}
    drawn.lay_out(
        dragmode=False,
        yaxis={**titled(chart.row_title), **rows, **plain},
        xaxis={**titled(chart.column_title), **columns, **plain},
    )
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


def _numbers(chart: Cells) -> dict[str, list[tuple[int, int, str]]]:
    """Return row, column and number of the cells, by the color in which the number is written."""
    shares = chart.scale.shares(chart.values)
    found: dict[str, list[tuple[int, int, str]]] = {}
    for (r, c), value in np.ndenumerate(chart.values):
        known = math.isfinite(value)
        color = ink_on(color_at(chart.scale.colors, float(shares[r, c]))) if known else GRAY
        found.setdefault(color, []).append((r, c, number(float(value), 2)))
    return found


def _text(texts: list[tuple[int, int, str]], places: Any, color: str) -> dict[str, Any]:
    """Return the trace of numbers of one color.

    Annotations take longer to draw: the browser measures each. A click fades the text of every trace but the
    one that was clicked, unless the trace says how it looks then, and it can say one color only.
    """
    font = {"color": color}
    return {
        "x": [places[column] for _, column, _ in texts],
        "y": [row for row, _, _ in texts],
        "text": [text for _, _, text in texts],
        "mode": "text",
        "textfont": {**font, "size": 12},
        "selected": {"textfont": font},
        "unselected": {"textfont": font},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _outline(drawn: Sketch, row: int, column: int | None, columns: int) -> None:
    drawn.add_shape(
        "rect",
        x0=-0.5 if column is None else column - 0.5,
        x1=columns - 0.5 if column is None else column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": CHOSEN, "width": 2},
    )
