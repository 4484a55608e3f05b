"""Figures about attribution, on stored results whose every value is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fixviz.engine import DeriveRequest
from fixviz.reading.figures import attribution as figures
from fixviz.reading.figures import faithfulness
from fixviz.reading.figures.figure import Figure, Lines, Maps, Panels
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.scales import Scale
from fixviz.reading.texts import attribution as texts
from fixviz.reading.values.faithfulness import comparable
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import CLASSES, COLUMNS, FRAMES, ROWS, TITLES, WINDOW, synthetic_run

KEY = "e" * 64
WHOLE = {"method": "occlusion", "target": 4}
PART = {**WHOLE, "window": 0}
ABOUT = {
    "method": "occlusion",
    "title": "Occlusion",
    "signed": True,
    "unit": "logits",
    "uses_target": True,
    "target": {"index": 4, "name": CLASSES[4], "predicted": False},
    "windows": [0],
    "window_starts": [0],
    "probability": [0.62],
    "convergence_delta": None,
    "outside": None,
    "options": {"block": 1, "baseline": "gray"},
    "baseline": "mid-gray",
    "seconds": 1.7,
}
SHARE = np.linspace(0, 1, 21, dtype=np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    store = Store(Settings(home=tmp_path_factory.mktemp("home")))
    return StoredRun.open(store, store.publish(KEY, *synthetic_run(), owner="test", name="o.mp4"))


def put(
    run: StoredRun,
    kind: str,
    model: str,
    arguments: dict[str, Any],
    about: dict[str, Any],
    arrays: dict[str, Any],
) -> StoredResult:
    run.store.add_derived(KEY, DeriveRequest("", kind, model, arguments).name, about, arrays)
    found = run.derived(kind, model, arguments)
    assert found is not None
    return found


def ramp(frames: int = FRAMES) -> np.ndarray:
    """Frame f holds f + 1 in one patch, its negative in another, and 0 elsewhere."""
    maps = np.full((FRAMES, ROWS, COLUMNS), np.nan, np.float32)
    maps[:frames] = 0
    maps[:frames, 2, 7] = np.arange(1, frames + 1)
    maps[:frames, 4, 1] = -maps[:frames, 2, 7]
    return maps


def mapped(run: StoredRun, model: str = "linear", times: float = 1, **changes: Any) -> StoredResult:
    """The map of one window."""
    return put(run, "attribution", model, PART, {**ABOUT, **changes}, {"map": times * ramp(WINDOW)})


def drawn(figure: Figure) -> Maps:
    assert isinstance(figure.chart, Maps)
    return figure.chart


def test_a_row_shows_the_frames_of_the_window_and_its_table_their_numbers(run: StoredRun) -> None:
    figure = figures.maps(mapped(run))
    (row,) = drawn(figure).rows
    assert [p.label for p in row.pictures][:2] == ["frame 0, 0.00 s", "frame 1, 0.12 s"]
    assert len(row.pictures) == WINDOW
    patches = ROWS * COLUMNS
    assert figure.table["frame"] == [f for f in range(WINDOW) for _ in range(patches)]
    at = 5 * patches + 2 * COLUMNS + 7
    assert (figure.table["row"][at], figure.table["column"][at]) == (2, 7)
    assert figure.table["value"][at] == 6
    assert figure.table["time (s)"][at] == run.timestamp(5)
    assert "highest at row 2, column 7" in row.pictures[5].alt
    assert "window of frames 0 to 7" in figure.caption
    assert figure.follows == texts.METHODS["occlusion"]


def test_files_hold_all_frames_of_a_clip_of_which_some_are_shown(run: StoredRun) -> None:
    whole = {**ABOUT, "windows": [0, 1, 2], "probability": [0.5] * 3}
    figure = figures.maps(put(run, "attribution", "linear", WHOLE, whole, {"map": ramp()}))
    assert figure.data is not None
    shown = [0, 2, 5, 7, 9, 11, 14, 16]
    assert list(dict.fromkeys(figure.table["frame"])) == shown
    assert list(dict.fromkeys(figure.data["frame"])) == list(range(FRAMES))
    assert "each from the window in which it is most central (windows of frames" in figure.caption


def test_one_frame_stands_alone_and_large(run: StoredRun) -> None:
    figure = figures.maps(mapped(run), frame=3)
    (row,) = drawn(figure).rows
    assert row.large
    assert [p.label for p in row.pictures] == ["frame 3, 0.38 s, window of frames 0 to 7"]
    assert set(figure.table["frame"]) == {3}


@pytest.mark.parametrize(
    ("span", "models", "said"),
    [
        ("model", [1], "one scale for all frames of this model, symmetric about 0"),
        ("shared", [1, 3], "one scale for all models, symmetric about 0"),
        ("frame", [], "each frame on a scale of its own"),
    ],
)
def test_colors_span_what_they_are_told(
    run: StoredRun, span: Any, models: list[int], said: str
) -> None:
    result, other = mapped(run), mapped(run, "softmax", times=3)
    figure = figures.maps(result, span=span, beside=[result, other])
    ((scale, unit),) = drawn(figure).scales
    assert scale.colors == "diverging"
    assert said in figure.caption
    assert unit == ("share of the frame's strongest number" if span == "frame" else "logits")
    strength = [np.abs(times * ramp(WINDOW)[:WINDOW]) for times in models]
    high = float(np.percentile(strength, 99)) if models else 1.0
    assert scale == Scale(-high, high, "diverging")
    assert ("takes the last color" in figure.caption) == (span != "frame")
    assert figure.table["value"] == pytest.approx(ramp(WINDOW)[:WINDOW].ravel().tolist())


def test_agreement_is_one_where_the_map_is_attention_itself(run: StoredRun) -> None:
    received = run.array("linear/spatial/attention_received/source")[1, 3].astype(np.float64)
    results = [
        put(run, "attribution", model, WHOLE, ABOUT, {"map": (sign * received).astype(np.float32)})
        for model, sign in (("linear", 1), ("softmax", -1))
    ]
    figure = figures.agreement(results[:1], 5, 1, 3)
    assert isinstance(figure.chart, Lines)
    np.testing.assert_allclose(figure.chart.series[0].y, 1, atol=1e-6)
    assert (figure.chart.y_axis.low, figure.chart.y_axis.high) == (-1, 1)
    assert figure.chart.now == run.timestamp(5)
    assert figure.chart.series[0].color == run.place("linear")
    assert list(figure.table) == ["frame", "time (s)", TITLES["linear"]]
    assert "spatial attention, layer 1, head 3" in figure.caption
    assert f"{TITLES['linear']} 1.00" in figure.follows
    assert texts.UNDEFINED not in figure.follows
    both = figures.agreement(results, 5, 1, 3)
    strength = figures.agreement(results, 5, 1, 3, strength=True)
    assert both.caption != strength.caption
    lines = strength.chart.series if isinstance(strength.chart, Lines) else ()
    np.testing.assert_allclose(lines[0].y, figure.chart.series[0].y)


def test_gaps_of_the_agreement_are_explained(run: StoredRun) -> None:
    flat = np.full((FRAMES, ROWS, COLUMNS), np.nan, np.float32)
    flat[:WINDOW] = 0
    result = put(run, "attribution", "linear", PART, ABOUT, {"map": flat})
    assert texts.UNDEFINED in figures.agreement([result], 3, 1, None).follows


def measured(run: StoredRun, model: str, method: str, **changes: Any) -> StoredResult:
    """Deletion that falls as a straight line, insertion that rises as one."""
    random = np.stack([0.8 - 0.01 * k - 0.5 * SHARE for k in range(10)])
    compared = {"area": 0.137, "random_mean": 0.4, "random_deviation": 0.031}
    about = {
        **ABOUT,
        "method": method,
        "title": method.capitalize(),
        "window_start": 0,
        "replaced_by": "a blurred frame",
        "probability": 0.8,
        "probability_blurred": 0.1,
        "little_room": False,
        "seed": 0,
        "deletion": {**compared, "verdict": "better than random"},
        "insertion": {**compared, "verdict": "worse than random"},
        "infidelity": None,
        **changes,
    }
    arrays = {
        "share": SHARE,
        "deletion": 0.8 - 0.7 * SHARE,
        "insertion": 0.1 + 0.7 * SHARE,
        "random_deletion": random,
        "random_insertion": random[:, ::-1],
    }
    arguments = {**PART, "method": method, **about["options"]}
    return put(run, "faithfulness", model, arguments, about, arrays)


def test_curves_of_all_methods_share_two_panels_one_end_and_the_random_orders(
    run: StoredRun,
) -> None:
    methods = list(faithfulness.COLORS)
    figure = faithfulness.curves([measured(run, "linear", method) for method in methods])
    assert isinstance(figure.chart, Panels)
    assert [panel.title for panel in figure.chart.panels] == ["Deletion", "Insertion"]
    charts = [panel.chart for panel in figure.chart.panels]
    assert all(isinstance(chart, Lines) for chart in charts)
    deletion, insertion = (chart for chart in charts if isinstance(chart, Lines))
    assert deletion.y_axis == insertion.y_axis
    assert deletion.y_axis.high == pytest.approx(1.05 * 0.8)
    colors = [series.color for series in deletion.series]
    assert colors[0] is None, "the random orders are gray"
    assert len(set(colors)) == len(methods) + 1
    assert 4 not in colors, "which is near the gray"
    assert deletion.shade is not None
    low, high = deletion.shade
    deviation = 0.01 * np.std(np.arange(10), ddof=1)
    np.testing.assert_allclose((high - low) / 2, deviation, atol=1e-6)
    np.testing.assert_allclose(deletion.series[0].y, 0.755 - 0.5 * SHARE, atol=1e-6)
    assert figure.table["deletion, Occlusion"][-1] == pytest.approx(0.1)
    assert "Occlusion worse than random (0.137)" in figure.follows


def test_areas_name_what_gives_reason_for_doubt(run: StoredRun) -> None:
    unsure = {
        "convergence_delta": 0.6,
        "difference": 5.0,
        "steps": 512,
        "infidelity": {"squared": 2.0, "typical_error": 1.6, "typical_fall": 1.5, "trials": 40},
    }
    results = [
        measured(run, "linear", "integrated_gradients", **unsure),
        measured(run, "linear", "rollout", little_room=True, probability_blurred=0.79),
        measured(run, "softmax", "rollout"),
    ]
    figure = faithfulness.areas(results[::-1])
    assert figure.chart is None
    assert figure.table["model"] == [TITLES["softmax"], TITLES["linear"], TITLES["linear"]]
    assert figure.table["insertion, verdict"] == ["worse than random"] * 3
    assert figure.table["infidelity (logit²)"] == [None, 2.0, None]
    assert figure.table["window"] == ["frames 0 to 7"] * 3
    converged, zeros, room = figure.warnings
    assert converged.startswith(f"{TITLES['linear']}, integrated_gradients: Not converged")
    assert "a map of zeros would miss them by no more" in zeros
    assert room.startswith(f"{TITLES['linear']}, class “grow”, window of frames 0 to 7: blurring")
    assert all(warning in figure.full_caption for warning in figure.warnings)
    assert figure.data is not None
    assert figure.data["insertion_area"] == [0.137] * 3
    assert figure.table["typical error (logits)"] == [None, "1.6 of 1.5", None]
    plain = faithfulness.areas(results[2:])
    assert not any(name.startswith("infidelity") for name in plain.table), "none was measured"
    assert not plain.warnings
    assert "infidelity" not in plain.terms


def test_maps_of_one_method_are_told_apart_by_their_options(run: StoredRun) -> None:
    fine = measured(run, "linear", "occlusion")
    coarse = measured(run, "linear", "occlusion", options={"block": 2, "baseline": "gray"})
    other = measured(run, "softmax", "occlusion")
    assert faithfulness.areas([other, fine, coarse]).table["map"] == [
        "Occlusion",
        "Occlusion (block 1, baseline: mid-gray)",
        "Occlusion (block 2, baseline: mid-gray)",
    ]


def test_only_curves_that_compare_stand_in_one_figure(run: StoredRun) -> None:
    one = measured(run, "linear", "occlusion")
    coarse = measured(run, "linear", "occlusion", options={"block": 2, "baseline": "gray"})
    other = measured(run, "linear", "rollout")
    seeded = measured(run, "linear", "grad_cam", seed=1)
    model = measured(run, "softmax", "rollout")
    groups = comparable([one, coarse, other, seeded, model])
    assert groups == [[one, other], [coarse], [seeded], [model]]
