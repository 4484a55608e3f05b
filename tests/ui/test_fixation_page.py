"""The Fixation page on a run of tiny models, without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.fixation import words
from fixviz.ui.fixation.sections import spread_of
from tests.ui.fixation_run import derive, numbers, publish
from tests.ui.synthetic import synthetic_run

SHELL = Path(__file__).resolve().parents[2] / "fixviz" / "ui" / "shell.py"
PAGE = "../../pages/inspect/fixation.py"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    return Store(Settings(home=tmp_path))


def opened(run: str | None = None, **state: object) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    if run is not None:
        at.query_params["run"] = run
    for key, value in state.items():
        at.session_state[key] = value
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def waterfall(at: AppTest) -> dict:
    drawn = [json.loads(e.proto.spec) for e in at.get("plotly_chart")]
    return next(t for chart in drawn for t in chart["data"] if t["type"] == "waterfall")


def text(at: AppTest) -> str:
    return "\n".join(str(m.value) for m in at.markdown)


def test_the_waterfall_adds_up_to_the_networks_logit(store: Store) -> None:
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run)
    assert at.title[0].value == "Fixation"
    trace = waterfall(at)
    assert trace["y"] == [
        *("Constant", "Query", "Own key, value"),
        *("Next frame", "Previous frame", "Logit"),
    ]
    *parts, total = numbers(trace["x"])
    assert sum(parts) == pytest.approx(total, abs=1e-5)
    assert f"Sum of the parts {total:.6f}, the network's own logit" in text(at)
    assert "Linear, Moved: not learned (a ratio of 1)" in text(at)


def test_a_head_without_neighbors_shows_no_neighbor_parts(store: Store) -> None:
    """Head 3 of 4: the temporal shift with 1/8 of 32 channels each moves only head 0."""
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, on_head="3")
    assert waterfall(at)["y"] == ["Constant", "Query", "Own key, value", "Logit"]


def test_a_chosen_patch_and_the_keys_ratio_are_the_ones_shown(store: Store) -> None:
    run = publish(store)
    derive(store, run, "logit_parts", "fixation", axis="spatial", layer=1, frame=0)
    at = opened(run, on_row=4, on_column=7)
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
    at = opened(run)
    drawn = [json.loads(e.proto.spec) for e in at.get("plotly_chart")]
    names = [[trace.get("name") for trace in chart["data"]] for chart in drawn]
    assert names.count(["as learned", "all set to 1", "shuffled"]) == 2
    ones = store.array(run, "fixation/spatial/metrics_ratios/ones")[1, ..., 2].mean()
    assert f"{ones:.3f} with all ratios 1" in text(at)


def test_models_without_fixation_are_called_not_learned(store: Store) -> None:
    at = opened(publish(store, ("linear", "moved")))
    assert at.info[0].value == words.NOT_LEARNED
    assert not at.get("plotly_chart")


def test_a_run_of_an_earlier_version_shows_its_maps_and_says_what_is_missing(store: Store) -> None:
    run = store.publish("a" * 64, *synthetic_run(), owner="test", name="orbit.mp4")
    at = opened(run)
    assert at.info[0].value == words.EARLIER
    assert "**Ratio of the key**" in text(at)
    assert not at.get("plotly_chart")


def test_without_a_run_the_page_asks_for_one(store: Store) -> None:
    at = opened()
    assert at.subheader[0].value == "Which clip do you want to look at?"


def test_spread_joins_the_spread_within_and_between_frames() -> None:
    """Against the plain standard deviation over tokens and frames."""
    values = np.random.default_rng(0).random((3, 7, 11, 5))  # heads, frames, tokens, channels
    mean, spread = spread_of(values.mean(2), values.std(2))
    np.testing.assert_allclose(mean, values.mean((1, 2)))
    np.testing.assert_allclose(spread, values.std((1, 2)))
