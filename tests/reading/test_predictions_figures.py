"""Figures about predictions, against numbers worked out on paper."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.reading.figures import predictions as figures
from fixviz.reading.figures.figure import Bars, Panels
from fixviz.reading.run import StoredRun


def entry(name: str, title: str, start: list[int], probabilities: list[list[float]]) -> Any:
    return {
        "name": name,
        "title": title,
        "checkpoint_sha256": "0123456789abcdef",
        "classes": ["a", "b", "c"],
        "windows": {"start": start, "frames": 3},
        "probabilities": probabilities,
    }


@pytest.fixture
def run() -> StoredRun:
    """Two models of one title on five frames; the second one has a window of its own."""
    models = [
        entry("one", "Model", [0, 2], [[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]]),
        entry("two", "Model", [0, 3], [[0.1, 0.1, 0.8], [0.3, 0.4, 0.3]]),
    ]
    times = [0.0, 0.5, 1.0, 1.5, 2.0]
    frames = {"index": list(range(5)), "timestamp_s": times}
    return StoredRun(None, "run", {"models": models, "frames": frames})


def test_the_mean_over_the_windows_is_drawn_the_highest_first(run: StoredRun) -> None:
    figure = figures.mean_probabilities(run, most=2)
    assert isinstance(figure.chart, Panels)
    first, second = (panel.chart for panel in figure.chart.panels)
    assert isinstance(first, Bars)
    assert isinstance(second, Bars)
    assert first.labels == ["b", "a"]
    assert first.series[0].y == pytest.approx([0.5, 0.35])
    assert second.labels == ["c", "b"]
    assert second.series[0].y == pytest.approx([0.55, 0.25])
    assert [panel.title for panel in figure.chart.panels] == ["Model (one)", "Model (two)"]
    assert figure.table["model"] == ["Model (one)"] * 3 + ["Model (two)"] * 3
    assert figure.table["class"] == ["a", "b", "c"] * 2
    assert figure.table["mean probability"] == pytest.approx([0.35, 0.5, 0.15, 0.2, 0.25, 0.55])
    assert "the 2 highest of each model: Model (01234567); Model (01234567)." in figure.caption


def test_windows_that_only_one_model_has_are_rows_of_their_own(run: StoredRun) -> None:
    figure = figures.class_per_window(run)
    assert figure.chart is None
    assert figure.table == {
        "window": [
            "frames 0 to 2, 0.00 to 1.00 s",
            "frames 2 to 4, 1.00 to 2.00 s",
            "frames 3 to 4, 1.50 to 2.00 s",
        ],
        "Model (one)": ["b 0.70", "a 0.50", None],
        "Model (two)": ["c 0.80", None, "b 0.40"],
    }
