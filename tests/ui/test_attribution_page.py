"""The Attribution page as the shell shows it, on results whose every value is known."""

from __future__ import annotations

import html
import time
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pytest

from fixviz.engine import AnalysisRequest, DeriveRequest
from fixviz.reading.attribution_pictures import picture, scale_of, unit_maps
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.samples import samples
from fixviz.reading.scales import Scale
from fixviz.reading.texts import attribution as texts
from fixviz.reading.texts.attribution_results import facts
from fixviz.store import Store
from fixviz.ui.services import services
from tests.ui.page import charts, numbers, open_page, text
from tests.ui.synthetic import CLASSES, COLUMNS, FRAMES, ROWS, TITLES, WINDOW, synthetic_run

KEY = "a" * 64
METHOD = {"method": "integrated_gradients", "target": 4, "window": 0}
SEGMENTS = [
    {"class": CLASSES[4], "first_frame": 2, "last_frame": 13, "start_s": 0.1, "end_s": 0.6},
    {"class": CLASSES[6], "first_frame": 14, "last_frame": 48, "start_s": 0.6, "end_s": 2.1},
]
"""Of the 8 frames 0, 3, ..., 21 of the first window, 4 show class 4 and 3 show class 6."""
VERDICTS = {"softmax": "better than random", "linear": "no better than random"}

start = partial(open_page, "inspect/attribution")


@pytest.fixture
def handle(store: Store) -> str:
    """A run with results: the map of "softmax" is its attention, that of "linear" the reverse."""
    manifest, arrays, files = synthetic_run()
    manifest["truth"] = {"positive": 0.2, "segments": SEGMENTS}
    handle = store.publish(KEY, manifest, arrays, files, owner="test", name="orbit.mp4")
    for name in TITLES:
        received = arrays[f"{name}/spatial/attention_received/source"][-1]
        maps = np.full((FRAMES, ROWS, COLUMNS), np.nan, np.float32)
        maps[:WINDOW] = received[:, :WINDOW].astype(np.float64).mean(0)
        maps *= {"softmax": 1, "linear": -1, "fixation": 0}[name]
        put(store, "attribution", name, METHOD, attribution(name), {"map": maps})
    return handle


def put(
    store: Store,
    kind: str,
    model: str,
    arguments: dict[str, Any],
    description: dict[str, Any],
    arrays: dict[str, Any],
) -> None:
    name = DeriveRequest("", kind, model, arguments).name
    store.add_derived(KEY, name, description, arrays)


def attribution(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "method": "integrated_gradients",
        "title": "Integrated gradients",
        "signed": True,
        "unit": "logits",
        "uses_target": True,
        "target": {"index": 4, "name": CLASSES[4], "predicted": False},
        "windows": [0],
        "window_starts": [0],
        "probability": [0.62],
        "convergence_delta": [-0.0123],
        "difference": [4.21],
        "outside": None,
        "options": {"steps": 32, "baseline": "gray"},
        "baseline": "mid-gray",
        "seconds": 1.7,
        **changes,
    }


def faithfulness(verdict: str, little_room: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    figures = {"area": 0.137, "random_mean": 0.4, "random_deviation": 0.031, "verdict": verdict}
    share = np.linspace(0, 1, 21, dtype=np.float32)
    description = attribution(
        "",
        window=0,
        window_start=0,
        replaced_by="each frame blurred by a Gaussian of 8 model pixels",
        probability=0.8,
        probability_blurred=0.79 if little_room else 0.1,
        little_room=little_room,
        seed=0,
        deletion=figures,
        insertion=figures,
        infidelity={"squared": 0.25, "typical_error": 0.5, "typical_fall": 1.5, "trials": 40},
    )
    random = np.stack([0.8 - 0.01 * k - 0.5 * share for k in range(10)])
    arrays = {
        "map": np.zeros((WINDOW, ROWS, COLUMNS), np.float32),
        "share": share,
        "deletion": 0.8 - 0.7 * share,
        "insertion": 0.1 + 0.7 * share,
        "random_deletion": random,
        "random_insertion": random[:, ::-1],
    }
    return description, arrays


def test_without_a_run_it_says_where_to_get_one(store: Store) -> None:
    at = start()
    assert at.title[0].value == "Attribution"
    assert not at.get("image")
    assert "You have no analyzed clips yet" in text(at)


def test_pictures_come_first_with_class_probability_and_delta(handle: str) -> None:
    at = start(run=handle)
    assert len(at.get("image")) == 3 + 3 * WINDOW
    assert at.header[0].value == "Integrated gradients"
    said = text(at)
    assert said.count("class “grow”, probability 0.62") == 3, "a card for each model"
    assert said.count("class “grow” (the true class of this window), probability 0.62") == 3
    assert said.count("convergence delta -0.012 of 4.2 logits (0.292 %, 32 steps)") == 6
    assert "window of frames 0 to 7" in said
    assert "add up to the logit of the clip less the logit of the baseline" in said
    assert not at.get("progress")


def test_agreement_is_the_rank_correlation_with_attention_of_the_chosen_layer(handle: str) -> None:
    chart = charts(start(run=handle))[0]
    curves = {trace["name"]: numbers(trace["y"]) for trace in chart["data"] if "name" in trace}
    np.testing.assert_allclose(curves[TITLES["softmax"]][:WINDOW], 1)
    np.testing.assert_allclose(curves[TITLES["linear"]][:WINDOW], -1)
    assert np.isnan(curves[TITLES["fixation"]]).all(), "a constant map has no ranks"
    assert np.isnan(curves[TITLES["softmax"]][WINDOW:]).all(), "no map outside the window"
    at = start(run=handle, on_layer="0")
    other = numbers(charts(at)[0]["data"][0]["y"])
    assert not np.allclose(other[:WINDOW], 1)
    assert "layer 0, mean of heads" in text(at)
    assert "one of the two maps has the same value everywhere" in text(at)


def test_strength_ignores_the_sign(handle: str) -> None:
    at = start(run=handle)
    at.selectbox(key="agreement_with").select_index(1).run()
    assert not at.exception
    curves = {t["name"]: numbers(t["y"]) for t in charts(at)[0]["data"] if "name" in t}
    np.testing.assert_allclose(curves[TITLES["linear"]][:WINDOW], 1)


def test_faithfulness_names_maps_that_do_no_better_than_random(store: Store, handle: str) -> None:
    for name, verdict in VERDICTS.items():
        description, arrays = faithfulness(verdict, little_room=name == "linear")
        put(store, "faithfulness", name, METHOD, description, arrays)
    at = start(run=handle)
    table = at.dataframe[0].value
    assert list(table["model"]) == [TITLES["softmax"], TITLES["linear"]]
    assert list(table["class"]) == [CLASSES[4]] * 2
    assert list(table["window"]) == ["frames 0 to 7"] * 2
    assert list(table["deletion, verdict"]) == list(VERDICTS.values())
    assert list(table["deletion, random"]) == ["0.400 ± 0.031"] * 2
    np.testing.assert_allclose(table["deletion, area"], 0.137)
    np.testing.assert_allclose(table["infidelity (logit²)"], 0.25)
    assert list(table["typical error (logits)"]) == ["0.5 of 1.5"] * 2
    drawn = charts(at)[1:]
    assert len(drawn) == 4, "deletion and insertion of two models"
    by_name = {trace.get("name"): trace for trace in drawn[0]["data"]}
    np.testing.assert_allclose(
        numbers(by_name["Integrated gradients"]["y"]), 0.8 - 0.7 * np.linspace(0, 1, 21), atol=1e-6
    )
    np.testing.assert_allclose(numbers(by_name["10 random orders"]["y"])[0], 0.8 - 0.045, atol=1e-6)
    said = text(at)
    place = "class “grow”, window of frames 0 to 7"
    assert f"{TITLES['linear']}, {place}: blurring the whole clip hardly lowers" in said
    assert "(0.80 against 0.79)" in said
    assert f"{TITLES['softmax']}, {place}: " not in said, "its curves have room"
    assert "Of 4 verdicts, chance alone would make about 0.4" in said
    ends = {tuple(chart["layout"]["yaxis"]["range"]) for chart in drawn[:2]}
    assert len(ends) == 1, "deletion and insertion of a model are on one scale"
    assert next(iter(ends))[1] >= 0.8
    assert "(root mean squares of 40 trials)" in said
    assert "happens by chance once in 11 times" in said
    assert at.button(key="measure").label == "Measure 4 maps"


def test_curves_that_cannot_tell_maps_apart_say_why() -> None:
    description, _ = faithfulness("better than random")
    assert texts.little_room(description) == []
    gone = {**description, "deletion": {**description["deletion"], "random_mean": 0.07}}
    (line,) = texts.little_room(gone)
    assert "area 0.070, where the whole clip has probability 0.80" in line
    (line,) = texts.little_room({**description, "probability": 0.31})
    assert "the class has probability 0.31 in this window" in line
    cramped, _ = faithfulness("better than random", little_room=True)
    assert len(texts.little_room(cramped)) == 1


def test_a_result_of_an_earlier_version_has_no_difference(store: Store) -> None:
    run = StoredRun(store, "", {})
    old = attribution("softmax")
    del old["difference"]
    request = DeriveRequest("", "attribution", "softmax", METHOD)
    assert "convergence delta -0.012 logits (32 steps)" in facts(StoredResult(run, request, old))
    several = attribution("", convergence_delta=[0.01, -0.2], difference=[3.0, 1.5], windows=[0, 1])
    said = facts(StoredResult(run, request, {**several, "probability": [0.5, 0.6]}))
    assert "convergence delta -0.2 of 1.5 logits (13 %, 32 steps) at worst" in said


def test_one_class_is_explained_for_all_models_and_the_page_says_why(
    store: Store, handle: str
) -> None:
    said = text(start(run=handle))
    assert "All maps explain one class, “grow”: the true class of this window." in said
    manifest, arrays, files = synthetic_run()
    means = np.mean([entry["probabilities"][2] for entry in manifest["models"]], 0)
    own = [int(np.argmax(entry["probabilities"][2])) for entry in manifest["models"]]
    best = int(means.argmax())
    assert set(own) != {best}, "the models do not agree"
    other = store.publish("b" * 64, manifest, arrays, files, owner="test", name="other.mp4")
    at = start(run=other, frame=16)
    assert (
        f"All maps explain one class, “{CLASSES[best]}”: the class with the highest mean probability "
        f"over the models in this window ({means[best]:.2f})."
    ) in text(at)
    at = start(run=handle, **{"class": "predicted"})
    assert "Each map explains its model's own answer" in text(at)
    at = start(run=handle, **{"class": CLASSES[1]})
    assert f"All maps explain the class that you chose, “{CLASSES[1]}”." in text(at)


def test_a_map_that_has_not_converged_is_marked_everywhere(store: Store, handle: str) -> None:
    coarse = {"convergence_delta": [0.6], "difference": [5.0], "steps": [512]}
    maps = np.zeros((FRAMES, ROWS, COLUMNS), np.float32)
    maps[:WINDOW] = np.random.default_rng(3).normal(size=(WINDOW, ROWS, COLUMNS))
    put(store, "attribution", "linear", METHOD, attribution("", **coarse), {"map": maps})
    description, arrays = faithfulness("better than random")
    description |= {"convergence_delta": 0.6, "difference": 5.0, "steps": 512}
    put(store, "faithfulness", "linear", METHOD, description, arrays)
    at = start(run=handle)
    sentence = (
        "Not converged: the patches' numbers miss the change of the logit by 12 % after 512 "
        "steps; it should be less than 5 %."
    )
    said = text(at)
    assert said.count(f":material/warning: {sentence}") == 1, "the row of one of three models"
    assert f"{TITLES['linear']}: {sentence}" in said, "and its agreement with attention"
    assert f"{TITLES['linear']}, integrated gradients: {sentence}" in said, "and the measure of it"
    assert list(at.dataframe[0].value["map"]) == [
        "Integrated gradients (not converged: off by 12 %)"
    ]
    settings = "Integrated gradients (512 steps, baseline: mid-gray, not converged: off by 12 %)"
    assert f"Maps: {settings}. {TITLES['linear']}" in said
    from fixviz.report.build import build_report

    report = build_report(store, handle)
    assert html.unescape(report).count(sentence) == 2, "the map and the measure of it"
    assert "512 steps, baseline: mid-gray, not converged: off by 12 %" in report
    assert "0.292 %, 32 steps" in report
    assert "class “grow” (the true class of this window), probability 0.62" in report


def test_saved_numbers_are_those_of_all_frames_with_caption_and_doubts(
    store: Store, handle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = {k: v for k, v in METHOD.items() if k != "window"}
    doubt = {"convergence_delta": [0.6] * 3, "difference": [5.0] * 3, "steps": [512] * 3}
    about = attribution("", **doubt, windows=[0, 1, 2], probability=[0.6] * 3)
    maps = np.random.default_rng(3).normal(size=(FRAMES, ROWS, COLUMNS)).astype(np.float32)
    put(store, "attribution", "linear", arguments, about, {"map": maps})
    files: dict[str, Any] = {}

    def button(label: str, content: Any, name: str, *_: object, **__: object) -> None:
        files[name] = content

    menu = nullcontext()
    menu.open = True  # type: ignore[attr-defined]
    monkeypatch.setattr("streamlit.popover", lambda *_, **__: menu)
    monkeypatch.setattr("streamlit.download_button", button)
    start(run=handle, at_extent="Whole clip", at_target=CLASSES[4])
    first, head, *rows = files["orbit-mp4-integrated_gradients-linear.csv"]().splitlines()
    assert first.startswith("# Integrated gradients (512 steps")
    assert "Not converged in 3 of 3 windows" in first
    assert texts.SIGNED in first
    assert head == "frame,time (s),row,column,value"
    assert len(rows) == maps.size, "not only those of the 8 pictures"
    assert float(rows[-1].split(",")[-1]) == pytest.approx(maps[-1, -1, -1])
    picture = files["orbit-mp4-integrated_gradients-linear.png"]()
    assert picture.startswith(b"\x89PNG")


def test_sums_that_foretell_no_fall_are_called_so(store: Store, handle: str) -> None:
    description, arrays = faithfulness("better than random")
    description["infidelity"] = {**description["infidelity"], "typical_error": 1.6}
    put(store, "faithfulness", "softmax", METHOD, description, arrays)
    assert "a map of zeros would miss them by no more" in text(start(run=handle))


def test_a_link_names_method_class_and_options(store: Store, handle: str) -> None:
    arguments = {"method": "occlusion", "target": 2, "baseline": "blurred", "window": 2}
    maps = np.zeros((FRAMES, ROWS, COLUMNS), np.float32)
    description = attribution(
        "",
        method="occlusion",
        title="Occlusion",
        convergence_delta=None,
        target={"index": 2, "name": CLASSES[2], "predicted": False},
        options={"baseline": "blurred", "block": 1, "frames": 1},
    )
    for name in TITLES:
        put(store, "attribution", name, arguments, description, {"map": maps})
    at = start(
        run=handle,
        on_frame="13",
        at_method="Occlusion",
        at_target=CLASSES[2],
        at_baseline="Blurred clip",
    )
    assert len(at.get("image")) == 3 + 3 * WINDOW
    assert text(at).count(f"class “{CLASSES[2]}”, probability 0.62") == 6, "cards and captions"
    assert "window of frames 8 to 15" in text(at)


def test_a_whole_clip_of_a_slow_method_waits_for_a_click(handle: str) -> None:
    at = start(run=handle, at_extent="Whole clip")
    waiting = [button.label for button in at.button if button.label.startswith("Compute")]
    assert waiting == [f"Compute the whole clip for {title}" for title in TITLES.values()]
    assert not at.get("image")
    assert "This figure appears once the maps are computed" in text(at)


def test_a_checkpoint_that_is_gone_is_named_for_each_model(handle: str) -> None:
    at = start(run=handle, at_method="Layer Grad-CAM")
    assert len(at.error) == 3
    assert all("not at hand any more" in error.value for error in at.error)


def test_zero_shows_the_frame_in_gray_and_a_strong_patch_its_color(
    handle: str, store: Store
) -> None:
    run = StoredRun.open(store, handle)
    entry = run.model("linear")
    values = np.zeros((ROWS, COLUMNS), np.float32)
    values[2, 7] = -5
    drawn = picture(run, entry, 3, values, Scale(-5, 5, "diverging")).astype(int)
    stride, scale = entry["grid"]["stride"], entry["grid"]["display_per_model"]
    y, x = (round(place * stride * s) for place, s in zip((2, 7), scale, strict=True))
    blue = drawn[y, x]
    assert blue[2] > blue[0] + 40
    gray = drawn[y + round(1.2 * stride * scale[0]), x]
    assert gray[0] == gray[1] == gray[2]


def test_scales_are_symmetric_for_signed_maps_and_bear_one_peak() -> None:
    maps = np.full((1, 20, 50), 0.5)
    maps[0, 3, 4] = -100
    assert scale_of(maps, signed=True) == Scale(-0.5, 0.5, "diverging")
    assert scale_of(np.abs(maps), signed=False) == Scale(0.0, 0.5)
    assert scale_of(np.zeros((1, 5, 7)), signed=True).high == 1
    np.testing.assert_allclose(
        unit_maps(np.array([[[1.0, -4.0]], [[0.0, 0.0]]])), [[[0.25, -1]], [[0, 0]]]
    )


@pytest.mark.slow
def test_a_long_computation_shows_its_progress_and_can_be_cancelled(store: Store) -> None:
    engine = services().engine
    request = AnalysisRequest(str(samples()[0].path), ("linear",), frames=32)
    at = start(run=engine.run(request), at_method="Occlusion", at_extent="Whole clip")
    next(b for b in at.button if b.label.startswith("Compute the whole clip")).click().run()
    assert at.get("progress")
    next(b for b in at.button if b.label == "Cancel").click().run()
    deadline = time.monotonic() + 60
    while at.get("progress") and time.monotonic() < deadline:
        time.sleep(0.3)
        at.run()
    assert not at.exception
    assert "Linear attention, occlusion" in at.warning[0].value
    assert not at.get("image")
    assert any(b.label.startswith("Compute the whole clip") for b in at.button), (
        "it can be tried again"
    )
    engine.close()
