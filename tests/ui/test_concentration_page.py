"""The Concentration page as the shell shows it, on a run whose every value is known."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qs

import numpy as np
import pytest

from fixviz.reading.values.concentration import known_mean
from fixviz.store import Store
from fixviz.ui.concentration.grids import clicked_cell
from tests.ui.concentration_run import BASELINE, POINTING, concentration_run
from tests.ui.page import charts, numbers, open_page, text
from tests.ui.synthetic import FRAMES, HEADS, LAYERS, METRICS, TITLES, synthetic_run

CHECKPOINTS = (
    "Softmax (736f6674); Vanilla linear (6c696e65); Linear + fixation + neighbors (66697861)"
)

start = partial(open_page, "inspect/concentration")


@pytest.fixture
def handle(store: Store) -> str:
    return store.publish("a" * 64, *concentration_run(), owner="test", name="orbit.mp4")


def test_without_a_run_it_says_where_to_get_one(store: Store) -> None:
    at = start()
    assert at.title[0].value == "Concentration"
    assert not at.get("plotly_chart")
    assert "You have no analyzed clips yet" in text(at)


def test_every_figure_is_there_and_says_what_it_shows(handle: str) -> None:
    at = start(run=handle)
    # Two charts over time, two grids of three models, Lorenz curves, distribution.
    assert len(charts(at)) == 1 + 3 + 2 + 1 + 3
    assert [s.value for s in at.header] == [
        *("Over time", "Layers and heads", "Frame 4, 0.50 s", "On what decides the class")
    ]
    captions = [str(m.value) for m in at.markdown if CHECKPOINTS in str(m.value)]
    assert len(captions) == 1 + 7  # what is in view, and a caption for each figure
    assert sum("layer 2" in caption for caption in captions) == 8 - 2  # grids show all layers
    for phrase in (
        "mean of heads",
        "By slot: a key counts at its own place",
        "By source: attention counts at the patch whose content the key holds",
        "window of frames 0 to 7",
        "N = 108 keys",
        "nor that the model uses them",
        "does not prove",
    ):
        assert phrase in text(at), phrase


def test_curves_are_the_stored_measures_and_their_uniform_value(handle: str) -> None:
    at = start(run=handle, on_layer="1", on_head="Head 2")
    at.selectbox(key="concentration_measure").set_value("normalized_entropy").run()
    chart = charts(at)[0]
    assert [line["name"] for line in chart["data"]] == ["uniform attention", *TITLES.values()]
    _, arrays, _ = concentration_run()
    assert numbers(chart["data"][0]["y"]) == pytest.approx(np.ones(FRAMES))
    for line, name in zip(chart["data"][1:], TITLES, strict=True):
        stored = arrays[f"{name}/spatial/metrics"][1, 2, :, METRICS.index("normalized_entropy")]
        np.testing.assert_allclose(numbers(line["y"]), stored)
    assert chart["layout"]["yaxis"]["title"]["text"] == "Normalized entropy"


def test_models_keep_their_color_and_dash_in_every_chart(handle: str) -> None:
    every = charts(start(run=handle))
    for title in TITLES.values():
        lines = [t["line"] for chart in every for t in chart["data"] if t.get("name") == title]
        assert len(lines) == 4
        assert len({(line["color"], line["dash"]) for line in lines}) == 1


def test_grids_show_layers_by_heads_on_one_scale(handle: str) -> None:
    at = start(run=handle, on_frame="5")
    grids = charts(at)[1:4]
    _, arrays, _ = concentration_run()
    limits = set()
    for grid, name in zip(grids, TITLES, strict=True):
        heat = grid["data"][0]
        stored = arrays[f"{name}/spatial/metrics"][..., METRICS.index("concentration")]
        np.testing.assert_allclose(numbers(heat["z"]), stored.mean(-1), rtol=1e-5)
        limits.add((heat["zmin"], heat["zmax"]))
        assert not heat["showscale"], "one color bar below says it for all"
        assert len(grid["data"][1]["customdata"]) == LAYERS * HEADS
    assert len(limits) == 1
    assert "read frame t+1" in grids[2]["data"][1]["customdata"][0]
    at.segmented_control(key="concentration_values").set_value("This frame").run()
    stored = arrays["linear/spatial/metrics"][:, :, 5, METRICS.index("concentration")]
    np.testing.assert_allclose(numbers(charts(at)[2]["data"][0]["z"]), stored)


def test_the_table_holds_all_measures_of_the_frame(handle: str) -> None:
    at = start(run=handle, on_frame="6", on_layer="0")
    table = at.dataframe[0].value
    assert list(table) == [
        *("model", "over", "Concentration", "Entropy (nats)", "Normalized entropy"),
        *("Effective support (keys)", "Top-10 % mass (share of attention)", "Gini coefficient"),
        "N (keys)",
    ]
    assert list(table["over"]) == ["frame 6", "clip"] * len(TITLES)
    _, arrays, _ = concentration_run()
    stored = arrays["linear/spatial/metrics"][0, :, :, METRICS.index("concentration")].mean(0)
    of_linear = table[table["model"] == "Vanilla linear"]["Concentration"]
    assert list(of_linear) == pytest.approx([stored[6], stored.mean()])
    assert list(table["N (keys)"]) == [108] * 6
    at.selectbox(key="on_axis").set_value("temporal").run()
    assert list(at.dataframe[0].value["N (keys)"]) == [8] * 6


def test_lorenz_curves_and_the_distribution_of_one_head(handle: str) -> None:
    every = charts(start(run=handle, on_layer="1", on_head="Head 3", on_frame="4"))
    lorenz, histogram = every[4], every[5]
    diagonal, first = lorenz["data"][:2]
    np.testing.assert_allclose(numbers(diagonal["y"]), np.linspace(0, 100, 21))
    assert diagonal["text"][10] == "the weakest 50 % of keys"
    power = 1 + 1 + 3 / 8
    np.testing.assert_allclose(
        numbers(first["y"]), 100 * np.linspace(0, 1, 21) ** power, rtol=2e-3, atol=0.01
    )
    shares = numbers(histogram["data"][1]["y"])
    assert shares[[4, 11]] == pytest.approx([100 * 100 / 108, 100 * 8 / 108])
    assert shares[:20].sum() == pytest.approx(100)


def test_a_known_target_is_compared_with_chance_and_a_frame_without_it_is_a_gap(
    handle: str,
) -> None:
    at = start(run=handle)
    at.selectbox(key="target_measure").set_value("pointing").run()
    chart = charts(at)[6]
    chance, *models = chart["data"]
    assert chance["name"] == "without knowing the target"
    for line, level in ((chance, BASELINE), *((model, POINTING) for model in models)):
        values = numbers(line["y"])
        assert np.isnan(values[0])
        assert values[1:] == pytest.approx(level)
    assert [note["text"] for note in chart["layout"]["annotations"]] == ["orbit"]
    # A frame between two gaps is no line, and gaps in a dashed line look like its dashes.
    assert {model["mode"] for model in models} == {"lines+markers"}
    assert {line["mode"] for line in charts(at)[0]["data"]} == {"lines"}
    assert "share of heads that hit" in text(at)


def test_an_unknown_target_leads_to_motion(store: Store) -> None:
    run = store.publish("b" * 64, *concentration_run(truth=False), owner="test", name="x.mp4")
    at = start(run=run)
    assert at.header[3].value == "Where something moves"
    assert not any(box.key == "target_measure" for box in at.selectbox)
    heat = charts(at)[7]["data"][0]
    cell = 0.125 * (np.arange(LAYERS)[:, None] + np.arange(HEADS) / 8) - 0.25
    np.testing.assert_allclose(numbers(heat["z"]), cell, atol=1e-6)
    assert (heat["zmin"], heat["zmax"]) == pytest.approx((-0.25, 0.25))
    assert "The reason may be that they move" in text(at)
    at.selectbox(key="motion_measure").set_value("attended_motion").run()
    attended = charts(at)[7]["data"][0]
    np.testing.assert_allclose(numbers(attended["z"]), 1 + 2 * cell, atol=1e-6)
    assert (attended["zmin"], attended["zmax"]) == pytest.approx((0, (1 + 2 * cell).max()))
    reference = charts(at)[6]["data"][0]
    assert reference["name"] == "uniform attention"
    assert numbers(reference["y"]) == pytest.approx(1)


def test_a_run_of_an_earlier_version_shows_what_it_has(store: Store) -> None:
    run = store.publish("c" * 64, *synthetic_run(), owner="test", name="old.mp4")
    at = start(run=run)
    assert len(charts(at)) == 4
    assert text(at).count("earlier version") == 2


def test_a_link_opens_the_same_view_here_and_in_the_player(handle: str) -> None:
    at = start(
        run=handle,
        on_axis="Temporal (frames at one place)",
        on_layer="1",
        on_head="Head 3",
        on_frame="7",
        concentration_measure="Gini coefficient",
    )
    chosen = {box.key: box.value for box in at.selectbox}
    assert chosen["on_axis"] == "temporal"
    assert chosen["concentration_measure"] == "gini"
    assert at.header[2].value == "Frame 7, 0.88 s"
    link = next(p.proto for p in at.get("page_link") if "layer and head" in p.proto.label)
    assert parse_qs(link.query_string) == {
        **{"run": [handle], "frame": ["7"], "layer": ["1"], "axis": ["temporal"], "head": ["3"]}
    }


def test_a_click_names_its_cell() -> None:
    event = {"selection": {"points": [{"x": 3, "y": 1}]}}
    assert clicked_cell(event, (2, 4)) == (1, 3)
    assert clicked_cell(event, (2, 3)) is None
    assert clicked_cell({"selection": {"points": []}}, (2, 4)) is None
    assert clicked_cell(None, (2, 4)) is None


def test_means_leave_out_what_is_undefined() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan]])
    found = known_mean(values, 0)
    assert found[0] == 2
    assert np.isnan(found[1])
