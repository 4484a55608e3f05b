"""A described figure as an SVG file: its charts, then the caption, in the colors of a theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fixviz.drawing.lettering import shortened, wrapped
from fixviz.drawing.markup import Html, tag
from fixviz.drawing.strokes import NARROW, WIDTH, Drawing, label, place
from fixviz.drawing.svg_charts import draw
from fixviz.drawing.svg_charts.scale_bar import scale_bar
from fixviz.drawing.svg_style import GROUNDS, rules_of_a_file
from fixviz.reading.figures.figure import Figure, Maps, Panels

_MARGIN: Final = 16.0
_GAP: Final = 24.0
_HEADING: Final = 22.0
_LINE: Final = 16.0
_SINGLE: Final = 640.0
"""Width of a chart that stands alone, in pixels."""


def svg_file(figure: Figure, *, theme: str = "light") -> str:
    """Return the figure as the text of an SVG file, with its caption below its charts.

    theme: "light" or "dark". TypeError for tables and maps, which are no drawings.
    """
    drawn = _charts(figure)
    width = drawn.width + 2 * _MARGIN
    caption = figure.full_caption
    lines = wrapped(caption, drawn.width)
    top = _MARGIN + drawn.height + _GAP
    height = top + _LINE * len(lines) + _MARGIN
    root = tag(
        "svg",
        tag("title", figure.file or figure.name),
        tag("desc", caption),
        tag("style", Html(rules_of_a_file(theme))),
        tag("rect", width=place(width), height=place(height), fill=GROUNDS[theme]),
        tag("g", *drawn.parts, transform=f"translate({place(_MARGIN)} {place(_MARGIN)})"),
        *(label(line, _MARGIN, top + _LINE * i, "caption") for i, line in enumerate(lines)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {place(width)} {place(height)}",
        width=place(width),
        height=place(height),
        font_size=12,
        role="img",
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'


def _charts(figure: Figure) -> Drawing:
    if figure.chart is None or isinstance(figure.chart, Maps):
        raise TypeError(f"{figure.name} is no drawing.")
    if not isinstance(figure.chart, Panels):
        return draw(figure.chart, _SINGLE)
    panels = figure.chart.panels
    across, columns = (WIDTH, 2) if len(panels) < 3 else (NARROW, 3)
    drawn = []
    for panel in panels:
        chart = draw(panel.chart, across)
        moved = tag("g", *chart.parts, transform=f"translate(0 {place(_HEADING)})")
        title = shortened(panel.title, 0.9 * across)
        parts = [label(title, 0, 14, "heading"), moved]
        drawn.append(Drawing(chart.width, chart.height + _HEADING, parts))
    found = _arranged(drawn, columns)
    if figure.chart.scale is None:
        return found
    bar = scale_bar(*figure.chart.scale, found.width)
    moved = tag("g", *bar.parts, transform=f"translate(0 {place(found.height + _GAP)})")
    return Drawing(found.width, found.height + _GAP + bar.height, [*found.parts, moved])


def _arranged(drawings: Sequence[Drawing], columns: int) -> Drawing:
    """Arrange drawings of one width in rows of `columns` each."""
    parts, y = [], 0.0
    for first in range(0, len(drawings), columns):
        row = drawings[first : first + columns]
        for i, one in enumerate(row):
            x = i * (one.width + _GAP)
            parts.append(tag("g", *one.parts, transform=f"translate({place(x)} {place(y)})"))
        y += max(one.height for one in row) + _GAP
    count = min(columns, len(drawings))
    return Drawing(count * (drawings[0].width + _GAP) - _GAP, y - _GAP, parts)
