"""A map on which a patch can be chosen."""

from __future__ import annotations

import numpy as np

from fixviz.drawing.colors import MARK, stops
from fixviz.drawing.images import data_url
from fixviz.drawing.plotly_charts.axes import Palette
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.reading.figures.figure import (
    PatchMap,
)

_MAP_WIDTH = 380
"""About how wide a frame is drawn, in pixels, beside its color bar."""


def patch_map(chart: PatchMap, palette: Palette) -> Sketch:
    """Draw the frame with its patches.

    A click on a patch selects its point, whose customdata is [row, column].
    """
    rows, columns = chart.values.shape
    height, width = chart.cell
    high, wide = chart.image.shape[:2]
    y, x = np.arange(rows) * height, np.arange(columns) * width
    drawn = Sketch(height=min(max(round(_MAP_WIDTH * high / wide) + 56, 200), 480))
    drawn.add(
        "heatmap",
        z=chart.values,
        x=x,
        y=y,
        zmin=chart.scale.low,
        zmax=chart.scale.high,
        colorscale=stops(chart.scale.colors),
        opacity=0.6,
        hoverinfo="skip",
        colorbar={"title": {"text": chart.unit, "side": "right"}, "thickness": 10},
    )
    row, column = np.divmod(np.arange(rows * columns), columns)
    drawn.add(
        "scatter",
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
        "rect",
        x0=x[chart.patch[1]] - width / 2,
        x1=x[chart.patch[1]] + width / 2,
        y0=y[chart.patch[0]] - height / 2,
        y1=y[chart.patch[0]] + height / 2,
        line={"color": MARK, "width": 3},
    )
    frame = {"source": data_url(chart.image), "xref": "x", "yref": "y", "x": 0, "y": 0}
    frame |= {"sizex": wide, "sizey": high, "sizing": "stretch", "layer": "below"}
    hidden = {"visible": False, "constrain": "domain"}
    # Cells at the border reach beyond the frame; the axes end with it, as in Watch.
    drawn.lay_out(
        images=[frame],
        xaxis={"range": [0, wide], **hidden},
        yaxis={"range": [high, 0], "scaleanchor": "x", **hidden},
        dragmode=False,
    )
    return drawn
