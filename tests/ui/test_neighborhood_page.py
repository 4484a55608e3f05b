"""The Neighborhood page on a run of tiny models, without a browser."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.model.directions import FRAME_DIRECTIONS, GRID_DIRECTIONS
from fixviz.model.shift import neighbor_exists
from fixviz.reading.mosaic import mosaic, webp
from fixviz.reading.numbers import number
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import neighborhood as texts
from fixviz.reading.values.neighborhood import View, exists
from fixviz.reading.values.without_neighbors import partners
from fixviz.store import Store
from tests.ui.fixation_run import derive, publish
from tests.ui.page import charts, numbers, open_page, text

opened = partial(open_page, "inspect/neighborhood")


@pytest.fixture
def run(store: Store) -> str:
    """A run in which everything that the page asks for by itself is there."""
    handle = publish(store)
    for model in ("fixation", "moved"):
        derive(store, handle, "leave_one_out", model)
        derive(store, handle, "left_out_predictions", model)
        derive(store, handle, "without_neighbors", model)
    for axis in ("temporal", "spatial"):
        derive(store, handle, "logit_parts", "fixation", axis=axis, layer=1, frame=0)
    return handle


def arms(at: AppTest) -> dict[str, float]:
    """The compass's numbers by direction."""
    chart = next(c for c in charts(at) if any(t["type"] == "barpolar" for t in c["data"]))
    grid, time = chart["data"]
    return dict(zip(grid["text"], numbers(grid["r"]), strict=True)) | dict(
        zip(time["y"], numbers(time["x"]), strict=True)
    )


def test_the_compass_has_eight_grid_arms_and_two_frames(store: Store, run: str) -> None:
    found = arms(opened(run, frame=0, on_row=2, on_column=6))
    assert set(found) == {d.label for d in (*GRID_DIRECTIONS, *FRAME_DIRECTIONS)}
    shares = store.array(run, "fixation/temporal/neighbor_share/query")[1, :, :, 0, 2, 6]
    assert found["below"] == pytest.approx(float(np.nanmax(shares[:, 0])), abs=1e-3)
    assert found["previous frame"] == 0  # the first frame of the window has none before it


def test_signed_parts_are_one_click_away(store: Store, run: str) -> None:
    at = opened(run, frame=0, on_row=2, on_column=6)
    at.segmented_control(key="neighbor_measure").set_value("signed").run()
    assert not at.exception
    grid, time = next(
        c["data"] for c in charts(at) if c["data"][0].get("name") == "temporal attention: grid"
    )
    assert time["name"] == "spatial attention: frames"
    name = 'logit_parts/fixation/{"axis": "temporal", "frame": 0, "layer": 1}'
    parts = store.derived_array(run, name, "parts/query")
    names = store.derived(run, name)["parts"]
    below = parts[2, 6, 0, names.index("below")]
    shown = dict(zip(grid["y"], numbers(grid["x"]), strict=True))
    assert shown["below"] == pytest.approx(float(below), abs=1e-5)
    assert np.nanmin(numbers(grid["x"])) < 0 < np.nanmax(numbers(grid["x"]))


def test_leaving_out_shows_the_change_of_the_output(store: Store, run: str) -> None:
    at = opened(run, frame=0, neighbor_measure="left_out", on_row=2, on_column=6)
    change = store.derived_array(run, "leave_one_out/fixation/{}", "output_change/token")
    assert arms(at)["below"] == pytest.approx(float(change[1, 0, 0, 2, 6]), abs=1e-6)


def test_predictions_say_what_changes_in_the_layer_and_in_all_layers(
    store: Store, run: str
) -> None:
    name = "left_out_predictions/fixation/{}"
    own = store.derived_array(run, name, "own")
    without = store.derived_array(run, name, "everywhere")
    best = own.argmax(1)
    expected = 100 * (without[-1] - own)[np.arange(len(own)), best].mean()
    chart = next(
        c
        for c in charts(opened(run))
        if "every neighbor" in c["layout"]["yaxis"].get("ticktext", ())
    )
    assert chart["layout"]["xaxis"]["ticktext"] == ["0", "1", "all layers"]
    cells = numbers(chart["data"][0]["z"])
    assert cells[-1] == pytest.approx([np.nan, np.nan, expected], abs=1e-4, nan_ok=True)
    layer = store.derived_array(run, name, "layer")[1, 0]
    in_layer = 100 * (layer - own)[np.arange(len(own)), best].mean()
    assert cells[0, 1] == pytest.approx(in_layer, abs=1e-4)


def test_a_model_trained_without_neighbors_stands_beside_where_the_run_has_one(run: str) -> None:
    at = opened(run)
    beside = at.segmented_control(key="beside")
    assert beside.value == "alone"
    assert texts.TRAINED in text(at)
    beside.set_value("off").run()
    assert not at.exception
    assert texts.OFF in text(at)
    assert "was not trained like this" in texts.OFF


def test_without_fixation_only_leaving_out_is_offered(run: str) -> None:
    at = opened(run, on_model="moved")
    assert at.segmented_control(key="neighbor_measure").options == ["Leave one out"]
    assert "no feature fixation" in text(at)
    assert not [s for s in at.segmented_control if s.key == "ratio_of"]


def test_layers_and_frames_stand_on_one_scale_that_starts_at_0(store: Store, run: str) -> None:
    drawn = [
        chart
        for chart in charts(opened(run))
        if "above left" in chart["layout"].get("yaxis", {}).get("ticktext", ())
        and "every neighbor" not in chart["layout"]["yaxis"]["ticktext"]
    ]
    per_layer, per_frame = [c for c in drawn if "both frames" in c["layout"]["yaxis"]["ticktext"]]
    assert len(drawn) == 4
    ends = {
        (chart["data"][0]["zmin"], chart["data"][0]["zmax"]) for chart in (per_layer, per_frame)
    }
    assert len(ends) == 1
    low, high = ends.pop()
    values = numbers(per_layer["data"][0]["z"])
    every = np.concatenate([values.ravel(), numbers(per_frame["data"][0]["z"]).ravel()])
    assert low == 0
    assert high == pytest.approx(np.nanmax(every), rel=1e-5)
    written = {
        (row, column): text
        for trace in per_layer["data"]
        if trace.get("mode") == "text"
        for row, column, text in zip(trace["y"], trace["x"], trace["text"], strict=True)
    }
    assert written == {place: number(v, 2) for place, v in np.ndenumerate(values)}
    assert not per_layer["data"][0]["showscale"]


def test_only_a_model_with_the_same_classes_stands_beside(store: Store, run: str) -> None:
    manifest = store.manifest(run)
    open_run = StoredRun(store, run, manifest)
    view = View(open_run, open_run.model("fixation"), 1, 0, "query")
    assert [entry["name"] for entry in partners(view)] == ["alone"]
    other = next(entry for entry in manifest["models"] if entry["name"] == "alone")
    other["classes"] = ["another", *other["classes"][1:]]
    assert partners(view) == []


def test_the_table_of_heads_is_the_wiring_of_the_model(run: str) -> None:
    at = opened(run)
    table = next(d.value for d in at.dataframe if "reads from" in d.value)
    assert len(table) == 10
    spatial = table[table["attention"] == "spatial"]
    assert spatial["reads from"].tolist() == ["next frame", "previous frame"]
    assert spatial["head"].tolist() == [0, 0]
    assert spatial["channels of the head"].tolist() == ["0 to 3", "4 to 7"]


def test_models_that_hear_nobody_are_said_to_have_no_neighbors(store: Store) -> None:
    at = opened(publish(store, ("linear", "alone")))
    assert at.info[0].value == texts.NONE
    assert not charts(at)


@pytest.mark.parametrize("segment", [None, 3, 2])
def test_the_border_is_the_one_of_the_shift(segment: int | None) -> None:
    for direction in (*GRID_DIRECTIONS, *FRAME_DIRECTIONS):
        inside = neighbor_exists(direction, 6, 5, 7, segment).numpy()
        for frame in range(6):
            found = exists(direction, frame, 6, 5, 7, segment)
            np.testing.assert_array_equal(found, inside[frame])


def test_pictures_stand_where_their_neighbors_lie() -> None:
    tones = {(-1, 1): 50, (0, 0): 100, (1, -1): 150}
    pictures = {place: ("", np.full((10, 20, 3), tone, np.uint8)) for place, tone in tones.items()}
    sheet = mosaic(pictures, (-1, 0, 1), (-1, 0, 1), width=20)
    height, width = sheet.shape[0] // 3, sheet.shape[1] // 3
    for (row, column), tone in tones.items():
        corner = sheet[
            (row + 1) * height : (row + 2) * height, (column + 1) * width : (column + 2) * width
        ]
        assert (corner[..., 0] == tone).any()
    assert (sheet[:height, :width, 3] == 0).all()
    stored = cv2.imdecode(np.frombuffer(webp(sheet), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored[..., 3], sheet[..., 3])
