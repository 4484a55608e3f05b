"""Charts as Plotly figures: the numbers and places that the browser gets."""

from __future__ import annotations

import base64
import json
import math

import numpy as np
import pytest

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.plotly_charts import plotly_chart as unchecked
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
from tests.drawing.checked import plotly_chart

PALETTE = PALETTES["light"]


def test_lines_have_the_colors_and_dashes_of_their_numbers() -> None:
    y = np.array([1.0, np.nan, 3.0])
    chart = Lines(
        np.arange(3.0),
        [Series("gray", y, None), Series("second", y, 1), Series("known", np.ones(3), 0)],
        Axis("Time (s)"),
        Axis("Unit", 0.0, 4.0),
        now=1.0,
        points=["a", "b", "c"],
    )
    drawn = plotly_chart(chart, PALETTE)
    gray, second, known = drawn.data
    assert (gray.line.dash, gray.line.color) == ("dot", "#7C8893")
    assert (second.line.dash, second.line.color) == ("dash", PALETTE[1])
    assert second.mode == "lines+markers", "a place between two gaps is seen"
    assert known.mode == "lines"
    assert tuple(known.text) == ("a", "b", "c")
    assert drawn.layout.yaxis.range == (0.0, 4.0)
    assert drawn.layout.xaxis.range == (0.0, 2.0)
    assert drawn.layout.shapes[0].x0 == 1.0


def test_steps_hold_until_the_next_edge() -> None:
    chart = Lines(
        np.linspace(0, 1, 4),
        [Series("one", np.array([5.0, 6.0, 7.0]), 0, steps=True)],
        Axis("x"),
        Axis("y"),
        points=["0 to ⅓", "⅓ to ⅔", "⅔ to 1"],
    )
    (trace,) = plotly_chart(chart, PALETTE).data
    assert trace.line.shape == "hv"
    assert list(trace.y) == [5.0, 6.0, 7.0, 7.0]
    assert tuple(trace.text) == ("0 to ⅓", "⅓ to ⅔", "⅔ to 1", "")


def test_cells_can_be_clicked_and_say_what_they_are() -> None:
    values = np.array([[0.0, 0.25], [0.5, np.nan], [1.0, 0.75]])
    chart = Cells(
        values,
        Scale(0.0, 1.0),
        ["0", "1", "2"],
        ["0", "1"],
        "share",
        row_title="Layer",
        column_title="Head",
        chosen=(2, 1),
        notes={1: "reads the next frame"},
    )
    drawn = plotly_chart(chart, PALETTE)
    cells, points, *numbers = drawn.data
    assert (cells.zmin, cells.zmax, cells.colorscale[0][1]) == (0.0, 1.0, "#440154")
    assert points.customdata[1] == "Layer 0, Head 1: 0.25<br>reads the next frame"
    assert points.customdata[3].startswith("Layer 1, Head 1: –")
    written = {
        (row, column): text
        for trace in numbers
        for row, column, text in zip(trace.y, trace.x, trace.text, strict=True)
    }
    assert [written[row, column] for row in range(3) for column in range(2)] == [
        "0",
        "0.25",
        "0.5",
        "–",
        "1",
        "0.75",
    ]
    for trace in numbers:  # A click on a point must not fade them.
        assert trace.unselected.textfont.color == trace.textfont.color
    outline = drawn.layout.shapes[0]
    assert (outline.x0, outline.x1, outline.y0, outline.y1) == (0.5, 1.5, 1.5, 2.5)


def test_cells_over_time_say_what_they_are_and_need_no_point_for_it() -> None:
    """A point for each cell of many frames takes a browser longer than all else of the chart."""
    values = np.array([[0.25, 0.5, np.nan], [1.0, 0.125, 0.75]])
    times = np.array([0.0, 0.5, 1.25])
    chart = Cells(
        values,
        Scale(0.0, 1.0),
        ["above", "below"],
        times,
        "",
        column_title="Time (s)",
        numbers=False,
    )
    (heatmap,) = plotly_chart(chart, PALETTE).data
    assert heatmap.hovertemplate == "%{text}<extra></extra>"
    assert heatmap.text[1][2] == "below, Time (s) 1.25: 0.75"
    assert heatmap.text[0][2] == "above, Time (s) 1.25: –"


def test_sideways_bars_have_room_for_their_numbers() -> None:
    chart = Bars(
        ["a", "b"],
        [Series("before", np.array([0.5, 1.0]), 4), Series("after", np.array([0.25, 2.0]), 0)],
        Axis("Unit"),
        form=".2f",
    )
    drawn = plotly_chart(chart, PALETTE)
    assert [trace.name for trace in drawn.data] == ["before", "after"], "in the order of the report"
    assert tuple(drawn.data[1].text) == ("0.25", "2.00")
    assert drawn.layout.yaxis.autorange == "reversed", "the first label stands at the top"
    assert drawn.layout.xaxis.range == pytest.approx((0.0, 2.44))


def test_a_waterfall_ends_with_the_sum() -> None:
    (trace,) = plotly_chart(
        Waterfall(["a", "b"], np.array([0.5, -2.0]), Axis("Logit"), "Sum"), PALETTE
    ).data
    assert list(trace.x) == [0.5, -2.0, -1.5]
    assert tuple(trace.measure) == ("relative", "relative", "total")
    assert tuple(trace.text) == ("+0.500", "−2.000", "−1.500")


def test_a_compass_keeps_grid_and_frames_on_one_scale() -> None:
    arms = [Arm("below left", 0, 1, -1, 2.0), Arm("previous frame", -1, 0, 0, 4.0)]
    drawn = plotly_chart(Compass(arms, Axis("Share")), PALETTE)
    grid, time = drawn.data
    assert tuple(grid.theta) == (225,)
    assert drawn.layout.polar.radialaxis.range == pytest.approx((0.0, 4.2))
    assert list(time.x) == [4.0]


def test_a_chart_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(TypeError, match="dict is not drawn with Plotly"):
        plotly_chart({}, PALETTE)


def test_every_kind_of_chart_is_plain_json_that_plotly_knows() -> None:
    gap = np.array([1.0, np.nan, 3.0], np.float32)
    times = np.arange(3.0)
    band = {"class": "jump", "start_s": 0.5, "end_s": 1.5}
    charts = [
        Lines(times, [Series("a", gap, 0)], Axis("Time (s)"), Axis("y"), 1.0, [band], (gap, gap)),
        Cells(np.eye(3), Scale(0.0, 1.0), ["0", "1", "2"], times, "u", chosen=(1, None)),
        Bars(["a", "b", "c"], [Series("u", gap, None)], Axis("y"), upright=True, label_title="L"),
        Bars(["a", "b", "c"], [Series("u", gap, 1)], Axis("y", 0.0, 4.0), notes=["n"] * 3),
        Waterfall(["a"], np.array([-2.0], np.float32), Axis("Logit"), "Sum"),
        Compass([Arm("above", 0, -1, 0, math.nan), Arm("next", 1, 0, 0, 2.0)], Axis("Share")),
        PatchMap(np.zeros((9, 9, 3), np.uint8), (3.0, 3.0), np.eye(3), Scale(0, 1), "u", (1, 2)),
    ]
    for chart in charts:
        drawn = unchecked(chart, PALETTE)
        assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
        # Where a name or a value is wrong, Plotly raises ValueError.
        assert len(plotly_chart(chart, PALETTE).data) == len(drawn["data"])


def test_arrays_are_sent_as_typed_arrays_with_their_shape() -> None:
    values = np.array([[0.5, 0.25, 1.0], [0.0, 0.75, 0.125]], np.float32)
    chart = Cells(values, Scale(0.0, 1.0), ["0", "1"], ["a", "b", "c"], "u", numbers=False)
    sent = unchecked(chart, PALETTE)["data"][0]["z"]
    assert (sent["dtype"], sent["shape"]) == ("f4", "2, 3")
    assert base64.b64decode(sent["bdata"]) == values.tobytes()
