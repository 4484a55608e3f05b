"""The verdict's sentences, from numbers known in advance, and the answer to whether fixation helps."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from fixviz import resources
from fixviz.evaluation.results import Entry, pack_hits, read_results
from fixviz.evaluation.verdict import far_classes
from fixviz.reading.run import StoredRun
from fixviz.reading.texts.verdict import does_fixation_help
from fixviz.reading.verdict import answer_of, sentences
from fixviz.reading.views import View
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import CLASSES, FRAMES, HEADS, LAYERS, METRICS, TITLES, synthetic_run

PLACE = METRICS.index("effective_support")
LAYER, FRAME = 1, 5
FIXATION = TITLES["fixation"]


@pytest.fixture
def store(tmp_path: Any) -> Store:
    return Store(Settings(home=tmp_path))


def view(store: Store, head: int | None = None, **changes: Any) -> View:
    """A run whose heads look at 10, 20, 30, ... keys in one layer and frame; without ratios at 90, 92, ..."""
    manifest, arrays, files = synthetic_run()
    for name in ("softmax", "linear", "fixation"):
        arrays[f"{name}/spatial/metrics"][LAYER, :, FRAME, PLACE] = 10 + 10 * np.arange(HEADS)
    ones = np.full((LAYERS, HEADS, FRAMES, len(METRICS)), 3.0, np.float32)
    ones[LAYER, :, FRAME, PLACE] = 90 + 2 * np.arange(HEADS)
    if changes.pop("ones", True):
        arrays["fixation/spatial/metrics_ratios/ones"] = ones
    certain = np.eye(len(CLASSES))
    for model in manifest["models"]:
        windows = len(model["windows"]["start"])
        model["probabilities"] = (
            0.9 * certain[[2] * windows] + 0.1 * certain[[0] * windows]
        ).tolist()
    if changes.pop("answer", True):
        off = manifest["models"][-1]
        off["probabilities_ratios_off"] = (
            0.625 * certain[[1] * len(off["probabilities"])]
        ).tolist()
    manifest.update(changes)
    handle = store.publish("b" * 64, manifest, arrays, files, owner="test", name="clip")
    return View(StoredRun.open(store, handle), "spatial", LAYER, head, FRAME)


def truth(name: str) -> dict[str, Any]:
    segment = {"class": name, "first_frame": 0, "last_frame": 999, "start_s": 0.0, "end_s": 99.0}
    return {"positive": 0.2, "segments": [segment]}


def test_without_truth_it_gives_shares_and_no_mark(store: Store) -> None:
    softmax, _, fixation = sentences(view(store))
    assert softmax == (f"Softmax looks at 25 of 108 patches and answers “{CLASSES[2]}” (90 %).")
    assert fixation == (
        f"{FIXATION} looks at 25 of 108 patches and answers “{CLASSES[2]}” (90 %). With its ratios "
        f"off here, it looks at 93; with its ratios off everywhere, it answers “{CLASSES[1]}” (63 %)."
    )


@pytest.mark.parametrize(
    ("shown", "own", "off"), [(2, "correct", "wrong"), (1, "wrong", "correct")]
)
def test_with_truth_it_marks_both_answers(store: Store, shown: int, own: str, off: str) -> None:
    fixation = sentences(view(store, truth=truth(CLASSES[shown])))[-1]
    assert fixation.startswith(
        f"{FIXATION} looks at 25 of 108 patches and answers “{CLASSES[2]}” ({own}). "
    )
    assert fixation.endswith(f"off everywhere, it answers “{CLASSES[1]}” ({off}).")


def test_a_class_that_the_models_lack_makes_no_answer_wrong(store: Store) -> None:
    assert all("(90 %)" in text for text in sentences(view(store, truth=truth("dance"))))


def test_one_head_is_that_head(store: Store) -> None:
    assert sentences(view(store, head=2))[-1].startswith(f"{FIXATION} looks at 30 of 108")
    assert "off here, it looks at 94" in sentences(view(store, head=2))[-1]


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"answer": False}, ". With its ratios off here, it looks at 93."),
        ({"ones": False}, f". With its ratios off everywhere, it answers “{CLASSES[1]}” (63 %)."),
        ({"ones": False, "answer": False}, f"answers “{CLASSES[2]}” (90 %)."),
    ],
)
def test_what_a_run_lacks_is_left_out(store: Store, changes: dict[str, Any], end: str) -> None:
    assert sentences(view(store, **changes))[-1].endswith(end)


def test_a_run_without_the_measure_says_what_is_answered(store: Store) -> None:
    names = ["renamed" if name == "effective_support" else name for name in METRICS]
    fixation = sentences(view(store, metrics=names))[-1]
    assert fixation == (
        f"{FIXATION} answers “{CLASSES[2]}” (90 %). With its ratios off everywhere, it answers "
        f"“{CLASSES[1]}” (63 %)."
    )


def test_an_answer_is_the_most_probable_class() -> None:
    assert answer_of(["a", "b"], [0.25, 0.75], "b").correct is True
    assert answer_of(["a", "b"], [0.25, 0.75], "a").correct is False
    assert answer_of(["a", "b"], [0.25, 0.75], None).correct is None
    assert answer_of(["a", "b"], [0.25, 0.75], "c").correct is None


def entry(title: str, right: list[int], classes: dict[str, float], **parts: Any) -> Entry:
    return {
        "checkpoint": title,
        "title": title,
        "attention": "linear",
        "fixation": "none",
        "neighbors": False,
        "image_size": 64,
        "height": 64,
        "width": 64,
        "preset": "standard",
        "seed": 0,
        "clips": len(right),
        "hits": pack_hits([bool(r) for r in right]),
        "accuracy": sum(right) / len(right),
        "class_accuracy": classes,
        "training": {"recipe": "small", "seed": 0, "steps": 40},
        **parts,
    }


def measured(fixation: list[int]) -> list[Entry]:
    """Four classes with 100 clips each; linear is right in 200 of 400, `fixation` alone as given."""
    linear = [1] * 200 + [0] * 200
    even = dict.fromkeys("abcd", 0.5)
    both = [1] * 240 + [0] * 160
    return [
        entry("L", linear, even),
        entry("F", fixation, even, fixation="cooperative"),
        entry("N", [1] * 220 + [0] * 180, even, neighbors=True),
        entry(
            *("FN", both, {"a": 0.8, "b": 0.6, "c": 0.5, "d": 0.5}),
            fixation="cooperative",
            neighbors=True,
        ),
    ]


def test_whether_fixation_helps_is_computed_from_the_results() -> None:
    """10 of 400 gained: 2.5 points, 1.96 * sqrt(0.025 * 0.975 / 400) = 1.5 on both sides."""
    numbers, alone, where, _ = does_fixation_help(measured([1] * 210 + [0] * 190))
    assert "400 generated clips" in numbers
    assert "40 training steps" in numbers
    assert "fixation without neighbors +2.5 (+1.0 to +4.0)" in numbers
    assert "neighbors without fixation +5.0 (+2.9 to +7.1)" in numbers
    assert "fixation with neighbors +10.0 (+7.1 to +12.9)" in numbers
    assert (
        alone
        == "Without neighbors, fixation gives more correct answers: the interval does not include 0."
    )
    # Only in "a" do they differ by more than a quarter: 0.3 of a class of four.
    assert where == (
        "Most of the lead with neighbors, +7.5 of +10.0 percentage points, comes from 1 of 4 "
        "classes: “a”."
    )


def test_a_gain_whose_interval_holds_0_is_not_called_one() -> None:
    """4 gained and 2 lost of 400."""
    found = does_fixation_help(measured([0, 0] + [1] * 202 + [0] * 196))
    assert "fixation without neighbors +0.5 (−0.7 to +1.7)" in found[0]
    assert found[1] == "Without neighbors, fixation may not help at all: the interval includes 0."


def test_the_shipped_results_answer_it_and_what_lacks_a_model_does_not() -> None:
    entries = read_results(resources.results())
    numbers, alone, where, _ = does_fixation_help(entries)
    assert alone == "Without neighbors, fixation may not help at all: the interval includes 0."
    assert where.startswith("Most of the lead with neighbors")
    assert "“circle clockwise”" in where
    assert "Percentage points more correct answers than plain linear attention" in numbers
    for model in ("linear", "fixation", "fixation-alone", "linear-neighbors"):
        assert does_fixation_help([e for e in entries if e["checkpoint"] != model]) == []
    old = copy.deepcopy(entries)
    for one in old:
        del one["hits"]
    assert does_fixation_help(old) == []


def test_far_classes_are_those_that_differ_by_more_than_a_quarter() -> None:
    linear, _, _, both = ([e] for e in measured([1] * 400))
    assert far_classes(linear, both) == pytest.approx({"a": 0.3})
    assert far_classes(both, linear) == pytest.approx({"a": -0.3})
