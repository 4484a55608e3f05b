"""Figures about predictions: the most probable classes of every model of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fixviz.reading.figures.figure import Axis, Bars, Figure, Panel, Panels, Series
from fixviz.reading.notes import notes_of
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import predictions as texts

PROBABILITY = Axis("Probability", 0.0, 1.0)
FORM = ".2f"
"""How bars write a probability."""


def mean_probabilities(run: StoredRun, most: int = 5) -> Figure:
    """Describe the mean class probabilities over the windows of the clip, the highest of each model.

    most: how many classes of a model are drawn; the table has all of them.
    """
    panels, rows = [], []
    for entry in run.models:
        mean = np.mean(entry["probabilities"], 0)
        order = np.argsort(-mean, kind="stable")[:most]
        names = [str(entry["classes"][i]) for i in order]
        top = ", ".join(f"{name} {mean[i]:.2f}" for name, i in zip(names, order, strict=True))
        label = run.label(entry["name"])
        series = Series(label, mean[order], run.place(entry["name"]))
        chart = Bars(names, [series], Axis("Mean probability", 0.0, 1.0), form=FORM)
        panels.append(Panel(label, chart, f"Mean probabilities of {label}: {top}"))
        rows += [(label, c, float(p)) for c, p in zip(entry["classes"], mean, strict=True)]
    columns = zip(*rows, strict=True)
    return Figure(
        "predictions",
        Panels(panels),
        caption=f"Class probabilities, mean over all windows of the clip, the {most} highest of each model: "
        f"{_checkpoints(run)}.",
        table=dict(zip(("model", "class", "mean probability"), map(list, columns), strict=True)),
        alt="Mean class probabilities of every model",
        follows=" ".join([texts.PROBABILITY, *notes_of(run.models)]),
    )


def class_per_window(run: StoredRun) -> Figure:
    """Describe the most probable class in every window as a table.

    Models whose windows differ have rows of their own.
    """
    spans = sorted({span for entry in run.models for span in _spans(run, entry)})
    columns: dict[str, list[Any]] = {
        "window": [
            f"frames {a} to {b}, {run.timestamp(a):.2f} to {run.timestamp(b):.2f} s"
            for a, b in spans
        ]
    }
    for entry in run.models:
        found = {}
        for span, probabilities in zip(_spans(run, entry), entry["probabilities"], strict=True):
            best = int(np.argmax(probabilities))
            found[span] = f"{entry['classes'][best]} {probabilities[best]:.2f}"
        columns[run.label(entry["name"])] = [found.get(span) for span in spans]
    return Figure(
        "predictions-per-window",
        None,
        caption=f"Most probable class in every window, with its probability: {_checkpoints(run)}.",
        table=columns,
        alt="Most probable class in every window",
        follows=texts.WINDOWS,
    )


def _spans(run: StoredRun, entry: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return the first and last frame of each of a model's windows."""
    length = entry["windows"]["frames"]
    return [(s, min(s + length, run.frames) - 1) for s in entry["windows"]["start"]]


def _checkpoints(run: StoredRun) -> str:
    return "; ".join(run.checkpoint(entry["name"]) for entry in run.models)
