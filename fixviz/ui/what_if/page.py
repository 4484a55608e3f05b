"""The What if page: the run again with something changed, before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.what_if.interventions import Intervention
from fixviz.errors import FixvizError
from fixviz.reading.definitions import help_for
from fixviz.reading.figures import what_if as figures
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import what_if as texts
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import RECEIVED, Outcome, View, measures_of
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
from fixviz.ui.text import fail, plain, quiet
from fixviz.ui.what_if import controls, state
from fixviz.ui.what_if.outcome import outcome, run_whole_clip

_ALL = "all"


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("What if", texts.INTRO)
    if run is None:
        return
    try:
        known = [Model.of(entry) for entry in run.models]
    except FixvizError as error:
        fail(error)
        return
    models, view = _choose(run, known)
    controls.listing()
    left, right = st.columns([9, 14], gap="medium")
    with left, st.container(border=True):
        controls.show(run, models, view.frame)
    with right:
        outcomes = _results(view, models, state.current())
    if outcomes:
        _compare(outcomes)


def _choose(run: StoredRun, known: Sequence[Model]) -> tuple[list[Model], View]:
    """Choose models, attention, layer, head, frame, and the quantity of the maps."""
    titles = {model.name: model.title for model in known}
    names = [*titles, _ALL] if len(titles) > 1 else list(titles)
    with st.grid("auto", min_column_width=225, gap="small"):
        name = select(
            "Model",
            names,
            "model",
            known[-1].name,
            lambda n: "All models" if n == _ALL else titles[n],
            key="changed_model",
        )
        models = [model for model in known if name in (_ALL, model.name)]
        shared: dict[str, Any] = {
            "axes": list(dict.fromkeys(axis for m in models for axis in m.config.axes)),
            "layers": min(m.config.depth for m in models),
            "heads": min(m.config.heads for m in models),
        }
        axis = choose_axis(shared)
        layer = choose_layer(shared)
        head = choose_head(shared)
    fixation = any(model.config.fixation != "none" for model in models)
    quantity_column, frame_column = st.columns([2, 5], gap="medium")
    with quantity_column:
        quantity = select(
            "Show",
            list(texts.QUANTITIES) if fixation else [RECEIVED],
            "show",
            RECEIVED,
            lambda q: texts.QUANTITIES[q],
            key="changed_show",
            help=f"{help_for('attention received')}\n\n{help_for('by source')}",
        )
    with frame_column:
        frame = choose_frame(run)
    return models, View(run, axis, layer, head, frame, quantity)


def _results(
    view: View, models: Sequence[Model], listed: tuple[Intervention, ...]
) -> list[Outcome]:
    """Run the models again, draw the maps of those that are done, and return their outcomes."""
    if not listed:
        quiet("The maps before and after appear here once you change something.")
        return []
    outcomes = []
    for model in models:
        if view.axis not in model.config.axes:
            quiet(f"{model.title} has no {view.axis} attention.")
            continue
        kept, left_out = model.split(view.run, listed)
        for reason in left_out:
            quiet(f"{model.title} is not changed by {reason}", ":material/info:")
        if not kept:
            continue
        found = outcome(view, model, kept, whole_clip=run_whole_clip(view, model, kept))
        if found is None:
            continue
        outcomes.append(found)
        st.markdown(f"**{plain(found.label)}** {plain(texts.sentence(found))}")
        if found.has(view.quantity):
            draw(described(figures.maps, found))
        else:
            what = texts.QUANTITIES[view.quantity].lower()
            quiet(f"{model.title} has no {what}: it has no fixation.")
    return outcomes


def _compare(outcomes: Sequence[Outcome]) -> None:
    """Draw a measure per layer and the classes side by side, and say what follows."""
    if any(found.reordered for found in outcomes):
        quiet(texts.ALIGNED)
    layers, bars = st.columns(2, gap="large")
    with layers:
        st.header("How concentrated, layer by layer", anchor=False)
        _measure(outcomes)
    with bars:
        st.header("Class probabilities", anchor=False)
        draw(described(figures.class_probabilities, outcomes))
    explain()
    st.info(texts.HONEST, icon=":material/balance:")


def _measure(outcomes: Sequence[Outcome]) -> None:
    """Choose one of the measures that all outcomes hold, and draw it."""
    measures = measures_of(outcomes)
    if not measures:
        return
    name = st.selectbox(
        "Measure",
        list(measures),
        format_func=lambda n: measures[n].axis_title,
        key="what-if-measure",
        help="\n\n".join(f"**{m.title}.** {help_for(m.term)}" for m in measures.values()),
        width=260,
    )
    draw(described(figures.measure_per_layer, outcomes, measures[name]))
