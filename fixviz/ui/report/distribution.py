"""How concentration differs from query to query: Lorenz curves and the distribution."""

from __future__ import annotations

import numpy as np

from fixviz.ui.concentration import values, words
from fixviz.ui.concentration.values import View
from fixviz.ui.inspect_run.counting import BY_SLOT
from fixviz.ui.report import svg
from fixviz.ui.report.drawing import Series
from fixviz.ui.report.markup import Html
from fixviz.ui.report.names import color_of, label_of, title_of
from fixviz.ui.report.sheet import Sheet


def lorenz(sheet: Sheet, view: View) -> list[Html]:
    """The keys from the weakest to the strongest, and what they hold together; empty without data."""
    found = {
        entry["name"]: 100 * curve
        for entry in view.models
        if (curve := values.lorenz(view, entry["name"])) is not None
    }
    if not found:
        return []
    sheet.define("Lorenz curve")
    share = np.linspace(0, 100, len(next(iter(found.values()))))
    chart = svg.lines(
        share,
        [
            Series("uniform attention", share, None),
            *(Series(title_of(view.run, n), y, color_of(view.run, n)) for n, y in found.items()),
        ],
        x_title="keys, weakest first (%)",
        y_title="share of attention (%)",
        alt="Lorenz curves. The weakest half of the keys hold "
        + ", ".join(
            f"{np.interp(50, share, y):.1f} % in {title_of(view.run, n)}" for n, y in found.items()
        ),
        y_range=(0.0, 100.0),
    )
    return [
        sheet.figure(
            chart,
            beside=True,
            caption=f"Lorenz curves, means over the queries of the frame: {view.place}, {view.time}, "
            f"{BY_SLOT}. "
            f"{view.checkpoints}.",
            follows=words.LORENZ,
            numbers={
                "keys, weakest first (%)": share.tolist(),
                **{label_of(view.run, n): y.tolist() for n, y in found.items()},
            },
        )
    ]


def distribution(sheet: Sheet, view: View) -> list[Html]:
    """How many queries are how concentrated; empty where the run does not say."""
    found = {
        entry["name"]: counts
        for entry in view.models
        if (counts := values.histogram(view, entry["name"])) is not None
    }
    if not found:
        return []
    edges = np.linspace(0, 1, len(next(iter(found.values()))) + 1)
    chart = svg.lines(
        edges,
        [
            Series(
                title_of(view.run, n), 100 * c / max(c.sum(), 1), color_of(view.run, n), steps=True
            )
            for n, c in found.items()
        ],
        x_title="concentration of a query",
        y_title="queries (%)",
        alt="Distribution of concentration over the queries. Fullest bin: "
        + ", ".join(
            f"{edges[c.argmax()]:.2f} to {edges[c.argmax() + 1]:.2f} in {title_of(view.run, n)}"
            for n, c in found.items()
        ),
    )
    of = "all heads together" if view.head is None else f"head {view.head}"
    queries = ", ".join(f"{title_of(view.run, n)} {c.sum():,}" for n, c in found.items())
    return [
        sheet.figure(
            chart,
            beside=True,
            caption=f"How many queries of the frame have which concentration, in bins of {edges[1]:g}: "
            f"{view.axis} attention, layer {view.layer}, {of}, {view.time}, {BY_SLOT}. Number of queries: "
            f"{queries}. {view.checkpoints}.",
            follows=words.DISTRIBUTION,
            numbers={
                "from": edges[:-1].tolist(),
                "to": edges[1:].tolist(),
                **{label_of(view.run, n): c.tolist() for n, c in found.items()},
            },
        )
    ]
