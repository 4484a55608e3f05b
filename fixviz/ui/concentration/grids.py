"""Grids of layers and heads, and the way from a cell to the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.measure_table import Measure
from fixviz.reading.figures import concentration as figures
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.pages import page_file
from fixviz.ui.session import link_parameters
from fixviz.ui.text import quiet
from fixviz.ui.url_state import one_of

_SCOPES = {"all": "All frames, mean", "frame": "This frame"}


def layers_by_heads(view: View, measure: Measure, name: str) -> None:
    """Draw a measure of all layers and heads; a click on a cell leads to the player."""
    scope = st.segmented_control(
        "Values of",
        list(_SCOPES),
        required=True,
        format_func=_SCOPES.__getitem__,
        **one_of(f"{name}_values", f"{name}_of", list(_SCOPES), "all", _SCOPES.__getitem__),
    )
    frame = view.frame if scope == "frame" else None
    # Above the grids, so that they stay where they are when the link takes the place of the hint.
    above = st.container()
    events = draw(described(figures.grids, view, measure, name, frame), selectable=True)
    shapes = [array.shape for array in values.known(view, measure, everywhere=True).values()]
    cells = map(clicked_cell, events, shapes)
    with above:
        chosen = dict.fromkeys(cell for cell in cells if cell is not None)
        for layer, head in chosen:
            watch_link(view, f"Open layer {layer}, head {head} in Watch", str(layer), str(head))
        if not chosen:
            quiet(texts.CLICK)


def clicked_cell(event: Any, shape: Sequence[int]) -> tuple[int, int] | None:
    """Return layer and head of the cell that a chart's event says was clicked.

    shape: how many layers and heads there are; a click on a chart that had more does not count.
    """
    for point in event["selection"]["points"] if event else []:
        layer, head = int(point.get("y", -1)), int(point.get("x", -1))
        if 0 <= layer < shape[0] and 0 <= head < shape[1]:
            return layer, head
    return None


def watch_link(view: View, label: str, layer: str, head: str) -> None:
    """Draw a link to Watch that opens this layer and head."""
    parameters = {"frame": str(view.frame), "layer": layer, "head": head, "axis": view.axis}
    st.page_link(
        page_file("inspect", "watch"),
        label=label,
        icon=":material/smart_display:",
        query_params=link_parameters(view.run.handle, parameters),
    )
