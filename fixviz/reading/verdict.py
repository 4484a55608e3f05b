"""What each model of a run looks at and answers in one frame, in one sentence from measured numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fixviz.analysis.window_truth import window_classes
from fixviz.reading.texts.verdict import TEMPLATES, fill
from fixviz.reading.values.concentration import curve, keys_of
from fixviz.reading.views import View

_SUPPORT = "effective_support"


@dataclass(frozen=True)
class Answer:
    """The class that a model finds most probable in a window."""

    name: str
    probability: float
    correct: bool | None
    """Against what the window shows; None where that is not known, or the model lacks the class."""


def answer_of(classes: Sequence[str], probabilities: Sequence[float], shown: str | None) -> Answer:
    """Return a model's answer in one window. shown: what the window shows, where it is known."""
    best = int(np.argmax(probabilities))
    known = shown is not None and shown in classes
    correct = classes[best] == shown if known else None
    return Answer(classes[best], float(probabilities[best]), correct)


def sentences(view: View) -> list[str]:
    """Return a sentence for each model that has the attention in view."""
    return [_sentence(view, entry) for entry in view.models]


def _sentence(view: View, entry: Mapping[str, Any]) -> str:
    window = entry["window_of_frame"][view.frame]
    shown = window_classes(view.run.manifest, entry)[window]

    def answer(probabilities: str) -> str:
        return _answer_text(answer_of(entry["classes"], entry[probabilities][window], shown))

    support = _support(view, entry, "metrics")
    support_off = _support(view, entry, "metrics_ratios/ones")
    off = {}
    if support is not None and support_off is not None:
        off["support"] = _count(support_off)
    if "probabilities_ratios_off" in entry:
        off["answer"] = answer("probabilities_ratios_off")
    form = {2: "off_both", 1: "off_looks" if "support" in off else "off_answers"}
    words = {
        "model": view.run.title(entry["name"]),
        "answer": answer("probabilities"),
        "off": fill(form[len(off)], off) if off else "",
    }
    if support is None:
        return fill("answers", words)
    keys = str(keys_of(entry, view.axis))
    what = TEMPLATES[view.axis]
    return fill("looks", words | {"support": _count(support), "keys": keys, "what": what})


def _answer_text(answer: Answer) -> str:
    if answer.correct is None:
        return fill("open", {"name": answer.name, "share": _percent(answer.probability)})
    mark = TEMPLATES["correct" if answer.correct else "wrong"]
    return fill("judged", {"name": answer.name, "mark": mark})


def _support(view: View, entry: Mapping[str, Any], quantity: str) -> float | None:
    """Return the effective support in view; None where the run lacks it or it is undefined."""
    run, name = view.run, f"{entry['name']}/{view.axis}/{quantity}"
    if _SUPPORT not in run.manifest["metrics"] or not run.has(name):
        return None
    values = run.rows_measure(entry["name"], view.axis, _SUPPORT, quantity)
    found = float(curve(values, view.layer, view.head)[view.frame])
    return found if math.isfinite(found) else None


def _count(support: float) -> str:
    """Write a number of keys: whole from 10 on, else with one decimal."""
    return f"{support:.0f}" if support >= 9.95 else f"{support:.1f}"


def _percent(share: float) -> str:
    """Write a share as a whole percentage; one that is not zero never reads 0 %."""
    return "< 1 %" if 0 < share < 0.005 else f"{math.floor(100 * share + 0.5)} %"
