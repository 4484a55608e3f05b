"""Fixation ratios of a model: where they are high, what drives them, what they do."""

from __future__ import annotations

from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures import fixation as figures
from fixviz.reading.figures import logit_parts
from fixviz.reading.values.fixation import View, fixed, has_variants
from fixviz.reading.views import View as Chosen
from fixviz.report.sheet import Sheet, section


def fixation(sheet: Sheet, chosen: Chosen) -> Html:
    """Return the figures of every model that has fixation, in the layer and head in view."""
    parts = []
    for entry in filter(fixed, chosen.models):
        place = (chosen.axis, chosen.layer, chosen.head, chosen.frame)
        view = View(chosen.run, entry, *place, "query")
        described = [figures.ratio_maps(view)]
        if view.has("ratio_histogram/query"):
            described.append(figures.histogram(view))
        if view.has("logit/query/signed"):
            described.append(logit_parts.parts_of_the_clip(view))
        if has_variants(view):
            described.append(figures.effect(view))
        parts += [tag("h3", entry["title"]), *map(sheet.draw, described)]
    return section("fixation", "Fixation", *parts)
