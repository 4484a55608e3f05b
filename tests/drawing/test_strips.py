"""Rows of points with quartiles and means: where they lie, what a click means, and that names stay text."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from fixviz.drawing.colors import CHOSEN, GRAY, PALETTES
from fixviz.drawing.plotly_charts import plotly_chart as unchecked
from fixviz.drawing.spread import spread
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Axis, Strip, Strips
from tests.drawing.checked import plotly_chart

PALETTE = PALETTES["light"]
SVG = "{http://www.w3.org/2000/svg}"
CHART = Strips(
    [
        Strip(
            "first",
            1,
            np.array([0.0, 0.5, 1.0]),
            ["a", "b", "c"],
            ["A\n0", "B", "C"],
            (0.25, 0.5, 0.75),
            0.4,
            (0.3, 0.6),
        ),
        Strip("second", None, np.array([0.2]), ["a"], ["<b>%{y}"], None, 0.2, None),
        Strip("third", 2, np.zeros(0), [], []),
    ],
    Axis("Difference", -1.0, 1.0),
    zero=True,
    chosen="a",
)


def test_points_means_and_rings_lie_where_their_values_are() -> None:
    drawn = plotly_chart(CHART, PALETTE)
    points, mean, ring, other, other_mean, other_ring, nothing = drawn.data
    assert list(points.x) == [0.0, 0.5, 1.0]
    assert [list(c) for c in points.customdata] == [["a"], ["b"], ["c"]]
    assert (points.marker.color, other.marker.color) == (PALETTE[1], GRAY)
    assert (list(mean.x), list(mean.y)) == ([0.4], [0.0])
    assert list(mean.error_x.array) == pytest.approx([0.2])
    assert list(mean.error_x.arrayminus) == pytest.approx([0.1])
    assert list(other_mean.error_x.array) == [0.0]
    assert (list(ring.x), list(other_ring.x)) == ([0.0], [0.2])
    assert ring.marker.color == CHOSEN and ring.y[0] == points.y[0]
    assert len(nothing.x) == 0
    assert abs(np.array(points.y)).max() < 0.5 and abs(np.array(other.y) - 1).max() < 0.5
    assert list(drawn.layout.yaxis.ticktext) == ["first", "second", "third"]
    assert drawn.layout.yaxis.range == (2.5, -0.5), "the first row is at the top"
    zero, box, middle = drawn.layout.shapes
    assert (zero.x0, box.x0, box.x1, middle.x0) == (0.0, 0.25, 0.75, 0.5)


def test_a_name_of_a_stranger_stays_text() -> None:
    text = json.dumps(unchecked(CHART, PALETTE), allow_nan=False)
    assert "<b>" not in text and "&lt;b&gt;&#37;{y}" in text and "A<br>0" in text


def test_svg_draws_the_same() -> None:
    root = ElementTree.fromstring(svg(CHART, "alt", 420.0))
    circles = list(root.iter(f"{SVG}circle"))
    assert [c.get("class") for c in circles] == ["f1", "chosen", "f1", "f1", "gray", "chosen"]
    first, ring, _, last = circles[:4]
    right = 420.0 - 14
    left = 2 * (float(first.get("cx", "")) - right / 2)
    assert float(last.get("cx", "")) == pytest.approx(right, abs=0.1)
    assert ring.get("cx") == first.get("cx")
    box = next(r for r in root.iter(f"{SVG}rect"))
    assert float(box.get("x", "")) == pytest.approx(left + 0.625 * (right - left), abs=0.2)
    assert {"first", "second", "third", "Difference"} <= {t.text for t in root.iter(f"{SVG}text")}


def test_equal_values_do_not_lie_over_each_other() -> None:
    places = spread(101)
    assert (abs(places) <= 1).all() and len(set(places.round(3).tolist())) == 101
    assert abs(np.diff(np.sort(places))).max() < 0.06
    np.testing.assert_array_equal(spread(7), places[:7])
