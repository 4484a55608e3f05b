"""Attention received as pictures, for all models of a run."""

from __future__ import annotations

from fixviz.drawing.markup import Html, tag
from fixviz.reading.figures.attention import received_maps
from fixviz.reading.map_pictures import evenly
from fixviz.reading.views import View
from fixviz.report.sheet import Sheet, section


def pictures(sheet: Sheet, view: View) -> Html:
    """Return attention received over frames spread over the clip."""
    figure = sheet.draw(received_maps(view, evenly(view.run)))
    return section("pictures", "Where attention goes", tag("h3", "Attention received"), figure)
