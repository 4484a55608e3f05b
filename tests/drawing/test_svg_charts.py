"""Charts as SVG: where their strokes lie, worked out by hand."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from fixviz.drawing.colors import DASHES
from fixviz.drawing.strokes import legend, span_of, stroke, ticks
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import (
    Arm,
    Axis,
    Bars,
    Cells,
    Compass,
    Lines,
    PatchMap,
    Series,
    Waterfall,
)
from fixviz.reading.scales import Scale

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: object) -> ElementTree.Element:
    return ElementTree.fromstring(svg(chart, "what it shows"))


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def of_class(root: ElementTree.Element, name: str, tag: str = "rect") -> list[ElementTree.Element]:
    return [e for e in root.iter(f"{SVG}{tag}") if name in (e.get("class") or "").split()]


def at(element: ElementTree.Element, *names: str) -> list[float]:
    return [float(element.get(name) or "nan") for name in names]


def test_a_line_goes_from_corner_to_corner_and_breaks_where_nothing_is_known() -> None:
    y = np.array([0.0, np.nan, 1.0, 2.0])
    chart = Lines(np.arange(4.0), [Series("one", y, 2)], Axis("Time (s)"), Axis("Unit", 0.0, 2.0))
    root = drawn(chart)
    sample, path = of_class(root, "s2", "path")
    assert sample.get("d") == "M0.0 7.0h24", "in the legend"
    # Left 52, right 420 - 14 = 406; top 22, bottom 240 - 42 = 198.
    assert path.get("d") == "M52.0 198.0M288.0 110.0L406.0 22.0"
    (dot,) = of_class(root, "f2", "circle")
    assert at(dot, "cx", "cy") == [52.0, 198.0]
    assert root.get("aria-label") == "what it shows"
    assert {"Time (s)", "Unit"} <= set(texts(root))


def test_the_frame_in_view_the_truth_and_the_spread_have_their_places() -> None:
    chart = Lines(
        np.array([0.0, 1.0, 2.0]),
        [Series("one", np.array([1.0, 1.0, 1.0]), 0)],
        Axis("Time (s)"),
        Axis("Unit", 0.0, 2.0),
        now=0.5,
        bands=[{"class": "part", "start_s": 1.0, "end_s": 9.0}],
        shade=(np.zeros(3), np.full(3, 2.0)),
    )
    root = drawn(chart)
    (now,) = of_class(root, "now", "line")
    assert at(now, "x1", "x2") == [140.5, 140.5]
    (band,) = of_class(root, "band")
    assert at(band, "x", "width") == [229.0, 177.0], "cut where the axis ends"
    (shade,) = of_class(root, "band", "path")
    numbers = [float(n) for n in re.findall(r"[\d.]+", shade.get("d") or "")]
    assert (min(numbers[1::2]), max(numbers[1::2])) == (36.0, 198.0)


def test_a_cell_has_the_color_of_its_place_on_the_scale_and_ink_that_can_be_read() -> None:
    values = np.array([[0.0, 5.0, 10.0], [math.nan, 2.5, 7.5]])
    chart = Cells(values, Scale(0.0, 10.0), ["a", "b"], ["0", "1", "2"], "unit", chosen=(1, None))
    root = drawn(chart)
    cells = [e for e in root.iter(f"{SVG}rect") if float(e.get("height") or 0) == 28.0]
    assert cells[0].get("fill") == "#440154"
    assert cells[2].get("fill") == "#fde725"
    assert len(of_class(root, "none")) == 1, "the undefined cell"
    numbers = {e.text: e.get("style") for e in root.iter(f"{SVG}text") if e.get("style")}
    assert numbers == {
        "0": "fill:#FFFFFF",
        "5": "fill:#15242B",
        "10": "fill:#15242B",
        "2.5": "fill:#FFFFFF",
        "7.5": "fill:#15242B",
    }
    (row,) = of_class(root, "chosen")
    left, top, width, height = at(row, "x", "y", "width", "height")
    assert (top, height) == (36.0, 30.0)
    assert left + width == pytest.approx(414.0, abs=0.1)
    assert "unit" in texts(root)


def test_panels_that_share_a_scale_draw_none_of_their_own() -> None:
    chart = Cells(np.zeros((1, 2)), Scale(0.0, 1.0), ["a"], ["0", "1"], "")
    assert len(list(drawn(chart).iter(f"{SVG}rect"))) == 2


def test_bars_begin_at_0_and_carry_their_numbers() -> None:
    chart = Bars(["a", "b"], [Series("one", np.array([-1.0, 2.0]), 1)], Axis("Unit", -1.0, 2.0))
    root = drawn(chart)
    first, second = of_class(root, "f1")
    zero = at(next(iter(of_class(root, "axis", "line"))), "x1")[0]
    x, width = at(first, "x", "width")
    assert x + width == pytest.approx(zero, abs=0.1)
    assert at(second, "x")[0] == zero
    assert at(second, "width")[0] == pytest.approx(2 * width, abs=0.2)
    assert {"−1.000", "+2.000"} <= set(texts(root))


def test_a_waterfall_goes_on_where_the_part_before_ended() -> None:
    chart = Waterfall(["up", "down", "more"], np.array([3.0, -1.0, 2.0]), Axis("Logit"), "Sum")
    root = drawn(chart)
    bars = list(root.iter(f"{SVG}rect"))
    ends = [(x, x + width) for x, width in (at(e, "x", "width") for e in bars)]
    up, down, more, total = ends
    assert down[1] == pytest.approx(up[1], abs=0.2)
    assert more[0] == pytest.approx(down[0], abs=0.2)
    assert total == pytest.approx((up[0], more[1]), abs=0.2)
    assert [e.get("class") for e in bars] == ["f1", "f0", "f1", "f4"]
    assert {"+3.000", "−1.000", "+2.000", "+4.000", "Sum"} <= set(texts(root))


def test_upright_bars_stand_on_0_and_name_as_many_as_fit() -> None:
    labels = [f"0:{i}" for i in range(64)]
    chart = Bars(
        labels, [Series("one", np.arange(64.0), 0)], Axis("Mean"), label_title="l", upright=True
    )
    root = drawn(chart)
    bars = of_class(root, "f0")
    assert len(bars) == 64
    bottoms = [y + height for y, height in (at(bar, "y", "height") for bar in bars)]
    assert bottoms[1:] == pytest.approx([198.0] * 63, abs=0.2)
    assert len([t for t in texts(root) if t in labels]) < 16


def test_arms_of_a_compass_point_to_their_neighbors() -> None:
    arms = [Arm("right", 0, 0, 1, 2.0), Arm("above", 0, -1, 0, 1.0), Arm("next", 1, 0, 0, 0.5)]
    root = drawn(Compass(arms, Axis("Share")))
    right, above = (
        np.array([float(n) for n in re.findall(r"[\d.]+", e.get("d") or "")]).reshape(-1, 2)
        for e in of_class(root, "f0", "path")
    )
    center, tips = right[0], (right[1:].mean(0), above[1:].mean(0))
    assert tips[0] - center == pytest.approx((92 * math.cos(0.22), 0), abs=0.1)
    assert tips[1] - center == pytest.approx((0, -46 * math.cos(0.22)), abs=0.1)
    assert {"right 2", "above 1", "next", "0.5"} <= set(texts(root))


def test_patches_are_centered_at_multiples_of_their_size_and_end_with_the_frame() -> None:
    image = np.zeros((30, 42, 3), np.uint8)
    values = np.arange(12.0).reshape(3, 4)
    chart = PatchMap(image, (14.0, 14.0), values, Scale(0.0, 11.0), "unit", (1, 2))
    root = drawn(chart)
    cells = [e for e in root.iter(f"{SVG}rect") if e.get("fill-opacity")]
    assert len(cells) == 12
    zoom = 420 / 42
    assert at(cells[0], "x", "y", "width", "height") == [0.0, 0.0, 7 * zoom, 7 * zoom]
    (patch,) = of_class(root, "patch")
    assert at(patch, "x", "y") == [21 * zoom, 7 * zoom]
    assert at(patch, "width", "height") == [14 * zoom, 14 * zoom]


def test_a_legend_takes_another_line_where_names_are_long() -> None:
    names = [Series(title, np.zeros(1), 0) for title in ("short", "a name that is long enough")]
    assert legend(names, 420).height == 20
    assert legend(names, 200).height == 37
    assert legend(names[:1], 420, blocks=True).height == 0, "a single set of bars needs none"


def test_ticks_are_round_and_spans_begin_at_0() -> None:
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-3.0, 12.0) == [0.0, 5.0, 10.0]
    assert span_of([np.array([2.0, math.nan])]) == (0.0, pytest.approx(2.08))
    assert span_of([np.array([-1.0, 1.0])]) == (pytest.approx(-1.08), pytest.approx(1.08))
    assert span_of([np.array([math.nan])]) == (0.0, pytest.approx(1.04))


def test_a_chart_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(TypeError, match="dict is not drawn as SVG"):
        svg({}, "")


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.3, 0.7), (0, 137), (0.001, 0.0042)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert low - 1e-9 <= found[0] < found[-1] <= high + 1e-9


@pytest.mark.parametrize("across", [320, 420, 640])
def test_long_names_are_cut_and_leave_room_for_the_bars(across: int) -> None:
    name = "Putting something on the edge of something so that it is not supported and falls down again"
    chart = Bars([name], [Series("one", np.array([1.0]), 0)], Axis("Probability", 0.0, 1.0))
    root = ElementTree.fromstring(svg(chart, "", across))
    (bar,) = of_class(root, "f0")
    zero = at(next(iter(of_class(root, "axis", "line"))), "x1")[0]
    assert at(bar, "x")[0] == zero, "to the right of 0"
    assert zero < across / 2
    assert at(bar, "width")[0] > across / 5
    (shown,) = (text for text in texts(root) if text.endswith("…"))
    assert name.startswith(shown[:-1])
    long = legend([Series(name, np.zeros(1), 0)], across)
    written = "".join(re.findall(r"<text[^>]*>([^<]*)", "".join(long.parts)))
    assert written.endswith("…")
    assert 26 + 4 + 7.2 * len(written) <= across


def test_every_color_has_a_dash_of_its_own() -> None:
    assert len(set(DASHES)) == len(DASHES)
    drawn = {
        str(stroke(Series("", np.zeros(1), i))["stroke_dasharray"]) for i in range(len(DASHES))
    }
    assert len(drawn) == len(DASHES)
