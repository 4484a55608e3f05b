"""Concentration: how much of the attention is on how few keys, and whether it is where it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.measure_table import Measure, Of
from fixviz.reading.definitions import help_for
from fixviz.reading.figures import concentration as figures
from fixviz.reading.phrases import capital
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import concentration as texts
from fixviz.reading.values import concentration as values
from fixviz.reading.views import View
from fixviz.ui.concentration.grids import layers_by_heads, watch_link
from fixviz.ui.inspect_run.choices import (
    choose_axis,
    choose_frame,
    choose_head,
    choose_layer,
    select,
)
from fixviz.ui.inspect_run.counting import explain
from fixviz.ui.inspect_run.described import described
from fixviz.ui.inspect_run.figures import show as draw
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.shared_view import MEAN
from fixviz.ui.text import quiet


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("Concentration", texts.INTRO)
    if run is None:
        return
    view = _choose(run)
    if not view.models:
        st.warning("No model of this run has that layer and head. Choose others.")
        return
    _where(view)
    explain()
    st.header("Over time", anchor=False)
    held = values.row_measures(run)
    measure = _choose_measure("Measure", held, "measure", "concentration_measure")
    draw(described(figures.over_time, view, measure, "concentration"))
    st.header("Layers and heads", anchor=False)
    layers_by_heads(view, measure, "concentration")
    _frame(view)
    _places(view)


def _choose(run: StoredRun) -> View:
    """Let the visitor choose axis, layer, head and frame, from what any model of the run has."""
    widest: dict[str, Any] = {
        "axes": list(dict.fromkeys(axis for entry in run.models for axis in entry["axes"])),
        "layers": max(entry["layers"] for entry in run.models),
        "heads": max(entry["heads"] for entry in run.models),
    }
    with st.grid("auto", min_column_width=230):
        axis = choose_axis(widest)
        layer = choose_layer(widest)
        head = choose_head(widest)
        with st.container():
            frame = choose_frame(run)
    return View(run, axis, layer, head, frame)


def _where(view: View) -> None:
    """Name the checkpoints and the layer in view, and link to the same view in the player."""
    counts = {values.keys_of(entry, view.axis) for entry in view.models}
    keys = " or ".join(str(count) for count in sorted(counts))
    quiet(f"{capital(view.place)}. Every query has N = {keys} keys. {view.checkpoints}.")
    head = MEAN if view.head is None else str(view.head)
    watch_link(view, "Open this layer and head in Watch", str(view.layer), head)


def _choose_measure(label: str, measures: Sequence[Measure], parameter: str, key: str) -> Measure:
    named = {measure.name: measure for measure in measures}
    name = select(
        label,
        list(named),
        parameter,
        measures[0].name,
        lambda n: named[n].title,
        key=key,
        help="\n\n".join(f"**{m.title}.** {help_for(m.term)}" for m in measures),
        width=320,
    )
    return named[name]


def _frame(view: View) -> None:
    """Draw the frame in view: all numbers, Lorenz curves, and the distribution over the queries."""
    st.header(
        f"Frame {view.frame}, {view.run.timestamp(view.frame):.2f} s",
        anchor=False,
        help=help_for("Lorenz curve"),
    )
    draw(described(figures.numbers, view))
    curves, counts = values.lorenz_curves(view), values.histograms(view)
    if not curves and not counts:
        quiet(texts.NO_CURVES)
        return
    with st.grid("auto", min_column_width=320, gap="medium"):
        if curves:
            with st.container():
                st.markdown("**Lorenz curves**", help=help_for("Lorenz curve"))
                draw(described(figures.lorenz, view))
        if counts:
            with st.container():
                st.markdown("**Distribution over queries**", help=help_for("concentration"))
                draw(described(figures.distribution, view))


def _places(view: View) -> None:
    """Show whether attention is where the class is decided.

    Where that is unknown, show whether attention is where something moves.
    """
    measures = values.place_measures(view)
    of: Of = measures[0].of if measures else "motion"
    title, intro = texts.place(of, view.run.manifest)
    st.header(title, anchor=False)
    quiet(intro)
    if not measures:
        quiet(texts.NO_MOTION)
        return
    label = "Measure against the truth" if of == "target" else "Measure against the motion"
    measure = _choose_measure(label, measures, of, f"{of}_measure")
    draw(described(figures.over_time, view, measure, "target"))
    layers_by_heads(view, measure, "target")
