"""The What if page as the shell shows it, on a run whose answers are known."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.network import Dial, HeadsOff, NeighborOff
from fixviz.analysis.what_if.picture import (
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    PatchesHidden,
)
from fixviz.analysis.what_if.plain import from_link, to_link
from fixviz.model.config import ModelConfig
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import place_of
from fixviz.store import Store
from tests.ui.page import charts, open_page, page_path, text
from tests.ui.synthetic import CLASSES, COLUMNS, ROWS
from tests.ui.what_if_run import CONFIGS, keep_answer, publish

opened = partial(open_page, "inspect/what_if")


@pytest.fixture
def run(store: Store) -> str:
    return publish(store)


def changes(at: AppTest) -> tuple[Intervention, ...]:
    """The interventions that the URL names."""
    value = at.query_params.get("change", "")
    return from_link(value[0] if isinstance(value, list) else value)


def chips(at: AppTest) -> list[str]:
    return [b.label for b in at.button if str(b.key).startswith("what-if-remove-")]


def widget(at: AppTest, kind: str, label: str) -> Any:
    return next(w for w in getattr(at, kind) if w.label == label)


def test_without_a_run_the_page_says_what_to_do(store: Store) -> None:
    at = opened()
    assert at.title[0].value == "What if"
    assert at.header[0].value == "Which clip do you want to look at?"


def test_nothing_is_changed_at_first(run: str) -> None:
    at = opened(run)
    assert "Nothing is changed yet" in text(at)
    assert chips(at) == []
    assert [tab.label for tab in at.tabs] == [
        "Fixation", "Neighbors", "Heads", "Patches", "Frames", "Picture"
    ]  # fmt: skip


def test_a_link_opens_its_changes_with_before_and_after(store: Store, run: str) -> None:
    listed: list[Intervention] = [HeadsOff((1,), 0)]
    keep_answer(store, run, "linear", listed)
    at = opened(run, change=to_link(listed), changed_model="Vanilla linear", on_frame="3")
    assert chips(at) == ["head 1 of layer 0 off"]
    for label in ("Before", "After", "After minus before"):
        assert f":gray[:small[{label}]]" in text(at)
    entry = next(m for m in store.manifest(run)["models"] if m["name"] == "linear")
    window = entry["window_of_frame"][3]
    before = np.array(entry["probabilities"])[window]
    first = CLASSES[int(before.argmax())]
    other = sum(np.array(row).argmax() != CLASSES.index("orbit") for row in entry["probabilities"])
    sentence = next(m.value for m in at.markdown if m.value.startswith("**Vanilla linear** "))
    if first == "orbit":
        assert "still predicts “orbit”" in sentence
    else:
        assert f"predicts “orbit” (1.00) instead of “{first}” ({before.max():.2f}, now 0.00)" in (
            sentence
        )
    assert "looks at about 108 keys" in sentence
    assert f"{other} of {len(entry['probabilities'])} windows change their class" in sentence
    assert "What if: head 1 of layer 0 off." in text(at)
    assert len(at.get("plotly_chart")) == 2
    assert "does not show what a network trained without" in at.info[0].value
    assert "A higher value means that a query's attention lies on fewer keys" in text(at)
    at.selectbox(key="what-if-measure").select("entropy").run()
    assert not at.exception
    assert "A higher value means that a query's attention lies on more keys" in text(at)
    assert charts(at)[0]["layout"]["yaxis"]["title"]["text"] == "Entropy (nats)"


def test_a_model_that_cannot_take_a_change_says_so_and_takes_the_others(
    store: Store, run: str
) -> None:
    keep_answer(store, run, "linear", [FramesReversed()])
    at = opened(run, change="reverse_dial.0", changed_model="Vanilla linear", on_frame="2")
    assert "Vanilla linear is not changed by fixation dial 0: This model has no fixation" in text(
        at
    )
    assert "What if: frames reversed." in text(at)
    # Frame 2 of 17 stands at number 14 of the reversed clip.
    assert "after frame 2 shown as number 14" in text(at)
    assert "windows change their class" not in text(at)


def test_all_models_stand_in_one_chart_of_the_layers_and_a_chart_of_classes_each(
    store: Store, run: str
) -> None:
    listed = [HeadsOff((1,), 0)]
    for model in CONFIGS:
        keep_answer(store, run, model, listed)
    at = opened(run, change=to_link(listed), model="all")
    layers, *classes = charts(at)
    assert len(layers["data"]) == 2 * len(CONFIGS)
    assert len(classes) == len(CONFIGS)
    assert "How these numbers are counted" in [expander.label for expander in at.expander]


def test_garbage_in_a_link_is_a_sentence_and_nothing_is_changed(run: str) -> None:
    at = opened(run, change="dial.50_<b>")
    assert "which is no intervention that fixviz knows. Nothing is changed." in at.warning[0].value
    assert chips(at) == []


def test_changes_that_no_model_can_take_leave_nothing_to_compare(run: str) -> None:
    at = opened(run, change="heads.9.l0", changed_model="Softmax")
    assert "This model has heads 0 to 3, and no head 9." in text(at)
    assert not at.info


def test_a_checkpoint_that_is_gone_is_a_sentence(run: str) -> None:
    at = opened(run, change="reverse")
    assert "is not at hand any more" in at.error[0].value


def test_widgets_write_the_url_and_taking_back_clears_it(run: str) -> None:
    at = opened(run)
    widget(at, "slider", "Fixation dial of the whole network").set_value(2.0).run()
    assert changes(at) == (Dial(2.0),)
    widget(at, "pills", "Fixation off in single attentions").set_value([(1, "spatial")]).run()
    assert changes(at) == (Dial(0.0, 1, "spatial"), Dial(2.0))
    widget(at, "pills", "Neighbors off").set_value(["left", "next frame"]).run()
    widget(at, "pills", "Heads off").set_value([0, 3]).run()
    assert not at.exception
    assert chips(at) == [
        "neighbor left off",
        "neighbor next frame off",
        "fixation off in layer 1 (spatial)",
        "fixation dial 2",
        "heads 0, 3 of layer 0 off",
    ]
    next(b for b in at.button if b.label == "fixation dial 2").click().run()
    assert Dial(2.0) not in changes(at)
    assert widget(at, "slider", "Fixation dial of the whole network").value == 1.0
    next(b for b in at.button if b.label == "Take all back").click().run()
    assert changes(at) == ()
    assert "change" not in at.query_params
    assert widget(at, "pills", "Heads off").value == []


def test_each_layer_has_neighbors_and_heads_of_its_own(run: str) -> None:
    at = opened(run, change="neighbor.left.l1_heads.2.l1.s")
    at.segmented_control(key="what-if-neighbor-layer").set_value(1).run()
    assert widget(at, "pills", "Neighbors off").value == ["left"]
    widget(at, "pills", "Neighbors off").set_value(["above"]).run()
    assert changes(at) == (NeighborOff("above", 1), HeadsOff((2,), 1, "spatial"))
    at.segmented_control(key="what-if-head-layer").set_value(1).run()
    widget(at, "segmented_control", "Attention").set_value("spatial").run()
    assert widget(at, "pills", "Heads off").value == [2]
    assert not at.exception


def test_the_order_of_the_frames(run: str) -> None:
    at = opened(run, on_frame="5")
    order = widget(at, "selectbox", "Order of the frames")
    order.set_value("freeze").run()
    assert changes(at) == (FramesFrozen(5),)
    widget(at, "slider", "Frame that is repeated").set_value(7).run()
    assert changes(at) == (FramesFrozen(7),)
    widget(at, "selectbox", "Order of the frames").set_value("drop").run()
    widget(at, "multiselect", "Frames that are dropped").set_value([1, 2, 9]).run()
    assert changes(at) == (FramesDropped((1, 2, 9)),)
    widget(at, "selectbox", "Order of the frames").set_value("kept").run()
    assert changes(at) == ()
    several = opened(run, change="reverse_freeze.3")
    assert widget(several, "selectbox", "Order of the frames").value == "several"
    assert changes(several) == (FramesReversed(), FramesFrozen(3))


def test_crop_and_resolution(run: str) -> None:
    at = opened(run)
    widget(at, "slider", "Crop across (%)").set_value((10, 60)).run()
    widget(at, "selectbox", "Short side").set_value(96).run()
    assert to_link(changes(at)) == "crop.10-0-60-100_size.96"
    widget(at, "slider", "Crop across (%)").set_value((55, 60)).run()
    assert to_link(changes(at)) == "crop.10-0-60-100_size.96", "too thin a crop is not taken"
    assert widget(at, "slider", "Crop across (%)").value == (10, 60)
    widget(at, "selectbox", "Short side").set_value(64).run()
    assert to_link(changes(at)) == "crop.10-0-60-100"


def test_the_painter_is_given_the_models_grid_and_the_hidden_patches(run: str) -> None:
    hidden = PatchesHidden(((None, 0, 1), (None, 8, 11), (4, 2, 2)), ROWS, COLUMNS, "gray")
    at = opened(run, change=to_link([hidden]))
    data = at.get("bidi_component")[0].proto.json
    assert '"cells": [1, 107]' in data
    assert '"rows": 9' in data
    assert '"fill": "gray"' in data
    assert "9 by 12 patches, 2 hidden" in data


def test_the_changes_are_still_there_after_a_look_at_another_page(run: str) -> None:
    at = opened(run, change="dial.50")
    at.switch_page(page_path("manage/models")).run()
    del at.query_params["change"]
    at.switch_page(page_path("inspect/what_if")).run()
    assert chips(at) == ["fixation dial 0.5"]
    assert changes(at) == (Dial(0.5),)


def test_a_frame_is_looked_for_where_a_new_order_has_put_it() -> None:
    assert place_of(2, [4, 3, 2, 1, 0]) == 2
    assert place_of(1, [4, 3, 2, 1, 0]) == 3
    assert place_of(1, [0, 0, 2, 3, 4]) == 1, "with frames dropped, times are compared"


@pytest.mark.parametrize(
    ("config", "grid", "windows", "quick"),
    [
        (CONFIGS["fixation"], (9, 12), 31, True),
        (ModelConfig(dim=512, depth=12, heads=8, frames=16, patch=16, stride=14, image_size=224),
         (17, 17), 9, False),
    ],
)  # fmt: skip
def test_a_large_model_is_run_on_one_window_first(config, grid, windows, quick) -> None:
    entry = {
        "grid": {"rows": grid[0], "columns": grid[1]},
        "windows": {"start": list(range(windows)), "frames": config.frames},
    }
    assert Model(entry, config).is_quick(config.image_size) is quick
