"""Numbers of the lesson on linear attention: how many multiplications each order takes."""

from __future__ import annotations

from fixviz.reading.run import StoredRun


def numbers(run: StoredRun) -> dict[str, float]:
    """Return the multiplications of both orders, for the N tokens of a frame and the d channels of a head.

    `run.order.first` is (q kT) v and `run.order.second` is q (kT v). `share` is the second over the first,
    `second_half` one of the latter's two products, and `second_cells` how many numbers both products have.
    `run.phi.floor` is d ** -0.5, the least value of the feature map; `run.phi.unclipped` is what the map
    would make of -1 without its ReLU, and `run.phi.zero` without its constant. KeyError for a run without
    the linear model.
    """
    entry = run.model("linear")
    tokens = entry["grid"]["rows"] * entry["grid"]["columns"]
    width = entry["config"]["dim"] // entry["heads"]
    return {
        "run.order.first": 2 * tokens * tokens * width,
        "run.order.second": 2 * tokens * width * width,
        "run.order.share": width / tokens,
        "run.order.second_half": tokens * width * width,
        "run.order.second_cells": width * width + tokens * width,
        "run.phi.floor": width**-0.5,
        "run.phi.unclipped": width**-0.5 - 1,
        "run.phi.zero": 0,
    }
