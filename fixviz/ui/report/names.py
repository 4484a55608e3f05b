"""How the report calls a model, and the color that it has in every chart."""

from __future__ import annotations

from fixviz.ui.inspect_run.open_run import OpenRun


def title_of(run: OpenRun, name: str) -> str:
    """A model's title."""
    return str(run.model(name)["title"])


def label_of(run: OpenRun, name: str) -> str:
    """A column's name, which two models of the same title do not share."""
    title = title_of(run, name)
    alone = [entry["title"] for entry in run.models].count(title) == 1
    return title if alone else f"{title} ({name})"


def color_of(run: OpenRun, name: str) -> int:
    """The number of the model's color: its place among the run's models."""
    return [entry["name"] for entry in run.models].index(name)
