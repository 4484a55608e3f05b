"""Described figures of concentration and motion: stored numbers, numbers known on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fixviz.analysis.measure_table import MEASURES
from fixviz.reading.figures import concentration as figures
from fixviz.reading.figures.attention import received_maps
from fixviz.reading.figures.figure import Cells, Lines, Maps, Panels
from fixviz.reading.run import StoredRun
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.concentration_run import BASELINE, POINTING, concentration_run
from tests.ui.synthetic import FRAMES, HEADS, LAYERS, TITLES


def view_of(home: Path, truth: bool = True, **where: object) -> View:
    store = Store(Settings(home=home))
    handle = store.publish("a" * 64, *concentration_run(truth), owner="test", name="orbit.mp4")
    place = {"axis": "spatial", "layer": 1, "head": 2, "frame": 5} | where
    return View(StoredRun.open(store, handle), **place)


@pytest.fixture
def view(tmp_path: Path) -> View:
    return view_of(tmp_path)


def test_curves_are_compared_with_uniform_attention_and_show_what_the_clip_shows(
    view: View,
) -> None:
    figure = figures.over_time(view, MEASURES["effective_support"], "concentration")
    chart = figure.chart
    assert isinstance(chart, Lines)
    assert [one.title for one in chart.series] == ["uniform attention", *TITLES.values()]
    assert [one.color for one in chart.series] == [None, 0, 1, 2]
    assert chart.series[0].y.tolist() == [108.0] * FRAMES  # 9 × 12 patches
    assert [band["class"] for band in chart.bands] == ["orbit"]
    assert chart.now == 0.625
    assert (chart.x_axis.title, chart.y_axis.title) == ("Time (s)", "Effective support (keys)")
    assert list(figure.table) == ["frame", "time (s)", "uniform attention", *TITLES.values()]
    assert figure.caption.startswith(
        "Effective support over time: spatial attention, layer 1, head 2; by slot; the vertical line marks "
        "frame 5 (0.62 s); Softmax (736f6674);"
    )


def test_a_measure_against_the_truth_is_by_source_beside_chance(view: View) -> None:
    figure = figures.over_time(view, MEASURES["pointing"], "target")
    chance = figure.table["without knowing the target"]
    assert np.isnan(chance[0])
    assert chance[1:] == [BASELINE] * (FRAMES - 1)
    assert figure.table["Softmax"][1:] == [POINTING] * (FRAMES - 1)
    assert "; by source;" in figure.caption
    assert figure.follows == MEASURES["pointing"].follows
    assert f"Softmax {POINTING}" in figure.alt


def test_grids_of_all_models_share_one_scale_and_outline_the_view(view: View) -> None:
    figure = figures.grids(view, MEASURES["concentration"], "concentration", 5)
    assert isinstance(figure.chart, Panels)
    grids = [panel.chart for panel in figure.chart.panels]
    assert all(isinstance(grid, Cells) for grid in grids)
    highest = max(np.nanmax(grid.values) for grid in grids)
    assert {grid.scale for grid in grids} == {figure.chart.scale[0]}
    assert figure.chart.scale[0].low == 0.0
    assert figure.chart.scale[0].high == pytest.approx(highest)
    assert {grid.chosen for grid in grids} == {(1, 2)}
    assert grids[2].notes == {0: "half its channels read frame t+1"}
    assert len(figure.table["Concentration"]) == len(TITLES) * LAYERS * HEADS
    column = view.run.manifest["metrics"].index("concentration")
    stored = view.run.array("linear/spatial/metrics")[:, :, 5, column]
    row = figure.table["model"].index("Vanilla linear")
    assert figure.table["Concentration"][row : row + 12] == stored.ravel().tolist()


def test_a_signed_measure_has_0_in_the_middle_of_its_colors(tmp_path: Path) -> None:
    view = view_of(tmp_path, truth=False)
    figure = figures.grids(view, MEASURES["motion_agreement"], "target")
    assert isinstance(figure.chart, Panels) and figure.chart.scale
    scale, label = figure.chart.scale
    assert (scale.low, scale.high, scale.colors) == (-0.25, 0.25, "diverging")
    assert label == "Motion agreement (rank correlation), one scale for all models"
    assert [measure.name for measure in values.place_measures(view)] == [
        *("motion_agreement", "attended_motion")
    ]


def test_the_weakest_half_of_the_keys_hold_what_the_curve_says(view: View) -> None:
    figure = figures.lorenz(view)
    power = 1 + 0 + 1 + 2 / 8  # of the first model in layer 1, head 2
    half = figure.table["keys, weakest first (%)"].index(50.0)
    assert figure.table["Softmax (%)"][half] == pytest.approx(100 * 0.5**power, rel=2e-3)
    assert f"{100 * 0.5**power:.1f} % in Softmax" in figure.alt


def test_a_distribution_is_in_percent_and_its_table_in_queries(tmp_path: Path) -> None:
    figure = figures.distribution(view_of(tmp_path, head=None))
    counts = figure.table["Softmax (queries)"]
    assert (counts[3], counts[11], sum(counts)) == (100 * HEADS, 8 * HEADS, 108 * HEADS)
    softmax = figure.chart.series[0]
    assert softmax.steps
    assert softmax.y[3] == pytest.approx(100 * 100 / 108)
    assert "all heads together" in figure.caption
    assert "Fullest bin: 0.15 to 0.20 in Softmax" in figure.alt


def test_attention_received_ends_at_a_percentile_and_says_where_it_is_highest(view: View) -> None:
    figure = received_maps(view, [0, 5])
    everything = np.concatenate([values.received(view, m)[[0, 5]].ravel() for m in TITLES])
    assert isinstance(figure.chart, Maps)
    assert figure.chart.scales[0][0].high == pytest.approx(float(np.percentile(everything, 99)))
    assert "0 to the 99th percentile" in figure.caption
    whole = received_maps(view, [0, 5], percentile=100)
    assert whole.chart.scales[0][0].high == pytest.approx(float(everything.max()))
    softmax = values.received(view, "softmax")[5]
    row, column = np.unravel_index(softmax.argmax(), softmax.shape)
    found = {name: cells[1] for name, cells in figure.table.items()}
    assert (found["model"], found["frame"]) == ("Softmax", 5)
    assert (found["row of highest"], found["column of highest"]) == (row, column)
    # Head 2 is in view, and only head 0 reads another frame.
    assert "read frame t+1" not in figure.follows


def test_what_a_head_reads_of_neighbors_is_said(tmp_path: Path) -> None:
    figure = received_maps(view_of(tmp_path, head=None), [0])
    assert figure.follows.endswith(
        "Linear + fixation + neighbors is counted where the content comes from: head 0 half its channels "
        "read frame t+1."
    )


def test_a_run_that_lacks_a_measure_shows_the_others(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    manifest = {**view.run.manifest, "metrics": [*view.run.manifest["metrics"][:-1]]}
    earlier = View(StoredRun(view.run.store, view.run.handle, manifest), "spatial", 1, 2, 5)
    shown = figures.numbers(earlier)
    assert "Gini coefficient" not in shown.table
    assert len(shown.table) == 2 + 5 + 1
    assert "Gini" not in shown.terms
