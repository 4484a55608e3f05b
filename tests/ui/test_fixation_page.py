"""The Fixation page on a run of tiny models, without a browser."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.reading.numbers import signed, with_room
from fixviz.reading.texts import fixation as texts
from fixviz.reading.values.fixation import kept_share, spread_of
from fixviz.store import Store
from tests.ui.fixation_run import derive, publish
from tests.ui.page import charts, numbers, open_page, text
from tests.ui.synthetic import METRICS, synthetic_run

opened = partial(open_page, "inspect/fixation")


def waterfall(at: AppTest) -> dict:
    drawn = charts(at)
    return next(t for chart in drawn for t in chart["data"] if t["type"] == "waterfall")


def test_the_waterfall_adds_up_to_the_networks_logit(store: Store) -> None:
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, frame=0)
    assert at.title[0].value == "Fixation"
    trace = waterfall(at)
    assert trace["y"] == [
        *("Constant", "Query", "Own key, value"),
        *("Next frame", "Previous frame", "Logit"),
    ]
    *parts, total = numbers(trace["x"])
    assert sum(parts) == pytest.approx(total, abs=1e-5)
    assert trace["text"] == [signed(value) for value in (*parts, total)]
    assert f"The parts add up to {total:.6f}; the network's own logit is" in text(at)
    assert "Without fixation, so not shown here: Linear, Moved." in text(at)


def test_a_head_without_neighbors_shows_no_neighbor_parts(store: Store) -> None:
    """Head 3 of 4: the temporal shift with 1/8 of 32 channels each moves only head 0."""
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, frame=0, on_head="3")
    assert waterfall(at)["y"] == ["Constant", "Query", "Own key, value", "Logit"]


def test_the_map_to_click_on_ends_with_the_frame(store: Store) -> None:
    """Patch (row, column) is centered at (row x S, column x S): border cells reach beyond the frame."""
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    chart = next(chart for chart in charts(opened(run, frame=0)) if "images" in chart["layout"])
    (picture,) = chart["layout"]["images"]
    size = picture["sizex"], picture["sizey"]
    axes = chart["layout"]["xaxis"], chart["layout"]["yaxis"]
    assert [axis["range"] for axis in axes] == [[0, size[0]], [size[1], 0]]
    entry = next(m for m in store.manifest(run)["models"] if m["name"] == "fixation")
    down, across = (entry["grid"]["stride"] * x for x in entry["grid"]["display_per_model"])
    cells = chart["data"][0]
    np.testing.assert_allclose(numbers(cells["x"]), across * np.arange(entry["grid"]["columns"]))
    np.testing.assert_allclose(numbers(cells["y"]), down * np.arange(entry["grid"]["rows"]))


def test_a_chosen_patch_and_the_keys_ratio_are_the_ones_shown(store: Store) -> None:
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, frame=0, on_row=4, on_column=7)
    assert "row 4, column 7" in text(at)
    before = numbers(waterfall(at)["x"])[-1]
    at.number_input(key="on_column").set_value(2).run()
    assert not at.exception
    assert "row 4, column 2" in text(at)
    assert numbers(waterfall(at)["x"])[-1] != before
    found = store.derived_array(
        run,
        'logit_parts/fixation/{"axis": "spatial", "frame": 0, "layer": 1}',
        "logit/query",
    )
    assert numbers(waterfall(at)["x"])[-1] == pytest.approx(float(found[4, 2].mean()), abs=1e-5)


def test_concentration_is_shown_for_all_three_kinds_of_ratios(store: Store) -> None:
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, frame=0)
    drawn = charts(at)
    names = [sorted(trace.get("name") or "" for trace in chart["data"]) for chart in drawn]
    assert names.count(["all set to 1", "as learned", "shuffled"]) == 2
    ones = store.array(run, "fixation/spatial/metrics_ratios/ones")
    ones = ones[1, ..., METRICS.index("concentration")].mean()
    assert f"{ones:.3f} with all ratios 1" in text(at)


def test_the_histogram_has_20_bins_from_0_to_1(store: Store) -> None:
    run = publish(store)
    at = opened(run, on_axis="temporal", on_head="2")
    query, key = next(
        chart["data"]
        for chart in charts(at)
        if chart["data"][0].get("name") == "ratio of the query"
    )
    assert query["line"]["shape"] == "hv"
    assert query["line"]["dash"] != key["line"]["dash"]
    np.testing.assert_allclose(numbers(query["x"]), np.linspace(0, 1, 21))
    stored = store.array(run, "fixation/temporal/ratio_histogram/query")[1, 2]
    shares = 100 * stored.astype(np.float32).mean(0)
    np.testing.assert_allclose(numbers(query["y"])[:20], shares, rtol=1e-5)
    assert numbers(query["y"])[20] == numbers(query["y"])[19]


def test_numbers_at_bars_carry_their_sign_and_have_room() -> None:
    assert [signed(v) for v in (0.25, -1.5, 0.0, -1e-5)] == ["+0.250", "−1.500", "0.000", "0.000"]
    assert with_room(-2.0, 0.0) == pytest.approx([-2.44, 0.0])
    assert with_room(-1.0, 1.0) == pytest.approx([-1.44, 1.44])
    assert with_room(0.0, 0.0) == [-1.0, 1.0]


def test_what_is_left_of_features_has_no_number_where_they_cancel() -> None:
    assert kept_share(np.array([1.0, 3.0]), np.array([0.5, 0.5])) == 0.25
    assert np.isnan(kept_share(np.array([1.0, -1.0]), np.array([0.5, -0.5])))
    assert np.isnan(kept_share(np.zeros(2), np.zeros(2)))


def test_models_without_fixation_are_called_not_learned(store: Store) -> None:
    at = opened(publish(store, ("linear", "moved")))
    assert at.info[0].value == texts.NOT_LEARNED
    assert not at.get("plotly_chart")


def test_a_run_of_an_earlier_version_shows_its_maps_and_says_what_is_missing(store: Store) -> None:
    run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    at = opened(run)
    assert at.info[0].value == texts.EARLIER
    assert "**Ratio of the key**" in text(at)
    assert not at.get("plotly_chart")


def test_without_a_run_the_page_asks_for_one(store: Store) -> None:
    at = opened()
    assert at.header[0].value == "Which clip do you want to look at?"


def test_spread_joins_the_spread_within_and_between_frames() -> None:
    """Against the plain standard deviation over tokens and frames."""
    values = np.random.default_rng(0).random((3, 7, 11, 5))  # heads, frames, tokens, channels
    mean, spread = spread_of(values.mean(2), values.std(2))
    np.testing.assert_allclose(mean, values.mean((1, 2)))
    np.testing.assert_allclose(spread, values.std((1, 2)))
