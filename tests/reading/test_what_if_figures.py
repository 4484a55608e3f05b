"""Figures about What if on a run whose every value is known, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fixviz.analysis.measure_table import MEASURES
from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.network import Dial, HeadsOff
from fixviz.analysis.what_if.picture import Cropped, FramesReversed
from fixviz.errors import StorageError
from fixviz.reading.figures import what_if as figures
from fixviz.reading.figures.figure import Bars, Lines, Maps, Panels
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import what_if as texts
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import RECEIVED, Outcome, View, measures_of
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import CLASSES, COLUMNS, FRAMES, ROWS
from tests.ui.synthetic import METRICS as STORED
from tests.ui.what_if_run import SUPPORT, keep_answer, publish

HEADS_OFF = (HeadsOff((1,), 0),)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(Settings(home=tmp_path))


def outcome_of(
    store: Store,
    handle: str,
    model: str,
    listed: Sequence[Intervention] = HEADS_OFF,
    *,
    frame: int = 3,
    head: int | None = None,
    quantity: str = RECEIVED,
    measures: Sequence[str] | None = None,
    **facts: Any,
) -> Outcome:
    """What becomes of a model of the run, looked at in layer 2 of the spatial attention."""
    keep_answer(store, handle, model, listed, measures, **facts)
    run = StoredRun.open(store, handle)
    (result,) = [r for r in run.all_derived("what_if") if r.request.model == model]
    view = View(run, "spatial", 2, head, frame, quantity)
    return Outcome(view, Model.of(run.model(model)), tuple(listed), result)


def test_maps_before_and_after_share_a_scale_and_the_difference_has_its_own(store: Store) -> None:
    handle = publish(store)
    figure = figures.maps(outcome_of(store, handle, "linear", head=1))
    before = store.array(handle, "linear/spatial/attention_received/source")[2, 1, 3]
    before = before.astype(np.float32)
    assert isinstance(figure.chart, Maps)
    assert [p.label for p in figure.chart.rows[0].pictures] == [
        "Before", "After", "After minus before"
    ]  # fmt: skip
    (shared, label), (signed, _) = figure.chart.scales
    assert (shared.low, shared.high) == (min(before.min(), 1), before.max())
    assert label == "Attention received (by source), 1 = uniform"
    assert signed.high == -signed.low == pytest.approx(np.abs(1 - before).max())
    assert figure.table["before"] == before.ravel().tolist()
    assert figure.table["after minus before"] == pytest.approx((1 - before).ravel())
    assert figure.table["row"][COLUMNS + 2] == 1
    assert figure.table["column"][COLUMNS + 2] == 2
    assert figure.caption == (
        "What if: head 1 of layer 0 off. Attention received (by source): spatial attention, layer 2, head "
        "1; frame 3 at 0.38 s (window of frames 0 to 7); one scale for before and after; Vanilla linear "
        "(6c696e65)."
    )


def test_a_cropped_picture_has_no_difference_map_and_says_so(store: Store) -> None:
    handle = publish(store)
    cropped = (Cropped(10, 0, 60, 100),)
    found = outcome_of(store, handle, "linear", cropped, crop=[34, 0, 170, 256])
    figure = figures.maps(found)
    assert isinstance(figure.chart, Maps)
    assert [p.label for p in figure.chart.rows[0].pictures] == ["Before", "After"]
    assert len(figure.chart.scales) == 1
    assert texts.NO_DIFFERENCE in figure.follows
    assert texts.DIFFERENCE not in figure.follows
    assert figure.table["which"] == ["before"] * ROWS * COLUMNS + ["after"] * ROWS * COLUMNS
    assert figure.table["value"][-1] == 1


def test_a_frame_is_named_where_it_stands_in_the_new_order(store: Store) -> None:
    found = outcome_of(store, publish(store), "linear", (FramesReversed(),), frame=2)
    said = texts.when(found)
    assert said == (
        "before frame 2 at 0.25 s (window of frames 0 to 7), after frame 2 shown as number 14 (window of "
        "frames 8 to 15)"
    )
    assert said in figures.maps(found).caption


def test_ratio_maps_are_those_of_the_ratio(store: Store) -> None:
    handle = publish(store)
    entry = outcome_of(store, handle, "fixation", quantity="ratio_key")
    assert not entry.has("ratio_key"), "the stored answer holds attention received alone"
    stored = store.array(handle, "fixation/spatial/ratio_key")[2, :, 3].astype(np.float32).mean(0)
    np.testing.assert_allclose(entry.before_map(), stored)


@pytest.mark.parametrize("order", [STORED, STORED[::-1]])
def test_measures_are_found_by_name_whatever_their_order(store: Store, order: list[str]) -> None:
    """Also where the changed run holds them in another order than the run."""
    handle = publish(store, order)
    found = outcome_of(store, handle, "linear", measures=[*STORED[3:], *STORED[:3]])
    run = np.asarray(found.view.run.array("linear/spatial/metrics"), np.float32)
    concentration = figures.measure_per_layer([found], MEASURES["concentration"])
    expected = run[..., order.index("concentration")].mean((1, 2))
    assert expected.min() > 0.05
    assert concentration.table["before, Vanilla linear"] == pytest.approx(expected)
    assert concentration.table["after, Vanilla linear"] == [0, 0, 0]
    support = figures.measure_per_layer([found], MEASURES["effective_support"])
    assert support.table["after, Vanilla linear"] == [SUPPORT] * 3
    assert "looks at about 108 keys instead of 0" in texts.sentence(found)


def test_a_run_made_before_a_measure_existed_shows_the_others(store: Store) -> None:
    handle = publish(store, ["entropy", "concentration", "gini"])
    found = outcome_of(store, handle, "linear", measures=["concentration", "entropy"])
    assert list(measures_of([found])) == ["concentration", "entropy"]
    assert "keys" not in texts.sentence(found)
    assert "around this frame; over the clip" in texts.sentence(found)
    with pytest.raises(StorageError, match="without gini"):
        found.measure("gini")


def test_several_models_are_told_apart_by_color_and_before_from_after_by_dash(store: Store) -> None:
    handle = publish(store)
    found = [outcome_of(store, handle, model) for model in ("softmax", "fixation")]
    figure = figures.measure_per_layer(found, MEASURES["entropy"])
    assert isinstance(figure.chart, Lines)
    drawn = [(s.title, s.color, s.dotted, s.solid, s.in_legend) for s in figure.chart.series]
    fixation = "Linear + fixation + neighbors"
    assert drawn == [
        ("Softmax", 0, True, False, False),
        ("Softmax", 0, False, True, True),
        (fixation, 2, True, False, False),
        (fixation, 2, False, True, True),
    ]
    assert figure.chart.y_axis.title == "Entropy (nats)"
    assert list(figure.table) == [
        *("layer", "before, Softmax", "after, Softmax"),
        *(f"before, {fixation}", f"after, {fixation}"),
    ]
    (alone,) = (figures.measure_per_layer(found[:1], MEASURES["entropy"]).chart,)
    assert isinstance(alone, Lines)
    assert [(s.title, s.in_legend) for s in alone.series] == [("before", True), ("after", True)]


def test_models_that_take_different_changes_are_named_with_theirs(store: Store) -> None:
    handle = publish(store)
    found = [
        outcome_of(store, handle, "linear", (FramesReversed(),)),
        outcome_of(store, handle, "fixation", (FramesReversed(), Dial(0.0))),
    ]
    caption = figures.measure_per_layer(found, MEASURES["concentration"]).caption
    assert caption.startswith(
        "What if, Vanilla linear: frames reversed. What if, Linear + fixation + neighbors: frames reversed; "
        "fixation dial 0. Concentration per layer, before dotted, after solid; mean over queries and frames "
        "(all frames): spatial attention, all layers, mean of heads; by slot; "
    )


def test_classes_are_sorted_by_their_probability_before(store: Store) -> None:
    handle = publish(store)
    found = outcome_of(store, handle, "linear")
    figure = figures.class_probabilities([found], most=3)
    before = np.array(found.view.run.model("linear")["probabilities"][0])
    assert isinstance(figure.chart, Bars)
    first, second, third = (CLASSES[i] for i in np.argsort(-before)[:3])
    assert "orbit" not in (first, second)
    # "orbit", for certain after the change, takes the place of the third most probable before.
    assert figure.chart.labels == [first, second, "orbit"]
    assert third not in figure.chart.labels
    orbit = CLASSES.index("orbit")
    shown, changed = (series.y for series in figure.chart.series)
    assert shown[2] == pytest.approx(before[orbit])
    assert changed.tolist() == [0, 0, 1]
    assert figure.table["class"] == CLASSES
    assert figure.table["before"] == pytest.approx(before)
    assert "window of frames 0 to 7; the 3 most probable of 7 classes" in figure.caption
    assert "Vanilla linear: its classes are motions of a generated world." in figure.follows


def test_classes_of_several_models_stand_side_by_side(store: Store) -> None:
    handle = publish(store)
    found = [outcome_of(store, handle, model) for model in ("softmax", "linear")]
    figure = figures.class_probabilities(found)
    assert isinstance(figure.chart, Panels)
    assert [panel.title for panel in figure.chart.panels] == ["Softmax", "Vanilla linear"]
    assert figure.table["model"] == ["Softmax"] * 7 + ["Vanilla linear"] * 7


@pytest.mark.parametrize(
    ("name", "grows"),
    [
        ("concentration", False),
        ("top10_mass", False),
        ("gini", False),
        ("entropy", True),
        ("normalized_entropy", True),
        ("effective_support", True),
    ],
)
def test_which_measures_grow_with_the_keys(name: str, grows: bool) -> None:
    """Against their definitions: the value for all keys alike is above that for a single key."""
    assert f"lies on {'more' if grows else 'fewer'} keys" in texts.on_keys(MEASURES[name])


def test_every_frame_of_the_clip_counts_in_the_order_after_the_change(store: Store) -> None:
    """Reversed, the same frames are compared: their mean does not change."""
    handle = publish(store)
    found = outcome_of(store, handle, "linear", (FramesReversed(),))
    before, _ = found.measure("concentration")
    stored = np.asarray(store.array(handle, "linear/spatial/metrics"))[..., 2]
    np.testing.assert_allclose(before, stored.mean((1, 2)), rtol=1e-5)
    assert len(found.covered) == FRAMES
