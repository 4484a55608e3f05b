"""What keys and values read from their neighbors, and what changes without one of them."""

from __future__ import annotations

from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures import leave_one_out
from fixviz.reading.figures import neighborhood as figures
from fixviz.reading.figures.figure import Figure
from fixviz.reading.run import StoredRun
from fixviz.reading.values.neighborhood import View, has_shares, reads_neighbors
from fixviz.reading.views import View as Chosen
from fixviz.report.sheet import Sheet, section


def neighborhood(sheet: Sheet, chosen: Chosen, run: StoredRun) -> Html:
    """Return the figures of every model that reads neighbors."""
    parts: list[Html] = []
    for entry in filter(reads_neighbors, run.models):
        layer = min(chosen.layer, entry["layers"] - 1)
        view = View(run, entry, layer, chosen.frame, "query")
        described: list[Figure] = []
        if has_shares(view):
            described += map(figures.shares, view.of_both_ratios.values())
        for kind, describe in (
            ("leave_one_out", leave_one_out.output_change),
            ("left_out_predictions", leave_one_out.predictions),
        ):
            results = (r for r in run.all_derived(kind) if r.request.model == view.model)
            described += [describe(view, result) for result in results]
        if described:
            parts += [tag("h3", entry["title"]), *map(sheet.draw, described)]
    return section("neighborhood", "Neighborhood", *parts)
