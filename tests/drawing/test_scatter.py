"""Points with names: where they lie, what a click means, and that names do not lie over each other."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from fixviz.drawing.colors import CHOSEN, PALETTES
from fixviz.drawing.label_places import LINE, LabelPlace, Named, label_places
from fixviz.drawing.plotly_charts import plotly_chart as unchecked
from fixviz.drawing.plotly_charts.scatter import _HEIGHT, _PLOT, _WIDTHS
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Axis, Point, PointGroup, Scatter
from tests.drawing.checked import plotly_chart

PALETTE = PALETTES["light"]
SVG = "{http://www.w3.org/2000/svg}"


def chart(chosen: str | None = None) -> Scatter:
    return Scatter(
        [
            Point("a", "first", 0.25, 10.0, 0, (0.2, 0.35), (8.0, 11.0), "First\nx: 0.25"),
            Point("b", "second", 0.5, 20.0, 1),
            Point("c", "", 0.75, 15.0, 0, hollow=True),
        ],
        [PointGroup("Softmax", 0, "circle"), PointGroup("Linear", 1, "square")],
        Axis("Across", 0.0, 1.0),
        Axis("Up (%)", 0.0, 40.0),
        chosen,
    )


def test_a_click_names_its_point_and_intervals_are_bars() -> None:
    drawn = plotly_chart(chart("b"), PALETTE)
    solid, hollow, second, ring = drawn.data
    assert [list(t.customdata[0]) for t in (solid, hollow, second)] == [["a"], ["c"], ["b"]]
    assert (solid.marker.symbol, hollow.marker.symbol) == ("circle", "circle-open")
    assert list(solid.error_x.array) == pytest.approx([0.1])
    assert list(solid.error_x.arrayminus) == pytest.approx([0.05])
    assert list(solid.error_y.arrayminus) == pytest.approx([2.0])
    assert list(second.error_y.array) == [0.0], "no interval is no bar"
    assert solid.text[0] == "First<br>x: 0.25"
    assert (solid.showlegend, hollow.showlegend) == (True, False), "a group is named once"
    assert (list(ring.x), ring.marker.color, ring.hoverinfo) == ([0.5], CHOSEN, "skip")
    assert [note.text for note in drawn.layout.annotations] == ["first", "second"]
    assert drawn.layout.xaxis.range == (0.0, 1.0)
    assert len(plotly_chart(chart(), PALETTE).data) == 3


def test_it_is_plain_json() -> None:
    drawn = unchecked(chart("a"), PALETTE)
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn


def test_a_name_of_a_stranger_stays_text() -> None:
    odd = Scatter(
        [Point("k", "<b>x</b>%{y}", 0.5, 0.5, 0, note="<i>n</i>\nm")],
        [PointGroup("g", 0, "circle")],
        Axis("x", 0.0, 1.0),
        Axis("y", 0.0, 1.0),
    )
    text = json.dumps(unchecked(odd, PALETTE))
    assert "<b>" not in text and "%{y}" not in text.replace("%{text}", "") and "<i>" not in text
    assert "&lt;i&gt;n&lt;/i&gt;<br>m" in text


def test_svg_draws_points_bars_and_the_ring_where_their_values_are() -> None:
    root = ElementTree.fromstring(svg(chart("a"), "alt", 420.0))
    circles = list(root.iter(f"{SVG}circle"))
    ring, first, hollow = circles
    # Left 52, right 406; top 22, bottom 358.
    assert float(first.get("cx", "")) == pytest.approx(52 + 0.25 * 354, abs=0.1)
    assert float(first.get("cy", "")) == pytest.approx(358 - 336 * 10 / 40, abs=0.1)
    assert ring.get("class") == "chosen" and ring.get("cx") == first.get("cx")
    assert hollow.get("class") == "line s0"
    bars = [e for e in root.iter(f"{SVG}line") if e.get("class") == "line s0"]
    assert [float(bars[0].get(n, "")) for n in ("x1", "x2")] == pytest.approx(
        [52 + 0.2 * 354, 52 + 0.35 * 354], abs=0.1
    )
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert {"first", "second", "Softmax", "Linear", "Across", "Up (%)"} <= set(texts)


def boxes(points: list[Named], places: list[LabelPlace], width: float):
    for point, place in zip(points, places, strict=True):
        start = point.x * width + (12 if place.right else -12 - point.width)
        middle = point.y + place.down
        yield start, middle - LINE / 2, start + point.width, middle + LINE / 2


def test_a_name_alone_stands_beside_its_point() -> None:
    points = [Named(0.1, 50.0, 60.0), Named(0.9, 150.0, 60.0)]
    assert label_places(points, 200.0, [300.0]) == [LabelPlace(True, 0.0), LabelPlace(False, 0.0)]


@pytest.mark.parametrize("seed", range(8))
def test_names_of_eleven_points_never_lie_over_each_other(seed: int) -> None:
    random = np.random.default_rng(seed)
    # the closer the points, the more often names have to give way
    spread = random.uniform(0.02, 0.5)
    x = np.clip(random.normal(0.5, spread, 11), 0.05, 0.95)
    y = np.clip(random.normal(0.5, spread, 11), 0.05, 0.95) * _PLOT
    points = [Named(float(a), float(b), 105.0) for a, b in zip(x, y, strict=True)]
    places = label_places(points, _PLOT, _WIDTHS)
    for width in _WIDTHS:
        found = list(boxes(points, places, width))
        for i, a in enumerate(found):
            assert a[1] >= 0 and a[3] <= _PLOT
            for b in found[:i]:
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                assert apart, (width, i)
    assert _PLOT < _HEIGHT
