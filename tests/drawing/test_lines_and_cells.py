"""How lines with gaps and cells on a shared scale are drawn with Plotly."""

from __future__ import annotations

import numpy as np

from fixviz.drawing.colors import PALETTES
from fixviz.reading.figures.figure import REFERENCE, Axis, Cells, Lines, Series
from fixviz.reading.scales import Scale
from tests.drawing.checked import plotly_chart


def test_only_what_is_no_reference_has_marks_where_places_are_undefined() -> None:
    """A gap in a dashed line looks like its dashes; the gray dotted line stays a line."""
    gap = np.array([1.0, np.nan, 2.0])
    series = [
        Series("chance", gap, REFERENCE),
        Series("model", gap, 0),
        Series("whole", gap[:1], 1),
    ]
    chart = Lines(np.arange(3.0), series, Axis("Time (s)"), Axis("Share"))
    modes = [trace.mode for trace in plotly_chart(chart, PALETTES["light"]).data]
    assert modes == ["lines", "lines+markers", "markers"]


def test_cells_leave_their_scale_to_the_panels_that_share_it() -> None:
    for unit, shown in (("Concentration", True), ("", False)):
        cells = Cells(np.eye(2), Scale(0.0, 1.0), ["0", "1"], ["0", "1"], unit)
        heat, *_ = plotly_chart(cells, PALETTES["light"]).data
        assert heat.showscale is shown
