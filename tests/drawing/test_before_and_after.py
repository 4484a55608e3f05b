"""What tells before from after in a chart, in both renderers, and the marks of counted axes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.strokes import whole_ticks
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Axis, Bars, Lines, Series
from tests.drawing.checked import plotly_chart


def chart(layers: int = 3) -> Lines:
    """Two models before and after; the color of the first has a dash of its own."""
    y = np.linspace(0.1, 0.5, layers)
    series = [
        Series("one", y, 1, marks=True, dotted=True, in_legend=False),
        Series("one", y + 0.1, 1, marks=True, solid=True),
        Series("two", y + 0.2, 2, marks=True, dotted=True, in_legend=False),
        Series("two", y + 0.3, 2, marks=True, solid=True),
    ]
    x = np.arange(layers, dtype=float)
    return Lines(x, series, Axis("Layer", whole=True), Axis("Value"))


def test_plotly_draws_before_dotted_and_open_and_after_solid() -> None:
    drawn = plotly_chart(chart(), PALETTES["light"])
    assert [trace.line.dash for trace in drawn.data] == ["dot", "solid"] * 2
    assert [trace.marker.symbol for trace in drawn.data] == ["circle-open", "circle"] * 2
    assert [trace.showlegend for trace in drawn.data] == [False, None] * 2
    assert list(drawn.layout.xaxis.tickvals) == [0, 1, 2]


def test_svg_draws_before_dotted_and_open_and_after_solid() -> None:
    drawn = svg(chart(), "alt")
    paths = re.findall(r'<path d="M[^"]*L[^"]*"([^>]*)>', drawn)
    assert [('stroke-dasharray="2 3"' in p, "dasharray" in p) for p in paths] == [
        (True, True),
        (False, False),
    ] * 2
    circles = re.findall(r'<circle [^>]*class="([^"]*)"', drawn)
    assert circles == ["line s1"] * 3 + ["f1"] * 3 + ["line s2"] * 3 + ["f2"] * 3
    assert drawn.count(">one</text>") == drawn.count(">two</text>") == 1


def test_a_single_layer_is_a_mark_in_both() -> None:
    assert list(plotly_chart(chart(1), PALETTES["light"]).layout.xaxis.tickvals) == [0]
    drawn = svg(chart(1), "alt")
    assert drawn.count("<circle") == 4
    assert ">-0.5</text>" not in drawn


@pytest.mark.parametrize(
    ("high", "marks"), [(1, [0, 1]), (2, [0, 1, 2]), (5, [0, 1, 2, 3, 4, 5]), (23, [0, 5, 10, 15, 20])]
)  # fmt: skip
def test_what_is_counted_has_marks_at_whole_numbers(high: float, marks: list[float]) -> None:
    assert whole_ticks(0, high) == marks


def test_a_bar_that_ends_with_its_axis_has_room_for_its_number() -> None:
    bars = Bars(["a"], [Series("", np.array([1.0]), 0)], Axis("Probability", 0.0, 1.0), form=".2f")
    drawn = plotly_chart(bars, PALETTES["light"])
    assert list(drawn.layout.xaxis.range) == [0, 1]
    assert list(drawn.layout.xaxis.domain) == [0, 0.88]
    assert drawn.data[0].text == ("1.00",)
