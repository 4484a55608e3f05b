"""What the sections of a report share: numbers of figures and tables, and the words they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fixviz.report.markup import Html, table, tag

Table = Mapping[str, Sequence[Any]]


class Sheet:
    """Counts figures and tables from 1, and remembers which words need a definition."""

    def __init__(self) -> None:
        self.figures = 0
        self.tables = 0
        self.words: dict[str, None] = {}

    def define(self, *words: str) -> None:
        """Note that the report uses these entries of fixviz.reading.definitions."""
        self.words |= dict.fromkeys(words)

    def figure(
        self,
        *content: Html,
        caption: str,
        follows: str,
        numbers: Table | None = None,
        beside: bool = False,
    ) -> Html:
        """Pictures with their number, what they show exactly, and what (not) to conclude.

        numbers: the values drawn, one click away. beside: where there is room, the text stands beside
        the picture.
        """
        self.figures += 1
        name = f"Figure {self.figures}"
        values = [] if numbers is None else [_folded(name, numbers)]
        return tag(
            "figure",
            tag("div", *content),
            _caption(name, caption, follows, *values),
            id=f"figure-{self.figures}",
            class_="beside" if beside else None,
        )

    def table(self, columns: Table, *, caption: str, follows: str) -> Html:
        """A table with its number, what it holds exactly, and what (not) to conclude."""
        self.tables += 1
        name = f"Table {self.tables}"
        return tag(
            "figure",
            table(columns, name),
            _caption(name, caption, follows),
            id=f"table-{self.tables}",
        )


def section(name: str, title: str, *content: Html) -> Html:
    """A part of the report under a heading; nothing where it has no content."""
    if not content:
        return Html("")
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def text(words: str) -> Html:
    """A paragraph."""
    return tag("p", words)


def row(*parts: Html) -> Html:
    """Parts side by side where there is room."""
    return tag("div", *parts, class_="row")


def _caption(name: str, caption: str, follows: str, *more: Html) -> Html:
    return tag(
        "figcaption",
        tag("p", tag("b", f"{name}. "), caption),
        tag("p", follows, class_="follows"),
        *more,
    )


def _folded(name: str, columns: Table) -> Html:
    label = f"Numbers of {name[:1].lower()}{name[1:]}"
    return tag("details", tag("summary", label), table(columns, label))
