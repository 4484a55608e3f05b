"""What if: the run again with something changed, before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from fixviz.analysis.what_if.picture import Resized
from fixviz.errors import FixvizError
from fixviz.reading.definitions import help_for
from fixviz.reading.run import StoredRun
from fixviz.reading.texts import what_if as texts
from fixviz.reading.values.changed_model import Model
from fixviz.reading.values.what_if import RECEIVED, Outcome, View
from fixviz.ui.inspect_run.choices import (
    choose_axis,
    choose_frame,
    choose_head,
    choose_layer,
    select,
)
from fixviz.ui.inspect_run.open_run import open_run
from fixviz.ui.text import quiet
from fixviz.ui.what_if import controls, pictures, sections, state
from fixviz.ui.what_if.outcome import outcome, whole_clip_asked_for

_ALL = "all"


def show() -> None:
    """Draw the page for the run in view."""
    run = open_run("What if", texts.INTRO)
    if run is None:
        return
    try:
        known = [Model.of(entry) for entry in run.models]
    except FixvizError as error:
        st.error(str(error), icon=":material/error:")
        return
    models, view = _choose(run, known)
    controls.listing()
    left, right = st.columns([9, 14], gap="medium")
    with left, st.container(border=True):
        controls.show(run, models, view.frame)
    with right:
        outcomes = _results(view, models)
    if outcomes:
        _below(outcomes)


def _choose(run: StoredRun, known: Sequence[Model]) -> tuple[list[Model], View]:
    """Which models, and what of them is looked at."""
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
        widest: dict[str, Any] = {
            "axes": list(dict.fromkeys(axis for m in models for axis in m.config.axes)),
            "layers": min(m.config.depth for m in models),
            "heads": min(m.config.heads for m in models),
        }
        axis = choose_axis(widest)
        layer = choose_layer(widest)
        head = choose_head(widest)
    quantities = [
        quantity
        for quantity in texts.QUANTITIES
        if quantity == RECEIVED or any(m.config.fixation != "none" for m in models)
    ]
    show, when = st.columns([2, 5], gap="medium")
    with show:
        quantity = select(
            "Show",
            quantities,
            "show",
            RECEIVED,
            lambda q: texts.QUANTITIES[q],
            key="changed_show",
            help=f"{help_for('attention received')}\n\n{help_for('by source')}",
        )
    with when:
        frame = choose_frame(run)
    return models, View(run, axis, layer, head, frame, quantity)


def _results(view: View, models: Sequence[Model]) -> list[Outcome]:
    """Run the models again and draw their maps; those that are done."""
    listed = state.current()
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
            quiet(f":material/info: {model.title} is not changed by {reason}")
        if not kept:
            continue
        found = outcome(view, model, kept, whole_clip=_whole_clip(view, model, kept))
        if found is not None:
            outcomes.append(found)
            st.markdown(texts.sentence(found))
            pictures.maps(found)
    return outcomes


def _whole_clip(view: View, model: Model, kept: Sequence[Any]) -> bool:
    """Whether to run all windows: at once where that is quick, else when somebody asks for it."""
    side = next((i.short_side for i in kept if isinstance(i, Resized)), model.config.image_size)
    if model.is_quick(side):
        return True
    key = f"what-if-whole-{model.name}"
    if key not in st.session_state and whole_clip_asked_for(view, model, kept):
        # Before a reload.
        st.session_state[key] = True
    whole = st.toggle(
        f"Run the whole clip through {model.title}",
        key=key,
        help="This takes longer. You see the progress and can cancel it.",
    )
    if not whole:
        quiet(
            f"Only the window around frame {view.frame} is run, since the whole clip takes a while."
        )
    return whole


def _below(outcomes: Sequence[Outcome]) -> None:
    """Concentration and classes side by side, and what follows."""
    if any(o.reordered for o in outcomes):
        quiet(texts.ALIGNED)
    layers, bars = st.columns(2, gap="large")
    with layers:
        st.header("How concentrated, layer by layer", anchor=False)
        sections.concentration(outcomes)
    with bars:
        st.header("Class probabilities", anchor=False)
        sections.predictions(outcomes)
    st.info(texts.HONEST, icon=":material/balance:")
