"""What the sections of a report share: figures and tables with their numbers, and the terms they use."""

from __future__ import annotations

from fixviz.drawing.color_bar import color_bar
from fixviz.drawing.images import data_url, smaller
from fixviz.drawing.markup import Html, table, tag
from fixviz.drawing.strokes import NARROW
from fixviz.drawing.svg_charts import svg
from fixviz.reading.figures.figure import Figure, MapPicture, Maps, Panel, Panels
from fixviz.reading.tables import Table

_FEW = 3
_IN_FOURS = (4, 7, 8)
"""Numbers of pictures that fill lines of four better than lines of six."""
_PICTURE = 300
"""About how wide a picture inside the file is at most, in pixels."""


class Sheet:
    """Counts figures and tables from 1, and remembers which terms need a definition."""

    def __init__(self) -> None:
        self.figures = 0
        self.tables = 0
        self.terms: dict[str, None] = {}

    def define(self, *terms: str) -> None:
        """Note that the report uses these entries of fixviz.reading.definitions."""
        self.terms |= dict.fromkeys(terms)

    def draw(self, figure: Figure) -> Html:
        """Draw a described figure or table under its number, with what follows from it.

        The numbers of a figure are one click away; where there is room, its text stands beside it.
        """
        self.define(*figure.terms)
        if figure.chart is None:
            self.tables += 1
            name, kind = f"Table {self.tables}", f"table-{self.tables}"
            return tag(
                "figure",
                table(figure.table, name),
                _caption(name, figure),
                id=kind,
            )
        self.figures += 1
        name, beside = f"Figure {self.figures}", False
        match figure.chart:
            case Maps() as maps:
                content = _maps(maps)
            case Panels() as panels:
                across = NARROW if len(panels.panels) > 2 else None
                content = [tag("div", *(_panel(p, across) for p in panels.panels), class_="row")]
                if panels.scale is not None:
                    content.append(color_bar(*panels.scale))
            case chart:
                content, beside = [_chart(svg(chart, figure.alt))], True
        return tag(
            "figure",
            tag("div", *content),
            _caption(name, figure, _folded(name, figure.table)),
            id=f"figure-{self.figures}",
            class_="beside" if beside else None,
        )


def section(name: str, title: str, *content: Html) -> Html:
    """Return a part of the report under a heading; nothing where it has no content."""
    if not content:
        return Html("")
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def text(sentence: str) -> Html:
    """Return a paragraph."""
    return tag("p", sentence)


def _chart(drawn: Html) -> Html:
    return tag("div", drawn, class_="chart")


def _panel(panel: Panel, across: float | None) -> Html:
    drawn = svg(panel.chart, panel.alt) if across is None else svg(panel.chart, panel.alt, across)
    return tag("div", tag("h4", panel.title), _chart(drawn))


def _maps(maps: Maps) -> list[Html]:
    parts = []
    for row in maps.rows:
        if row.title:
            parts.append(tag("h4", row.title))
        count = len(row.pictures)
        kind = "few " if count <= _FEW else "four " if count in _IN_FOURS else ""
        shown = [_picture(picture) for picture in row.pictures]
        parts.append(tag("div", *shown, class_=f"{kind}pictures"))
    bars = [color_bar(scale, label) for scale, label in maps.scales]
    return [*parts, tag("div", *bars, class_="row")]


def _picture(picture: MapPicture) -> Html:
    image = smaller(picture.image[..., :3], _PICTURE)
    height, width = image.shape[:2]
    shown = tag("img", src=data_url(image), alt=picture.alt, width=width, height=height)
    return tag("div", shown, tag("span", picture.label), class_="picture")


def _caption(name: str, figure: Figure, *more: Html) -> Html:
    follows = " ".join(filter(None, (*figure.warnings, figure.follows)))
    return tag(
        "figcaption",
        tag("p", tag("b", f"{name}. "), figure.caption),
        *([tag("p", follows, class_="follows")] if follows else []),
        *more,
    )


def _folded(name: str, columns: Table) -> Html:
    label = f"Numbers of {name[:1].lower()}{name[1:]}"
    return tag("details", tag("summary", label), table(columns, label))
