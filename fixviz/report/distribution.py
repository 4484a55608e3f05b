"""How concentration differs from query to query: Lorenz curves and the distribution."""

from __future__ import annotations

import numpy as np

from fixviz.drawing.markup import Html
from fixviz.reading.counting import BY_SLOT
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.report import svg
from fixviz.report.drawing import Series
from fixviz.report.sheet import Sheet


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
            *(Series(view.run.title(n), y, view.run.place(n)) for n, y in found.items()),
        ],
        x_title="keys, weakest first (%)",
        y_title="share of attention (%)",
        alt="Lorenz curves. The weakest half of the keys hold "
        + ", ".join(
            f"{np.interp(50, share, y):.1f} % in {view.run.title(n)}" for n, y in found.items()
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
            follows=texts.LORENZ,
            numbers={
                "keys, weakest first (%)": share.tolist(),
                **{view.run.label(n): y.tolist() for n, y in found.items()},
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
            Series(view.run.title(n), 100 * c / max(c.sum(), 1), view.run.place(n), steps=True)
            for n, c in found.items()
        ],
        x_title="concentration of a query",
        y_title="queries (%)",
        alt="Distribution of concentration over the queries. Fullest bin: "
        + ", ".join(
            f"{edges[c.argmax()]:.2f} to {edges[c.argmax() + 1]:.2f} in {view.run.title(n)}"
            for n, c in found.items()
        ),
    )
    of = "all heads together" if view.head is None else f"head {view.head}"
    queries = ", ".join(f"{view.run.title(n)} {c.sum():,}" for n, c in found.items())
    return [
        sheet.figure(
            chart,
            beside=True,
            caption=f"How many queries of the frame have which concentration, in bins of {edges[1]:g}: "
            f"{view.axis} attention, layer {view.layer}, {of}, {view.time}, {BY_SLOT}. Number of queries: "
            f"{queries}. {view.checkpoints}.",
            follows=texts.DISTRIBUTION,
            numbers={
                "from": edges[:-1].tolist(),
                "to": edges[1:].tolist(),
                **{view.run.label(n): c.tolist() for n, c in found.items()},
            },
        )
    ]
