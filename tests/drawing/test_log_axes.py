"""Logarithmic axes: where values and numbers stand, with Plotly and as SVG."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.strokes import log_ticks, share_along
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Axis, Lines, Series
from tests.drawing.checked import plotly_chart


def chart(**series: bool) -> Lines:
    return Lines(
        np.array([1.0, 10.0, 100.0]),
        [Series("square", np.array([1.0, 100.0, 10_000.0]), 0, **series)],
        Axis("Tokens", 1.0, 100.0, log=True),
        Axis("Time (ms)", 1.0, 1e6, log=True),
    )


def test_plotly_takes_the_ends_as_powers_of_ten() -> None:
    layout = plotly_chart(chart(), PALETTES["light"]).layout
    assert (layout.xaxis.type, layout.yaxis.type) == ("log", "log")
    assert layout.xaxis.range == (0, 2)
    assert layout.yaxis.range == pytest.approx((0, 6))
    assert layout.yaxis.rangemode is None


def test_a_power_law_is_straight_in_a_file() -> None:
    drawing = svg(chart(solid=True), "a square", 640)
    line = re.search(r'<path d="M([\d. ]+)L([\d. ]+)L([\d. ]+)" class="line', drawing)
    assert line is not None
    (x0, y0), (x1, y1), (x2, y2) = (map(float, place.split()) for place in line.groups())
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.2)
    for shown in ("1", "10", "100", "1000", "10⁵", "10⁶"):
        assert f">{shown}</text>" in drawing


def test_crosses_are_drawn_over_points() -> None:
    assert plotly_chart(chart(cross=True, marks=True), PALETTES["light"]).data[0].marker.symbol == (
        "x-thin"
    )
    crossed = svg(chart(cross=True, marks=True), "crosses")
    assert crossed.count("l10 10m0 -10l-10 10") == 3
    assert "<circle" not in crossed


def test_ticks_of_a_short_axis_are_closer() -> None:
    assert log_ticks(1, 1000) == [1, 10, 100, 1000]
    assert log_ticks(80, 2100) == [100, 200, 500, 1000, 2000]
    assert log_ticks(2.2, 4.6) == [2.5, 3, 3.5, 4, 4.5]
    assert log_ticks(0.02, 0.5) == [0.02, 0.05, 0.1, 0.2, 0.5]


def test_a_logarithmic_axis_begins_above_0() -> None:
    assert share_along(1, 100, log=True)(10) == pytest.approx(0.5)
    assert share_along(-1, 1, log=False)(0) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="above 0"):
        share_along(0, 1, log=True)
    with pytest.raises(ValueError, match="must be fixed"):
        plotly_chart(
            Lines(np.arange(2.0), [], Axis("x", log=True), Axis("y", 0.0, 1.0)), PALETTES["light"]
        )
