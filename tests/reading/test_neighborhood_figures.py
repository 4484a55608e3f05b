"""Described figures of neighbors: stored numbers, numbers known on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fixviz.drawing.colors import PALETTES
from fixviz.reading.figures import leave_one_out, neighborhood, without_neighbors
from fixviz.reading.figures.figure import Bars, Cells, Compass, Figure, Maps, Panels, PatchMap
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import LEFT_OUT, SHARE, SIGNED, View
from fixviz.reading.values.without_neighbors import compared, compared_off
from fixviz.settings import Settings
from fixviz.store import Store
from tests.drawing.checked import plotly_chart
from tests.ui.fixation_run import derive, publish

ROWS, COLUMNS, FRAMES = 5, 8, 7


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    """Layer 1 of the model with fixation and neighbors, its first frame, and all that derives from it."""
    store = Store(Settings(home=tmp_path_factory.mktemp("home")))
    handle = publish(store)
    for kind in ("leave_one_out", "left_out_predictions", "without_neighbors"):
        derive(store, handle, kind, "fixation")
    derive(store, handle, "leave_one_out", "fixation", layer=0)
    run = StoredRun.open(store, handle)
    return View(run, run.model("fixation"), 1, 0, "query")


def result(view: View, kind: str, **arguments: int) -> StoredResult:
    found = view.run.derived(kind, view.model, arguments)
    assert found is not None
    return found


def cells(figure: Figure) -> list[Cells]:
    assert isinstance(figure.chart, Panels)
    charts = [panel.chart for panel in figure.chart.panels]
    assert all(isinstance(chart, Cells) for chart in charts)
    return charts


def test_shares_are_means_over_the_heads_that_hold_the_direction(view: View) -> None:
    figure = neighborhood.shares(view)
    layers, frames = cells(figure)
    stored = view.run.array("fixation/temporal/neighbor_share/query").astype(np.float32)
    below = stored[:, 0, 0]  # [L, N, h, w]: only head 0 of 4 reads it
    assert np.isnan(stored[:, 1:, 0]).all()
    assert figure.table["direction"][0] == "below"
    for layer in (0, 1):
        shown = [figure.table[f"layer {layer}"][0], layers.values[0, layer]]
        assert shown == pytest.approx([below[layer].mean()] * 2, rel=1e-3)
    assert frames.values[0] == pytest.approx(below[1].mean((1, 2)), rel=1e-3)
    assert figure.data is not None
    rows = list(zip(*figure.data.values(), strict=True))
    (value,) = (row[-1] for row in rows if row[:4] == ("below", 1, 3, 0.375))
    assert value == pytest.approx(below[1, 3].mean(), rel=1e-3)
    assert figure.caption.startswith(
        "Share of each direction in the logit of the query's ratio, mean over patches: all layers, and "
        "layer 1 over time;"
    )


def test_both_ratios_have_one_scale_which_the_figure_shows_once(view: View) -> None:
    figures = [neighborhood.shares(replace(view, which=which)) for which in ("query", "key")]
    shown = [chart for figure in figures for chart in cells(figure)]
    assert len({chart.scale for chart in shown}) == 1
    assert shown[0].scale.low == 0
    assert shown[0].scale.high == max(np.nanmax(chart.values) for chart in shown)
    assert {chart.unit for chart in shown} == {""}
    assert [figure.chart.scale for figure in figures] == [
        (shown[0].scale, "share of the logit")
    ] * 2


def test_what_is_left_out_is_shown_for_the_layers_that_were_computed(view: View) -> None:
    every = leave_one_out.output_change(view, result(view, "leave_one_out"))
    change = result(view, "leave_one_out").array("output_change/frame")
    layers, frames = cells(every)
    np.testing.assert_allclose(layers.values, change.mean(2).T, rtol=1e-5)
    np.testing.assert_allclose(frames.values, change[1], rtol=1e-6)
    assert layers.rows[8:] == ["all grid neighbors", "next frame", "previous frame", "both frames"]
    assert ": all layers, and layer 1 over time;" in every.caption

    one = leave_one_out.output_change(view, result(view, "leave_one_out", layer=0))
    (shown,) = cells(one)
    np.testing.assert_allclose(shown.values[:, 0], change[0].mean(1), rtol=1e-5)
    assert ": layer 0; all heads together;" in one.caption
    assert leave_one_out.changes(view, result(view, "leave_one_out", layer=0), None) is None


def test_the_table_of_changes_has_the_means_of_its_layer(view: View) -> None:
    found, predicted = result(view, "leave_one_out"), result(view, "left_out_predictions")
    figure = leave_one_out.changes(view, found, predicted)
    assert figure is not None
    assert figure.chart is None
    size = found.array("ratio_change/key/absolute")[1]
    assert figure.table["ratio of the key, size"] == pytest.approx(size.mean((1, 2, 3)), rel=1e-3)
    moved = found.array("concentration_change")[1, 0, 0]  # without the neighbor below: head 0
    assert figure.table["concentration"][0] == pytest.approx(moved.mean(), rel=1e-4)
    own = predicted.array("own")
    best = own.argmax(1)
    change = 100 * (predicted.array("layer")[1] - own)[:, np.arange(len(own)), best].mean(1)
    assert figure.table["class, points"] == pytest.approx(change, abs=1e-5)
    assert "class, points" not in leave_one_out.changes(view, found, None).table
    assert set(figure.help) <= set(figure.table)


def test_predictions_count_the_windows_that_change_their_class(view: View) -> None:
    found = result(view, "left_out_predictions")
    figure = leave_one_out.predictions(view, found)
    own, without = found.array("own"), found.array("everywhere")[-1]
    best = own.argmax(1)
    count = int((without.argmax(1) != best).sum())
    assert figure.table["left out"][-1] == "every neighbor"
    assert figure.table["windows with another class, in all layers"][-1] == count
    lost = 100 * (without - own)[np.arange(len(own)), best].mean()
    assert figure.table["in all layers (percentage points)"][-1] == pytest.approx(lost, abs=1e-4)
    assert np.isnan(figure.table["in layer 1 (percentage points)"][-1])
    assert figure.follows.startswith(
        f"Without any neighbor, the model predicts another class in {count} of {len(own)} windows. "
        f"{texts.PREDICTION}"
    )
    assert isinstance(figure.chart, Cells)
    assert list(figure.chart.columns) == ["0", "1", "all layers"]
    assert figure.chart.scale.low == -figure.chart.scale.high


def test_arms_point_to_their_neighbors_and_signed_parts_are_bars(view: View) -> None:
    arms = list(view.arms())
    maps = np.zeros((len(arms), ROWS, COLUMNS), np.float32)
    maps[:, 2, 6] = np.arange(len(arms)) - 3.0
    compass = neighborhood.compass(view, LEFT_OUT, arms, maps, (2, 6)).chart
    assert isinstance(compass, Compass)
    below, above, *_, following, previous = compass.arms
    assert (below.label, below.dy, below.dx, below.value) == ("below", 1, 0, -3.0)
    assert (above.dy, above.value) == (-1, -2.0)
    assert (following.dt, previous.dt, previous.value) == (1, -1, 6.0)

    figure = neighborhood.compass(view, SIGNED, arms, maps, (2, 6))
    assert isinstance(figure.chart, Bars)
    grid, time = figure.chart.series
    assert grid.y[:8].tolist() == [-3, -2, -1, 0, 1, 2, 3, 4]
    assert np.isnan(grid.y[8:]).all()
    assert time.y[8:].tolist() == [5, 6]
    assert figure.chart.bars_per_label == 1
    assert figure.table["logit"] == [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6]
    assert "an arm points" not in figure.caption


def test_undefined_shares_leave_the_scales_to_the_others(view: View) -> None:
    arms = list(view.arms())
    maps = np.full((len(arms), ROWS, COLUMNS), 0.25, np.float32)
    maps[0, 0, 0], maps[:, 4, 4], maps[1, 2, 2] = np.nan, np.nan, 0.75
    chart = neighborhood.patch_map(view, SHARE, maps, (0, 0)).chart
    assert isinstance(chart, PatchMap)
    assert chart.scale.high == 0.75
    assert chart.values[0, 0] == 0.25
    assert np.isnan(chart.values[4, 4])
    (scale, _), *_ = neighborhood.compass_maps(view, SHARE, arms, maps, (0, 0)).chart.scales
    assert scale.high == 0.75
    compass = neighborhood.compass(view, SHARE, arms, maps, (0, 0))
    assert compass.alt.startswith("Share of the logit at row 0, column 0: below –, above 0.25,")
    drawn = plotly_chart(compass.chart, PALETTES["light"])
    assert drawn.layout.polar.radialaxis.range == pytest.approx((0, 1.05 * 0.25))


def test_frames_alone_are_bars(view: View) -> None:
    arms = [arm for arm in view.arms() if arm.axis == "spatial"]
    maps = np.full((2, ROWS, COLUMNS), 0.5, np.float32)
    chart = neighborhood.compass(view, SHARE, arms, maps, (0, 0)).chart
    assert isinstance(chart, Bars)
    assert [series.title for series in chart.series] == ["spatial attention: frames"]


def test_the_compass_has_a_picture_for_each_attention(view: View) -> None:
    arms = list(view.arms())
    maps = np.zeros((len(arms), ROWS, COLUMNS), np.float32)
    maps[4, 1, 2] = 7.0
    figure = neighborhood.compass_maps(view, SHARE, arms, maps, (1, 2))
    assert isinstance(figure.chart, Maps)
    (row,) = figure.chart.rows
    assert [picture.label for picture in row.pictures] == [
        "Layer 1, temporal attention, which reads the 8 grid neighbors",
        "Layer 1, spatial attention, which reads the next and the previous frame",
    ]
    grid, time = (picture.image for picture in row.pictures)
    assert grid.shape[1] == time.shape[1]  # Patches are as large in both.
    ((scale, unit),) = figure.chart.scales
    assert (scale.low, scale.high, unit) == (0.0, 7.0, "share of the logit")
    where = figure.table["share of the logit"].index(7.0)
    place = [figure.table[name][where] for name in ("direction", "row", "column")]
    assert place == ["above left", 1, 2]
    assert "Above left: From 0 to 7; highest at row 1, column 2 of 5 × 8 patches." in figure.alt


def test_patches_at_the_border_are_counted(view: View) -> None:
    """5 x 8 patches: 8 have none above, 5 none to the left, 12 no diagonal one; frame 0 has none before."""
    figure = neighborhood.border(view)
    counts = dict(zip(figure.table["direction"], figure.table["patches beyond"], strict=True))
    assert (counts["above"], counts["left"], counts["above left"]) == (8, 5, 12)
    assert (counts["previous frame"], counts["next frame"]) == (40, 0)
    reads = dict(zip(figure.table["direction"], figure.table["they read"], strict=True))
    assert (reads["above"], reads["above left"]) == ("zeros", "their own value")
    assert reads["next frame"] == "nothing beyond"
    assert "; place 0 of 3 in its window;" in figure.caption


def test_concentration_without_neighbors_is_found_by_its_name(view: View) -> None:
    view = replace(view, axis="spatial")
    mine = compared(view, view.entry, "With its neighbors")
    found = result(view, "without_neighbors")
    other = compared_off(view, found, "Every direction off", "A conclusion.")
    figure = without_neighbors.concentration(view, mine, other)
    place = view.run.manifest["metrics"].index("concentration")
    own = view.run.array("fixation/spatial/metrics")[1, ..., place].mean(0)
    off = found.array("spatial/metrics")[1, ..., place].mean(0)
    assert figure.table["With its neighbors"] == pytest.approx(own, rel=1e-4)
    assert figure.table["Every direction off"] == pytest.approx(off, rel=1e-4)
    assert ": spatial attention, layer 1, mean of heads; by slot; beside it:" in figure.caption
    chances = np.array(view.entry["probabilities"])[view.entry["window_of_frame"][0]]
    name = view.entry["classes"][int(chances.argmax())]
    assert figure.follows.startswith(
        f"Most probable class in the window of frame 0: with its neighbors {name} "
        f"({100 * chances.max():.0f} %); every direction off "
    )
    assert figure.follows.endswith("A conclusion.")


def test_maps_of_both_have_one_scale(view: View) -> None:
    view = replace(view, axis="spatial")
    mine = compared(view, view.entry, "With its neighbors")
    other = compared(view, view.run.model("alone"), "Alone")
    figure = without_neighbors.received(view, mine, other, [0, 3])
    stored = view.run.array("alone/spatial/attention_received/source")[1].astype(np.float32).mean(0)
    assert figure.table["Alone"] == pytest.approx(stored[[0, 3]].ravel(), rel=1e-3)
    assert figure.table["frame"] == [0] * 40 + [3] * 40
    assert isinstance(figure.chart, Maps)
    ((scale, _),) = figure.chart.scales
    every = [*figure.table["With its neighbors"], *figure.table["Alone"]]
    assert (scale.low, scale.high) == (min(every), max(every))


def test_files_are_named_after_model_layer_and_figure(view: View) -> None:
    assert neighborhood.shares(view).file == "noise-mp4-fixation-layer-1-shares-query"
    beside = replace(view, axis="spatial")
    assert beside.file("beside") == "noise-mp4-fixation-spatial-attention-layer-1-beside"
