"""The page Cost: predict first, then what was measured on this server and in the browser."""

from __future__ import annotations

import json

import pytest

from fixviz.attention_cost.measurement import CostMeasurement, CostPoint, Stop
from fixviz.attention_cost.shape import FRAMES, SHAPES
from fixviz.engine import CostRequest
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.cost import in_browser
from fixviz.ui.cost.prediction import CURVES, clean, compared, relative
from tests.ui.page import charts, component_data, numbers, open_page, page_path, text

PAGE = "measure/cost"


def measurement(shape: str = "small") -> CostMeasurement:
    """Exact power laws: softmax N^2 ns, its matrix twice that, linear N us, fixation 2 N us."""
    times = {
        "softmax": lambda n: 1e-9 * n * n,
        "softmax-matrix": lambda n: 2e-9 * n * n,
        "linear": lambda n: 1e-6 * n,
        "fixation": lambda n: 2e-6 * n,
    }
    points = [
        CostPoint(kind, n, time(n), 1e-12, 9, 1000 * n)
        for n in SHAPES[shape].tokens(FRAMES[:7])
        for kind, time in times.items()
    ]
    return CostMeasurement(
        "server", "a test", SHAPES[shape], tuple(points), {"softmax": Stop(10_368, "time")}, 5e10, 2
    )


@pytest.fixture
def measured(store: Store) -> CostMeasurement:
    """What another visitor had measured."""
    found = measurement()
    AttentionCosts(Settings.from_env().home).keep(CostRequest("small"), found)
    return found


@pytest.mark.usefixtures("measured")
def test_nothing_measured_is_shown_before_the_prediction() -> None:
    at = open_page(PAGE)
    assert at.title[0].value == "Cost"
    assert charts(at) == []
    assert component_data(at, "placed")["measured"] is None
    assert at.button(key="cost_reveal").disabled
    assert list(at.get("download_button")) == []
    assert "N^" not in text(at)


def test_a_drawn_curve_is_compared_with_what_was_measured(measured: CostMeasurement) -> None:
    at = open_page(PAGE)
    at.session_state[CURVES] = {"softmax": [4.0, 16.0, 64.0], "linear": [4.0, None, None]}
    at.run()
    assert at.button(key="cost_reveal").label == "Compare with what was measured"
    at.button(key="cost_reveal").click().run()
    assert not at.exception
    assert "Softmax, fused: you drew N^1.00; measured: N^2.00 ± 0.01 on this server" in (
        text(at).replace("\\", "")
    )
    shown = component_data(at, "placed")
    assert shown["placed"]["softmax"] == [4, 16, 64]
    assert shown["measured"] == relative(measured)
    assert shown["measured"]["softmax"][3] == pytest.approx([8, 64])
    assert shown["measured"]["fixation"][3] == pytest.approx([8, 8])
    (chart,) = charts(at)
    assert (chart["layout"]["xaxis"]["type"], chart["layout"]["yaxis"]["type"]) == ("log", "log")
    traces = {trace["name"]: trace for trace in chart["data"]}
    assert numbers(traces["Softmax, fused (N^2.00)"]["y"]) == pytest.approx(
        [1e-6 * n * n for n in SHAPES["small"].tokens(FRAMES[:7])]
    )
    assert "Linear + fixation (N^1.00)" in traces
    crossings = [t for t in chart["data"] if t["marker"]["symbol"] == "x-thin"]
    # N^2 ns and 1000 or 2000 N ns.
    assert [numbers(t["x"])[0] for t in crossings] == pytest.approx([1000, 2000])
    assert [numbers(t["y"])[0] for t in crossings] == pytest.approx([1, 4])


@pytest.mark.usefixtures("measured")
def test_quantities_exponents_and_the_file_of_the_server() -> None:
    at = open_page(PAGE, quantity="memory")
    at.button(key="cost_skip").click().run()
    assert at.query_params["quantity"] in ("memory", ["memory"])
    (chart,) = charts(at)
    assert chart["layout"]["yaxis"]["title"]["text"] == "Peak memory (MB)"
    table = at.dataframe[0].value
    assert list(table["time grows as N to the"]) == ["2.00 ± 0.01"] * 2 + ["1.00 ± 0.01"] * 2
    assert list(table["in theory"]) == ["2", "2", "1", "1"]
    assert table["faster than fused softmax"][2] == "from about 1,000 tokens on"
    assert "ends before 10,368 tokens, which would take too long" in text(at)
    assert "50 GFLOP/s" in text(at)
    at.segmented_control(key="cost_quantity").set_value("speed").run()
    assert not at.exception
    roof = next(t for t in charts(at)[0]["data"] if t["name"] == "Roof")
    assert set(numbers(roof["y"])) == {50.0}
    at.toggle(key="cost_plain").set_value(True).run()
    assert "Roof" not in [t["name"] for t in charts(at)[0]["data"]]
    assert {d.proto.label for d in at.get("download_button")} == {
        "Everything measured on this server (JSON)"
    }


def test_the_browser_and_the_server_share_a_chart(measured: CostMeasurement) -> None:
    at = open_page(PAGE)
    points = [
        {**vars(point), "seconds": 10 * point.seconds}
        for point in measured.of("softmax") + measured.of("linear")
    ]
    sent = {"shape": "small", "browser": "Firefox 140", "stopped": {}, "points": points}
    kept = in_browser.read(sent)
    assert kept is not None
    assert kept[1].machine == "Firefox 140"
    at.session_state["cost_in_browser"] = dict([kept])
    at.button(key="cost_skip").click().run()
    names = [trace["name"] for trace in charts(at)[0]["data"]]
    assert "Softmax, fused, browser (N^2.00)" in names
    assert "Softmax, fused (N^2.00)" in names
    assert list(at.dataframe[0].value["where"]) == ["this server"] * 4 + ["this browser"] * 2
    task = component_data(at, "task")["task"]
    assert task["kinds"] == ["softmax", "linear", "fixation"]
    assert task["sizes"][:2] == [81, 162]
    assert (task["heads"], task["width"]) == (4, 16)


@pytest.mark.usefixtures("waiting_jobs", "store")
def test_a_measurement_can_be_watched_and_cancelled() -> None:
    at = open_page(PAGE)
    at.session_state[CURVES] = {"linear": [4.0, 16.0, 64.0]}
    at.run()
    assert at.button(key="cost_reveal").label == "Measure and compare"
    at.button(key="cost_reveal").click().run()
    assert at.get("progress")[0].proto.text == "On this server: Next in the queue"
    assert charts(at) == []
    at.button(key="cost_cancel").click().run()
    at.run()
    assert not at.exception
    assert at.warning[0].value == "The measurement was cancelled."
    assert at.button(key="cost_measure").label == "Measure on this server"


@pytest.mark.usefixtures("measured")
def test_the_other_shape_has_measurements_of_its_own() -> None:
    at = open_page(PAGE, shape="base")
    at.button(key="cost_skip").click().run()
    assert "Nothing has been measured for this attention yet" in text(at)
    assert component_data(at, "task")["task"]["sizes"][0] == 225
    at.segmented_control(key="cost_shape").set_value("small").run()
    assert len(charts(at)) == 1
    at.switch_page(page_path("inspect/watch")).run()
    at.switch_page(page_path(PAGE)).run()
    assert len(charts(at)) == 1, "what was revealed stays so"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"softmax": "x", "linear": [1, 2], "fixation": [True, -5, 1e9]},
        {"softmax": [float("nan")] * 3},
    ],
)
def test_curves_that_no_chart_sends_are_dropped(sent: object) -> None:
    assert clean(sent) == dict.fromkeys(("softmax", "linear", "fixation"), [None] * 3)
    assert compared(clean(sent), [measurement()]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": "huge"},
        {"points": []},
        {"points": [{}]},
        {"points": [{"kind": "linear", "tokens": 81, "seconds": "now"}]},
        {"points": [1] * 200},
        {"stopped": {"linear": 3}},
        {"stopped": {"linear": {"tokens": 162, "reason": "<b>"}}},
        {"stopped": {"nonsense": {"tokens": 162, "reason": "time"}}},
        {"points": [vars(CostPoint("linear", 81, 1.0, 0.0, 5, 1))] * 3},
        {"points": [vars(CostPoint("linear", 81, float("inf"), 0.0, 5, 1))]},
        {"points": [{**vars(CostPoint("linear", 81, 1.0, 0.0, 5, 1)), "tokens": "81"}]},
    ],
)
def test_measurements_that_no_browser_sends_are_dropped(wrong: dict[str, object]) -> None:
    good = {"shape": "small", "points": [vars(CostPoint("linear", 81, 1.0, 0.0, 5, 1))]}
    assert in_browser.read(good) is not None
    assert in_browser.read({**good, **wrong}) is None
    assert in_browser.read(json.dumps(good)) is None
