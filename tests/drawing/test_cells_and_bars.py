"""Cells under a scale of their own or a shared one; bars of several series that share their rows."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Axis, Bars, Cells, Series
from fixviz.reading.scales import Scale
from tests.drawing.checked import plotly_chart

NAN = float("nan")


@pytest.mark.parametrize("unit", ["share of the logit", ""])
def test_cells_show_their_scale_unless_the_figure_does(unit: str) -> None:
    chart = Cells(np.array([[0.0, 1.0]]), Scale(0.0, 1.0), ["row"], ["a", "b"], unit)
    drawn = plotly_chart(chart, PALETTES["light"]).data[0]
    assert drawn.showscale is bool(unit)
    assert ("share of the logit" in svg(chart, "cells")) is bool(unit)
    assert svg(chart, "cells").count("<rect") == (2 + 16 if unit else 2)


@pytest.mark.parametrize("rows", [3, 10])
def test_rows_are_as_high_with_numbers_as_without(rows: int) -> None:
    """Cells side by side have their rows at the same height, by layer with numbers and over time."""
    values, names = np.zeros((rows, 2)), [f"row {i}" for i in range(rows)]
    heights, pages = [], []
    for columns, numbers in ((["0", "1"], True), (np.array([0.0, 0.5]), False)):
        chart = Cells(values, Scale(0.0, 1.0), names, columns, "", numbers=numbers)
        heights.append(re.search(r'viewBox="0 0 \d+ (\d+)"', svg(chart, "cells")).group(1))
        pages.append(plotly_chart(chart, PALETTES["light"]).layout.height)
    assert heights[0] == heights[1]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("second", "lanes", "mode"),
    [([NAN, NAN, 3.0], 1, "overlay"), ([1.0, NAN, 3.0], 2, "group")],
)
def test_series_share_rows_where_each_label_has_one_value(
    second: list[float], lanes: int, mode: str
) -> None:
    series = [Series("one", np.array([1.0, 2.0, NAN]), 0), Series("two", np.array(second), 1)]
    chart = Bars(["a", "b", "c"], series, Axis("Value"))
    assert chart.bars_per_label == lanes
    drawn = plotly_chart(chart, PALETTES["light"])
    assert drawn.layout.barmode == mode
    assert drawn.layout.height == 110 + 3 * (14 + 14 * lanes)
    # Blocks of the legend are 10 pixels high; bars 18 with room for one, 11 beside another.
    heights = re.findall(r'<rect[^>]*height="([\d.]+)"', svg(chart, "bars"))
    assert heights.count("18.0" if lanes == 1 else "11.0") == 2 + np.isfinite(second).sum()
