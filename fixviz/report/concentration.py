"""How concentrated attention is, and where it is, for all models of a run."""

from __future__ import annotations

from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures import concentration as figures
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.report.sheet import Sheet, section, text


def concentration(sheet: Sheet, view: View) -> Html:
    """Return all numbers of the frame, curves, grids, Lorenz curves, distribution, and where it is."""
    groups = {f"Frame {view.frame}": [figures.numbers(view)]}
    first = values.row_measures(view.run)[0]
    groups["Over time"] = [figures.over_time(view, first, "concentration")]
    groups["Layers and heads"] = [figures.grids(view, first, "concentration")]
    queries = [figures.lorenz(view)] if values.lorenz_curves(view) else []
    if values.histograms(view):
        queries.append(figures.distribution(view))
    if queries:
        groups["Keys and queries of the frame"] = queries
    parts = []
    for title, described in groups.items():
        parts += [tag("h3", title), *map(sheet.draw, described)]
    return section("concentration", "How concentrated attention is", *parts, *_places(sheet, view))


def _places(sheet: Sheet, view: View) -> list[Html]:
    """Draw the measures against the truth, or against motion where no truth is known."""
    measures = values.place_measures(view)
    if not measures:
        return []
    title, intro = texts.place(measures[0].of, view.run.manifest)
    drawn = [sheet.draw(figures.over_time(view, measure, measure.name)) for measure in measures]
    return [tag("h3", title), text(intro), *drawn]
