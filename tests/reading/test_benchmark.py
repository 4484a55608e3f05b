"""What was measured, as figures that can be asked: known answers, and files of strangers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixviz import resources
from fixviz.data.classes import CLASSES
from fixviz.errors import OptionError
from fixviz.evaluation.intervals import Interval
from fixviz.evaluation.results import pack_answers
from fixviz.reading.benchmark.classes import Answers, clips_of, comparable
from fixviz.reading.benchmark.measured import Results, measured_models, shipped_results
from fixviz.reading.benchmark.quantities import QUANTITIES
from fixviz.reading.benchmark.uploaded import read_uploaded
from fixviz.reading.figures.benchmark import against, class_by_class
from fixviz.reading.figures.figure import Scatter
from fixviz.reading.texts import benchmark as texts


def entry(name: str, right: float, concentration: float, **changes: Any) -> dict[str, Any]:
    """An entry of a model that says "right" of clips that show left, right, left and up."""
    layer = {
        **{"concentration": concentration, "effective_support": 9.0, "mass": 0.25},
        **{"pointing": 0.5, "average_precision": None},
        "intervals": {"concentration": [concentration - 0.05, concentration + 0.05]},
    }
    return {
        **{"checkpoint": name, "title": name.title(), "sha256": f"{name}-weights"},
        **{"attention": "linear", "fixation": "none", "neighbors": False, "image_size": 64},
        "training": {"recipe": "small", "seed": 0, "steps": 9000},
        **{"preset": "standard", "height": 64, "width": 64, "seed": 0, "clips": 4, "frames": 8},
        **{"accuracy": right, "accuracy_low": right - 0.1, "accuracy_high": right + 0.1},
        "labels": pack_answers([0, 1, 0, 2]),
        "answers": pack_answers([1, 1, 1, 1]),
        "layers": [dict(layer, concentration=0.9), layer],
        **{"parameters": 240000, "multiply_adds": 123_000_000},
        "cost": {"seconds": 0.008, "peak_bytes": 4_000_000, "device": "cpu"},
        **changes,
    }


def models(*entries: dict[str, Any]):
    return measured_models(Results(entries), {e["checkpoint"]: e["sha256"] for e in entries})


def test_a_model_has_what_was_measured_of_its_weights_alone() -> None:
    known = [
        entry("b", 0.8, 0.3),
        entry("b", 0.6, 0.2, preset="hard"),
        entry("b", 0.7, 0.3, sha256="others"),
        entry("a", 0.9, 0.4),
        entry("a", 0.1, 0.4, height=96, width=96),
    ]
    found = measured_models(
        Results(known, [], [{"sha256": "a-weights", "preset": "standard"}]),
        {"a": "a-weights", "b": "b-weights"},
    )
    assert [m.id for m in found] == ["a", "b", "b-others"], "shipped ones in their order first"
    assert [m.origin for m in found] == ["shipped", "shipped", "earlier"]
    assert set(found[1].entries) == {"standard", "hard"}
    assert found[0].entries["standard"]["accuracy"] == 0.9, "at its own frame size"
    assert set(found[0].faithfulness) == {"standard"} and not found[1].faithfulness
    assert measured_models(Results(known), {}, own=True)[0].origin == "own"


def test_figures_are_read_with_their_intervals() -> None:
    (model,) = models(entry("a", 0.9, 0.4))
    read = {name: q.read(model, "standard") for name, q in QUANTITIES.items()}
    assert read["right"] == pytest.approx((90, 80, 100))
    assert read["concentration"] == pytest.approx((0.4, 0.35, 0.45)), "of the last layer"
    assert read["mass"] == (0.25, None, None), "an entry of an earlier version has no interval"
    assert read["precision"] is None and read["real_lift"] is None and read["deletion"] is None
    assert read["time"] == (8.0, None, None)
    assert read["multiply_adds"] == (123.0, None, None)
    assert QUANTITIES["right"].read(model, "hard") is None
    assert QUANTITIES["right_standard"].read(model, "hard") == read["right"]
    assert QUANTITIES["right"].told(read["right"]) == "90.0 % (80.0 to 100.0)"


def test_cost_is_the_median_of_its_measurements_with_their_range() -> None:
    times = {"standard": 0.006, "hard": 0.009, "cue": 0.007}
    (model,) = models(
        *(
            entry("a", 0.9, 0.4, preset=p, cost={"seconds": s, "peak_bytes": 1, "device": "c"})
            for p, s in times.items()
        )
    )
    assert QUANTITIES["time"].read(model, "hard") == pytest.approx((7.0, 6.0, 9.0))


def test_the_plot_has_a_point_for_each_model_and_says_how_orders_agree() -> None:
    values = [(0.5, 0.10), (0.6, 0.30), (0.7, 0.20), (0.8, 0.50), (0.9, 0.40)]
    known = models(*(entry(f"m{i}", *pair) for i, pair in enumerate(values)))
    x, y = QUANTITIES["concentration"], QUANTITIES["right"]
    figure = against(known, x, y, "standard", "m3")
    assert figure is not None and isinstance(figure.chart, Scatter)
    assert [(p.key, p.x, p.y) for p in figure.chart.points][3] == ("m3", 0.5, 80.0)
    assert figure.chart.points[0].x_ends == pytest.approx((0.05, 0.15))
    assert figure.chart.chosen == "m3"
    low, high = figure.chart.x_axis.low, figure.chart.x_axis.high
    assert low is not None and high is not None and low < 0.05 and high > 0.55
    # d is 0, 1, 1, 1, 1: 1 - 6 * 4 / 120
    assert "over 5 checkpoints: +0.80 (95 % interval about −0.46 to +0.99)" in figure.follows
    assert "this order may be chance" in figure.follows
    assert figure.table["Right (%), low"][0] == pytest.approx(40)
    assert "m0 0.100 (0.050 to 0.150), 50.0 % (40.0 to 60.0)" in figure.alt
    assert against(known, x, QUANTITIES["real_lift"], "standard") is None


def test_few_points_prove_nothing() -> None:
    assert "too few" in texts.correlation("a", "b", 2, None)
    assert "no order to compare" in texts.correlation("a", "b", 4, None)
    assert "by chance, too" in texts.correlation("a", "b", 4, Interval(1.0, None, None))
    sure = texts.correlation("a", "b", 11, Interval(-0.9, -0.98, -0.6))
    assert "−0.90 (95 % interval about −0.98 to −0.60)" in sure and "but 11 points" in sure


def test_right_and_wrong_class_by_class() -> None:
    labels = [0, 1, 0, 2, 0]
    told = {
        "soft": Answers(labels, [0, 1, 3, 2, 3]),
        "lin": Answers(labels, [0, 0, 0, 2, 4]),
    }
    assert told["soft"].of_class(0).told == "1 of 3 right, 33 % (6 to 79)"
    assert told["soft"].instead(0) == [(CLASSES[3], 2)]
    assert told["lin"].instead(0) == [(CLASSES[4], 1)]
    assert clips_of(told, 0) == [0, 2, 4]
    assert clips_of(told, 0, right="lin", wrong="soft") == [2]
    assert clips_of(told, 0, wrong="lin") == [4]
    assert clips_of(told, 0, right="soft", wrong="soft") == []
    figure = class_by_class(told, {"soft": "Softmax", "lin": "Linear"}, "standard", CLASSES[1])
    chart = figure.chart
    assert chart.rows == list(CLASSES[:3]), "classes without a clip have no row"
    assert chart.values.tolist()[1] == [100.0, 0.0]
    assert chart.chosen == (1, None)
    assert figure.table["soft, right"] == [1, 1, 1]
    assert chart.remarks[0, 0] == "1 of 3 right, 33 % (6 to 79)"


def test_only_models_that_saw_the_same_clips_are_compared() -> None:
    few = entry("few", 0.5, 0.1, labels="01", answers="01", clips=2)
    other = entry("other", 0.5, 0.1, seed=1)
    silent = entry("silent", 0.5, 0.1)
    del silent["answers"]
    told = comparable({"silent": silent, "a": entry("a", 0.5, 0.1), "o": other, "few": few})
    assert set(told) == {"a", "few"}
    assert told["a"].labels == [0, 1] and told["few"].answers == [0, 1]


def test_the_shipped_results_can_be_brought_as_a_file_and_are_the_same() -> None:
    content = resources.results().read_bytes()
    brought = read_uploaded(content)
    there = shipped_results()
    assert len(brought.entries) == len(there.entries)
    for mine, theirs in zip(brought.entries, there.entries, strict=True):
        for name in mine.keys() - {"layers", "cost", "training"}:
            assert mine[name] == theirs[name]
    ours = measured_models(brought, {}, own=True)
    for one in ours:
        for quantity in QUANTITIES.values():
            known = next(m for m in measured_models(there, {}) if m.sha256 == one.sha256)
            assert quantity.read(one, "standard") == quantity.read(known, "standard")


@pytest.mark.parametrize(
    "change",
    [
        {"accuracy": "<script>"},
        {"accuracy": float("nan")},
        {"accuracy": 1.5},
        {"title": ""},
        {"title": 7},
        {"preset": "https://example.com"},
        {"attention": "unknown"},
        {"layers": {}},
        {"answers": "zzzz"},
        {"answers": "111"},
        {"height": 10**9},
        {"cost": None},
        {"clips": True},
        {"seed": -1},
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(change: dict[str, Any]) -> None:
    good = {"schema": 1, "entries": [entry("mine", 0.5, 0.1)]}
    assert read_uploaded(json.dumps(good).encode()).entries[0]["title"] == "Mine"
    bad = {"schema": 1, "entries": [{**entry("mine", 0.5, 0.1), **change}]}
    with pytest.raises(OptionError, match="not a results file") as caught:
        read_uploaded(json.dumps(bad).encode())
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"schema": 2, "entries": []}'),
        *(b'{"schema": 1, "entries": []}', b'{"schema": 1}', b"[" * 100_000, b" " * 6_000_000),
    ],
)
def test_a_file_of_another_kind_is_refused(content: bytes) -> None:
    with pytest.raises(OptionError):
        read_uploaded(content)


def test_a_title_becomes_one_short_line() -> None:
    long = {"schema": 1, "entries": [entry("m", 0.5, 0.1, title="a\n\u202eb" + 500 * "x")]}
    title = read_uploaded(json.dumps(long).encode()).entries[0]["title"]
    assert title.startswith("a bx") and len(title) == 80
